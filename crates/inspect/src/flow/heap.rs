//! Objects and scopes of the abstract machine.

use std::rc::Rc;

use indexmap::IndexMap;
use oxc_ast::ast::{ArrowFunctionExpression, Class, Function};
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::taint::Taint;
use super::value::{ObjectId, Shape, Value};

pub(crate) type ScopeId = u32;

/// Under this name bytes that are not all known keep the text that they are.
pub(crate) const BYTES_TEXT: &str = "\0text";

/// A symbol is a text that begins with this and that no other one is equal to; as a key it is not among those that are listed.
pub(crate) const SYMBOL: &str = "\0Symbol";

const OBJECTS_MAX: usize = 800_000;
const SCOPES_MAX: usize = 1_500_000;
/// Values that files in one run may leave behind, long texts counted by their length.
const HELD_MAX: usize = 2_000_000;
pub(crate) type Properties = IndexMap<Rc<str>, Value, FxBuildHasher>;

#[derive(Clone, Copy)]
pub(crate) enum Code<'a> {
    Function(&'a Function<'a>),
    Arrow(&'a ArrowFunctionExpression<'a>),
}

#[derive(Clone)]
pub(crate) struct Closure<'a> {
    pub(crate) code: Code<'a>,
    pub(crate) file: u16,
    pub(crate) scope: ScopeId,
    /// What `this` is in an arrow function.
    pub(crate) this: Option<Value>,
    /// The object whose parent `super` means.
    pub(crate) home: Option<ObjectId>,
    pub(crate) name: Rc<str>,
}

#[derive(Clone)]
pub(crate) struct ClassOf<'a> {
    pub(crate) class: &'a Class<'a>,
    pub(crate) file: u16,
    pub(crate) scope: ScopeId,
    pub(crate) parent: Value,
    pub(crate) prototype: ObjectId,
    pub(crate) constructor: Option<Closure<'a>>,
}

/// A function that the machine itself made.
#[derive(Clone)]
pub(crate) enum Native {
    /// Puts its argument into a promise.
    Resolve(ObjectId),
    /// Gives this value.
    Constant(Value),
    /// Does nothing.
    Nothing,
}

#[derive(Clone)]
pub(crate) enum What<'a> {
    Plain,
    Array,
    Set,
    /// Keys in `items`, what they lead to in `values`.
    Map,
    Function(Closure<'a>),
    Class(Rc<ClassOf<'a>>),
    Bound {
        target: Value,
        this: Value,
        arguments: Vec<Value>,
    },
    Native(Native),
    Regex {
        source: Value,
        flags: Rc<str>,
    },
    Date(Taint),
    Url(Value),
    Promise,
    Proxy {
        target: Value,
        handler: Value,
    },
    /// `createHash`, with what was fed to it.
    Hash(Taint),
    Form,
}

#[derive(Clone)]
pub(crate) struct Object<'a> {
    pub(crate) what: What<'a>,
    pub(crate) properties: Properties,
    pub(crate) items: Vec<Value>,
    pub(crate) values: Vec<Value>,
    /// What else may be in it, any number of times.
    pub(crate) rest: Option<Value>,
    pub(crate) prototype: Option<ObjectId>,
    /// What decides the order of keys or items.
    pub(crate) order: Taint,
    /// Outside the code, with this name; what it holds is not known.
    pub(crate) open: Option<Value>,
}

impl<'a> Object<'a> {
    pub(crate) fn new(what: What<'a>) -> Self {
        Object {
            what,
            properties: Properties::default(),
            items: Vec::new(),
            values: Vec::new(),
            rest: None,
            prototype: None,
            order: None,
            open: None,
        }
    }

    pub(crate) fn array(items: Vec<Value>) -> Self {
        Object { items, ..Object::new(What::Array) }
    }

    pub(crate) fn is_callable(&self) -> bool {
        matches!(self.what, What::Function(_) | What::Native(_) | What::Bound { .. })
    }

    pub(crate) fn is_list(&self) -> bool {
        matches!(self.what, What::Array | What::Set)
    }
}

#[derive(Default)]
pub(crate) struct Scope<'a> {
    pub(crate) parent: Option<ScopeId>,
    pub(crate) names: FxHashMap<&'a str, Value>,
    /// Whether `var` of inner blocks lands here.
    pub(crate) is_function: bool,
}

/// What a branch has overwritten, to be put back before the other branch runs.
#[derive(Default)]
pub(crate) struct Undo<'a> {
    pub(crate) names: FxHashMap<(ScopeId, &'a str), Option<Value>>,
    pub(crate) objects: FxHashMap<ObjectId, Object<'a>>,
    pub(crate) first_scope: ScopeId,
    pub(crate) first_object: ObjectId,
}

/// How much a value takes, in plain values.
fn size(v: &Value) -> usize {
    match &v.shape {
        Shape::Text(t) => 1 + t.len() / size_of::<Value>(),
        Shape::Joined(all) | Shape::Choice(all) => 1 + all.len(),
        _ => 1,
    }
}

#[derive(Default)]
pub(crate) struct Store<'a> {
    pub(crate) scopes: Vec<Scope<'a>>,
    objects: Vec<Object<'a>>,
    undo: Vec<Undo<'a>>,
    cost: u64,
    /// Scopes below this may be held by a function, a class or a module.
    held: ScopeId,
}

impl<'a> Store<'a> {
    pub(crate) fn scope(&mut self, parent: Option<ScopeId>, is_function: bool) -> ScopeId {
        self.scopes.push(Scope { parent, names: FxHashMap::default(), is_function });
        self.scopes.len() as ScopeId - 1
    }

    /// Notes that something outlives the run of this scope.
    pub(crate) fn hold(&mut self, scope: ScopeId) {
        self.held = self.held.max(scope + 1);
    }

    /// Gives back the scopes from one on, unless something may still look into them.
    pub(crate) fn release(&mut self, from: usize) {
        if self.held as usize <= from {
            self.scopes.truncate(from);
        }
    }

    pub(crate) fn add(&mut self, object: Object<'a>) -> ObjectId {
        self.objects.push(object);
        self.objects.len() as ObjectId - 1
    }

    /// Work that copies caused, to be paid from the budget of steps.
    pub(crate) fn charge(&mut self, cost: u64) {
        self.cost += cost;
    }

    pub(crate) fn take_cost(&mut self) -> u64 {
        std::mem::take(&mut self.cost)
    }

    /// A copy of an object, paid for.
    pub(crate) fn copy(&mut self, id: ObjectId) -> Object<'a> {
        let o = &self.objects[id as usize];
        self.cost += (o.items.len() + o.properties.len() + o.values.len()) as u64 / 4;
        self.objects[id as usize].clone()
    }

    /// Whether the memory of a run is used up.
    pub(crate) fn is_full(&self) -> bool {
        self.objects.len() > OBJECTS_MAX || self.scopes.len() > SCOPES_MAX
    }

    /// Whether so much is held that the next file had better begin with an empty store. Looks at everything, so ask it once a file.
    pub(crate) fn is_half_full(&self) -> bool {
        let in_objects = self.objects.iter().flat_map(|o| o.items.iter().chain(&o.values).chain(o.properties.values()));
        let in_scopes = self.scopes.iter().flat_map(|s| s.names.values());
        self.objects.len() > OBJECTS_MAX / 2
            || self.scopes.len() > SCOPES_MAX / 2
            || in_objects.chain(in_scopes).map(size).sum::<usize>() > HELD_MAX
    }

    pub(crate) fn get(&self, id: ObjectId) -> &Object<'a> {
        &self.objects[id as usize]
    }

    /// The object for a change; a branch that is open remembers what it was.
    pub(crate) fn change(&mut self, id: ObjectId) -> &mut Object<'a> {
        if let Some(undo) = self.undo.last_mut()
            && id < undo.first_object
            && !undo.objects.contains_key(&id)
        {
            let o = &self.objects[id as usize];
            self.cost += (o.items.len() + o.properties.len() + o.values.len()) as u64 / 2;
            undo.objects.insert(id, o.clone());
        }
        &mut self.objects[id as usize]
    }

    pub(crate) fn find(&self, mut scope: ScopeId, name: &str) -> Option<ScopeId> {
        loop {
            let here = &self.scopes[scope as usize];
            if here.names.contains_key(name) {
                return Some(scope);
            }
            scope = here.parent?;
        }
    }

    pub(crate) fn read(&self, scope: ScopeId, name: &str) -> Option<&Value> {
        self.scopes[self.find(scope, name)? as usize].names.get(name)
    }

    pub(crate) fn write(&mut self, scope: ScopeId, name: &'a str, value: Value) {
        let old = self.scopes[scope as usize].names.insert(name, value);
        if let Some(undo) = self.undo.last_mut()
            && scope < undo.first_scope
        {
            undo.names.entry((scope, name)).or_insert(old);
        }
    }

    pub(crate) fn function_scope(&self, mut scope: ScopeId) -> ScopeId {
        while let Some(parent) = self.scopes[scope as usize].parent {
            if self.scopes[scope as usize].is_function {
                break;
            }
            scope = parent;
        }
        scope
    }

    pub(crate) fn branch(&mut self) {
        let undo = Undo {
            first_scope: self.scopes.len() as ScopeId,
            first_object: self.objects.len() as ObjectId,
            ..Undo::default()
        };
        self.undo.push(undo);
    }

    pub(crate) fn is_branching(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Ends a branch: puts back what it found, and gives what it had changed.
    pub(crate) fn rewind(&mut self) -> Undo<'a> {
        let mut undo = self.undo.pop().expect("a branch was opened");
        for ((scope, name), old) in &mut undo.names {
            let names = &mut self.scopes[*scope as usize].names;
            let new = match old.take() {
                Some(value) => names.insert(name, value),
                None => names.remove(name),
            };
            *old = new;
        }
        for (id, old) in &mut undo.objects {
            std::mem::swap(old, &mut self.objects[*id as usize]);
        }
        undo
    }
}

impl<'a> Store<'a> {
    /// Does once more what a branch had done before it was taken back.
    pub(crate) fn redo(&mut self, done: Undo<'a>) {
        for ((scope, name), value) in done.names {
            if let Some(value) = value {
                self.write(scope, name, value);
            }
        }
        for (id, object) in done.objects {
            *self.change(id) = object;
        }
    }
}

/// Whether a value might be missing.
pub(crate) fn may_be_absent(value: &Value) -> bool {
    match &value.shape {
        Shape::Absent => true,
        Shape::Choice(all) => all.iter().any(|v| matches!(v.shape, Shape::Absent)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_half_full_by_what_lists_and_texts_hold() {
        let mut store = Store::default();
        store.add(Object::array(vec![Value::UNDEFINED; HELD_MAX / 2]));
        assert!(!store.is_half_full());
        store.add(Object::array(vec![Value::text("x".repeat(HELD_MAX / 2 * size_of::<Value>()))]));
        assert!(store.is_half_full());
    }
}
