//! A machine's side of its fleet: a private folder with its key and the reports that wait, and the sending of them.
//!
//! A report has no number until its turn comes; then it is signed and kept until its receipt is checked. So a crash at any moment sends
//! the same report again or none, and never another one with its number.

mod client;
mod folder;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sweep::{
    attest::{self, Envelope, SigningKey},
    fleet::{self, Enrolment, Leave, LeaveRequest, MachineName, Receipt, Refused, Report, Token, Welcome},
};
use url::Url;

pub use self::client::{Client, Unsent};
use self::folder::Folder;
use crate::key::{self, KeyFileError};

/// Reports that wait at most; then the oldest gives way, and the next one says so.
pub const MAX_WAITING: usize = 1_000;
/// Bytes that wait at most.
pub const MAX_BYTES: u64 = 256 << 20;

/// What went wrong between a machine and its fleet.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    #[error("cannot {what} `{path}`")]
    Io {
        what: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the spool `{0}` is not private: it must be a folder of this user with mode 0700")]
    NotPrivate(PathBuf),
    #[error("another process is working in the spool `{0}`")]
    Busy(PathBuf),
    #[error("`{path}` in the spool cannot be read; if nobody changed it, move it away")]
    Damaged {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    #[error(transparent)]
    Key(#[from] KeyFileError),
    #[error("this machine is not enrolled: `ringfence sweep enrol` does that, with a token of the fleet's operator")]
    NotEnrolled,
    #[error("this machine is enrolled as `{enrolled}`, not as `{given}`")]
    OtherName { enrolled: MachineName, given: String },
    #[error("it cannot be signed")]
    Sign(#[source] attest::AttestError),
    /// The server could not be reached, or does not want it now. Everything waits.
    #[error(transparent)]
    Unsent(#[from] Unsent),
    /// What came back is not by the server that this machine enrolled with.
    #[error("the answer is not by the server that this machine trusts")]
    Impostor(#[source] Refused),
}

/// Where this machine is enrolled.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// The server's address.
    pub url: String,
    pub machine: MachineName,
    /// The server's key, base64; answers by any other are no answers.
    pub server: String,
    welcome: Envelope,
}

/// Number and name of the last report that the server has confirmed, and how many had to give way since.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    sequence: u64,
    head: String,
    #[serde(default)]
    dropped: u64,
}

/// A report that was signed, on its way.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pending {
    /// The file that it waited in.
    file: String,
    report: Report,
    envelope: Envelope,
}

/// A machine's folder, held by one process at a time.
#[derive(Debug)]
pub struct Spool {
    folder: Folder,
    _lock: fs::File,
}

/// What is waiting after something was put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    pub reports: usize,
    /// Reports that gave way since the last one that was confirmed.
    pub dropped: u64,
}

impl Spool {
    /// Opens a folder, and makes it where it is missing.
    pub fn open(path: &Path) -> Result<Self, SpoolError> {
        let folder = Folder::open(path)?;
        let lock = folder.lock()?;
        Ok(Self { folder, _lock: lock })
    }

    pub fn membership(&self) -> Result<Option<Membership>, SpoolError> {
        self.folder.read("enrolled.json")
    }

    fn member(&self) -> Result<(Membership, SigningKey, attest::VerifyingKey), SpoolError> {
        let membership = self.membership()?.ok_or(SpoolError::NotEnrolled)?;
        let own = key::read(&self.folder.at("machine.key"))?.ok_or(SpoolError::NotEnrolled)?;
        let server = attest::public_key(&membership.server);
        let server = server.map_err(|error| SpoolError::Impostor(Refused::Forged(error)))?;
        Ok((membership, own, server))
    }

    /// Enrols this machine with a new key. When the answer was lost, the same call finds it again; reports that wait are kept.
    pub async fn enrol(&self, url: &Url, machine: &MachineName, token: &Token) -> Result<Membership, SpoolError> {
        let (new, current) = (self.folder.at("machine.key.new"), self.folder.at("machine.key"));
        let own = match key::read(&new)? {
            Some(key) => key,
            None => key::make(&new)?,
        };
        let envelope = Enrolment::sign(machine, token, &own).map_err(SpoolError::Sign)?;
        let answer = Client::new(url)?.post("enrol", &envelope).await?;
        Welcome::open(&answer, token.server(), machine, &own.verifying_key()).map_err(SpoolError::Impostor)?;
        let welcome = serde_json::from_slice(&answer)
            .map_err(|source| SpoolError::Damaged { path: "the answer".into(), source })?;
        let server = attest::public_text(token.server());
        let membership = Membership { url: url.to_string(), machine: machine.clone(), server, welcome };
        // A key counts from one: what an older one had sent is of no use to it.
        let dropped = self.sent()?.dropped;
        self.folder.remove("pending.json")?;
        self.folder.write("sent.json", &Sent { dropped, ..Sent::default() })?;
        self.folder.write("enrolled.json", &membership)?;
        fs::rename(&new, &current).map_err(|source| SpoolError::Io { what: "keep", path: current, source })?;
        self.folder.sync()?;
        Ok(membership)
    }

    fn sent(&self) -> Result<Sent, SpoolError> {
        Ok(self.folder.read("sent.json")?.unwrap_or_default())
    }

    /// Puts a report at the end of those that wait.
    pub fn queue(&self, report: &Report) -> Result<Waiting, SpoolError> {
        if let Some(membership) = self.membership()?
            && membership.machine != report.machine
        {
            let given = report.machine.to_string();
            return Err(SpoolError::OtherName { enrolled: membership.machine, given });
        }
        self.folder.put(report)?;
        let mut sent = self.sent()?;
        let mut waiting = self.folder.waiting()?;
        while waiting.len() > 1
            && (waiting.len() > MAX_WAITING || waiting.iter().map(|(_, size)| size).sum::<u64>() > MAX_BYTES)
        {
            let (oldest, _) = waiting.remove(0);
            sent.dropped = sent.dropped.saturating_add(1);
            // Counted first: a crash in between counts one too many rather than one too few.
            self.folder.write("sent.json", &sent)?;
            self.folder.remove(&oldest)?;
        }
        Ok(Waiting { reports: waiting.len(), dropped: sent.dropped })
    }

    /// How many reports wait.
    pub fn waiting(&self) -> Result<usize, SpoolError> {
        let pending: Option<Pending> = self.folder.read("pending.json")?;
        let waiting = self.folder.waiting()?;
        let twice = pending.as_ref().is_some_and(|pending| waiting.iter().any(|(name, _)| *name == pending.file));
        Ok(waiting.len() + usize::from(pending.is_some() && !twice))
    }

    /// Sends what waits, oldest first, until it is all confirmed or something stands against it. `told` is called after each.
    pub async fn send(&self, mut told: impl FnMut(&Receipt)) -> Result<u64, SpoolError> {
        let (membership, own, server) = self.member()?;
        let client = Client::at(&membership.url)?;
        let mut sent = 0;
        while let Some(pending) = self.next(&membership.machine, &own)? {
            let answer = client.post("reports", &pending.envelope).await?;
            let receipt = Receipt::open(&answer, &server, &pending.report).map_err(SpoolError::Impostor)?;
            // What gave way while this one was on its way is for the next one to tell.
            let dropped = self.sent()?.dropped.saturating_sub(pending.report.dropped);
            let head = fleet::name(&pending.report);
            self.folder.write("receipt.json", &serde_json::from_slice::<Envelope>(&answer).ok())?;
            self.folder.write("sent.json", &Sent { sequence: pending.report.sequence, head, dropped })?;
            self.folder.remove(&pending.file)?;
            self.folder.remove("pending.json")?;
            sent += 1;
            told(&receipt);
        }
        Ok(sent)
    }

    /// The report whose turn it is, signed and on disk.
    fn next(&self, machine: &MachineName, own: &SigningKey) -> Result<Option<Pending>, SpoolError> {
        if let Some(pending) = self.folder.read("pending.json")? {
            return Ok(Some(pending));
        }
        let Some((file, _)) = self.folder.waiting()?.into_iter().next() else { return Ok(None) };
        let Some(report) = self.folder.read::<Report>(&file)? else { return Ok(None) };
        let sent = self.sent()?;
        let machine = machine.clone();
        let report = Report { machine, dropped: sent.dropped, ..report };
        let report = report.numbered(sent.sequence.saturating_add(1), &sent.head);
        let envelope = fleet::sign(&report, own).map_err(SpoolError::Sign)?;
        let pending = Pending { file, report, envelope };
        self.folder.write("pending.json", &pending)?;
        Ok(Some(pending))
    }

    /// Asks for leave to quarantine, after sending what waits. Whatever goes wrong, there is no leave.
    pub async fn leave(&self, plan: &sweep::plan::Plan, now: Timestamp) -> Result<Leave, SpoolError> {
        self.send(|_| {}).await?;
        let (membership, own, server) = self.member()?;
        let draft = plan.draft();
        let request = LeaveRequest {
            version: 1,
            machine: membership.machine.clone(),
            ban: draft.ban.clone(),
            plan: plan.digest().to_owned(),
            hosts: draft.limits.hosts,
            objects: draft.totals.objects,
            bytes: draft.totals.bytes,
            after: self.sent()?.head,
        };
        let envelope = request.sign(&own).map_err(SpoolError::Sign)?;
        let answer = Client::at(&membership.url)?.post("leave", &envelope).await?;
        Leave::open(&answer, &server, &membership.machine, plan.digest(), now).map_err(SpoolError::Impostor)
    }
}
