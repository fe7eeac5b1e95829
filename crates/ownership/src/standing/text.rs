//! A standing in words, for who has to act on it.

use std::fmt::Write;

use super::{Party, Standing, Step};
use crate::{Aggregate, Force, Indirect, Regime, Verdict};

/// Stakes that are written out one by one.
const WRITTEN: usize = 100;

pub(super) fn write(regime: &Regime, standing: &Standing) -> String {
    let mut text = String::new();
    let out = &mut text;
    let put = |out: &mut String, line: String| {
        out.push_str(&line);
        out.push('\n');
    };
    put(out, headline(regime, standing));
    match standing.regime_is {
        Force::InForce => {}
        Force::Suspended => {
            put(out, format!("On {} the regime is suspended; this is what it would say.", standing.as_of))
        }
        Force::NotInForce => {
            put(out, format!("On {} the regime is not in force; this is what it would say.", standing.as_of))
        }
    }
    put(out, rule(regime, standing));
    if !standing.proof.is_empty() {
        put(out, "\nHow it comes to that:".to_owned());
        for one in &standing.responsible {
            put(out, format!("  {}: {}.", name(&one.entity), why(one)));
        }
        steps(out, regime, standing);
    }
    put(out, format!("\n{}", figures(standing)));
    if let Some(margin) = standing.margin_bp {
        put(out, margin_text(standing, margin));
    }
    section(
        out,
        "\nMissing, the most useful first:",
        standing.missing.iter().map(|one| format!("{}: {}", name(&one.about), one.text)),
    );
    section(out, "\nBeside that:", standing.notes.iter().map(|note| note.text.clone()));
    text
}

fn why(one: &super::Responsible) -> String {
    match one.programmes.as_slice() {
        [] => one.why.clone(),
        programmes => format!("{} ({})", one.why, programmes.iter().map(|p| clean(p)).collect::<Vec<_>>().join(", ")),
    }
}

fn section(out: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    for (index, line) in lines.enumerate() {
        if index == 0 {
            let _ = writeln!(out, "{title}");
        }
        let _ = writeln!(out, "  {line}");
    }
}

fn headline(regime: &Regime, standing: &Standing) -> String {
    let verdict = match standing.standing {
        Verdict::Seed => match &standing.seed {
            Some(why) => format!("is caught by itself ({why})"),
            None => "is caught by itself".to_owned(),
        },
        Verdict::Caught => "is caught".to_owned(),
        Verdict::Possible => "may be caught, which what is stated does not settle,".to_owned(),
        Verdict::Clear => "is clear on what is stated".to_owned(),
        Verdict::Unknown => "is unknown, which is not clear,".to_owned(),
    };
    format!(
        "{} {verdict} under {} ({}) as of {}.",
        name(&standing.entity),
        regime.id,
        clean(&regime.title),
        standing.as_of
    )
}

fn rule(regime: &Regime, standing: &Standing) -> String {
    let threshold = percent(standing.threshold_bp.into());
    let passes = if standing.strict { format!("more than {threshold}") } else { format!("{threshold} or more") };
    let of = match regime.aggregate {
        Aggregate::AllSeeds => "all seeds are added up",
        Aggregate::SingleSeed => "each seed is tested alone",
        Aggregate::JointGroups => "each seed is tested alone, declared groups as one",
    };
    let through = match regime.indirect {
        Indirect::Cascade => "who is caught counts with all that it holds",
        Indirect::Multiplied => "shares are multiplied along each path and added over all paths",
    };
    format!("Rule: {passes}; {of}; {through}.")
}

/// Each owned entity with the sum of what carries it.
fn steps(out: &mut String, regime: &Regime, standing: &Standing) {
    let multiplied = regime.indirect == Indirect::Multiplied;
    let mut at = 0;
    while at < standing.proof.len().min(WRITTEN) {
        let owned = &standing.proof[at].owned;
        let of: Vec<&Step> = standing.proof[at..].iter().take_while(|step| step.owned == *owned).collect();
        for step in &of {
            let _ = writeln!(out, "  {}", one_step(step));
        }
        if !multiplied {
            let _ = writeln!(out, "    {}", sum(standing, &of));
        }
        at += of.len();
    }
    if standing.proof.len() > at {
        let _ = writeln!(out, "  and {} further stakes.", standing.proof.len() - at);
    }
}

fn one_step(step: &Step) -> String {
    let (owner, owned) = (label(&step.owner_name, &step.owner), label(&step.owned_name, &step.owned));
    let held = match step.interest {
        "shares" | "votes" => {
            let share = share(step.min_bp, step.max_bp, step.min_open, step.max_open, step.without_figure);
            format!("{owner} holds {share} of the {} of {owned}", step.interest)
        }
        "membership" => format!("{owner} is one of the holders that {owned} stands for"),
        "nomination" => format!("{owned} holds for {owner}"),
        other => format!("{owner} has {other} over {owned}"),
    };
    let since = match (step.from, step.to) {
        (None, None) => String::new(),
        (Some(from), None) => format!(", since {from}"),
        (None, Some(to)) => format!(", until {to}"),
        (Some(from), Some(to)) => format!(", from {from} until {to}"),
    };
    format!("{held} [{}{since}]", clean(&step.source))
}

fn sum(standing: &Standing, of: &[&Step]) -> String {
    let owned = of.first().map_or_else(String::new, |step| label(&step.owned_name, &step.owned));
    let shares = of.iter().all(|step| matches!(step.interest, "shares" | "votes"));
    let definite = standing.standing == Verdict::Caught;
    let may = if definite { "is caught" } else { "may be caught" };
    if !shares {
        return format!("so {owned} {may}");
    }
    let points = |step: &&Step| u32::from(if definite { step.min_bp } else { step.max_bp });
    let parts: Vec<String> = of.iter().map(|step| percent(points(step))).collect();
    let total: u32 = of.iter().map(points).sum();
    let open = definite && of.iter().any(|step| step.min_open);
    let threshold = percent(standing.threshold_bp.into());
    let sum = match parts.as_slice() {
        [one] => one.clone(),
        parts => format!("{} = {}", parts.join(" + "), percent(total)),
    };
    let least = match (definite, open) {
        (true, true) => "more than ",
        (true, false) => "",
        (false, _) => "at most ",
    };
    let passes = if standing.strict { "more than" } else { "at least" };
    format!("{least}{sum}, which {} {passes} {threshold}: {owned} {may}", if definite { "is" } else { "may be" })
}

fn figures(standing: &Standing) -> String {
    let (lower, upper) = (percent(standing.lower_bp), percent(standing.upper_bp));
    let held = match standing.lower_bp == standing.upper_bp {
        true => format!("Caught parties hold {lower} of its {}", standing.measure),
        false => format!(
            "Caught parties hold at least {lower} of its {}, and those that may be caught at most {upper}",
            standing.measure
        ),
    };
    match standing.undisclosed_bp {
        0 => format!("{held}; all of it is stated."),
        undisclosed => format!("{held}; {} is not assigned to anybody for certain.", percent(undisclosed)),
    }
}

fn margin_text(standing: &Standing, margin: i32) -> String {
    let points = percent(margin.unsigned_abs());
    let points = points.trim_end_matches(" %");
    let to = i32::from(standing.threshold_bp) + margin;
    let at = percent(to.max(0) as u32);
    match standing.standing {
        Verdict::Caught => {
            format!("Margin: it stays caught up to a threshold of {at}, {points} points above the regime's.")
        }
        Verdict::Possible => {
            format!("Margin: it may be caught up to a threshold of {at}, {points} points above the regime's.")
        }
        _ if margin == 0 => "Margin: none; the threshold is met exactly, and must be passed.".to_owned(),
        _ => format!("Margin: it may be caught from a threshold of {at} down, {points} points below the regime's."),
    }
}

/// A share in words.
pub(super) fn share(min: u16, max: u16, min_open: bool, max_open: bool, without_figure: bool) -> String {
    if without_figure {
        return "a share without a figure".to_owned();
    }
    let (low, high) = (percent(min.into()), percent(max.into()));
    match (min_open, max_open) {
        _ if min == max => low,
        (false, false) => format!("{low} to {high}"),
        (true, false) => format!("more than {low} up to {high}"),
        (false, true) => format!("{low} to less than {high}"),
        (true, true) => format!("more than {low} to less than {high}"),
    }
}

pub(super) fn percent(basis_points: u32) -> String {
    let (whole, rest) = (basis_points / 100, basis_points % 100);
    match rest {
        0 => format!("{whole} %"),
        _ if rest.is_multiple_of(10) => format!("{whole}.{} %", rest / 10),
        _ => format!("{whole}.{rest:02} %"),
    }
}

pub(super) fn name(party: &Party) -> String {
    label(&party.name, &party.id)
}

pub(super) fn label(name: &str, id: &str) -> String {
    if name == id { clean(id) } else { format!("{} ({})", clean(name), clean(id)) }
}

/// A text of somebody else's, without what would change how the rest is read, and clipped.
pub(super) fn clean(text: &str) -> String {
    const SHOWN: usize = 200;
    let harmless = |c: char| {
        let turns =
            matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}') { '\u{fffd}' } else { c }
    };
    let mut clean: String = text.chars().take(SHOWN).map(harmless).collect();
    if text.chars().nth(SHOWN).is_some() {
        clean.push('…');
    }
    clean
}
