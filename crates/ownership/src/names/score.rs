//! The score of two names: what met against what is missing and what contradicts.

use super::{
    align::{Pair, align},
    explain::{Match, Note, explain, pair_weight, round},
    parsed::{Bearer, Parsed},
    person,
    similar::{Manner, edits},
    text::Script,
    token::Role,
};

/// How alike two names are, and why. The order of the two does not matter to the score.
///
/// A name that is written in two scripts, one after the other, is compared as a whole and by each of its halves; the best counts.
pub fn score(query: &Parsed, candidate: &Parsed) -> Match {
    let (left, right) = best_readings(query, candidate);
    explained(left, right)
}

fn explained(query: &Parsed, candidate: &Parsed) -> Match {
    let (left, right, turned) = in_order(query, candidate);
    let (score, mut pairs, mut notes) = judged(left, right);
    if left.mixed || right.mixed {
        notes.push(Note::Lookalikes);
    }
    if turned {
        pairs.iter_mut().for_each(|pair| std::mem::swap(&mut pair.left, &mut pair.right));
    }
    pairs.sort_by(|a, b| a.left.cmp(&b.left));
    Match { score: round(score.clamp(0.0, 1.0)), explanation: explain(query, candidate, &pairs, notes) }
}

/// The score alone, for ranking many candidates.
pub(super) fn score_only(query: &Parsed, candidate: &Parsed) -> f32 {
    let (left, right) = best_readings(query, candidate);
    whole_score(left, right)
}

fn whole_score(query: &Parsed, candidate: &Parsed) -> f32 {
    let (left, right, _) = in_order(query, candidate);
    round(judged(left, right).0.clamp(0.0, 1.0))
}

/// One order for both directions, so that ties fall the same way; and whether it is not the one given.
fn in_order<'a>(query: &'a Parsed, candidate: &'a Parsed) -> (&'a Parsed, &'a Parsed, bool) {
    let turned = (&candidate.plain, candidate.tokens.len()) < (&query.plain, query.tokens.len());
    if turned { (candidate, query, true) } else { (query, candidate, false) }
}

/// The readings of two names that are most alike: the names as they are, unless one has halves.
fn best_readings<'a>(query: &'a Parsed, candidate: &'a Parsed) -> (&'a Parsed, &'a Parsed) {
    if query.halves.is_empty() && candidate.halves.is_empty() {
        return (query, candidate);
    }
    let readings = |name: &'a Parsed| std::iter::once(name).chain(&name.halves);
    let pairs = readings(query).flat_map(|left| readings(candidate).map(move |right| (left, right)));
    let scored = pairs.map(|(left, right)| (whole_score(left, right), left, right));
    let best = scored.reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.map_or((query, candidate), |(_, left, right)| (left, right))
}

fn judged(left: &Parsed, right: &Parsed) -> (f32, Vec<Pair>, Vec<Note>) {
    let manner = match (left.bearer, right.bearer) {
        (Bearer::Person, Bearer::Person) => Manner::Person,
        _ => Manner::Organisation,
    };
    let pairs = align(&left.tokens, &right.tokens, manner);
    if left.plain == right.plain {
        return (1.0, pairs, vec![Note::SameName]);
    }
    let mut notes = Vec::new();
    let score = match manner {
        Manner::Person => person::score(left, right, &pairs, &mut notes),
        Manner::Organisation => organisation(left, right, &pairs, &mut notes),
    };
    (score, pairs, notes)
}

/// What missing and contradicting weight costs, by the role of the word: own names, words of trade, places, and words that every name may have.
struct Prices {
    missing: [f32; 4],
    contradicting: [f32; 4],
}

/// Names in one script: translators had no part in them, so that another word is another name.
const ONE_SCRIPT: Prices = Prices { missing: [0.6, 0.4, 0.75, 0.3], contradicting: [1.6, 1.05, 1.8, 0.9] };

/// Names in two scripts: words of trade are translated freely, and places are left out.
const TWO_SCRIPTS: Prices = Prices { missing: [0.55, 0.2, 0.15, 0.1], contradicting: [0.95, 0.7, 1.1, 0.1] };

/// Names in two scripts without any name of their own, such as ministries and institutes: what is left is all there is to tell them apart.
const GENERIC: Prices = Prices { missing: [0.6, 0.8, 0.3, 0.1], contradicting: [1.0, 1.0, 1.5, 0.1] };

fn organisation(left: &Parsed, right: &Parsed, pairs: &[Pair], notes: &mut Vec<Note>) -> f32 {
    let one_script = left.script == right.script;
    let own = |name: &Parsed| name.tokens.iter().any(|token| token.role == Role::Own);
    let prices = match (one_script, own(left) || own(right)) {
        (true, _) => &ONE_SCRIPT,
        (false, true) => &TWO_SCRIPTS,
        (false, false) => &GENERIC,
    };
    let open = [
        unmet(left, pairs.iter().flat_map(|pair| &pair.left), one_script),
        unmet(right, pairs.iter().flat_map(|pair| &pair.right), one_script),
    ];
    let (mut met, mut lost, mut own_met) = (0.0, 0.0, 0.0);
    for pair in pairs {
        let weight = pair_weight(left, right, pair);
        met += weight * pair.alike;
        lost += weight * (1.0 - pair.alike);
        let is_own = |name: &Parsed, at: &[usize]| at.iter().any(|&i| name.tokens[i].role == Role::Own);
        if is_own(left, &pair.left) || is_own(right, &pair.right) {
            own_met += weight * pair.alike;
        }
    }
    let cost: f32 = (0..4)
        .map(|role| {
            let (a, b) = (open[0].weight[role], open[1].weight[role]);
            let both = a.min(b);
            2.0 * both * prices.contradicting[role] + (a.max(b) - both) * prices.missing[role]
        })
        .sum();
    let mut score = if met > 0.0 { met / (met + cost + lost * 0.6) } else { 0.0 };
    if own_met == 0.0 && (open[0].weight[0] > 0.0 || open[1].weight[0] > 0.0) {
        score = bounded(
            score,
            if open[0].weight[0] > 0.0 && open[1].weight[0] > 0.0 { 0.45 } else { 0.62 },
            Note::OnlyCommonWords,
            notes,
        );
    }
    score = numbers(score, left, right, &open, notes);
    score = whole(score, left, right, &open, notes);
    forms(score, left, right, notes)
}

/// What met nothing: weights by role (own, trade, place), and the numbers.
struct Open {
    weight: [f32; 4],
    numbers: Vec<(u32, bool)>,
}

fn unmet<'a>(name: &Parsed, met: impl Iterator<Item = &'a usize>, one_script: bool) -> Open {
    let met: Vec<usize> = met.copied().collect();
    let mut open = Open { weight: [0.0; 4], numbers: Vec::new() };
    for token in name.tokens.iter().enumerate().filter(|(at, _)| !met.contains(at)).map(|(_, token)| token) {
        match (token.role, token.number) {
            (Role::Number, Some(value)) => open.numbers.push((value, token.ordinal)),
            (Role::Own, _) => open.weight[0] += token.weight,
            (Role::Trade, _) if token.is_filler(one_script) => open.weight[3] += token.weight,
            (Role::Trade, _) => open.weight[1] += token.weight,
            (Role::Place, _) => open.weight[2] += token.weight,
            _ => {}
        }
    }
    open
}

fn bounded(score: f32, bound: f32, note: Note, notes: &mut Vec<Note>) -> f32 {
    notes.push(note);
    score.min(bound)
}

/// Numbers of bodies decide; numbers of a series (funds, trusts, years) contradict mildly, since lists name such vehicles by their family.
fn numbers(score: f32, left: &Parsed, right: &Parsed, open: &[Open; 2], notes: &mut Vec<Note>) -> f32 {
    let [a, b] = open;
    match (a.numbers.is_empty(), b.numbers.is_empty()) {
        (true, true) => score,
        (false, false) if a.numbers.iter().chain(&b.numbers).any(|(_, ordinal)| *ordinal) => {
            bounded(score, 0.4, Note::NumbersDiffer, notes)
        }
        (false, false) => {
            notes.push(Note::NumbersDiffer);
            score * 0.82
        }
        _ => {
            notes.push(Note::NumberOnOneSide);
            let ordinal = a.numbers.iter().chain(&b.numbers).any(|(_, ordinal)| *ordinal);
            score * if left.script != right.script || !ordinal && left.bearer == Bearer::Vessel { 0.9 } else { 0.68 }
        }
    }
}

/// Names that are, written together, a few letters apart (a blank or a letter slipped), unless known words or numbers differ.
fn whole(score: f32, left: &Parsed, right: &Parsed, open: &[Open; 2], notes: &mut Vec<Note>) -> f32 {
    let differs = |open: &Open| open.weight[1] > 0.0 || open.weight[2] > 0.0;
    let numbered = open.iter().any(|open| !open.numbers.is_empty());
    if score >= 0.9
        || numbered
        || differs(&open[0])
        || differs(&open[1])
        || left.script == Script::Han
        || right.script == Script::Han
    {
        return score;
    }
    let (a, b) = (left.compact.as_bytes(), right.compact.as_bytes());
    let length = a.len().max(b.len());
    let limit = match length {
        0..=6 => 0,
        7..=13 => 1,
        _ => 2,
    };
    match edits(a, b, limit) {
        Some(distance) if length >= 4 && score < 0.97 - 0.08 * distance as f32 => {
            notes.push(Note::WholeSpelling);
            0.97 - 0.08 * distance as f32
        }
        _ => score,
    }
}

fn forms(score: f32, left: &Parsed, right: &Parsed, notes: &mut Vec<Note>) -> f32 {
    let company = |class: &str| matches!(class, "LLC" | "JSC" | "LP" | "LLP" | "GP" | "SP");
    let known =
        |name: &Parsed| name.forms.iter().map(|form| form.class).filter(|class| *class != "OTHER").collect::<Vec<_>>();
    let (a, b) = (known(left), known(right));
    if a.is_empty() || b.is_empty() || a.iter().any(|class| b.contains(class)) {
        return score;
    }
    let all_companies = |classes: &[&str]| classes.iter().all(|class| company(class));
    if all_companies(&a) == all_companies(&b) {
        // Which English form a foreign one is given is a matter of taste.
        if left.script != right.script {
            return score;
        }
        notes.push(Note::FormsDiffer);
        score * 0.96
    } else {
        notes.push(Note::FormsExclude);
        score * 0.68
    }
}
