//! From what the machine saw to flows: source, steps, channel, encoding, and where each is.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::machine::Machine;
use super::taint::{Influence, Mark, MarkId, Place, Step, Taint, is_marked, union};
use super::value::{Shape, Value};
use crate::axes::{Channel, Encoding, Source, Transform};
use crate::fold::{self, HOLE};

/// How a value left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Value,
    Presence,
    Order,
    Delay,
}

#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) channel: Channel,
    pub(crate) field: Rc<str>,
    pub(crate) value: Value,
    pub(crate) place: Place,
    pub(crate) conditions: Taint,
    pub(crate) manner: Manner,
}

/// A choice between look-alikes that a source decides.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) place: Place,
    pub(crate) encoding: Encoding,
    pub(crate) variants: Vec<String>,
    pub(crate) taint: Taint,
    pub(crate) reached: bool,
    pub(crate) local: bool,
    pub(crate) named: Option<(Channel, String)>,
}

/// One way of one source to one channel.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub(crate) source: Source,
    pub(crate) transform: Option<Transform>,
    pub(crate) details: Vec<String>,
    pub(crate) channel: Channel,
    pub(crate) field: String,
    pub(crate) encoding: Encoding,
    pub(crate) variants: Vec<String>,
    /// Where it went, when only a name or nothing tells.
    pub(crate) certainty: Certainty,
    pub(crate) path: Vec<(Place, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Certainty {
    Followed,
    ByName(String),
    Unresolved,
}

/// A fact that was held against something, and whether what follows from it was found.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) source: Source,
    pub(crate) transform: Transform,
    pub(crate) place: Place,
    pub(crate) is_answered: bool,
}

/// Every question that the program asks about a fact. One is answered where what it decides leaves or is shown; where a
/// choice was lost on the way, only by leaving.
pub(crate) fn questions(m: &Machine<'_>) -> Vec<Question> {
    let sent = m.events.iter().flat_map(|e| [m.deep_taint(&e.value, 3), e.conditions.clone()]);
    let sent = steps_of(m, sent.flatten().flat_map(|t| t.marks.clone()));
    let shown = steps_of(m, m.shown.iter().copied());
    let lost = steps_of(m, m.lost.iter().copied());
    let wide = wide_places(m.marks.all().iter());
    let mut out: BTreeMap<(Place, Source, Transform), bool> = BTreeMap::new();
    for mark in m.marks.all() {
        if mark.source == Source::Platform || m.guessed.contains(&mark.place) || wide.contains(&mark.place) {
            continue;
        }
        for s in mark.steps.iter().filter(|s| s.transform != Transform::Format && is_said(&s.detail)) {
            let step = (mark.place, s.place);
            let is_answered = sent.contains(&step) || (shown.contains(&step) && !lost.contains(&step));
            *out.entry((s.place, mark.source, s.transform)).or_default() |= is_answered;
        }
    }
    out.into_iter()
        .map(|((place, source, transform), is_answered)| Question { source, transform, place, is_answered })
        .collect()
}

/// Places where several facts are read at once: what goes through a whole environment picks nothing out of it.
fn wide_places<'m>(marks: impl Iterator<Item = &'m Mark>) -> BTreeSet<Place> {
    let mut sources: BTreeMap<Place, BTreeSet<Source>> = BTreeMap::new();
    for mark in marks {
        sources.entry(mark.place).or_default().insert(mark.source);
    }
    sources.into_iter().filter(|(_, all)| all.len() > 2).map(|(place, _)| place).collect()
}

/// Whether a fact was held against something that the code says.
fn is_said(detail: &str) -> bool {
    detail.chars().any(char::is_alphanumeric) && detail != "a value that is not constant"
}

fn steps_of(m: &Machine<'_>, marks: impl Iterator<Item = MarkId>) -> BTreeSet<(Place, Place)> {
    let ids: BTreeSet<MarkId> = marks.collect();
    ids.into_iter().flat_map(|id| m.marks.get(id).steps.iter().map(move |s| (m.marks.get(id).place, s.place))).collect()
}

pub(crate) fn flows(m: &Machine<'_>) -> Vec<Flow> {
    let mut out = Vec::new();
    for e in &m.events {
        of_event(m, e, &mut out);
    }
    for c in &m.candidates {
        if c.reached || (c.local && c.named.is_none()) || !is_marked(&c.taint) {
            continue;
        }
        if (c.named.is_none() && !is_telling(m, c)) || is_for_terminals(c) {
            continue;
        }
        let (channel, certainty) = match &c.named {
            Some((channel, name)) => (*channel, Certainty::ByName(name.clone())),
            None => (Channel::Unknown, Certainty::Unresolved),
        };
        let found = Found { encoding: c.encoding, variants: c.variants.clone(), place: c.place };
        push(m, &c.taint, &found, channel, "", c.place, certainty, &mut out);
    }
    merged(out)
}

/// Whether a choice whose use was not found is worth a word: few look-alikes of constant text, decided by little.
fn is_telling(m: &Machine<'_>, c: &Candidate) -> bool {
    let alike = matches!(c.encoding, Encoding::Punctuation | Encoding::Invisible | Encoding::Format);
    let constant = c.variants.iter().all(|v| !v.contains(HOLE));
    let distinct = c.variants.iter().any(|v| v.chars().any(|ch| fold::is_invisible(ch) || fold::skeleton(ch) != ch))
        || c.variants.iter().all(|v| v.split(' ').count() >= 3);
    let sources = sources_of(m, &c.taint);
    let read = c.taint.iter().flat_map(|t| &t.marks).any(|id| !m.guessed.contains(&m.marks.get(*id).place));
    read && alike
        && constant
        && distinct
        && c.variants.len() <= 5
        && sources.len() <= 2
        && !sources.contains(&Source::Platform)
}

/// Whether nothing but control characters of ASCII tells the texts apart, as escapes for terminals and tables of escapes do.
fn is_for_terminals(c: &Candidate) -> bool {
    let hidden = |ch: char| fold::is_invisible(ch) && !ch.is_ascii_control();
    c.encoding == Encoding::Invisible && !c.variants.iter().any(|v| v.chars().any(hidden))
}

struct Found {
    encoding: Encoding,
    variants: Vec<String>,
    place: Place,
}

fn of_event(m: &Machine<'_>, e: &Event, out: &mut Vec<Flow>) {
    match e.manner {
        Manner::Delay => {
            let selected = matches!(e.value.shape, Shape::Choice(_));
            let variants = m.renderings(&e.value, 8).unwrap_or_default();
            let found = Found { encoding: Encoding::Plain, variants, place: e.place };
            // What was held against something that the code does not say was held against no list.
            if has_list(m, &e.value.taint).unwrap_or(selected) {
                push(m, &e.value.taint, &found, e.channel, &e.field, e.place, Certainty::Followed, out);
            }
        }
        Manner::Order => {
            let found = Found { encoding: Encoding::Ordering, variants: Vec::new(), place: e.place };
            push(m, &e.value.taint, &found, e.channel, &e.field, e.place, Certainty::Followed, out);
        }
        Manner::Presence => {
            let (encoding, variants) = match speaks_of_itself(m, e) {
                true => (Encoding::Plain, Vec::new()),
                false => (Encoding::Presence, vec![String::new(), e.field.to_string()]),
            };
            let found = Found { encoding, variants, place: e.place };
            push(m, &e.value.taint, &found, e.channel, &e.field, e.place, Certainty::Followed, out);
        }
        Manner::Value => of_text(m, e, &e.value, out, 0),
    }
    if is_marked(&e.conditions) && e.manner == Manner::Value && e.field.as_ref() == "address" {
        let found = Found { encoding: Encoding::Plain, variants: Vec::new(), place: e.place };
        push(m, &e.conditions, &found, e.channel, "request", e.place, Certainty::Followed, out);
    }
}

/// A field whose name or value says openly what it is about.
fn speaks_of_itself(m: &Machine<'_>, e: &Event) -> bool {
    const OPEN: &[&str] = &[
        "lang",
        "locale",
        "tz",
        "timezone",
        "time_zone",
        "zone",
        "host",
        "user",
        "platform",
        "proxy",
        "endpoint",
        "region",
        "country",
        "base",
        "url",
        "os",
        "machine",
        "device",
        "git",
        "remote",
        "ip",
        "agent",
        "dispatcher",
        "authorization",
        "api-key",
        "api_key",
        "apikey",
    ];
    let field = e.field.to_ascii_lowercase();
    let words: Vec<&str> = field.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    if words.iter().any(|w| OPEN.contains(w)) || OPEN.iter().any(|o| o.len() > 4 && field.contains(o)) {
        return true;
    }
    e.value.alternatives().iter().any(|v| holds_source(m, v, &e.value.taint))
}

/// Whether the text itself carries what the condition looked at.
fn holds_source(m: &Machine<'_>, v: &Value, selector: &Taint) -> bool {
    let data = match &v.shape {
        Shape::Unknown(_) | Shape::Outside(_) | Shape::Above(_) => v.taint.clone(),
        Shape::Joined(all) => return all.iter().any(|p| holds_source(m, p, selector)),
        Shape::Json(inner) => return holds_source(m, inner, selector),
        Shape::Object(_) => {
            let t = m.deep_taint(v, 3);
            let known = sources_of(m, selector);
            return t.is_some_and(|t| t.marks.iter().any(|id| known.contains(&m.marks.get(*id).source)))
                && object_has_hole(m, v);
        }
        _ => return false,
    };
    let known = sources_of(m, selector);
    data.is_some_and(|t| t.marks.iter().any(|id| known.contains(&m.marks.get(*id).source)))
}

fn object_has_hole(m: &Machine<'_>, v: &Value) -> bool {
    v.as_object().is_some_and(|id| {
        let o = m.store.get(id);
        o.properties
            .values()
            .chain(&o.items)
            .any(|v| matches!(v.shape, Shape::Unknown(_) | Shape::Outside(_) | Shape::Joined(_)) && is_marked(&v.taint))
    })
}

fn sources_of(m: &Machine<'_>, taint: &Taint) -> BTreeSet<Source> {
    taint.iter().flat_map(|t| &t.marks).map(|id| m.marks.get(*id).source).collect()
}

fn of_text(m: &Machine<'_>, e: &Event, v: &Value, out: &mut Vec<Flow>, depth: u32) {
    if !is_marked(&v.taint) || depth > 6 {
        return;
    }
    match &v.shape {
        Shape::Joined(pieces) => {
            for (i, p) in pieces.iter().enumerate() {
                match zeros_before(m, p, pieces.get(i + 1)) {
                    Some(variants) => {
                        let found = Found { encoding: Encoding::Format, variants, place: e.place };
                        push(m, &p.taint, &found, e.channel, &e.field, e.place, Certainty::Followed, out);
                    }
                    None => of_text(m, e, p, out, depth + 1),
                }
            }
        }
        Shape::Choice(all) => {
            let place = e.place;
            let decides = selectors(v, all);
            if all.iter().any(|a| holds_source(m, a, &decides)) {
                let found = Found { encoding: Encoding::Plain, variants: Vec::new(), place };
                push(m, &v.taint, &found, e.channel, &e.field, e.place, Certainty::Followed, out);
                return;
            }
            let optional = || pair_of_query(m, e, v).or_else(|| hidden_sentence(m, e, v, &decides));
            let found = match m.covert(v).or_else(optional) {
                Some((encoding, variants)) => {
                    let found = Found { encoding, variants, place: candidate_place(m, v).unwrap_or(place) };
                    if decides != v.taint {
                        // What else is in the texts is told by itself.
                        of_text(m, e, &all[0], out, depth + 1);
                    }
                    push(m, &decides, &found, e.channel, &e.field, e.place, Certainty::Followed, out);
                    return;
                }
                None => {
                    // A choice whose alternatives are choices again may hide the look-alikes inside.
                    all.iter().for_each(|a| of_text(m, e, a, out, depth + 1));
                    let variants = m.renderings(v, 12).unwrap_or_default();
                    Found { encoding: Encoding::Plain, variants, place }
                }
            };
            push(m, &v.taint, &found, e.channel, &e.field, e.place, Certainty::Followed, out);
        }
        Shape::Repeated(inner) => {
            let variants = m.renderings(inner, 24).unwrap_or_default();
            let invisible = variants.iter().any(|t| t.chars().any(fold::is_invisible));
            let found = match (invisible, m.covert(inner)) {
                (true, _) => Found { encoding: Encoding::Invisible, variants, place: e.place },
                (false, Some((encoding, variants))) => Found { encoding, variants, place: e.place },
                (false, None) if variants.iter().all(|t| !t.is_empty() && t.chars().all(char::is_whitespace)) => {
                    Found { encoding: Encoding::Whitespace, variants, place: e.place }
                }
                _ => {
                    of_text(m, e, inner, out, depth + 1);
                    Found { encoding: Encoding::Plain, variants: Vec::new(), place: e.place }
                }
            };
            push(m, &v.taint, &found, e.channel, &e.field, e.place, Certainty::Followed, out);
        }
        _ => {
            let found = Found { encoding: Encoding::Plain, variants: Vec::new(), place: e.place };
            push(m, &v.taint, &found, e.channel, &e.field, e.place, Certainty::Followed, out);
        }
    }
}

/// A sentence for a model that is there or not, by a table that nobody can read.
fn hidden_sentence(m: &Machine<'_>, e: &Event, v: &Value, decides: &Taint) -> Option<(Encoding, Vec<String>)> {
    let for_models = e.channel.is_prompt() || e.channel == Channel::ToolDescription;
    let texts = m.renderings(v, 4).filter(|all| for_models && all.len() == 2)?;
    let mut steps = decides.iter().flat_map(|t| &t.marks).flat_map(|id| &m.marks.get(*id).steps);
    let is_hidden = steps.any(|s| matches!(s.transform, Transform::Hash | Transform::Encoded));
    let (short, long) = if texts[0].len() < texts[1].len() { (&texts[0], &texts[1]) } else { (&texts[1], &texts[0]) };
    let is_part = long.starts_with(&**short) || long.ends_with(&**short);
    (is_hidden && is_part && !long.contains(HOLE)).then_some((Encoding::Presence, texts))
}

/// A pair of a query that is there or not.
fn pair_of_query(m: &Machine<'_>, e: &Event, v: &Value) -> Option<(Encoding, Vec<String>)> {
    let texts = m.renderings(v, 4).filter(|all| e.channel == Channel::Query && all.len() == 2)?;
    let said = texts.iter().find(|t| !t.is_empty()).filter(|_| texts.iter().any(String::is_empty))?;
    let (name, value) = said.trim_matches(['&', '?']).split_once('=')?;
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let is_pair = !name.is_empty() && name.chars().all(word) && !value.contains(['&', HOLE]);
    let named = Event { field: name.into(), ..e.clone() };
    (is_pair && !speaks_of_itself(m, &named)).then_some((Encoding::Presence, texts))
}

/// Zeros of which there are more or fewer, before something that is not known: a number that is as great with all of them.
fn zeros_before(m: &Machine<'_>, v: &Value, next: Option<&Value>) -> Option<Vec<String>> {
    let is_choice = matches!(v.shape, Shape::Choice(_)) && is_marked(&v.taint);
    if !is_choice || !next.is_some_and(|n| matches!(n.shape, Shape::Unknown(_))) {
        return None;
    }
    let variants = m.renderings(v, 8)?;
    let is_zeros = variants.iter().all(|t| t.bytes().all(|b| b == b'0')) && variants.len() > 1;
    is_zeros.then_some(variants)
}

/// What decides between alternatives, where that is not in all of them anyway.
fn selectors(v: &Value, all: &[Value]) -> Taint {
    let within = all.iter().fold(None, |t, a| union(&t, &told_by(a)));
    let (Some(t), Some(inner)) = (&v.taint, within) else { return v.taint.clone() };
    let marks: Vec<MarkId> = t.marks.iter().copied().filter(|id| !inner.marks.contains(id)).collect();
    if marks.is_empty() { v.taint.clone() } else { Some(Rc::new(Influence { marks, ..(**t).clone() })) }
}

/// What the parts of a text that are not constant tell; where constants stand may be the choice itself.
fn told_by(v: &Value) -> Taint {
    match &v.shape {
        Shape::Joined(pieces) => pieces.iter().fold(None, |t, p| union(&t, &told_by(p))),
        _ if v.is_constant() => None,
        _ => v.taint.clone(),
    }
}

fn candidate_place(m: &Machine<'_>, v: &Value) -> Option<Place> {
    v.taint.as_ref()?.candidates.first().map(|id| m.candidates[*id as usize].place)
}

/// Whether a fact was held against something that the code says; nothing where it was held against nothing.
fn has_list(m: &Machine<'_>, taint: &Taint) -> Option<bool> {
    let mut steps = taint.iter().flat_map(|t| &t.marks).flat_map(|id| &m.marks.get(*id).steps).peekable();
    steps.peek()?;
    Some(steps.any(|s| is_said(&s.detail)))
}

fn rank(t: Transform) -> u8 {
    match t {
        Transform::Encoded => 6,
        Transform::Hash => 5,
        Transform::Membership => 4,
        Transform::Keywords => 3,
        Transform::Threshold => 2,
        Transform::Format => 1,
    }
}

/// The step that says most. One value that is looked for, as to pass over it, says less than a list of words.
fn strongest<'s>(steps: &[&'s Step]) -> Option<&'s Step> {
    let values = |t: Transform| -> BTreeSet<&str> {
        steps.iter().filter(|s| s.transform == t).flat_map(|s| s.detail.split(", ")).collect()
    };
    let is_aside = values(Transform::Membership).len() == 1 && values(Transform::Keywords).len() > 1;
    let counts = |s: &&&Step| !(is_aside && s.transform == Transform::Membership);
    steps.iter().filter(counts).max_by_key(|s| rank(s.transform)).copied()
}

/// What a person reads of a text: invisible characters and look-alikes by name.
pub(crate) fn shown(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().take(160) {
        match c {
            HOLE => out.push('…'),
            _ if fold::is_invisible(c)
                || (c.is_whitespace() && c != ' ')
                || (!c.is_ascii() && fold::skeleton(c) != c) =>
            {
                out.push_str(&format!("⟨{}⟩", fold::name_of(c)));
            }
            _ => out.push(c),
        }
    }
    out
}

/// Whether nothing but the name of a parameter or a field speaks for a source.
fn is_guessed(m: &Machine<'_>, id: MarkId) -> bool {
    m.guessed.contains(&m.marks.get(id).place)
}

#[expect(clippy::too_many_arguments, reason = "the axes of one finding")]
fn push(
    m: &Machine<'_>,
    taint: &Taint,
    found: &Found,
    channel: Channel,
    field: &str,
    sink: Place,
    certainty: Certainty,
    out: &mut Vec<Flow>,
) {
    let Some(t) = taint else { return };
    let wide = wide_places(t.marks.iter().map(|id| m.marks.get(*id)));
    let mut by_source: Vec<(Source, Vec<MarkId>)> = Vec::new();
    for id in t.marks.iter().filter(|id| !wide.contains(&m.marks.get(**id).place)) {
        let source = m.marks.get(*id).source;
        // A parameter called `hostname` names the peer of a look-up, a `baseURL` the one that is waited for.
        if matches!(channel, Channel::DnsName | Channel::Timing) && is_guessed(m, *id) {
            continue;
        }
        match by_source.iter_mut().find(|(s, _)| *s == source) {
            Some((_, ids)) => ids.push(*id),
            None => by_source.push((source, vec![*id])),
        }
    }
    for (source, ids) in by_source {
        let steps: Vec<_> = ids.iter().flat_map(|id| m.marks.get(*id).steps.iter()).collect();
        let strongest = strongest(&steps);
        let transform = strongest.map(|s| s.transform);
        let mut details: Vec<String> = Vec::new();
        for s in steps.iter().filter(|s| Some(s.transform) == transform) {
            if !s.detail.is_empty() && !details.iter().any(|d| d == &*s.detail) && details.len() < 20 {
                details.push(s.detail.to_string());
            }
        }
        // What a name alone says is too little for fields that come and go.
        let structural = matches!(found.encoding, Encoding::Presence | Encoding::Ordering | Encoding::Case);
        let encoding = match structural && ids.iter().all(|id| is_guessed(m, *id)) {
            true => Encoding::Plain,
            false => found.encoding,
        };
        let first = m.marks.get(ids[0]);
        let mut path = vec![(first.place, format!("reads {source}"))];
        if let Some(s) = strongest {
            path.push((s.place, format!("{}: {}", s.transform, details.join("; "))));
        }
        if encoding.is_covert() {
            let variants: Vec<String> = found.variants.iter().take(8).map(|v| format!("“{}”", shown(v))).collect();
            path.push((found.place, format!("chooses by {}: {}", encoding, variants.join(" or "))));
        }
        if certainty == Certainty::Followed {
            let what = if field.is_empty() { channel.to_string() } else { format!("{channel}, `{field}`") };
            path.push((sink, format!("leaves in {what}")));
        }
        out.push(Flow {
            source,
            transform,
            details,
            channel,
            field: field.to_owned(),
            encoding,
            variants: found.variants.clone(),
            certainty: certainty.clone(),
            path,
        });
    }
}

/// One flow for each source, channel, encoding and place.
fn merged(all: Vec<Flow>) -> Vec<Flow> {
    let mut out: Vec<Flow> = Vec::new();
    for f in all {
        let covert = f.encoding.is_covert();
        let same = out.iter_mut().find(|o| {
            o.source == f.source
                && o.channel == f.channel
                && o.encoding == f.encoding
                && (if covert {
                    o.path[o.path.len().saturating_sub(2)].0 == f.path[f.path.len().saturating_sub(2)].0
                } else {
                    o.field == f.field
                })
        });
        match same {
            None => out.push(f),
            Some(o) => {
                for d in f.details {
                    if !o.details.contains(&d) && o.details.len() < 20 {
                        o.details.push(d);
                    }
                }
                for v in f.variants {
                    if !o.variants.contains(&v) && o.variants.len() < 12 {
                        o.variants.push(v);
                    }
                }
                if f.transform.map(rank) > o.transform.map(rank) {
                    o.transform = f.transform;
                    o.path = f.path;
                }
            }
        }
    }
    out
}
