//! A proof as a picture: owners above what they own, each stake with its share, readable without colours and with its text beside it.

use std::fmt::Write;

use rustc_hash::FxHashMap;

use super::{Standing, Step, text};
use crate::Verdict;

const WIDTH: usize = 200;
const HEIGHT: usize = 58;
const GAP: usize = 36;
const LAYER: usize = 132;
const EDGE: usize = 24;
/// Stakes that are drawn; a proof with more is cut, and says so.
const DRAWN: usize = 60;
/// Letters of a name that fit a box.
const LETTERS: usize = 23;

/// An entity in the picture.
struct Node<'a> {
    id: &'a str,
    name: &'a str,
    layer: usize,
    x: usize,
}

pub(super) fn draw(standing: &Standing) -> String {
    // The last stakes are the nearest to the entity that is asked about.
    let from = standing.proof.len().saturating_sub(DRAWN);
    let steps = &standing.proof[from..];
    let nodes = lay_out(standing, steps);
    let layers = nodes.iter().map(|node| node.layer).max().unwrap_or(0) + 1;
    let right = nodes.iter().map(|node| node.x + WIDTH).max().unwrap_or(WIDTH);
    let width = right.max(560 - 2 * EDGE) + 2 * EDGE;
    let top = 78;
    let height = top + layers * LAYER - (LAYER - HEIGHT) + EDGE + if from > 0 { 24 } else { 0 };
    let mut svg = String::new();
    let out = &mut svg;
    let title = format!("{} under {}: {}", text::name(&standing.entity), standing.regime, word(standing));
    let _ = write!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif"><title id="title">{}</title><desc id="desc">{}</desc>{STYLE}<rect class="ground" width="{width}" height="{height}"/>"#,
        escape(&title),
        escape(&standing.text)
    );
    let _ = write!(
        out,
        r#"<text class="title" x="{EDGE}" y="34">{}</text>"#,
        escape(&clip(&text::clean(&standing.entity.name), 48))
    );
    let _ = write!(out, r#"<text class="quiet" x="{EDGE}" y="56">{}</text>"#, escape(&subtitle(standing)));
    let place: FxHashMap<&str, &Node<'_>> = nodes.iter().map(|node| (node.id, node)).collect();
    for (index, step) in steps.iter().enumerate() {
        if let (Some(owner), Some(owned)) = (place.get(step.owner.as_str()), place.get(step.owned.as_str())) {
            arrow(out, owner, owned, top, step, index);
        }
    }
    for node in &nodes {
        boxed(out, node, top, standing);
    }
    if from > 0 {
        let _ = write!(
            out,
            r#"<text class="quiet" x="{EDGE}" y="{}">{from} further stakes above are not drawn.</text>"#,
            height - 14
        );
    }
    svg.push_str("</svg>");
    svg
}

const STYLE: &str = "<style>\
.ground{fill:#fff}.box{fill:#f4f6f8;stroke:#5b6773;stroke-width:1.5}.seed{fill:#fbe9e7;stroke:#a3281c;stroke-width:2.5}\
.asked{fill:#e8f0fb;stroke:#1f4f96;stroke-width:3}.line{stroke:#5b6773;stroke-width:1.5;fill:none}.tip{fill:#5b6773}\
.name{font-size:13px;font-weight:600;fill:#14191f}.quiet{font-size:12px;fill:#46505a}.title{font-size:18px;font-weight:700;fill:#14191f}\
.share{font-size:13px;font-weight:600;fill:#14191f;stroke:#fff;stroke-width:5px;paint-order:stroke;stroke-linejoin:round}\
@media (prefers-color-scheme:dark){.ground{fill:#14191f}.box{fill:#232b33;stroke:#94a1ae}.seed{fill:#43201c;stroke:#ff9a8d}\
.asked{fill:#1c3152;stroke:#8db8f5}.line{stroke:#94a1ae}.tip{fill:#94a1ae}.name,.title{fill:#f2f5f8}.quiet{fill:#b9c3cd}\
.share{fill:#f2f5f8;stroke:#14191f}}</style>";

fn word(standing: &Standing) -> &'static str {
    match standing.standing {
        Verdict::Seed => "caught by itself",
        Verdict::Caught => "caught",
        Verdict::Possible => "may be caught",
        Verdict::Clear => "clear on what is stated",
        Verdict::Unknown => "unknown",
    }
}

fn subtitle(standing: &Standing) -> String {
    let passes = if standing.strict { "more than" } else { "at least" };
    format!(
        "{} under {} as of {} ({passes} {})",
        word(standing),
        standing.regime,
        standing.as_of,
        text::percent(standing.threshold_bp.into())
    )
}

/// A layer for each entity, below everybody who owns it, and its place in there.
fn lay_out<'a>(standing: &'a Standing, steps: &'a [Step]) -> Vec<Node<'a>> {
    let mut nodes: Vec<Node<'a>> = Vec::new();
    let mut place: FxHashMap<&str, usize> = FxHashMap::default();
    let parties = steps.iter().flat_map(|step| [(&step.owner, &step.owner_name), (&step.owned, &step.owned_name)]);
    for (id, name) in parties.chain([(&standing.entity.id, &standing.entity.name)]) {
        place.entry(id).or_insert_with(|| {
            nodes.push(Node { id, name, layer: 0, x: 0 });
            nodes.len() - 1
        });
    }
    // A cycle, which a multiplied share may have, is left after as many rounds as there are entities.
    for _ in 0..nodes.len() {
        let mut moved = false;
        for step in steps {
            let least = nodes[place[step.owner.as_str()]].layer + 1;
            let owned = &mut nodes[place[step.owned.as_str()]];
            if owned.layer < least && least < steps.len() + 1 {
                owned.layer = least;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    // Who is on top comes right above the first that it owns.
    for step in steps.iter().rev() {
        let below = nodes[place[step.owned.as_str()]].layer;
        let owner = place[step.owner.as_str()];
        let is_owned = steps.iter().any(|other| other.owned == step.owner);
        if !is_owned && below > 0 {
            let first = steps
                .iter()
                .filter(|other| other.owner == step.owner)
                .map(|other| nodes[place[other.owned.as_str()]].layer)
                .min();
            nodes[owner].layer = first.unwrap_or(below).saturating_sub(1);
        }
    }
    spread(&mut nodes);
    nodes
}

fn spread(nodes: &mut [Node<'_>]) {
    let layers = nodes.iter().map(|node| node.layer).max().unwrap_or(0) + 1;
    let mut counts = vec![0usize; layers];
    nodes.iter().for_each(|node| counts[node.layer] += 1);
    let widest = counts.iter().copied().max().unwrap_or(1);
    let full = (widest * (WIDTH + GAP) - GAP).max(560 - 2 * EDGE);
    let mut next = vec![0usize; layers];
    for node in nodes {
        let row = counts[node.layer] * (WIDTH + GAP) - GAP;
        node.x = EDGE + (full - row) / 2 + next[node.layer] * (WIDTH + GAP);
        next[node.layer] += 1;
    }
}

fn boxed(out: &mut String, node: &Node<'_>, top: usize, standing: &Standing) {
    let (x, y) = (node.x, top + node.layer * LAYER);
    let seed = standing.responsible.iter().find(|one| one.entity.id == node.id);
    let class = match (node.id == standing.entity.id, seed.is_some()) {
        (true, _) => "asked",
        (false, true) => "seed",
        (false, false) => "box",
    };
    let (middle, id) = (x + WIDTH / 2, clip(&text::clean(node.id), LETTERS));
    let under = seed.map_or(id.clone(), |_| format!("seed · {}", clip(&id, LETTERS - 7)));
    let _ = write!(
        out,
        r#"<g><title>{}</title><rect class="{class}" x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="8"/><text class="name" x="{middle}" y="{}" text-anchor="middle">{}</text><text class="quiet" x="{middle}" y="{}" text-anchor="middle">{}</text></g>"#,
        escape(&text::label(node.name, node.id)),
        y + 25,
        escape(&clip(&text::clean(node.name), LETTERS)),
        y + 44,
        escape(&under)
    );
}

fn arrow(out: &mut String, owner: &Node<'_>, owned: &Node<'_>, top: usize, step: &Step, index: usize) {
    let (x1, y1) = (owner.x + WIDTH / 2, top + owner.layer * LAYER + HEIGHT);
    let (x2, y2) = (owned.x + WIDTH / 2, top + owned.layer * LAYER);
    let share = match step.interest {
        "shares" | "votes" if step.without_figure => "? %".to_owned(),
        "shares" | "votes" if step.min_bp == step.max_bp => text::percent(step.min_bp.into()),
        "shares" | "votes" => {
            format!(
                "{}{}–{}",
                if step.min_open { "> " } else { "" },
                text::percent(step.min_bp.into()).trim_end_matches(" %"),
                text::percent(step.max_bp.into())
            )
        }
        other => other.to_owned(),
    };
    // Nearer to the owner where several stakes meet, so that their shares do not lie on each other.
    let along = if index.is_multiple_of(2) { 42 } else { 58 };
    let between = |from: usize, to: usize| (from * (100 - along) + to * along) / 100;
    let (lx, ly) = (between(x1, x2), between(y1, y2.max(10) - 8) + 4);
    let (owner_name, owned_name) =
        (text::label(&step.owner_name, &step.owner), text::label(&step.owned_name, &step.owned));
    let _ = write!(
        out,
        r#"<g><title>{}</title><path class="line" d="M{x1} {y1} L{x2} {}"/><path class="tip" d="M{x2} {y2} l-5 -9 l10 0 z"/><text class="share" x="{lx}" y="{ly}" text-anchor="middle">{}</text></g>"#,
        escape(&format!("{owner_name} holds {share} of {owned_name}; {}", text::clean(&step.source))),
        y2 - 8,
        escape(&share)
    );
}

fn clip(text: &str, letters: usize) -> String {
    match text.char_indices().nth(letters) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
