//! What an edit took out of a text, so that it can be put back even after others changed the text.

use serde::{Deserialize, Serialize};

/// One place that was changed: lines that went, lines that came, and the lines around them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hunk {
    pub before: String,
    pub removed: String,
    pub inserted: String,
    pub after: String,
}

/// The hunks that lead from one text to the other.
pub fn between(old: &str, new: &str) -> Vec<Hunk> {
    let (a, b): (Vec<&str>, Vec<&str>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let (mut i, mut j) = (0, 0);
    let mut hunks = Vec::new();
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a.get(i) == b.get(j) {
            (i, j) = (i + 1, j + 1);
            continue;
        }
        let (ends_a, ends_b) = meet(&a, &b, i, j);
        let text = |lines: &[&str], from: usize, to: usize| lines.get(from..to).unwrap_or_default().concat();
        hunks.push(Hunk {
            before: text(&b, j.saturating_sub(1), j),
            removed: text(&a, i, ends_a),
            inserted: text(&b, j, ends_b),
            after: text(&b, ends_b, (ends_b + 1).min(b.len())),
        });
        (i, j) = (ends_a, ends_b);
    }
    hunks
}

/// The nearest lines at which both texts agree again.
fn meet(a: &[&str], b: &[&str], i: usize, j: usize) -> (usize, usize) {
    for distance in 1..=(a.len() - i) + (b.len() - j) {
        // Edits take out: what is still there of the new text is looked for first.
        for in_b in 0..=distance.min(b.len() - j) {
            let in_a = distance - in_b;
            let (x, y) = (i + in_a, j + in_b);
            if x <= a.len() && (a.get(x) == b.get(y) && a.get(x).is_some() || x == a.len() && y == b.len()) {
                return (x, y);
            }
        }
    }
    (a.len(), b.len())
}

/// The new text taken back to the old one; `None` where its surroundings are gone or stand there twice.
pub fn undo(text: &str, hunks: &[Hunk]) -> Option<String> {
    let mut places = Vec::new();
    for hunk in hunks {
        let start = only_place(text, hunk)? + hunk.before.len();
        places.push(start..start + hunk.inserted.len());
    }
    // All places are those of the text as it is, one after the other.
    if places.iter().zip(places.iter().skip(1)).any(|(one, next)| one.end > next.start) {
        return None;
    }
    let mut out = text.to_owned();
    for (place, hunk) in places.into_iter().zip(hunks).rev() {
        out.replace_range(place, &hunk.removed);
    }
    Some(out)
}

/// Where the lines of a hunk stand, when they do so once. A hunk without a line before or after it is at that end of the text.
fn only_place(text: &str, hunk: &Hunk) -> Option<usize> {
    let wanted = format!("{}{}{}", hunk.before, hunk.inserted, hunk.after);
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    let fits = |at: &usize| {
        text.get(*at..).is_some_and(|rest| rest.starts_with(&wanted))
            && (!hunk.before.is_empty() || *at == 0)
            && (!hunk.after.is_empty() || at + wanted.len() == text.len())
    };
    let mut found = starts.filter(fits);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}
