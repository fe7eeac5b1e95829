//! The catalogue. A new fact gets a line here, and with it a place in the schema, the declaration and the lint.

use super::{
    Family::{self, Account, Address, Behaviour, Campaign, Declaration, Key, Ownership, Request},
    Kind::{self, Number, Text, Truth, Word},
    Purpose, Retention, Signal,
    Strength::{self, Neutral, Strong, Weak},
    Value,
};
use crate::{
    effect::Effect,
    facts::{Body, Facts},
};

const UNKNOWN: &str = "unknown";
const NONE: &str = "none";
const CLASSES: &[&str] = &["access", "mobile", "hosting", "cloud", "relay", "vpn", "tor", "proxy", UNKNOWN];
const KEYS: &[&str] = &["missing", UNKNOWN, "active", "revoked"];
const STANDINGS: &[&str] = &["caught", "possible", "clear", UNKNOWN];
const EFFECTS: &[&str] = &["allow", "observe", "restrict", "throttle", "verify", "deny"];
const BODIES: &[&str] = &[NONE, "partial", "whole"];

/// The number that stands for an unknown age.
const AGE_UNKNOWN: i64 = -1;
/// AS 0 is reserved and names no network.
const ASN_UNKNOWN: i64 = 0;

pub(super) const ALL: &[Signal] = &[
    request("request.operation", "What is called: chat, embeddings, models.", Text(UNKNOWN), |f| {
        text(&f.request.operation)
    }),
    request("request.model", "The model that is asked for.", Text(UNKNOWN), |f| text(&f.request.model)),
    request("request.channel", "The way in: direct, a cloud marketplace, a reseller.", Text(UNKNOWN), |f| {
        text(&f.request.channel)
    }),
    request("request.body", "How much of the body the decision could see.", Word(BODIES), |f| {
        Value::Text(body(f.request.body))
    }),
    request("request.reasoning", "Reasoning is asked for.", Truth, |f| Value::Truth(f.request.reasoning)),
    request("request.tools", "Tools are offered to the model.", Truth, |f| Value::Truth(f.request.tools)),
    request("request.stream", "The answer is asked for as a stream.", Truth, |f| Value::Truth(f.request.stream)),
    network("network.class", "The kind of network that the address is in.", Purpose::Abuse, Word(CLASSES), |f| {
        Value::Text(f.network.class.as_str())
    }),
    network("network.provider", "Who runs the cloud, relay, VPN or proxy.", Purpose::Abuse, Text(UNKNOWN), |f| {
        known(f.network.provider.as_deref())
    }),
    network(
        "network.registered_country",
        "The country that the address is registered in.",
        Purpose::Region,
        Text(UNKNOWN),
        |f| known(f.network.registered_country.as_deref()),
    ),
    network(
        "network.located_country",
        "The country that the address is located in.",
        Purpose::Region,
        Text(UNKNOWN),
        |f| known(f.network.located_country.as_deref()),
    ),
    network("network.asn", "The number of the network; 0 when unknown.", Purpose::Abuse, Number(ASN_UNKNOWN), |f| {
        Value::Number(f.network.asn.map_or(ASN_UNKNOWN, i64::from))
    }),
    network("network.contradictory", "The tables disagree about the address.", Purpose::Region, Truth, |f| {
        Value::Truth(f.network.contradictory)
    }),
    network("network.expired", "A table that would have spoken is too old to count.", Purpose::Region, Truth, |f| {
        Value::Truth(f.network.expired)
    }),
    account("account.id", "The account that the key belongs to.", Neutral, Account, Text(UNKNOWN), |f| {
        known(f.account.id.as_deref())
    }),
    account("account.key", "What is known of the key that was shown.", Strong, Key, Word(KEYS), |f| {
        Value::Text(f.account.key.as_str())
    }),
    account(
        "account.age_days",
        "Days since the account was created; -1 when unknown.",
        Weak,
        Account,
        Number(AGE_UNKNOWN),
        |f| Value::Number(f.account.age_days.map_or(AGE_UNKNOWN, i64::from)),
    ),
    account("account.plan", "The plan that was agreed.", Neutral, Account, Text(UNKNOWN), |f| text(&f.account.plan)),
    account("account.verified", "The caller has shown who they are.", Neutral, Account, Truth, |f| {
        Value::Truth(f.account.verified)
    }),
    account(
        "account.allow_listed",
        "The account is on the operator's allow-list, and that has not lapsed.",
        Neutral,
        Account,
        Truth,
        |f| Value::Truth(f.account.allow_listed),
    ),
    account(
        "account.declared_country",
        "The place of business that the account declared.",
        Weak,
        Declaration,
        Text(UNKNOWN),
        |f| known(f.account.declared_country.as_deref()),
    ),
    ownership("organization.id", "The organisation behind the account.", Neutral, Text(UNKNOWN), |f| {
        known(f.organization.id.as_deref())
    }),
    ownership(
        "organization.standing",
        "What ownership says of the organisation under a regime.",
        Strong,
        Word(STANDINGS),
        |f| Value::Text(f.organization.standing.as_str()),
    ),
    ownership("organization.regime", "The regime that the standing was found under.", Neutral, Text(UNKNOWN), |f| {
        known(f.organization.regime.as_deref())
    }),
    campaign("campaign.id", "The campaign that the account was found in; `none` without one.", Weak, Text(NONE), |f| {
        Value::Text(f.campaign.as_ref().map_or(NONE, |c| c.id.as_str()))
    }),
    campaign(
        "campaign.confidence_permille",
        "How sure the hunt is, in thousandths; 0 without a campaign.",
        Strong,
        Number(0),
        |f| Value::Number(f.campaign.as_ref().map_or(0, |c| i64::from(c.confidence_permille))),
    ),
    campaign("campaign.recommended", "What the hunt recommends; allow without a campaign.", Weak, Word(EFFECTS), |f| {
        Value::Text(f.campaign.as_ref().map_or(Effect::Allow, |c| c.recommended).as_str())
    }),
    campaign("campaign.confirmed", "A person has confirmed the campaign.", Strong, Truth, |f| {
        Value::Truth(f.campaign.as_ref().is_some_and(|c| c.confirmed))
    }),
    behaviour("behaviour.requests_last_minute", "Requests of the account in the last minute.", |f| {
        count(f.behaviour.requests_last_minute)
    }),
    behaviour("behaviour.requests_last_day", "Requests of the account in the last day.", |f| {
        count(f.behaviour.requests_last_day)
    }),
    behaviour("behaviour.tokens_last_day", "Tokens of the account in the last day.", |f| {
        count(f.behaviour.tokens_last_day)
    }),
    behaviour("behaviour.networks_last_day", "Client networks (/24, /48) of the account in the last day.", |f| {
        count(u64::from(f.behaviour.networks_last_day))
    }),
];

type Read = for<'a> fn(&'a Facts) -> Value<'a>;

const fn request(name: &'static str, meaning: &'static str, kind: Kind, read: Read) -> Signal {
    let (purpose, retention) = (Purpose::Service, Retention::Decision);
    Signal { name, meaning, purpose, retention, strength: Neutral, family: Request, kind, read }
}

const fn network(name: &'static str, meaning: &'static str, purpose: Purpose, kind: Kind, read: Read) -> Signal {
    Signal { name, meaning, purpose, retention: Retention::Decision, strength: Weak, family: Address, kind, read }
}

const fn account(
    name: &'static str,
    meaning: &'static str,
    strength: Strength,
    family: Family,
    kind: Kind,
    read: Read,
) -> Signal {
    Signal { name, meaning, purpose: Purpose::Account, retention: Retention::Account, strength, family, kind, read }
}

const fn ownership(name: &'static str, meaning: &'static str, strength: Strength, kind: Kind, read: Read) -> Signal {
    let (purpose, retention) = (Purpose::Ownership, Retention::Account);
    Signal { name, meaning, purpose, retention, strength, family: Ownership, kind, read }
}

const fn campaign(name: &'static str, meaning: &'static str, strength: Strength, kind: Kind, read: Read) -> Signal {
    let (purpose, retention) = (Purpose::Abuse, Retention::Account);
    Signal { name, meaning, purpose, retention, strength, family: Campaign, kind, read }
}

const fn behaviour(name: &'static str, meaning: &'static str, read: Read) -> Signal {
    let (purpose, retention) = (Purpose::Capacity, Retention::Day);
    Signal { name, meaning, purpose, retention, strength: Weak, family: Behaviour, kind: Number(0), read }
}

fn text(text: &str) -> Value<'_> {
    Value::Text(text)
}

fn known(text: Option<&str>) -> Value<'_> {
    Value::Text(text.unwrap_or(UNKNOWN))
}

fn count(count: u64) -> Value<'static> {
    Value::Number(i64::try_from(count).unwrap_or(i64::MAX))
}

fn body(body: Body) -> &'static str {
    match body {
        Body::None => NONE,
        Body::Partial => "partial",
        Body::Whole => "whole",
    }
}
