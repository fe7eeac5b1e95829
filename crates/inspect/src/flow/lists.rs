//! Methods of arrays, sets and maps.

use std::rc::Rc;

use super::heap::{Object, What, may_be_absent};
use super::machine::{Machine, Run};
use super::operators::{self, numeric, step_for};
use super::taint::{Taint, codes, codes_of, is_marked, marks_only, union, with_codes};
use super::value::{Kind, Shape, Value, constant_text};
use crate::axes::Transform;

/// Under this name an iterator keeps how many items it has given.
const POSITION: &str = "\0position";

pub(crate) const METHODS: &[&str] = &[
    "push",
    "pop",
    "shift",
    "unshift",
    "splice",
    "slice",
    "concat",
    "join",
    "reverse",
    "toReversed",
    "sort",
    "toSorted",
    "indexOf",
    "lastIndexOf",
    "includes",
    "find",
    "findLast",
    "findIndex",
    "findLastIndex",
    "with",
    "toSpliced",
    "next",
    "some",
    "every",
    "filter",
    "map",
    "flatMap",
    "forEach",
    "reduce",
    "reduceRight",
    "flat",
    "keys",
    "values",
    "entries",
    "at",
    "fill",
    "toString",
    "has",
    "add",
    "get",
    "set",
    "delete",
    "clear",
];

pub(crate) fn call(m: &mut Machine<'_>, v: &Value, id: u32, name: &str, args: Vec<Value>, at: u32) -> Run<Value> {
    m.spend(2)?;
    if matches!(m.store.get(id).what, What::Map) {
        return map_call(m, id, name, args, at);
    }
    let first = args.first().cloned().unwrap_or(Value::UNDEFINED);
    let number = |i: usize| args.get(i).and_then(numeric).filter(|n| !n.is_nan());
    let length = m.store.get(id).items.len();
    let index = |n: f64| if n < 0.0 { (length as f64 + n).max(0.0) as usize } else { (n as usize).min(length) };
    match name {
        "push" => {
            m.store.charge(args.len() as u64);
            if length > 200_000 {
                return Err(super::machine::Stop::Spent);
            }
            let order = std::mem::take(&mut m.argument_order);
            let o = m.store.change(id);
            o.items.extend(args);
            o.order = union(&o.order, &order);
            let n = m.store.get(id).items.len();
            Ok(Value::number(n as f64))
        }
        "add" => {
            m.store.charge(length as u64 / 4);
            if !m.store.get(id).items.contains(&first) {
                m.store.change(id).items.push(first);
            }
            Ok(v.clone())
        }
        "pop" => {
            Ok(m.store.change(id).items.pop().or_else(|| m.store.get(id).rest.clone()).unwrap_or(Value::UNDEFINED))
        }
        "shift" => {
            if length == 0 {
                return Ok(m.store.get(id).rest.clone().unwrap_or(Value::UNDEFINED));
            }
            Ok(m.store.change(id).items.remove(0))
        }
        "unshift" => {
            m.store.change(id).items.splice(0..0, args);
            Ok(Value::number(m.store.get(id).items.len() as f64))
        }
        "splice" => {
            let from = index(number(0).unwrap_or(0.0));
            let count = number(1).map_or(length - from, |n| (n.max(0.0) as usize).min(length - from));
            let new: Vec<Value> = args.into_iter().skip(2).collect();
            let taken: Vec<Value> = m.store.change(id).items.splice(from..from + count, new).collect();
            Ok(m.array(taken))
        }
        // A list of its own, changed as the method without `to` changes this one.
        "with" | "toSpliced" => {
            let copy = m.store.copy(id);
            let made = Value::object(m.store.add(Object { what: What::Array, ..copy }));
            match name {
                "with" => {
                    let at_index =
                        number(0).map_or(first, |n| Value::number(if n < 0.0 { length as f64 + n } else { n }));
                    m.set_member(&made, &at_index, args.get(1).cloned().unwrap_or(Value::UNDEFINED), at)?;
                }
                _ => {
                    m.call_member(&made, "splice", args, at)?;
                }
            }
            Ok(made)
        }
        "next" => Ok(next(m, id)),
        "slice" => {
            let o = m.store.copy(id);
            let (from, to) = (index(number(0).unwrap_or(0.0)), index(number(1).unwrap_or(length as f64)));
            let items = if from < to { o.items[from..to].to_vec() } else { Vec::new() };
            Ok(Value::object(m.store.add(Object { rest: o.rest, order: o.order, ..Object::array(items) })))
        }
        "concat" => {
            let mut o = Object { what: What::Array, ..m.store.copy(id) };
            for a in &args {
                let is_list = a.alternatives().iter().any(|a| a.as_object().is_some_and(|i| m.store.get(i).is_list()));
                if is_list {
                    let (items, rest, order) = m.elements(a);
                    o.items.extend(items);
                    o.rest = o.rest.or(rest);
                    o.order = union(&o.order, &order);
                } else {
                    o.items.push(a.clone());
                }
            }
            Ok(Value::object(m.store.add(o)))
        }
        "join" => {
            let separator = if args.is_empty() { Value::text(",") } else { first };
            Ok(joined(m, v, &separator))
        }
        "toString" => Ok(joined(m, v, &Value::text(","))),
        "reverse" | "toReversed" => {
            let mut items = m.store.get(id).items.clone();
            items.reverse();
            let letters = items.len() > 3 && items.iter().all(|v| v.as_text().is_some_and(|t| t.chars().count() <= 1));
            if letters {
                items.iter_mut().for_each(|v| v.taint = with_codes(&v.taint, codes::REVERSED));
            }
            if name == "reverse" {
                m.store.change(id).items = items;
                return Ok(v.clone());
            }
            Ok(m.array(items))
        }
        "sort" | "toSorted" => sort(m, v, id, &first, at),
        "includes" | "has" | "indexOf" | "lastIndexOf" => contains(m, id, &first, name, at),
        "at" => Ok(match number(0) {
            Some(n) => {
                let i = if n < 0.0 { length as f64 + n } else { n };
                m.store.get(id).items.get(i as usize).cloned().unwrap_or(Value::UNDEFINED)
            }
            None => m.member(v, &first, at)?,
        }),
        "fill" => {
            m.store.change(id).items.iter_mut().for_each(|v| *v = first.clone());
            Ok(v.clone())
        }
        "delete" => {
            let o = m.store.change(id);
            o.items.retain(|v| *v != first);
            Ok(Value::bool(true))
        }
        "clear" => {
            m.store.change(id).items.clear();
            Ok(Value::UNDEFINED)
        }
        "keys" => {
            let n = if matches!(m.store.get(id).what, What::Set) { return Ok(v.clone()) } else { length };
            let items = (0..n).map(|i| Value::number(i as f64)).collect();
            Ok(m.array(items))
        }
        "values" => Ok(v.clone()),
        "entries" => {
            let o = m.store.copy(id);
            let pairs: Vec<Value> =
                o.items.into_iter().enumerate().map(|(i, v)| m.array(vec![Value::number(i as f64), v])).collect();
            let rest = o.rest.map(|r| m.array(vec![Value::unknown(Kind::Number, None), r]));
            Ok(Value::object(m.store.add(Object { rest, ..Object::array(pairs) })))
        }
        "flat" => {
            let o = m.store.copy(id);
            let taint = v.taint.clone();
            let rest = o.rest.map(|r| any_of(m, &r, at));
            let mut out = Object { rest, order: o.order, ..Object::array(Vec::new()) };
            for x in o.items {
                if x.as_object().is_some_and(|i| m.store.get(i).is_list()) {
                    let (items, rest, order) = m.elements(&x);
                    out.items.extend(items);
                    out.rest = out.rest.or(rest);
                    out.order = union(&out.order, &order);
                } else {
                    out.items.push(x);
                }
            }
            Ok(Value::new(Shape::Object(m.store.add(out)), taint))
        }
        _ => with_callback(m, v, id, name, args, at),
    }
}

/// What an iterator gives next; where it is, it keeps in the list.
fn next(m: &mut Machine<'_>, id: u32) -> Value {
    let o = m.store.get(id);
    let at = o.properties.get(POSITION).and_then(numeric).unwrap_or(0.0);
    let item = o.items.get(at as usize).cloned();
    let is_done = match (&item, &o.rest) {
        (Some(_), _) => Value::bool(false),
        (None, Some(_)) => Value::unknown(Kind::Bool, None),
        (None, None) => Value::bool(true),
    };
    let value = item.or_else(|| o.rest.clone()).unwrap_or(Value::UNDEFINED);
    m.store.change(id).properties.insert(POSITION.into(), Value::number(at + 1.0));
    m.plain(vec![("value", value), ("done", is_done)])
}

/// Something that stands for many: where each is a list, whatever is in those.
fn any_of(m: &mut Machine<'_>, each: &Value, at: u32) -> Value {
    if !each.as_object().is_some_and(|id| m.store.get(id).is_list()) {
        return each.clone();
    }
    let place = m.place(at);
    let (items, rest, _) = m.elements(each);
    let mut all = items.into_iter().chain(rest);
    let first = all.next().unwrap_or(Value::UNDEFINED);
    all.fold(first, |a, b| m.join(a, b, &None, place)).tainted(&each.taint)
}

/// `list.includes(value)` and its like.
fn contains(m: &mut Machine<'_>, id: u32, sought: &Value, name: &str, at: u32) -> Run<Value> {
    if matches!(sought.shape, Shape::Choice(_)) {
        return m.each(sought, at, |m, s| contains(m, id, s, name, at));
    }
    let o = m.store.copy(id);
    let is_index = name.ends_with("ndexOf");
    if sought.is_constant() && o.rest.is_none() && o.items.iter().all(Value::is_constant) {
        let found = o.items.iter().position(|v| v.shape == sought.shape);
        return Ok(match is_index {
            true => Value::number(found.map_or(-1.0, |i| i as f64)),
            false => Value::bool(found.is_some()),
        });
    }
    let mut taint = marks_only(&sought.taint);
    if let Some(t) = &sought.taint
        && t.codes & codes::MIXED != 0
    {
        taint = sought.taint.clone();
    }
    let mut hidden = 0;
    let mut table = Vec::new();
    let mut others = None;
    for v in o.items.iter().chain(&o.rest) {
        hidden |= codes_of(&v.taint);
        others = union(&others, &marks_only(&v.taint));
        table.extend(constant_text(v).filter(|_| table.len() < 40));
    }
    let shown = table.iter().map(|t| &**t).collect::<Vec<&str>>().join(", ");
    let taint = if is_marked(&taint) { step_for(m, &taint, hidden, &shown, Transform::Membership, at) } else { taint };
    let others =
        if is_marked(&others) { operators::member_step(m, &others, sought, Transform::Membership, at) } else { None };
    let taint = union(&taint, &others);
    if is_index {
        let n = o.items.len();
        if n <= 12 && o.rest.is_none() {
            let place = m.place(at);
            return Ok((0..n)
                .fold(Value::number(-1.0), |a, i| m.join(a, Value::number(i as f64), &taint, place))
                .tainted(&taint));
        }
        return Ok(Value::unknown(Kind::Number, taint));
    }
    Ok(Value::unknown(Kind::Bool, taint))
}

/// `list.join(separator)`.
pub(crate) fn joined(m: &mut Machine<'_>, v: &Value, separator: &Value) -> Value {
    // An array may hold itself.
    if m.depth > 100 || m.spend(4).is_err() {
        return Value::unknown(Kind::Text, v.taint.clone());
    }
    m.depth += 1;
    // One separator stands at all places: the texts are a choice, not each place by itself.
    let text = match is_marked(&separator.taint) {
        true => m.each(separator, 0, |m, separator| Ok(joined_here(m, v, separator))),
        false => Ok(joined_here(m, v, separator)),
    };
    m.depth -= 1;
    text.unwrap_or_else(|_| Value::unknown(Kind::Text, v.taint.clone()))
}

fn joined_here(m: &mut Machine<'_>, v: &Value, separator: &Value) -> Value {
    let (items, rest, order) = m.elements(v);
    let separator = if separator.shape == Shape::Undefined { Value::text(",") } else { separator.clone() };
    let mut pieces: Vec<Value> = Vec::new();
    let mut optional: Vec<Value> = Vec::new();
    let place = m.place(0);
    let is_ordered = is_marked(&order) && items.len() > 1 && rest.is_none();
    for (i, item) in items.iter().enumerate() {
        if may_be_absent(item) {
            let there: Vec<Value> = item.alternatives().iter().filter(|v| v.shape != Shape::Absent).cloned().collect();
            let mut choice = Value::text("");
            for t in there {
                let t = m.text_of(&t);
                let parts = if i > 0 { vec![separator.clone(), t] } else { vec![t, separator.clone()] };
                let with = m.concat(parts);
                choice = m.join(choice, with, &item.taint, place);
            }
            pieces.push(choice.clone());
            optional.push(choice);
            continue;
        }
        if i > 0 {
            pieces.push(separator.clone());
        }
        let nullish = matches!(item.shape, Shape::Undefined | Shape::Null);
        pieces.push(if nullish { Value::text("") } else { m.text_of(item) });
    }
    if let Some(r) = rest {
        let t = m.text_of(&r);
        let one = m.concat(vec![t, separator.clone()]);
        let taint = union(&one.taint, &v.taint);
        pieces.push(Value::new(Shape::Repeated(Rc::new(one)), taint));
    }
    let text = m.concat(pieces);
    if !is_ordered {
        return text;
    }
    let mut back = Vec::new();
    for item in items.iter().rev().filter(|i| !may_be_absent(i)) {
        if !back.is_empty() {
            back.push(separator.clone());
        }
        back.push(m.text_of(item));
    }
    // What may be missing is the same choice in either order, so that it does not hide the order.
    back.extend(optional);
    let back = m.concat(back);
    m.join(text, back, &order, place)
}

fn sort(m: &mut Machine<'_>, v: &Value, id: u32, comparator: &Value, at: u32) -> Run<Value> {
    let mut items = m.store.get(id).items.clone();
    let mut decides: Taint = None;
    if comparator.shape == Shape::Undefined {
        if items.iter().all(Value::is_constant) {
            items.sort_by_key(|v| constant_text(v).unwrap_or_default());
        }
    } else if items.len() <= 200 {
        // Insertion sort; a comparison that is not known leaves the order as it is, and is remembered.
        for i in 1..items.len() {
            let mut j = i;
            while j > 0 {
                let r = m.call(comparator, &Value::UNDEFINED, vec![items[j - 1].clone(), items[j].clone()], at)?;
                match numeric(&r) {
                    Some(n) if n > 0.0 => items.swap(j - 1, j),
                    Some(_) => break,
                    None => {
                        decides = union(&decides, &marks_only(&r.taint));
                        break;
                    }
                }
                j -= 1;
            }
        }
        if let Some(rest) = m.store.get(id).rest.clone() {
            let _ = m.call(comparator, &Value::UNDEFINED, vec![rest.clone(), rest], at)?;
        }
    }
    let o = m.store.change(id);
    o.items = items;
    o.order = union(&o.order, &decides);
    Ok(v.clone())
}

fn with_callback(m: &mut Machine<'_>, v: &Value, id: u32, name: &str, args: Vec<Value>, at: u32) -> Run<Value> {
    let f = args.first().cloned().unwrap_or(Value::UNDEFINED);
    let o = m.store.copy(id);
    let place = m.place(at);
    let call = |m: &mut Machine<'_>, x: &Value, i: usize| {
        m.call(&f, &Value::UNDEFINED, vec![x.clone(), Value::number(i as f64), v.clone()], at)
    };
    match name {
        "forEach" => {
            for (i, x) in o.items.iter().enumerate() {
                if x.shape != Shape::Absent {
                    call(m, x, i)?;
                }
            }
            if let Some(r) = &o.rest {
                m.branches(
                    &v.taint,
                    at,
                    |m| call(m, r, 0).map(|_| super::machine::Done::Normal),
                    |_| Ok(super::machine::Done::Normal),
                )?;
            }
            Ok(Value::UNDEFINED)
        }
        "map" | "flatMap" => {
            let mut items = Vec::with_capacity(o.items.len());
            for (i, x) in o.items.iter().enumerate() {
                let made = if may_be_absent(x) {
                    let there: Vec<Value> =
                        x.alternatives().iter().filter(|v| v.shape != Shape::Absent).cloned().collect();
                    let mut value = Value::plain(Shape::Absent);
                    for t in there {
                        let r = call(m, &t, i)?;
                        value = m.join(r, value, &x.taint, place);
                    }
                    value
                } else {
                    call(m, x, i)?
                };
                items.push(made);
            }
            let rest = match &o.rest {
                Some(r) => Some(call(m, r, 0)?),
                None => None,
            };
            let taint = rest.as_ref().and_then(|r| r.taint.clone());
            let out = m.store.add(Object { rest, order: o.order, ..Object::array(items) });
            let out_value = Value::new(Shape::Object(out), taint);
            if name == "flatMap" { self_flat(m, &out_value, out, at) } else { Ok(out_value) }
        }
        "some" | "every" => {
            let mut taint = None;
            let mut unknown = false;
            for (i, x) in o.items.iter().chain(&o.rest).enumerate() {
                let r = call(m, x, i)?;
                match r.truth() {
                    Some(t) if t == (name == "some") && !unknown && i < o.items.len() => return Ok(Value::bool(t)),
                    Some(_) => {}
                    None => {
                        unknown = true;
                        taint = union(&taint, &r.taint);
                    }
                }
            }
            if !unknown && o.rest.is_none() {
                return Ok(Value::bool(name == "every"));
            }
            Ok(Value::unknown(Kind::Bool, taint))
        }
        "find" | "findIndex" | "findLast" | "findLastIndex" => {
            let is_index = name.ends_with("Index");
            let missing = if is_index { Value::number(-1.0) } else { Value::UNDEFINED };
            let mut found: Vec<(Value, Taint)> = Vec::new();
            let mut certain = None;
            let mut all: Vec<(usize, &Value)> = o.items.iter().chain(&o.rest).enumerate().collect();
            if name.starts_with("findLast") {
                all.reverse();
            }
            for (i, x) in all {
                let r = call(m, x, i)?;
                let hit = if is_index { Value::number(i as f64) } else { x.clone() };
                match r.truth() {
                    Some(true) => {
                        certain = Some(hit);
                        break;
                    }
                    Some(false) => {}
                    None => found.push((hit, r.taint)),
                }
            }
            let mut value = certain.unwrap_or(missing);
            for (hit, taint) in found.into_iter().rev() {
                value = m.join(hit, value, &taint, place).tainted(&marks_only(&taint));
            }
            Ok(value)
        }
        "filter" => {
            let mut items = Vec::new();
            for (i, x) in o.items.iter().enumerate() {
                if let Shape::Choice(all) = &x.shape {
                    // Each alternative is kept or goes by itself.
                    let mut kept = Value::plain(Shape::Absent);
                    for a in all.iter() {
                        let r = if a.shape == Shape::Absent { Value::bool(false) } else { call(m, a, i)? };
                        let next = if r.truth() == Some(false) { Value::plain(Shape::Absent) } else { a.clone() };
                        let decides = union(&x.taint, &r.taint);
                        let before = if kept.shape == Shape::Absent && items.len() == i && a == &all[0] {
                            next.clone()
                        } else {
                            kept
                        };
                        kept = m.join(before, next, &decides, place);
                    }
                    items.push(kept.tainted(&marks_only(&x.taint)));
                    continue;
                }
                let r = call(m, x, i)?;
                match r.truth() {
                    Some(true) => items.push(x.clone()),
                    Some(false) => {}
                    None => {
                        let kept = m
                            .join(x.clone(), Value::plain(Shape::Absent), &r.taint, place)
                            .tainted(&marks_only(&r.taint));
                        items.push(kept);
                    }
                }
            }
            let mut taint = None;
            if let Some(r) = &o.rest {
                taint = call(m, r, 0)?.taint;
            }
            let rest = o.rest.map(|r| r.tainted(&marks_only(&taint)));
            Ok(Value::object(m.store.add(Object { rest, order: o.order, ..Object::array(items) })))
        }
        "reduce" | "reduceRight" => {
            let mut items: Vec<Value> = o.items.clone();
            if name == "reduceRight" {
                items.reverse();
            }
            let mut items = items.into_iter();
            let mut all = match args.get(1) {
                Some(start) => start.clone(),
                None => items.next().or_else(|| o.rest.clone()).unwrap_or(Value::UNDEFINED),
            };
            for (i, x) in items.enumerate() {
                all = m.call(&f, &Value::UNDEFINED, vec![all, x, Value::number(i as f64)], at)?;
            }
            if let Some(r) = &o.rest {
                for _ in 0..2 {
                    let next = m.call(
                        &f,
                        &Value::UNDEFINED,
                        vec![all.clone(), r.clone(), Value::unknown(Kind::Number, None)],
                        at,
                    )?;
                    let taint = union(&r.taint, &v.taint);
                    all = m.join(next, all, &taint, place).tainted(&marks_only(&taint));
                }
            }
            Ok(all)
        }
        _ => m.unknown_call(&format!("?.{name}"), &v.taint, args, at),
    }
}

fn self_flat(m: &mut Machine<'_>, v: &Value, id: u32, at: u32) -> Run<Value> {
    call(m, v, id, "flat", Vec::new(), at)
}

fn map_call(m: &mut Machine<'_>, id: u32, name: &str, args: Vec<Value>, at: u32) -> Run<Value> {
    let key = args.first().cloned().unwrap_or(Value::UNDEFINED);
    let place = m.place(at);
    let o = m.store.copy(id);
    m.store.charge(o.items.len() as u64 / 4);
    let position = o.items.iter().position(|k| k.shape == key.shape);
    let keys =
        || o.items.iter().filter_map(constant_text).take(40).map(|t| t.to_string()).collect::<Vec<_>>().join(", ");
    let hidden = o.items.iter().fold(0, |a, k| a | codes_of(&k.taint));
    match name {
        "set" => {
            let value = args.get(1).cloned().unwrap_or(Value::UNDEFINED);
            // Keys that come in an order which a source decides leave the map in that order.
            let order = marks_only(&key.taint);
            let change = m.store.change(id);
            change.order = union(&change.order, &order);
            match position {
                Some(i) => change.values[i] = value,
                None => {
                    change.items.push(key);
                    change.values.push(value);
                }
            }
            Ok(Value::object(id))
        }
        "get" if key.is_constant() && o.rest.is_none() => {
            Ok(position.map_or(Value::UNDEFINED, |i| o.values[i].clone()))
        }
        "get" => {
            // A map whose keys nobody wrote down is a store, and reading it chooses nothing.
            let listed = keys();
            let taint = if listed.is_empty() || key.shape == Shape::Unknown(Kind::Bool) {
                key.taint.clone()
            } else {
                step_for(m, &key.taint, hidden, &listed, Transform::Membership, at)
            };
            if o.values.len() > 40 || o.values.is_empty() {
                return Ok(Value::unknown(Kind::Any, taint));
            }
            // True and false together leave nothing out.
            let is_whole = key.shape == Shape::Unknown(Kind::Bool) && o.values.len() == 2;
            let mut values = o.values.iter();
            let first = if is_whole { values.next().cloned() } else { None };
            let first = first.unwrap_or(Value::UNDEFINED);
            let all = values.fold(first, |a, v| m.join(v.clone(), a, &taint, place));
            Ok(all.tainted(&marks_only(&taint)))
        }
        "has" if key.is_constant() && o.items.iter().all(Value::is_constant) => Ok(Value::bool(position.is_some())),
        "has" => {
            let taint = step_for(m, &key.taint, hidden, &keys(), Transform::Membership, at);
            Ok(Value::unknown(Kind::Bool, taint))
        }
        "keys" => Ok(Value::object(m.store.add(Object { order: o.order, ..Object::array(o.items) }))),
        "values" => Ok(Value::object(m.store.add(Object { order: o.order, ..Object::array(o.values) }))),
        "entries" => {
            let (pairs, _, order) = m.elements(&Value::object(id));
            Ok(Value::object(m.store.add(Object { order, ..Object::array(pairs) })))
        }
        "forEach" => {
            for (k, v) in o.items.into_iter().zip(o.values) {
                m.call(&key, &Value::UNDEFINED, vec![v, k], at)?;
            }
            Ok(Value::UNDEFINED)
        }
        "delete" => {
            if let Some(i) = position {
                let o = m.store.change(id);
                o.items.remove(i);
                o.values.remove(i);
            }
            Ok(Value::bool(position.is_some()))
        }
        _ => Ok(Value::UNDEFINED),
    }
}
