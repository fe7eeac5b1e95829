//! What kind of network an address belongs to.

use std::{fmt, str::FromStr};

use serde::Serialize;

/// The kind of network, the most telling first.
///
/// Where several tables speak, the first in this order stands. A relay comes before a VPN, since VPN lists take relays in
/// by design, and a VPN before hosting, since nearly every VPN exit is hosted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    Relay,
    Tor,
    Vpn,
    Proxy,
    Cloud,
    Hosting,
    Mobile,
    Access,
    /// No table says anything. That is not the same as clean.
    Unknown,
}

/// A word that is no class.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no class; write relay, tor, vpn, proxy, cloud, hosting, mobile or access")]
pub struct ClassError(String);

impl Class {
    pub(crate) const SAID: [Self; 8] =
        [Self::Relay, Self::Tor, Self::Vpn, Self::Proxy, Self::Cloud, Self::Hosting, Self::Mobile, Self::Access];

    /// The word used in JSON, configuration and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Relay => "relay",
            Self::Tor => "tor",
            Self::Vpn => "vpn",
            Self::Proxy => "proxy",
            Self::Cloud => "cloud",
            Self::Hosting => "hosting",
            Self::Mobile => "mobile",
            Self::Access => "access",
            Self::Unknown => "unknown",
        }
    }

    /// Machines in a rack, where no person sits.
    pub(crate) fn is_servers(self) -> bool {
        matches!(self, Self::Cloud | Self::Hosting)
    }

    /// A line that ends at a person.
    pub(crate) fn is_subscribers(self) -> bool {
        matches!(self, Self::Mobile | Self::Access)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Class {
    type Err = ClassError;

    fn from_str(word: &str) -> Result<Self, ClassError> {
        Self::SAID.into_iter().find(|class| class.as_str() == word).ok_or_else(|| ClassError(word.to_owned()))
    }
}

/// The classes that one row of a table names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Classes(u8);

impl Classes {
    pub(crate) fn add(&mut self, class: Class) {
        if class != Class::Unknown {
            self.0 |= 1 << class as u8;
        }
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Class> {
        Class::SAID.into_iter().filter(move |&class| self.0 & (1 << class as u8) != 0)
    }
}

impl From<Class> for Classes {
    fn from(class: Class) -> Self {
        let mut classes = Self::default();
        classes.add(class);
        classes
    }
}
