//! Methods and properties that values have by themselves.

use super::heap::{Object, What, may_be_absent};
use super::machine::{Machine, Run};
use super::operators::{numeric, to_int};
use super::taint::{codes, is_marked, marks_only, union, with_codes, with_form};
use super::value::{Kind, Shape, Value, constant_text, number_text};
use super::{formats, lists, strings};
use crate::axes::{Source, Transform};

/// A day that stands for any, so that its parts can be followed through text.
pub(crate) const SAMPLE: &str = "2026-01-15T10:20:30.000Z";

/// A property that is no member of the program's own objects.
pub(crate) fn property(m: &mut Machine<'_>, v: &Value, name: &str) -> Value {
    let bound = |m: &mut Machine<'_>| {
        let target = Value::outside(format!("%{name}"), None);
        Value::object(m.store.add(Object::new(What::Bound { target, this: v.clone(), arguments: Vec::new() })))
    };
    match &v.shape {
        Shape::Text(t) => {
            if name == "length" {
                return Value::new(Shape::Number(super::text::units(t).len() as f64), v.taint.clone());
            }
            if let Ok(i) = name.parse::<usize>() {
                return super::text::units(t).get(i).map_or(Value::UNDEFINED, |u| {
                    Value::new(Shape::Text(super::text::from_units(&[*u]).into()), v.taint.clone())
                });
            }
            if strings::METHODS.contains(&name) { bound(m) } else { Value::UNDEFINED }
        }
        Shape::Object(id) => {
            let o = m.store.get(*id);
            let rest = o.rest.clone();
            let length = o.items.len();
            let uncertain = rest.is_some() || matches!(name, "length" | "size") && o.items.iter().any(may_be_absent);
            let what = o.what.clone();
            m.store.charge(length as u64 / 32);
            match (&what, name) {
                (What::Array, "length") | (What::Set | What::Map, "size") => {
                    if uncertain {
                        let t = m.deep_taint(v, 2);
                        return Value::unknown(Kind::Number, marks_only(&t));
                    }
                    Value::number(length as f64)
                }
                (What::Array | What::Set | What::Map, _) if lists::METHODS.contains(&name) => bound(m),
                (What::Array, _) if rest.is_some() => rest.unwrap_or(Value::UNDEFINED),
                (What::Url(inner), _) => url_part(m, inner, name),
                (What::Function(_) | What::Class(_) | What::Bound { .. }, "call" | "apply" | "bind" | "toString") => {
                    bound(m)
                }
                (What::Function(c), "name") => Value::text(&*c.name.clone()),
                (What::Function(_), "prototype") => {
                    let p = Value::object(m.store.add(Object::new(What::Plain)));
                    m.store.change(*id).properties.insert("prototype".into(), p.clone());
                    p
                }
                (What::Regex { source, .. }, "source") => source.clone(),
                (What::Regex { .. }, "test" | "exec") | (What::Promise, "then" | "catch" | "finally") => bound(m),
                (What::Plain, _) if rest.is_some() => rest.unwrap_or(Value::UNDEFINED),
                (What::Plain, "hasOwnProperty") => bound(m),
                (What::Date(_), _) => bound(m),
                _ => Value::UNDEFINED,
            }
        }
        Shape::Joined(_) | Shape::Unknown(Kind::Text) | Shape::Json(_) | Shape::Repeated(_) => {
            if name == "length" {
                return Value::unknown(Kind::Number, v.taint.clone());
            }
            if strings::METHODS.contains(&name) { bound(m) } else { Value::unknown(Kind::Text, v.taint.clone()) }
        }
        Shape::Number(_) | Shape::Unknown(Kind::Number | Kind::Bool) | Shape::Bool(_) | Shape::Above(_) => bound(m),
        _ => {
            m.unknown_calls += 1;
            let kind = if name == "length" { Kind::Number } else { Kind::Any };
            Value::unknown(kind, v.taint.clone())
        }
    }
}

/// Whether something outside is what a caller handed over or a call gave, and no function or module.
pub(crate) fn is_data(path: &str) -> bool {
    path.starts_with('?') || path.contains("()")
}

/// Calls a method that the program did not define.
pub(crate) fn call(m: &mut Machine<'_>, v: &Value, name: &str, args: Vec<Value>, at: u32) -> Run<Value> {
    if let Some(r) = awaited(m, v, name, &args, at)? {
        return Ok(r);
    }
    match &v.shape {
        Shape::Text(_) | Shape::Joined(_) | Shape::Unknown(Kind::Text) | Shape::Repeated(_) | Shape::Json(_) => {
            if strings::METHODS.contains(&name) {
                return strings::call(m, v, name, &args, at);
            }
            m.unknown_call(&format!("?text.{name}"), &v.taint, args, at)
        }
        Shape::Number(_) | Shape::Unknown(Kind::Number) | Shape::Above(_) => Ok(number_call(m, v, name, &args)),
        Shape::Bool(_) | Shape::Unknown(Kind::Bool) => Ok(m.text_of(v)),
        Shape::Object(id) => object_call(m, v, *id, name, args, at),
        Shape::Choice(_) => m.call_member(v, name, args, at),
        Shape::Outside(path) => {
            let path = path.clone();
            if &*path == "globalThis" {
                let f = m.lookup(name, m.global, at);
                return m.call(&f, &Value::UNDEFINED, args, at);
            }
            if matches!(name, "call" | "apply" | "bind")
                && !path.starts_with('?')
                && super::globals::is_known(path.split('.').next().unwrap_or(""))
            {
                return apply(m, v, name, args, at);
            }
            if !is_marked(&v.taint) && is_data(&path) {
                match name {
                    "toLocaleString" if args.len() == 1 && args[0].is_constant() => {
                        return Ok(localised_number(m, &Value::unknown(Kind::Number, None), &args[0]));
                    }
                    "toString" if args.is_empty() => return Ok(Value::unknown(Kind::Text, v.taint.clone())),
                    _ => {}
                }
            }
            if let Some(v) = outside_text(m, v, &path, name, &args, at)? {
                return Ok(v);
            }
            let f = m.member_named(v, name, at)?;
            m.call(&f, v, args, at)
        }
        Shape::Unknown(Kind::Any) => {
            if let Some(r) = guessed(m, v, name, &args, at)? {
                return Ok(r);
            }
            m.unknown_call(&format!("?.{name}"), &v.taint, args, at)
        }
        _ => {
            m.unknown_calls += 1;
            m.unknown_call(&format!("?.{name}"), &v.taint, args, at)
        }
    }
}

/// `then`, `catch` and `finally` of what an asynchronous function gave, which stands for its promise.
fn awaited(m: &mut Machine<'_>, v: &Value, name: &str, args: &[Value], at: u32) -> Run<Option<Value>> {
    if !matches!(name, "then" | "catch" | "finally") || matches!(v.shape, Shape::Outside(_) | Shape::Choice(_)) {
        return Ok(None);
    }
    let Some(f) = args.first().filter(|f| f.as_object().is_some_and(|id| m.store.get(id).is_callable())) else {
        return Ok(None);
    };
    if let Some(id) = v.as_object() {
        let o = m.store.get(id);
        if matches!(o.what, What::Promise) || o.is_callable() || o.open.is_some() {
            return Ok(None);
        }
    }
    Ok(Some(match name {
        "then" => {
            let r = m.call(f, &Value::UNDEFINED, vec![v.clone()], at)?;
            m.settled(&r, at)?
        }
        "finally" => {
            m.call(f, &Value::UNDEFINED, Vec::new(), at)?;
            v.clone()
        }
        // Whether it fails is not known: what the handler gives is as good an answer.
        _ => {
            let given = Value::unknown(Kind::Any, None);
            let other = m.either(
                &Value::unknown(Kind::Bool, marks_only(&v.taint)),
                m.place(at),
                |m| m.call(f, &Value::UNDEFINED, vec![given], at),
                |_| Ok(v.clone()),
            )?;
            m.settled(&other, at)?
        }
    }))
}

/// Something from outside that is used as a text.
fn outside_text(m: &mut Machine<'_>, v: &Value, path: &str, name: &str, args: &[Value], at: u32) -> Run<Option<Value>> {
    if !is_value(path) {
        return Ok(None);
    }
    let is_probe = ["access()", "stat()"].iter().any(|p| path.ends_with(p));
    if is_probe && matches!(name, "then" | "catch") && is_marked(&v.taint) {
        return probed(m, v, name, args, at).map(Some);
    }
    guessed(m, v, name, args, at)
}

/// What follows a question whether something is there: the answer says which of two functions is called.
fn probed(m: &mut Machine<'_>, v: &Value, name: &str, args: &[Value], at: u32) -> Run<Value> {
    let answer = |m: &mut Machine<'_>, f: Option<&Value>| match f.filter(|f| f.as_object().is_some()) {
        Some(f) => {
            let r = m.call(f, &Value::UNDEFINED, vec![v.clone()], at)?;
            m.settled(&r, at)
        }
        None => Ok(v.clone()),
    };
    let (yes, no) = if name == "then" { (args.first(), args.get(1)) } else { (None, args.first()) };
    let place = m.place(at);
    let result = match no {
        None => answer(m, yes)?,
        Some(_) => m.either(v, place, |m| answer(m, yes), |m| answer(m, no))?,
    };
    Ok(result.tainted(&v.taint))
}

/// Whether a name from outside is a value rather than a module of functions.
fn is_value(path: &str) -> bool {
    path.starts_with('?')
        || path.contains("()")
        || path.contains("[]")
        || path.contains("env.")
        || path.contains("argv")
}

/// A method of a value that is not known, when only one kind of value has it.
fn guessed(m: &mut Machine<'_>, v: &Value, name: &str, args: &[Value], at: u32) -> Run<Option<Value>> {
    const TEXT: &[&str] = &[
        "charCodeAt",
        "codePointAt",
        "charAt",
        "startsWith",
        "endsWith",
        "split",
        "replace",
        "replaceAll",
        "toLowerCase",
        "toUpperCase",
        "trim",
        "trimStart",
        "trimEnd",
        "padStart",
        "padEnd",
        "normalize",
        "match",
        "matchAll",
        "search",
        "localeCompare",
        "substring",
        "substr",
        "includes",
        "indexOf",
        "toString",
        "repeat",
        "toLocaleLowerCase",
        "toLocaleUpperCase",
    ];
    const LIST: &[&str] = &[
        "map",
        "filter",
        "some",
        "every",
        "find",
        "findIndex",
        "forEach",
        "reduce",
        "flatMap",
        "join",
        "flat",
        "entries",
        "values",
        "keys",
    ];
    if TEXT.contains(&name) {
        let text = Value::unknown(Kind::Text, v.taint.clone());
        return strings::call(m, &text, name, args, at).map(Some);
    }
    let has_callback = args.first().is_some_and(|a| matches!(a.shape, Shape::Object(_)));
    if LIST.contains(&name) && (has_callback || matches!(name, "join" | "flat")) {
        let item = match &v.shape {
            Shape::Outside(p) => Value::outside(format!("{p}[]"), v.taint.clone()),
            _ => Value::unknown(Kind::Any, v.taint.clone()),
        };
        let list = m.array_of(item);
        let id = list.as_object().expect("an array was made");
        return lists::call(m, &list, id, name, args.to_vec(), at).map(Some);
    }
    if matches!(name, "then" | "catch" | "finally") && has_callback {
        let given = if name == "then" { v.clone() } else { Value::unknown(Kind::Any, None) };
        let result = m.call(&args[0], &Value::UNDEFINED, vec![given], at)?;
        let result = m.settled(&result, at)?;
        return Ok(Some(if name == "then" { result } else { v.clone() }));
    }
    Ok(None)
}

fn number_call(m: &mut Machine<'_>, v: &Value, name: &str, args: &[Value]) -> Value {
    if let Some(first) = args.first().filter(|a| matches!(a.shape, Shape::Choice(_)) && name != "toLocaleString") {
        let made = m.each(first, 0, |m, first| Ok(number_call(m, v, name, std::slice::from_ref(first))));
        return made.unwrap_or_else(|_| Value::unknown(Kind::Text, v.taint.clone()));
    }
    let first = args.first().and_then(numeric);
    match (&v.shape, name) {
        (Shape::Number(n), "toString") => {
            Value::new(Shape::Text(radix(*n, first.unwrap_or(10.0) as u32).into()), v.taint.clone())
        }
        (Shape::Number(n), "toFixed") => Value::new(
            Shape::Text(format!("{n:.*}", first.unwrap_or(0.0).clamp(0.0, 100.0) as usize).into()),
            v.taint.clone(),
        ),
        // By itself it is a number like any other, told only from one with other digits.
        (_, "toFixed") if !is_marked(&v.taint) => {
            let digits = first.unwrap_or(0.0).clamp(0.0, 100.0) as usize;
            Value::unknown(Kind::Text, with_form(&v.taint, "1", &format!("{:.digits$}", 1.0)))
        }
        (Shape::Number(_), "valueOf") => v.clone(),
        (_, "toLocaleString") => {
            let locale = args.first().cloned().unwrap_or(Value::UNDEFINED);
            localised_number(m, v, &locale)
        }
        (_, "valueOf") => v.clone(),
        _ => Value::unknown(Kind::Text, v.taint.clone()),
    }
}

/// A number as a locale writes it; a choice of locales makes a choice of texts.
pub(crate) fn localised_number(m: &mut Machine<'_>, v: &Value, locale: &Value) -> Value {
    let is_choice = matches!(locale.shape, Shape::Choice(_));
    let made = m.each(locale, 0, |m, l| {
        let Some(text) = formats::sample(m, true, l, &Value::UNDEFINED) else {
            return Ok(Value::unknown(Kind::Text, union(&v.taint, &l.taint)));
        };
        // By itself it is a number like any other, told only from one that is written in another way.
        Ok(if is_choice { Value::text(text) } else { Value::unknown(Kind::Text, with_form(&v.taint, "1234.5", &text)) })
    });
    made.unwrap_or(Value::UNDEFINED).tainted(&marks_only(&locale.taint))
}

pub(crate) fn radix(n: f64, base: u32) -> String {
    if base == 10 || !(2..=36).contains(&base) || !n.is_finite() {
        return number_text(n);
    }
    let mut whole = n.abs().trunc() as u64;
    let mut digits = Vec::new();
    loop {
        digits.push(char::from_digit((whole % u64::from(base)) as u32, base).unwrap_or('0'));
        whole /= u64::from(base);
        if whole == 0 {
            break;
        }
    }
    let mut text: String = digits.into_iter().rev().collect();
    let mut part = n.abs().fract();
    if part > 0.0 {
        text.push('.');
        for _ in 0..12 {
            part *= f64::from(base);
            text.push(char::from_digit(part.trunc() as u32, base).unwrap_or('0'));
            part = part.fract();
            if part == 0.0 {
                break;
            }
        }
    }
    if n < 0.0 { format!("-{text}") } else { text }
}

fn object_call(m: &mut Machine<'_>, v: &Value, id: u32, name: &str, args: Vec<Value>, at: u32) -> Run<Value> {
    let first = args.first().cloned().unwrap_or(Value::UNDEFINED);
    match m.store.get(id).what.clone() {
        What::Array | What::Set | What::Map => {
            // Bytes become text through their own `toString`.
            if name == "toString" && (!args.is_empty() || m.store.get(id).properties.contains_key("\0bytes")) {
                return Ok(super::globals::bytes_to_text(m, v, args.first()));
            }
            if lists::METHODS.contains(&name) {
                return lists::call(m, v, id, name, args, at);
            }
            if matches!(name, "subarray") {
                return lists::call(m, v, id, "slice", args, at);
            }
            if name == "copy" || name == "readUInt8" {
                return m.member(v, &first, at);
            }
            m.unknown_call(&format!("?list.{name}"), &v.taint, args, at)
        }
        What::Function(_) | What::Class(_) | What::Bound { .. } | What::Native(_) => apply(m, v, name, args, at),
        What::Regex { source, flags } => {
            let text = m.text_of(&first);
            if name == "test" || name == "exec" {
                if let (Some(t), Some((r, global))) =
                    (text.as_text(), text.as_text().and_then(|t| strings::regex(m, v, t)))
                {
                    if name == "test" {
                        return Ok(Value::bool(r.is_match(t)));
                    }
                    return Ok(strings::exec(m, v, &r, global, &text, t));
                }
                let shown = constant_text(&source).unwrap_or_else(|| "…".into());
                let hidden = super::taint::codes_of(&source.taint);
                let taint = match strings::asks(&shown) {
                    true => {
                        let shown = format!("/{shown}/{flags}");
                        super::operators::step_for(m, &text.taint, hidden, &shown, Transform::Keywords, at)
                    }
                    false => text.taint.clone(),
                };
                let result = Value::unknown(if name == "test" { Kind::Bool } else { Kind::Any }, taint);
                return Ok(result);
            }
            Ok(m.text_of(v))
        }
        What::Date(taint) => date_call(m, v, &taint, name, &args, at),
        What::Proxy { target, .. } => call(m, &target, name, args, at),
        What::Promise => {
            let inner = m.settled(v, at)?;
            match name {
                "then" => {
                    let r = m.call(&first, &Value::UNDEFINED, vec![inner], at)?;
                    let r = m.settled(&r, at)?;
                    Ok(Value::object(m.promise(Some(r))))
                }
                "finally" => {
                    m.call(&first, &Value::UNDEFINED, Vec::new(), at)?;
                    Ok(v.clone())
                }
                _ => Ok(v.clone()),
            }
        }
        What::Hash(taint) => match name {
            "update" => {
                let next = union(&taint, &first.taint);
                m.store.change(id).what = What::Hash(next);
                Ok(v.clone())
            }
            "digest" => {
                let taint = if is_marked(&taint) { with_codes(&taint, codes::MIXED) } else { taint };
                Ok(Value::unknown(Kind::Text, taint))
            }
            _ => Ok(v.clone()),
        },
        What::Url(inner) => match name {
            "toString" | "toJSON" => Ok(m.text_of(&inner)),
            _ => m.unknown_call("?url", &inner.taint, args, at),
        },
        What::Form => {
            let value = args.get(1).cloned().unwrap_or(Value::UNDEFINED);
            match name {
                "append" | "set" => {
                    m.set_member(v, &first, value, at)?;
                    if let Some(file) = args.get(2) {
                        super::sinks::file_name(m, file, at);
                    }
                    Ok(Value::UNDEFINED)
                }
                "get" => m.member(v, &first, at),
                "sort" => {
                    m.store.change(id).properties.sort_keys();
                    Ok(Value::UNDEFINED)
                }
                "delete" => {
                    if let Some(k) = constant_text(&first) {
                        m.store.change(id).properties.shift_remove(&k);
                    }
                    Ok(Value::UNDEFINED)
                }
                "toString" => {
                    let o = m.store.copy(id);
                    Ok(query_text(m, &o))
                }
                "has" => {
                    let there = constant_text(&first).map(|k| m.store.get(id).properties.contains_key(&k));
                    Ok(there.map_or(Value::unknown(Kind::Bool, None), Value::bool))
                }
                "forEach" | "entries" | "keys" | "values" => {
                    let (items, ..) = m.elements(v);
                    Ok(m.array(items))
                }
                _ => Ok(Value::UNDEFINED),
            }
        }
        What::Plain => match name {
            "hasOwnProperty" => super::operators::binary(m, oxc_syntax::operator::BinaryOperator::In, &first, v, at),
            "toString" => Ok(m.text_of(v)),
            _ => {
                let open = m.store.get(id).open.clone();
                match open {
                    Some(open) => call(m, &open, name, args, at),
                    None => {
                        m.unknown_calls += 1;
                        m.unknown_call(&format!("?.{name}"), &v.taint, args, at)
                    }
                }
            }
        },
    }
}

/// `f.call`, `f.apply`, `f.bind`.
fn apply(m: &mut Machine<'_>, f: &Value, name: &str, mut args: Vec<Value>, at: u32) -> Run<Value> {
    let this = if args.is_empty() { Value::UNDEFINED } else { args.remove(0) };
    match name {
        "call" => m.call(f, &this, args, at),
        "apply" => {
            let list = args.into_iter().next().unwrap_or(Value::UNDEFINED);
            let (mut items, rest, _) = m.elements(&list);
            items.extend(rest);
            m.call(f, &this, items, at)
        }
        "bind" => Ok(Value::object(m.store.add(Object::new(What::Bound { target: f.clone(), this, arguments: args })))),
        "toString" => Ok(m.source_text(f).map_or(Value::unknown(Kind::Text, None), Value::text)),
        _ => m.unknown_call(&format!("?.{name}"), &None, args, at),
    }
}

pub(crate) fn query_text(m: &mut Machine<'_>, o: &Object<'_>) -> Value {
    let forth = query_of(m, o.properties.iter());
    if !is_marked(&o.order) || o.properties.len() < 2 {
        return forth.tainted(&marks_only(&o.order));
    }
    // An order that something decides stands for all of them by one that is another.
    let back = query_of(m, o.properties.iter().rev());
    let place = m.place(m.now);
    m.join(forth, back, &o.order, place)
}

fn query_of<'o>(m: &mut Machine<'_>, fields: impl Iterator<Item = (&'o std::rc::Rc<str>, &'o Value)>) -> Value {
    let mut pieces = Vec::new();
    for (i, (k, v)) in fields.enumerate() {
        let name = Value::text(format!("{}{k}=", if i > 0 { "&" } else { "" }));
        if may_be_absent(v) && is_marked(&v.taint) {
            let there: Vec<Value> = v.alternatives().iter().filter(|v| v.shape != Shape::Absent).cloned().collect();
            let place = m.place(0);
            let mut choice = Value::text("");
            for t in there {
                let t = m.text_of(&t);
                let with = m.concat(vec![name.clone(), t]);
                choice = m.join(choice, with, &v.taint, place);
            }
            pieces.push(choice);
            continue;
        }
        let t = m.text_of(v);
        pieces.extend([name, t]);
    }
    m.concat(pieces)
}

fn url_part(m: &mut Machine<'_>, inner: &Value, name: &str) -> Value {
    let text = m.text_of(inner);
    if let Some(t) = text.as_text()
        && let Some((scheme, rest)) = t.split_once("://")
    {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let host = &rest[..end];
        let path = &rest[end..];
        let bare = host.rsplit('@').next().unwrap_or(host);
        let shown = match name {
            "host" => bare.to_owned(),
            "hostname" => bare.split(':').next().unwrap_or(bare).to_owned(),
            "protocol" => format!("{scheme}:"),
            "origin" => format!("{scheme}://{bare}"),
            "href" => t.to_string(),
            "pathname" => path.split(['?', '#']).next().filter(|p| !p.is_empty()).unwrap_or("/").to_owned(),
            _ => String::new(),
        };
        return Value::new(Shape::Text(shown.into()), text.taint.clone());
    }
    match name {
        "searchParams" => Value::object(m.store.add(Object::new(What::Form))),
        "toString" => {
            let target = Value::outside("%toString", None);
            Value::object(m.store.add(Object::new(What::Bound { target, this: text, arguments: Vec::new() })))
        }
        "href" => text,
        _ => Value::unknown(Kind::Text, text.taint.clone()),
    }
}

fn date_call(
    m: &mut Machine<'_>,
    v: &Value,
    taint: &super::taint::Taint,
    name: &str,
    args: &[Value],
    at: u32,
) -> Run<Value> {
    let first = args.first().cloned().unwrap_or(Value::UNDEFINED);
    let text = |t: &str| Value::new(Shape::Text(t.into()), taint.clone());
    Ok(match name {
        "toISOString" | "toJSON" => text(SAMPLE),
        "getTimezoneOffset" => m.source(Source::Timezone, at, Kind::Number),
        "toString" | "toTimeString" => m.source(Source::Timezone, at, Kind::Text),
        "toDateString" => text("Thu Jan 15 2026"),
        "toUTCString" | "toGMTString" => text("Thu, 15 Jan 2026 10:20:30 GMT"),
        "toLocaleDateString" | "toLocaleString" | "toLocaleTimeString" => {
            let options = args.get(1).cloned().unwrap_or(Value::UNDEFINED);
            localised_date(m, &first, &options, taint, at)?
        }
        "valueOf" | "getTime" => Value::unknown(Kind::Number, taint.clone()),
        _ if name.starts_with("set") => v.clone(),
        _ => Value::unknown(Kind::Number, taint.clone()),
    })
}

/// A date as a locale writes it.
pub(crate) fn localised_date(
    m: &mut Machine<'_>,
    locale: &Value,
    options: &Value,
    taint: &super::taint::Taint,
    at: u32,
) -> Run<Value> {
    if let Shape::Choice(all) = &options.shape
        && all.iter().filter(|v| v.as_object().is_some()).count() > 1
        && is_marked(&options.taint)
    {
        // Options that differ by a source make texts that differ.
        let place = m.place(at);
        let shown = m.join(Value::text("01/15/2026"), Value::text("1/15/2026"), &options.taint, place);
        return Ok(shown.tainted(&marks_only(&options.taint)));
    }
    let zone = options.as_object().and_then(|id| m.store.get(id).properties.get("timeZone").cloned());
    let named = options.as_object().is_some_and(|id| m.store.get(id).properties.contains_key("timeZoneName"));
    let mut extra = marks_only(&m.deep_taint(options, 2));
    extra = union(&extra, taint);
    if named && zone.is_none() {
        return Ok(m.source(Source::Timezone, at, Kind::Text));
    }
    let made = m.each(locale, at, |m, l| {
        let Some(name) = constant_text(l).filter(|t| &**t != "undefined") else {
            let t = union(&extra, &l.taint);
            let t = m.step(&t, Transform::Format, at, "");
            return Ok(Value::unknown(Kind::Text, t));
        };
        if options.shape != Shape::Undefined && zone.is_some() {
            let t = m.step(&extra, Transform::Format, at, "");
            return Ok(Value::unknown(Kind::Text, t));
        }
        let long = options.as_object().is_some_and(|id| {
            let o = m.store.get(id);
            o.properties.contains_key("month")
                && o.properties
                    .get("month")
                    .and_then(Value::as_text)
                    .is_some_and(|t| t.len() > 3 && &**t != "2-digit" && &**t != "numeric")
        });
        Ok(Value::new(Shape::Text(date_in(&name, long).into()), taint.clone()))
    })?;
    let mut made = made.tainted(&marks_only(&locale.taint));
    if let Some(o) = options.as_object() {
        // Options that differ by a source make texts that differ.
        let choice = m
            .store
            .get(o)
            .properties
            .iter()
            .find(|(k, v)| &***k != "timeZone" && matches!(v.shape, Shape::Choice(_)))
            .map(|(_, v)| v.clone());
        if let Some(c) = choice {
            let place = m.place(at);
            let one = Value::text("01/15/2026");
            let other = Value::text("1/15/2026");
            made = m.join(one, other, &c.taint, place).tainted(&marks_only(&c.taint));
        }
    }
    if matches!(made.shape, Shape::Choice(_)) && is_marked(&made.taint) {
        let place = m.place(at);
        m.nominate(&mut made, place);
    }
    Ok(made)
}

fn date_in(locale: &str, long: bool) -> &'static str {
    if long {
        return match locale {
            "en-US" | "en" => "January 15, 2026",
            _ => "15 January 2026",
        };
    }
    match locale {
        "en-US" | "en" => "1/15/2026",
        "en-CA" | "sv-SE" | "sv" | "lt-LT" | "fr-CA" => "2026-01-15",
        "zh-CN" | "ja-JP" | "zh-TW" | "ja" | "zh" => "2026/1/15",
        "de-DE" | "de" | "ru-RU" | "pl-PL" | "fi-FI" | "tr-TR" => "15.1.2026",
        "nl-NL" => "15-1-2026",
        "ko-KR" => "2026. 1. 15.",
        _ => "15/01/2026",
    }
}

pub(crate) fn int(v: &Value) -> Option<i32> {
    numeric(v).map(to_int)
}
