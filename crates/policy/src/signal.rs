//! The signals that rules may read: each declared with its meaning, purpose, retention and strength.
//!
//! A signal carries the function that reads it from the facts, so what is declared and what is read cannot differ. What is no signal
//! is not in the schema, and no rule can ask for it.

mod catalogue;

use std::fmt;

use serde::Serialize;

use crate::facts::Facts;

/// One fact that rules may read.
pub struct Signal {
    /// Its path under `context`, as in `network.class`.
    pub name: &'static str,
    pub meaning: &'static str,
    pub purpose: Purpose,
    pub retention: Retention,
    pub strength: Strength,
    pub family: Family,
    pub kind: Kind,
    pub(crate) read: for<'a> fn(&'a Facts) -> Value<'a>,
}

/// What a signal is collected for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To know what is asked for.
    Service,
    /// To serve only where the operator serves.
    Region,
    /// To keep the laws and terms on who controls a customer.
    Ownership,
    /// To find and stop coordinated harvesting and stolen access.
    Abuse,
    /// To know whose request it is, and what was agreed with them.
    Account,
    /// To keep one account from taking what others need.
    Capacity,
}

/// How long a signal is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Retention {
    /// Among the facts of the decisions that it was a fact of, read by a rule or not, and as long as those.
    Decision,
    /// As long as the account is known, and among the facts of its decisions.
    Account,
    /// Counted over a rolling day and then forgotten, except among the facts of decisions.
    Day,
}

/// How much of a denial a signal can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// Says what is asked for or agreed, or exempts; never a ground by itself.
    Neutral,
    /// A ground only together with a signal of another family.
    Weak,
    /// Some of its values are ground enough by themselves.
    Strong,
}

/// Where a signal comes from; signals of one family are not independent of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    Request,
    Address,
    Account,
    Key,
    Declaration,
    Ownership,
    Campaign,
    Behaviour,
}

/// What values a signal takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One of these words.
    Word(&'static [&'static str]),
    /// Any text; the word stands for what is not known.
    Text(&'static str),
    /// A number from this one up; the first is the one that stands for what is not known, where there is one.
    Number(i64),
    Truth,
}

/// A signal's value in one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Text(&'a str),
    Number(i64),
    Truth(bool),
}

impl Signal {
    pub const ALL: &'static [Self] = catalogue::ALL;

    pub fn named(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|signal| signal.name == name)
    }

    /// The record and the attribute of its path.
    pub(crate) fn place(&self) -> (&'static str, &'static str) {
        self.name.split_once('.').unwrap_or((self.name, ""))
    }
}

impl PartialEq for Signal {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Signal {}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Serialize for Signal {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

impl Purpose {
    pub fn text(self) -> &'static str {
        match self {
            Self::Service => "to know what is asked for",
            Self::Region => "to serve only where the operator serves",
            Self::Ownership => "to keep the laws and terms on who controls a customer",
            Self::Abuse => "to find and stop coordinated harvesting and stolen access",
            Self::Account => "to know whose request it is, and what was agreed with them",
            Self::Capacity => "to keep one account from taking what others need",
        }
    }
}

impl Retention {
    pub fn text(self) -> &'static str {
        match self {
            Self::Decision => {
                "among the facts of the decisions that it was a fact of, as long as the record of decisions is kept"
            }
            Self::Account => {
                "as long as the account is known, and among the facts of its decisions, as long as those are kept"
            }
            Self::Day => {
                "counted over a rolling day and then forgotten, except among the facts of decisions, as long as those are kept"
            }
        }
    }
}

impl Value<'_> {
    pub(crate) fn json(self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.into(),
            Self::Number(number) => number.into(),
            Self::Truth(truth) => truth.into(),
        }
    }
}
