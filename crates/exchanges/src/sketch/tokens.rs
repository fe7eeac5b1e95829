//! Cuts normalised text into tokens, without masking anything.

use unicode_normalization::char::is_combining_mark;

use super::{normalise::Normal, secret::Mixer};

/// What a token is. The last six stand for text that is masked in a skeleton.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A run of letters with their marks.
    Word,
    /// One character, with its marks, of a script that is written without spaces.
    Glyph,
    /// A run of digits, not masked.
    Digits,
    /// Any other character.
    Symbol,
    Number,
    Url,
    Mail,
    Hex,
    Quote,
    Code,
}

/// A piece of the normalised text, by its place in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) hash: u64,
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) kind: Kind,
    /// First byte of the token.
    pub(crate) lead: u8,
    /// Whether white space, or the start of the text, precedes it.
    pub(crate) spaced: bool,
}

impl Token {
    pub(crate) fn text<'t>(&self, normal: &'t Normal) -> &'t str {
        normal.slice(self.start as usize, self.end as usize)
    }

    pub(crate) fn is_symbol(&self, symbol: u8) -> bool {
        self.lead == symbol && self.kind == Kind::Symbol
    }
}

/// Replaces `out` by the tokens of `normal`.
pub(crate) fn tokenise(normal: &Normal, mixer: &Mixer, out: &mut Vec<Token>) {
    out.clear();
    let bytes = normal.padded();
    let length = normal.bytes().len();
    let mut at = 0;
    let mut spaced = true;
    while at < length {
        let lead = bytes[at];
        let (kind, end, hash) = match CLASS[usize::from(lead)] {
            Class::Letter => match short_word(bytes, at) {
                Some(length) => (Kind::Word, at + length, mixer.short(bytes, at, length)),
                None => whole(mixer, bytes, at, (Kind::Word, end_of_word(normal, at + 1))),
            },
            Class::Digit => whole(mixer, bytes, at, (Kind::Digits, end_of_digits(normal, at + 1))),
            Class::Wide => whole(mixer, bytes, at, wide(normal, at)),
            Class::Symbol => (Kind::Symbol, at + 1, mixer.short(bytes, at, 1)),
        };
        out.push(Token { hash, start: at as u32, end: end as u32, kind, lead, spaced });
        // Spaces are single and never first.
        spaced = bytes[end] == b' ';
        at = end + usize::from(spaced);
    }
}

fn whole(mixer: &Mixer, bytes: &[u8], start: usize, (kind, end): (Kind, usize)) -> (Kind, usize, u64) {
    (kind, end, mixer.span(bytes, start, end))
}

/// The length of an ASCII word of at most seven letters, which most are; eight bytes are looked at in one go.
#[inline]
fn short_word(bytes: &[u8], at: usize) -> Option<usize> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let word = u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes were cut"));
    let low = word & (EACH * 0x7f);
    // The high bit of each byte says whether it is a lower-case letter.
    let from_a = low + EACH * (0x80 - b'a' as u64);
    let past_z = low + EACH * (0x7f - b'z' as u64);
    let others = !(from_a & !past_z & !word) & (EACH * 0x80);
    let length = others.trailing_zeros() as usize / 8;
    (others != 0 && bytes[at + length] < 0x80).then_some(length)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Symbol,
    Letter,
    Digit,
    /// Part of a character outside ASCII.
    Wide,
}

static CLASS: [Class; 256] = classes();

const fn classes() -> [Class; 256] {
    let mut table = [Class::Symbol; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'a'..=b'z' => Class::Letter,
            b'0'..=b'9' => Class::Digit,
            0x80..=0xff => Class::Wide,
            _ => Class::Symbol,
        };
        byte += 1;
    }
    table
}

/// A token that begins outside ASCII.
fn wide(normal: &Normal, at: usize) -> (Kind, usize) {
    let (c, next) = normal.decode(at);
    match script(c) {
        Script::Han => (Kind::Glyph, next),
        Script::Unspaced => (Kind::Glyph, end_of_marks(normal, next)),
        Script::Letter => (Kind::Word, end_of_word(normal, next)),
        Script::Digit => (Kind::Digits, end_of_digits(normal, next)),
        Script::Other => (Kind::Symbol, next),
    }
}

#[inline]
fn end_of_word(normal: &Normal, mut at: usize) -> usize {
    let bytes = normal.padded();
    loop {
        match CLASS[usize::from(bytes[at])] {
            Class::Letter => at += 1,
            Class::Wide => match normal.decode(at) {
                (c, next) if script(c) == Script::Letter => at = next,
                _ => return at,
            },
            _ => return at,
        }
    }
}

fn end_of_digits(normal: &Normal, mut at: usize) -> usize {
    loop {
        match CLASS[usize::from(normal.padded()[at])] {
            Class::Digit => at += 1,
            Class::Wide => match normal.decode(at) {
                (c, next) if script(c) == Script::Digit => at = next,
                _ => return at,
            },
            _ => return at,
        }
    }
}

fn end_of_marks(normal: &Normal, mut at: usize) -> usize {
    while CLASS[usize::from(normal.padded()[at])] == Class::Wide
        && let (c, next) = normal.decode(at)
        && is_combining_mark(c)
    {
        at = next;
    }
    at
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    /// Han characters, which take no marks.
    Han,
    /// Kana, Thai, Lao, Burmese, Khmer: no spaces between words either.
    Unspaced,
    Letter,
    Digit,
    Other,
}

fn script(c: char) -> Script {
    match c {
        '\u{4e00}'..='\u{9fff}'
        | '\u{3005}'..='\u{3007}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}' => Script::Han,
        '\u{3041}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}'
        | '\u{e01}'..='\u{eff}'
        | '\u{1000}'..='\u{109f}'
        | '\u{1780}'..='\u{17ff}'
            if c.is_alphabetic() =>
        {
            Script::Unspaced
        }
        _ if c.is_alphabetic() || is_combining_mark(c) => Script::Letter,
        _ if c.is_numeric() => Script::Digit,
        _ => Script::Other,
    }
}
