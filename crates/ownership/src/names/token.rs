//! The parts of a name that are compared with one another.

use super::{
    han, hangul, latin,
    tables::{ConceptId, Piece, TABLES},
    text::{Script, Word},
};

/// What part a token plays in its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A name of its own: a brand, a surname.
    Own,
    /// A word of trade that many names have.
    Trade,
    Place,
    Number,
    /// An article, a conjunction, a particle, a title.
    Minor,
}

#[derive(Debug, Clone)]
pub(super) struct Token {
    /// As it stood in the name, after normalisation.
    pub(super) text: String,
    pub(super) latin: String,
    pub(super) folded: String,
    pub(super) skeleton: String,
    pub(super) script: Script,
    pub(super) role: Role,
    pub(super) weight: f32,
    /// What it says, one of these; empty for names of their own that no table has.
    pub(super) concepts: Vec<ConceptId>,
    pub(super) number: Option<u32>,
    /// A number that tells one body from its sibling: `No. 5`, `14th`, `第十四`.
    pub(super) ordinal: bool,
    /// Spellings of each Han character or Hangul syllable.
    pub(super) syllables: Vec<&'static [String]>,
    /// First letters that an initialism would take from here.
    pub(super) initial: u8,
}

impl Token {
    /// A name of its own, written in any script.
    pub(super) fn own(text: &str, script: Script) -> Self {
        // `Лаборатория Касперского` is named after Kaspersky.
        let named_after =
            text.strip_suffix("ского").filter(|stem| script == Script::Cyrillic && stem.chars().count() > 2);
        let latin = match named_after {
            Some(stem) => latin::romanised(&format!("{stem}ский"), script),
            None => latin::romanised(text, script),
        };
        let syllables = match script {
            Script::Han if text.chars().count() <= 8 => text.chars().map(han::spellings).collect(),
            Script::Hangul if text.chars().count() <= 10 => text.chars().map(hangul::spellings).collect(),
            _ => Vec::new(),
        };
        let letters = if script.is_unspaced() { text.chars().count() * 2 } else { latin.len() };
        let weight = match letters {
            0..=1 => 0.3,
            2 => 0.7,
            3 => 0.85,
            _ => 1.0,
        };
        Self {
            folded: latin::folded(&latin),
            skeleton: latin::skeleton(&latin),
            initial: latin.bytes().next().unwrap_or(b' '),
            text: text.to_owned(),
            latin,
            script,
            role: Role::Own,
            weight,
            concepts: Vec::new(),
            number: None,
            ordinal: false,
            syllables,
        }
    }

    pub(super) fn number(text: &str, value: u32, ordinal: bool) -> Self {
        let mut token = Self::own(text, Script::Digits);
        token.latin = value.to_string();
        token.number = Some(value);
        token.ordinal = ordinal;
        token.role = Role::Number;
        token.weight = if ordinal { 0.8 } else { 0.4 };
        token.syllables.clear();
        token
    }

    pub(super) fn minor(word: &Word) -> Self {
        Self { role: Role::Minor, weight: 0.05, ..Self::own(&word.text, word.script) }
    }

    /// The tokens that a known spelling stands for.
    pub(super) fn known(text: &str, script: Script, pieces: &[Piece]) -> Vec<Self> {
        let single = pieces.len() == 1;
        pieces
            .iter()
            .map(|piece| {
                let concept = TABLES.concept(piece.either[0]);
                let mut token = Self::own(text, if single { script } else { Script::Other });
                let weight = piece.either.iter().map(|&id| TABLES.concept(id).weight).fold(f32::MAX, f32::min);
                token.weight = if piece.optional { weight * 0.25 } else { weight };
                token.role = match (concept.is_place, concept.is_brand) {
                    (true, _) => Role::Place,
                    (_, true) => Role::Own,
                    _ => Role::Trade,
                };
                if !single {
                    token.latin = concept.name.replace(' ', "");
                    token.folded = latin::folded(&token.latin);
                    token.skeleton = latin::skeleton(&token.latin);
                    token.syllables.clear();
                }
                if script != Script::Latin {
                    token.initial = concept.name.bytes().next().unwrap_or(b' ');
                }
                token.concepts.clone_from(&piece.either);
                token
            })
            .collect()
    }

    /// Whether it is a word that translators add and leave out at will.
    pub(super) fn is_filler(&self, one_script: bool) -> bool {
        const FILLERS: [&str; 10] = [
            "company",
            "corporation",
            "group",
            "holding",
            "national",
            "state",
            "enterprise",
            "limited partnership",
            "general",
            "joint",
        ];
        let fillers = if one_script { &FILLERS[..3] } else { &FILLERS };
        self.concepts.iter().any(|&id| fillers.contains(&TABLES.concept(id).name.as_str()))
    }

    pub(super) fn says_same(&self, other: &Self) -> bool {
        self.concepts.iter().any(|id| other.concepts.contains(id))
    }
}
