//! Shared by the targets of faces: a desk that lets only one key and one account pass, and the options of a gateway.

use std::{net::IpAddr, net::Ipv4Addr, sync::Arc, time::Duration};

use gateway::{
    Ask, Credential, Decide, Fingerprint, Ruling, TrustedProxies, Unavailable,
    faces::{Options, Recent},
    refusal::{Links, StepUp},
};
use policy::{Decision, DecisionId, Effect, KeyState};

pub const PEER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

pub struct Desk;

impl Decide for Desk {
    async fn decide(&self, ask: Ask) -> Result<Ruling, Unavailable> {
        let known = ask.credential == Credential::Key(Fingerprint::of(b"key"));
        let named = ask.account.as_ref().is_some_and(|account| account.as_str() == "acct");
        let (effect, key) = match known || named {
            true => (Effect::Allow, KeyState::Active),
            false => (Effect::Deny, KeyState::Unknown),
        };
        let time = jiff::Timestamp::UNIX_EPOCH;
        let decision = Decision {
            decision_id: DecisionId::new(time, 1),
            time,
            effect,
            reasons: Vec::new(),
            evidence: Vec::new(),
            appeal: "https://gate.example/appeals".into(),
        };
        Ok(Ruling { decision, key, account: ask.account, limits: Vec::new(), retry_after: None })
    }
}

pub fn options() -> Options {
    let url = || "https://gate.example/x".parse().expect("a URL");
    Options {
        trusted: TrustedProxies { networks: vec!["127.0.0.1/32".parse().expect("a network")], hops: 2 },
        links: Links {
            base: url(),
            terms: url(),
            verify: url(),
            blocked_by: url(),
            step_up: StepUp::new("mfa", Duration::from_secs(60)).expect("a class"),
        },
        body_bytes: 1 << 16,
        body_time: std::time::Duration::from_secs(1),
        evaluations: 20,
        recent: Arc::new(Recent::new(8)),
    }
}
