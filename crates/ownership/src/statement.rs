//! What sources say: entities, interests between them, and what is said to be missing.
//!
//! Every format is read into these, and the graph is built from nothing else. A statement repeats what its source said; what it counts for is
//! for the graph and the regime to say.

use std::{fmt, str::FromStr, sync::Arc};

use jiff::civil::Date;

use crate::{Identifier, Place, Share};

/// One thing that a source states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    Entity(Entity),
    Interest(Interest),
    Gap(Gap),
}

/// The key of an entity within what was loaded: 1 to 256 bytes, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EntityKey(Arc<str>);

/// Why a text is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("an identifier is empty")]
    Empty,
    #[error("an identifier of {bytes} bytes is over the limit of 256")]
    TooLong { bytes: usize },
    #[error("the identifier `{key}` holds a control character")]
    Control { key: String },
}

/// What a source says of one entity. Several sources may speak of the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    pub key: EntityKey,
    pub kind: EntityKind,
    pub names: Vec<Name>,
    /// Where it is incorporated; of a person nothing, since where people live or come from is no input.
    pub jurisdiction: Option<Place>,
    /// Where its head office is, when the source says so.
    pub headquarters: Option<Place>,
    pub identifiers: Vec<Identifier>,
    /// The lists that name it.
    pub lists: Vec<ListEntry>,
    /// When the entity, as stated, exists.
    pub period: Period,
    pub source: Source,
}

/// What kind of thing an entity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntityKind {
    Person,
    /// A company or another body with legal personality.
    Company,
    /// A state, or a part of one, as an owner.
    State,
    /// A trust, fund or other arrangement without legal personality.
    Arrangement,
    /// Several holders of one stake together; its members are not counted by themselves for it.
    Joint,
    Vessel,
    /// Known by a name only; may make a standing possible, never definite.
    Unresolved,
    Unknown,
}

/// A name and what kind of name it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub text: String,
    pub kind: NameKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameKind {
    Primary,
    Alias,
    Previous,
    /// An alias that its source calls weak: a nickname, or a common word.
    Weak,
}

/// That a list names the entity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct ListEntry {
    /// The list's id as regimes name it, such as `ofac-sdn`.
    pub list: String,
    /// The programme or class under which it is listed, where the source gives one.
    pub programme: Option<String>,
}

/// That somebody has an interest in an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interest {
    pub owner: EntityKey,
    pub owned: EntityKey,
    pub kind: InterestKind,
    /// How much; without a figure, none is known.
    pub share: Option<Share>,
    pub link: Link,
    pub period: Period,
    pub source: Source,
}

/// What kind of interest it is. Kinds are never added to one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum InterestKind {
    Shares,
    Votes,
    /// The right to appoint or remove the majority of the board.
    Board,
    /// Accounting consolidation by the direct parent (GLEIF Level 2).
    Consolidation,
    /// Accounting consolidation by the ultimate parent; says the same chain once more.
    UltimateConsolidation,
    /// Significant influence or control without a figure.
    Influence,
    /// Control by contract, or in fact, without shares.
    Contract,
    /// Management of a fund, a sub-fund, a feeder: neither ownership nor control.
    Fund,
    /// The owner holds for the owned party named, as its nominee or trustee: `owner` is the nominator, `owned` the nominee.
    Nomination,
    /// `owner` is one of the holders that `owned`, a joint entity, stands for.
    Membership,
    /// Any other interest: shown, never counted.
    Other,
}

/// Whether an interest is held directly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// Held directly, or not said otherwise.
    Direct,
    /// Held through others: a summary of a chain, which counts only where no chain from the owner to the owned is stated.
    Indirect,
}

/// That something is not known, and why: an absent parent is unknown, never clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Whose owners are not stated.
    pub about: EntityKey,
    /// The reason in the source's own word, such as `NON_PUBLIC`.
    pub reason: String,
    pub period: Period,
    pub source: Source,
}

/// When a statement holds: from its first day, up to but without its last one; an absent end is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Period {
    pub from: Option<Date>,
    pub to: Option<Date>,
}

/// Where a statement comes from.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// The file or register, shared by its statements.
    pub name: Arc<str>,
    /// The record's id there, or its line.
    pub record: Box<str>,
}

impl InterestKind {
    pub(crate) const ALL: [Self; 11] = [
        Self::Shares,
        Self::Votes,
        Self::Board,
        Self::Consolidation,
        Self::UltimateConsolidation,
        Self::Influence,
        Self::Contract,
        Self::Fund,
        Self::Nomination,
        Self::Membership,
        Self::Other,
    ];

    /// The kind in words, as reports name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shares => "shares",
            Self::Votes => "votes",
            Self::Board => "board",
            Self::Consolidation => "consolidation",
            Self::UltimateConsolidation => "ultimate-consolidation",
            Self::Influence => "influence",
            Self::Contract => "contract",
            Self::Fund => "fund",
            Self::Nomination => "nomination",
            Self::Membership => "membership",
            Self::Other => "other",
        }
    }
}

impl EntityKey {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EntityKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        if text.is_empty() {
            return Err(KeyError::Empty);
        }
        if text.len() > 256 {
            return Err(KeyError::TooLong { bytes: text.len() });
        }
        if text.chars().any(char::is_control) {
            return Err(KeyError::Control { key: text.escape_debug().to_string() });
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for EntityKey {
    type Error = KeyError;
    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<EntityKey> for String {
    fn from(key: EntityKey) -> Self {
        key.as_str().to_owned()
    }
}

impl fmt::Display for EntityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Period {
    /// Whether the statement holds on `day`.
    pub fn holds_on(self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day < to)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.record {
            "" => write!(f, "{}", self.name),
            record => write!(f, "{}, {record}", self.name),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
