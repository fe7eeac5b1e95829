//! Leave to quarantine: at most as many machines of a fleet at a time as the ban allows.

use ed25519_dalek::{SigningKey, VerifyingKey};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    MachineName, Refused,
    report::{check_line, check_version},
};
use crate::attest::{self, AttestError, Envelope};

pub const LEAVE_REQUEST_TYPE: &str = "application/vnd.ringfence.sweep-leave-request+json";
pub const LEAVE_TYPE: &str = "application/vnd.ringfence.sweep-leave+json";

/// A machine asks whether it may begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeaveRequest {
    pub version: u32,
    pub machine: MachineName,
    pub ban: String,
    /// Digest of the plan.
    pub plan: String,
    /// The ban's limit of machines; the server may know a lower one.
    pub hosts: u64,
    pub objects: u64,
    pub bytes: u64,
    /// Name of the machine's last report: an old request is good for nothing.
    pub after: String,
}

/// The server's leave, for one machine, plan and while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leave {
    pub version: u32,
    pub machine: MachineName,
    pub ban: String,
    pub plan: String,
    pub granted: Timestamp,
    /// When a quarantine may no longer be begun on it.
    pub expires: Timestamp,
    /// Machines that hold a leave of the ban, this one among them, and how many may.
    pub held: u64,
    pub hosts: u64,
}

impl LeaveRequest {
    pub fn sign(&self, key: &SigningKey) -> Result<Envelope, AttestError> {
        attest::sign(self, LEAVE_REQUEST_TYPE, key)
    }

    pub fn open(json: &[u8], key: &VerifyingKey) -> Result<Self, Refused> {
        let told: Self = attest::open(json, LEAVE_REQUEST_TYPE, key).map_err(Refused::Forged)?;
        check_version(told.version)?;
        check_line("ban", &told.ban)?;
        check_line("plan", &told.plan)?;
        check_line("after", if told.after.is_empty() { "-" } else { &told.after })?;
        Ok(told)
    }

    /// Id of the key that a request says it is signed by; nothing is checked.
    pub fn key_id(json: &[u8]) -> Result<String, Refused> {
        super::report::key_id_of(json, LEAVE_REQUEST_TYPE)
    }
}

impl Leave {
    pub fn sign(&self, server: &SigningKey) -> Result<Envelope, AttestError> {
        attest::sign(self, LEAVE_TYPE, server)
    }

    /// The leave that this machine has for this plan now, or why it has none.
    pub fn open(
        json: &[u8],
        server: &VerifyingKey,
        machine: &MachineName,
        plan: &str,
        now: Timestamp,
    ) -> Result<Self, Refused> {
        let told: Self = attest::open(json, LEAVE_TYPE, server).map_err(Refused::Forged)?;
        check_version(told.version)?;
        if told.machine != *machine || told.plan != plan {
            return Err(Refused::ForAnother { machine: told.machine.to_string() });
        }
        if now >= told.expires {
            return Err(Refused::Expired { until: told.expires });
        }
        Ok(told)
    }
}
