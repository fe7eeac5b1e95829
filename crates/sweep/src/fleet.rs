//! What a machine reports to its fleet: signed, numbered, and linked to the report before, so that none is forged, replayed or lost.

use ed25519_dalek::{SigningKey, VerifyingKey};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    attest::{self, AttestError, Envelope, Verdict},
    catalogue::hex,
};

pub const PAYLOAD_TYPE: &str = "application/vnd.ringfence.sweep-report+json";

/// What a machine sends once, with the token that its operator gave it. The answer binds the key to the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    pub machine: String,
    /// SHA-256 over the token and the key: the token itself is not sent twice.
    pub token_proof: String,
    pub public_key: String,
}

/// One report. The key that signs it says whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    pub version: u32,
    pub machine: String,
    /// Counts from one; never used twice by a key.
    pub sequence: u64,
    /// SHA-256 of the payload before; empty for the first.
    pub previous: String,
    pub at: Timestamp,
    pub ban: String,
    pub plan: Option<String>,
    pub status: Status,
    pub objects: u64,
    pub bytes: u64,
    pub unreadable: u64,
    pub catalogue: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Clean,
    Pending,
    Failing,
}

impl Status {
    pub fn of(verdict: Verdict, failed: bool) -> Self {
        match verdict {
            _ if failed => Self::Failing,
            Verdict::NotFound | Verdict::OnlyWhatStays => Self::Clean,
            Verdict::StillFound => Self::Pending,
        }
    }
}

/// Why a report is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("the signature does not hold")]
    Forged(#[source] AttestError),
    #[error("report {got} was sent again, or an older one; {last} was the last")]
    Replayed { got: u64, last: u64 },
    #[error("report {got} does not follow {last}: one is missing or was changed")]
    Broken { got: u64, last: u64 },
}

impl Enrolment {
    pub fn new(machine: &str, token: &str, key: &VerifyingKey) -> Self {
        Self { machine: machine.to_owned(), token_proof: token_proof(token, key), public_key: attest::public_text(key) }
    }

    /// Whether it was made by somebody who knows the token, for this key.
    pub fn holds(&self, token: &str) -> bool {
        attest::public_key(&self.public_key).is_ok_and(|key| token_proof(token, &key) == self.token_proof)
    }
}

fn token_proof(token: &str, key: &VerifyingKey) -> String {
    let mut hash = Sha256::new();
    hash.update(b"ringfence enrolment\n");
    hash.update((token.len() as u64).to_le_bytes());
    hash.update(token);
    hash.update(key.as_bytes());
    hex(&hash.finalize())
}

/// Names a report; the next one names it as `previous`.
pub fn name(report: &Report) -> String {
    hex(&Sha256::digest(serde_json::to_vec(report).unwrap_or_default()))
}

pub fn sign(report: &Report, key: &SigningKey) -> Result<Envelope, AttestError> {
    attest::sign(report, PAYLOAD_TYPE, key)
}

/// A report that follows the last one of its machine. `last`: its sequence and name. `Ok(None)`: the same one again, which is no fault.
pub fn accept(json: &[u8], key: &VerifyingKey, last: Option<(u64, &str)>) -> Result<Option<Report>, Refused> {
    let report: Report = attest::open(json, PAYLOAD_TYPE, key).map_err(Refused::Forged)?;
    let (number, before) = last.unwrap_or((0, ""));
    let got = report.sequence;
    if got == number && number > 0 && name(&report) == before {
        return Ok(None);
    }
    if got <= number {
        return Err(Refused::Replayed { got, last: number });
    }
    if got != number + 1 || report.previous != before {
        return Err(Refused::Broken { got, last: number });
    }
    Ok(Some(report))
}
