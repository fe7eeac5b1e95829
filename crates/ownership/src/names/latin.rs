//! Other alphabets in Latin letters, and Latin letters as they sound.

use std::borrow::Cow;

use super::{han, hangul, text::Script};

/// A word in lower-case Latin letters and digits.
pub(super) fn romanised(text: &str, script: Script) -> String {
    match script {
        Script::Latin | Script::Digits if text.is_ascii() => text.to_owned(),
        Script::Cyrillic => letters(text, cyrillic),
        Script::Greek => greek(text),
        Script::Arabic => letters(text, arabic),
        Script::Hebrew => letters(text, hebrew),
        Script::Hangul => text.chars().map(|c| hangul::revised(c).unwrap_or_else(|| ascii(c))).collect(),
        Script::Kana => kana(text),
        Script::Han => text
            .chars()
            .map(|c| Some(han::pinyin(c)).filter(|p| !p.is_empty()).map_or_else(|| ascii(c), str::to_owned))
            .collect(),
        _ => text.chars().map(ascii).collect(),
    }
}

fn ascii(c: char) -> String {
    let mut text = any_ascii::any_ascii_char(c).to_ascii_lowercase();
    text.retain(|c| c.is_ascii_alphanumeric());
    text
}

fn letters(text: &str, table: fn(char) -> Option<&'static str>) -> String {
    text.chars().map(|c| table(c).map_or_else(|| Cow::Owned(ascii(c)), Cow::Borrowed)).collect()
}

fn cyrillic(c: char) -> Option<&'static str> {
    Some(match c {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' => "g",
        'д' => "d",
        'е' | 'э' | 'є' => "e",
        'ж' => "zh",
        'з' => "z",
        'и' | 'і' | 'ы' => "i",
        'й' | 'ї' => "y",
        'к' | 'қ' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'о' | 'ө' | 'ә' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' | 'ү' | 'ұ' | 'ў' => "u",
        'ф' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ъ' | 'ь' => "",
        'ю' => "yu",
        'я' => "ya",
        'ђ' => "dj",
        'ј' => "j",
        'љ' => "lj",
        'њ' => "nj",
        'ћ' => "c",
        'џ' => "dz",
        'ң' => "ng",
        'ғ' => "gh",
        'һ' => "h",
        _ => return None,
    })
}

fn greek(text: &str) -> String {
    let plain = text
        .replace("ου", "ou")
        .replace("αυ", "av")
        .replace("ευ", "ev")
        .replace("μπ", "b")
        .replace("ντ", "nt")
        .replace("γγ", "ng");
    letters(&plain, |c| {
        Some(match c {
            'α' => "a",
            'β' => "v",
            'γ' => "g",
            'δ' => "d",
            'ε' => "e",
            'ζ' => "z",
            'η' | 'ι' => "i",
            'θ' => "th",
            'κ' => "k",
            'λ' => "l",
            'μ' => "m",
            'ν' => "n",
            'ξ' => "x",
            'ο' | 'ω' => "o",
            'π' => "p",
            'ρ' => "r",
            'σ' => "s",
            'τ' => "t",
            'υ' => "y",
            'φ' => "f",
            'χ' => "ch",
            'ψ' => "ps",
            _ => return None,
        })
    })
}

fn arabic(c: char) -> Option<&'static str> {
    Some(match c {
        'ا' => "a",
        'ب' => "b",
        'ت' | 'ط' => "t",
        'ث' => "th",
        'ج' => "j",
        'ح' | 'ه' => "h",
        'خ' => "kh",
        'د' | 'ض' => "d",
        'ذ' => "dh",
        'ر' => "r",
        'ز' | 'ظ' => "z",
        'س' | 'ص' => "s",
        'ش' => "sh",
        'ع' => "a",
        'غ' => "gh",
        'ف' => "f",
        'ق' => "q",
        'ك' | 'ک' => "k",
        'ل' => "l",
        'م' => "m",
        'ن' => "n",
        'و' => "w",
        'ي' => "y",
        'پ' => "p",
        'چ' => "ch",
        'ژ' => "zh",
        'گ' => "g",
        'ڤ' => "v",
        _ => return None,
    })
}

fn hebrew(c: char) -> Option<&'static str> {
    Some(match c {
        'א' | 'ע' => "a",
        'ב' => "b",
        'ג' => "g",
        'ד' => "d",
        'ה' | 'ח' => "h",
        'ו' => "o",
        'ז' => "z",
        'ט' | 'ת' => "t",
        'י' => "i",
        'כ' | 'ך' | 'ק' => "k",
        'ל' => "l",
        'מ' | 'ם' => "m",
        'נ' | 'ן' => "n",
        'ס' => "s",
        'פ' | 'ף' => "p",
        'צ' | 'ץ' => "ts",
        'ר' => "r",
        'ש' => "sh",
        _ => return None,
    })
}

/// Kana by Hepburn, long vowels written once.
fn kana(text: &str) -> String {
    const ROWS: &str = "あa いi うu えe おo かka きki くku けke こko がga ぎgi ぐgu げge ごgo さsa しshi すsu せse そso ざza じji ずzu ぜze ぞzo \
        たta ちchi つtsu てte とto だda ぢji づzu でde どdo なna にni ぬnu ねne のno はha ひhi ふfu へhe ほho ばba びbi ぶbu べbe ぼbo \
        ぱpa ぴpi ぷpu ぺpe ぽpo まma みmi むmu めme もmo やya ゆyu よyo らra りri るru れre ろro わwa をo んn ゔvu";
    let find = |c: char| ROWS.split(' ').find_map(|row| row.strip_prefix(c));
    let mut out = String::new();
    let mut double = false;
    for c in text.chars() {
        let c = match c {
            'ァ'..='ヶ' => char::from_u32(c as u32 - 0x60).unwrap_or(c),
            c => c,
        };
        let small = match c {
            'ぁ' => "a",
            'ぃ' => "i",
            'ぅ' => "u",
            'ぇ' => "e",
            'ぉ' => "o",
            'ゃ' => "ya",
            'ゅ' => "yu",
            'ょ' => "yo",
            _ => "",
        };
        if c == 'っ' {
            double = true;
        } else if c == 'ー' {
        } else if !small.is_empty() {
            // A small vowel takes the place of the one before it; `shi` + small `ya` is `sha`.
            out.truncate(out.trim_end_matches(['i', 'u', 'e', 'o']).len());
            let after_sibilant = out.ends_with("sh") || out.ends_with("ch") || out.ends_with('j');
            out.push_str(if after_sibilant { small.trim_start_matches('y') } else { small });
        } else if let Some(syllable) = find(c) {
            if std::mem::take(&mut double) {
                out.extend(syllable.chars().next());
            }
            out.push_str(syllable);
        } else {
            out.push_str(&ascii(c));
        }
    }
    out
}

/// A Latin word with spellings of one sound made one: `kh` and `h`, `y` and `i`, `w` and `v`, doubled letters.
pub(super) fn folded(latin: &str) -> String {
    const PAIRS: &[(&str, &str)] = &[
        ("shch", "S"),
        ("sch", "S"),
        ("tch", "C"),
        ("sh", "S"),
        ("zh", "Z"),
        ("dzh", "Z"),
        ("dj", "Z"),
        ("ch", "C"),
        ("kh", "h"),
        ("ph", "f"),
        ("gh", "g"),
        ("ck", "k"),
        ("th", "t"),
        ("dh", "d"),
        ("ts", "c"),
        ("tz", "c"),
        ("ou", "u"),
        ("oo", "u"),
        ("ee", "i"),
        ("ie", "e"),
        ("qu", "k"),
        ("ks", "x"),
        ("hs", "S"),
        ("q", "k"),
        ("w", "v"),
        ("y", "i"),
        ("j", "i"),
        ("ü", "u"),
    ];
    let mut out = String::with_capacity(latin.len());
    let mut rest = latin;
    // At the beginning of a word x is a sibilant in every romanisation.
    if let Some(tail) = latin.strip_prefix('x') {
        out.push('S');
        rest = tail;
    }
    while let Some(c) = rest.chars().next() {
        let (piece, taken) = match PAIRS.iter().find(|(from, _)| rest.starts_with(from)) {
            Some((from, to)) => (to.chars().next().unwrap_or(c), from.len()),
            None => (c, c.len_utf8()),
        };
        let piece = if piece == 'c' && taken == 1 && !rest[1..].starts_with(['e', 'i', 'y']) { 'k' } else { piece };
        if !out.ends_with(piece) {
            out.push(piece);
        }
        rest = &rest[taken..];
    }
    out
}

/// The consonants of a Latin word by kind, with the mark of a first vowel: what survives any transliteration.
pub(super) fn skeleton(latin: &str) -> String {
    let mut out = String::new();
    let mut rest = latin;
    while let Some(c) = rest.chars().next() {
        let digraph = ["sh", "ch", "zh", "dj", "kh", "gh", "ph", "th", "dh", "ts", "tz", "ng"]
            .iter()
            .find(|d| rest.starts_with(**d));
        let (class, taken) = match digraph {
            Some(&"sh" | &"ch" | &"zh" | &"dj") => ("x", 2),
            Some(&"kh" | &"gh") => ("k", 2),
            Some(&"ph") => ("f", 2),
            Some(&"th" | &"dh") => ("t", 2),
            Some(&"ts" | &"tz") => ("s", 2),
            Some(&"ng") => ("n", 2),
            _ => (
                match c {
                    'b' | 'p' => "p",
                    'f' | 'v' | 'w' => "f",
                    'k' | 'q' | 'g' | 'c' => "k",
                    'x' => "ks",
                    's' | 'z' => "s",
                    'j' => "x",
                    't' | 'd' => "t",
                    'l' | 'r' => "r",
                    'm' => "m",
                    'n' => "n",
                    '0'..='9' => "",
                    'h' if out.is_empty() => "h",
                    'a' | 'e' | 'i' | 'o' | 'u' | 'y' if out.is_empty() && rest.len() == latin.len() => "a",
                    _ => "",
                },
                c.len_utf8(),
            ),
        };
        if !class.is_empty() && !out.ends_with(class) {
            out.push_str(class);
        }
        rest = &rest[taken..];
    }
    out
}
