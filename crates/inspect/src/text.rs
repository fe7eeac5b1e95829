//! Covert characters and alternating punctuation in a text: a prompt, a log.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::fold::{self, is_invisible, name_of, skeleton};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkKind {
    ZeroWidth,
    Tags,
    VariationSelector,
    Control,
    Space,
    Alternation,
    Separators,
}

impl MarkKind {
    pub fn word(self) -> &'static str {
        match self {
            MarkKind::ZeroWidth => "zero-width character",
            MarkKind::Tags => "tag characters",
            MarkKind::VariationSelector => "variation selector",
            MarkKind::Control => "direction or control character",
            MarkKind::Space => "unusual space",
            MarkKind::Alternation => "look-alike punctuation",
            MarkKind::Separators => "date separators that alternate",
        }
    }
}

/// Something in a text that a reader would not see, or not notice.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mark {
    pub kind: MarkKind,
    pub line: u32,
    pub column: u32,
    /// From the beginning, in bytes.
    pub offset: u64,
    pub code_points: Vec<String>,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TextReport {
    pub marks: Vec<Mark>,
    pub normalised: String,
}

const MARKS_MAX: usize = 1_000;

/// Looks through a text; ordinary typography of any script passes.
pub fn text(input: &str) -> TextReport {
    let chars: Vec<(usize, char)> = input.char_indices().collect();
    let mut marks = Vec::new();
    let mut quotes: BTreeMap<char, Vec<usize>> = BTreeMap::new();
    let places = Places::new(input);
    let mut i = 0;
    while i < chars.len() && marks.len() < MARKS_MAX {
        let (at, c) = chars[i];
        let before = i.checked_sub(1).map(|j| chars[j].1);
        let after = chars.get(i + 1).map(|(_, c)| *c);
        let kind = match c {
            '\u{e0000}'..='\u{e007f}' if !is_flag(&chars, i) => Some(MarkKind::Tags),
            '\u{200c}' | '\u{200d}' if joins(before, after) => None,
            '\u{200b}'..='\u{200d}'
            | '\u{2060}'..='\u{2064}'
            | '\u{34f}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{3164}'
            | '\u{ffa0}'
            | '\u{180e}' => Some(MarkKind::ZeroWidth),
            '\u{feff}' if at > 0 => Some(MarkKind::ZeroWidth),
            '\u{ad}' if !(before.is_some_and(char::is_alphabetic) && after.is_some_and(char::is_alphabetic)) => {
                Some(MarkKind::ZeroWidth)
            }
            '\u{fe00}'..='\u{fe0f}' if !selects(c, before) => Some(MarkKind::VariationSelector),
            '\u{e0100}'..='\u{e01ef}' if !before.is_some_and(is_ideograph) => Some(MarkKind::VariationSelector),
            '\u{200e}' | '\u{200f}' | '\u{61c}' if near_rtl(&chars, i) => None,
            '\u{200e}'
            | '\u{200f}'
            | '\u{61c}'
            | '\u{206a}'..='\u{206f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => Some(MarkKind::Control),
            '\u{0}'..='\u{8}' | '\u{e}'..='\u{1a}' | '\u{1c}'..='\u{1f}' | '\u{7f}' => Some(MarkKind::Control),
            '\u{2000}'..='\u{2008}' | '\u{200a}' | '\u{205f}' | '\u{2800}' => Some(MarkKind::Space),
            '\u{a0}' | '\u{202f}' | '\u{2009}' if !is_typographic_space(before, after) => Some(MarkKind::Space),
            '\u{3000}' if !before.is_some_and(is_wide) && !after.is_some_and(is_wide) && before.is_some() => {
                Some(MarkKind::Space)
            }
            _ => None,
        };
        if let Some(kind) = kind {
            let mut end = i + 1;
            while end < chars.len() && is_invisible(chars[end].1) && is_invisible(c) && end - i < 64 {
                end += 1;
            }
            let points: Vec<String> = chars[i..end].iter().map(|(_, c)| name_of(*c)).collect();
            marks.push(places.mark(kind, at, points.clone(), points.join(", ")));
            i = end;
            continue;
        }
        if skeleton(c) == '\'' && before.is_some_and(char::is_alphabetic) && after.is_some_and(char::is_alphabetic) {
            quotes.entry(c).or_default().push(at);
        }
        i += 1;
    }
    apostrophes(&quotes, input, &places, &mut marks);
    separators(input, &places, &mut marks);
    marks.sort_by_key(|m| m.offset);
    TextReport { marks, normalised: fold::readable(input) }
}

/// Kinds of apostrophe inside words: one is usual; `'` and `’` together only where the same word has both.
fn apostrophes(quotes: &BTreeMap<char, Vec<usize>>, input: &str, places: &Places, marks: &mut Vec<Mark>) {
    let usual = |c: &char| matches!(c, '\'' | '\u{2019}');
    let latin = |at: usize| {
        input[..at].chars().next_back().is_some_and(|c| c.is_ascii_alphabetic())
            && input[at..].chars().nth(1).is_some_and(|c| c.is_ascii_alphabetic())
    };
    for (c, all) in quotes.iter().filter(|(c, _)| !usual(c)) {
        // Letters that are apostrophes in some languages pass where they are the only kind; in English words they stand out.
        let english: Vec<&usize> = all.iter().filter(|at| latin(**at) && is_contraction(input, **at)).collect();
        let alone = quotes.len() == 1 && english.is_empty();
        if alone {
            continue;
        }
        for at in if english.is_empty() { all.iter().collect() } else { english } {
            marks.push(places.mark(
                MarkKind::Alternation,
                *at,
                vec![name_of(*c)],
                format!("{} inside a word, where ' is usual", name_of(*c)),
            ));
        }
    }
    if let (Some(plain), Some(curly)) = (quotes.get(&'\''), quotes.get(&'\u{2019}')) {
        let words =
            |all: &[usize]| -> std::collections::BTreeSet<String> { all.iter().map(|at| word(input, *at)).collect() };
        let both = words(plain);
        for at in curly.iter().filter(|at| both.contains(&word(input, **at))).take(20) {
            marks.push(places.mark(
                MarkKind::Alternation,
                *at,
                vec![name_of('\u{2019}')],
                format!("“{}” is also written with U+0027", word(input, *at)),
            ));
        }
    }
}

fn is_contraction(input: &str, at: usize) -> bool {
    let rest: String = input[at..].chars().skip(1).take_while(|c| c.is_alphabetic()).collect::<String>().to_lowercase();
    matches!(rest.as_str(), "s" | "t" | "re" | "ve" | "ll" | "d" | "m")
}

fn word(input: &str, at: usize) -> String {
    let left: String =
        input[..at].chars().rev().take_while(|c| c.is_alphabetic()).collect::<Vec<_>>().into_iter().rev().collect();
    let right: String = input[at..].chars().skip(1).take_while(|c| c.is_alphabetic()).collect();
    format!("{left}'{right}").to_lowercase()
}

/// Dates of one shape, written with several separators.
fn separators(input: &str, places: &Places, marks: &mut Vec<Mark>) {
    let bytes = input.as_bytes();
    let mut seen: BTreeMap<u8, Vec<usize>> = BTreeMap::new();
    let digits = |at: usize, n: usize| bytes.get(at..at + n).is_some_and(|b| b.iter().all(u8::is_ascii_digit));
    let mut i = 0;
    while i + 10 <= bytes.len() {
        let s = bytes[i + 4];
        let free = i == 0 || !(bytes[i - 1].is_ascii_alphanumeric() || matches!(bytes[i - 1], b'/' | b'-' | b'.'));
        let ends =
            bytes.get(i + 10).is_none_or(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-')) || *b == b'T');
        if free
            && ends
            && matches!(s, b'-' | b'/' | b'.')
            && bytes[i + 7] == s
            && digits(i, 4)
            && digits(i + 5, 2)
            && digits(i + 8, 2)
        {
            seen.entry(s).or_default().push(i);
            i += 10;
        } else {
            i += 1;
        }
    }
    if seen.len() < 2 {
        return;
    }
    let usual = seen.iter().max_by_key(|(_, v)| v.len()).map(|(s, _)| *s);
    for (s, all) in seen.iter().filter(|(s, _)| Some(**s) != usual) {
        for at in all.iter().take(20) {
            marks.push(places.mark(
                MarkKind::Separators,
                *at,
                vec![name_of(*s as char)],
                format!("{} where other dates have another separator", &input[*at..*at + 10]),
            ));
        }
    }
}

struct Places {
    starts: Vec<usize>,
}

impl Places {
    fn new(input: &str) -> Self {
        Places {
            starts: std::iter::once(0).chain(memchr::memchr_iter(b'\n', input.as_bytes()).map(|i| i + 1)).collect(),
        }
    }

    fn mark(&self, kind: MarkKind, at: usize, code_points: Vec<String>, text: String) -> Mark {
        let line = self.starts.partition_point(|s| *s <= at);
        let column = at - self.starts[line - 1] + 1;
        Mark { kind, line: line as u32, column: column as u32, offset: at as u64, code_points, text }
    }
}

/// Joiners between letters of scripts that use them, and between emoji.
fn joins(before: Option<char>, after: Option<char>) -> bool {
    let script = |c: char| matches!(c, '\u{600}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{e00}'..='\u{fff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{1800}'..='\u{18af}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}');
    let emoji = |c: char| is_emoji(c) || matches!(c, '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{2640}' | '\u{2642}');
    before.is_some_and(script)
        || after.is_some_and(script) && before.is_none_or(|c| !c.is_ascii())
        || (before.is_some_and(emoji) && after.is_some_and(emoji))
}

fn is_emoji(c: char) -> bool {
    matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{2460}'..='\u{24ff}' | '\u{25a0}'..='\u{27bf}' | '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}')
}

fn selects(selector: char, before: Option<char>) -> bool {
    let Some(b) = before else { return false };
    match selector {
        '\u{fe0e}' | '\u{fe0f}' => is_emoji(b) || b.is_ascii_digit() || matches!(b, '#' | '*'),
        _ => {
            is_ideograph(b)
                || matches!(b, '\u{1820}'..='\u{18aa}' | '\u{2200}'..='\u{22ff}' | '\u{a840}'..='\u{a877}' | '\u{1000}'..='\u{109f}')
        }
    }
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn is_wide(c: char) -> bool {
    is_ideograph(c) || matches!(c, '\u{3000}'..='\u{30ff}' | '\u{ff00}'..='\u{ffef}' | '\u{ac00}'..='\u{d7af}' | '\n')
}

fn near_rtl(chars: &[(usize, char)], i: usize) -> bool {
    let rtl = |c: char| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}');
    chars[i.saturating_sub(40)..(i + 40).min(chars.len())].iter().any(|(_, c)| rtl(*c))
}

fn is_flag(chars: &[(usize, char)], i: usize) -> bool {
    chars[i.saturating_sub(8)..i].iter().any(|(_, c)| *c == '\u{1f3f4}')
}

/// Spaces that typographers put: before French marks, inside guillemets, between digits and units, after abbreviations.
fn is_typographic_space(before: Option<char>, after: Option<char>) -> bool {
    let mark = |c: char| matches!(c, ';' | ':' | '!' | '?' | '»' | '›' | '%' | '€' | '$' | '£' | '°' | '–' | '—' | '…');
    after.is_some_and(mark)
        || before.is_some_and(|c| matches!(c, '«' | '‹' | '–' | '—' | '.' | '№' | '§'))
        || before.is_some_and(|c| c.is_ascii_digit())
        || after.is_some_and(|c| c.is_ascii_digit())
}
