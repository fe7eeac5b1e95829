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
        let word = word_at(bytes, at);
        let lead = word as u8;
        let letters = letters(word);
        // Short words and symbols, nearly all there is, take one path without branches: at most seven letters, or
        // one symbol, before an ASCII character.
        let (kind, end, hash, next) = if letters < 8 && word >> (8 * letters) & 0x80 == 0 && !lead.is_ascii_digit() {
            let kind = if letters == 0 { Kind::Symbol } else { Kind::Word };
            let length = letters.max(1);
            (kind, at + length, mixer.short(word, length), (word >> (8 * length)) as u8)
        } else {
            let (kind, end) = match lead {
                b'a'..=b'z' => (Kind::Word, end_of_word(normal, at + letters)),
                b'0'..=b'9' => (Kind::Digits, end_of_digits(normal, at + 1)),
                _ => wide(normal, at),
            };
            (kind, end, mixer.span(bytes, at, end), bytes[end])
        };
        out.push(Token { hash, start: at as u32, end: end as u32, kind, lead, spaced });
        // Spaces are single and never first.
        spaced = next == b' ';
        at = end + usize::from(spaced);
    }
}

#[inline]
fn word_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes were cut"))
}

/// The number of ASCII letters that eight bytes begin with.
#[inline]
fn letters(word: u64) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let low = word & (EACH * 0x7f);
    // The high bit of each byte says whether it is a lower-case letter.
    let from_a = low + EACH * (0x80 - b'a' as u64);
    let past_z = low + EACH * (0x7f - b'z' as u64);
    let others = !(from_a & !past_z & !word) & (EACH * 0x80);
    others.trailing_zeros() as usize / 8
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
        let more = letters(word_at(bytes, at));
        at += more;
        if more == 8 {
            continue;
        }
        match normal.decode(at) {
            (c, next) if !c.is_ascii() && script(c) == Script::Letter => at = next,
            _ => return at,
        }
    }
}

fn end_of_digits(normal: &Normal, mut at: usize) -> usize {
    loop {
        match normal.decode(at) {
            ('0'..='9', next) => at = next,
            (c, next) if !c.is_ascii() && script(c) == Script::Digit => at = next,
            _ => return at,
        }
    }
}

fn end_of_marks(normal: &Normal, mut at: usize) -> usize {
    while let (c, next) = normal.decode(at)
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
