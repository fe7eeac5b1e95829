//! What a machine reports: numbered, linked to the report before, signed; and the receipt that it gets.

use ed25519_dalek::{SigningKey, VerifyingKey};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::MachineName;
use crate::{
    attest::{self, AttestError, Done, Envelope, Finding, Found, Sealed, Verdict},
    ban::Ban,
    catalogue::{Catalogue, hex},
    scan::Scan,
};

pub const PAYLOAD_TYPE: &str = "application/vnd.ringfence.sweep-report+json";
pub const RECEIPT_TYPE: &str = "application/vnd.ringfence.sweep-receipt+json";

/// Most findings of a report; what is above is counted.
pub const MAX_ITEMS: usize = 1_000;
/// Largest report with its envelope, in bytes.
pub const MAX_REPORT: usize = 2 << 20;
/// Longest text of a report, in bytes; a path may be as long as a path is.
const MAX_LINE: usize = 256;
const MAX_PATH: usize = 4096;

/// One report. The key that signs it says whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    pub version: u32,
    pub machine: MachineName,
    /// Counts from one; never used twice by a key.
    pub sequence: u64,
    /// SHA-256 of the payload before; empty for the first.
    pub previous: String,
    pub at: Timestamp,
    pub ban: String,
    pub plan: Option<String>,
    pub status: Status,
    /// What a plan would act on now, and its bytes.
    pub objects: u64,
    pub bytes: u64,
    pub unreadable: u64,
    pub catalogue: String,
    /// What was found of what is banned.
    #[serde(default)]
    pub items: Vec<Finding>,
    /// Findings above the limit, which are counted alone.
    #[serde(default)]
    pub left_out: u64,
    /// Reports that the machine could not keep before this one.
    #[serde(default)]
    pub dropped: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nothing of it is found, or only what stays.
    Clean,
    /// Something is there that a plan would take.
    Pending,
    /// Something could not be taken, or could not be looked for.
    Failing,
}

/// That a report is in the store. Signed by the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    pub version: u32,
    pub machine: MachineName,
    pub sequence: u64,
    /// Name of the report.
    pub report: String,
    pub received: Timestamp,
}

/// How a report stands to the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    New,
    /// The last one once more, which is no fault.
    Again,
}

/// Why something that was sent is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("the signature does not hold")]
    Forged(#[source] AttestError),
    #[error("report {got} was sent again, or an older one; {last} was the last")]
    Replayed { got: u64, last: u64 },
    #[error("report {got} does not follow {last}: one is missing or was changed")]
    Broken { got: u64, last: u64 },
    #[error("it has version {0}; this build knows version 1")]
    Version(u32),
    #[error("its `{field}` is empty, too long or has control characters")]
    Field { field: &'static str },
    #[error("it has {0} findings; {MAX_ITEMS} are taken, and the rest is to be counted")]
    Items(usize),
    #[error("it is for `{machine}` or its plan, and not for this one")]
    ForAnother { machine: String },
    #[error("it ended on {until}")]
    Expired { until: Timestamp },
}

impl Status {
    pub const ALL: [Self; 3] = [Self::Clean, Self::Pending, Self::Failing];

    pub fn of(verdict: Verdict, failed: bool) -> Self {
        match verdict {
            _ if failed => Self::Failing,
            Verdict::NotFound | Verdict::OnlyWhatStays => Self::Clean,
            Verdict::StillFound => Self::Pending,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Pending => "pending",
            Self::Failing => "failing",
        }
    }
}

impl Report {
    /// The same report with its number and the name of the one before.
    #[must_use]
    pub fn numbered(self, sequence: u64, previous: &str) -> Self {
        Self { sequence, previous: previous.to_owned(), ..self }
    }

    /// Refuses what no machine of ours would say.
    fn check(&self) -> Result<(), Refused> {
        check_version(self.version)?;
        check_line("ban", &self.ban)?;
        check_line("catalogue", &self.catalogue)?;
        if let Some(plan) = &self.plan {
            check_line("plan", plan)?;
        }
        if self.items.len() > MAX_ITEMS {
            return Err(Refused::Items(self.items.len()));
        }
        for item in &self.items {
            for (field, text) in [("subject", &item.subject), ("kind", &item.kind), ("confidence", &item.confidence)] {
                check_line(field, text)?;
            }
            check_text("path", &item.path.to_string(), MAX_PATH)?;
            check_text("why", &item.why, MAX_PATH)?;
        }
        Ok(())
    }
}

pub(super) fn check_version(version: u32) -> Result<(), Refused> {
    if version == 1 { Ok(()) } else { Err(Refused::Version(version)) }
}

pub(super) fn check_line(field: &'static str, text: &str) -> Result<(), Refused> {
    check_text(field, text, MAX_LINE)
}

fn check_text(field: &'static str, text: &str, most: usize) -> Result<(), Refused> {
    let sound = (1..=most).contains(&text.len()) && !text.chars().any(char::is_control);
    if sound { Ok(()) } else { Err(Refused::Field { field }) }
}

/// What a scan says under a ban, as a report that has no number yet. `done`: what a quarantine did before, if there was one.
pub fn observe(
    machine: MachineName,
    scan: &Scan,
    ban: &Ban,
    catalogue: &Catalogue,
    today: Date,
    quarantine: Option<(&str, &Done)>,
) -> Report {
    let Found { mut findings, acting, bytes } = attest::found(scan, ban, catalogue, today);
    let failed = !scan.scope.complete || quarantine.is_some_and(|(_, done)| !done.skipped.is_empty());
    let verdict = if acting > 0 { Verdict::StillFound } else { Verdict::OnlyWhatStays };
    for finding in &mut findings {
        finding.why = cut(&finding.why, MAX_PATH);
        finding.subject = cut(&finding.subject, MAX_LINE);
    }
    // What cannot be told whole is counted: a path that is longer than any system takes, or with control characters.
    let all = findings.len();
    findings.retain(|finding| check_text("path", &finding.path.to_string(), MAX_PATH).is_ok());
    findings.truncate(MAX_ITEMS);
    Report {
        version: 1,
        machine,
        sequence: 0,
        previous: String::new(),
        at: scan.scope.finished,
        ban: cut(&ban.name, MAX_LINE),
        plan: quarantine.map(|(plan, _)| plan.to_owned()),
        status: Status::of(verdict, failed),
        objects: acting as u64,
        bytes,
        unreadable: scan.unreadable.len() as u64,
        catalogue: catalogue.version().to_owned(),
        left_out: (all - findings.len()) as u64,
        items: findings,
        dropped: 0,
    }
}

/// A text as a report takes it: without control characters, and not too long.
fn cut(text: &str, most: usize) -> String {
    let mut kept = String::new();
    for c in text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }) {
        if kept.len() + c.len_utf8() > most {
            break;
        }
        kept.push(c);
    }
    if kept.is_empty() { "-".to_owned() } else { kept }
}

/// Names a report; the next one names it as `previous`.
pub fn name(report: &Report) -> String {
    hex(&Sha256::digest(serde_json::to_vec(report).unwrap_or_default()))
}

pub fn sign(report: &Report, key: &SigningKey) -> Result<Envelope, AttestError> {
    attest::sign(report, PAYLOAD_TYPE, key)
}

/// Id of the key that a report says it is signed by; nothing is checked.
pub fn key_id(json: &[u8]) -> Result<String, Refused> {
    key_id_of(json, PAYLOAD_TYPE)
}

pub(super) fn key_id_of(json: &[u8], payload_type: &str) -> Result<String, Refused> {
    let sealed = Sealed::read(json, payload_type).map_err(Refused::Forged)?;
    sealed.key_id().map(str::to_owned).ok_or(Refused::Forged(AttestError::Signature))
}

/// A report of the one who has the key, within the limits.
pub fn open(json: &[u8], key: &VerifyingKey) -> Result<Report, Refused> {
    let report: Report = attest::open(json, PAYLOAD_TYPE, key).map_err(Refused::Forged)?;
    report.check()?;
    Ok(report)
}

/// Whether a report follows the last one of its key. `last`: its sequence and name.
pub fn follows(report: &Report, last: Option<(u64, &str)>) -> Result<Next, Refused> {
    let (number, before) = last.unwrap_or((0, ""));
    let got = report.sequence;
    if got == number && number > 0 && name(report) == before {
        return Ok(Next::Again);
    }
    if got <= number {
        return Err(Refused::Replayed { got, last: number });
    }
    if number.checked_add(1) != Some(got) || report.previous != before {
        return Err(Refused::Broken { got, last: number });
    }
    Ok(Next::New)
}

/// A report that follows the last one of its machine. `last`: its sequence and name. `Ok(None)`: the same one again, which is no fault.
pub fn accept(json: &[u8], key: &VerifyingKey, last: Option<(u64, &str)>) -> Result<Option<Report>, Refused> {
    let report = open(json, key)?;
    Ok(match follows(&report, last)? {
        Next::New => Some(report),
        Next::Again => None,
    })
}

impl Receipt {
    pub fn of(report: &Report, received: Timestamp) -> Self {
        let (machine, sequence) = (report.machine.clone(), report.sequence);
        Self { version: 1, machine, sequence, report: name(report), received }
    }

    pub fn sign(&self, server: &SigningKey) -> Result<Envelope, AttestError> {
        attest::sign(self, RECEIPT_TYPE, server)
    }

    /// The receipt of this report by this server, or why it is none.
    pub fn open(json: &[u8], server: &VerifyingKey, report: &Report) -> Result<Self, Refused> {
        let told: Self = attest::open(json, RECEIPT_TYPE, server).map_err(Refused::Forged)?;
        check_version(told.version)?;
        let ours = told.machine == report.machine && told.sequence == report.sequence && told.report == name(report);
        if ours { Ok(told) } else { Err(Refused::ForAnother { machine: told.machine.to_string() }) }
    }
}
