//! Members of a request beside its texts, and servers that are spoken to in a dialect of their own.

use std::collections::{BTreeMap, BTreeSet};

use inspect::Encoding;

use crate::compare::{Delta, Located};

/// So many members that come or go with one server and no other are its dialect; a mark is one.
const SEVERAL: usize = 2;

/// Members that hold what a model reads.
const TEXTS: [&str; 9] =
    ["content", "text", "input", "system", "instructions", "prompt", "description", "messages", "parts"];

/// The name of a member or header that comes, goes, or is of another kind, where it holds no text for the model.
pub(super) fn member(delta: &Delta) -> Option<&str> {
    let (kind, place) = delta.place.split_once(' ')?;
    let name = place.rsplit(['/', ' ']).next()?;
    let beside = !TEXTS.contains(&name) && !name.is_empty() && !name.bytes().all(|b| b.is_ascii_digit());
    match kind {
        // The same text, as one piece or as a list of pieces.
        "kind" => Some(name),
        "presence" if delta.encoding == Encoding::Presence && beside && !place.starts_with("request") => Some(name),
        _ => None,
    }
}

/// Servers with a dialect, from what each value brings: differences by the values that bring them.
pub(super) fn dialects<'d>(groups: impl Iterator<Item = (&'d [String], &'d Located)>) -> BTreeSet<String> {
    let mut members: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (values, located) in groups {
        if let ([server], Some(name)) = (values, member(&located.delta)) {
            members.entry(server).or_default().insert(name);
        }
    }
    members.into_iter().filter(|(_, names)| names.len() >= SEVERAL).map(|(server, _)| server.to_owned()).collect()
}
