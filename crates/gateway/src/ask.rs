//! What a face asks the desk, and what it is told.

use std::{net::IpAddr, time::Duration};

use exchanges::AccountId;
use policy::{Basis, Decision, Effect, KeyState};

use crate::credential::Credential;

/// The interface through which a question came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Face {
    Proxy,
    EnvoyGrpc,
    EnvoyHttp,
    ForwardAuth,
    AuthRequest,
    AuthZen,
}

/// A question: may this caller use this model?
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    pub face: Face,
    /// The caller's own address, after the trusted hops; none when nobody that is trusted said it.
    pub client: Option<IpAddr>,
    pub credential: Credential,
    /// An account that a trusted caller names instead of showing a key.
    pub account: Option<AccountId>,
    pub request: policy::Request,
    /// Whether the answer counts against quotas. Questions about questions do not.
    pub counts: bool,
}

/// A recorded decision, and what its answer needs besides.
#[derive(Debug, Clone, PartialEq)]
pub struct Ruling {
    pub decision: Decision,
    pub key: KeyState,
    pub account: Option<AccountId>,
    /// The quotas that the request was held against, the tightest first.
    pub limits: Vec<Limit>,
    /// How long to wait; there when the effect is throttle.
    pub retry_after: Option<Duration>,
}

/// A quota and what is left of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// `requests` or `tokens`.
    pub unit: &'static str,
    pub quota: u64,
    pub window: Duration,
    pub remaining: u64,
    /// Until the whole quota is there again.
    pub reset: Duration,
}

/// What shows on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Pass,
    /// No key, or one that is not known or was revoked.
    Unauthenticated,
    Verify,
    Throttle,
    Denied,
    /// A legal rule denied: the only 451.
    DeniedByLaw,
}

/// The gateway could not decide or could not record. Never a verdict: the answer is a 503.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no decision can be made or recorded now: {0}")]
pub struct Unavailable(pub &'static str);

impl Ruling {
    pub fn outcome(&self) -> Outcome {
        let effect = self.decision.effect;
        let legal = self.decision.reasons.iter().any(|reason| reason.basis == Some(Basis::Legal));
        match effect {
            Effect::Allow | Effect::Observe | Effect::Restrict => Outcome::Pass,
            Effect::Throttle => Outcome::Throttle,
            Effect::Deny if legal => Outcome::DeniedByLaw,
            Effect::Verify | Effect::Deny
                if self.key == KeyState::Revoked || (self.key != KeyState::Active && self.account.is_none()) =>
            {
                Outcome::Unauthenticated
            }
            Effect::Verify => Outcome::Verify,
            Effect::Deny => Outcome::Denied,
        }
    }
}

impl Limit {
    /// The smaller, the less is left.
    pub(crate) fn tightness(&self) -> u128 {
        u128::from(self.remaining) * u128::from(u32::MAX) / u128::from(self.quota.max(1))
    }
}

impl Face {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proxy => "proxy",
            Self::EnvoyGrpc => "envoy_grpc",
            Self::EnvoyHttp => "envoy_http",
            Self::ForwardAuth => "forward_auth",
            Self::AuthRequest => "auth_request",
            Self::AuthZen => "authzen",
        }
    }
}
