//! Calls of what the language and its hosts bring along.

mod bytes;
mod construct;
mod host;
mod language;
mod objects;
mod react;

use rustc_hash::FxHashSet;

pub(crate) use self::bytes::bytes_to_text;
pub(crate) use self::construct::construct;
pub(crate) use self::objects::from_json;
use super::heap::What;
use super::machine::{Machine, Run};
use super::sources::{self, tail};
use super::value::{Kind, Shape, Value, constant_text};

const LISTENERS_MAX: usize = 6;
/// Events that are emitted from within each other.
const EMITTING_MAX: usize = 3;

const KNOWN: &[&str] = &[
    "process",
    "navigator",
    "Intl",
    "fetch",
    "Buffer",
    "TextDecoder",
    "TextEncoder",
    "URL",
    "URLSearchParams",
    "FormData",
    "Headers",
    "atob",
    "btoa",
    "JSON",
    "Object",
    "Array",
    "String",
    "Number",
    "Boolean",
    "Symbol",
    "Map",
    "Set",
    "WeakMap",
    "WeakSet",
    "Promise",
    "Date",
    "Math",
    "globalThis",
    "console",
    "require",
    "module",
    "exports",
    "setTimeout",
    "setInterval",
    "setImmediate",
    "clearTimeout",
    "queueMicrotask",
    "Reflect",
    "Proxy",
    "RegExp",
    "Error",
    "TypeError",
    "parseInt",
    "parseFloat",
    "isNaN",
    "isFinite",
    "encodeURIComponent",
    "decodeURIComponent",
    "encodeURI",
    "decodeURI",
    "escape",
    "unescape",
    "Uint8Array",
    "Uint16Array",
    "Uint8ClampedArray",
    "Int16Array",
    "Float32Array",
    "Float64Array",
    "BigInt64Array",
    "BigUint64Array",
    "Uint32Array",
    "Int8Array",
    "Int32Array",
    "ArrayBuffer",
    "BigInt",
    "eval",
    "Function",
    "structuredClone",
    "crypto",
    "performance",
    "XMLHttpRequest",
    "WebSocket",
    "document",
    "location",
    "Bun",
    "Deno",
    "Request",
    "Response",
    "Blob",
    "File",
    "AbortController",
    "AbortSignal",
    "Temporal",
    "os",
    "fs",
    "path",
    "child_process",
    "util",
    "https",
    "http",
    "dns",
    "net",
    "tls",
    "EventSource",
];

pub(crate) fn is_known(name: &str) -> bool {
    thread_local! { static SET: FxHashSet<&'static str> = KNOWN.iter().copied().collect(); }
    SET.with(|s| s.contains(name))
}

fn arg(args: &[Value], i: usize) -> Value {
    args.get(i).cloned().unwrap_or(Value::UNDEFINED)
}

pub(crate) fn call(m: &mut Machine<'_>, path: &str, f: &Value, this: &Value, args: Vec<Value>, at: u32) -> Run<Value> {
    let path = path.strip_prefix("globalThis.").unwrap_or(path);
    if path == "Object.prototype.hasOwnProperty" || path == "Object.prototype.propertyIsEnumerable" {
        return super::operators::binary(m, oxc_syntax::operator::BinaryOperator::In, &arg(&args, 0), this, at);
    }
    if let Some(name) = path.strip_prefix("Array.prototype.").or_else(|| path.strip_prefix("String.prototype.")) {
        return m.call_member(this, name, args, at);
    }
    if let Some(v) = language::language(m, path, &args, at)? {
        return Ok(v);
    }
    if let Some(v) = host::host(m, path, f, &args, at)? {
        return Ok(v);
    }
    if let Some(v) = sources::call(m, path, &args, at) {
        m.call_back(&args, &v.taint, at)?;
        return Ok(v.tainted(&f.taint));
    }
    if let Some(v) = react::call(m, path, &args, at)? {
        return Ok(v);
    }
    if let Some(v) = iterate_outside(m, path, this, &args, at)? {
        return Ok(v);
    }
    if is_of_text(path) && args.len() == 1 {
        return Ok(m.text_of(&args[0]));
    }
    if let Some(v) = emitter(m, path, this, &args, at)? {
        return Ok(v);
    }
    let texts = |v: &Value| {
        v.alternatives()
            .iter()
            .all(|a| matches!(a.shape, Shape::Text(_) | Shape::Joined(_) | Shape::Unknown(Kind::Text)))
    };
    if tail(path) == "concat"
        && matches!(&this.shape, Shape::Outside(n) if n.starts_with('?'))
        && args.iter().all(texts)
    {
        return super::strings::call(m, this, "concat", &args, at);
    }
    m.unknown_call(path, &f.taint, args, at)
}

/// Whether something outside gives back the text that it gets, laid out anew.
pub(crate) fn is_of_text(path: &str) -> bool {
    let name = tail(path.trim_end_matches(".default")).trim_start_matches('?').to_ascii_lowercase();
    ["dedent", "outdent", "endent", "stripindent", "oneline", "graphql", "gql", "markdown", "html"]
        .iter()
        .any(|w| name.starts_with(w))
}

/// Events of the program's own emitters: what is emitted goes to those that listen for its name.
fn emitter(m: &mut Machine<'_>, path: &str, this: &Value, args: &[Value], at: u32) -> Run<Option<Value>> {
    let p = path.to_ascii_lowercase();
    if !["emitter", "eventtarget", "mitt", "nanoevents", "events("].iter().any(|w| p.contains(w)) {
        return Ok(None);
    }
    let Some(event) = args.first().and_then(constant_text) else { return Ok(None) };
    match tail(path) {
        "on" | "once" | "addListener" | "prependListener" | "addEventListener" | "subscribe" => {
            let Some(listener) = args.get(1).filter(|f| f.as_object().is_some()) else { return Ok(None) };
            let known = m.listeners.len();
            if known < 500 || m.listeners.contains_key(&event) {
                let all = m.listeners.entry(event).or_default();
                if all.len() < LISTENERS_MAX && !all.contains(listener) {
                    all.push(listener.clone());
                }
            }
            Ok(Some(this.clone()))
        }
        "emit" | "publish" => {
            // Listeners that emit again are followed a few events deep, and none within itself.
            if m.emitting.len() >= EMITTING_MAX || m.emitting.contains(&event) {
                return Ok(Some(Value::bool(true)));
            }
            let listeners = m.listeners.get(&event).cloned().unwrap_or_default();
            m.emitting.push(event);
            let done = listeners.iter().try_for_each(|f| m.call(f, this, args[1..].to_vec(), at).map(|_| ()));
            m.emitting.pop();
            done.map(|()| Some(Value::bool(true)))
        }
        _ => Ok(None),
    }
}

/// `outside.then(f)`, `outside.map(f)` on what is not known.
fn iterate_outside(m: &mut Machine<'_>, path: &str, this: &Value, args: &[Value], at: u32) -> Run<Option<Value>> {
    let name = tail(path);
    let callback = args.first().is_some_and(|a| {
        a.as_object()
            .is_some_and(|id| matches!(m.store.get(id).what, What::Function(_) | What::Native(_) | What::Bound { .. }))
    });
    if !callback {
        return Ok(None);
    }
    let receiver = match &this.shape {
        Shape::Outside(_) => this.clone(),
        _ => Value::outside(path.trim_end_matches(name).trim_end_matches('.').to_owned(), this.taint.clone()),
    };
    match name {
        "then" => {
            let r = m.call(&args[0], &Value::UNDEFINED, vec![receiver], at)?;
            Ok(Some(m.settled(&r, at)?))
        }
        "map" | "filter" | "some" | "every" | "find" | "forEach" | "reduce" | "flatMap" | "findIndex" => {
            let list = m.array_of(Value::outside("?[]", receiver.taint.clone()));
            let id = list.as_object().expect("an array was made");
            super::lists::call(m, &list, id, name, args.to_vec(), at).map(Some)
        }
        _ => Ok(None),
    }
}
