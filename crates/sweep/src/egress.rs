//! Lists of hosts for the network's own enforcement, and use that its logs show. Core and shared hosts stay apart.

mod logs;
mod render;

use std::collections::BTreeMap;

pub use logs::{LogError, Seen, Use, Uses};
pub use render::{Form, FormError, render};

use crate::{
    ban::{Ban, Subject},
    catalogue::Catalogue,
};

/// Hosts, each with the tools or vendors that they are of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    pub title: String,
    /// The catalogue's version.
    pub version: String,
    pub core: BTreeMap<String, Vec<String>>,
    /// Serve others too: only told, unless somebody asks for them by name.
    pub shared: BTreeMap<String, Vec<String>>,
}

impl List {
    /// Hosts of what a ban takes in; of the whole catalogue without one.
    pub fn of(catalogue: &Catalogue, ban: Option<&Ban>) -> Self {
        let title = ban.map_or_else(|| "all tools".to_owned(), |ban| ban.name.clone());
        let mut list =
            Self { title, version: catalogue.version().to_owned(), core: BTreeMap::new(), shared: BTreeMap::new() };
        let banned: Option<Vec<&str>> = ban.map(|ban| ban.tools(catalogue).map(|tool| tool.id.as_str()).collect());
        for tool in catalogue.tools() {
            if banned.as_ref().is_some_and(|ids| !ids.contains(&tool.id.as_str())) {
                continue;
            }
            for host in &tool.domains.core {
                list.core.entry(host.clone()).or_default().push(tool.id.clone());
            }
            for host in &tool.domains.shared {
                list.shared.entry(host.clone()).or_default().push(tool.id.clone());
            }
        }
        for endpoint in catalogue.endpoints() {
            let wanted = ban.is_none_or(|ban| {
                ban.subjects.iter().any(|subject| match subject {
                    Subject::Vendor(vendor) => *vendor == endpoint.vendor,
                    // Hosts of a family are its vendor's; a cloud's are not, since they serve others.
                    Subject::Family(family) => {
                        catalogue.family(family).is_some_and(|family| family.vendor == endpoint.vendor)
                    }
                    _ => false,
                })
            });
            for host in endpoint.hosts.iter().filter(|_| wanted) {
                list.core.entry(host.clone()).or_default().push(format!("vendor:{}", endpoint.vendor));
            }
        }
        // A host that is one tool's own and another's third party stays in core for the first.
        list.shared.retain(|host, _| !list.core.contains_key(host));
        list
    }

    /// The listed domain that a host is or lies in; the longest one.
    pub fn find(&self, host: &str) -> Option<(&str, &[String], bool)> {
        let host = host.trim_end_matches('.');
        let mut rest = host;
        loop {
            for (list, core) in [(&self.core, true), (&self.shared, false)] {
                if let Some((domain, of)) = list.get_key_value(rest) {
                    return Some((domain, of, core));
                }
            }
            rest = rest.split_once('.')?.1;
        }
    }
}

/// Whether a host is a domain or lies in it, by whole labels.
pub fn is_within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}
