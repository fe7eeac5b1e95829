//! Values of the abstract machine: known as far as the code says, and what they depend on.

use std::rc::Rc;

use super::taint::{Taint, union};

/// An object, array, function or other thing with identity; an index into the heap.
pub(crate) type ObjectId = u32;

pub(crate) const ALTERNATIVES_MAX: usize = 40;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Any,
    Text,
    Number,
    Bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Shape {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(Rc<str>),
    Object(ObjectId),
    /// Nothing is known but the kind.
    Unknown(Kind),
    /// An unknown number at or above a known one.
    Above(f64),
    /// Pieces in a row, some of them not known.
    Joined(Rc<[Value]>),
    /// One of these; the value's taint holds what decides.
    Choice(Rc<[Value]>),
    /// Unknown many of this, one after the other.
    Repeated(Rc<Value>),
    /// Something from outside, by the name the code has for it: `os.hostname`, `client.messages.create`.
    Outside(Rc<str>),
    /// JSON text of a value.
    Json(Rc<Value>),
    /// A property that is not there; only inside a choice.
    Absent,
}

/// How big the tree of a value may grow before it counts as not known.
pub(crate) const WEIGHT_MAX: usize = 600;

impl PartialEq for Shape {
    fn eq(&self, other: &Self) -> bool {
        same(self, other, 4)
    }
}

/// Equality to a depth; what is shared is equal at once, and deeper trees count as different.
fn same(a: &Shape, b: &Shape, depth: u32) -> bool {
    let lists = |x: &Rc<[Value]>, y: &Rc<[Value]>| {
        Rc::ptr_eq(x, y)
            || (depth > 0
                && x.len() == y.len()
                && x.iter().zip(y.iter()).all(|(v, w)| same(&v.shape, &w.shape, depth - 1)))
    };
    match (a, b) {
        (Shape::Undefined, Shape::Undefined) | (Shape::Null, Shape::Null) | (Shape::Absent, Shape::Absent) => true,
        (Shape::Bool(x), Shape::Bool(y)) => x == y,
        (Shape::Number(x), Shape::Number(y)) | (Shape::Above(x), Shape::Above(y)) => x == y,
        (Shape::Text(x), Shape::Text(y)) | (Shape::Outside(x), Shape::Outside(y)) => Rc::ptr_eq(x, y) || x == y,
        (Shape::Object(x), Shape::Object(y)) => x == y,
        (Shape::Unknown(x), Shape::Unknown(y)) => x == y,
        (Shape::Joined(x), Shape::Joined(y)) | (Shape::Choice(x), Shape::Choice(y)) => lists(x, y),
        (Shape::Repeated(x), Shape::Repeated(y)) | (Shape::Json(x), Shape::Json(y)) => {
            Rc::ptr_eq(x, y) || (depth > 0 && same(&x.shape, &y.shape, depth - 1))
        }
        _ => false,
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Value {
    pub(crate) shape: Shape,
    pub(crate) taint: Taint,
}

impl Value {
    pub(crate) const UNDEFINED: Value = Value { shape: Shape::Undefined, taint: None };

    pub(crate) fn new(shape: Shape, taint: Taint) -> Self {
        Value { shape, taint }
    }

    pub(crate) fn plain(shape: Shape) -> Self {
        Value { shape, taint: None }
    }

    pub(crate) fn text(text: impl Into<Rc<str>>) -> Self {
        Value::plain(Shape::Text(text.into()))
    }

    pub(crate) fn number(n: f64) -> Self {
        Value::plain(Shape::Number(n))
    }

    pub(crate) fn bool(b: bool) -> Self {
        Value::plain(Shape::Bool(b))
    }

    pub(crate) fn object(id: ObjectId) -> Self {
        Value::plain(Shape::Object(id))
    }

    pub(crate) fn unknown(kind: Kind, taint: Taint) -> Self {
        Value::new(Shape::Unknown(kind), taint)
    }

    pub(crate) fn outside(name: impl Into<Rc<str>>, taint: Taint) -> Self {
        Value::new(Shape::Outside(name.into()), taint)
    }

    pub(crate) fn tainted(mut self, taint: &Taint) -> Self {
        self.taint = union(&self.taint, taint);
        self
    }

    pub(crate) fn alternatives(&self) -> &[Value] {
        match &self.shape {
            Shape::Choice(all) => all,
            _ => std::slice::from_ref(self),
        }
    }

    /// The size of the tree, counted up to a limit.
    pub(crate) fn weight(&self, limit: usize) -> usize {
        let mut total = 1;
        let children: &[Value] = match &self.shape {
            Shape::Joined(all) | Shape::Choice(all) => all,
            Shape::Repeated(one) | Shape::Json(one) => std::slice::from_ref(&**one),
            _ => return 1,
        };
        for c in children {
            if total >= limit {
                break;
            }
            total += c.weight(limit - total);
        }
        total
    }

    pub(crate) fn as_text(&self) -> Option<&Rc<str>> {
        match &self.shape {
            Shape::Text(t) => Some(t),
            _ => None,
        }
    }

    pub(crate) fn as_number(&self) -> Option<f64> {
        match self.shape {
            Shape::Number(n) => Some(n),
            _ => None,
        }
    }

    pub(crate) fn as_object(&self) -> Option<ObjectId> {
        match self.shape {
            Shape::Object(id) => Some(id),
            _ => None,
        }
    }

    pub(crate) fn is_constant(&self) -> bool {
        matches!(
            self.shape,
            Shape::Undefined | Shape::Null | Shape::Bool(_) | Shape::Number(_) | Shape::Text(_) | Shape::Absent
        )
    }

    /// What `if` makes of it, when that is known.
    pub(crate) fn truth(&self) -> Option<bool> {
        match &self.shape {
            Shape::Undefined | Shape::Null | Shape::Absent => Some(false),
            Shape::Bool(b) => Some(*b),
            Shape::Number(n) => Some(*n != 0.0 && !n.is_nan()),
            Shape::Text(t) => Some(!t.is_empty()),
            Shape::Object(_) => Some(true),
            Shape::Above(n) if *n > 0.0 => Some(true),
            Shape::Joined(pieces) => {
                pieces.iter().any(|p| matches!(&p.shape, Shape::Text(t) if !t.is_empty())).then_some(true)
            }
            Shape::Choice(all) => {
                let first = all.first()?.truth()?;
                all.iter().all(|v| v.truth() == Some(first)).then_some(first)
            }
            Shape::Json(_) => Some(true),
            Shape::Outside(name) => (!name.starts_with('?')
                && !name.contains("()")
                && matches!(
                    &**name,
                    "Intl"
                        | "fetch"
                        | "Buffer"
                        | "TextDecoder"
                        | "TextEncoder"
                        | "URL"
                        | "atob"
                        | "btoa"
                        | "JSON"
                        | "Object"
                        | "Array"
                        | "String"
                        | "Map"
                        | "Set"
                        | "Promise"
                        | "process"
                        | "Date"
                        | "Math"
                        | "globalThis"
                ))
            .then_some(true),
            _ => None,
        }
    }

    pub(crate) fn is_nullish(&self) -> Option<bool> {
        match &self.shape {
            Shape::Undefined | Shape::Null | Shape::Absent => Some(true),
            Shape::Unknown(Kind::Any) | Shape::Outside(_) => None,
            Shape::Choice(all) => {
                let first = all.first()?.is_nullish()?;
                all.iter().all(|v| v.is_nullish() == Some(first)).then_some(first)
            }
            _ => Some(false),
        }
    }
}

/// A number as JavaScript prints it, for those that programs index and print.
pub(crate) fn number_text(n: f64) -> String {
    if n.is_nan() {
        "NaN".to_owned()
    } else if n.is_infinite() {
        if n > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() }
    } else if n.fract() == 0.0 && n.abs() < 9e15 {
        (n as i64).to_string()
    } else if n.abs() >= 1e21 || n.abs() < 1e-6 {
        let text = format!("{n:e}");
        if text.contains("e-") { text } else { text.replace('e', "e+") }
    } else {
        format!("{n}")
    }
}

/// The text of a constant.
pub(crate) fn constant_text(value: &Value) -> Option<Rc<str>> {
    Some(match &value.shape {
        Shape::Undefined => "undefined".into(),
        Shape::Null => "null".into(),
        Shape::Bool(b) => if *b { "true" } else { "false" }.into(),
        Shape::Number(n) => number_text(*n).into(),
        Shape::Text(t) => t.clone(),
        Shape::Absent => "".into(),
        _ => return None,
    })
}
