//! Hangul syllables in Latin letters: Revised Romanisation first, then the spellings that companies and people use.

use std::sync::{LazyLock, OnceLock};

/// Syllables of Hangul, from U+AC00 on.
const SYLLABLES: usize = 19 * 21 * 28;

const INITIALS: [&[&str]; 19] = [
    &["g", "k"],
    &["kk", "gg"],
    &["n"],
    &["d", "t"],
    &["tt", "dd"],
    &["r", "l"],
    &["m"],
    &["b", "p", "v"],
    &["pp", "bb"],
    &["s", "sh"],
    &["ss"],
    &[""],
    &["j", "ch", "z"],
    &["jj"],
    &["ch"],
    &["k", "c"],
    &["t"],
    &["p", "f"],
    &["h"],
];
const VOWELS: [&[&str]; 21] = [
    &["a", "ah"],
    &["ae", "ai", "e"],
    &["ya", "ia"],
    &["yae"],
    &["eo", "u", "o", "er"],
    &["e"],
    &["yeo", "yu", "you", "yo", "yun"],
    &["ye"],
    &["o", "oh"],
    &["wa"],
    &["wae"],
    &["oe", "oi"],
    &["yo"],
    &["u", "oo", "woo"],
    &["wo", "won"],
    &["we"],
    &["wi", "ui"],
    &["yu", "yoo"],
    &["eu", "u"],
    &["ui", "eui"],
    &["i", "ee", "y"],
];
const FINALS: [&[&str]; 28] = [
    &[""],
    &["k", "g", "c"],
    &["k"],
    &["k"],
    &["n"],
    &["n"],
    &["n"],
    &["t", "d"],
    &["l", "r"],
    &["k"],
    &["m"],
    &["l"],
    &["l"],
    &["l"],
    &["p"],
    &["l"],
    &["m"],
    &["p", "b"],
    &["p"],
    &["t", "s"],
    &["t"],
    &["ng"],
    &["t"],
    &["t"],
    &["k"],
    &["t"],
    &["p"],
    &["t"],
];

/// Surnames that keep a spelling of their own.
const SURNAMES: &[(char, &[&str])] = &[
    ('이', &["lee", "yi", "ri", "rhee"]),
    ('김', &["kim"]),
    ('박', &["park", "pak"]),
    ('최', &["choi"]),
    ('정', &["jung", "chung"]),
    ('강', &["kang"]),
    ('조', &["cho"]),
    ('윤', &["yoon"]),
    ('유', &["yoo", "ryu"]),
    ('임', &["lim", "im"]),
    ('노', &["roh", "noh"]),
];

/// The syllable by Revised Romanisation, or nothing where it is no syllable of Hangul.
pub(super) fn revised(c: char) -> Option<String> {
    let (initial, vowel, end) = parts(c)?;
    Some([INITIALS[initial][0], VOWELS[vowel][0], FINALS[end][0]].concat())
}

/// Every spelling under which a syllable is met in Latin letters.
pub(super) fn spellings(c: char) -> &'static [String] {
    static SPELT: LazyLock<Vec<OnceLock<Vec<String>>>> =
        LazyLock::new(|| (0..SYLLABLES).map(|_| OnceLock::new()).collect());
    let Some((initial, vowel, end)) = parts(c) else { return &[] };
    SPELT[c as usize - 0xac00].get_or_init(|| spell(c, initial, vowel, end))
}

fn spell(c: char, initial: usize, vowel: usize, end: usize) -> Vec<String> {
    let mut out = Vec::new();
    for first in INITIALS[initial] {
        for middle in VOWELS[vowel] {
            out.extend(FINALS[end].iter().map(|last| [*first, *middle, *last].concat()));
        }
    }
    out.extend(
        SURNAMES
            .iter()
            .filter(|(syllable, _)| *syllable == c)
            .flat_map(|(_, names)| names.iter().map(|&n| n.to_owned())),
    );
    out
}

fn parts(c: char) -> Option<(usize, usize, usize)> {
    let index = (c as usize).checked_sub(0xac00).filter(|&index| index < SYLLABLES)?;
    Some((index / 588, index / 28 % 21, index % 28))
}
