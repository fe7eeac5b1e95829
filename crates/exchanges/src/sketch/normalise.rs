//! Text as the sketch reads it: NFKC, lower case, white space collapsed.

use memchr::memmem::Finder;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use super::secret::PADDING;

/// Of a longer text, this many bytes are read at each end; the middle is not looked at.
pub const WINDOW_BYTES: usize = 64 * 1024;

/// A normalised text in UTF-8, followed by zero bytes; reused from text to text.
#[derive(Clone, Default)]
pub(crate) struct Normal {
    padded: Vec<u8>,
}

impl Normal {
    /// Replaces what is held by the normal form of `text`.
    pub(crate) fn set(&mut self, text: &str) {
        self.padded.clear();
        let (head, tail) = window(text);
        append(head, &mut self.padded);
        if !tail.is_empty() {
            self.padded.push(b' ');
            append(tail, &mut self.padded);
        }
        collapse(&mut self.padded);
        self.padded.extend_from_slice(&[0; PADDING]);
    }

    /// The bytes of the text alone.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.padded[..self.padded.len().saturating_sub(PADDING)]
    }

    pub(crate) fn padded(&self) -> &[u8] {
        &self.padded
    }

    /// Part of the text, cut at the ends of characters.
    pub(crate) fn slice(&self, start: usize, end: usize) -> &str {
        std::str::from_utf8(&self.padded[start..end]).expect("only whole characters were pushed")
    }

    /// The character that begins at a byte, and the byte after it.
    pub(crate) fn decode(&self, at: usize) -> (char, usize) {
        let next = |i: usize| u32::from(self.padded[at + i] & 0x3f);
        let lead = u32::from(self.padded[at]);
        let (code, length) = match lead {
            0xf0.. => ((lead & 7) << 18 | next(1) << 12 | next(2) << 6 | next(3), 4),
            0xe0.. => ((lead & 15) << 12 | next(1) << 6 | next(2), 3),
            0xc0.. => ((lead & 31) << 6 | next(1), 2),
            _ => (lead, 1),
        };
        (char::from_u32(code).expect("only whole characters were pushed"), at + length)
    }
}

/// The parts of a text that are read: all of it, or both ends.
pub(crate) fn window(text: &str) -> (&str, &str) {
    if text.len() <= 2 * WINDOW_BYTES {
        return (text, "");
    }
    let head = text.floor_char_boundary(WINDOW_BYTES);
    let tail = text.ceil_char_boundary(text.len() - WINDOW_BYTES);
    (&text[..head], &text[tail..])
}

fn append(text: &str, out: &mut Vec<u8>) {
    if text.is_ascii() {
        return append_ascii(text.as_bytes(), out);
    }
    // A piece that begins with a character that composes with nothing before it may be normalised by itself. ASCII
    // is such, and composes only with what follows; inert characters compose with nothing at all.
    let mut rest = text;
    while !rest.is_empty() {
        let ascii = rest.bytes().position(|b| b >= 0x80).unwrap_or(rest.len());
        let last = if ascii == rest.len() { ascii } else { ascii.saturating_sub(1) };
        append_ascii(&rest.as_bytes()[..last], out);
        let run = rest[ascii..].bytes().position(|b| b < 0x80).map_or(rest.len(), |n| ascii + n);
        append_run(&rest[last..run], out);
        rest = &rest[run..];
    }
}

/// A piece without ASCII but for its first character.
fn append_run(text: &str, out: &mut Vec<u8>) {
    let mut from = 0;
    for (at, c) in text.char_indices() {
        if is_inert(c) {
            if from < at {
                append_unicode(&text[from..at], out);
            }
            push(c, out);
            from = at + c.len_utf8();
        }
    }
    append_unicode(&text[from..], out);
}

/// Han characters and common punctuation: their own normal form, without case, and composing with nothing.
fn is_inert(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fa5}' | '、' | '。' | '「' | '」' | '『' | '』' | '“' | '”' | '‘' | '’' | '–' | '—')
}

fn append_ascii(text: &[u8], out: &mut Vec<u8>) {
    let from = out.len();
    out.resize(from + text.len(), 0);
    for (to, &b) in out[from..].iter_mut().zip(text) {
        *to = if b <= b' ' || b == 0x7f { b' ' } else { b.to_ascii_lowercase() };
    }
}

fn append_unicode(text: &str, out: &mut Vec<u8>) {
    // Full-width ASCII, the commonest form that is not normal.
    if text.len() == 3
        && let Some(c @ '\u{ff01}'..='\u{ff5e}') = text.chars().next()
    {
        return out.push((c as u32 - 0xfee0) as u8 | if c.is_uppercase() { 0x20 } else { 0 });
    }
    let kept = text.chars().filter(|c| !is_invisible(*c));
    if is_nfkc_quick(kept.clone()) == IsNormalized::Yes {
        kept.for_each(|c| append_lower(c, out));
    } else {
        kept.nfkc().for_each(|c| append_lower(c, out));
    }
}

fn append_lower(c: char, out: &mut Vec<u8>) {
    match c {
        // Han, Kana and their punctuation have no case.
        '\u{3001}'..='\u{a63f}' => push(c, out),
        // The final form of sigma would make a word depend on what follows it.
        'ς' => push('σ', out),
        _ if c.is_whitespace() || c.is_control() => out.push(b' '),
        _ => c.to_lowercase().for_each(|c| push(c, out)),
    }
}

fn push(c: char, out: &mut Vec<u8>) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Characters that show nothing: they would let one text pass for two.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Leaves one space where there were several, and none at the ends.
fn collapse(bytes: &mut Vec<u8>) {
    let finder = Finder::new(b"  ");
    let lead = bytes.iter().take_while(|b| **b == b' ').count();
    let (mut read, mut write) = (lead, 0);
    while let Some(found) = finder.find(&bytes[read..]) {
        let keep = found + 1;
        bytes.copy_within(read..read + keep, write);
        write += keep;
        read += keep;
        read += bytes[read..].iter().take_while(|b| **b == b' ').count();
    }
    let rest = bytes.len() - read;
    if read != write {
        bytes.copy_within(read.., write);
    }
    bytes.truncate(write + rest);
    if bytes.last() == Some(&b' ') {
        bytes.pop();
    }
}
