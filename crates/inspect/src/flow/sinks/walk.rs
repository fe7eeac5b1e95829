//! Values that are sent, part by part.

use super::emit;
use super::names::{channel_of_key, is_system_role};
use super::network::url;
use crate::axes::Channel;
use crate::flow::heap::{BYTES_TEXT, Object, What, may_be_absent};
use crate::flow::machine::Machine;
use crate::flow::report::Manner;
use crate::flow::taint::{is_marked, marks_only};
use crate::flow::value::{Shape, Value, constant_text};
use crate::fold;

const DEPTH_MAX: u32 = 9;
/// Fields that come and go, as many of one object as are held against each other.
const NAMES_MAX: usize = 16;

/// Follows a value into its parts, each with the channel that its field is.
pub(super) fn walk(m: &mut Machine<'_>, v: &Value, channel: Channel, field: &str, at: u32, depth: u32) {
    if depth > DEPTH_MAX || m.spend(1).is_err() {
        return;
    }
    match &v.shape {
        Shape::Json(inner) => walk(m, &inner.clone(), channel, field, at, depth + 1),
        Shape::Object(id) => match stand_in(m, v, *id, at) {
            Some(text) => walk(m, &text, channel, field, at, depth + 1),
            None => {
                let o = m.store.copy(*id);
                walk_object(m, &o, channel, field, at, depth);
            }
        },
        Shape::Choice(all) if all.iter().any(|a| matches!(a.shape, Shape::Object(_) | Shape::Json(_))) => {
            walk_choice(m, v, &all.clone(), channel, field, at, depth);
        }
        Shape::Undefined | Shape::Null | Shape::Absent => {}
        _ => emit(m, channel, field, v.clone(), at, Manner::Value),
    }
}

/// What is sent in place of an object: what its `toJSON` gives, or the text that its bytes are.
fn stand_in(m: &mut Machine<'_>, v: &Value, id: u32, at: u32) -> Option<Value> {
    if let Some(text) = m.store.get(id).properties.get(BYTES_TEXT) {
        return Some(text.clone());
    }
    match m.store.get(id).what.clone() {
        What::Plain => {}
        What::Proxy { target, .. } => return m.seen_through(v, &target, at).ok(),
        _ => return None,
    }
    let f = m.property(id, "toJSON", v, at).ok()??;
    f.as_object().filter(|id| m.store.get(*id).is_callable())?;
    m.call(&f, v, Vec::new(), at).ok()
}

/// Objects to choose from are held against each other, key by key.
fn walk_choice(m: &mut Machine<'_>, v: &Value, all: &[Value], channel: Channel, field: &str, at: u32, depth: u32) {
    let place = m.place(at);
    let sel = marks_only(&v.taint);
    let mut merged: Option<Object<'_>> = None;
    for a in all {
        let inner = match &a.shape {
            Shape::Json(inner) => (**inner).clone(),
            _ => a.clone(),
        };
        match inner.as_object() {
            Some(id) => {
                let o = m.store.copy(id);
                merged = Some(match merged {
                    None => o,
                    Some(before) => m.join_objects(before, o, &sel, place),
                });
            }
            None => walk(m, &inner, channel, field, at, depth + 1),
        }
    }
    if let Some(o) = merged {
        walk_object(m, &o, channel, field, at, depth);
    }
}

pub(super) fn walk_object(m: &mut Machine<'_>, o: &Object<'_>, channel: Channel, field: &str, at: u32, depth: u32) {
    if is_marked(&o.order) {
        emit(m, channel, field, Value::new(Shape::Undefined, o.order.clone()), at, Manner::Order);
    }
    match &o.what {
        What::Url(inner) => {
            url(m, &inner.clone(), at);
            if let Some(p) = o.properties.get("searchParams") {
                walk(m, &p.clone(), Channel::Query, "query", at, depth + 1);
            }
            for part in ["search", "pathname", "hash", "href"] {
                if let Some(p) = o.properties.get(part) {
                    walk(m, p, Channel::Query, part, at, depth + 1);
                }
            }
            for part in ["hostname", "host"] {
                if let Some(p) = o.properties.get(part) {
                    walk(m, p, Channel::DnsName, part, at, depth + 1);
                }
            }
            return;
        }
        What::Array | What::Set => {
            // A message as a pair of role and text.
            let channel = match o.items.first().filter(|_| o.items.len() == 2) {
                Some(role) if is_system_role(role) && channel.is_prompt() => Channel::SystemPrompt,
                _ => channel,
            };
            for v in o.items.iter().chain(&o.rest) {
                let absent = may_be_absent(v) && is_marked(&v.taint);
                if absent {
                    emit(m, channel, field, Value::new(v.shape.clone(), v.taint.clone()), at, Manner::Presence);
                }
                walk(m, v, channel, field, at, depth + 1);
            }
            return;
        }
        What::Map => {
            for (k, v) in o.items.iter().zip(&o.values) {
                walk(m, v, channel, &constant_text(k).unwrap_or_default(), at, depth + 1);
            }
            return;
        }
        What::Function(_)
        | What::Class(_)
        | What::Bound { .. }
        | What::Native(_)
        | What::Date(_)
        | What::Promise
        | What::Proxy { .. }
        | What::Hash(_) => return,
        What::Regex { .. } => return,
        What::Plain | What::Form => {}
    }
    let role = o.properties.get("role").cloned();
    let is_event = matches!(channel, Channel::Telemetry) && field == "telemetry";
    let alike = names_alike(o);
    for (i, (key, v)) in o.properties.iter().enumerate() {
        let key = key.strip_prefix("\0get ").unwrap_or(key);
        if key.starts_with('\0') {
            continue;
        }
        let inner = match channel {
            _ if is_event => Channel::Telemetry,
            Channel::Header | Channel::Query | Channel::FileName | Channel::DnsName | Channel::ToolDescription => {
                channel
            }
            _ => channel_of_key(key, channel, role.as_ref()),
        };
        match alike.iter().find(|group| group.contains(&i)) {
            Some(group) if group[0] == i => {
                let names: Vec<Value> =
                    group.iter().filter_map(|i| o.properties.get_index(*i)).map(|(k, _)| Value::text(&**k)).collect();
                let choice = Value::new(Shape::Choice(names.into()), marks_only(&v.taint));
                emit(m, inner, "name", choice, at, Manner::Value);
            }
            None if may_be_absent(v) && is_marked(&v.taint) => {
                emit(m, inner, key, v.clone(), at, Manner::Presence);
            }
            _ => {}
        }
        walk(m, v, inner, key, at, depth + 1);
    }
}

/// Names that come instead of each other and that a reader takes for one: `Accept` and `accept`.
fn names_alike(o: &Object<'_>) -> Vec<Vec<usize>> {
    let optional: Vec<(usize, &str)> = o
        .properties
        .iter()
        .enumerate()
        .filter(|(_, (k, v))| may_be_absent(v) && is_marked(&v.taint) && !k.starts_with('\0'))
        .map(|(i, (k, _))| (i, &**k))
        .take(NAMES_MAX)
        .collect();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (at, (i, name)) in optional.iter().enumerate() {
        if groups.iter().any(|g| g.contains(i)) {
            continue;
        }
        let alike = |other: &str| fold::between(&[(*name).to_owned(), other.to_owned()]).is_some();
        let others = optional[at + 1..].iter().filter(|(_, other)| alike(other)).map(|(j, _)| *j);
        let group: Vec<usize> = std::iter::once(*i).chain(others).collect();
        if group.len() > 1 {
            groups.push(group);
        }
    }
    groups
}

pub(super) fn body(m: &mut Machine<'_>, v: &Value, at: u32) {
    walk(m, v, Channel::Telemetry, "body", at, 0);
}
