//! Writes tokens as text again: the words of a skeleton, with placeholders for what is masked.
//!
//! Spacing follows from the tokens alone, so that equal hashes give equal texts.

use super::{
    normalise::Normal,
    skeleton::placeholder,
    tokens::{Kind, Token},
};

/// At most this many characters of a system prompt are shown.
const MAX_CHARS: usize = 2000;

pub(crate) fn render(tokens: &[Token], normal: &Normal) -> String {
    let mut out = String::new();
    let mut chars = 0;
    let mut previous: Option<&Token> = None;
    for token in tokens {
        let text = placeholder(token.kind).unwrap_or_else(|| token.text(normal));
        let space = previous.is_some_and(|p| apart(p, token));
        chars += text.chars().count() + usize::from(space);
        if chars > MAX_CHARS {
            out.push('…');
            break;
        }
        if space {
            out.push(' ');
        }
        out.push_str(text);
        previous = Some(token);
    }
    out
}

/// Whether a space is written between two tokens.
fn apart(left: &Token, right: &Token) -> bool {
    let glyph = |t: &Token| t.kind == Kind::Glyph;
    let symbol = |t: &Token| t.kind == Kind::Symbol;
    match (symbol(left), symbol(right)) {
        (false, false) => !(glyph(left) && glyph(right)),
        (true, false) => {
            !glyph(right) && matches!(left.lead, b'.' | b',' | b';' | b':' | b'!' | b'?' | b')' | b']' | b'}')
        }
        (false, true) => !glyph(left) && matches!(right.lead, b'(' | b'[' | b'{' | b'<' | b'=' | b'+' | b'#' | b'*'),
        (true, true) => false,
    }
}
