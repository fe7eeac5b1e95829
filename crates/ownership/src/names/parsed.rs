//! A name read once, ready to be compared: its tokens, its legal forms, and how it was read.

use super::{
    form,
    score::score_only,
    segment,
    tables::{Form, PHRASE_WORDS, TABLES},
    text::{self, NameError, Script, Word},
    token::{Role, Token},
};
use crate::EntityKind;

/// What bears a name: people's names are read otherwise than those of organisations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bearer {
    Person,
    Organisation,
    Vessel,
}

impl From<EntityKind> for Bearer {
    fn from(kind: EntityKind) -> Self {
        match kind {
            EntityKind::Person => Self::Person,
            EntityKind::Vessel => Self::Vessel,
            EntityKind::Company
            | EntityKind::State
            | EntityKind::Arrangement
            | EntityKind::Joint
            | EntityKind::Unknown
            | EntityKind::Unresolved => Self::Organisation,
        }
    }
}

/// A name read once, ready to be compared with many.
#[derive(Debug, Clone)]
pub struct Parsed {
    pub(super) bearer: Bearer,
    pub(super) tokens: Vec<Token>,
    pub(super) forms: Vec<Form>,
    /// The main script: the first that is neither Latin nor digits, else Latin.
    pub(super) script: Script,
    pub(super) mixed: bool,
    /// The words that are names of their own, joined: what a blank that slipped does nothing to.
    pub(super) compact: String,
    /// As they stood, in order, forms and all; two equal ones are the same name.
    pub(super) plain: String,
    /// The name in each of two scripts, where it is written in one and then in the other.
    pub(super) halves: Vec<Parsed>,
}

impl Parsed {
    /// Reads a name; refuses what is too long to be one, or says nothing.
    pub fn new(raw: &str, bearer: Bearer) -> Result<Self, NameError> {
        let words = text::words(raw)?;
        let mut halves = if bearer == Bearer::Organisation { halves(&words) } else { Vec::new() };
        if bearer == Bearer::Organisation
            && halves.is_empty()
            && let Some((name, short)) = with_short_form(raw)
        {
            halves = [name, short].iter().filter_map(|half| Some(Self::of(text::words(half).ok()?, bearer))).collect();
        }
        Ok(Self { halves, ..Self::of(words, bearer) })
    }

    fn of(words: Vec<Word>, bearer: Bearer) -> Self {
        let mixed = words.iter().any(|word| word.mixed);
        let plain = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        let script = words
            .iter()
            .map(|word| word.script)
            .find(|s| !matches!(s, Script::Latin | Script::Digits))
            .unwrap_or(Script::Latin);
        let (words, forms) = match bearer {
            Bearer::Organisation => stripped(words),
            Bearer::Person => without_person_form(words),
            Bearer::Vessel => (words, Vec::new()),
        };
        let tokens = match bearer {
            Bearer::Organisation => organisation(&words),
            Bearer::Person => person(&words),
            Bearer::Vessel => vessel(&words),
        };
        let compact = tokens.iter().filter(|token| token.role == Role::Own).map(|token| token.latin.as_str()).collect();
        Self { bearer, tokens, forms, script, mixed, compact, plain, halves: Vec::new() }
    }

    /// Whether the name was written with letters of one alphabet that look like those of another.
    pub fn has_lookalikes(&self) -> bool {
        self.mixed
    }

    /// The legal forms that were found, under the spelling they are compared by.
    pub fn forms(&self) -> impl Iterator<Item = &str> {
        self.forms.iter().map(|form| form.form)
    }
}

/// The two halves of a name that says the same in characters and in Latin letters; none where they say different things.
fn halves(words: &[Word]) -> Vec<Parsed> {
    let (characters, others): (Vec<Word>, Vec<Word>) =
        words.iter().cloned().partition(|word| word.script.is_unspaced());
    let letters: usize = characters.iter().map(|word| word.text.chars().count()).sum();
    if letters < 4 || others.len() < 2 {
        return Vec::new();
    }
    let halves = vec![Parsed::of(characters, Bearer::Organisation), Parsed::of(others, Bearer::Organisation)];
    if score_only(&halves[0], &halves[1]) < super::THRESHOLD { Vec::new() } else { halves }
}

/// A name with its own short form in brackets at the end, `Petróleos de Venezuela SA (PDVSA)`: the letters of the short form stand in the
/// name in their order, from its first letter on, so that no place or number in brackets is taken for one.
fn with_short_form(raw: &str) -> Option<(&str, &str)> {
    let (name, short) = raw.trim().strip_suffix(')')?.rsplit_once('(')?;
    let (name, short) = (name.trim(), short.trim());
    let is_short = (3..=8).contains(&short.len()) && short.bytes().all(|byte| byte.is_ascii_uppercase());
    if !is_short || TABLES.pieces(&short.to_ascii_lowercase()).is_some() || !name.contains(' ') {
        return None;
    }
    let mut letters = name.bytes().map(|byte| byte.to_ascii_uppercase());
    let begins = letters.clone().next() == short.bytes().next();
    (begins && short.bytes().all(|wanted| letters.any(|letter| letter == wanted))).then_some((name, short))
}

fn stripped(words: Vec<Word>) -> (Vec<Word>, Vec<Form>) {
    let (rest, forms) = form::strip(words.clone());
    if rest.is_empty() { (words, Vec::new()) } else { (rest, forms) }
}

/// People who are written with a company's form (`Nicolás Maduro LLC`).
fn without_person_form(mut words: Vec<Word>) -> (Vec<Word>, Vec<Form>) {
    let mut forms = Vec::new();
    while words.len() > 2
        && let Some(last) = words.last()
        && matches!(last.text.as_str(), "sa" | "llc" | "inc" | "ltd" | "gmbh" | "plc" | "ooo" | "jr" | "sr")
    {
        forms.extend(TABLES.forms.get(&last.text).copied());
        words.pop();
    }
    (words, forms)
}

fn organisation(words: &[Word]) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    let mut numbered = false;
    while at < words.len() {
        let word = &words[at];
        if word.script.is_unspaced() {
            tokens.extend(segment::tokens(&word.text, word.script));
            at += 1;
            continue;
        }
        let known = phrase(&words[at..]);
        if let Some((value, ordinal)) =
            number(&word.text, word.script).filter(|_| known.as_ref().is_none_or(|(length, _)| *length == 1))
        {
            tokens.push(Token::number(&word.text, value, ordinal || std::mem::take(&mut numbered)));
            at += 1;
            continue;
        }
        if let Some((length, found)) = known {
            tokens.extend(found);
            at += length;
            continue;
        }
        if at > 1
            && at + 1 == words.len()
            && let Some(value) = last_numeral(&word.text)
        {
            tokens.push(Token::number(&word.text, value, std::mem::take(&mut numbered)));
            break;
        }
        match (word.text.as_str(), words.get(at + 1)) {
            ("no" | "nr" | "number" | "n", Some(next))
                if next.script == Script::Digits || roman(&next.text).is_some() =>
            {
                numbered = true
            }
            (text, _) if MINOR.contains(&text) && (at > 0 || text.len() > 1) => tokens.push(Token::minor(word)),
            (text, _) => tokens.push(Token::own(text, word.script)),
        }
        at += 1;
    }
    mark_ordinals(&mut tokens);
    tokens
}

/// Words that tell nothing apart.
const MINOR: &[&str] = &[
    "the",
    "of",
    "and",
    "for",
    "in",
    "on",
    "at",
    "to",
    "by",
    "with",
    "from",
    "a",
    "an",
    "de",
    "la",
    "le",
    "les",
    "del",
    "della",
    "di",
    "da",
    "do",
    "dos",
    "das",
    "des",
    "du",
    "et",
    "y",
    "e",
    "und",
    "fur",
    "für",
    "der",
    "die",
    "das",
    "van",
    "voor",
    "en",
    "og",
    "och",
    "i",
    "na",
    "po",
    "im",
    "imeni",
    "и",
    "в",
    "на",
    "по",
    "для",
    "имени",
    "им",
    "та",
    "και",
    "του",
    "τησ",
    "των",
    "η",
    "ο",
    "في",
    "من",
    "و",
    "ال",
    "và",
    "ve",
    "ltd",
    "al",
    "el",
];

/// The longest known phrase at the start of the words.
fn phrase(words: &[Word]) -> Option<(usize, Vec<Token>)> {
    let reach = words.iter().take(PHRASE_WORDS).take_while(|word| !word.script.is_unspaced()).count();
    (1..=reach).rev().find_map(|length| {
        let script = words[0].script;
        if length == 1 {
            let text = words[0].text.as_str();
            if text.len() < 2 {
                return None;
            }
            return TABLES.pieces_of_word(text, script).map(|pieces| (1, Token::known(text, script, pieces)));
        }
        let text = words[..length].iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        TABLES.pieces(&text).map(|pieces| (length, Token::known(&text, script, pieces)))
    })
}

fn number(text: &str, script: Script) -> Option<(u32, bool)> {
    const ORDINALS: [&str; 12] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
        "twelfth",
    ];
    const CARDINALS: [&str; 10] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    if script == Script::Digits {
        return text.parse().ok().map(|value| (value, false));
    }
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|end| text.strip_suffix(end));
    if let Some(value) = digits.and_then(|digits| digits.parse().ok()) {
        return Some((value, true));
    }
    let position = |words: &[&str]| words.iter().position(|word| *word == text).map(|at| at as u32 + 1);
    position(&ORDINALS)
        .map(|value| (value, true))
        .or_else(|| position(&CARDINALS).map(|value| (value, false)))
        .or_else(|| roman(text).map(|value| (value, false)))
}

/// A lone Roman numeral at the end of a name, as series of funds have (`Partners V`).
fn last_numeral(text: &str) -> Option<u32> {
    match text {
        "i" => Some(1),
        "v" => Some(5),
        "x" => Some(10),
        _ => None,
    }
}

/// Roman numerals of two letters and more up to thirty; a single letter is no number.
fn roman(text: &str) -> Option<u32> {
    if text.len() < 2 || text.len() > 5 || !text.bytes().all(|b| matches!(b, b'i' | b'v' | b'x')) {
        return None;
    }
    const ROMAN: [&str; 30] = [
        "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv", "xvi", "xvii",
        "xviii", "xix", "xx", "xxi", "xxii", "xxiii", "xxiv", "xxv", "xxvi", "xxvii", "xxviii", "xxix", "xxx",
    ];
    ROMAN.iter().position(|numeral| *numeral == text).map(|at| at as u32 + 1)
}

/// A number beside a word such as plant or institute is the number of that body.
fn mark_ordinals(tokens: &mut [Token]) {
    const BODIES: [&str; 14] = [
        "factory",
        "institute",
        "bureau",
        "hospital",
        "school",
        "academy",
        "department",
        "office",
        "laboratory",
        "research",
        "combine",
        "workshop",
        "college",
        "design",
    ];
    let is_body = |token: &Token| token.concepts.iter().any(|&id| BODIES.contains(&TABLES.concept(id).name.as_str()));
    for at in 0..tokens.len() {
        if tokens[at].number.is_some() {
            let beside = at.checked_sub(1).and_then(|before| tokens.get(before)).is_some_and(is_body)
                || tokens.get(at + 1).is_some_and(is_body);
            if beside {
                tokens[at].ordinal = true;
                tokens[at].weight = 0.8;
            }
        }
    }
}

fn person(words: &[Word]) -> Vec<Token> {
    let mut tokens: Vec<Token> = words
        .iter()
        .map(|word| {
            let minor = TABLES.titles.contains(&word.text) || TABLES.particles.contains(&word.text);
            if minor { Token::minor(word) } else { Token::own(&unleet(&word.text, word.script), word.script) }
        })
        .collect();
    if tokens.iter().all(|token| token.role == Role::Minor) {
        for token in &mut tokens {
            token.role = Role::Own;
            token.weight = 1.0;
        }
    }
    tokens
}

/// A word of letters in which digits stand for letters (`Ig0r`).
fn unleet(text: &str, script: Script) -> String {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if script != Script::Latin || digits == 0 || digits * 2 > text.len() {
        return text.to_owned();
    }
    text.chars()
        .map(|c| match c {
            '0' => 'o',
            '1' => 'i',
            '3' => 'e',
            '4' => 'a',
            '5' => 's',
            '7' => 't',
            '8' => 'b',
            '9' => 'g',
            c => c,
        })
        .collect()
}

fn vessel(words: &[Word]) -> Vec<Token> {
    words
        .iter()
        .map(|word| match number(&word.text, word.script) {
            Some((value, _)) => Token::number(&word.text, value, false),
            None if MINOR.contains(&word.text.as_str()) => Token::minor(word),
            None => Token::own(&word.text, word.script),
        })
        .collect()
}
