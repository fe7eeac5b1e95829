//! The abstract machine: runs a program on values that are known in part, both ways where a condition is not known.

use std::rc::Rc;

use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use rustc_hash::{FxHashMap, FxHashSet};

use super::heap::{Object, Properties, SYMBOL, ScopeId, Store, What, may_be_absent};
use super::report::{Candidate, Event};
use super::taint::{MarkId, Marks, Place, Taint, form_of, is_marked, marks_only, union, with_candidate, without_form};
use super::value::{ALTERNATIVES_MAX, Kind, ObjectId, Shape, Value, WEIGHT_MAX};
use crate::axes::{Source, Transform};
use crate::fold;

/// Why evaluation does not go on.
#[derive(Debug)]
pub(crate) enum Stop {
    Throw,
    /// The budget is spent.
    Spent,
}

pub(crate) type Run<T> = Result<T, Stop>;

/// How a statement ends.
#[derive(Debug)]
pub(crate) enum Done<'a> {
    Normal,
    Return(Value),
    Break(Option<&'a str>),
    Continue(Option<&'a str>),
}

/// A call that is running.
#[derive(Default)]
pub(crate) struct Frame {
    /// Values returned on some paths, with what decides that.
    pub(crate) partial: Vec<(Value, Taint, Place)>,
    /// The list of what a generator gives.
    pub(crate) yields: Option<ObjectId>,
    pub(crate) first_scope: ScopeId,
    pub(crate) function: Option<(u16, u32)>,
    /// Set once a loop may have been left early.
    pub(crate) maybe_left: bool,
}

/// A file of the artefact, for imports.
pub(crate) struct Module<'a> {
    pub(crate) exports: ObjectId,
    pub(crate) file: u16,
    pub(crate) scope: ScopeId,
    pub(crate) program: &'a Program<'a>,
    /// Statements outside of functions that were run, also in part.
    pub(crate) done: usize,
    pub(crate) is_running: bool,
    /// Functions that it made and that are entered when the file itself is followed.
    pub(crate) functions: Vec<Value>,
}

/// Gives a file that another one imports, and its name.
pub(crate) trait Loader<'a> {
    fn load(&self, from: &str, specifier: &str) -> Option<(Rc<str>, &'a Program<'a>)>;
    /// A table that a file imports.
    fn table(&self, from: &str, specifier: &str) -> Option<serde_json::Value>;
    /// Whether a file is followed by itself as well, sooner or later, so that its functions need not be entered from elsewhere.
    fn is_followed(&self, path: &str) -> bool;
}

/// The text of a regular expression and its flags.
pub(crate) type PatternKey = (Rc<str>, Rc<str>);

pub(crate) struct Machine<'a> {
    pub(crate) allocator: &'a Allocator,
    pub(crate) store: Store<'a>,
    pub(crate) marks: Marks,
    pub(crate) frames: Vec<Frame>,
    pub(crate) conditions: Vec<Taint>,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) candidate_at: FxHashMap<(Place, crate::axes::Encoding), u32>,
    pub(crate) events: Vec<Event>,
    /// What listens for the events of emitters, by the event's name.
    pub(crate) listeners: FxHashMap<Rc<str>, Vec<Value>>,
    /// The events that are being emitted, from the first on.
    pub(crate) emitting: Vec<Rc<str>>,
    /// Marks whose choice was lost: both ways gave something that is not known.
    pub(crate) lost: FxHashSet<MarkId>,
    /// Marks that decided what the person at the machine is shown, or how a connection is made.
    pub(crate) shown: FxHashSet<MarkId>,
    pub(crate) files: Vec<Rc<str>>,
    pub(crate) texts: Vec<&'a str>,
    pub(crate) modules: FxHashMap<Rc<str>, Module<'a>>,
    pub(crate) loader: &'a dyn Loader<'a>,
    pub(crate) file: u16,
    pub(crate) global: ScopeId,
    pub(crate) fuel: u64,
    pub(crate) depth: u32,
    /// Calls that are running, those of built-in functions as well.
    pub(crate) nested: u32,
    /// Calls of things that are not known, so that a `try` knows whether it may fail.
    pub(crate) unknown_calls: u64,
    pub(crate) called: FxHashSet<(u16, u32)>,
    pub(crate) pending: Vec<Value>,
    /// What string decoders gave inside branches, whose own caches a branch would leave uncertain.
    pub(crate) decoded: FxHashMap<((u16, u32), String), Value>,
    /// Sources that only the name of a parameter speaks for.
    pub(crate) guessed: FxHashSet<Place>,
    pub(crate) exported: FxHashMap<ObjectId, Rc<str>>,
    /// Functions that give a text for a number, and for how many.
    pub(crate) decoders: FxHashMap<(u16, u32), FxHashSet<u64>>,
    /// Where the budget ran out first.
    pub(crate) spent_at: Option<Place>,
    pub(crate) now: u32,
    /// Regular expressions by text and flags; nothing where Rust has no such one.
    pub(crate) patterns: FxHashMap<PatternKey, Option<Rc<super::strings::Pattern>>>,
    tries: FxHashMap<Place, u32>,
    symbols: u32,
    /// Requests that were seen so far.
    pub(crate) requests: u32,
    /// What decides whether the calls since the last `try` fail.
    pub(crate) failing: Taint,
    pub(crate) instances: FxHashMap<ObjectId, ObjectId>,
    pub(crate) hoisted: FxHashMap<(u16, u32), Rc<[&'a str]>>,
    pub(crate) notes: Vec<(Place, String)>,
    /// The labels of the loop that is about to run.
    pub(crate) labels: Vec<&'a str>,
    pub(crate) this: Value,
    pub(crate) home: Option<ObjectId>,
    pub(crate) arguments: Vec<Value>,
    /// What decides the order of the arguments of the call that is about to run.
    pub(crate) argument_order: Taint,
}

impl<'a> Machine<'a> {
    pub(crate) fn new(allocator: &'a Allocator, loader: &'a dyn Loader<'a>) -> Self {
        let mut store = Store::default();
        let global = store.scope(None, true);
        Machine {
            allocator,
            store,
            marks: Marks::default(),
            frames: vec![Frame::default()],
            conditions: Vec::new(),
            candidates: Vec::new(),
            candidate_at: FxHashMap::default(),
            events: Vec::new(),
            listeners: FxHashMap::default(),
            emitting: Vec::new(),
            lost: FxHashSet::default(),
            shown: FxHashSet::default(),
            files: Vec::new(),
            texts: Vec::new(),
            modules: FxHashMap::default(),
            loader,
            file: 0,
            global,
            fuel: 0,
            depth: 0,
            nested: 0,
            unknown_calls: 0,
            called: FxHashSet::default(),
            pending: Vec::new(),
            decoded: FxHashMap::default(),
            guessed: FxHashSet::default(),
            exported: FxHashMap::default(),
            decoders: FxHashMap::default(),
            spent_at: None,
            now: 0,
            patterns: FxHashMap::default(),
            tries: FxHashMap::default(),
            symbols: 0,
            requests: 0,
            failing: None,
            instances: FxHashMap::default(),
            hoisted: FxHashMap::default(),
            notes: Vec::new(),
            labels: Vec::new(),
            this: Value::UNDEFINED,
            home: None,
            arguments: Vec::new(),
            argument_order: None,
        }
    }

    pub(crate) fn place(&self, at: u32) -> Place {
        Place { file: self.file, at }
    }

    pub(crate) fn spend(&mut self, steps: u64) -> Run<()> {
        let steps = steps + self.store.take_cost();
        if self.fuel < steps || self.store.is_full() {
            self.fuel = 0;
            self.spent_at = self.spent_at.or(Some(self.place(self.now)));
            return Err(Stop::Spent);
        }
        self.fuel -= steps;
        Ok(())
    }

    pub(crate) fn note(&mut self, place: Place, why: &str) {
        if self.notes.len() < 50 && !self.notes.iter().any(|(p, w)| *p == place && w == why) {
            self.notes.push((place, why.to_owned()));
        }
    }

    pub(crate) fn source(&mut self, source: Source, at: u32, kind: Kind) -> Value {
        let taint = self.marks.source(source, self.place(at));
        Value::unknown(kind, taint)
    }

    pub(crate) fn step(&mut self, taint: &Taint, transform: Transform, at: u32, detail: &str) -> Taint {
        if !is_marked(taint) {
            return taint.clone();
        }
        let place = self.place(at);
        self.marks.step(taint, transform, place, detail)
    }

    /// `Symbol(description)`: equal to nothing but itself.
    pub(crate) fn symbol(&mut self, description: &Value) -> Value {
        self.symbols += 1;
        let name = super::value::constant_text(description).unwrap_or_default();
        Value::text(format!("{SYMBOL}({name})#{}", self.symbols))
    }

    pub(crate) fn array(&mut self, items: Vec<Value>) -> Value {
        Value::object(self.store.add(Object::array(items)))
    }

    pub(crate) fn array_of(&mut self, rest: Value) -> Value {
        let taint = rest.taint.clone();
        let id = self.store.add(Object { rest: Some(rest), ..Object::new(What::Array) });
        Value::new(Shape::Object(id), taint)
    }

    pub(crate) fn plain(&mut self, properties: Vec<(&str, Value)>) -> Value {
        let properties: Properties = properties.into_iter().map(|(k, v)| (Rc::from(k), v)).collect();
        Value::object(self.store.add(Object { properties, ..Object::new(What::Plain) }))
    }

    /// One or the other, as `condition` decides.
    pub(crate) fn join(&mut self, a: Value, b: Value, condition: &Taint, place: Place) -> Value {
        let (a, b) = if is_marked(condition) { (as_text_beside(a, &b), b) } else { (a, b) };
        let b = if is_marked(condition) { as_text_beside(b, &a) } else { b };
        if a.shape == b.shape {
            // What is not known on either side may differ all the same; the choice is remembered as lost.
            if is_marked(condition) && matches!(a.shape, Shape::Unknown(_) | Shape::Outside(_)) {
                self.lost.extend(condition.iter().flat_map(|t| &t.marks));
            }
            if is_marked(condition)
                && let Some(v) = self.two_forms(&a, &b, condition, place)
            {
                return v;
            }
            if let (Shape::Joined(x), Shape::Joined(y)) = (&a.shape, &b.shape)
                && is_marked(condition)
                && x.iter().chain(y.iter()).any(|v| form_of(&v.taint).is_some())
            {
                let (x, y) = (x.clone(), y.clone());
                let pieces = x.iter().zip(y.iter()).map(|(x, y)| self.join(x.clone(), y.clone(), condition, place));
                let pieces = pieces.collect();
                return self.concat(pieces);
            }
            let taint = union(&a.taint, &b.taint);
            return Value::new(a.shape, taint);
        }
        let sel = marks_only(condition);
        let taint = union(&union(&a.taint, &b.taint), &sel);
        let is_bool = |v: &Value| matches!(v.shape, Shape::Bool(_) | Shape::Unknown(Kind::Bool));
        if is_bool(&a) && is_bool(&b) {
            return Value::unknown(Kind::Bool, taint);
        }
        self.store.charge((a.alternatives().len() * b.alternatives().len()) as u64 / 4);
        let mut all: Vec<Value> = a.alternatives().to_vec();
        for v in b.alternatives() {
            match all.iter_mut().find(|x| x.shape == v.shape) {
                Some(same) => same.taint = union(&same.taint, &v.taint),
                None => all.push(v.clone()),
            }
        }
        let mut weight = 0;
        for v in &all {
            weight += v.weight(WEIGHT_MAX.saturating_sub(weight));
        }
        self.store.charge(weight as u64 / 8);
        if all.len() > ALTERNATIVES_MAX || weight >= WEIGHT_MAX {
            let text =
                all.iter().all(|v| matches!(v.shape, Shape::Text(_) | Shape::Joined(_) | Shape::Unknown(Kind::Text)));
            return Value::unknown(if text { Kind::Text } else { Kind::Any }, taint);
        }
        let mut value = Value::new(Shape::Choice(all.into()), taint);
        if is_marked(&value.taint)
            && (is_marked(&sel) || matches!(a.shape, Shape::Choice(_)) || matches!(b.shape, Shape::Choice(_)))
        {
            self.nominate(&mut value, place);
        }
        value
    }

    /// The same text or number, not known and written in two ways: what tells them apart is a choice.
    fn two_forms(&mut self, a: &Value, b: &Value, condition: &Taint, place: Place) -> Option<Value> {
        let (x, y) = (form_of(&a.taint), form_of(&b.taint));
        let (before, after) = match (x, y) {
            (Some(x), None) => (x.after.clone(), x.before.clone()),
            (None, Some(y)) => (y.before.clone(), y.after.clone()),
            (Some(x), Some(y)) => (x.after.clone(), y.after.clone()),
            (None, None) => return None,
        };
        if before == after {
            return None;
        }
        if let Shape::Json(_) = a.shape {
            let choice = self.join(Value::text(before), Value::text(after), condition, place);
            let text = Value::new(a.shape.clone(), without_form(&union(&a.taint, &b.taint)));
            return Some(self.concat(vec![choice, text]));
        }
        let Shape::Unknown(kind) = a.shape else { return None };
        let rest = without_form(&union(&without_form(&a.taint), &without_form(&b.taint)));
        let choice = self.join(Value::text(before), Value::text(after), condition, place);
        if kind == Kind::Number {
            return Some(choice.tainted(&rest));
        }
        let hole = Value::unknown(Kind::Text, rest);
        Some(self.concat(vec![hole.clone(), choice, hole]))
    }

    /// Remembers a choice between look-alikes, so that it is known when nothing ever uses it.
    pub(crate) fn nominate(&mut self, value: &mut Value, place: Place) {
        let text = |v: &Value| matches!(v.shape, Shape::Text(_) | Shape::Joined(_) | Shape::Repeated(_));
        if value.alternatives().len() > 12 || value.alternatives().iter().filter(|v| text(v)).count() < 2 {
            return;
        }
        // What was found innocent often at one place is not looked at for ever.
        let tries = self.tries.entry(place).or_default();
        *tries += 1;
        if *tries > 24 && !self.candidates.iter().any(|c| c.place == place) {
            return;
        }
        let Some((encoding, variants)) = self.covert(value) else { return };
        if let Some(&id) = self.candidate_at.get(&(place, encoding)) {
            let candidate = &mut self.candidates[id as usize];
            candidate.taint = union(&candidate.taint, &value.taint);
            for v in variants {
                if !candidate.variants.contains(&v) && candidate.variants.len() < 12 {
                    candidate.variants.push(v);
                }
            }
            value.taint = with_candidate(&value.taint, id);
            return;
        }
        let id = self.candidates.len() as u32;
        self.candidate_at.insert((place, encoding), id);
        self.candidates.push(Candidate {
            place,
            encoding,
            variants,
            taint: value.taint.clone(),
            reached: false,
            local: false,
            named: None,
        });
        value.taint = with_candidate(&value.taint, id);
    }

    /// The encoding between the alternatives of a choice, if a reader would not see it.
    pub(crate) fn covert(&self, value: &Value) -> Option<(crate::axes::Encoding, Vec<String>)> {
        let mut variants = Vec::new();
        for v in value.alternatives() {
            if matches!(v.shape, Shape::Absent | Shape::Undefined | Shape::Null | Shape::Bool(false)) {
                continue;
            }
            for text in self.renderings(&once(v), 24)? {
                if !variants.contains(&text) {
                    variants.push(text);
                }
            }
        }
        match fold::between(&variants) {
            Some(encoding) => Some((encoding, variants)),
            None => self.covert_around(value),
        }
    }

    /// The encoding between alternatives that have the same choices in them: what those say is as open in one as in the
    /// other, so the first of each stands for all.
    fn covert_around(&self, value: &Value) -> Option<(crate::axes::Encoding, Vec<String>)> {
        let mut seen: Option<Vec<usize>> = None;
        let mut variants = Vec::new();
        for v in value.alternatives() {
            let Shape::Joined(pieces) = &v.shape else { return None };
            let mut inner: Vec<usize> = pieces.iter().filter_map(choice_id).collect();
            inner.sort_unstable();
            if inner.is_empty() || seen.as_ref().is_some_and(|s| *s != inner) {
                return None;
            }
            seen = Some(inner);
            let first = |p: &Value| self.renderings(p, 1).and_then(|r| r.into_iter().next());
            let text: Option<String> = pieces.iter().map(first).collect();
            variants.push(text?);
        }
        Some((fold::between(&variants)?, variants))
    }

    /// Runs both ways and joins what they leave behind.
    pub(crate) fn fork<T>(
        &mut self,
        condition: &Taint,
        place: Place,
        leaves: impl Fn(&Run<T>) -> Leaves,
        one: impl FnOnce(&mut Self) -> Run<T>,
        other: impl FnOnce(&mut Self) -> Run<T>,
    ) -> (Run<T>, Run<T>) {
        self.conditions.push(marks_only(condition));
        let first_event = self.events.len();
        self.store.branch();
        let left = one(self);
        let left_state = self.store.rewind();
        let second_event = self.events.len();
        self.store.branch();
        let right = other(self);
        let right_state = self.store.rewind();
        self.conditions.pop();
        if is_marked(condition) {
            self.pair_events(first_event, second_event, condition, place);
        }
        let first_scope = self.frames.last().map_or(0, |f| f.first_scope);
        let (l, r) = (leaves(&left), leaves(&right));
        let mut names: FxHashMap<_, (Option<Value>, Option<Value>)> = FxHashMap::default();
        for (key, new) in left_state.names {
            names.entry(key).or_default().0 = new;
        }
        for (key, new) in right_state.names {
            names.entry(key).or_default().1 = new;
        }
        for ((scope, name), (a, b)) in names {
            let own = scope >= first_scope;
            let old = self.store.scopes[scope as usize].names.get(name).cloned();
            let a = a.or_else(|| old.clone());
            let b = b.or(old);
            let value = match (a, b) {
                (Some(a), Some(b)) => match (l, r) {
                    (Leaves::Fails, Leaves::Stays) => b,
                    (Leaves::Stays, Leaves::Fails) => a,
                    (Leaves::Returns, Leaves::Stays) if own => b,
                    (Leaves::Stays, Leaves::Returns) if own => a,
                    _ => self.join(a, b, condition, place),
                },
                (Some(v), None) | (None, Some(v)) => v,
                (None, None) => continue,
            };
            self.store.write(scope, name, value);
        }
        let mut objects: FxHashMap<ObjectId, (Option<Object<'a>>, Option<Object<'a>>)> = FxHashMap::default();
        for (id, new) in left_state.objects {
            objects.entry(id).or_default().0 = Some(new);
        }
        for (id, new) in right_state.objects {
            objects.entry(id).or_default().1 = Some(new);
        }
        for (id, (a, b)) in objects {
            let old = self.store.copy(id);
            let a = a.unwrap_or_else(|| old.clone());
            let b = b.unwrap_or(old);
            let joined = match (l, r) {
                (Leaves::Fails, Leaves::Stays) => b,
                (Leaves::Stays, Leaves::Fails) => a,
                _ => self.join_objects(a, b, condition, place),
            };
            *self.store.change(id) = joined;
        }
        (left, right)
    }

    pub(crate) fn join_objects(&mut self, a: Object<'a>, b: Object<'a>, condition: &Taint, place: Place) -> Object<'a> {
        let mut order = union(&a.order, &b.order);
        if differ_in_order(&a.properties, &b.properties) {
            order = union(&order, &marks_only(condition));
        }
        let absent = Value::plain(Shape::Absent);
        let mut properties = Properties::default();
        for (key, value) in a.properties {
            let other = b.properties.get(&key).unwrap_or(&absent).clone();
            let joined = self.join(value, other, condition, place);
            properties.insert(key, joined);
        }
        for (key, value) in b.properties {
            if properties.contains_key(&key) {
                continue;
            }
            let joined = self.join(absent.clone(), value, condition, place);
            properties.insert(key, joined);
        }
        let items = if permuted(&a.items, &b.items) {
            order = union(&order, &marks_only(condition));
            a.items
        } else {
            self.join_lists(a.items, b.items, condition, place)
        };
        let values = self.join_lists(a.values, b.values, condition, place);
        let rest = match (a.rest, b.rest) {
            (Some(x), Some(y)) => Some(self.join(x, y, condition, place)),
            (x, y) => x.or(y),
        };
        Object { what: a.what, properties, items, values, rest, prototype: a.prototype, order, open: a.open.or(b.open) }
    }

    fn join_lists(&mut self, a: Vec<Value>, b: Vec<Value>, condition: &Taint, place: Place) -> Vec<Value> {
        let absent = || Value::plain(Shape::Absent);
        let length = a.len().max(b.len());
        let (mut a, mut b) = (a.into_iter(), b.into_iter());
        (0..length)
            .map(|_| {
                let (x, y) = (a.next().unwrap_or_else(absent), b.next().unwrap_or_else(absent));
                self.join(x, y, condition, place)
            })
            .collect()
    }

    /// Runs one of two expressions, or both.
    pub(crate) fn either(
        &mut self,
        condition: &Value,
        place: Place,
        one: impl FnOnce(&mut Self) -> Run<Value>,
        other: impl FnOnce(&mut Self) -> Run<Value>,
    ) -> Run<Value> {
        let leaves = |r: &Run<Value>| if r.is_ok() { Leaves::Stays } else { Leaves::Fails };
        match self.fork(&condition.taint, place, leaves, one, other) {
            (Ok(a), Ok(b)) => Ok(self.join(a, b, &condition.taint, place)),
            (Ok(v), Err(Stop::Throw)) | (Err(Stop::Throw), Ok(v)) => Ok(v),
            (Err(stop), Err(Stop::Throw)) | (_, Err(stop)) | (Err(stop), _) => Err(stop),
        }
    }

    /// Applies a function to every alternative of a value.
    pub(crate) fn each(
        &mut self,
        value: &Value,
        at: u32,
        mut f: impl FnMut(&mut Self, &Value) -> Run<Value>,
    ) -> Run<Value> {
        let Shape::Choice(all) = &value.shape else { return f(self, value) };
        let place = self.place(at);
        let mut result: Option<Value> = None;
        for v in all.iter().filter(|v| v.shape != Shape::Absent) {
            self.spend(1)?;
            let next = match f(self, v) {
                Err(Stop::Throw) => continue,
                other => other?,
            };
            result = Some(match result {
                None => next,
                Some(before) => self.join(before, next, &value.taint, place),
            });
        }
        Ok(result.unwrap_or(Value::UNDEFINED).tainted(&marks_only(&value.taint)))
    }
}

/// What a choice, or something that comes any number of times, is known by, however often it is copied.
fn choice_id(v: &Value) -> Option<usize> {
    match &v.shape {
        Shape::Choice(all) => Some(all.as_ptr() as usize),
        Shape::Repeated(one) => Some(Rc::as_ptr(one) as usize),
        _ => None,
    }
}

/// Something that is not known, as the text that it will be beside one that is written in a way of its own.
fn as_text_beside(v: Value, other: &Value) -> Value {
    let is_written = matches!(other.shape, Shape::Unknown(Kind::Text)) && form_of(&other.taint).is_some();
    match &v.shape {
        Shape::Outside(name) if is_written && super::builtins::is_value(name) => Value::unknown(Kind::Text, v.taint),
        Shape::Unknown(Kind::Any | Kind::Number) if is_written => Value::unknown(Kind::Text, v.taint),
        _ => v,
    }
}

/// A text whose repeated parts stand there once, so that alternatives are held against each other at one length.
fn once(v: &Value) -> Value {
    match &v.shape {
        Shape::Repeated(one) => once(one),
        Shape::Joined(pieces) if pieces.iter().any(|p| matches!(p.shape, Shape::Repeated(_))) => {
            let pieces: Vec<Value> = pieces.iter().map(once).collect();
            Value::new(Shape::Joined(pieces.into()), v.taint.clone())
        }
        _ => v.clone(),
    }
}

/// Whether the code after a branch still runs in it.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Leaves {
    Stays,
    Returns,
    Fails,
}

pub(crate) fn differ_in_order(a: &Properties, b: &Properties) -> bool {
    let common =
        |x: &Properties, y: &Properties| -> Vec<Rc<str>> { x.keys().filter(|k| y.contains_key(*k)).cloned().collect() };
    a.len() > 1 && b.len() > 1 && common(a, b) != common(b, a)
}

fn permuted(a: &[Value], b: &[Value]) -> bool {
    a.len() == b.len()
        && (2..=64).contains(&a.len())
        && a != b
        && !a.iter().any(may_be_absent)
        && a.iter().all(|v| a.iter().filter(|x| *x == v).count() == b.iter().filter(|x| *x == v).count())
}
