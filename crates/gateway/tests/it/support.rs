//! A double of the desk, which rules as the key that is shown says, and what the tests ask it with.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use gateway::{
    Ask, Credential, Decide, Fingerprint, Limit, Ruling, TrustedProxies, Unavailable,
    faces::{Options, Recent},
    refusal::{Links, StepUp},
};
use http_body_util::Full;
use jiff::Timestamp;
use policy::{Basis, Decision, DecisionId, Effect, Evidence, KeyState, Reason};

pub(crate) const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// What no answer may ever show.
pub(crate) const SECRET: &str = "evidence-that-must-not-leave";

/// Every key that the double knows, and so every outcome.
pub(crate) const KEYS: [&str; 11] =
    ["allow", "observe", "restrict", "throttle", "verify", "deny", "region", "law", "revoked", "stranger", "broken"];

/// A desk that rules as the key says, and remembers what it was asked.
#[derive(Debug, Default)]
pub(crate) struct Double {
    asked: Mutex<Vec<Ask>>,
}

impl Double {
    pub(crate) fn asked(&self) -> Vec<Ask> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn last(&self) -> Ask {
        self.asked().last().unwrap().clone()
    }
}

impl Decide for Double {
    async fn decide(&self, ask: Ask) -> Result<Ruling, Unavailable> {
        let named = ask.account.as_ref().map(|account| account.as_str().to_owned());
        let key = KEYS.into_iter().find(|key| match ask.credential {
            Credential::Key(shown) => {
                shown == Fingerprint::of(key.as_bytes()) || shown == Fingerprint::of(token(key).as_bytes())
            }
            Credential::Missing => named.as_deref() == Some(*key),
        });
        let number = {
            let mut asked = self.asked.lock().unwrap();
            asked.push(ask.clone());
            asked.len() as u128
        };
        let missing = ask.credential == Credential::Missing && ask.account.is_none();
        ruling(key.unwrap_or(if missing { "missing" } else { "stranger" }), number, ask)
    }
}

/// An access token as an identity provider would issue it, for one of the keys.
pub(crate) fn token(key: &str) -> String {
    format!("eyJhbGciOiJFUzI1NiJ9.{key}.c2lnbmF0dXJl")
}

pub(crate) fn ruling(key: &str, number: u128, ask: Ask) -> Result<Ruling, Unavailable> {
    let reason =
        |rule: &str, text: &str, basis| vec![Reason { rule: rule.into(), text: text.into(), basis: Some(basis) }];
    let (effect, state, reasons) = match key {
        "allow" => (Effect::Allow, KeyState::Active, Vec::new()),
        "observe" => (Effect::Observe, KeyState::Active, reason("rule-watch", "This is watched.", Basis::Risk)),
        "restrict" => (Effect::Restrict, KeyState::Active, reason("rule-less", "Without reasoning.", Basis::Risk)),
        "throttle" => (Effect::Throttle, KeyState::Active, reason("rule-quota", "The quota is used up.", Basis::Limit)),
        "verify" => (Effect::Verify, KeyState::Active, reason("rule-who", "Please show who you are.", Basis::Risk)),
        "deny" => (Effect::Deny, KeyState::Active, reason("rule-terms", "The terms exclude this use.", Basis::Tos)),
        "region" => {
            (Effect::Deny, KeyState::Active, reason("region-unsupported", "Not offered in your region.", Basis::Tos))
        }
        "law" => (
            Effect::Deny,
            KeyState::Active,
            reason("legal-sanctions", "The Example Sanctions Act forbids it.", Basis::Legal),
        ),
        "revoked" => (Effect::Deny, KeyState::Revoked, reason("rule-key", "The key is not valid.", Basis::Tos)),
        "broken" => return Err(Unavailable("the double is broken")),
        "missing" => (Effect::Deny, KeyState::Missing, reason("rule-key", "A key is needed.", Basis::Tos)),
        _ => (Effect::Deny, KeyState::Unknown, reason("rule-key", "The key is not valid.", Basis::Tos)),
    };
    let time = Timestamp::from_second(1_790_000_000).unwrap();
    let limit = |unit, quota, remaining, reset| Limit {
        unit,
        quota,
        window: Duration::from_secs(60),
        remaining,
        reset: Duration::from_millis(reset),
    };
    let throttled = effect == Effect::Throttle;
    Ok(Ruling {
        decision: Decision {
            decision_id: DecisionId::new(time, number),
            time,
            effect,
            reasons,
            evidence: vec![Evidence { signal: "network.class".into(), value: SECRET.into() }],
            appeal: "https://gate.example/appeals".into(),
        },
        key: if ask.account.is_some() { KeyState::Missing } else { state },
        account: ask.account,
        limits: vec![
            limit("requests", 600, if throttled { 0 } else { 599 }, 16_500),
            limit("tokens", 100_000, 90_000, 6_000),
        ],
        retry_after: throttled.then(|| Duration::from_millis(16_500)),
    })
}

pub(crate) fn links() -> Links {
    let url = |text: &str| text.parse().unwrap();
    Links {
        base: url("https://gate.example"),
        terms: url("https://gate.example/terms"),
        verify: url("https://gate.example/verify"),
        blocked_by: url("https://gate.example/about"),
        step_up: StepUp::new("urn:example:mfa phr", Duration::from_secs(300)).unwrap(),
    }
}

/// Loopback is the one trusted network, one hop away.
pub(crate) fn options() -> Options {
    Options {
        trusted: TrustedProxies { networks: vec!["127.0.0.1/32".parse().unwrap()], hops: 1 },
        links: links(),
        body_bytes: 64 * 1024,
        body_time: Duration::from_secs(20),
        evaluations: 5,
        recent: Arc::new(Recent::new(100)),
    }
}

pub(crate) fn full(body: impl Into<Bytes>) -> Full<Bytes> {
    Full::new(body.into())
}
