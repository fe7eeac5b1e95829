//! The outward form of a prompt: a few bits that say nothing of its subject.

use memchr::{memchr_iter, memrchr};

use super::{
    normalise::{Normal, window},
    tokens::{Kind, Token},
};

/// A bit set over [`Form`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Shape(u16);

/// One bit of a shape; the discriminant is the bit's number in the column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A code block between fences.
    Code = 0,
    /// At least two lines begin with a bullet or a number.
    List = 1,
    /// A question mark, of any script.
    Question = 2,
    /// A tag such as `<x>` or `</x>`.
    Tags = 3,
    /// Several paragraphs or lines, the last of them at most 200 bytes long.
    ShortLastLine = 4,
    /// More than half of the characters are outside ASCII.
    NonAscii = 5,
    /// The text ends with a colon or a tag, as if it were to be completed.
    OpenEnd = 6,
    /// A blank line parts it into paragraphs.
    Paragraphs = 7,
    /// A quotation of more than three words.
    Quotation = 8,
    /// A number, or an identifier.
    Number = 9,
    /// A URL or mail address.
    Address = 10,
    /// An opening and a closing curly bracket.
    Braces = 11,
    /// The text is longer than what a sketch reads.
    Cut = 12,
}

impl Shape {
    /// The column's value.
    pub fn bits(self) -> u16 {
        self.0
    }

    pub fn has(self, form: Form) -> bool {
        self.0 & 1 << form as u16 != 0
    }

    fn set(&mut self, form: Form, holds: bool) {
        self.0 |= u16::from(holds) << form as u16;
    }
}

/// The shape of a text whose normal form and skeleton are given.
pub(crate) fn shape(text: &str, chars: usize, normal: &Normal, skeleton: &[Token]) -> Shape {
    let mut shape = Shape::default();
    lines(text, &mut shape);
    // Kinds and leading bytes are gathered without branches; what is seldom met is looked at again.
    let mut kinds = 0u16;
    let mut leads = [0u64; 4];
    for token in skeleton {
        kinds |= 1 << token.kind as u16;
        leads[usize::from(token.lead >> 6)] |= u64::from(token.kind == Kind::Symbol) << (token.lead & 63);
    }
    let kind = |k: Kind| kinds & 1 << k as u16 != 0;
    let lead = |byte: u8| leads[usize::from(byte >> 6)] & 1 << (byte & 63) != 0;
    let arabic = || skeleton.iter().any(|t| t.lead == 0xd8 && t.text(normal) == "؟");
    shape.set(Form::Question, lead(b'?') || lead(0xd8) && arabic());
    shape.set(
        Form::Tags,
        lead(b'<') && (0..skeleton.len()).any(|i| skeleton[i].is_symbol(b'<') && tag(skeleton, i).is_some()),
    );
    shape.set(Form::Braces, lead(b'{') && lead(b'}'));
    shape.set(Form::Number, kind(Kind::Number) || kind(Kind::Hex));
    shape.set(Form::Address, kind(Kind::Url) || kind(Kind::Mail));
    shape.set(Form::Quotation, kind(Kind::Quote));
    shape.set(Form::Code, kind(Kind::Code));
    shape.set(Form::OpenEnd, skeleton.last().is_some_and(|t| t.is_symbol(b':') || t.is_symbol(b'>')));
    // Each character outside ASCII has two to four bytes; the difference to the characters counts the further ones.
    let outside = if text.len() == chars { 0 } else { text.chars().filter(|c| !c.is_ascii()).count() };
    shape.set(Form::NonAscii, outside * 2 > chars);
    shape.set(Form::Cut, !window(text).1.is_empty());
    shape
}

/// The number of tokens of the tag that begins at `at`, if one does.
pub(crate) fn tag(tokens: &[Token], at: usize) -> Option<usize> {
    let slash = usize::from(tokens.get(at + 1).is_some_and(|t| t.is_symbol(b'/')));
    tokens.get(at + 1 + slash).filter(|t| t.kind == Kind::Word && !t.spaced)?;
    // Names like `final_answer` and `step-1` are several tokens.
    let close = tokens[at + 1 + slash..].iter().take(8).position(|t| t.is_symbol(b'>'))?;
    Some(close + 2 + slash)
}

fn lines(text: &str, shape: &mut Shape) {
    // Blank lines at the ends part nothing.
    let body = text.trim();
    let (head, tail) = window(body);
    let mut items = 0;
    let mut blank = false;
    for part in [head.as_bytes(), tail.as_bytes()].into_iter().filter(|p| !p.is_empty()) {
        let mut from = 0;
        for end in memchr_iter(b'\n', part).chain([part.len()]) {
            let line = part[from..end].trim_ascii_start();
            blank |= line.is_empty();
            items += usize::from(is_item(line));
            from = end + 1;
        }
    }
    let last = memrchr(b'\n', body.as_bytes()).map(|at| body.len() - at - 1);
    shape.set(Form::List, items >= 2);
    shape.set(Form::Paragraphs, blank);
    shape.set(Form::ShortLastLine, last.is_some_and(|bytes| bytes <= 200));
}

fn is_item(line: &[u8]) -> bool {
    let digits = line.iter().take(3).take_while(|b| b.is_ascii_digit()).count();
    match &line[digits..] {
        [b'.' | b')', b' ', ..] => digits > 0,
        [b'-' | b'*' | b'+', b' ', ..] | [0xe2, 0x80, 0xa2, ..] => digits == 0,
        _ => false,
    }
}
