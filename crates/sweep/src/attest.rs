//! A statement about one machine that anybody can check with a public key: in-toto Statement v1 in a DSSE envelope, Ed25519.
//!
//! It says "not found within this coverage at this time", never "absent".

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::{Signature, Signer as _};
pub use ed25519_dalek::{SigningKey, VerifyingKey};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

use crate::{
    MachinePath,
    ban::Ban,
    catalogue::{Catalogue, hex},
    plan::{Object, Plan},
    scan::{Confidence, Home, Item, Scan, Unreadable},
};

pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
pub const PREDICATE_TYPE: &str = "https://ringfence.dev/attestation/sweep/v1";

/// Largest envelope that is read.
pub const MAX_ENVELOPE: usize = 64 << 20;

/// in-toto Statement v1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    #[serde(rename = "_type")]
    pub kind: String,
    pub subject: Vec<Subject>,
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    pub predicate: Predicate,
}

/// A host or an object; never a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    pub name: String,
    pub digest: Digests,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digests {
    pub sha256: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Predicate {
    pub ban: String,
    pub ban_from: String,
    pub plan: String,
    pub catalogue: String,
    pub ringfence: String,
    pub planned_scan: Period,
    pub attested_scan: Period,
    pub coverage: Coverage,
    pub done: Done,
    /// What the second scan still found of what is banned.
    pub found: Vec<Finding>,
    pub verdict: Verdict,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Period {
    pub started: Timestamp,
    pub finished: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    pub root: String,
    pub homes: Vec<Home>,
    pub folders: u64,
    pub files: u64,
    pub complete: bool,
    pub passed_over: u64,
    pub unreadable: Vec<Unreadable>,
    pub skipped: Vec<Unreadable>,
}

/// What the quarantine did, from its journal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Done {
    pub moved: u64,
    pub edited: u64,
    pub stopped: u64,
    pub skipped: Vec<Unreadable>,
    pub journal: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    pub subject: String,
    pub kind: String,
    pub path: MachinePath,
    pub confidence: String,
    pub why: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing of it was found within the coverage.
    NotFound,
    /// Only what the ban keeps, excepts or only reports.
    OnlyWhatStays,
    StillFound,
}

/// DSSE envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    pub payload: String,
    pub payload_type: String,
    pub signatures: Vec<Signed>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    pub keyid: String,
    pub sig: String,
}

#[derive(Debug, thiserror::Error)]
pub enum AttestError {
    #[error("the envelope cannot be read")]
    Envelope(#[source] serde_json::Error),
    #[error("the envelope is larger than 64 MiB")]
    TooLarge,
    #[error("the envelope holds `{found}`, not `{wanted}`")]
    PayloadType { wanted: String, found: String },
    #[error("the payload is not base64")]
    Base64(#[source] base64::DecodeError),
    #[error("no signature is by this key")]
    Signature,
    #[error("the key is no Ed25519 key: 32 bytes in base64")]
    Key,
    #[error("the payload cannot be read")]
    Payload(#[source] serde_json::Error),
    #[error("the statement has type `{0}`")]
    StatementType(String),
}

/// The statement that a second scan allows.
pub fn statement(
    plan: &Plan,
    ban: &Ban,
    catalogue: &Catalogue,
    planned: Period,
    second: &Scan,
    done: Done,
) -> Statement {
    let today = second.scope.finished.to_zoned(jiff::tz::TimeZone::UTC).date();
    let Found { findings: found, acting, .. } = found(second, ban, catalogue, today);
    let verdict = match (acting, found.is_empty()) {
        (0, true) => Verdict::NotFound,
        (0, false) => Verdict::OnlyWhatStays,
        _ => Verdict::StillFound,
    };
    let host = hex(&Sha256::digest(format!("host\n{}", second.machine.name).as_bytes()));
    let mut subject = vec![Subject { name: format!("host:{}", second.machine.name), digest: Digests { sha256: host } }];
    for object in plan.objects() {
        if let Some(before) = &object.before {
            let sha256 = before.content.trim_start_matches("sha256:").to_owned();
            subject.push(Subject { name: object.path.to_string(), digest: Digests { sha256 } });
        }
    }
    Statement {
        kind: STATEMENT_TYPE.to_owned(),
        subject,
        predicate_type: PREDICATE_TYPE.to_owned(),
        predicate: Predicate {
            ban: ban.name.clone(),
            ban_from: ban.from.to_string(),
            plan: plan.digest().to_owned(),
            catalogue: catalogue.version().to_owned(),
            ringfence: env!("CARGO_PKG_VERSION").to_owned(),
            planned_scan: planned,
            attested_scan: Period { started: second.scope.started, finished: second.scope.finished },
            coverage: Coverage {
                root: second.scope.root.clone(),
                homes: second.scope.homes.clone(),
                folders: second.scope.folders,
                files: second.scope.files,
                complete: second.scope.complete,
                passed_over: second.scope.passed_over,
                unreadable: second.unreadable.clone(),
                skipped: second.scope.skipped.clone(),
            },
            done,
            found,
            verdict,
        },
    }
}

/// What a scan finds of what is banned.
pub(crate) struct Found {
    /// What would be taken, edited or reported first, then what stays.
    pub findings: Vec<Finding>,
    /// How many of them a plan would act on, and how many bytes they have.
    pub acting: usize,
    pub bytes: u64,
}

pub(crate) fn found(scan: &Scan, ban: &Ban, catalogue: &Catalogue, today: jiff::civil::Date) -> Found {
    let draft = crate::plan::plan(scan, ban, catalogue, today);
    let mut items: HashMap<&MachinePath, &Item> = HashMap::new();
    for item in &scan.items {
        items.entry(&item.path).or_insert(item);
    }
    let row = |path: &MachinePath, why: &str| {
        let item = items.get(path);
        Finding {
            subject: item.map(|item| item.subject.clone()).unwrap_or_default(),
            kind: item.map(|item| item.kind.as_str().to_owned()).unwrap_or_default(),
            path: path.clone(),
            confidence: item.map_or(Confidence::Low, |item| item.confidence).as_str().to_owned(),
            why: why.to_owned(),
        }
    };
    let acting = draft.objects.iter().filter(|object| object.action.acts()).count();
    let told = |object: &Object| row(&object.path, if object.action.acts() { "still there" } else { &object.why });
    let mut findings: Vec<Finding> = draft.objects.iter().map(told).collect();
    findings.extend(draft.left.iter().map(|left| row(&left.path, &left.why)));
    Found { findings, acting, bytes: draft.totals.bytes }
}

/// Names a public key: SHA-256 over its bytes.
pub fn key_id(key: &VerifyingKey) -> String {
    hex(&Sha256::digest(key.as_bytes()))
}

/// A public key from its text: base64 of 32 bytes.
pub fn public_key(text: &str) -> Result<VerifyingKey, AttestError> {
    let bytes = BASE64.decode(text.trim()).map_err(|_| AttestError::Key)?;
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| AttestError::Key)?;
    VerifyingKey::from_bytes(&bytes).map_err(|_| AttestError::Key)
}

/// A public key as text.
pub fn public_text(key: &VerifyingKey) -> String {
    BASE64.encode(key.as_bytes())
}

/// Signs any payload in a DSSE envelope.
pub fn sign<T: Serialize>(payload: &T, payload_type: &str, key: &SigningKey) -> Result<Envelope, AttestError> {
    let body = serde_json::to_vec(payload).map_err(AttestError::Payload)?;
    let signature = key.sign(&pre_authentication(payload_type, &body));
    Ok(Envelope {
        payload: BASE64.encode(&body),
        payload_type: payload_type.to_owned(),
        signatures: vec![Signed { keyid: key_id(&key.verifying_key()), sig: BASE64.encode(signature.to_bytes()) }],
    })
}

/// The payload of an envelope, once a signature on it by the key holds.
pub fn open<T: DeserializeOwned>(json: &[u8], payload_type: &str, key: &VerifyingKey) -> Result<T, AttestError> {
    let sealed = Sealed::read(json, payload_type)?;
    if !sealed.is_by(key) {
        return Err(AttestError::Signature);
    }
    sealed.payload()
}

/// An envelope whose signatures were not looked at yet.
pub(crate) struct Sealed {
    body: Vec<u8>,
    payload_type: String,
    signatures: Vec<Signed>,
}

/// Most signatures of an envelope that are tried.
const MAX_SIGNATURES: usize = 16;

impl Sealed {
    pub(crate) fn read(json: &[u8], payload_type: &str) -> Result<Self, AttestError> {
        if json.len() > MAX_ENVELOPE {
            return Err(AttestError::TooLarge);
        }
        let envelope: Envelope = serde_json::from_slice(json).map_err(AttestError::Envelope)?;
        if envelope.payload_type != payload_type {
            return Err(AttestError::PayloadType { wanted: payload_type.to_owned(), found: envelope.payload_type });
        }
        let body = BASE64.decode(&envelope.payload).map_err(AttestError::Base64)?;
        Ok(Self { body, payload_type: envelope.payload_type, signatures: envelope.signatures })
    }

    /// Whether one of its signatures is by the key.
    pub(crate) fn is_by(&self, key: &VerifyingKey) -> bool {
        let signed = pre_authentication(&self.payload_type, &self.body);
        self.signatures.iter().take(MAX_SIGNATURES).any(|one| {
            let bytes = BASE64.decode(&one.sig).ok().and_then(|bytes| <[u8; 64]>::try_from(bytes).ok());
            bytes.is_some_and(|bytes| key.verify_strict(&signed, &Signature::from_bytes(&bytes)).is_ok())
        })
    }

    /// What it says of whose it is; nobody has vouched for that.
    pub(crate) fn key_id(&self) -> Option<&str> {
        self.signatures.first().map(|one| one.keyid.as_str())
    }

    pub(crate) fn payload<T: DeserializeOwned>(&self) -> Result<T, AttestError> {
        serde_json::from_slice(&self.body).map_err(AttestError::Payload)
    }
}

/// Verifies a statement about a machine. Needs no network.
pub fn verify(json: &[u8], key: &VerifyingKey) -> Result<Statement, AttestError> {
    let statement: Statement = open(json, PAYLOAD_TYPE, key)?;
    if statement.kind != STATEMENT_TYPE || statement.predicate_type != PREDICATE_TYPE {
        return Err(AttestError::StatementType(format!("{} / {}", statement.kind, statement.predicate_type)));
    }
    Ok(statement)
}

/// `DSSEv1 <length> <type> <length> <body>`.
fn pre_authentication(payload_type: &str, body: &[u8]) -> Vec<u8> {
    let mut out = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), body.len()).into_bytes();
    out.extend_from_slice(body);
    out
}
