//! A decision as the ledger keeps it: the facts with it, and persons only by salted digest.

use ledger::{Entry, Kind, Leaf, Salt, SaltedDigest};
use policy::{Decision, Effect, Facts, Reason};
use serde::{Deserialize, Serialize};

use super::Judged;

/// The body of an entry of kind `decision`.
#[derive(Serialize)]
struct Body<'a> {
    decision: &'a Decision,
    facts: &'a Facts,
    face: &'static str,
    /// Digests of the account and of the client's address; whoever has the salt can tell whose they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<String>,
    /// What the rules on trial would have said, where that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    shadow: Option<Trial<'a>>,
}

#[derive(Serialize)]
struct Trial<'a> {
    effect: Effect,
    reasons: &'a [Reason],
}

/// The word for decisions in the ledger.
pub const KIND: &str = "decision";

/// A decision as it is read from the ledger.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Recorded {
    pub decision: Decision,
    /// What it was made on; persons and organisations by digest.
    pub facts: Facts,
    pub face: String,
    pub account: Option<String>,
    pub client: Option<String>,
    pub shadow: Option<Tried>,
}

/// What rules on trial would have said.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Tried {
    pub effect: Effect,
    pub reasons: Vec<Reason>,
}

impl Recorded {
    /// From the body of an entry of kind [`KIND`].
    pub fn read(body: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(body)
    }
}

/// The word for changed standings in the ledger.
pub const STANDING_KIND: &str = "standing";

/// That an organisation's standing is another than before; the organisation by digest, and why only by digest as well, since it may name persons.
#[derive(Debug, Serialize)]
struct Changed<'a> {
    organization: String,
    regime: &'a str,
    as_of: jiff::civil::Date,
    before: &'a str,
    after: &'a str,
    why: String,
}

/// A changed standing, as whoever assesses tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingChange {
    pub organization: String,
    pub regime: String,
    pub as_of: jiff::civil::Date,
    pub before: policy::Standing,
    pub after: policy::Standing,
    pub why: String,
}

pub(super) fn standing(salt: &Salt, change: &StandingChange, time: jiff::Timestamp) -> Option<Entry> {
    let StandingChange { organization, regime, as_of, before, after, why } = change;
    let body = Changed {
        organization: digest(salt, "organization", organization.as_bytes()),
        regime,
        as_of: *as_of,
        before: before.as_str(),
        after: after.as_str(),
        why: digest(salt, "why", why.as_bytes()),
    };
    Some(Entry { time, kind: STANDING_KIND.parse::<Kind>().ok()?, body: serde_json::to_vec(&body).ok()? })
}

/// An entry of another part of the server.
pub(super) fn note(kind: &str, body: &serde_json::Value, time: jiff::Timestamp) -> Option<Entry> {
    Some(Entry { time, kind: kind.parse::<Kind>().ok()?, body: serde_json::to_vec(body).ok()? })
}

pub(super) fn entry(judged: &Judged, mut facts: Facts, salt: &Salt) -> Option<Leaf> {
    let decision = &judged.ruling.decision;
    let account = facts.account.id.as_deref().map(|id| digest(salt, "account", id.as_bytes()));
    let client = judged.client.map(|address| digest(salt, "address", address.to_string().as_bytes()));
    facts.account.id.clone_from(&account);
    facts.organization.id = facts.organization.id.map(|id| digest(salt, "organization", id.as_bytes()));
    let shadow = judged.shadow.as_ref().filter(|verdict| verdict.effect != decision.effect);
    let body = Body {
        decision,
        facts: &facts,
        face: judged.face.as_str(),
        account,
        client,
        shadow: shadow.map(|verdict| Trial { effect: verdict.effect, reasons: &verdict.reasons }),
    };
    Leaf::json(decision.time, &KIND.parse().ok()?, &body).ok()
}

fn digest(salt: &Salt, domain: &str, value: &[u8]) -> String {
    SaltedDigest::of(salt, domain, value).to_string()
}
