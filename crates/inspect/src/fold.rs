//! Normal forms: what a reader sees, so that texts can be equal to a reader and different in code points.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use crate::axes::Encoding;

/// Stands for text that is not known.
pub(crate) const HOLE: char = '\u{fffc}';

/// Whether a reader sees nothing where this character is.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{0}'..='\u{8}' | '\u{e}'..='\u{1f}' | '\u{7f}')
}

/// The plain form of a mark of punctuation or a letter that looks like it.
pub(crate) fn skeleton(c: char) -> char {
    match c {
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}' | '\u{2bc}' | '\u{2b9}' | '\u{2bb}' | '\u{2bd}'
        | '\u{2be}' | '\u{2bf}' | '\u{2c8}' | '\u{2ca}' | '\u{2cb}' | '\u{2032}' | '\u{2035}' | '\u{ff07}'
        | '\u{b4}' | '`' | '\u{55a}' | '\u{5f3}' | '\u{7f4}' | '\u{7f5}' | '\u{1fbd}' | '\u{1fbf}' | '\u{1fef}'
        | '\u{1ffd}' | '\u{1ffe}' | '\u{a78b}' | '\u{a78c}' | '\u{384}' => '\'',
        '\u{201c}'..='\u{201f}'
        | '\u{2033}'
        | '\u{2036}'
        | '\u{ff02}'
        | '\u{ab}'
        | '\u{bb}'
        | '\u{2ba}'
        | '\u{2dd}'
        | '\u{5f4}'
        | '\u{301d}'
        | '\u{301e}' => '"',
        '\u{2010}'..='\u{2015}'
        | '\u{2212}'
        | '\u{ad}'
        | '\u{2043}'
        | '\u{fe58}'
        | '\u{fe63}'
        | '\u{ff0d}'
        | '\u{30fc}'
        | '\u{2796}'
        | '\u{5be}'
        | '\u{1806}'
        | '\u{2e3a}'
        | '\u{2e3b}' => '-',
        '\u{2044}' | '\u{2215}' | '\u{ff0f}' | '\u{29f8}' | '\u{2571}' => '/',
        '\u{2024}' | '\u{ff0e}' | '\u{3002}' | '\u{660}' | '\u{6f0}' | '\u{a4f8}' | '\u{fe52}' => '.',
        '\u{201a}'.. if matches!(c, '\u{ff0c}' | '\u{3001}' | '\u{60c}' | '\u{a4f9}' | '\u{fe50}') => ',',
        '\u{2236}' | '\u{ff1a}' | '\u{a789}' | '\u{2d0}' | '\u{5c3}' | '\u{fe55}' | '\u{fe13}' => ':',
        '\u{37e}' | '\u{ff1b}' | '\u{fe54}' => ';',
        '\u{1c3}' | '\u{ff01}' => '!',
        '\u{2022}' | '\u{b7}' | '\u{2219}' | '\u{22c5}' | '\u{2027}' | '\u{30fb}' | '\u{387}' | '\u{16eb}' => '\u{b7}',
        '\u{430}' | '\u{3b1}' | '\u{251}' => 'a',
        '\u{435}' => 'e',
        '\u{43e}' | '\u{3bf}' | '\u{585}' => 'o',
        '\u{440}' | '\u{3c1}' => 'p',
        '\u{441}' | '\u{3f2}' => 'c',
        '\u{443}' | '\u{3b3}' => 'y',
        '\u{445}' | '\u{3c7}' => 'x',
        '\u{456}' | '\u{3b9}' | '\u{131}' => 'i',
        '\u{458}' => 'j',
        '\u{455}' => 's',
        '\u{501}' => 'd',
        '\u{4bb}' => 'h',
        '\u{51b}' => 'q',
        '\u{51d}' => 'w',
        '\u{3bd}' => 'v',
        '\u{261}' => 'g',
        '\u{578}' => 'n',
        '\u{57d}' => 'u',
        '\u{410}' | '\u{391}' => 'A',
        '\u{412}' | '\u{392}' => 'B',
        '\u{421}' | '\u{3f9}' => 'C',
        '\u{415}' | '\u{395}' => 'E',
        '\u{41d}' | '\u{397}' => 'H',
        '\u{406}' | '\u{399}' | '\u{4c0}' => 'I',
        '\u{408}' => 'J',
        '\u{41a}' | '\u{39a}' => 'K',
        '\u{41c}' | '\u{39c}' => 'M',
        '\u{39d}' => 'N',
        '\u{41e}' | '\u{39f}' => 'O',
        '\u{420}' | '\u{3a1}' => 'P',
        '\u{405}' => 'S',
        '\u{422}' | '\u{3a4}' => 'T',
        '\u{425}' | '\u{3a7}' => 'X',
        '\u{423}' | '\u{3a5}' => 'Y',
        '\u{396}' => 'Z',
        _ => c,
    }
}

/// Signs that are drawn of others on a typewriter, as they are drawn there.
fn drawn(text: &str) -> Cow<'_, str> {
    const SIGNS: &[(char, &str)] = &[
        ('\u{2192}', "->"),
        ('\u{27f6}', "->"),
        ('\u{2190}', "<-"),
        ('\u{21d2}', "=>"),
        ('\u{2265}', ">="),
        ('\u{2264}', "<="),
        ('\u{2260}', "!="),
        ('\u{d7}', "x"),
    ];
    if !text.contains(|c| SIGNS.iter().any(|(sign, _)| *sign == c)) {
        return Cow::Borrowed(text);
    }
    SIGNS.iter().fold(text.to_owned(), |text, (sign, drawn)| text.replace(*sign, drawn)).into()
}

fn without_invisible(text: &str) -> String {
    text.chars().filter(|c| !is_invisible(*c)).collect()
}

fn looks(text: &str) -> String {
    let text = if text.is_ascii() { Cow::Borrowed(text) } else { drawn(text) };
    text.chars().map(skeleton).collect::<String>().nfkc().map(skeleton).filter(|c| !is_invisible(*c)).collect()
}

/// Text as a reader sees it: compatibility forms, look-alikes and invisible characters folded.
pub fn readable(text: &str) -> String {
    looks(text)
}

fn without_space(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\u{2800}' | '\u{180e}')).collect()
}

fn one_space(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c == '\u{2800}').filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

fn bare(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric() || *c == HOLE || (!c.is_ascii() && !is_punctuation(*c) && !c.is_whitespace()))
        .collect()
}

fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation()
        || matches!(c, '\u{a1}'..='\u{bf}' | '\u{2010}'..='\u{205e}' | '\u{3000}'..='\u{303f}' | '\u{2b0}'..='\u{2ff}' | '\u{ff00}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}')
}

fn all_equal(texts: &[String], form: impl Fn(&str) -> String) -> bool {
    let first = form(&texts[0]);
    texts[1..].iter().all(|t| form(t) == first)
}

/// The encoding that tells these texts apart, if a reader would take them for the same.
pub fn between(texts: &[String]) -> Option<Encoding> {
    if texts.len() < 2 || texts[1..].iter().all(|t| *t == texts[0]) {
        return None;
    }
    if all_equal(texts, without_invisible) {
        return Some(Encoding::Invisible);
    }
    let separators = ['-', '/', '.', ':', ' ', '\u{a0}', '\u{202f}'];
    let numeric = |t: &str| {
        t.chars().filter(char::is_ascii_digit).count() >= 3
            && t.chars().filter(|c| c.is_ascii_alphabetic()).count() <= 2
    };
    let value = |t: &str| t.trim().parse::<f64>().ok().map(f64::to_bits);
    if texts.iter().all(|t| value(t).is_some() && value(t) == value(&texts[0])) {
        return Some(Encoding::Format);
    }
    if texts.iter().all(|t| numeric(t)) {
        let digits = |t: &str| t.chars().filter(char::is_ascii_digit).collect::<String>();
        if all_equal(texts, digits) || all_equal(texts, sorted_numbers) {
            return Some(Encoding::Format);
        }
    }
    if texts.iter().any(|t| t.contains(|c: char| c.is_ascii_digit())) && all_equal(texts, plain_numbers) {
        return Some(Encoding::Format);
    }
    if texts.iter().any(|t| t.chars().any(is_invisible)) && all_equal(texts, |t| without_space(&without_invisible(t))) {
        return Some(Encoding::Invisible);
    }
    if all_equal(texts, without_space) && (all_equal(texts, one_space) || !is_visible_space(texts)) {
        return Some(Encoding::Whitespace);
    }
    let only =
        |among: &[char]| texts.iter().all(|t| t.chars().count() == 1 && t.contains(|c: char| among.contains(&c)));
    if only(&separators) || only(&['.', ',', ' ', '\u{a0}', '\u{202f}']) || is_separated_alike(texts) {
        return Some(Encoding::Format);
    }
    if all_equal(texts, looks) {
        return Some(Encoding::Punctuation);
    }
    if are_parts_of_a_date(texts) {
        return Some(Encoding::Format);
    }
    if texts.iter().all(|t| !t.contains("://")) && all_equal(texts, |t| looks(t).to_lowercase()) {
        return Some(Encoding::Case);
    }
    mixed(texts)
}

fn mixed(texts: &[String]) -> Option<Encoding> {
    let form = |t: &str| bare(&without_invisible(&looks(t).to_lowercase()));
    let is_bare = texts.iter().all(|t| !t.chars().any(|c| c.is_alphanumeric() || c == HOLE));
    if is_bare {
        // Marks that style chooses between: quotes, dashes, bullets, stops. Paths, brackets and drawings are read by people.
        let style = |c: char| "'\"-.,;:!*_\u{b7}()[]{}".contains(skeleton(c)) || c == '\u{2026}' || c == ' ';
        let is_url = texts.iter().any(|t| t.is_empty()) && texts.iter().any(|t| t.contains(['/', ':', '?', '-', ',']));
        let short = texts.iter().all(|t| t.chars().count() <= 4 && t.chars().all(style));
        return (short && !is_url).then_some(Encoding::Punctuation);
    }
    let is_url = texts.iter().any(|t| t.contains("://") || t.starts_with('/') || t.contains('\\'));
    // Marks around and between things that are not known.
    let marks = |t: &String| t.chars().all(|c| c == HOLE || "'\"-,;".contains(skeleton(c)));
    let spoken = texts.iter().any(|t| t.contains(char::is_alphabetic)) || texts.iter().all(marks);
    if !is_url && spoken && all_equal(texts, form) {
        return Some(Encoding::Punctuation);
    }
    let many = texts.iter().all(|t| t.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).count() >= 2);
    if many && all_equal(texts, sorted_words) {
        return Some(
            if texts.iter().any(|t| t.contains(|c: char| c.is_ascii_digit()))
                && texts.iter().all(|t| t.len() < 40 && !t.contains('='))
            {
                Encoding::Format
            } else {
                Encoding::Ordering
            },
        );
    }
    None
}

/// Differences of blanks that join or split words are read by people.
fn is_visible_space(texts: &[String]) -> bool {
    texts.iter().all(|t| t.chars().any(char::is_alphanumeric))
        && !all_equal(texts, beside_marks)
        && !all_equal(texts, words)
}

/// Without the blanks beside marks of punctuation, which neither join nor split words.
fn beside_marks(text: &str) -> String {
    let text: Vec<char> = one_space(text).chars().collect();
    let mark = |at: Option<usize>| at.and_then(|at| text.get(at)).is_none_or(|c| *c == HOLE || is_punctuation(*c));
    let kept = text.iter().enumerate().filter(|(i, c)| **c != ' ' || !(mark(i.checked_sub(1)) || mark(Some(i + 1))));
    kept.map(|(_, c)| *c).collect()
}

/// The words of a text, one blank between two.
fn words(text: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == HOLE;
    text.split(|c: char| !is_word(c)).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

fn is_separated_alike(texts: &[String]) -> bool {
    let shape = |t: &str| t.chars().map(|c| if matches!(c, '/' | '.' | ':') { '-' } else { c }).collect::<String>();
    texts.iter().all(|t| !t.contains("://") && !t.starts_with(['.', '/', '~']) && t.contains(['-', '/', '.', ':']))
        && texts.iter().all(|t| {
            let mut words = t.chars().filter(|c| c.is_alphabetic()).peekable();
            let pattern = words.peek().is_some() && words.all(|c| "YMDHhmsdy".contains(c));
            pattern || t.chars().any(|c| c.is_ascii_digit() || c == HOLE)
        })
        && all_equal(texts, shape)
}

/// Three parts or more that are not known, with other separators or none.
fn are_parts_of_a_date(texts: &[String]) -> bool {
    let parts = |t: &String| t.chars().filter(|c| *c == HOLE).count();
    let plain = |t: &String| t.chars().all(|c| matches!(c, HOLE | '-' | '/' | '.' | ':' | '_' | ' '));
    texts.iter().all(plain) && parts(&texts[0]) >= 3 && texts.iter().all(|t| parts(t) == parts(&texts[0]))
}

/// Numbers without zeros in front, times without parts of seconds.
fn plain_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if !c.is_ascii_digit() {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, after) = rest.split_at(end);
        let is_time = out.ends_with(':') && number.len() == 2;
        match number.trim_start_matches('0') {
            _ if out.ends_with('.') => out.push_str(number),
            "" => out.push('0'),
            short => out.push_str(short),
        }
        rest = match after.strip_prefix('.').filter(|_| is_time) {
            Some(parts) => parts.trim_start_matches(|c: char| c.is_ascii_digit()),
            None => after,
        };
    }
    out
}

fn sorted_numbers(text: &str) -> String {
    let mut all: Vec<&str> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|p| !p.is_empty())
        .map(|p| p.trim_start_matches('0'))
        .map(|p| if p.len() == 4 && p.starts_with("20") { &p[2..] } else { p })
        .collect();
    all.sort_unstable();
    all.join(" ")
}

fn sorted_words(text: &str) -> String {
    let mut words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric() && c != HOLE).filter(|w| !w.is_empty()).collect();
    words.sort_unstable();
    words.join(" ")
}

/// A character's code point and name.
pub fn name_of(c: char) -> String {
    let code = c as u32;
    match unicode_names2::name(c) {
        Some(name) => format!("U+{code:04X} {name}"),
        None => match control(c) {
            Some(name) => format!("U+{code:04X} {name}"),
            None => format!("U+{code:04X}"),
        },
    }
}

/// Control characters have no name in the database, only aliases.
fn control(c: char) -> Option<&'static str> {
    Some(match c {
        '\0' => "NULL",
        '\u{8}' => "BACKSPACE",
        '\t' => "CHARACTER TABULATION",
        '\n' => "LINE FEED",
        '\u{b}' => "LINE TABULATION",
        '\u{c}' => "FORM FEED",
        '\r' => "CARRIAGE RETURN",
        '\u{1b}' => "ESCAPE",
        '\u{7f}' => "DELETE",
        '\u{85}' => "NEXT LINE",
        _ => return None,
    })
}
