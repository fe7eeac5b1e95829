//! Han characters: their simplified form and their readings in Mandarin, Cantonese, Japanese and Korean.

use std::sync::{LazyLock, OnceLock};

use rustc_hash::FxHashMap;

use super::hangul;

/// The readings of one character, as the table has them.
#[derive(Debug)]
struct Readings {
    simplified: char,
    mandarin: &'static str,
    cantonese: &'static str,
    japanese: &'static str,
    korean: &'static str,
    /// Made when first asked for.
    spelt: OnceLock<Vec<String>>,
}

static HAN: LazyLock<FxHashMap<char, Readings>> = LazyLock::new(|| {
    let mut table = FxHashMap::default();
    for line in include_str!("tables/han.tsv").lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split('\t');
        let mut next = || fields.next().unwrap_or("");
        let mut head = next().chars();
        let Some(character) = head.next() else { continue };
        let simplified = head.next().unwrap_or(character);
        let readings = Readings {
            simplified,
            mandarin: next(),
            cantonese: next(),
            japanese: next(),
            korean: next(),
            spelt: OnceLock::new(),
        };
        table.insert(character, readings);
    }
    table
});

/// The simplified form of a character.
pub(super) fn simplified(c: char) -> char {
    HAN.get(&c).map_or(c, |readings| readings.simplified)
}

/// How a character is spelt in pinyin, commonest reading first; empty where it is not in the table.
pub(super) fn pinyin(c: char) -> &'static str {
    HAN.get(&c).and_then(|readings| readings.mandarin.split(',').next()).unwrap_or("")
}

/// The main Hong Kong spelling of a character.
pub(super) fn cantonese(c: char) -> Option<String> {
    let jyutping = HAN.get(&c)?.cantonese.split(',').next().filter(|reading| !reading.is_empty())?;
    hong_kong(jyutping).into_iter().next()
}

/// Every spelling under which a character is met in Latin letters.
pub(super) fn spellings(c: char) -> &'static [String] {
    HAN.get(&c).map_or(&[], |readings| readings.spelt.get_or_init(|| readings.spell()))
}

impl Readings {
    fn spell(&self) -> Vec<String> {
        let readings = self;
        let mut out = Vec::new();
        let list = |text: &'static str| text.split(',').filter(|reading| !reading.is_empty());
        for reading in list(readings.mandarin) {
            mandarin(reading, &mut out);
        }
        for reading in list(readings.cantonese) {
            out.extend(hong_kong(reading));
        }
        for reading in list(readings.japanese) {
            out.push(reading.replace("ou", "o").replace("uu", "u"));
            out.push(reading.to_owned());
        }
        for syllable in list(readings.korean).flat_map(str::chars) {
            out.extend_from_slice(hangul::spellings(syllable));
        }
        out.sort_unstable();
        out.dedup();
        out.retain(|spelling| !spelling.is_empty());
        out
    }
}

/// Pinyin and the main Wade-Giles spelling.
fn mandarin(reading: &str, out: &mut Vec<String>) {
    if reading.contains('v') {
        out.extend(["u", "yu", "lv", "ue"].iter().take(2).map(|u| reading.replace('v', u)));
    }
    out.push(reading.to_owned());
    let initials = [
        ("zh", "ch"),
        ("q", "ch"),
        ("x", "hs"),
        ("j", "ch"),
        ("z", "ts"),
        ("c", "ts"),
        ("b", "p"),
        ("d", "t"),
        ("g", "k"),
        ("r", "j"),
    ];
    let (initial, rest) = initials
        .iter()
        .find_map(|(from, to)| {
            reading.strip_prefix(from).filter(|_| *from != "c" || !reading.starts_with("ch")).map(|rest| (*to, rest))
        })
        .unwrap_or(("", reading));
    let finals = [("ong", "ung"), ("ian", "ien"), ("ie", "ieh"), ("i", "ih"), ("uo", "o"), ("ui", "uei"), ("e", "o")];
    out.push(format!("{initial}{rest}"));
    for (from, to) in [
        ("hua", "hwa"),
        ("huang", "hwang"),
        ("hui", "hwei"),
        ("guo", "kuo"),
        ("guang", "kwang"),
        ("yu", "yue"),
        ("shi", "shih"),
        ("si", "szu"),
    ] {
        if reading == from {
            out.push(to.to_owned());
        }
    }
    for (from, to) in finals {
        if let Some(stem) = rest.strip_suffix(from) {
            out.push(format!("{initial}{stem}{to}"));
        }
    }
}

/// The spellings that Hong Kong uses for a syllable of jyutping.
fn hong_kong(jyutping: &str) -> Vec<String> {
    const INITIALS: &[(&str, &[&str])] = &[
        ("gw", &["kw", "gw"]),
        ("kw", &["kw"]),
        ("ng", &["ng", ""]),
        ("b", &["p", "b"]),
        ("p", &["p"]),
        ("m", &["m"]),
        ("f", &["f"]),
        ("d", &["t", "d"]),
        ("t", &["t"]),
        ("n", &["n", "l"]),
        ("l", &["l"]),
        ("g", &["k", "g"]),
        ("k", &["k"]),
        ("h", &["h"]),
        ("z", &["ch", "ts", "j"]),
        ("c", &["ch", "ts"]),
        ("s", &["s", "sh"]),
        ("j", &["y", ""]),
        ("w", &["w"]),
    ];
    const FINALS: &[(&str, &[&str])] = &[
        ("aa", &["a", "ah"]),
        ("aai", &["ai"]),
        ("aau", &["au"]),
        ("aam", &["am"]),
        ("aan", &["an"]),
        ("aang", &["ang"]),
        ("aap", &["ap"]),
        ("aat", &["at"]),
        ("aak", &["ak"]),
        ("ai", &["ai"]),
        ("au", &["au", "ow"]),
        ("am", &["am", "um"]),
        ("an", &["an", "un"]),
        ("ang", &["ang"]),
        ("ap", &["ap", "up"]),
        ("at", &["at"]),
        ("ak", &["ak"]),
        ("e", &["e"]),
        ("eng", &["eng", "ing"]),
        ("ek", &["ek"]),
        ("ei", &["ei", "ee", "i"]),
        ("i", &["i", "ze"]),
        ("iu", &["iu"]),
        ("oe", &["eu"]),
        ("oeng", &["eung", "ong"]),
        ("oek", &["euk", "ok"]),
        ("eoi", &["ui", "oi"]),
        ("eon", &["un", "on"]),
        ("eot", &["ut"]),
        ("ou", &["o"]),
        ("u", &["u", "oo"]),
        ("un", &["un", "oon"]),
        ("yu", &["u", "yu", "ue"]),
        ("yun", &["uen", "un"]),
        ("yut", &["ut", "uet"]),
        ("ot", &["ot"]),
        ("uk", &["uk", "ook"]),
        ("ung", &["ung"]),
        ("oi", &["oi", "oy"]),
        ("o", &["o", "or"]),
    ];
    let (initials, rest) = INITIALS
        .iter()
        .find_map(|(from, to)| jyutping.strip_prefix(from).map(|rest| (*to, rest)))
        .unwrap_or((&[""], jyutping));
    let own = [rest];
    let finals = FINALS.iter().find(|(from, _)| *from == rest).map_or(&own[..], |(_, to)| to);
    initials.iter().flat_map(|initial| finals.iter().map(move |end| format!("{initial}{end}"))).collect()
}
