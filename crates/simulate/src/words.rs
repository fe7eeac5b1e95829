//! The vocabulary that every text is made of, and the slots of a sentence frame.

mod english;
mod languages;

pub(crate) use english::{ENGLISH, SYLLABLES};
pub(crate) use languages::{LANGUAGES, Language};

use crate::dice::Dice;

/// The words of one language by the slot that they fill.
#[derive(Debug)]
pub(crate) struct Lexicon {
    pub(crate) nouns: &'static [&'static str],
    pub(crate) plural: Plural,
    pub(crate) adjectives: &'static [&'static str],
    pub(crate) verbs: &'static [&'static str],
    pub(crate) places: &'static [&'static str],
    pub(crate) names: &'static [&'static str],
}

/// How a noun becomes several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plural {
    English,
    Suffix(&'static str),
}

/// Decides what goes into a slot: `{x}` asks for a word, `[a|b]` for a turn of phrase.
pub(crate) trait Choose {
    fn word(&mut self, of: usize) -> usize;
    fn turn(&mut self, of: usize) -> usize;
}

impl Choose for Dice {
    fn word(&mut self, of: usize) -> usize {
        self.below(of)
    }
    fn turn(&mut self, of: usize) -> usize {
        self.below(of)
    }
}

/// Writes `frame` with its slots filled.
///
/// `{n}` noun, `{s}` nouns, `{a}` adjective, `{v}` verb, `{p}` place, `{w}` person, `{i}` `{j}` `{k}` numbers of one to
/// three digits, `{c}` identifier of code, `{o}` made-up proper name, `[a|b|c]` one of these.
pub(crate) fn expand(frame: &str, words: &Lexicon, choose: &mut impl Choose, out: &mut String) {
    let mut rest = frame;
    while let Some(at) = position(rest, |b| b == b'{' || b == b'[') {
        out.push_str(&rest[..at]);
        let close = if rest.as_bytes()[at] == b'{' { b'}' } else { b']' };
        let end = at + position(&rest[at..], |b| b == close).expect("frames are balanced");
        let inside = &rest[at + 1..end];
        if close == b'}' {
            fill(inside, words, choose, out);
        } else {
            let turns = 1 + inside.bytes().filter(|&b| b == b'|').count();
            out.push_str(inside.split('|').nth(choose.turn(turns)).expect("under the count"));
        }
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
}

/// Where the first ASCII byte of a kind stands.
fn position(text: &str, is: impl Fn(u8) -> bool) -> Option<usize> {
    text.bytes().position(is)
}

fn fill(slot: &str, words: &Lexicon, choose: &mut impl Choose, out: &mut String) {
    let mut from = |list: &[&'static str]| list[choose.word(list.len())];
    match slot {
        "n" => word(from(words.nouns), words.plural, out),
        "s" => plural(from(words.nouns), words.plural, out),
        "a" => word(from(words.adjectives), words.plural, out),
        "v" => out.push_str(from(words.verbs)),
        "p" => out.push_str(from(words.places)),
        "w" => out.push_str(from(words.names)),
        "c" => {
            out.push_str(from(ENGLISH.verbs));
            out.push('_');
            out.push_str(from(ENGLISH.nouns));
        }
        "i" => number(2 + choose.word(8) as u64, out),
        "j" => number(10 + choose.word(90) as u64, out),
        "k" => number(100 + choose.word(900) as u64, out),
        "o" => proper_name(choose, out),
        other => unreachable!("no slot is called `{other}`"),
    }
}

/// Appends a word; the article before it agrees.
fn word(word: &str, language: Plural, out: &mut String) {
    if language == Plural::English && word.starts_with(['a', 'e', 'i', 'o', 'u']) {
        let article = out.ends_with(" a ") || out.ends_with(" A ") || out == "A ";
        if article {
            out.pop();
            out.push_str("n ");
        }
    }
    out.push_str(word);
}

fn plural(noun: &str, rule: Plural, out: &mut String) {
    match rule {
        Plural::Suffix(suffix) => {
            out.push_str(noun);
            out.push_str(suffix);
        }
        Plural::English if noun.ends_with('y') && !noun.ends_with("ey") && !noun.ends_with("ay") => {
            out.push_str(&noun[..noun.len() - 1]);
            out.push_str("ies");
        }
        Plural::English
            if noun.ends_with('s') || noun.ends_with('x') || noun.ends_with("ch") || noun.ends_with("sh") =>
        {
            out.push_str(noun);
            out.push_str("es");
        }
        Plural::English => {
            out.push_str(noun);
            out.push('s');
        }
    }
}

fn proper_name(choose: &mut impl Choose, out: &mut String) {
    let first = SYLLABLES[choose.word(SYLLABLES.len())];
    out.push(first.as_bytes()[0].to_ascii_uppercase().into());
    out.push_str(&first[1..]);
    out.push_str(SYLLABLES[choose.word(SYLLABLES.len())]);
    if choose.word(2) == 0 {
        out.push_str(SYLLABLES[choose.word(SYLLABLES.len())]);
    }
}

/// Appends decimal digits.
pub(crate) fn number(value: u64, out: &mut String) {
    if value >= 10 {
        number(value / 10, out);
    }
    out.push(char::from(b'0' + (value % 10) as u8));
}

/// Appends `digits` hexadecimal digits of `value`.
pub(crate) fn hex(value: u64, digits: u32, out: &mut String) {
    for i in (0..digits).rev() {
        out.push(char::from(b"0123456789abcdef"[(value >> (4 * i)) as usize & 15]));
    }
}
