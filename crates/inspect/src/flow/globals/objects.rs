//! `Object.…`, `Array.from`, and what JSON makes.

use super::arg;
use crate::flow::heap::{Object, What};
use crate::flow::machine::{Machine, Run};
use crate::flow::taint::Taint;
use crate::flow::value::{Kind, Shape, Value, constant_text};

pub(super) fn array_from(m: &mut Machine<'_>, args: &[Value], at: u32) -> Run<Value> {
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
            crate::flow::lists::call(m, &list, id, "map", vec![f.clone()], at)
        }
        _ => Ok(list),
    }
}

pub(super) fn object_static(m: &mut Machine<'_>, name: &str, args: &[Value], at: u32) -> Run<Option<Value>> {
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
                    let value = if crate::flow::heap::may_be_absent(&pair) {
                        m.join(value, Value::plain(Shape::Absent), &pair.taint, place)
                    } else {
                        value
                    };
                    m.set_member(&v, &arg(&parts, 0), value, at)?;
                }
            }
            if let Some(r) = rest {
                // Of a pair whose name is not known, the value may be under any name.
                let (parts, more, _) = m.elements(&r);
                let taint = m.deep_taint(&r, 2);
                let value = parts.into_iter().nth(1).or(more).unwrap_or_else(|| r.clone());
                m.store.change(id).rest = Some(value.tainted(&taint));
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
        "is" => crate::flow::operators::equal(m, &a, &arg(args, 1), at)?,
        "hasOwn" => crate::flow::operators::binary(m, oxc_syntax::operator::BinaryOperator::In, &arg(args, 1), &a, at)?,
        "prototype.hasOwnProperty" | "isFrozen" => Value::unknown(Kind::Bool, None),
        _ => return Ok(None),
    }))
}

pub(super) fn define(m: &mut Machine<'_>, object: &Value, key: &Value, descriptor: &Value, at: u32) -> Run<()> {
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

pub(crate) fn from_json(m: &mut Machine<'_>, v: &serde_json::Value, taint: &Taint, depth: u32) -> Value {
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
