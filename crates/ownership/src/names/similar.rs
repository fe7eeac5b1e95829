//! How alike two tokens are, and by which rule.

use super::{
    tables::TABLES,
    text::Script,
    token::{Role, Token},
};

/// The rule by which parts of two names meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The same letters.
    Same,
    /// The same word in another language, form or abbreviation of a table.
    Meaning,
    /// The same letters after transliteration.
    Romanised,
    /// A spelling of the characters in Mandarin, Cantonese, Japanese or Korean.
    Reading,
    /// Spellings of one sound.
    Sound,
    /// The same consonants.
    Consonants,
    /// A few letters apart.
    Spelling,
    /// The beginning of the word, or its consonants.
    Abbreviation,
    /// First letters of several words.
    Initials,
    /// Written apart in one name and together in the other.
    Joined,
    /// Another form of a given name.
    GivenName,
}

/// Whether tokens of people or of organisations are compared; people's names bear more differences of spelling, and no abbreviations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Person,
    Organisation,
}

/// How alike two tokens are, from 0 to 1; nothing below what counts as alike at all.
pub(super) fn similar(a: &Token, b: &Token, manner: Manner) -> Option<(f32, Rule)> {
    if a.number.is_some() || b.number.is_some() {
        return (a.number == b.number).then_some((1.0, Rule::Same));
    }
    if a.text == b.text && a.script == b.script && a.script != Script::Other {
        return Some((1.0, Rule::Same));
    }
    if a.says_same(b) {
        return Some((if a.script == b.script { 0.98 } else { 1.0 }, Rule::Meaning));
    }
    if a.script == b.script && matches!(a.script, Script::Han | Script::Hangul) {
        return characters(&a.text, &b.text);
    }
    let apart = a.script != b.script;
    if let Some(found) = reading(a, b).or_else(|| reading(b, a)) {
        return Some(found);
    }
    if [a, b].iter().any(|token| !token.syllables.is_empty())
        && (a.script == Script::Latin || b.script == Script::Latin)
    {
        return respelt(a, b);
    }
    if a.latin == b.latin && !a.latin.is_empty() {
        return Some((1.0, if apart { Rule::Romanised } else { Rule::Same }));
    }
    if a.latin.is_empty() || b.latin.is_empty() {
        return None;
    }
    if manner == Manner::Person
        && let (Some(x), Some(y)) = (TABLES.nickname(&a.latin), TABLES.nickname(&b.latin))
        && x == y
    {
        return Some((0.92, Rule::GivenName));
    }
    let both_known = !a.concepts.is_empty() && !b.concepts.is_empty();
    if both_known
        && (a.role == Role::Place || b.role == Role::Place || a.script != Script::Latin || b.script != Script::Latin)
    {
        return None;
    }
    let found = best(spelling(a, b, manner), best(sound(a, b), consonants(a, b, apart)));
    let found = if manner == Manner::Organisation {
        best(found, abbreviation(a, b).or_else(|| abbreviation(b, a)))
    } else {
        found
    };
    found.filter(|_| {
        !both_known || found.is_some_and(|(_, rule)| rule == Rule::Spelling) && same_stem(&a.latin, &b.latin)
    })
}

fn best(a: Option<(f32, Rule)>, b: Option<(f32, Rule)>) -> Option<(f32, Rule)> {
    match (a, b) {
        (Some(x), Some(y)) => Some(if y.0 > x.0 { y } else { x }),
        (x, y) => x.or(y),
    }
}

fn same_stem(a: &str, b: &str) -> bool {
    let common = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    common >= 5 && common + 3 >= a.len().max(b.len())
}

/// Names in one and the same script of characters: a character is a syllable, and one that differs is another name, save in long ones.
fn characters(a: &str, b: &str) -> Option<(f32, Rule)> {
    let (x, y): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let longest = x.len().max(y.len());
    if longest < 6 || x.len().abs_diff(y.len()) > 1 {
        return None;
    }
    let distance = x.len().abs_diff(y.len()) + x.iter().zip(&y).filter(|(c, d)| c != d).count();
    (distance == 1).then(|| (1.0 - 1.5 / longest as f32, Rule::Spelling))
}

/// Characters against Latin letters that do not quite spell them: a syllable that differs is another name, so only long ones bear a slip. Hangul is
/// often a foreign word, of which the consonants stay.
fn respelt(a: &Token, b: &Token) -> Option<(f32, Rule)> {
    let (characters, latin) = if a.syllables.is_empty() { (b, a) } else { (a, b) };
    if characters.syllables.len() >= 3
        && latin.latin.len() >= 7
        && edits(characters.latin.as_bytes(), latin.latin.as_bytes(), 1).is_some()
    {
        return Some((0.8, Rule::Spelling));
    }
    // Spelt by ear (`taly` for 泰利): the consonants stay and a vowel or two changes.
    let by_ear = latin.latin.len() >= 4
        && characters.syllables.len() >= 2
        && characters.skeleton == latin.skeleton
        && ends_alike(&characters.folded, &latin.folded)
        && edits(characters.folded.as_bytes(), latin.folded.as_bytes(), 2).is_some();
    if by_ear {
        return Some((0.8, Rule::Consonants));
    }
    if characters.script == Script::Hangul { consonants(a, b, true) } else { None }
}

/// Whether two words end in vowels both, or in the same letter.
fn ends_alike(a: &str, b: &str) -> bool {
    let is_vowel = |c: &char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u');
    let (x, y) = (a.chars().last(), b.chars().last());
    x == y || x.as_ref().is_some_and(is_vowel) && y.as_ref().is_some_and(is_vowel)
}

/// Whether the Latin letters of one token spell the characters of the other, syllable by syllable.
fn reading(han: &Token, latin: &Token) -> Option<(f32, Rule)> {
    if han.syllables.is_empty() || latin.script != Script::Latin {
        return None;
    }
    if spells(&han.syllables, &latin.latin) {
        // One syllable in Latin letters stands for hundreds of characters.
        return Some((if han.syllables.len() == 1 { 0.85 } else { 0.97 }, Rule::Reading));
    }
    // A long run may hold a word of trade that no table has, after a brand of two characters or more.
    let whole = han.syllables.len();
    let begins = |&taken: &usize| spells(&han.syllables[..taken], &latin.latin);
    (2..whole.saturating_sub(1)).find(begins).map(|taken| (0.6 + 0.4 * taken as f32 / whole as f32, Rule::Reading))
}

/// Whether a text is one spelling of each syllable, in order.
pub(super) fn spells(syllables: &[&[String]], text: &str) -> bool {
    let Some((first, rest)) = syllables.split_first() else { return text.is_empty() };
    first
        .iter()
        .filter(|spelling| !spelling.is_empty())
        .any(|spelling| text.strip_prefix(spelling.as_str()).is_some_and(|tail| spells(rest, tail)))
}

/// Letters that differ, bounded by length: a short word must be the same.
fn spelling(a: &Token, b: &Token, manner: Manner) -> Option<(f32, Rule)> {
    let longest = a.latin.len().max(b.latin.len());
    let shortest = a.latin.len().min(b.latin.len());
    let allowed = match (manner, longest) {
        (Manner::Person, 0..=2) => 0,
        (Manner::Person, 3..=4) => 1,
        (Manner::Person, 5..=11) => 2,
        (Manner::Person, _) => 3,
        (Manner::Organisation, 0..=3) => 0,
        (Manner::Organisation, 4..=8) => 1,
        (Manner::Organisation, 9..=13) => 2,
        (Manner::Organisation, _) => 3,
    };
    let least = if manner == Manner::Person { 2 } else { 4 };
    if allowed == 0 || longest - shortest > allowed || shortest < least {
        return None;
    }
    let distance = edits(a.latin.as_bytes(), b.latin.as_bytes(), allowed)?;
    // Two and more changes that begin with another letter are another name.
    if distance >= 2 && a.latin.as_bytes()[0] != b.latin.as_bytes()[0] {
        return None;
    }
    let each = match (manner, distance) {
        (Manner::Person, _) => 1.0,
        (Manner::Organisation, 1) => 1.1,
        (Manner::Organisation, _) => 1.2,
    };
    Some((1.0 - each * distance as f32 / longest as f32, Rule::Spelling))
}

fn sound(a: &Token, b: &Token) -> Option<(f32, Rule)> {
    let (x, y) = (a.folded.as_bytes(), b.folded.as_bytes());
    let longest = x.len().max(y.len());
    if longest < 4 {
        return (x == y && longest >= 2).then_some((0.9, Rule::Sound));
    }
    let allowed = match (longest, x.len().min(y.len())) {
        (8.., _) => 2,
        (5.., _) | (_, 4..) => 1,
        _ => 0,
    };
    let distance = edits(x, y, allowed)?;
    if distance == 2 && x[0] != y[0] {
        return None;
    }
    Some((0.97 - 1.0 * distance as f32 / longest as f32, Rule::Sound))
}

fn consonants(a: &Token, b: &Token, apart: bool) -> Option<(f32, Rule)> {
    let unwritten =
        matches!(a.script, Script::Arabic | Script::Hebrew) || matches!(b.script, Script::Arabic | Script::Hebrew);
    let loaned = a.script == Script::Kana
        || b.script == Script::Kana
        || a.script == Script::Hangul
        || b.script == Script::Hangul;
    let bare =
        |skeleton: &'_ str| if unwritten { skeleton.trim_start_matches('a').to_owned() } else { skeleton.to_owned() };
    if !unwritten && !loaned && a.skeleton != b.skeleton {
        return None;
    }
    let (x, y) = (bare(&a.skeleton), bare(&b.skeleton));
    let longest = x.len().max(y.len());
    if x == y && longest >= 2 && (unwritten || loaned && longest >= 3) && apart {
        return Some((if longest >= 3 { 0.92 } else { 0.85 }, Rule::Consonants));
    }
    if unwritten && apart && longest >= 3 && edits(x.as_bytes(), y.as_bytes(), 1).is_some() {
        return Some((0.7, Rule::Consonants));
    }
    // Within one script the vowels say something too.
    let near = longest >= 3 && a.latin.len() >= 6 && edits(a.folded.as_bytes(), b.folded.as_bytes(), 2).is_some();
    let liquids = |token: &Token| token.folded.bytes().filter(|b| matches!(b, b'l' | b'r')).collect::<Vec<_>>();
    (x == y && near && liquids(a) == liquids(b) && a.latin.as_bytes()[0] == b.latin.as_bytes()[0])
        .then_some((0.75, Rule::Consonants))
}

/// `short` as the beginning of `long`, or as its consonants (`srvces`, `mfg`).
fn abbreviation(short: &Token, long: &Token) -> Option<(f32, Rule)> {
    let (s, l) = (short.latin.as_str(), long.latin.as_str());
    if short.script != Script::Latin
        || long.script != Script::Latin
        || !short.concepts.is_empty()
        || s.len() < 2
        || s.len() + 1 >= l.len()
    {
        return None;
    }
    if l.starts_with(s) {
        return match (long.role, s.len()) {
            (Role::Trade, 3..) => Some((0.9, Rule::Abbreviation)),
            (_, 5..) if s.len() * 3 >= l.len() * 2 => Some((0.75, Rule::Abbreviation)),
            _ => None,
        };
    }
    let vowels = s.bytes().filter(|b| b"aeiou".contains(b)).count();
    let mut letters = l.bytes();
    let in_order = s.as_bytes()[0] == l.as_bytes()[0] && s.bytes().all(|b| letters.any(|c| c == b));
    (long.role == Role::Trade && s.len() >= 3 && vowels * 3 <= s.len() && in_order)
        .then_some((0.85, Rule::Abbreviation))
}

/// Letters to insert, drop, change or swap with their neighbour, where that is at most `limit`.
pub(super) fn edits(a: &[u8], b: &[u8], limit: usize) -> Option<usize> {
    const WIDTH: usize = 65;
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    if a == b {
        return Some(0);
    }
    if a.len() >= WIDTH || b.len() >= WIDTH {
        return None;
    }
    let mut rows = [[0u8; WIDTH]; 3];
    for (at, cell) in rows[1].iter_mut().enumerate() {
        *cell = at as u8;
    }
    for (i, &x) in a.iter().enumerate() {
        let [before, last, row] = &mut rows;
        row[0] = i as u8 + 1;
        let mut least = row[0];
        for (j, &y) in b.iter().enumerate() {
            let mut cost = (last[j] + u8::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                cost = cost.min(before[j - 1] + 1);
            }
            row[j + 1] = cost;
            least = least.min(cost);
        }
        if usize::from(least) > limit {
            return None;
        }
        rows.rotate_left(1);
    }
    let distance = usize::from(rows[1][b.len()]);
    (distance <= limit).then_some(distance)
}
