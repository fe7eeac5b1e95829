//! The result of an inspection: values to print, to store, to compare.

use serde::{Deserialize, Serialize};

use crate::artifact::Unread;
use crate::axes::{Channel, Disclosure, Encoding, Severity, Source, Transform};
use crate::endpoints::{Endpoint, Named};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    pub artifact: Subject,
    pub rules_version: String,
    pub verdict: Verdict,
    pub coverage: Coverage,
    pub endpoints: Vec<Endpoint>,
    pub telemetry_keys: Vec<Named>,
    pub opt_outs: Vec<Named>,
    pub findings: Vec<Finding>,
    pub unknown: Vec<Unread>,
    pub files: Vec<FileDigest>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    pub digest: String,
    pub kind: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileDigest {
    pub path: String,
    pub sha256: String,
    pub bytes: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub rule: String,
    pub severity: Severity,
    pub source: Source,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transform: Option<Transform>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    pub disclosure: Disclosure,
    pub path: Vec<Step>,
    /// What the list holds, decoded where it was hidden.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compared: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
    pub text: String,
}

/// One of the texts that are chosen between.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    pub text: String,
    /// What a reader sees.
    pub normalised: String,
    /// Characters that the other variants do not all have, by code point and name.
    pub code_points: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub offset: u32,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    #[serde(rename = "findings")]
    Findings,
    #[serde(rename = "no findings at full coverage")]
    Clean,
    #[serde(rename = "inconclusive")]
    Inconclusive,
}

impl Verdict {
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Findings => "findings",
            Verdict::Clean => "no findings at full coverage",
            Verdict::Inconclusive => "inconclusive",
        }
    }
}

/// What was read, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    pub files: u64,
    pub parsed_bytes: u64,
    /// Searched for hosts and names only.
    pub shallow_bytes: u64,
    pub unread_places: u64,
}

impl Finding {
    /// Whether it speaks of a channel that hides from a reader.
    pub fn is_covert(&self) -> bool {
        self.encoding.is_some_and(Encoding::is_covert)
    }
}

impl Findings {
    /// Findings from medium on; the others are statements of fact.
    pub fn grave(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| f.severity >= Severity::Medium)
    }
}
