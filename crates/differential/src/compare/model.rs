//! What the usual environment shows, and what varies in it by itself.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    hash::RandomState,
};

use inspect::{Channel, Encoding};

use super::{
    Delta,
    align::align,
    node::{Node, Place, compare},
    request::Request,
};
use crate::{
    cell::{Peer, Recording},
    environment::Environment,
};

/// A run, taken apart.
pub(crate) struct Observation {
    pub(crate) requests: Vec<Request>,
    /// Hosts outside that were tried.
    hosts: BTreeSet<String>,
}

/// A difference at one of the usual requests; `None` stands for the hosts that were tried.
#[derive(Clone, Debug)]
pub(crate) struct Located {
    pub(crate) request: Option<usize>,
    pub(crate) name: String,
    pub(crate) delta: Delta,
    /// Equal for the same difference in two runs.
    pub(crate) signature: String,
}

/// What varied at one place without any cause.
#[derive(Default)]
struct Noise {
    /// At places that are no texts.
    whole: bool,
    ranges: Vec<(usize, usize)>,
    kinds: HashSet<Kind>,
}

pub(crate) struct Model {
    usual: Observation,
    noise: HashMap<(Option<usize>, String), Noise>,
    /// Keys of requests whose number varies.
    restless: HashSet<String>,
    hasher: RandomState,
}

impl Observation {
    pub(crate) fn of(recording: &Recording, environment: &Environment, hasher: &RandomState) -> Self {
        let own = environment.hosts();
        let hosts = recording.peers.iter().filter_map(host_of).filter(|h| !own.contains(h)).collect();
        Self { requests: recording.calls.iter().map(|c| Request::of(c, environment, hasher)).collect(), hosts }
    }
}

/// The host that was tried; by whichever way, so that a proxy changes nothing.
pub(crate) fn host_of(peer: &Peer) -> Option<String> {
    let name = match peer {
        Peer::Dns(name) => name.as_str(),
        Peer::Tls(to) | Peer::Tunnel(to) | Peer::Other(to) => to.rsplit_once(':').map_or(to.as_str(), |(host, _)| host),
    };
    (!name.is_empty()).then(|| name.trim_end_matches('.').to_ascii_lowercase())
}

impl Model {
    /// Learns from runs of the usual environment; the first one is what others are compared with.
    pub(crate) fn of(recordings: &[&Recording], hasher: RandomState) -> Option<Self> {
        let usual_environment = Environment::default();
        let mut all =
            recordings.iter().map(|r| Observation::of(r, &usual_environment, &hasher)).collect::<Vec<_>>().into_iter();
        let mut model = Self { usual: all.next()?, noise: HashMap::new(), restless: HashSet::new(), hasher };
        for run in all {
            let (deltas, keys) = model.raw(&run);
            model.restless.extend(keys);
            for (request, delta) in deltas {
                let noise = model.noise.entry((request, delta.place.clone())).or_default();
                match delta.range {
                    Some(range) => {
                        noise.ranges.push(range);
                        noise.kinds.extend(kinds(&delta.before).chain(kinds(&delta.after)));
                    }
                    None => noise.whole = true,
                }
            }
        }
        Some(model)
    }

    pub(crate) fn hasher(&self) -> &RandomState {
        &self.hasher
    }

    pub(crate) fn requests(&self) -> &[Request] {
        &self.usual.requests
    }

    /// What tells a run from the usual ones beyond what varies by itself.
    pub(crate) fn differences(&self, run: &Observation) -> Vec<Located> {
        let (deltas, _) = self.raw(run);
        let mut out: Vec<Located> =
            deltas.into_iter().filter_map(|(request, delta)| self.beyond(request, delta)).collect();
        let (found, left) = align(&self.usual.requests, &run.requests);
        for (i, request) in self.usual.requests.iter().enumerate() {
            if found[i].is_none() && !self.restless.contains(&request.key) {
                out.push(whole_request(Some(i), &request.name, request.name.clone(), String::new()));
            }
        }
        for request in left.into_iter().map(|i| &run.requests[i]).filter(|r| !self.restless.contains(&r.key)) {
            out.push(whole_request(None, &request.name, String::new(), request.name.clone()));
        }
        out
    }

    /// All differences of requests that both have, and keys of requests that only one has.
    fn raw(&self, run: &Observation) -> (Vec<(Option<usize>, Delta)>, Vec<String>) {
        let (found, left) = align(&self.usual.requests, &run.requests);
        let mut out = Vec::new();
        let mut keys: Vec<String> = left.into_iter().map(|i| run.requests[i].key.clone()).collect();
        for (i, request) in self.usual.requests.iter().enumerate() {
            match found[i] {
                Some(j) => out.extend(request.differences(&run.requests[j]).into_iter().map(|d| (Some(i), d))),
                None => keys.push(request.key.clone()),
            }
        }
        let tried = |o: &Observation| Node::Object {
            entries: o.hosts.iter().map(|h| (h.clone(), Node::text(h, 0))).collect(),
            at: 0,
        };
        let mut hosts = Vec::new();
        compare(
            &tried(&self.usual),
            &tried(run),
            &Place { part: "host", pointer: String::new(), channel: Channel::DnsName },
            &mut hosts,
        );
        out.extend(hosts.into_iter().map(|d| (None, d)));
        (out, keys)
    }

    fn beyond(&self, request: Option<usize>, delta: Delta) -> Option<Located> {
        let is_below = |outer: &str| {
            let (Some((_, outer)), Some((_, inner))) = (outer.split_once(' '), delta.place.split_once(' ')) else {
                return false;
            };
            inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
        };
        // Where a member comes and goes by itself, nothing below it tells anything.
        if self.noise.keys().any(|(r, place)| *r == request && place.starts_with("presence ") && is_below(place)) {
            return None;
        }
        let mut signature = format!("{request:?}|{}|{}|{}|{}", delta.place, delta.encoding, delta.before, delta.after);
        if let Some(noise) = self.noise.get(&(request, delta.place.clone())) {
            if noise.whole {
                return None;
            }
            let (from, to) = delta.range.unwrap_or((0, 0));
            let touches = |(a, b): &(usize, usize)| {
                if from == to || a == b { from <= *b && *a <= to } else { from < *b && *a < to }
            };
            if noise.ranges.iter().any(touches) {
                let new: BTreeSet<Kind> = kinds(&delta.after).filter(|k| !noise.kinds.contains(k)).collect();
                // Random letters and digits say nothing by which they are; what never occurs by itself does.
                if new.is_empty() {
                    return None;
                }
                signature = format!("{request:?}|{}|{}|~{new:?}", delta.place, delta.encoding);
            }
        }
        let name = request
            .and_then(|i| self.usual.requests.get(i))
            .map_or_else(|| "hosts tried".to_owned(), |r| r.name.clone());
        Some(Located { request, name, delta, signature })
    }
}

fn whole_request(request: Option<usize>, name: &str, before: String, after: String) -> Located {
    let place = Place { part: "request", pointer: format!("/{name}"), channel: Channel::Telemetry };
    let delta = place.delta("presence", Encoding::Presence, before, after, 0);
    Located {
        request,
        name: name.to_owned(),
        signature: format!("{request:?}|{}|{}|{}", delta.place, delta.before, delta.after),
        delta,
    }
}

/// Kinds of characters, as far as randomness goes: letters by case, digits, everything else by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Kind {
    Lower,
    Upper,
    Digit,
    Other(char),
}

fn kinds(text: &str) -> impl Iterator<Item = Kind> + '_ {
    text.chars().map(|c| match c {
        'a'..='z' => Kind::Lower,
        'A'..='Z' => Kind::Upper,
        '0'..='9' => Kind::Digit,
        c => Kind::Other(c),
    })
}
