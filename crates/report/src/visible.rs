//! Foreign text made safe to look at: invisible and reordering characters are shown by code point, long text is cut.

use maud::{Markup, html};

use crate::limits;

/// Characters that hide, reorder or overwrite what stands beside them.
fn is_treacherous(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0e}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn push_shown(out: &mut String, c: char) {
    if is_treacherous(c) {
        out.push_str(&format!("⟨U+{:04X}⟩", u32::from(c)));
    } else {
        out.push(c);
    }
}

/// `text` with treacherous characters shown as `⟨U+202E⟩`, cut after `limit` characters.
pub(crate) fn shown(text: &str, limit: usize) -> String {
    cut(text, limit, |_| false)
}

/// As [`shown`], but line breaks and tabs are kept.
pub(crate) fn shown_block(text: &str, limit: usize) -> String {
    cut(text, limit, |c| matches!(c, '\n' | '\t'))
}

fn cut(text: &str, limit: usize, keep: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len().min(limit * 4));
    for c in text.chars().take(limit) {
        if keep(c) {
            out.push(c);
        } else {
            push_shown(&mut out, c);
        }
    }
    let rest = text.chars().skip(limit).count();
    if rest > 0 {
        out.push_str(&format!("… (and {rest} more characters)"));
    }
    out
}

/// A word or two for a narrow place: at most `limit` characters, control characters shown.
pub(crate) fn clipped(text: &str, limit: usize) -> String {
    let whole = shown(text, limit + 1);
    if whole.chars().count() <= limit {
        return whole;
    }
    whole.chars().take(limit - 1).chain(['…']).collect()
}

/// A sentence from the findings.
pub(crate) fn sentence(text: &str) -> String {
    shown(text.trim(), limits::SENTENCE_CHARS)
}

/// An identifier on one line: its head and tail when it is long.
pub(crate) fn short_id(id: &str) -> String {
    let chars = id.chars().count();
    if chars <= limits::ID_CHARS {
        return shown(id, limits::ID_CHARS);
    }
    let (head, tail) = (limits::ID_CHARS * 2 / 3, limits::ID_CHARS / 3 - 1);
    let start: String = id.chars().take(head).collect();
    let end: String = id.chars().skip(chars - tail).collect();
    format!("{}…{}", shown(&start, head), shown(&end, tail))
}

/// An identifier as markup; a long one unfolds to its full value.
pub(crate) fn id(id: &str) -> Markup {
    if id.chars().count() <= limits::ID_CHARS {
        return html! { bdi { (shown(id, limits::ID_CHARS)) } };
    }
    html! {
        details.long { summary { bdi { (short_id(id)) } } bdi { (shown(id, limits::SENTENCE_CHARS)) } }
    }
}
