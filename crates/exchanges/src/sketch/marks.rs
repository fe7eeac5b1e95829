//! Marks of extraction intent: what kind of work a prompt asks for, whatever its wording.
//!
//! Weak evidence: honest prompts carry these marks too. Words are mapped to concepts ([`lexicon`]) and categories are
//! patterns over concepts ([`patterns`]), so one pattern serves many wordings and several languages.

mod lexicon;
mod patterns;

use lexicon::Concept;
use patterns::{PATTERNS, Pattern};

use super::{
    normalise::Normal,
    secret::Mixer,
    shape::tag,
    tokens::{Kind, Token, tokenise},
};

/// A bit set over [`Mark`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Marks(u16);

/// A category of request; the discriminant is the bit's number in the column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mark {
    /// Asks that steps or reasoning be shown with the answer.
    Steps = 0,
    /// Asks for complete, verbatim or inner thoughts, or for thoughts before each action.
    Thoughts = 1,
    /// Asks why an answer, choice or action that is already there was given.
    Justification = 2,
    /// Forces output between tags or fixed delimiters.
    Tags = 3,
    /// Asks for reasoning in another language than the answer, or for its translation.
    Translation = 4,
    /// Asks for grades, or for a preference among candidate answers.
    Grading = 5,
    /// Asks to clean or to normalise captured reasoning or transcripts.
    Cleaning = 6,
    /// Asks for new tasks, questions or instructions with model answers.
    Synthesis = 7,
    /// Asks for a ladder of difficulty, or for alternatives, caveats and tests with the answer.
    Ladder = 8,
    /// Makes or asks claims about which model is answering.
    Identity = 9,
    /// Presents an edited history: removed thoughts, invented turns, thinking to be continued.
    History = 10,
}

impl Mark {
    pub const ALL: [Self; 11] = [
        Self::Steps,
        Self::Thoughts,
        Self::Justification,
        Self::Tags,
        Self::Translation,
        Self::Grading,
        Self::Cleaning,
        Self::Synthesis,
        Self::Ladder,
        Self::Identity,
        Self::History,
    ];

    /// The name in reports and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Thoughts => "thoughts",
            Self::Justification => "justification",
            Self::Tags => "tags",
            Self::Translation => "translation",
            Self::Grading => "grading",
            Self::Cleaning => "cleaning",
            Self::Synthesis => "synthesis",
            Self::Ladder => "ladder",
            Self::Identity => "identity",
            Self::History => "history",
        }
    }
}

impl Marks {
    /// From the column's value; unknown bits are kept.
    pub fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// The column's value.
    pub fn bits(self) -> u16 {
        self.0
    }

    pub fn has(self, mark: Mark) -> bool {
        self.0 & 1 << mark as u16 != 0
    }

    pub fn iter(self) -> impl Iterator<Item = Mark> {
        Mark::ALL.into_iter().filter(move |mark| self.has(*mark))
    }

    #[must_use]
    pub(crate) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Hits beyond this number are not looked at, which bounds the cost of a text made of nothing but hits.
const MAX_HITS: usize = 4096;

/// A word of the lexicon met in a text, and the concepts that it stands for.
#[derive(Clone, Copy)]
struct Hit {
    /// Half words before it, plus one: a character of a script without spaces is half a word.
    place: u32,
    concepts: u64,
}

/// Finds marks; built once per secret, because words are looked up by their keyed hash.
#[derive(Clone)]
pub(crate) struct Marker {
    words: Table,
    /// Lexicon entries of scripts without spaces are two characters, found by the hash of the pair.
    pairs: Table,
    hits: Vec<Hit>,
}

impl Marker {
    pub(crate) fn new(mixer: &Mixer) -> Self {
        let (mut words, mut pairs) = (Vec::new(), Vec::new());
        let mut normal = Normal::default();
        let mut tokens = Vec::new();
        for (concept, entry) in lexicon::entries() {
            normal.set(entry);
            tokenise(&normal, mixer, &mut tokens);
            match tokens.as_slice() {
                [word] => words.push((word.hash, concept.bit())),
                [a, b] => pairs.push((mixer.pair(a.hash, b.hash), concept.bit())),
                _ => unreachable!("a test checks that entries are one word or two characters"),
            }
        }
        Self { words: Table::new(&words), pairs: Table::new(&pairs), hits: Vec::new() }
    }

    /// The marks of a text, given its skeleton.
    pub(crate) fn marks(&mut self, skeleton: &[Token], mixer: &Mixer) -> Marks {
        self.hits.clear();
        let mut seen = 0;
        let mut place = 1;
        for (i, token) in skeleton.iter().enumerate() {
            let concepts = if token.kind == Kind::Word {
                self.word(skeleton, i, token)
            } else if token.kind == Kind::Glyph {
                match skeleton.get(i + 1) {
                    Some(next) if next.kind == Kind::Glyph => self.pairs.get(mixer.pair(token.hash, next.hash)),
                    _ => 0,
                }
            } else if token.kind == Kind::Number {
                Concept::Number.bit()
            } else {
                symbol(skeleton, i, token)
            };
            if concepts != 0 && self.hits.len() < MAX_HITS {
                seen |= concepts;
                self.hits.push(Hit { place, concepts });
            }
            place += if token.kind == Kind::Glyph { 1 } else { 2 };
        }
        let mut marks = 0;
        for pattern in PATTERNS {
            let bit = 1 << pattern.mark as u16;
            let possible = pattern.needs.iter().fold(true, |all, concepts| all & (concepts & seen != 0));
            if possible && marks & bit == 0 && matches(pattern, &self.hits) {
                marks |= bit;
            }
        }
        Marks(marks)
    }

    #[inline]
    fn word(&self, skeleton: &[Token], at: usize, token: &Token) -> u64 {
        let concepts = self.words.get(token.hash);
        let labels = concepts & Concept::Speaker.bit() != 0
            && skeleton.get(at + 1).is_some_and(|next| next.is_symbol(b':') && !next.spaced);
        if labels { concepts | Concept::Label.bit() } else { concepts }
    }
}

/// The symbols that [`symbol`] looks at, as a bit set over bytes.
const FORMS: [u64; 4] = {
    let mut bits = [0; 4];
    let symbols = b"<[{#=*-~|@$";
    let mut i = 0;
    while i < symbols.len() {
        bits[(symbols[i] >> 6) as usize] |= 1 << (symbols[i] & 63);
        i += 1;
    }
    bits
};

/// Concepts that are marks of punctuation: tags and rows of one symbol.
fn symbol(skeleton: &[Token], at: usize, token: &Token) -> u64 {
    if token.kind != Kind::Symbol || FORMS[usize::from(token.lead >> 6)] & 1 << (token.lead & 63) == 0 {
        return 0;
    }
    let follows = |n: usize| skeleton.get(at + n).is_some_and(|t| t.is_symbol(token.lead) && !t.spaced);
    match token.lead {
        b'<' if tag(skeleton, at).is_some() => Concept::Tag.bit(),
        b'[' | b'{' if follows(1) => Concept::Fence.bit(),
        b'#' | b'=' | b'*' | b'-' | b'~' | b'|' | b'@' | b'$' if follows(1) && follows(2) => Concept::Fence.bit(),
        _ => 0,
    }
}

fn matches(pattern: &Pattern, hits: &[Hit]) -> bool {
    // Place of the last hit up to which element i (and in order: all before it) holds; 0 = never.
    let mut reached = [0u32; patterns::MAX_ELEMENTS];
    let count = pattern.elements.len();
    let reach = pattern.reach * 2;
    for hit in hits {
        if hit.concepts & pattern.concepts == 0 {
            continue;
        }
        let place = hit.place;
        if pattern.ordered {
            for i in (0..count).rev() {
                let follows = i == 0 || reached[i - 1] != 0 && place - reached[i - 1] <= reach;
                if pattern.elements[i] & hit.concepts != 0 && follows {
                    reached[i] = place;
                }
            }
            if reached[count - 1] != 0 {
                return true;
            }
        } else {
            // One word fills one element only, the first that is furthest behind.
            let open = (0..count).filter(|i| pattern.elements[*i] & hit.concepts != 0).min_by_key(|i| reached[*i]);
            let Some(open) = open else { continue };
            reached[open] = place;
            if reached[..count].iter().all(|r| *r != 0 && place - r <= reach) {
                return true;
            }
        }
    }
    false
}

const FILTER_WORDS: usize = 256;

/// A small hash table from keyed word hashes to concepts, with a bit filter before it.
#[derive(Clone)]
struct Table {
    filter: Box<[u64; FILTER_WORDS]>,
    slots: Vec<(u64, u64)>,
}

impl Table {
    fn new(entries: &[(u64, u64)]) -> Self {
        let size = (entries.len() * 2).next_power_of_two();
        let mut table = Self { filter: Box::new([0; FILTER_WORDS]), slots: vec![(0, 0); size] };
        for (hash, concepts) in entries {
            let slot = table.slot(*hash);
            table.slots[slot].0 = *hash;
            table.slots[slot].1 |= concepts;
            table.filter[Self::filter_word(*hash)] |= 1 << (hash & 63);
        }
        table
    }

    fn filter_word(hash: u64) -> usize {
        (hash >> 6) as usize % FILTER_WORDS
    }

    /// The slot of a hash, or the free slot where it would be.
    fn slot(&self, hash: u64) -> usize {
        let mut slot = (hash >> 32) as usize & (self.slots.len() - 1);
        while self.slots[slot].1 != 0 && self.slots[slot].0 != hash {
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        slot
    }

    #[inline]
    fn get(&self, hash: u64) -> u64 {
        if self.filter[Self::filter_word(hash)] & 1 << (hash & 63) == 0 {
            return 0;
        }
        let slot = self.slot(hash);
        if self.slots[slot].0 == hash { self.slots[slot].1 } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::Secret;

    #[test]
    fn every_entry_is_one_word_or_two_characters() {
        let mixer = Mixer::new(&Secret::from_bytes([7; 32]));
        let mut normal = Normal::default();
        let mut tokens = Vec::new();
        for (concept, entry) in lexicon::entries() {
            normal.set(entry);
            tokenise(&normal, &mixer, &mut tokens);
            let glyphs = tokens.iter().all(|t| t.kind == Kind::Glyph);
            let good = if glyphs { tokens.len() == 2 } else { tokens.len() == 1 && tokens[0].kind == Kind::Word };
            assert!(good, "{concept:?}: `{entry}`");
        }
    }

    #[test]
    fn no_pattern_is_longer_than_its_scratch() {
        assert!(PATTERNS.iter().all(|p| (2..=patterns::MAX_ELEMENTS).contains(&p.elements.len()) && p.reach > 0));
    }
}
