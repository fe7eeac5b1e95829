//! What differs between two texts, piece by piece, and how each piece hides.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use inspect::{Encoding, between};
use regex::Regex;
use similar::{Algorithm, DiffTag, capture_diff_slices_deadline};

/// Dates, times and numbers are one piece each; then words; then single characters.
static PIECES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        \d{4}-\d{2}-\d{2}[T\ ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?
        | \d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}
        | \d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?
        | \d+(?:[.,]\d+)+
        | \w+
        | (?s:.)",
    )
    .expect("the pattern above is well-formed")
});

/// A diff that takes longer is coarse.
const PATIENCE: Duration = Duration::from_secs(2);
const AROUND: usize = 32;

/// One place where two texts differ.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hunk {
    pub(super) encoding: Encoding,
    pub(super) before: String,
    pub(super) after: String,
    pub(super) around_before: String,
    pub(super) around_after: String,
    /// Pieces of the first text.
    pub(super) range: (usize, usize),
    /// Beside a date, a time or a number.
    pub(super) by_number: bool,
}

fn pieces(text: &str) -> Vec<&str> {
    PIECES.find_iter(text).map(|m| m.as_str()).collect()
}

/// All places, in order. Texts that have little in common, or the same words in another order, differ in one place.
pub(super) fn hunks(usual: &str, other: &str) -> Vec<Hunk> {
    let (a, b) = (pieces(usual), pieces(other));
    let ops = capture_diff_slices_deadline(Algorithm::Myers, &a, &b, Some(Instant::now() + PATIENCE));
    let mut all = Vec::new();
    for op in ops.iter().filter(|op| op.tag() != DiffTag::Equal) {
        let (old, new) = (op.old_range(), op.new_range());
        let (before, after) = (a[old.clone()].concat(), b[new.clone()].concat());
        all.push(Hunk {
            encoding: encoding(&before, &after),
            around_before: around(&a, old.start, old.end),
            around_after: around(&b, new.start, new.end),
            by_number: by_number(&a, old.start, old.end) || by_number(&b, new.start, new.end),
            before,
            after,
            range: (old.start, old.end),
        });
    }
    if all.len() > 1
        && let Some(whole) = moved(&all)
    {
        return vec![one(usual, other, whole, a.len())];
    }
    let words = |pieces: &[&str]| pieces.iter().filter(|p| p.chars().any(char::is_alphabetic)).count();
    let total = words(&a).max(words(&b));
    let changed: usize = all
        .iter()
        .filter(|h| h.encoding == Encoding::Plain)
        .map(|h| words(&pieces(&h.before)).max(words(&pieces(&h.after))))
        .sum();
    // Another text, not a marked one.
    if total >= 4 && changed * 10 > total * 6 {
        return vec![one(usual, other, Encoding::Plain, a.len())];
    }
    all
}

fn one(usual: &str, other: &str, encoding: Encoding, pieces: usize) -> Hunk {
    let clip = |t: &str| super::clipped(t, 400);
    Hunk {
        encoding,
        before: clip(usual),
        after: clip(other),
        around_before: clip(usual),
        around_after: clip(other),
        range: (0, pieces),
        by_number: usual.chars().chain(other.chars()).any(char::is_numeric),
    }
}

/// Whether digits stand within three pieces of some of them, or in them.
fn by_number(pieces: &[&str], from: usize, to: usize) -> bool {
    pieces[from.saturating_sub(3)..(to + 3).min(pieces.len())].iter().any(|p| p.chars().any(char::is_numeric))
}

/// Whether what went at some places came at others.
fn moved(hunks: &[Hunk]) -> Option<Encoding> {
    let words = |text: fn(&Hunk) -> &str| {
        let mut all: Vec<&str> = hunks
            .iter()
            .flat_map(|h| text(h).split(|c: char| !c.is_alphanumeric()))
            .filter(|w| !w.is_empty())
            .collect();
        all.sort_unstable();
        all
    };
    let (gone, come) = (words(|h| &h.before), words(|h| &h.after));
    if gone.is_empty() || gone != come || hunks.iter().all(|h| h.encoding != Encoding::Plain) {
        return None;
    }
    let digits = gone.iter().any(|w| w.bytes().all(|b| b.is_ascii_digit()));
    Some(if digits && gone.concat().len() < 24 { Encoding::Format } else { Encoding::Ordering })
}

/// How one piece takes the place of another one.
pub(super) fn encoding(before: &str, after: &str) -> Encoding {
    if let (Some(a), Some(b)) = (numbers(before), numbers(after)) {
        return if is_reformatted(before, after, &a, &b) { Encoding::Format } else { Encoding::Plain };
    }
    between(&[before.to_owned(), after.to_owned()]).unwrap_or(Encoding::Plain)
}

/// The numbers of a date, a time or a number; nothing for other texts.
fn numbers(text: &str) -> Option<Vec<u64>> {
    let marks = |c: char| "-/.,:TZ +\u{a0}\u{202f}'\u{2019}_\u{2010}\u{2011}\u{2012}\u{2013}\u{2212}".contains(c);
    let fits = text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(|c| c.is_ascii_digit() || marks(c));
    fits.then(|| {
        text.split(|c: char| !c.is_ascii_digit())
            .filter(|p| !p.is_empty())
            .map(|p| p.parse().unwrap_or(u64::MAX))
            .collect()
    })
}

/// The same form says another moment; another form says nothing but itself.
fn is_reformatted(before: &str, after: &str, a: &[u64], b: &[u64]) -> bool {
    let shape = |text: &str| {
        let mut out = String::new();
        for c in text.chars() {
            let c = if c.is_ascii_digit() { '0' } else { c };
            if !(c == '0' && out.ends_with('0')) {
                out.push(c);
            }
        }
        out
    };
    let sorted = |all: &[u64]| {
        let mut all: Vec<u64> = all.iter().map(|n| if (2000..2100).contains(n) { n - 2000 } else { *n }).collect();
        all.sort_unstable();
        all
    };
    let value = |text: &str| text.parse::<f64>().ok();
    if value(before).is_some() && value(before) == value(after) {
        return true;
    }
    match shape(before) == shape(after) {
        // The order of day and month, or leading zeros.
        true => sorted(a) == sorted(b),
        false => {
            a.len() == b.len() && a.len() > 1
                || a.iter().map(u64::to_string).collect::<String>() == b.iter().map(u64::to_string).collect::<String>()
        }
    }
}

fn around(pieces: &[&str], from: usize, to: usize) -> String {
    let left: String =
        pieces[..from].iter().rev().take(AROUND).copied().collect::<Vec<_>>().into_iter().rev().collect();
    let right: String = pieces[to..].iter().take(AROUND).copied().collect();
    let left: String = left.chars().rev().take(AROUND).collect::<Vec<_>>().into_iter().rev().collect();
    let right: String = right.chars().take(AROUND).collect();
    format!("{left}{}{right}", super::clipped(&pieces[from..to].concat(), 200))
}
