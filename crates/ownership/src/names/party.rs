//! What is known of an organisation beside its names: identifiers decide, countries lean, names are compared in between.

use crate::{Identifier, Name, NameKind, Place, Scheme};

use super::{
    explain::{Explanation, Match, Note, round},
    parsed::{Bearer, Parsed},
    score,
    text::{NameError, Script},
};

/// One side of a comparison.
#[derive(Debug, Clone)]
pub struct Party<'a> {
    pub bearer: Bearer,
    pub names: &'a [Name],
    pub identifiers: &'a [Identifier],
    /// Where an organisation is registered or has its head office; of a person it is never looked at.
    pub countries: &'a [Place],
}

/// What agreeing and differing countries of organisations do to a score.
const COUNTRY_AGREES: f32 = 0.02;
const COUNTRY_DIFFERS: f32 = 0.93;

/// A weak alias alone never counts in full.
const WEAK_ALIAS: f32 = 0.85;

/// Compares two parties: an equal identifier is a match, differing ones of a scheme are none, else the best pair of names decides.
pub fn judge(query: &Party<'_>, candidate: &Party<'_>) -> Result<Match, NameError> {
    let mut best: Option<Match> = None;
    for left in query.names {
        let parsed = Parsed::new(&left.text, query.bearer)?;
        for right in candidate.names {
            let mut found = score(&parsed, &Parsed::new(&right.text, candidate.bearer)?);
            if left.kind == NameKind::Weak || right.kind == NameKind::Weak {
                found.score = round(found.score * WEAK_ALIAS);
            }
            if best.as_ref().is_none_or(|best| found.score > best.score) {
                best = Some(found);
            }
        }
    }
    let mut found = best.unwrap_or_else(unnamed);
    if query.bearer != Bearer::Person && candidate.bearer != Bearer::Person {
        lean(&mut found, query.countries, candidate.countries);
    }
    match identifiers(query.identifiers, candidate.identifiers) {
        Some(true) => decide(&mut found, 1.0, Note::IdentifiersEqual),
        Some(false) => decide(&mut found, 0.0, Note::IdentifiersDiffer),
        None => {}
    }
    Ok(found)
}

fn decide(found: &mut Match, score: f32, note: Note) {
    found.score = score;
    found.explanation.notes.push(note);
}

fn unnamed() -> Match {
    let explanation = Explanation {
        scripts: (Script::Other, Script::Other),
        met: Vec::new(),
        only_query: Vec::new(),
        only_candidate: Vec::new(),
        forms: (Vec::new(), Vec::new()),
        notes: Vec::new(),
    };
    Match { score: 0.0, explanation }
}

/// Whether identifiers settle it: one that is equal says yes, one that differs within a scheme that gives each body one number says no.
fn identifiers(left: &[Identifier], right: &[Identifier]) -> Option<bool> {
    let plain =
        |value: &str| value.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect::<String>();
    let shared =
        || left.iter().flat_map(move |a| right.iter().map(move |b| (a, b))).filter(|(a, b)| a.scheme == b.scheme);
    if shared().any(|(a, b)| plain(&a.value) == plain(&b.value)) {
        return Some(true);
    }
    let gives_one = |scheme: &Scheme| match scheme {
        Scheme::Lei => true,
        Scheme::Register(register) => !register.is_empty(),
        Scheme::Tax | Scheme::Other(_) => false,
    };
    shared().any(|(a, _)| gives_one(&a.scheme)).then_some(false)
}

fn lean(found: &mut Match, left: &[Place], right: &[Place]) {
    if left.is_empty() || right.is_empty() || found.score == 0.0 {
        return;
    }
    if left.iter().any(|a| right.iter().any(|b| a.country() == b.country())) {
        found.score = round((found.score + COUNTRY_AGREES).min(1.0));
        found.explanation.notes.push(Note::CountriesAgree);
    } else {
        found.score = round(found.score * COUNTRY_DIFFERS);
        found.explanation.notes.push(Note::CountriesDiffer);
    }
}
