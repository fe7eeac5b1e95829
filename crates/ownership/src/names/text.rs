//! From a name as somebody wrote it to plain words: one case, one width, simplified characters, no points and marks.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::han;

/// The longest name that is read, in bytes; the longest registered names have a few hundred.
pub const NAME_LIMIT: usize = 4096;

/// Words after this many are not read: no register has such names, and the comparison is quadratic.
pub(super) const WORD_LIMIT: usize = 40;

/// Why a text is not read as a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("a name of {bytes} bytes is over the limit of {NAME_LIMIT}; look for rows that ran together")]
    TooLong { bytes: usize },
    #[error("the name `{0}` has no letter and no digit")]
    Empty(String),
}

/// A writing system, as far as it decides how a word is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Script {
    Latin,
    Cyrillic,
    Greek,
    Arabic,
    Hebrew,
    Hangul,
    Kana,
    Han,
    Thai,
    Digits,
    Other,
}

impl Script {
    pub(super) fn of(c: char) -> Option<Self> {
        Some(match c {
            '0'..='9' => Self::Digits,
            'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Self::Latin,
            '\u{400}'..='\u{52f}' => Self::Cyrillic,
            '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Self::Greek,
            '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' | '\u{fb50}'..='\u{fdff}' => Self::Arabic,
            '\u{590}'..='\u{5ff}' => Self::Hebrew,
            '\u{ac00}'..='\u{d7a3}' | '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' => Self::Hangul,
            '\u{3040}'..='\u{30ff}' => Self::Kana,
            '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '々' | '〇' => Self::Han,
            '\u{e00}'..='\u{e7f}' => Self::Thai,
            c if c.is_alphanumeric() => Self::Other,
            _ => return None,
        })
    }

    /// Whether the script is written without spaces between words.
    pub(super) fn is_unspaced(self) -> bool {
        matches!(self, Self::Han | Self::Kana | Self::Hangul | Self::Thai)
    }
}

/// A run of letters or digits of one script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) script: Script,
    /// Written with letters of another script that look alike.
    pub(super) mixed: bool,
}

/// The words of a name.
pub(super) fn words(raw: &str) -> Result<Vec<Word>, NameError> {
    if raw.len() > NAME_LIMIT {
        return Err(NameError::TooLong { bytes: raw.len() });
    }
    let plain: String =
        if raw.is_ascii() { raw.to_ascii_lowercase() } else { raw.nfkc().flat_map(char::to_lowercase).collect() };
    let mut out = Vec::new();
    for chunk in plain.split(|c: char| c.is_whitespace() || is_separator(c)) {
        chunk_words(chunk, &mut out);
        if out.len() >= WORD_LIMIT {
            out.truncate(WORD_LIMIT);
            break;
        }
    }
    if out.is_empty() {
        return Err(NameError::Empty(raw.chars().take(40).collect::<String>().escape_debug().to_string()));
    }
    Ok(out)
}

/// Words of a spelling in one of our own tables, joined as they are looked up.
pub(super) fn spelling(text: &str) -> String {
    let words = words(text).unwrap_or_default();
    let mut out = String::new();
    for word in &words {
        let unspaced = word.script.is_unspaced() || out.ends_with(|c| Script::of(c).is_some_and(Script::is_unspaced));
        if !out.is_empty() && !unspaced {
            out.push(' ');
        }
        out.push_str(&word.text);
    }
    out
}

fn is_separator(c: char) -> bool {
    matches!(
        c,
        ',' | ';'
            | ':'
            | '/'
            | '\\'
            | '('
            | ')'
            | '['
            | ']'
            | '{'
            | '}'
            | '"'
            | '-'
            | '_'
            | '|'
            | '+'
            | '*'
            | '!'
            | '?'
            | '<'
            | '>'
            | '='
            | '~'
            | '%'
            | '@'
            | '^'
            | '$'
            | '«'
            | '»'
            | '“'
            | '”'
            | '„'
            | '–'
            | '—'
            | '‐'
            | '‑'
            | '−'
            | '·'
            | '・'
            | '•'
            | '、'
            | '。'
            | '，'
            | '「'
            | '」'
            | '『'
            | '』'
            | '《'
            | '》'
            | '【'
            | '】'
            | '\0'..='\u{1f}'
    )
}

fn chunk_words(chunk: &str, out: &mut Vec<Word>) {
    if chunk.is_empty() {
        return;
    }
    // Points join initials and forms (`S.p.A.`, `U.S.`), and part words (`amazon.com`).
    let initials = chunk.contains('.') && chunk.split('.').all(|part| part.chars().count() <= 2);
    let mut word = String::new();
    for c in chunk.chars() {
        match c {
            '.' if initials => {}
            '&' => {
                finish(&mut word, out);
                out.push(Word { text: "and".into(), script: Script::Latin, mixed: false });
            }
            '#' | '№' => {
                finish(&mut word, out);
                out.push(Word { text: "no".into(), script: Script::Latin, mixed: false });
            }
            '\'' | '’' | '‘' | '`' | 'ʼ' | '´' | 'ʹ' | 'ʻ' | '\u{200d}' | '\u{200c}' | '\u{ad}' | 'ـ' => {}
            c => push_letter(c, &mut word, out),
        }
    }
    finish(&mut word, out);
}

/// Adds a letter in its plainest shape, and ends the word where the script changes to or from one without spaces.
fn push_letter(c: char, word: &mut String, out: &mut Vec<Word>) {
    if c == 'ー' {
        if !word.is_empty() {
            word.push(c);
        }
        return;
    }
    let Some(script) = Script::of(c) else {
        if !is_combining_mark(c) && !c.is_control() {
            finish(word, out);
        } else if Script::of(word.chars().last().unwrap_or(' ')) == Some(Script::Other)
            || matches!(c, '\u{e00}'..='\u{e7f}')
        {
            word.push(c);
        }
        return;
    };
    if let Some(last) = word.chars().last().and_then(Script::of)
        && last != script
        && (last.is_unspaced() || script.is_unspaced())
        && !matches!((last, script), (Script::Kana, Script::Kana))
    {
        finish(word, out);
    }
    match script {
        Script::Latin | Script::Greek => match c {
            'ß' => word.push_str("ss"),
            'ø' => word.push('o'),
            'ł' => word.push('l'),
            'đ' | 'ð' => word.push('d'),
            'æ' => word.push_str("ae"),
            'œ' => word.push_str("oe"),
            'þ' => word.push_str("th"),
            'ı' => word.push('i'),
            'ə' => word.push('e'),
            'ς' => word.push('σ'),
            c if c.is_ascii() => word.push(c),
            c => word.extend(c.nfd().filter(|&m| !is_combining_mark(m))),
        },
        Script::Arabic => push_arabic(c, word),
        Script::Han => word.push(han::simplified(c)),
        Script::Cyrillic => word.push(if c == 'ё' { 'е' } else { c }),
        _ => word.push(c),
    }
}

fn push_arabic(c: char, word: &mut String) {
    match c {
        'أ' | 'إ' | 'آ' | 'ٱ' => word.push('ا'),
        'ى' | 'ی' | 'ئ' => word.push('ي'),
        'ک' => word.push('ك'),
        'ة' | 'ۀ' => word.push('ه'),
        'ؤ' => word.push('و'),
        '\u{660}'..='\u{669}' => word.push(char::from(b'0' + (c as u32 - 0x660) as u8)),
        '\u{6f0}'..='\u{6f9}' => word.push(char::from(b'0' + (c as u32 - 0x6f0) as u8)),
        '،' | '؛' | '؟' | 'ء' => {}
        c if is_combining_mark(c) => {}
        c => word.push(c),
    }
}

fn finish(word: &mut String, out: &mut Vec<Word>) {
    let text = std::mem::take(word);
    if text.is_empty() || !text.chars().any(|c| Script::of(c).is_some()) {
        return;
    }
    let (text, mixed) = unmixed(text);
    let script = text.chars().filter_map(Script::of).find(|&s| s != Script::Digits).unwrap_or(Script::Digits);
    out.push(Word { text, script, mixed });
}

/// Letters that look alike in Latin, Cyrillic and Greek.
const LOOKALIKES: &[(char, char)] = &[
    ('а', 'a'),
    ('е', 'e'),
    ('о', 'o'),
    ('р', 'p'),
    ('с', 'c'),
    ('х', 'x'),
    ('у', 'y'),
    ('і', 'i'),
    ('ј', 'j'),
    ('ѕ', 's'),
    ('к', 'k'),
    ('м', 'm'),
    ('н', 'h'),
    ('в', 'b'),
    ('т', 't'),
    ('ԁ', 'd'),
    ('ԛ', 'q'),
    ('ѡ', 'w'),
    ('α', 'a'),
    ('ο', 'o'),
    ('ρ', 'p'),
    ('ν', 'v'),
    ('υ', 'u'),
    ('ι', 'i'),
    ('κ', 'k'),
    ('τ', 't'),
    ('χ', 'x'),
    ('ε', 'e'),
    ('η', 'n'),
];

/// A word of one alphabet, where look-alikes of another were mixed in; and whether any were.
fn unmixed(text: String) -> (String, bool) {
    if text.is_ascii() {
        return (text, false);
    }
    let count = |script| text.chars().filter(|&c| Script::of(c) == Some(script)).count();
    let (latin, other) = (count(Script::Latin), count(Script::Cyrillic) + count(Script::Greek));
    if latin == 0 || other == 0 {
        return (text, false);
    }
    let pairs = |c: char| LOOKALIKES.iter().find(|&&(o, l)| o == c || l == c);
    let only = |script: fn(Script) -> bool| {
        text.chars().filter(|&c| Script::of(c).is_some_and(script) && pairs(c).is_none()).count()
    };
    let latin_only = only(|s| s == Script::Latin);
    let other_only = only(|s| matches!(s, Script::Cyrillic | Script::Greek));
    let to_latin = latin_only > other_only || (latin_only == other_only && latin >= other);
    let plain = text
        .chars()
        .map(|c| match pairs(c) {
            Some(&(other, latin)) if to_latin && c == other => latin,
            Some(&(other, latin)) if !to_latin && c == latin => other,
            _ => c,
        })
        .collect();
    (plain, true)
}
