//! Calls of what the language and its hosts bring along.

use std::rc::Rc;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use rustc_hash::FxHashSet;

use super::builtins::{self, int};
use super::heap::{Native, Object, What};
use super::machine::{Machine, Run};
use super::operators::{numeric, to_number};
use super::taint::{Taint, codes, codes_of, is_marked, marks_only, union, with_codes, with_form, without_form};
use super::value::{Kind, Shape, Value, constant_text};
use super::{sinks, sources, text};
use crate::axes::{Source, Transform};

/// Listeners of one event that are called.
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

fn tail(path: &str) -> &str {
    let start = path.rfind('.').map_or(0, |i| i + 1);
    &path[start..]
}

pub(crate) fn call(m: &mut Machine<'_>, path: &str, f: &Value, this: &Value, args: Vec<Value>, at: u32) -> Run<Value> {
    let path = path.strip_prefix("globalThis.").unwrap_or(path);
    if path == "Object.prototype.hasOwnProperty" || path == "Object.prototype.propertyIsEnumerable" {
        return super::operators::binary(m, oxc_syntax::operator::BinaryOperator::In, &arg(&args, 0), this, at);
    }
    if let Some(name) = path.strip_prefix("Array.prototype.").or_else(|| path.strip_prefix("String.prototype.")) {
        return m.call_member(this, name, args, at);
    }
    if let Some(v) = language(m, path, &args, at)? {
        return Ok(v);
    }
    if let Some(v) = host(m, path, f, &args, at)? {
        return Ok(v);
    }
    if let Some(v) = sources::call(m, path, &args, at) {
        return Ok(v.tainted(&f.taint));
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

fn language(m: &mut Machine<'_>, path: &str, args: &[Value], at: u32) -> Run<Option<Value>> {
    let a = arg(args, 0);
    Ok(Some(match path {
        "String" | "Object" => {
            if args.is_empty() {
                Value::text("")
            } else if path == "Object" {
                a
            } else {
                m.text_of(&a)
            }
        }
        "Number" | "parseFloat" | "BigInt" => to_number_like(m, path, &a, args, at),
        "parseInt" | "Number.parseInt" | "Number.parseFloat" => to_number_like(m, "parseInt", &a, args, at),
        "Boolean" => match a.truth() {
            Some(t) => Value::new(Shape::Bool(t), a.taint),
            None => Value::unknown(Kind::Bool, a.taint),
        },
        "Symbol" | "Symbol.for" => Value::outside("Symbol()", None),
        "isNaN" | "Number.isNaN" => match numeric(&a) {
            Some(n) => Value::bool(n.is_nan()),
            None => Value::unknown(Kind::Bool, None),
        },
        "isFinite" | "Number.isInteger" | "Number.isFinite" => Value::unknown(Kind::Bool, None),
        "String.fromCharCode" | "String.fromCodePoint" => from_codes(m, args, path.ends_with("Point"), at),
        "String.raw" => {
            let strings = m.member_named(&a, "raw", at)?;
            let strings = if strings.shape == Shape::Undefined { a } else { strings };
            let (strings, rest, _) = m.elements(&strings);
            let mut pieces = Vec::new();
            for (i, s) in strings.iter().chain(&rest).enumerate() {
                pieces.push(m.text_of(s));
                if let Some(hole) = args.get(i + 1).filter(|_| i + 1 < strings.len()) {
                    pieces.push(m.text_of(hole));
                }
            }
            m.concat(pieces)
        }
        "atob" | "?atob" => decoded(m, &a, "base64", true, at),
        "btoa" => Value::unknown(Kind::Text, a.taint),
        "decodeURIComponent" | "decodeURI" | "unescape" => match constant_text(&a) {
            Some(t) => match unescape(&t) {
                Some(s) => Value::new(Shape::Text(s.into()), a.taint),
                None => return Err(super::machine::Stop::Throw),
            },
            None => m.text_of(&a),
        },
        "encodeURIComponent" | "encodeURI" | "escape" => match constant_text(&a) {
            Some(t) => Value::new(Shape::Text(percent(&t).into()), a.taint),
            None => m.text_of(&a),
        },
        "structuredClone"
        | "ai.tool"
        | "ai.dynamicTool"
        | "Object.freeze"
        | "Object.seal"
        | "Object.preventExtensions"
        | "util.promisify"
        | "Promise.resolve"
        | "Object.setPrototypeOf"
        | "Promise.all"
        | "Promise.any"
        | "Promise.race"
        | "queueMicrotask"
        | "Reflect.getPrototypeOf" => match path {
            "queueMicrotask" => m.call(&a, &Value::UNDEFINED, Vec::new(), at)?,
            "Promise.all" => {
                let (items, rest, _) = m.elements(&a);
                let mut done = Vec::new();
                for v in items {
                    done.push(m.settled(&v, at)?);
                }
                Value::object(m.store.add(Object { rest, ..Object::array(done) }))
            }
            "Promise.race" | "Promise.any" => {
                let (items, rest, _) = m.elements(&a);
                let mut all = items.into_iter().chain(rest);
                let first = all.next().unwrap_or(Value::UNDEFINED);
                let place = m.place(at);
                all.fold(first, |x, y| m.join(x, y, &None, place))
            }
            _ => a,
        },
        "Promise.allSettled" => {
            let (items, ..) = m.elements(&a);
            let wrapped: Vec<Value> =
                items.into_iter().map(|v| m.plain(vec![("status", Value::text("fulfilled")), ("value", v)])).collect();
            m.array(wrapped)
        }
        "Promise.reject" => Value::unknown(Kind::Any, None),
        "Array" => m.array(if args.len() == 1 && a.as_number().is_some() {
            vec![Value::UNDEFINED; a.as_number().unwrap_or(0.0).clamp(0.0, 100_000.0) as usize]
        } else {
            args.to_vec()
        }),
        "Array.of" => m.array(args.to_vec()),
        "Array.isArray" => match &a.shape {
            Shape::Object(id) => Value::bool(matches!(m.store.get(*id).what, What::Array)),
            Shape::Text(_) | Shape::Number(_) | Shape::Undefined | Shape::Null | Shape::Joined(_) => Value::bool(false),
            _ => Value::unknown(Kind::Bool, None),
        },
        "Array.from" | "Uint8Array.from" | "Uint8Array.of" | "Uint16Array.from" => array_from(m, args, at)?,
        _ if path.starts_with("Object.") => return object_static(m, &path[7..], args, at),
        "Reflect.get" => m.member(&a, &arg(args, 1), at)?,
        "Reflect.has" => super::operators::binary(m, oxc_syntax::operator::BinaryOperator::In, &arg(args, 1), &a, at)?,
        "Reflect.apply" => {
            let (items, ..) = m.elements(&arg(args, 2));
            m.call(&a, &arg(args, 1), items, at)?
        }
        "Reflect.ownKeys" => return object_static(m, "keys", args, at),
        "Reflect.construct" => {
            let (items, ..) = m.elements(&arg(args, 1));
            m.construct(&a, items, at)?
        }
        "JSON.stringify" => {
            if let Some(keys) = args.get(1).filter(|k| k.as_object().is_some_and(|id| m.store.get(id).is_list())) {
                let order = m.deep_taint(keys, 1);
                if is_marked(&order)
                    && let Some(id) = a.as_object()
                {
                    let mut o = m.store.copy(id);
                    o.order = union(&o.order, &marks_only(&order));
                    let copy = Value::object(m.store.add(o));
                    return Ok(Some(Value::new(Shape::Json(Rc::new(copy)), order)));
                }
            }
            let mut extra = None;
            if let Some(indent) = args.get(2).filter(|v| is_marked(&v.taint)) {
                extra = indent.taint.clone();
                let place = m.place(at);
                let one = Value::text(format!("{{{}}}", crate::fold::HOLE));
                let two = Value::text(format!("{{\n  {}\n}}", crate::fold::HOLE));
                return Ok(Some(m.join(one, two, &extra, place)));
            }
            if a.is_constant() && a.as_text().is_none() {
                return Ok(Some(m.text_of(&a)));
            }
            let taint = union(&m.deep_taint(&a, 3), &extra);
            Value::new(Shape::Json(Rc::new(a)), taint)
        }
        "JSON.parse" => match &a.shape {
            Shape::Json(inner) => (**inner).clone(),
            Shape::Text(t) => match serde_json::from_str::<serde_json::Value>(t) {
                Ok(v) => from_json(m, &v, &a.taint, 0),
                Err(_) => return Err(super::machine::Stop::Throw),
            },
            _ => Value::outside("?parsed", a.taint),
        },
        "Date.now" | "performance.now" => Value::unknown(Kind::Number, None),
        "Date" => m.source(Source::Timezone, at, Kind::Text),
        _ if path.starts_with("Math.") => return Ok(Some(math(m, &path[5..], args))),
        "RegExp"
        | "Error"
        | "TypeError"
        | "Intl.DateTimeFormat"
        | "Intl.NumberFormat"
        | "Intl.Collator"
        | "Intl.Locale" => construct(m, path, &Value::UNDEFINED, args.to_vec(), at)?,
        "vm.runInNewContext" | "vm.runInThisContext" | "vm.runInContext" | "vm.Script" => {
            return evaluated(m, &args[..args.len().min(1)], false, at).map(Some);
        }
        "eval" | "Function" => return evaluated(m, args, path == "Function", at).map(Some),
        "require" | "?require" | "module.require" => m.require(&a, at),
        "module.createRequire" | "createRequire" => Value::outside("require", None),
        _ => return Ok(None),
    }))
}

/// `eval` and `Function`: text that is known is run, the rest is noted.
fn evaluated(m: &mut Machine<'_>, args: &[Value], is_function: bool, at: u32) -> Run<Value> {
    let texts: Option<Vec<Rc<str>>> = args.iter().map(|a| a.as_text().cloned()).collect();
    if let Some(texts) = texts.filter(|t| !t.is_empty() && t.iter().all(|t| t.len() < 256 << 10)) {
        let code = if is_function {
            let (body, names) = texts.split_last().expect("there is a text");
            format!("(function anonymous({}\n) {{\n{body}\n}})", names.join(","))
        } else {
            texts[0].to_string()
        };
        if let Some(v) = m.run_text(&code)? {
            return Ok(v);
        }
    }
    let place = m.place(at);
    m.note(place, "code that is built at run time is not followed");
    let taint = args.iter().fold(None, |t, a| union(&t, &a.taint));
    Ok(Value::unknown(Kind::Any, taint))
}

fn to_number_like(m: &mut Machine<'_>, path: &str, a: &Value, args: &[Value], at: u32) -> Value {
    if path != "parseInt" {
        return to_number(m, a, at);
    }
    let base = args.get(1).and_then(numeric).unwrap_or(10.0) as u32;
    let made = m.each(a, at, |m, a| {
        let Some(t) = constant_text(a) else { return Ok(to_number(m, a, at)) };
        let t = t.trim();
        let (negative, digits) = match t.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, t.strip_prefix('+').unwrap_or(t)),
        };
        let (digits, base) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
            Some(hex) if args.len() < 2 || base == 16 => (hex, 16),
            _ => (digits, if (2..=36).contains(&base) { base } else { 10 }),
        };
        let mut n = f64::NAN;
        for c in digits.chars() {
            let Some(d) = c.to_digit(base) else { break };
            n = if n.is_nan() { f64::from(d) } else { n * f64::from(base) + f64::from(d) };
        }
        Ok(Value::new(Shape::Number(if negative { -n } else { n }), a.taint.clone()))
    });
    made.unwrap_or_else(|_| Value::unknown(Kind::Number, None))
}

fn from_codes(m: &mut Machine<'_>, args: &[Value], points: bool, at: u32) -> Value {
    let mut out: Vec<Value> = Vec::new();
    let mut run: Vec<u16> = Vec::new();
    let mut run_taint: Taint = None;
    let flush = |out: &mut Vec<Value>, run: &mut Vec<u16>, taint: &mut Taint| {
        if !run.is_empty() {
            let t = with_codes(&taint.take(), codes::CHAR_CODES);
            out.push(Value::new(Shape::Text(text::from_units(run).into()), t));
            run.clear();
        }
    };
    for a in args {
        let v = m.each(a, at, |m, a| {
            Ok(match (numeric(a), &a.shape) {
                (Some(n), _) => Value::new(Shape::Text(one_code(n, points).into()), a.taint.clone()),
                (None, Shape::Above(base)) => {
                    let (lo, hi) = (one_code(*base, points), one_code(base + 1.0, points));
                    let place = m.place(at);
                    let t = marks_only(&a.taint);
                    m.join(Value::text(lo), Value::text(hi), &t, place).tainted(&t)
                }
                _ => Value::unknown(Kind::Text, a.taint.clone()),
            })
        });
        let v = v.unwrap_or_else(|_| Value::unknown(Kind::Text, a.taint.clone()));
        match v.as_text() {
            Some(t) => {
                run.extend(text::units(t));
                run_taint = union(&run_taint, &v.taint);
            }
            None => {
                flush(&mut out, &mut run, &mut run_taint);
                out.push(v);
            }
        }
    }
    flush(&mut out, &mut run, &mut run_taint);
    m.concat(out)
}

fn one_code(n: f64, points: bool) -> String {
    let code = super::operators::to_int(n) as u32;
    if points && let Some(c) = char::from_u32(code) {
        return c.to_string();
    }
    text::from_units(&[code as u16])
}

fn unescape(t: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(t.len());
    let raw = t.as_bytes();
    let mut i = 0;
    while i < raw.len() {
        if raw[i] == b'%'
            && let Some(b) = t.get(i + 1..i + 3).and_then(|h| u8::from_str_radix(h, 16).ok())
        {
            bytes.push(b);
            i += 3;
        } else {
            bytes.push(raw[i]);
            i += 1;
        }
    }
    String::from_utf8(bytes).ok()
}

fn percent(t: &str) -> String {
    let mut out = String::new();
    for b in t.bytes() {
        if b.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&b) {
            out.push(b as char)
        } else {
            out.push_str(&format!("%{b:02X}"))
        }
    }
    out
}

/// Bytes of base64, hex or plain text.
pub(crate) fn bytes_of(t: &str, encoding: &str) -> Option<Vec<u8>> {
    match encoding {
        "base64" | "base64url" => {
            let config = GeneralPurposeConfig::new()
                .with_decode_padding_mode(DecodePaddingMode::Indifferent)
                .with_decode_allow_trailing_bits(true);
            let clean: String = t
                .chars()
                .filter(|c| !c.is_whitespace())
                .map(|c| match c {
                    '-' => '+',
                    '_' => '/',
                    c => c,
                })
                .collect();
            GeneralPurpose::new(&alphabet::STANDARD, config).decode(clean).ok()
        }
        "hex" => {
            (0..t.len() / 2).map(|i| t.get(i * 2..i * 2 + 2).and_then(|h| u8::from_str_radix(h, 16).ok())).collect()
        }
        "latin1" | "binary" | "ascii" => Some(text::units(t).iter().map(|u| *u as u8).collect()),
        "utf16le" | "ucs2" => Some(text::units(t).iter().flat_map(|u| u.to_le_bytes()).collect()),
        _ => Some(t.as_bytes().to_vec()),
    }
}

fn decoded(m: &mut Machine<'_>, v: &Value, encoding: &str, to_text: bool, at: u32) -> Value {
    let made = m.each(v, at, |m, v| {
        let Some(t) = constant_text(v).filter(|t| t.len() < 64 * 1024) else {
            let t = v.taint.clone();
            if to_text {
                return Ok(Value::unknown(Kind::Text, t));
            }
            let bytes = m.array_of(Value::unknown(Kind::Number, t));
            if matches!(encoding, "utf8" | "utf-8") {
                keep_text(m, &bytes, v.clone());
            }
            return Ok(bytes);
        };
        let _ = m.spend(t.len() as u64 / 16);
        let Some(bytes) = bytes_of(&t, encoding) else { return Ok(Value::unknown(Kind::Text, v.taint.clone())) };
        let bit = match encoding {
            "base64" | "base64url" => codes::BASE64,
            "hex" => codes::HEX,
            _ => 0,
        };
        let taint = if bit == 0 { v.taint.clone() } else { with_codes(&v.taint, bit) };
        if to_text {
            let s: String = bytes.iter().map(|b| *b as char).collect();
            return Ok(Value::new(Shape::Text(s.into()), taint));
        }
        Ok(bytes_value(m, &bytes, &taint))
    });
    made.unwrap_or_else(|_| Value::unknown(Kind::Text, None))
}

fn bytes_value(m: &mut Machine<'_>, bytes: &[u8], taint: &Taint) -> Value {
    let items = bytes.iter().map(|b| Value::new(Shape::Number(f64::from(*b)), taint.clone())).collect();
    let v = m.array(items);
    if let Some(id) = v.as_object() {
        m.store.change(id).properties.insert("\0bytes".into(), Value::bool(true));
    }
    v
}

/// Bytes that are not all known remember the text that they are.
fn keep_text(m: &mut Machine<'_>, bytes: &Value, text: Value) {
    if let Some(id) = bytes.as_object() {
        let o = m.store.change(id);
        o.properties.insert("\0bytes".into(), Value::bool(true));
        o.properties.insert(super::heap::BYTES_TEXT.into(), text);
    }
}

/// `Buffer.concat(list)`.
fn joined_bytes(m: &mut Machine<'_>, list: &Value) -> Value {
    let (lists, ..) = m.elements(list);
    let is_known = |m: &Machine<'_>, l: &Value| {
        l.as_object()
            .is_some_and(|id| m.store.get(id).rest.is_none() && m.store.get(id).items.iter().all(Value::is_constant))
    };
    if lists.iter().all(|l| is_known(m, l)) {
        let mut items = Vec::new();
        for l in lists {
            items.extend(m.elements(&l).0);
        }
        let v = m.array(items);
        if let Some(id) = v.as_object() {
            m.store.change(id).properties.insert("\0bytes".into(), Value::bool(true));
        }
        return v;
    }
    let mut pieces = Vec::new();
    for l in &lists {
        let text = m.each(l, 0, |m, l| Ok(bytes_to_text(m, l, None)));
        pieces.push(text.unwrap_or_else(|_| Value::unknown(Kind::Text, l.taint.clone())));
    }
    let text = m.concat(pieces);
    let bytes = m.array_of(Value::unknown(Kind::Number, text.taint.clone()));
    keep_text(m, &bytes, text);
    bytes
}

/// The text of bytes.
pub(crate) fn bytes_to_text(m: &mut Machine<'_>, v: &Value, encoding: Option<&Value>) -> Value {
    if let Shape::Choice(_) = v.shape {
        let text = m.each(v, 0, |m, v| Ok(bytes_to_text(m, v, encoding)));
        return text.unwrap_or_else(|_| Value::unknown(Kind::Text, v.taint.clone()));
    }
    let (items, rest, _) = m.elements(v);
    let encoding = encoding.and_then(constant_text).unwrap_or_else(|| "utf8".into());
    let kept = v.as_object().and_then(|id| m.store.get(id).properties.get(super::heap::BYTES_TEXT).cloned());
    if let Some(text) = kept.filter(|_| matches!(&*encoding, "utf8" | "utf-8" | "undefined")) {
        return text;
    }
    let mut taint: Taint = v.taint.clone();
    let mut bytes = Vec::with_capacity(items.len());
    for i in &items {
        taint = union(&taint, &i.taint);
        match int(i) {
            Some(n) => bytes.push(n as u8),
            None => return Value::unknown(Kind::Text, m.deep_taint(v, 2)),
        }
    }
    if let Some(r) = rest {
        return Value::unknown(Kind::Text, union(&taint, &r.taint));
    }
    let text = match &*encoding {
        "hex" => bytes.iter().map(|b| format!("{b:02x}")).collect(),
        "base64" | "base64url" => base64::engine::general_purpose::STANDARD.encode(&bytes),
        "latin1" | "binary" | "ascii" => bytes.iter().map(|b| *b as char).collect(),
        _ => String::from_utf8_lossy(&bytes).into_owned(),
    };
    Value::new(Shape::Text(text.into()), taint)
}

fn array_from(m: &mut Machine<'_>, args: &[Value], at: u32) -> Run<Value> {
    let a = arg(args, 0);
    let length = a.as_object().and_then(|id| {
        let o = m.store.get(id);
        matches!(o.what, What::Plain).then(|| o.properties.get("length").cloned()).flatten()
    });
    let list = match length {
        Some(n) => match n.as_number() {
            Some(n) => m.array(vec![Value::UNDEFINED; n.clamp(0.0, 100_000.0) as usize]),
            None => m.array_of(Value::new(Shape::Undefined, n.taint)),
        },
        None => {
            let (items, rest, order) = m.elements(&a);
            let taint = rest.as_ref().and_then(|r| r.taint.clone());
            Value::new(Shape::Object(m.store.add(Object { rest, order, ..Object::array(items) })), taint)
        }
    };
    match args.get(1) {
        Some(f) if f.shape != Shape::Undefined => {
            let id = list.as_object().expect("an array was made");
            super::lists::call(m, &list, id, "map", vec![f.clone()], at)
        }
        _ => Ok(list),
    }
}

fn object_static(m: &mut Machine<'_>, name: &str, args: &[Value], at: u32) -> Run<Option<Value>> {
    let a = arg(args, 0);
    if matches!(name, "keys" | "values" | "entries" | "getOwnPropertyNames") && matches!(a.shape, Shape::Choice(_)) {
        return m
            .each(&a, at, |m, v| {
                object_static(m, name, std::slice::from_ref(v), at).map(|v| v.unwrap_or(Value::UNDEFINED))
            })
            .map(Some);
    }
    Ok(Some(match name {
        "keys" | "getOwnPropertyNames" => match m.keys(&a) {
            Some(keys) => {
                let order = a.as_object().and_then(|id| m.store.get(id).order.clone());
                Value::object(m.store.add(Object { order, ..Object::array(keys) }))
            }
            None => m.array_of(Value::unknown(Kind::Text, m.deep_taint(&a, 1))),
        },
        "values" | "entries" => match m.keys(&a) {
            Some(keys) => {
                let mut out = Vec::new();
                for k in keys {
                    let key = k.alternatives()[0].clone();
                    let v = m.member(&a, &key, at)?;
                    out.push(if name == "values" { v } else { m.array(vec![key, v]) });
                }
                let order = a.as_object().and_then(|id| m.store.get(id).order.clone());
                Value::object(m.store.add(Object { order, ..Object::array(out) }))
            }
            None => {
                let t = m.deep_taint(&a, 1);
                let item = Value::outside("?value", t.clone());
                let item = if name == "values" { item } else { m.array(vec![Value::unknown(Kind::Text, t), item]) };
                m.array_of(item)
            }
        },
        "fromEntries" => {
            let (items, rest, order) = m.elements(&a);
            let id = m.store.add(Object { order, ..Object::new(What::Plain) });
            let v = Value::object(id);
            let place = m.place(at);
            for pair in items {
                // A pair that may be missing makes a property that may be missing.
                let there: Vec<Value> =
                    pair.alternatives().iter().filter(|p| p.shape != Shape::Absent).cloned().collect();
                for p in there {
                    let (parts, ..) = m.elements(&p);
                    let value = arg(&parts, 1);
                    let value = if super::heap::may_be_absent(&pair) {
                        m.join(value, Value::plain(Shape::Absent), &pair.taint, place)
                    } else {
                        value
                    };
                    m.set_member(&v, &arg(&parts, 0), value, at)?;
                }
            }
            if let Some(r) = rest {
                m.store.change(id).rest = Some(r);
            }
            v
        }
        "assign" => {
            for source in args.iter().skip(1) {
                for id in a.alternatives().iter().filter_map(Value::as_object).collect::<Vec<_>>() {
                    m.spread_into(id, source, at)?;
                }
            }
            a
        }
        "create" => match &a.shape {
            Shape::Object(id) => {
                Value::object(m.store.add(Object { prototype: Some(*id), ..Object::new(What::Plain) }))
            }
            Shape::Outside(_) => m.open_object(a),
            _ => m.plain(Vec::new()),
        },
        "getPrototypeOf" => match &a.shape {
            Shape::Object(id) => m.store.get(*id).prototype.map_or(Value::plain(Shape::Null), Value::object),
            _ => a,
        },
        "defineProperty" => {
            let descriptor = arg(args, 2);
            define(m, &a, &arg(args, 1), &descriptor, at)?;
            a
        }
        "defineProperties" => {
            let all = arg(args, 1);
            for k in m.keys(&all).unwrap_or_default() {
                let d = m.member(&all, &k, at)?;
                define(m, &a, &k, &d, at)?;
            }
            a
        }
        "getOwnPropertyDescriptor" => {
            m.plain(vec![("enumerable", Value::bool(true)), ("configurable", Value::bool(true))])
        }
        "is" => super::operators::equal(m, &a, &arg(args, 1), at)?,
        "hasOwn" => super::operators::binary(m, oxc_syntax::operator::BinaryOperator::In, &arg(args, 1), &a, at)?,
        "prototype.hasOwnProperty" | "isFrozen" => Value::unknown(Kind::Bool, None),
        _ => return Ok(None),
    }))
}

fn define(m: &mut Machine<'_>, object: &Value, key: &Value, descriptor: &Value, at: u32) -> Run<()> {
    let (Some(name), Some(d)) = (constant_text(key), descriptor.as_object()) else { return Ok(()) };
    let get = m.store.get(d).properties.get("get").cloned();
    let value = m.store.get(d).properties.get("value").cloned();
    if let Some(id) = object.as_object() {
        if let Some(get) = get.filter(|g| matches!(g.shape, Shape::Object(_))) {
            m.store.change(id).properties.insert(format!("\0get {name}").into(), get);
        } else if let Some(v) = value {
            m.set_member(object, key, v, at)?;
        }
    }
    Ok(())
}

fn from_json(m: &mut Machine<'_>, v: &serde_json::Value, taint: &Taint, depth: u32) -> Value {
    if depth > 40 || m.spend(1).is_err() {
        return Value::unknown(Kind::Any, taint.clone());
    }
    let made = match v {
        serde_json::Value::Null => Value::plain(Shape::Null),
        serde_json::Value::Bool(b) => Value::bool(*b),
        serde_json::Value::Number(n) => Value::number(n.as_f64().unwrap_or(f64::NAN)),
        serde_json::Value::String(s) => Value::text(s.as_str()),
        serde_json::Value::Array(all) => {
            let items = all.iter().map(|v| from_json(m, v, taint, depth + 1)).collect();
            m.array(items)
        }
        serde_json::Value::Object(all) => {
            let properties: Vec<(&str, Value)> =
                all.iter().map(|(k, v)| (k.as_str(), from_json(m, v, taint, depth + 1))).collect();
            m.plain(properties)
        }
    };
    made.tainted(taint)
}

fn math(m: &mut Machine<'_>, name: &str, args: &[Value]) -> Value {
    if let Some(i) = args.iter().position(|a| matches!(a.shape, Shape::Choice(_))) {
        let v = m.each(&args[i], 0, |m, c| {
            let mut args = args.to_vec();
            args[i] = c.clone();
            Ok(math(m, name, &args))
        });
        return v.unwrap_or_else(|_| Value::unknown(Kind::Number, None));
    }
    let mut taint = None;
    for a in args {
        taint = union(&taint, &a.taint);
    }
    let known: Option<Vec<f64>> = args.iter().map(numeric).collect();
    let Some(n) = known.filter(|n| !n.is_empty() && name != "random") else {
        if name == "imul" && is_marked(&taint) {
            taint = with_codes(&taint, codes::MIXED);
        }
        // A whole number is written without what comes after the point.
        let whole = matches!(name, "floor" | "round" | "ceil" | "trunc") && !is_marked(&taint);
        let taint = if whole { with_form(&taint, "1760000000.000", "1760000000") } else { without_form(&taint) };
        return Value::unknown(Kind::Number, taint);
    };
    let result = match name {
        "floor" => n[0].floor(),
        "ceil" => n[0].ceil(),
        "round" => (n[0] + 0.5).floor(),
        "trunc" => n[0].trunc(),
        "abs" => n[0].abs(),
        "sign" => n[0].signum(),
        "sqrt" => n[0].sqrt(),
        "pow" => n[0].powf(n.get(1).copied().unwrap_or(f64::NAN)),
        "min" => n.iter().copied().fold(f64::INFINITY, f64::min),
        "max" => n.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        "imul" => f64::from(
            super::operators::to_int(n[0]).wrapping_mul(super::operators::to_int(n.get(1).copied().unwrap_or(0.0))),
        ),
        "log2" => n[0].log2(),
        "log" => n[0].ln(),
        _ => return Value::unknown(Kind::Number, taint),
    };
    Value::new(Shape::Number(result), taint)
}

fn host(m: &mut Machine<'_>, path: &str, f: &Value, args: &[Value], at: u32) -> Run<Option<Value>> {
    let a = arg(args, 0);
    let name = tail(path);
    let module = path.split(['.', '(']).next().unwrap_or("");
    Ok(Some(match name {
        "setTimeout" | "setImmediate" | "setInterval" => {
            let (callback, delay) = if path.starts_with("timers") { (Value::UNDEFINED, a) } else { (a, arg(args, 1)) };
            sinks::delay(m, &delay, at);
            if matches!(callback.shape, Shape::Object(_)) {
                m.call(&callback, &Value::UNDEFINED, Vec::new(), at)?;
            }
            Value::unknown(Kind::Any, None)
        }
        "from" | "alloc" | "allocUnsafe"
            if path.ends_with("Buffer.from") || path.starts_with("Buffer.") || path.ends_with(".Buffer.alloc") =>
        {
            if name != "from" {
                let n = a.as_number().unwrap_or(0.0).clamp(0.0, 4096.0) as usize;
                return Ok(Some(bytes_value(m, &vec![0; n], &None)));
            }
            match &a.shape {
                Shape::Object(id) if m.store.get(*id).is_list() => {
                    let (items, rest, _) = m.elements(&a);
                    let v = Value::new(
                        Shape::Object(m.store.add(Object { rest, ..Object::array(items) })),
                        a.taint.clone(),
                    );
                    if let Some(id) = v.as_object() {
                        m.store.change(id).properties.insert("\0bytes".into(), Value::bool(true));
                    }
                    v
                }
                _ => {
                    let encoding = args.get(1).and_then(constant_text).unwrap_or_else(|| "utf8".into());
                    let t = m.text_of(&a);
                    let v = decoded(m, &t, &encoding, false, at);
                    let ids: Vec<u32> = v.alternatives().iter().filter_map(Value::as_object).collect();
                    for id in ids {
                        m.store.change(id).properties.insert("\0bytes".into(), Value::bool(true));
                    }
                    v
                }
            }
        }
        "concat" if path.ends_with("Buffer.concat") => joined_bytes(m, &a),
        "decode" if path.contains("TextDecoder()") => {
            let v = bytes_to_text(m, &a, None);
            // Numbers that were written out hide a text as character codes do.
            if codes_of(&v.taint) == 0 && v.as_text().is_some_and(|t| t.len() >= 3) {
                Value { taint: with_codes(&v.taint, codes::CHAR_CODES), ..v }
            } else {
                v
            }
        }
        "encode" if path.contains("TextEncoder()") => {
            let t = m.text_of(&a);
            decoded(m, &t, "utf8", false, at)
        }
        "createHash" | "createHmac" | "CryptoHasher" => {
            let taint = marks_only(&arg(args, 1).taint);
            Value::object(m.store.add(Object::new(What::Hash(taint))))
        }
        "hash" if module == "crypto" || module == "Bun" => {
            let t = arg(args, usize::from(module == "crypto")).taint;
            Value::unknown(Kind::Text, if is_marked(&t) { with_codes(&t, codes::MIXED) } else { t })
        }
        "digest" if path.contains("subtle") => {
            let t = m.deep_taint(&arg(args, 1), 2);
            m.array_of(Value::unknown(Kind::Number, if is_marked(&t) { with_codes(&t, codes::MIXED) } else { t }))
        }
        "md5" | "sha1" | "sha256" | "sha512" | "fnv1a" | "murmur" | "crc32" | "xxhash" | "sha3"
            if is_marked(&m.deep_taint(&a, 1)) =>
        {
            let t = m.deep_taint(&a, 1);
            Value::unknown(Kind::Text, with_codes(&t, codes::MIXED))
        }
        "promisify" | "callbackify" | "debuglog" | "deprecate" if module == "util" => a,
        "format" if path.contains("DateTimeFormat") => {
            return Ok(Some(formatted(m, f, at)?));
        }
        "formatToParts" if path.contains("DateTimeFormat") => {
            let t = m.marks.source(Source::Timezone, m.place(at));
            let part = Value::outside("?part", union(&t, &f.taint));
            m.array_of(part)
        }
        "resolvedOptions" => Value::outside(format!("{path}()"), None),
        "supportedValuesOf" => m.array_of(Value::unknown(Kind::Text, None)),
        "join" | "resolve" | "normalize" | "basename" | "dirname" if module == "path" || module == "?path" => {
            joined_path(m, name, args)
        }
        "fileURLToPath" | "pathToFileURL" => m.text_of(&a),
        "format" if module == "util" => {
            let mut pieces = Vec::new();
            for v in args {
                pieces.push(m.text_of(v));
                pieces.push(Value::text(" "));
            }
            m.concat(pieces)
        }
        "execSync" | "exec" | "execFileSync" | "execFile" | "spawnSync" | "spawn" | "execa" | "execaSync"
        | "execaCommand" | "$" | "execAsync" | "shell" | "run" => {
            return process(m, path, args, at);
        }
        "readFileSync" | "readFile" | "readlinkSync" | "readlink" | "realpathSync" | "realpath" | "file"
        | "readTextFile" | "readTextFileSync" | "createReadStream" => {
            return read_file(m, path, args, at);
        }
        "existsSync" | "exists" | "access" | "accessSync" | "statSync" | "stat" | "readdirSync" | "readdir"
        | "lstatSync" | "pathExists" => {
            let t = sources::known_text(m, &a);
            let Some(source) = sources::of_presence(&t) else { return Ok(None) };
            let taint = m.marks.source(source, m.place(at));
            match name {
                "existsSync" => Value::unknown(Kind::Bool, taint),
                "readdirSync" | "readdir" => m.array_of(Value::unknown(Kind::Text, taint)),
                _ => Value::outside(format!("{path}()"), taint),
            }
        }
        _ => return Ok(None),
    }))
}

fn joined_path(m: &mut Machine<'_>, name: &str, args: &[Value]) -> Value {
    let mut pieces = Vec::new();
    for (i, v) in args.iter().enumerate() {
        if i > 0 && name != "basename" {
            pieces.push(Value::text("/"));
        }
        if i == 0 || name != "basename" {
            let t = m.text_of(v);
            pieces.push(t);
        }
    }
    // A place below somebody's home is asked about for what is there, not for whose home it is.
    if name != "basename" && pieces.len() > 1 {
        for p in &mut pieces {
            p.taint = m.marks.without(&p.taint, Source::Username);
        }
    }
    m.concat(pieces)
}

/// What a formatter made with these arguments gives.
fn formatted(m: &mut Machine<'_>, f: &Value, at: u32) -> Run<Value> {
    let t = m.step(&f.taint, Transform::Format, at, "");
    Ok(Value::unknown(Kind::Text, t))
}

fn process(m: &mut Machine<'_>, path: &str, args: &[Value], at: u32) -> Run<Option<Value>> {
    let mut command = String::new();
    let mut taint = None;
    for a in args.iter().take(2) {
        let is_function = a.as_object().is_some_and(|id| matches!(m.store.get(id).what, What::Function(_)));
        if is_function
            || matches!(a.shape, Shape::Object(_)) && !a.as_object().is_some_and(|id| m.store.get(id).is_list())
        {
            continue;
        }
        command.push_str(&sources::known_text(m, a));
        command.push(' ');
        taint = union(&taint, &m.deep_taint(a, 2));
    }
    sinks::command(m, &command, args, at);
    let source = sources::of_command(&command);
    if let Some(s) = source {
        let t = m.marks.source(s, m.place(at));
        taint = union(&taint, &t);
    }
    m.unknown_calls += 1;
    let name = tail(path);
    // Regular expressions and databases have an `exec` as well.
    let other = matches!(name, "run" | "$" | "shell") || (name == "exec" && !path.contains("child_process"));
    if source.is_none() && other {
        return Ok(None);
    }
    let out = Value::unknown(Kind::Text, taint.clone());
    if let Some(callback) =
        args.iter().find(|a| a.as_object().is_some_and(|id| matches!(m.store.get(id).what, What::Function(_))))
    {
        m.call(
            &callback.clone(),
            &Value::UNDEFINED,
            vec![Value::plain(Shape::Null), out.clone(), Value::text("")],
            at,
        )?;
    }
    Ok(Some(match name {
        "execSync" | "execFileSync" => out,
        _ => {
            let open = Value::outside("?process", taint);
            let v = m.open_object(open);
            m.set_member(&v, &Value::text("stdout"), out, at)?;
            v
        }
    }))
}

fn read_file(m: &mut Machine<'_>, path: &str, args: &[Value], at: u32) -> Run<Option<Value>> {
    let a = arg(args, 0);
    let t = sources::known_text(m, &a);
    m.unknown_calls += 1;
    let Some(source) = sources::of_file(&t) else {
        if path.contains("fs") || path.starts_with("Bun") || path.starts_with("Deno") {
            let out = Value::unknown(Kind::Text, None);
            if let Some(callback) =
                args.iter().find(|a| a.as_object().is_some_and(|id| matches!(m.store.get(id).what, What::Function(_))))
            {
                m.call(&callback.clone(), &Value::UNDEFINED, vec![Value::plain(Shape::Null), out.clone()], at)?;
            }
            return Ok(Some(if tail(path) == "file" { Value::outside("Bun.file()", None) } else { out }));
        }
        return Ok(None);
    };
    let taint = m.marks.source(source, m.place(at));
    let out = Value::unknown(Kind::Text, taint.clone());
    if let Some(callback) =
        args.iter().find(|a| a.as_object().is_some_and(|id| matches!(m.store.get(id).what, What::Function(_))))
    {
        m.call(&callback.clone(), &Value::UNDEFINED, vec![Value::plain(Shape::Null), out.clone()], at)?;
    }
    Ok(Some(if tail(path) == "file" { Value::outside("Bun.file()", taint) } else { out }))
}

pub(crate) fn construct(m: &mut Machine<'_>, path: &str, callee: &Value, args: Vec<Value>, at: u32) -> Run<Value> {
    let a = arg(&args, 0);
    let path = path.strip_prefix("globalThis.").unwrap_or(path);
    Ok(match path {
        "Date" => {
            let taint = args.iter().fold(None, |t, v| union(&t, &v.taint));
            Value::object(m.store.add(Object::new(What::Date(taint))))
        }
        "Set" | "WeakSet" => {
            let (mut items, rest, order) = m.elements(&a);
            let mut seen: Vec<Value> = Vec::new();
            if items.len() < 600 {
                for v in items {
                    if !seen.iter().any(|s| s.shape == v.shape) {
                        seen.push(v);
                    }
                }
                items = seen;
            }
            Value::object(m.store.add(Object { items, rest, order, ..Object::new(What::Set) }))
        }
        "Map" | "WeakMap" => {
            let (items, rest, _) = m.elements(&a);
            let mut o = Object::new(What::Map);
            for pair in items {
                let (parts, ..) = m.elements(&pair);
                o.items.push(arg(&parts, 0));
                o.values.push(arg(&parts, 1));
            }
            o.rest = rest;
            Value::object(m.store.add(o))
        }
        "URL" | "url.URL" => {
            let v = if args.len() > 1 {
                let parts = vec![m.text_of(&args[1]), m.text_of(&a)];
                m.concat(parts)
            } else {
                m.text_of(&a)
            };
            m.unknown_calls += 1;
            let id = m.store.add(Object::new(What::Url(v)));
            let params = Value::object(m.store.add(Object::new(What::Form)));
            m.store.change(id).properties.insert("searchParams".into(), params);
            Value::object(id)
        }
        "FormData"
        | "URLSearchParams"
        | "Headers"
        | "form-data"
        | "formdata-node"
        | "form-data.FormData"
        | "formdata-node.FormData"
        | "undici.FormData"
        | "node-fetch.FormData"
        | "node-fetch.Headers"
        | "undici.Headers" => {
            let id = m.store.add(Object::new(What::Form));
            if let Some(from) = a.as_object().filter(|i| m.store.get(*i).is_list()) {
                let (pairs, ..) = m.elements(&Value::object(from));
                for p in pairs {
                    let (parts, ..) = m.elements(&p);
                    m.set_member(&Value::object(id), &arg(&parts, 0), arg(&parts, 1), at)?;
                }
            } else {
                m.spread_into(id, &a, at)?;
            }
            Value::object(id)
        }
        "RegExp" => {
            let (source, flags) = match a.as_object().map(|id| m.store.get(id).what.clone()) {
                Some(What::Regex { source, flags }) => (source, flags),
                _ => (m.text_of(&a), args.get(1).and_then(constant_text).unwrap_or_else(|| "".into())),
            };
            Value::object(m.store.add(Object::new(What::Regex { source, flags })))
        }
        "Promise" => {
            let promise = m.promise(None);
            let resolve = m.native(Native::Resolve(promise));
            let reject = m.native(Native::Nothing);
            m.call(&a, &Value::UNDEFINED, vec![resolve, reject], at)?;
            Value::object(promise)
        }
        "Array" => return call(m, "Array", callee, &Value::UNDEFINED, args, at),
        "Uint8Array" | "Uint16Array" | "Uint32Array" | "Int8Array" | "Int32Array" | "ArrayBuffer" => {
            match a.as_number() {
                Some(n) => m.array(vec![Value::number(0.0); n.clamp(0.0, 65_536.0) as usize]),
                None => array_from(m, &args[..args.len().min(1)], at)?,
            }
        }
        "String" => m.text_of(&a),
        "Function" => evaluated(m, &args, true, at)?,
        "Error" | "TypeError" | "RangeError" => {
            let message = m.text_of(&a);
            m.plain(vec![("message", message)])
        }
        "Intl.DateTimeFormat" | "Intl.NumberFormat" => {
            if is_marked(&a.taint) && matches!(a.shape, Shape::Choice(_)) {
                let options = arg(&args, 1);
                let shown = if path.ends_with("NumberFormat") {
                    builtins::localised_number(m, &Value::unknown(Kind::Number, None), &a)
                } else {
                    builtins::localised_date(m, &a, &options, &None, at)?
                };
                let f = m.native(Native::Constant(shown));
                let open = Value::outside(format!("{path}()"), a.taint.clone());
                let v = m.open_object(open);
                m.set_member(&v, &Value::text("format"), f, at)?;
                return Ok(v);
            }
            if let (Some(locale), true, false) = (constant_text(&a), path.ends_with("DateTimeFormat"), args.is_empty())
            {
                let options = arg(&args, 1);
                if is_marked(&m.deep_taint(&options, 2)) {
                    let shown = builtins::localised_date(m, &Value::text(locale), &options, &None, at)?;
                    let f = m.native(Native::Constant(shown));
                    let open = Value::outside(format!("{path}()"), None);
                    let v = m.open_object(open);
                    m.set_member(&v, &Value::text("format"), f, at)?;
                    return Ok(v);
                }
            }
            let taint = args.iter().fold(None, |t, v| union(&t, &m.deep_taint(v, 2)));
            Value::outside(format!("{path}()"), taint)
        }
        "Request" => {
            let v = m.plain(vec![("url", a.clone())]);
            if let Some(id) = v.as_object() {
                m.spread_into(id, &arg(&args, 1), at)?;
            }
            v
        }
        "Proxy" => {
            let handler = arg(&args, 1);
            if handler.as_object().is_none() {
                return Ok(a);
            }
            Value::object(m.store.add(Object::new(What::Proxy { target: a, handler })))
        }
        "Blob" | "File" => {
            if path == "File" {
                sinks::file_name(m, &arg(&args, 1), at);
            }
            let (items, ..) = m.elements(&a);
            let mut pieces = Vec::new();
            for v in items {
                pieces.push(m.text_of(&v));
            }
            m.concat(pieces)
        }
        _ => {
            let taint = args.iter().fold(callee.taint.clone(), |t, v| union(&t, &marks_only(&m.deep_taint(v, 2))));
            sinks::outside_call(m, &format!("new {path}"), &args, at);
            m.unknown_calls += 1;
            let name = path.trim_start_matches('?');
            Value::outside(format!("{name}()"), taint)
        }
    })
}
