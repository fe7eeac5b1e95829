//! A request, taken apart for comparison.

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
};

use inspect::{Channel, Encoding};

use super::{
    Delta,
    body::{self, Body},
    head::{self, Header},
    node::{Node, Place, compare},
};
use crate::{
    cell::{Call, Via},
    environment::{Environment, Factor},
};

pub(crate) struct Request {
    /// Equal for requests that may be the same one in two runs.
    pub(super) key: String,
    /// For people.
    pub(crate) name: String,
    pub(crate) via: Via,
    pub(crate) cut: bool,
    method: String,
    path: String,
    query: Node,
    headers: Vec<Header>,
    body: Body,
    /// Hashes of the body's words, to tell requests of one key apart.
    pub(super) words: HashSet<u64>,
}

impl Request {
    pub(super) fn of(call: &Call, environment: &Environment, hasher: &RandomState) -> Self {
        let (path, query) = call.target.split_once('?').unwrap_or((&call.target, ""));
        let base = environment.value(Factor::BaseUrl).to_ascii_lowercase();
        let mut headers = head::headers(&call.head);
        // Where the request goes to is what was varied, not what the client says about it.
        let is_target = |h: &Header| h.lower() == "host" && is_same_host(host_of(&h.value.to_ascii_lowercase()), &base);
        headers.retain(|h| !(h.is_derived() || is_target(h)));
        let value = |name: &str| headers.iter().find(|h| h.lower() == name).map_or("", |h| h.value.as_str());
        let body = body::read(&call.body, value("content-type"), value("content-encoding"));
        let words = body.node.as_ref().map(Node::said).unwrap_or_default();
        let host = if call.answered { "" } else { call.host.as_str() };
        Self {
            key: format!("{} {host} {}", call.method, folded(path)),
            name: format!("{} {host}{path}", call.method),
            via: call.via,
            cut: call.cut,
            method: call.method.clone(),
            path: percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned(),
            query: body::pairs(query),
            words: words
                .split(|c: char| !c.is_alphanumeric())
                .filter(|w| !w.is_empty())
                .map(|w| hasher.hash_one(w))
                .collect(),
            headers,
            body,
        }
    }

    /// Everything that tells another one from this one.
    pub(super) fn differences(&self, other: &Request) -> Vec<Delta> {
        let mut out = Vec::new();
        let place = |part, channel| Place { part, pointer: String::new(), channel };
        compare(
            &Node::text(&self.method, 0),
            &Node::text(&other.method, 0),
            &place("method", Channel::Header),
            &mut out,
        );
        compare(&Node::text(&self.path, 0), &Node::text(&other.path, 0), &place("path", Channel::Query), &mut out);
        compare(&self.query, &other.query, &place("query", Channel::Query), &mut out);
        self.heads(other, &mut out);
        let body = place("", Channel::Telemetry);
        match (&self.body.node, &other.body.node) {
            (Some(a), Some(b)) => {
                compare(a, b, &body, &mut out);
                if let (Some(a), Some(b)) = (&self.body.layout, &other.body.layout)
                    && a != b
                    && without_blanks(a) == without_blanks(b)
                {
                    out.push(body.delta("layout", Encoding::Whitespace, a.clone(), b.clone(), 0));
                }
            }
            (None, None) => {}
            (a, b) => {
                let said = |n: &Option<Node>| n.as_ref().map(Node::said).unwrap_or_default();
                out.push(body.delta("presence", Encoding::Presence, said(a), said(b), 0));
            }
        }
        out
    }

    fn heads(&self, other: &Request, out: &mut Vec<Delta>) {
        // A library that speaks to a proxy adds headers for it.
        let hops = self.via != other.via;
        let kept = |r: &'_ Request| -> Vec<usize> {
            (0..r.headers.len())
                .filter(|i| !(hops && (r.headers[*i].is_hop() || r.headers[*i].lower() == "host")))
                .collect()
        };
        let a: Vec<&Header> = kept(self).into_iter().map(|i| &self.headers[i]).collect();
        let b: Vec<&Header> = kept(other).into_iter().map(|i| &other.headers[i]).collect();
        let place = |part| Place { part, pointer: String::new(), channel: Channel::Header };
        compare(&head::values(&a), &head::values(&b), &place("header"), out);
        let mut more = Vec::new();
        compare(&head::names(&a), &head::names(&b), &place("header name"), &mut more);
        compare(&head::gaps(&a), &head::gaps(&b), &place("after header name"), &mut more);
        // Presence and order of headers were told once.
        out.extend(more.into_iter().filter(|d| d.place.starts_with("text ")));
    }
}

/// The host in an authority.
fn host_of(authority: &str) -> &str {
    match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => authority.split(':').next().unwrap_or_default(),
    }
}

/// One host by the same name, or this machine by two of its names: clients turn `localhost` into the address that they mean.
fn is_same_host(one: &str, other: &str) -> bool {
    let is_loopback = |host: &str| matches!(host, "localhost" | "127.0.0.1" | "::1");
    one == other || (is_loopback(one) && is_loopback(other))
}

/// A path without what may vary in it: case, doubled slashes, ids.
fn folded(path: &str) -> String {
    let path = percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned();
    let readable = inspect::readable(&path).to_lowercase();
    let parts = readable.split('/').filter(|p| !p.is_empty()).map(|p| {
        let digits = p.chars().filter(char::is_ascii_digit).count();
        if digits > 3 || (digits > 0 && digits * 2 >= p.len()) && p.len() > 2 { "*" } else { p }
    });
    parts.collect::<Vec<_>>().join("/")
}

fn without_blanks(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_whitespace()).collect()
}
