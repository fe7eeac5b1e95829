//! Methods and properties that values have by themselves.

mod addresses;
mod dates;
mod numbers;

pub(crate) use self::addresses::query_text;
use self::addresses::url_part;
use self::dates::date_call;
pub(crate) use self::dates::localised_date;
pub(crate) use self::numbers::localised_number;
use self::numbers::number_call;
use super::heap::{Object, What, may_be_absent};
use super::machine::{Machine, Run};
use super::operators::{numeric, to_int};
use super::taint::{codes, is_marked, marks_only, union, with_codes};
use super::value::{Kind, Shape, Value, constant_text};
use super::{lists, strings};
use crate::axes::Transform;

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
            if !is_marked(&v.taint) && is_value(&path) {
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
pub(crate) fn is_value(path: &str) -> bool {
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

pub(crate) fn int(v: &Value) -> Option<i32> {
    numeric(v).map(to_int)
}
