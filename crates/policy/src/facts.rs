//! Everything that a decision may look at, in one typed value.
//!
//! What is not known is a value, `unknown` or none, and never left out in silence. Language, time zone, name and nationality of
//! a person are no fields here, so no rule can ask for them.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::effect::Effect;

/// Everything that a decision may look at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    pub time: Timestamp,
    pub request: Request,
    pub network: Network,
    pub account: Account,
    pub organization: Organization,
    /// The campaign that the account was last found in, with the most confidence.
    pub campaign: Option<Campaign>,
    pub behaviour: Behaviour,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// As in the exchange log: `chat`, `embeddings`, `models`; `unknown` where the face does not show it.
    pub operation: String,
    /// The model's name; `unknown` where no body was seen.
    pub model: String,
    /// The way in: `direct`, `bedrock`, `vertex`, `foundry`, `reseller:NAME`.
    pub channel: String,
    /// How much of the body the decision could see.
    pub body: Body,
    pub reasoning: bool,
    pub tools: bool,
    pub stream: bool,
}

/// How much of a body was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    None,
    /// Cut short by a proxy in front; nothing in it was read.
    Partial,
    Whole,
}

/// What the tables say of the client's address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Network {
    pub class: AddressClass,
    /// Who runs the cloud, relay, VPN or proxy.
    pub provider: Option<String>,
    /// ISO 3166-1 alpha-2; none is unknown.
    pub registered_country: Option<String>,
    pub located_country: Option<String>,
    pub asn: Option<u32>,
    /// Tables disagree about the address: a reason to look closer, never to deny.
    pub contradictory: bool,
    /// Some table that would have spoken is too old to count.
    pub expired: bool,
}

/// What kind of network an address is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AddressClass {
    Access,
    Mobile,
    Hosting,
    Cloud,
    Relay,
    Vpn,
    Tor,
    Proxy,
    Unknown,
}

/// What the operator knows of the caller's account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// None when no key was shown or the key is unknown.
    pub id: Option<String>,
    pub key: KeyState,
    /// Days since it was created; none when unknown.
    pub age_days: Option<u32>,
    /// The operator's own name of the plan; `unknown` when unknown.
    pub plan: String,
    /// The caller has shown who they are, and that has not lapsed.
    pub verified: bool,
    /// On the allow-list, and that has not lapsed.
    pub allow_listed: bool,
    /// The country that the account declared as its place of business.
    pub declared_country: Option<String>,
}

/// What is known of the key that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// No key was shown.
    Missing,
    Unknown,
    Active,
    Revoked,
}

/// What ownership says of the account's organisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Organization {
    pub id: Option<String>,
    pub standing: Standing,
    /// The regime under which the standing was found.
    pub regime: Option<String>,
}

/// What ownership says of an organisation under a regime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    Caught,
    Possible,
    Clear,
    Unknown,
}

/// A label that the hunt, and the person who confirmed it, left on the account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Campaign {
    pub id: String,
    /// One minus the q-value, in thousandths.
    pub confidence_permille: u16,
    /// What the hunt recommended.
    pub recommended: Effect,
    /// A person has confirmed it.
    pub confirmed: bool,
}

/// What the account did lately, counted by this gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Behaviour {
    pub requests_last_minute: u64,
    pub requests_last_day: u64,
    pub tokens_last_day: u64,
    /// Distinct client networks (/24, /48) in the last day.
    pub networks_last_day: u32,
}

impl Facts {
    /// Nothing is known: no key, no network, no organisation, no campaign, no use.
    pub fn unknown(time: Timestamp) -> Self {
        let unknown = || "unknown".to_owned();
        Self {
            time,
            request: Request {
                operation: unknown(),
                model: unknown(),
                channel: unknown(),
                body: Body::None,
                reasoning: false,
                tools: false,
                stream: false,
            },
            network: Network {
                class: AddressClass::Unknown,
                provider: None,
                registered_country: None,
                located_country: None,
                asn: None,
                contradictory: false,
                expired: false,
            },
            account: Account {
                id: None,
                key: KeyState::Missing,
                age_days: None,
                plan: unknown(),
                verified: false,
                allow_listed: false,
                declared_country: None,
            },
            organization: Organization { id: None, standing: Standing::Unknown, regime: None },
            campaign: None,
            behaviour: Behaviour::default(),
        }
    }
}

impl AddressClass {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Mobile => "mobile",
            Self::Hosting => "hosting",
            Self::Cloud => "cloud",
            Self::Relay => "relay",
            Self::Vpn => "vpn",
            Self::Tor => "tor",
            Self::Proxy => "proxy",
            Self::Unknown => "unknown",
        }
    }
}

impl KeyState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unknown => "unknown",
            Self::Active => "active",
            Self::Revoked => "revoked",
        }
    }
}

impl Standing {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Caught => "caught",
            Self::Possible => "possible",
            Self::Clear => "clear",
            Self::Unknown => "unknown",
        }
    }
}

/// The countries that an address may be in, by registration and by geolocation; empty when no table knows.
impl Network {
    pub fn countries(&self) -> BTreeSet<&str> {
        [self.registered_country.as_deref(), self.located_country.as_deref()].into_iter().flatten().collect()
    }
}
