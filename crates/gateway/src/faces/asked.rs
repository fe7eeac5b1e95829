//! A request that a proxy asks about, whichever way it asks.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, Method};

use crate::{
    ask::{Ask, Face, Ruling},
    client::marks,
    credential::Credential,
    refusal::{self, Caller, Shape, limit_headers},
    route::Route,
    seen::{Seen, request_facts},
};

pub(crate) const DIRECT: &str = "direct";

/// A request to a model, as far as the proxy in front of it shows it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) face: Face,
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) seen: Seen,
    pub(crate) client: Option<IpAddr>,
    pub(crate) channel: String,
}

impl Asked {
    pub(crate) fn route(&self) -> Option<Route> {
        let path = self.target.split_once('?').map_or(self.target.as_str(), |(path, _)| path);
        Route::of(&self.method, path, &self.headers)
    }

    pub(crate) fn ask(&self) -> Ask {
        Ask {
            face: self.face,
            client: self.client,
            credential: Credential::of(&self.headers),
            account: None,
            request: request_facts(self.route(), &self.channel, &self.seen),
            counts: true,
        }
    }

    pub(crate) fn shape(&self) -> Shape {
        Shape::of(self.route(), &self.headers)
    }

    pub(crate) fn caller(&self) -> Caller {
        Caller::of(&self.headers)
    }

    /// What a passing answer tells the client of its quotas.
    pub(crate) fn limits(&self, ruling: &Ruling) -> HeaderMap {
        match self.route() {
            Some(route) => limit_headers(ruling, route.provider),
            None => HeaderMap::new(),
        }
    }

    /// The marks that the caller forged and that no mark of ours overwrites.
    pub(crate) fn forged(&self) -> Vec<HeaderName> {
        marks(&self.headers)
            .into_iter()
            .filter(|name| *name != refusal::EFFECT && *name != refusal::DECISION_ID)
            .collect()
    }
}

/// How much of a body a proxy showed, by what it says of it.
pub(crate) fn seen_through(seen: Seen, headers: &HeaderMap) -> Seen {
    let partial = headers.get_all("x-envoy-auth-partial-body").iter().any(|value| value.as_bytes() != b"false");
    match seen {
        Seen::Whole(_) if partial => Seen::Partial,
        _ => seen,
    }
}
