//! What a vendor says in public about a client: a file that the caller hands over.

use serde::Deserialize;

use crate::axes::{Channel, Disclosure, Source};

/// What is documented, with links; without a file nothing is known.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosures {
    /// Whom and which version it speaks of.
    #[serde(default)]
    pub product: String,
    #[serde(default)]
    pub host: Vec<HostStatement>,
    #[serde(default)]
    pub source: Vec<SourceStatement>,
    #[serde(default)]
    pub key: Vec<KeyStatement>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostStatement {
    /// A host, or a domain with everything below it when it begins with a dot.
    pub name: String,
    pub opt_out: Option<String>,
    pub link: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceStatement {
    pub source: Source,
    /// Only where it is said to go; absent means anywhere.
    pub channel: Option<Channel>,
    pub opt_out: Option<String>,
    pub link: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyStatement {
    pub name: String,
    pub opt_out: Option<String>,
    pub link: Option<String>,
}

/// Why a disclosure file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the disclosure file cannot be read; see docs/inspect.md for its form")]
pub struct DisclosureError(#[source] toml::de::Error);

impl Disclosures {
    pub fn parse(text: &str) -> Result<Self, DisclosureError> {
        toml::from_str(text).map_err(DisclosureError)
    }

    fn is_empty(&self) -> bool {
        self.host.is_empty() && self.source.is_empty() && self.key.is_empty()
    }

    fn word(&self, found: Option<&Option<String>>) -> Disclosure {
        match found {
            Some(Some(_)) => Disclosure::OptOut,
            Some(None) => Disclosure::Documented,
            None if self.is_empty() => Disclosure::Unknown,
            None => Disclosure::Undocumented,
        }
    }

    pub fn of_host(&self, host: &str) -> Disclosure {
        let meets = |name: &str| match name.strip_prefix('.') {
            Some(domain) => host == domain || host.strip_suffix(domain).is_some_and(|h| h.ends_with('.')),
            None => host == name,
        };
        self.word(self.host.iter().find(|h| meets(&h.name)).map(|h| &h.opt_out))
    }

    pub fn of_flow(&self, source: Source, channel: Channel) -> Disclosure {
        let found = self.source.iter().find(|s| s.source == source && s.channel.is_none_or(|c| c == channel));
        self.word(found.map(|s| &s.opt_out))
    }

    pub fn of_name(&self, name: &str) -> Disclosure {
        let opt_out = |s: &Option<String>| s.as_deref() == Some(name);
        if self.host.iter().any(|h| opt_out(&h.opt_out))
            || self.source.iter().any(|s| opt_out(&s.opt_out))
            || self.key.iter().any(|k| opt_out(&k.opt_out))
        {
            return Disclosure::Documented;
        }
        self.word(self.key.iter().find(|k| k.name == name).map(|k| &k.opt_out))
    }
}
