//! The fields that two accounts can agree on.

use crate::tables::AccountFacts;

/// What two accounts can agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Field {
    Payment,
    Device,
    SignupAddress,
    SignupNetwork,
    EmailDomain,
    SignupTime,
}

impl Field {
    pub(super) const ALL: [Self; 6] =
        [Self::Payment, Self::Device, Self::SignupAddress, Self::SignupNetwork, Self::EmailDomain, Self::SignupTime];

    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Payment => "same payment instrument",
            Self::Device => "same device at sign-up",
            Self::SignupAddress => "same sign-up address",
            Self::SignupNetwork => "same sign-up network",
            Self::EmailDomain => "same rare mail domain",
            Self::SignupTime => "signed up within minutes",
        }
    }

    pub(super) fn is_network(self) -> bool {
        matches!(self, Self::SignupAddress | Self::SignupNetwork)
    }

    /// Shared by people of one country or employer without any other link.
    pub(super) fn is_regional(self) -> bool {
        matches!(self, Self::EmailDomain | Self::SignupNetwork)
    }

    /// The value that must be equal; sign-up times fall into slots of ten minutes.
    pub(super) fn value(self, facts: &AccountFacts) -> Option<u64> {
        match self {
            Self::Payment => facts.payment,
            Self::Device => facts.device,
            Self::SignupAddress => facts.signup_address,
            Self::SignupNetwork => facts.signup_network,
            Self::EmailDomain => facts.email_domain.as_deref().map(text_value),
            Self::SignupTime => Some(facts.created.div_euclid(600_000_000) as u64),
        }
    }

    /// Start of m: how often two accounts of one hand agree on it.
    pub(super) fn prior(self) -> f64 {
        match self {
            Self::Payment => 0.5,
            Self::Device | Self::SignupAddress => 0.3,
            Self::SignupNetwork | Self::EmailDomain => 0.4,
            Self::SignupTime => 0.1,
        }
    }
}

/// FNV-1a: equality only, no secret needed.
fn text_value(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}
