//! The one exchange that binds a key to a machine, and the server's key to its fleet.

use ed25519_dalek::{SigningKey, VerifyingKey};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{MachineName, Refused, Token, TokenKey, report::check_version};
use crate::attest::{self, AttestError, Envelope, Sealed};

pub const ENROLMENT_TYPE: &str = "application/vnd.ringfence.sweep-enrolment+json";
pub const WELCOME_TYPE: &str = "application/vnd.ringfence.sweep-welcome+json";

/// What a machine sends once: signed by its new key, which proves that it has it, and by its token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    pub version: u32,
    pub machine: MachineName,
    /// The machine's key, base64.
    pub public_key: String,
    /// The token's public half, base64.
    pub token_key: String,
}

/// An enrolment whose two signatures hold. Whether its token is good is for the server to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Enrolled {
    pub machine: MachineName,
    pub key: VerifyingKey,
    pub token: TokenKey,
}

/// The server's answer, signed by the key that is in the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Welcome {
    pub version: u32,
    pub machine: MachineName,
    /// Id of the machine's key: SHA-256 over it.
    pub key: String,
    /// The server's key, base64.
    pub server: String,
    pub enrolled: Timestamp,
}

impl Enrolment {
    /// What a machine sends, with both signatures.
    pub fn sign(machine: &MachineName, token: &Token, key: &SigningKey) -> Result<Envelope, AttestError> {
        let enrolment = Self {
            version: 1,
            machine: machine.clone(),
            public_key: attest::public_text(&key.verifying_key()),
            token_key: attest::public_text(&token.key().verifying_key()),
        };
        let mut envelope = attest::sign(&enrolment, ENROLMENT_TYPE, key)?;
        envelope.signatures.extend(attest::sign(&enrolment, ENROLMENT_TYPE, token.key())?.signatures);
        Ok(envelope)
    }

    /// Reads one, once both signatures hold.
    pub fn open(json: &[u8]) -> Result<Enrolled, Refused> {
        let sealed = Sealed::read(json, ENROLMENT_TYPE).map_err(Refused::Forged)?;
        let told: Self = sealed.payload().map_err(Refused::Forged)?;
        check_version(told.version)?;
        let key = attest::public_key(&told.public_key).map_err(Refused::Forged)?;
        let token = attest::public_key(&told.token_key).map_err(Refused::Forged)?;
        // One key for both would prove that it has one of them only.
        if key == token || !sealed.is_by(&key) || !sealed.is_by(&token) {
            return Err(Refused::Forged(AttestError::Signature));
        }
        Ok(Enrolled { machine: told.machine, key, token: TokenKey::of(&token) })
    }
}

impl Welcome {
    pub fn new(machine: &MachineName, key: &VerifyingKey, server: &VerifyingKey, enrolled: Timestamp) -> Self {
        let (key, server) = (attest::key_id(key), attest::public_text(server));
        Self { version: 1, machine: machine.clone(), key, server, enrolled }
    }

    pub fn sign(&self, server: &SigningKey) -> Result<Envelope, AttestError> {
        attest::sign(self, WELCOME_TYPE, server)
    }

    /// The welcome of this machine and key by this server, or why it is none.
    pub fn open(
        json: &[u8],
        server: &VerifyingKey,
        machine: &MachineName,
        key: &VerifyingKey,
    ) -> Result<Self, Refused> {
        let told: Self = attest::open(json, WELCOME_TYPE, server).map_err(Refused::Forged)?;
        check_version(told.version)?;
        let ours =
            told.machine == *machine && told.key == attest::key_id(key) && told.server == attest::public_text(server);
        if ours { Ok(told) } else { Err(Refused::ForAnother { machine: told.machine.to_string() }) }
    }
}
