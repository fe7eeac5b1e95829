//! Requests: addresses, options, and the calls of known clients.

use super::names::{has_prompt_keys, is_model_call};
use super::walk::{body, walk, walk_object};
use super::{emit, mark, show};
use crate::axes::{Channel, Source};
use crate::flow::heap::{What, may_be_absent};
use crate::flow::machine::Machine;
use crate::flow::report::Manner;
use crate::flow::taint::{Taint, is_marked};
use crate::flow::value::{Shape, Value, constant_text};

/// An address: its host is a name to look up, the rest goes to the server.
pub(super) fn url(m: &mut Machine<'_>, v: &Value, at: u32) {
    let pieces: Vec<Value> = match &v.shape {
        Shape::Joined(p) => p.to_vec(),
        Shape::Object(id) => match m.store.get(*id).what.clone() {
            What::Url(_) => {
                let o = m.store.copy(*id);
                return walk_object(m, &o, Channel::Query, "query", at, 0);
            }
            _ => {
                let address = m.store.get(*id).properties.get("url").cloned();
                if let Some(address) = address {
                    url(m, &address, at);
                }
                return request(m, v, at);
            }
        },
        Shape::Choice(_) => {
            return emit(m, Channel::Query, "address", v.clone(), at, Manner::Value);
        }
        _ => return,
    };
    let mut seen = String::new();
    for (i, p) in pieces.iter().enumerate() {
        match p.as_text() {
            Some(t) => seen.push_str(t),
            None => {
                let after_scheme = seen.split_once("://").map(|(_, rest)| rest);
                let in_host = after_scheme.is_some_and(|rest| !rest.contains(['/', '?']));
                let channel = if in_host { Channel::DnsName } else { Channel::Query };
                let is_base = i == 0 || (in_host && only_from(m, &p.taint, Source::BaseUrl));
                if !is_base || matches!(p.shape, Shape::Choice(_)) {
                    emit(m, channel, "address", p.clone(), at, Manner::Value);
                } else {
                    mark(m, &p.taint, true);
                }
                seen.push('x');
            }
        }
    }
}

pub(super) fn only_from(m: &Machine<'_>, taint: &Taint, source: Source) -> bool {
    taint.as_ref().is_some_and(|t| t.marks.iter().all(|id| m.marks.get(*id).source == source))
}

/// What a client that is made sends with each of its requests.
pub(super) fn client_options(m: &mut Machine<'_>, v: &Value, at: u32, depth: u32) {
    for v in v.alternatives() {
        let Some(id) = v.as_object() else { continue };
        let o = m.store.copy(id);
        for (key, v) in &o.properties {
            match &**key {
                "defaultHeaders" | "default_headers" | "headers" | "customHeaders" | "extraHeaders" => {
                    walk(m, v, Channel::Header, "headers", at, 0);
                }
                "defaultQuery" | "default_query" | "searchParams" => walk(m, v, Channel::Query, "query", at, 0),
                "configuration" | "clientOptions" | "requestOptions" | "httpOptions" if depth == 0 => {
                    client_options(m, v, at, 1);
                }
                _ => {}
            }
        }
    }
}

/// A request's options: headers, body, query.
pub(super) fn request(m: &mut Machine<'_>, v: &Value, at: u32) {
    for v in v.alternatives() {
        let Some(id) = v.as_object() else { continue };
        let o = m.store.copy(id);
        for (key, v) in &o.properties {
            match &**key {
                "headers" => walk(m, v, Channel::Header, "headers", at, 0),
                "body" | "data" | "json" | "form" | "payload" => {
                    if may_be_absent(v) && is_marked(&v.taint) {
                        emit(m, Channel::Telemetry, key, v.clone(), at, Manner::Presence);
                    }
                    body(m, v, at);
                }
                "params" | "searchParams" | "query" | "qs" => walk(m, v, Channel::Query, "query", at, 0),
                "path" | "pathname" => walk(m, v, Channel::Query, "path", at, 0),
                "hostname" | "host" => walk(m, v, Channel::DnsName, "host", at, 0),
                "url" | "uri" => url(m, v, at),
                "method" => walk(m, v, Channel::Header, "method", at, 0),
                // How the connection is made: agents, time limits, certificates.
                _ => {
                    let t = m.deep_taint(v, 2);
                    show(m, &t);
                }
            }
        }
    }
}

pub(super) fn network(m: &mut Machine<'_>, path: &str, name: &str, args: &[Value], at: u32) -> bool {
    let p = path.to_ascii_lowercase();
    let a = args[0].clone();
    let second = args.get(1).cloned().unwrap_or(Value::UNDEFINED);
    let client = || {
        [
            "axios",
            "got",
            "ky",
            "superagent",
            "undici",
            "http",
            "request",
            "needle",
            "phin",
            "client",
            "fetch",
            "api",
            "instance",
            "wretch",
        ]
        .iter()
        .any(|c| p.contains(c))
    };
    match name {
        _ if is_model_call(&p, name) => {
            for v in args {
                walk(m, v, Channel::UserPrompt, "body", at, 0);
            }
        }
        _ if matches!(name, "fetchWithRetry")
            || name.ends_with("fetch")
            || name.ends_with("Fetch") && name != "apiFetch" =>
        {
            url(m, &a, at);
            request(m, &second, at);
        }
        "request" if p.contains("http2") => walk(m, &a, Channel::Header, "headers", at, 0),
        "axios" | "got" | "ky" | "request" | "needle" | "phin" | "axios()" | "stream" | "pipeline" | "fetchJson"
        | "apiFetch" | "httpRequest" | "httpPost" | "postJson" | "requestUrl" => {
            url(m, &a, at);
            request(m, &a, at);
            request(m, &second, at);
            for v in args.iter().skip(1) {
                if has_prompt_keys(m, v) || matches!(v.shape, Shape::Json(_)) {
                    body(m, v, at);
                }
            }
        }
        "post" | "put" | "patch" if client() || p.starts_with('?') => {
            url(m, &a, at);
            let options = second.as_object().is_some_and(|id| {
                let o = m.store.get(id);
                ["headers", "body", "json", "searchParams", "data", "form", "query"]
                    .iter()
                    .any(|k| o.properties.contains_key(*k))
            });
            if options {
                request(m, &second, at);
            } else {
                body(m, &second, at);
            }
            if let Some(config) = args.get(2) {
                request(m, config, at);
            }
        }
        "get" | "head" | "delete" if client() => {
            url(m, &a, at);
            request(m, &a, at);
            request(m, &second, at);
        }
        "sendBeacon" => {
            url(m, &a, at);
            body(m, &second, at);
        }
        "write" | "end" if p.contains("request()") || p.contains("connect()") || p.contains("connection()") => {
            body(m, &a, at)
        }
        "send"
            if p.contains("xmlhttprequest")
                || p.contains("socket")
                || p.contains("ws")
                || client()
                || p.contains("post()") =>
        {
            body(m, &a, at)
        }
        "sendMessage" | "publish" | "emit" if p.contains("socket") || p.contains("chat") || p.contains("mqtt") => {
            for v in args {
                walk(m, v, Channel::UserPrompt, "body", at, 0);
            }
        }
        "setRequestHeader" | "setHeader" | "set" | "header" | "append"
            if p.contains("request") || p.contains("header") || p.contains("post()") || p.contains("get()") =>
        {
            walk(m, &second, Channel::Header, &constant_text(&a).unwrap_or_default(), at, 0);
            if a.alternatives().len() > 1 {
                walk(m, &a, Channel::Header, "name", at, 0);
            }
        }
        "query" if p.contains("post()") || p.contains("get()") => walk(m, &a, Channel::Query, "query", at, 0),
        "open" if p.contains("xmlhttprequest") => url(m, &second, at),
        _ => return false,
    }
    true
}
