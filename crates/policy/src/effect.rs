//! What a decision does, and what kind of rule asked for it.

use serde::{Deserialize, Serialize};

/// What happens to a request; mildest first, and the severest of several wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    Allow,
    /// Allowed, and marked for the record.
    Observe,
    /// Allowed, and the upstream is told to answer with less.
    Restrict,
    Throttle,
    /// Refused until the caller has shown who they are.
    Verify,
    Deny,
}

/// The ground on which a rule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// A law or a sanctions list; the only one that makes a 451.
    Legal,
    /// The operator's terms of service.
    Tos,
    /// The risk that the operator takes.
    Risk,
    /// A quota or a rate.
    Limit,
    /// Rules or facts that could not be evaluated. Made only where an evaluation failed.
    Error,
}

impl Effect {
    pub const ALL: [Self; 6] = [Self::Allow, Self::Observe, Self::Restrict, Self::Throttle, Self::Verify, Self::Deny];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Observe => "observe",
            Self::Restrict => "restrict",
            Self::Throttle => "throttle",
            Self::Verify => "verify",
            Self::Deny => "deny",
        }
    }

    /// Whether the request goes on to the model.
    pub fn passes(self) -> bool {
        self < Self::Throttle
    }
}

impl Basis {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Legal => "legal",
            Self::Tos => "tos",
            Self::Risk => "risk",
            Self::Limit => "limit",
            Self::Error => "error",
        }
    }
}
