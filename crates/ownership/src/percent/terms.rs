//! The figures of a text in order, with the words around them.

use super::{PercentError, clip, unreadable};

/// Longest first where one begins another.
const PHRASES: &[(&str, &str)] = &[
    ("per cent", "%"),
    ("percent", "%"),
    ("pct", "%"),
    ("％", "%"),
    ("not more than", "≤"),
    ("no more than", "≤"),
    ("not less than", "≥"),
    ("no less than", "≥"),
    ("more than", ">"),
    ("greater than", ">"),
    ("less than", "<"),
    ("at least", "≥"),
    ("at most", "≤"),
    ("up to", "≤"),
    ("or more", "⊕"),
    ("or less", "⊖"),
    ("between", ""),
    ("above", ">"),
    ("over", ">"),
    ("below", "<"),
    ("under", "<"),
    ("from", "≥"),
    (">=", "≥"),
    ("=>", "≥"),
    ("<=", "≤"),
    ("=<", "≤"),
    ("+", "⊕"),
    ("\u{2010}", "-"),
    ("\u{2011}", "-"),
    ("\u{2012}", "-"),
    ("–", "-"),
    ("—", "-"),
    ("\u{2212}", "-"),
    ("but", ""),
    ("and", "-"),
    ("to", "-"),
    ("\u{a0}", " "),
    ("\u{202f}", " "),
];

/// One figure with what stands around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Term {
    pub(super) bound: Bound,
    pub(super) figure: Figure,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// A figure by itself: exact when it is alone, an end when there are two.
    Stated,
    AtLeast,
    Above,
    AtMost,
    Below,
}

/// A number in millionths; `inexact` when digits beyond those were cut off.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figure {
    pub(super) millionths: u64,
    pub(super) inexact: bool,
}

/// The figures of a text in order, and whether a percent sign is among them.
pub(super) fn terms(text: &str) -> Result<(Vec<Term>, bool), PercentError> {
    let mut symbols = text.trim().to_lowercase();
    for (phrase, symbol) in PHRASES {
        if symbols.contains(phrase) {
            symbols = symbols.replace(phrase, symbol);
        }
    }
    let (mut terms, mut signed, mut bound, mut parted) = (Vec::<Term>::new(), false, None, true);
    let mut rest = symbols.as_str();
    while let Some(symbol) = rest.chars().next() {
        if symbol.is_ascii_digit() {
            let (figure, after) = figure(rest).ok_or_else(|| unreadable(text))?;
            if !parted && bound.is_none() {
                return Err(unreadable(text));
            }
            terms.push(Term { bound: bound.take().unwrap_or(Bound::Stated), figure });
            (rest, parted) = (after, false);
            continue;
        }
        rest = &rest[symbol.len_utf8()..];
        match (symbol, terms.last_mut()) {
            (' ' | ',', _) => {}
            ('%', Some(_)) => signed = true,
            ('-', None) => return Err(PercentError::Negative { text: clip(text) }),
            ('-', Some(_)) if !parted => parted = true,
            ('⊕', Some(last)) if last.bound == Bound::Stated => last.bound = Bound::AtLeast,
            ('⊖', Some(last)) if last.bound == Bound::Stated => last.bound = Bound::AtMost,
            ('>' | '≥' | '<' | '≤', _) if bound.is_none() => bound = Some(Bound::of(symbol)),
            _ => return Err(unreadable(text)),
        }
    }
    if bound.is_some() || terms.is_empty() || (parted && !terms.is_empty()) {
        return Err(unreadable(text));
    }
    Ok((terms, signed))
}

impl Bound {
    fn of(symbol: char) -> Self {
        match symbol {
            '>' => Self::Above,
            '≥' => Self::AtLeast,
            '<' => Self::Below,
            _ => Self::AtMost,
        }
    }
}

/// A number with a point or a comma before its decimals, and what follows it.
fn figure(text: &str) -> Option<(Figure, &str)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    let mut millionths = text[..whole].parse::<u64>().ok()?.checked_mul(1_000_000)?;
    let after = &text[whole..];
    let decimals = match after.as_bytes() {
        [b'.' | b',', next, ..] if next.is_ascii_digit() => digits(&after[1..]),
        [b'.', ..] => return None,
        _ => return Some((Figure { millionths, inexact: false }, after)),
    };
    let (mut unit, mut inexact) = (100_000, false);
    for digit in after[1..=decimals].bytes().map(|byte| u64::from(byte - b'0')) {
        millionths = millionths.checked_add(digit * unit)?;
        inexact |= unit == 0 && digit != 0;
        unit /= 10;
    }
    let after = &after[1 + decimals..];
    // A second point or comma makes it a number of another kind: `1.234,5` or a version.
    if matches!(after.as_bytes(), [b'.' | b',', next, ..] if next.is_ascii_digit()) {
        return None;
    }
    Some((Figure { millionths, inexact }, after))
}
