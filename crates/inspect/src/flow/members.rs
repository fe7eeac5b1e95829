//! Properties and elements of values.

use std::rc::Rc;

use super::builtins;
use super::heap::{Object, What, may_be_absent};
use super::machine::{Machine, Run};
use super::sources;
use super::taint::{Taint, is_marked, marks_only, union};
use super::value::{ALTERNATIVES_MAX, Kind, Shape, Value, constant_text};
use crate::axes::Transform;

/// The items of something, what else may be in it, and what decides their order.
pub(crate) type Elements = (Vec<Value>, Option<Value>, Taint);

/// Items that several lists may have together to be put beside each other, one by one.
const JOINED_ITEMS_MAX: usize = 1_000;

impl<'a> Machine<'a> {
    /// `object[key]`.
    pub(crate) fn member(&mut self, object: &Value, key: &Value, at: u32) -> Run<Value> {
        if let Some(name) = constant_text(key) {
            return self.member_named(object, &name, at);
        }
        match &key.shape {
            Shape::Unknown(Kind::Bool) if is_marked(&key.taint) => {
                let both = [Value::text("true"), Value::text("false")];
                self.member(object, &Value::new(Shape::Choice(both.into()), key.taint.clone()), at)
            }
            Shape::Choice(all) if all.len() <= ALTERNATIVES_MAX => {
                let all = all.clone();
                let sel = marks_only(&key.taint);
                let place = self.place(at);
                let mut result: Option<Value> = None;
                for k in all.iter() {
                    let v = self.member(object, k, at)?;
                    result = Some(match result {
                        None => v,
                        Some(r) => self.join(r, v, &sel, place),
                    });
                }
                Ok(result.unwrap_or(Value::UNDEFINED).tainted(&sel))
            }
            _ => self.any_member(object, key, at),
        }
    }

    /// A member that is not known which: any of them.
    fn any_member(&mut self, object: &Value, key: &Value, at: u32) -> Run<Value> {
        let place = self.place(at);
        let mut sel = marks_only(&key.taint);
        let all: Vec<Value> = match &object.shape {
            Shape::Object(id) => {
                let o = self.store.get(*id);
                if o.is_list() {
                    o.items.iter().chain(&o.rest).cloned().collect()
                } else {
                    let names: Vec<Rc<str>> = o.properties.keys().filter(|k| !k.starts_with('\0')).cloned().collect();
                    let mut all: Vec<Value> =
                        o.properties.iter().filter(|(k, _)| !k.starts_with('\0')).map(|(_, v)| v.clone()).collect();
                    if !all.is_empty() && o.open.is_none() {
                        all.push(Value::UNDEFINED);
                    }
                    let hashed =
                        super::operators::step_for(self, &key.taint, 0, &names.join(", "), Transform::Membership, at);
                    sel = marks_only(&hashed);
                    all
                }
            }
            Shape::Text(t) if t.chars().count() <= ALTERNATIVES_MAX => {
                t.chars().map(|c| Value::text(c.to_string())).collect()
            }
            Shape::Choice(_) => return self.each(object, at, |m, v| m.any_member(v, key, at)),
            _ => Vec::new(),
        };
        if all.is_empty() || all.len() > ALTERNATIVES_MAX {
            let kind = if matches!(object.shape, Shape::Text(_)) { Kind::Text } else { Kind::Any };
            return Ok(Value::unknown(kind, union(&object.taint, &sel)));
        }
        let mut all = all.into_iter();
        let first = all.next().unwrap_or(Value::UNDEFINED);
        Ok(all.fold(first, |a, v| self.join(a, v, &sel, place)).tainted(&sel))
    }

    pub(crate) fn member_named(&mut self, object: &Value, name: &str, at: u32) -> Run<Value> {
        match &object.shape {
            Shape::Object(id) => {
                if let Some(v) = self.property(*id, name, object, at)? {
                    return Ok(if v.shape == Shape::Absent { Value::UNDEFINED } else { v });
                }
                Ok(builtins::property(self, object, name))
            }
            Shape::Choice(_) => {
                let name = name.to_owned();
                self.each(object, at, |m, v| m.member_named(v, &name, at))
            }
            Shape::Outside(path) => {
                if name == "__esModule" {
                    return Ok(Value::UNDEFINED);
                }
                if name == "default" {
                    return Ok(object.clone());
                }
                let path = if path.ends_with(".promises") { path.trim_end_matches(".promises") } else { path };
                if path == "globalThis" {
                    return Ok(self.lookup(name, self.global, at));
                }
                // The names of well-known symbols stand for them.
                if path == "Symbol" && matches!(name, "iterator" | "asyncIterator" | "toPrimitive" | "toStringTag") {
                    return Ok(Value::text(format!("Symbol.{name}")));
                }
                if let Some(v) = sources::member(self, path, name, at) {
                    return Ok(v.tainted(&object.taint));
                }
                if name == "length" {
                    return Ok(Value::unknown(Kind::Number, object.taint.clone()));
                }
                let full = format!("{path}.{name}");
                let full = if full.len() > 160 { format!("?.{name}") } else { full };
                Ok(Value::outside(full, object.taint.clone()))
            }
            _ => Ok(builtins::property(self, object, name)),
        }
    }

    /// A property of an object or its prototypes, getters run.
    pub(crate) fn property(&mut self, id: u32, name: &str, this: &Value, at: u32) -> Run<Option<Value>> {
        if let What::Proxy { target, handler } = &self.store.get(id).what {
            let (target, handler) = (target.clone(), handler.clone());
            return match self.trap(&handler, "get", at)? {
                Some(f) => self.call(&f, &handler, vec![target, Value::text(name), this.clone()], at).map(Some),
                None => self.member_named(&target, name, at).map(Some),
            };
        }
        let mut next = Some(id);
        let mut getter: Option<Rc<str>> = None;
        let mut open: Option<Value> = None;
        for _ in 0..20 {
            let Some(here) = next else { break };
            let o = self.store.get(here);
            if let Some(v) = o.properties.get(name) {
                return Ok(Some(v.clone()));
            }
            if o.is_list()
                && let Ok(i) = name.parse::<usize>()
            {
                return Ok(Some(o.items.get(i).or(o.rest.as_ref()).cloned().unwrap_or(Value::UNDEFINED)));
            }
            if !o.properties.is_empty() {
                let key = getter.get_or_insert_with(|| format!("\0get {name}").into());
                if let Some(f) = o.properties.get(&**key).cloned() {
                    return self.call(&f, this, Vec::new(), at).map(Some);
                }
            }
            open = open.or_else(|| o.open.clone());
            next = o.prototype;
        }
        match open {
            Some(open) => self.member_named(&open, name, at).map(Some),
            None => Ok(None),
        }
    }

    /// What a `Proxy` has in place of an operation.
    pub(crate) fn trap(&mut self, handler: &Value, name: &str, at: u32) -> Run<Option<Value>> {
        let f = self.member_named(handler, name, at)?;
        Ok(f.as_object().is_some_and(|id| self.store.get(id).is_callable()).then_some(f))
    }

    /// A `Proxy` as the object that whoever reads all of it sees.
    pub(crate) fn seen_through(&mut self, v: &Value, target: &Value, at: u32) -> Run<Value> {
        let copy = Value::object(self.store.add(Object::new(What::Plain)));
        for key in self.keys(target).unwrap_or_default() {
            let Some(name) = constant_text(&key) else { continue };
            let value = self.member_named(v, &name, at)?;
            self.set_member(&copy, &key, value, at)?;
        }
        Ok(copy)
    }

    /// `object[key] = value`.
    pub(crate) fn set_member(&mut self, object: &Value, key: &Value, value: Value, at: u32) -> Run<()> {
        match &object.shape {
            Shape::Object(id) => self.set_on(*id, object, key, value, at),
            Shape::Choice(all) => {
                let place = self.place(at);
                for v in all.clone().iter() {
                    if let Some(id) = v.as_object() {
                        let old = self.member(v, key, at)?;
                        let joined = self.join(value.clone(), old, &object.taint, place);
                        self.set_on(id, v, key, joined, at)?;
                    }
                }
                Ok(())
            }
            Shape::Outside(path) => {
                if let Some(name) = constant_text(key) {
                    super::sinks::outside_write(self, &path.clone(), &name, &value, at);
                    if &**path == "module" && &*name == "exports" {
                        let file = self.files[self.file as usize].clone();
                        if let (Some(m), Some(id)) = (self.modules.get_mut(&file), value.as_object()) {
                            m.exports = id;
                        }
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn set_on(&mut self, id: u32, this: &Value, key: &Value, value: Value, at: u32) -> Run<()> {
        if let What::Proxy { target, handler } = &self.store.get(id).what {
            let (target, handler) = (target.clone(), handler.clone());
            return match self.trap(&handler, "set", at)? {
                Some(f) => self.call(&f, &handler, vec![target, key.clone(), value, this.clone()], at).map(|_| ()),
                None => self.set_member(&target, key, value, at),
            };
        }
        let Some(name) = constant_text(key) else {
            return self.set_unknown(id, key, value, at);
        };
        if matches!(self.store.get(id).what, What::Array) {
            if let Ok(i) = name.parse::<usize>() {
                let o = self.store.change(id);
                if i < o.items.len() {
                    o.items[i] = value;
                } else if i < 100_000 {
                    o.items.resize(i, Value::UNDEFINED);
                    o.items.push(value);
                }
                return Ok(());
            }
            if &*name == "length" {
                if let Some(n) = value.as_number() {
                    self.store.change(id).items.truncate(n.max(0.0) as usize);
                }
                return Ok(());
            }
        }
        let setter: Rc<str> = format!("\0set {name}").into();
        let mut next = Some(id);
        for _ in 0..10 {
            let Some(here) = next else { break };
            let o = self.store.get(here);
            if let Some(f) = o.properties.get(&setter).cloned() {
                return self.call(&f, this, vec![value], at).map(|_| ());
            }
            next = o.prototype;
        }
        if &*name == "exports"
            && self.store.get(id).properties.contains_key("\0module")
            && let Some(exports) = value.as_object()
        {
            let file = self.files[self.file as usize].clone();
            if let Some(m) = self.modules.get_mut(&file) {
                m.exports = exports;
            }
        }
        // Keys that come in an order which a source decides leave the object in that order.
        let order = marks_only(&key.taint);
        if order.is_some() {
            let o = self.store.change(id);
            o.order = union(&o.order, &order);
        }
        super::sinks::named_write(self, &name, &value, at);
        self.name_candidates(&value, &name);
        self.store.change(id).properties.insert(name, value);
        Ok(())
    }

    fn set_unknown(&mut self, id: u32, key: &Value, value: Value, at: u32) -> Run<()> {
        let place = self.place(at);
        if let Shape::Choice(all) = &key.shape {
            for k in all.clone().iter() {
                if let Some(name) = constant_text(k) {
                    let old = self.store.get(id).properties.get(&name).cloned().unwrap_or(Value::plain(Shape::Absent));
                    let v = self.join(value.clone(), old, &key.taint, place);
                    self.store.change(id).properties.insert(name, v);
                }
            }
            return Ok(());
        }
        let old = self.store.get(id).rest.clone();
        let v = match old {
            Some(old) => self.join(old, value, &key.taint, place),
            None => value.tainted(&marks_only(&key.taint)),
        };
        self.store.change(id).rest = Some(v);
        Ok(())
    }

    /// How many items the lists among some values have together.
    fn length_of_all(&self, all: &[Value]) -> usize {
        all.iter().filter_map(Value::as_object).map(|id| self.store.get(id).items.len()).sum()
    }

    /// What iterating over a value gives.
    pub(crate) fn elements(&mut self, v: &Value) -> Elements {
        match &v.shape {
            Shape::Object(id) => {
                let o = self.store.copy(*id);
                match o.what {
                    What::Proxy { target, .. } => self.elements(&target),
                    What::Map => {
                        let pairs = o.items.iter().zip(&o.values).map(|(k, v)| self.pair(k, v)).collect();
                        (pairs, None, o.order)
                    }
                    What::Form => {
                        let pairs: Vec<_> =
                            o.properties.iter().map(|(k, v)| vec![Value::text(k.clone()), v.clone()]).collect();
                        (pairs.into_iter().map(|p| self.array(p)).collect(), None, o.order)
                    }
                    _ if o.is_list() => (o.items, o.rest, o.order),
                    _ => match self.iterator(v) {
                        Some(all) => all,
                        None => (Vec::new(), Some(Value::unknown(Kind::Any, v.taint.clone())), None),
                    },
                }
            }
            Shape::Text(t) => (
                t.chars().map(|c| Value::new(Shape::Text(c.to_string().into()), v.taint.clone())).collect(),
                None,
                None,
            ),
            Shape::Choice(all) if self.length_of_all(all) > JOINED_ITEMS_MAX => {
                let mut taint = v.taint.clone();
                for x in all.clone().iter() {
                    taint = union(&taint, &self.deep_taint(x, 2));
                }
                self.store.charge(self.length_of_all(all) as u64 / 4);
                (Vec::new(), Some(Value::unknown(Kind::Any, taint)), None)
            }
            Shape::Choice(all) => {
                let place = self.place(0);
                let mut items: Option<Vec<Value>> = None;
                let mut rest = None;
                let mut order = None;
                for x in all.clone().iter() {
                    if matches!(x.shape, Shape::Undefined | Shape::Null | Shape::Absent) {
                        continue;
                    }
                    let (i, r, o) = self.elements(x);
                    order = union(&order, &o);
                    // Where one of the lists is of unknown length, anything of it may stand in a place.
                    let absent = || Value::plain(Shape::Absent);
                    let (fill_before, fill) = (rest.clone().unwrap_or_else(absent), r.clone().unwrap_or_else(absent));
                    rest = match (rest, r) {
                        (Some(x), Some(y)) => Some(self.join(x, y, &v.taint, place)),
                        (x, y) => x.or(y),
                    };
                    items = Some(match items {
                        None => i,
                        Some(before) => {
                            let n = before.len().max(i.len());
                            let sorted = |l: &[Value]| {
                                let mut s: Vec<String> = l.iter().map(|v| format!("{:?}", v.shape)).collect();
                                s.sort();
                                s
                            };
                            // The same items in another order are a choice of order, not of items.
                            if before.len() == i.len() && before != i && n > 1 && sorted(&before) == sorted(&i) {
                                order = union(&order, &marks_only(&v.taint));
                                items = Some(before);
                                continue;
                            }
                            let (mut a, mut b) = (before.into_iter(), i.into_iter());
                            (0..n)
                                .map(|_| {
                                    let x = a.next().unwrap_or_else(|| fill_before.clone());
                                    let y = b.next().unwrap_or_else(|| fill.clone());
                                    self.join(x, y, &v.taint, place)
                                })
                                .collect()
                        }
                    });
                }
                (items.unwrap_or_default(), rest, order)
            }
            Shape::Joined(_) | Shape::Repeated(_) | Shape::Json(_) | Shape::Unknown(Kind::Text) => {
                (Vec::new(), Some(Value::unknown(Kind::Text, v.taint.clone())), None)
            }
            Shape::Outside(path) => (Vec::new(), Some(Value::outside(format!("{path}[]"), v.taint.clone())), None),
            Shape::Undefined | Shape::Null | Shape::Absent => (Vec::new(), None, None),
            _ => (Vec::new(), Some(Value::unknown(Kind::Any, v.taint.clone())), None),
        }
    }

    /// A key with its value; a key that may be missing makes a pair that may be.
    fn pair(&mut self, key: &Value, value: &Value) -> Value {
        if !may_be_absent(key) {
            return self.array(vec![key.clone(), value.clone()]);
        }
        let there = |v: &Value| v.alternatives().iter().find(|v| v.shape != Shape::Absent).cloned();
        let parts = vec![there(key).unwrap_or(Value::UNDEFINED), there(value).unwrap_or(Value::UNDEFINED)];
        let pair = self.array(parts);
        let place = self.place(0);
        self.join(pair, Value::plain(Shape::Absent), &key.taint, place).tainted(&marks_only(&key.taint))
    }

    fn iterator(&mut self, v: &Value) -> Option<Elements> {
        let id = v.as_object()?;
        let own = self.property(id, "Symbol.iterator", v, 0).ok()?;
        let f = match own {
            Some(f) => Some(f),
            None => self.property(id, "Symbol.asyncIterator", v, 0).ok()?,
        };
        let result = match f {
            Some(f) => self.call(&f, v, Vec::new(), 0).ok()?,
            None => v.clone(),
        };
        let inner = result.as_object()?;
        if self.store.get(inner).is_list() {
            return Some(self.elements(&result));
        }
        // An iterator by hand gives what its `next` gives, unknown many times.
        let next = self.property(inner, "next", &result, 0).ok()??;
        let step = self.call(&next, &result, Vec::new(), 0).ok()?;
        let step = self.settled(&step, 0).ok()?;
        let item = self.member_named(&step, "value", 0).ok()?;
        Some((Vec::new(), Some(item), None))
    }

    pub(crate) fn keys(&mut self, v: &Value) -> Option<Vec<Value>> {
        match &v.shape {
            // Whoever goes through the whole environment meets the variables that tell something, and others.
            Shape::Outside(path) if sources::is_environment(path) => {
                let known = sources::VARIABLES.iter().map(|n| Value::text(*n));
                Some(known.chain([Value::unknown(Kind::Text, None)]).collect())
            }
            Shape::Object(id) => {
                let o = self.store.get(*id);
                if let What::Proxy { target, .. } = &o.what {
                    let target = target.clone();
                    return self.keys(&target);
                }
                if o.open.is_some() && o.properties.is_empty() {
                    return None;
                }
                if o.is_list() {
                    return o.rest.is_none().then(|| (0..o.items.len()).map(|i| Value::text(i.to_string())).collect());
                }
                Some(
                    o.properties
                        .iter()
                        .filter(|(k, _)| !k.starts_with('\0') || k.starts_with("\0get "))
                        .map(|(k, v)| {
                            let key = Value::text(k.strip_prefix("\0get ").unwrap_or(k));
                            if may_be_absent(v) {
                                Value::new(
                                    Shape::Choice([key, Value::plain(Shape::Absent)].into()),
                                    marks_only(&v.taint),
                                )
                            } else {
                                key
                            }
                        })
                        .collect(),
                )
            }
            _ => None,
        }
    }

    /// Everything that a value and what hangs on it depend on.
    pub(crate) fn deep_taint(&self, v: &Value, depth: u32) -> Taint {
        let mut t = v.taint.clone();
        if depth == 0 {
            return t;
        }
        match &v.shape {
            Shape::Object(id) => {
                let o = self.store.get(*id);
                t = union(&t, &o.order);
                for x in o.properties.values().chain(&o.items).chain(&o.values).chain(&o.rest).take(60) {
                    t = union(&t, &self.deep_taint(x, depth - 1));
                }
                match &o.what {
                    What::Url(u) => t = union(&t, &self.deep_taint(u, depth - 1)),
                    What::Date(d) | What::Hash(d) => t = union(&t, d),
                    _ => {}
                }
            }
            Shape::Json(inner) => t = union(&t, &self.deep_taint(inner, depth)),
            Shape::Choice(all) => {
                for x in all.iter() {
                    t = union(&t, &self.deep_taint(x, depth - 1));
                }
            }
            _ => {}
        }
        t
    }

    pub(crate) fn open_object(&mut self, open: Value) -> Value {
        Value::object(self.store.add(Object { open: Some(open), ..Object::new(What::Plain) }))
    }
}
