//! Legal forms: found at the ends of a name, and in every script without spaces wherever they stand.

use super::{
    similar::edits,
    tables::{Form, PHRASE_WORDS, TABLES},
    text::{Script, Word},
};

/// Forms that are forms wherever they stand in a spaced name.
const ANYWHERE: &[&str] = &[
    "co ltd",
    "ltd",
    "llc",
    "gmbh",
    "inc",
    "ojsc",
    "pjsc",
    "cjsc",
    "jsc",
    "ооо",
    "оао",
    "пао",
    "зао",
    "plc",
    "pte ltd",
    "pvt ltd",
    "pty ltd",
    "sdn bhd",
    "srl",
    "sarl",
    "limited",
    "incorporated",
    "limited liability company",
    "joint stock company",
    "sp zoo",
    "sp z oo",
    "sa de cv",
];

/// Forms written in Han, Kana, Hangul or Thai, longest first.
fn unspaced() -> &'static [(String, Form)] {
    static FORMS: std::sync::LazyLock<Vec<(String, Form)>> = std::sync::LazyLock::new(|| {
        let is_run = |text: &str| {
            text.chars().all(|c| Script::of(c).is_some_and(Script::is_unspaced)) && text.chars().count() >= 2
        };
        let mut forms: Vec<_> =
            TABLES.forms.iter().filter(|(text, _)| is_run(text)).map(|(text, form)| (text.clone(), *form)).collect();
        forms.sort_by_key(|(text, _)| (std::cmp::Reverse(text.chars().count()), text.clone()));
        forms
    });
    &FORMS
}

/// Takes the legal forms out of a name; what is left is never empty.
pub(super) fn strip(words: Vec<Word>) -> (Vec<Word>, Vec<Form>) {
    let mut forms = Vec::new();
    let mut words: Vec<Word> = words.into_iter().flat_map(|word| strip_run(word, &mut forms)).collect();
    loop {
        let before = words.len();
        strip_end(&mut words, &mut forms);
        strip_start(&mut words, &mut forms);
        if words.len() == before {
            break;
        }
    }
    strip_inside(&mut words, &mut forms);
    (words, forms)
}

fn phrase(words: &[Word]) -> String {
    words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn strip_end(words: &mut Vec<Word>, forms: &mut Vec<Form>) {
    for length in (1..=7.min(words.len().saturating_sub(1))).rev() {
        let at = words.len() - length;
        let text = phrase(&words[at..]);
        if let Some(form) = TABLES.forms.get(&text).copied().or_else(|| misspelt(&text, length)) {
            forms.push(form);
            words.truncate(at);
            if words.len() > 1 && words.last().is_some_and(|word| matches!(word.text.as_str(), "and" | "co")) {
                words.pop();
            }
            return;
        }
    }
}

/// A long form with one letter wrong.
fn misspelt(text: &str, words: usize) -> Option<Form> {
    const LONG: [&str; 5] = [
        "joint stock company",
        "limited liability company",
        "public joint stock company",
        "public limited company",
        "private limited company",
    ];
    let found = LONG
        .iter()
        .find(|form| words == form.split(' ').count() && edits(text.as_bytes(), form.as_bytes(), 1).is_some())?;
    TABLES.forms.get(*found).copied()
}

fn strip_start(words: &mut Vec<Word>, forms: &mut Vec<Form>) {
    for length in (1..=7.min(words.len().saturating_sub(1))).rev() {
        let text = phrase(&words[..length]);
        // Short Latin forms stand at the end; at the start `AS` and `SE` are words.
        let is_word = length == 1
            && text.is_ascii()
            && text.len() <= 3
            && !matches!(
                text.as_str(),
                "jsc" | "llc" | "ooo" | "oao" | "zao" | "pao" | "srl" | "pt" | "tov" | "ano" | "nko"
            );
        if let Some(&form) = TABLES.forms.get(&text).filter(|_| !is_word) {
            forms.push(form);
            words.drain(..length);
            return;
        }
    }
}

fn strip_inside(words: &mut Vec<Word>, forms: &mut Vec<Form>) {
    let mut at = 1;
    while at + 1 < words.len() {
        let found = (1..=PHRASE_WORDS.min(words.len() - at)).rev().find_map(|length| {
            let text = phrase(&words[at..at + length]);
            ANYWHERE.contains(&text.as_str()).then(|| TABLES.forms.get(&text).map(|&form| (length, form))).flatten()
        });
        match found {
            Some((length, form)) if words.len() > length => {
                forms.push(form);
                words.drain(at..at + length);
            }
            _ => at += 1,
        }
    }
}

/// A run without spaces, cut where forms stood.
fn strip_run(word: Word, forms: &mut Vec<Form>) -> Vec<Word> {
    if !word.script.is_unspaced() {
        return vec![word];
    }
    let mut rests = vec![word.text.clone()];
    let mut found = Vec::new();
    for (text, form) in unspaced() {
        // `公司` and the like end a name or stand before a branch; inside they may be part of a longer word.
        let short = text.chars().count() <= 2;
        for at in 0..rests.len() {
            let rest = rests[at].clone();
            let place = if short {
                rest.ends_with(text.as_str()).then(|| rest.len() - text.len())
            } else {
                rest.find(text.as_str())
            };
            if let Some(place) = place {
                found.push(*form);
                rests[at] = rest[..place].to_owned();
                rests.insert(at + 1, rest[place + text.len()..].to_owned());
            }
        }
    }
    rests.retain(|rest| !rest.is_empty());
    if rests.is_empty() {
        // Nothing but a form: `有限公司` after a Latin brand, or `(株)`.
        forms.extend(found);
        return Vec::new();
    }
    let lone = matches!(word.text.as_str(), "株" | "有" | "주" | "유");
    if lone {
        return Vec::new();
    }
    forms.extend(found);
    rests.into_iter().map(|text| Word { text, ..word.clone() }).collect()
}
