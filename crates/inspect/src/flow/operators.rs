//! Operators.

use oxc_syntax::operator::{BinaryOperator as B, UnaryOperator as U};

use super::heap::{SYMBOL, What};
use super::machine::{Machine, Run};
use super::taint::{Taint, codes, codes_of, is_marked, union, with_codes, without_form};
use super::value::{Kind, Shape, Value, constant_text};
use crate::axes::Transform;

pub(crate) fn binary(m: &mut Machine<'_>, op: B, a: &Value, b: &Value, at: u32) -> Run<Value> {
    m.spend(1)?;
    match op {
        B::Addition => return add(m, a, b, at),
        B::Equality | B::StrictEquality => return equal(m, a, b, at),
        B::Inequality | B::StrictInequality => {
            let v = equal(m, a, b, at)?;
            return unary(m, U::LogicalNot, &v, at);
        }
        B::In => return contains_key(m, a, b, at),
        B::Instanceof => return Ok(Value::unknown(Kind::Bool, None)),
        _ => {}
    }
    if matches!(a.shape, Shape::Choice(_)) {
        return m.each(a, at, |m, a| binary(m, op, a, b, at));
    }
    if matches!(b.shape, Shape::Choice(_)) {
        return m.each(b, at, |m, b| binary(m, op, a, b, at));
    }
    let relational = matches!(op, B::LessThan | B::LessEqualThan | B::GreaterThan | B::GreaterEqualThan);
    let taint = union(&a.taint, &b.taint);
    if relational {
        return Ok(compare(m, op, a, b, taint, at));
    }
    let (x, y) = (numeric(a), numeric(b));
    let (Some(x), Some(y)) = (x, y) else {
        let mixes = matches!(op, B::BitwiseXOR | B::ShiftLeft | B::Multiplication | B::ShiftRightZeroFill);
        let taint = if mixes && is_marked(&taint) { with_codes(&taint, codes::MIXED) } else { taint };
        if op == B::Subtraction
            && let (Shape::Above(n), Some(y)) = (&a.shape, y)
        {
            return Ok(Value::new(Shape::Above(n - y), taint));
        }
        // What is put onto a number whose low bits are free lies above it.
        if op == B::BitwiseOR
            && let Some(base) = x.or(y).filter(|n| *n >= 256.0 && to_int(*n) & 0x7f == 0)
        {
            return Ok(Value::new(Shape::Above(base), taint));
        }
        if is_marked(&taint)
            && let Some(count) = few(op, y)
        {
            let all: Vec<Value> = (0..count).map(|n| Value::number(f64::from(n))).collect();
            return Ok(Value::new(Shape::Choice(all.into()), taint));
        }
        return Ok(Value::unknown(Kind::Number, without_form(&taint)));
    };
    let n = arithmetic(op, x, y);
    let taint = if op == B::BitwiseXOR && y != 0.0 && x != 0.0 { with_codes(&taint, codes::XOR) } else { taint };
    Ok(Value::new(Shape::Number(n), taint))
}

/// How many numbers a few bits or the rest of a division can be.
fn few(op: B, y: Option<f64>) -> Option<u8> {
    const MOST: f64 = 16.0;
    let count = match (op, y?) {
        (B::BitwiseAnd, mask) if mask > 0.0 && to_int(mask) & (to_int(mask) + 1) == 0 => mask + 1.0,
        (B::Remainder, by) if by.fract() == 0.0 && by >= 2.0 => by,
        (B::ShiftRightZeroFill, by) if (28.0..32.0).contains(&by) => (32.0 - by).exp2(),
        _ => return None,
    };
    (count <= MOST).then_some(count as u8)
}

fn arithmetic(op: B, x: f64, y: f64) -> f64 {
    let (i, j) = (to_int(x), to_int(y));
    match op {
        B::Subtraction => x - y,
        B::Multiplication => x * y,
        B::Division => x / y,
        B::Remainder => x % y,
        B::Exponential => x.powf(y),
        B::BitwiseAnd => f64::from(i & j),
        B::BitwiseOR => f64::from(i | j),
        B::BitwiseXOR => f64::from(i ^ j),
        B::ShiftLeft => f64::from(i.wrapping_shl(j as u32 & 31)),
        B::ShiftRight => f64::from(i.wrapping_shr(j as u32 & 31)),
        B::ShiftRightZeroFill => f64::from((i as u32).wrapping_shr(j as u32 & 31)),
        _ => f64::NAN,
    }
}

pub(crate) fn to_int(x: f64) -> i32 {
    if !x.is_finite() { 0 } else { (x.trunc() % 4_294_967_296.0) as i64 as i32 }
}

/// The number that a constant is.
pub(crate) fn numeric(v: &Value) -> Option<f64> {
    Some(match &v.shape {
        Shape::Number(n) => *n,
        Shape::Bool(b) => f64::from(u8::from(*b)),
        Shape::Null => 0.0,
        Shape::Undefined | Shape::Absent => f64::NAN,
        Shape::Text(t) => text_number(t),
        _ => return None,
    })
}

/// A number, or a text that is a hexadecimal one: what string arrays are asked with.
pub(crate) fn index_of(v: &Value) -> Option<f64> {
    match &v.shape {
        Shape::Number(n) => Some(*n),
        Shape::Text(t) if t.starts_with("0x") => Some(text_number(t)),
        _ => None,
    }
}

pub(crate) fn text_number(t: &str) -> f64 {
    let t = t.trim();
    if t.is_empty() {
        return 0.0;
    }
    if let Some(hex) = t.strip_prefix("0x").or_else(|| t.strip_prefix("0X")) {
        return u64::from_str_radix(hex, 16).map_or(f64::NAN, |n| n as f64);
    }
    if t.chars().any(|c| !matches!(c, '0'..='9' | '.' | '-' | '+' | 'e' | 'E')) {
        return f64::NAN;
    }
    t.parse().unwrap_or(f64::NAN)
}

fn compare(m: &mut Machine<'_>, op: B, a: &Value, b: &Value, taint: Taint, at: u32) -> Value {
    let decide = |o: std::cmp::Ordering| match op {
        B::LessThan => o.is_lt(),
        B::LessEqualThan => o.is_le(),
        B::GreaterThan => o.is_gt(),
        _ => o.is_ge(),
    };
    if let (Shape::Text(x), Shape::Text(y)) = (&a.shape, &b.shape) {
        return Value::new(Shape::Bool(decide(x.cmp(y))), taint);
    }
    if let (Some(x), Some(y)) = (numeric(a), numeric(b)) {
        return Value::new(Shape::Bool(x.partial_cmp(&y).is_some_and(decide)), taint);
    }
    if !is_marked(&taint) {
        return Value::unknown(Kind::Bool, taint);
    }
    let constant = constant_text(a).or_else(|| constant_text(b));
    let found = has_step(m, &taint);
    let taint = match constant {
        Some(c) if !(found && matches!(&*c, "0" | "-1")) => {
            let transform = Transform::Threshold;
            m.step(&taint, transform, at, &c)
        }
        _ => taint,
    };
    Value::unknown(Kind::Bool, taint)
}

fn has_step(m: &Machine<'_>, taint: &Taint) -> bool {
    taint.as_ref().is_some_and(|t| t.marks.iter().any(|id| !m.marks.get(*id).steps.is_empty()))
}

fn is_textual(v: &Value) -> bool {
    match &v.shape {
        Shape::Text(_) | Shape::Joined(_) | Shape::Repeated(_) | Shape::Json(_) | Shape::Unknown(Kind::Text) => true,
        Shape::Choice(all) => all.iter().any(is_textual),
        _ => false,
    }
}

fn add(m: &mut Machine<'_>, a: &Value, b: &Value, at: u32) -> Run<Value> {
    let objects = |v: &Value| matches!(v.shape, Shape::Object(_));
    if is_textual(a) || is_textual(b) || objects(a) || objects(b) {
        let pieces = vec![m.text_of(a), m.text_of(b)];
        return Ok(m.concat(pieces));
    }
    if matches!(a.shape, Shape::Choice(_)) {
        return m.each(a, at, |m, a| add(m, a, b, at));
    }
    if matches!(b.shape, Shape::Choice(_)) {
        return m.each(b, at, |m, b| add(m, a, b, at));
    }
    let taint = union(&a.taint, &b.taint);
    if let (Some(x), Some(y)) = (numeric(a), numeric(b)) {
        return Ok(Value::new(Shape::Number(x + y), taint));
    }
    let base = numeric(a).or_else(|| numeric(b));
    let number = |v: &Value| matches!(v.shape, Shape::Unknown(Kind::Number) | Shape::Above(_));
    if number(a) || number(b) {
        let mut base = base.unwrap_or(0.0);
        for v in [a, b] {
            if let Shape::Above(n) = v.shape {
                base += n;
            }
        }
        let shape = if base >= 256.0 { Shape::Above(base) } else { Shape::Unknown(Kind::Number) };
        return Ok(Value::new(shape, taint));
    }
    Ok(match base {
        Some(n) if n >= 256.0 => Value::new(Shape::Above(n), taint),
        _ => Value::unknown(Kind::Any, taint),
    })
}

pub(crate) fn add_number(m: &mut Machine<'_>, v: &Value, by: f64, at: u32) -> Run<Value> {
    m.each(v, at, |_, v| {
        Ok(match v.shape {
            Shape::Number(n) => Value::new(Shape::Number(n + by), v.taint.clone()),
            _ => Value::unknown(Kind::Number, v.taint.clone()),
        })
    })
}

pub(crate) fn to_number(m: &mut Machine<'_>, v: &Value, at: u32) -> Value {
    let converted = m.each(v, at, |_, v| {
        Ok(match numeric(v) {
            Some(n) => Value::new(Shape::Number(n), v.taint.clone()),
            None if matches!(v.shape, Shape::Above(_)) => v.clone(),
            None if v.shape == Shape::Unknown(Kind::Bool) && is_marked(&v.taint) => {
                let both = [Value::number(0.0), Value::number(1.0)];
                Value::new(Shape::Choice(both.into()), v.taint.clone())
            }
            None => Value::unknown(Kind::Number, v.taint.clone()),
        })
    });
    converted.unwrap_or_else(|_| Value::unknown(Kind::Number, v.taint.clone()))
}

/// `a === b`; what is compared with a constant is held against a list of one.
pub(crate) fn equal(m: &mut Machine<'_>, a: &Value, b: &Value, at: u32) -> Run<Value> {
    m.spend(1)?;
    if matches!(a.shape, Shape::Choice(_)) {
        return m.each(a, at, |m, a| equal(m, a, b, at));
    }
    if matches!(b.shape, Shape::Choice(_)) {
        return m.each(b, at, |m, b| equal(m, a, b, at));
    }
    let taint = union(&a.taint, &b.taint);
    let nullish = |v: &Value| matches!(v.shape, Shape::Undefined | Shape::Null | Shape::Absent);
    if a.is_constant() && b.is_constant() {
        let same = (nullish(a) && nullish(b))
            || a.shape == b.shape
            || (std::mem::discriminant(&a.shape) != std::mem::discriminant(&b.shape)
                && !nullish(a)
                && !nullish(b)
                && numeric(a).zip(numeric(b)).is_some_and(|(x, y)| x == y));
        return Ok(Value::new(Shape::Bool(same), taint));
    }
    if let (Shape::Object(x), Shape::Object(y)) = (&a.shape, &b.shape) {
        return Ok(Value::new(Shape::Bool(x == y), taint));
    }
    let object = |v: &Value| matches!(v.shape, Shape::Object(_));
    if (object(a) && nullish(b)) || (nullish(a) && object(b)) {
        return Ok(Value::bool(false));
    }
    let constant = if a.is_constant() { a } else { b };
    let worth = match &constant.shape {
        Shape::Text(t) => !t.is_empty(),
        Shape::Number(n) => !has_step(m, &taint) || (*n != -1.0 && *n != 0.0),
        _ => false,
    };
    if is_marked(&taint) && worth {
        let taint = member_step(m, &taint, constant, Transform::Membership, at);
        return Ok(Value::unknown(Kind::Bool, taint));
    }
    Ok(Value::unknown(Kind::Bool, taint))
}

/// Notes that a tainted value was held against constants; hidden ones make it an encoded table.
pub(crate) fn member_step(m: &mut Machine<'_>, taint: &Taint, constant: &Value, plain: Transform, at: u32) -> Taint {
    let shown = constant_text(constant).unwrap_or_else(|| "a value that is not constant".into());
    step_for(m, taint, codes_of(&constant.taint), &shown, plain, at)
}

pub(crate) fn step_for(
    m: &mut Machine<'_>,
    taint: &Taint,
    hidden: u8,
    shown: &str,
    plain: Transform,
    at: u32,
) -> Taint {
    let hidden_names = code_names(hidden & !codes::MIXED);
    let mixed = taint.as_ref().is_some_and(|t| t.codes & codes::MIXED != 0);
    if mixed {
        return m.step(taint, Transform::Hash, at, shown);
    }
    if hidden_names.is_empty() {
        return m.step(taint, plain, at, shown);
    }
    let next = m.step(taint, Transform::Encoded, at, &format!("{hidden_names}: {shown}"));
    // The table's own marks are spent: what was compared is not encoded itself.
    next.map(|t| {
        let mut t = (*t).clone();
        t.codes = 0;
        std::rc::Rc::new(t)
    })
}

pub(crate) fn code_names(bits: u8) -> String {
    let all = [
        (codes::BASE64, "base64"),
        (codes::HEX, "hex"),
        (codes::XOR, "XOR"),
        (codes::CHAR_CODES, "character codes"),
        (codes::REVERSED, "reversed text"),
    ];
    all.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, n)| *n).collect::<Vec<_>>().join(" and ")
}

fn contains_key(m: &mut Machine<'_>, key: &Value, object: &Value, at: u32) -> Run<Value> {
    if let (Some(name), Shape::Object(id)) = (constant_text(key), &object.shape) {
        let there = m.property(*id, &name, object, at)?;
        return Ok(Value::bool(there.is_some()));
    }
    let names = m.keys(object).unwrap_or_default();
    let names: Vec<String> = names.iter().filter_map(constant_text).map(|n| n.to_string()).collect();
    let taint = step_for(m, &key.taint, 0, &names.join(", "), Transform::Membership, at);
    Ok(Value::unknown(Kind::Bool, taint))
}

pub(crate) fn unary(m: &mut Machine<'_>, op: U, v: &Value, at: u32) -> Run<Value> {
    if let Shape::Choice(_) = v.shape
        && op != U::Void
    {
        if op == U::LogicalNot
            && let Some(t) = v.truth()
        {
            return Ok(Value::new(Shape::Bool(!t), v.taint.clone()));
        }
        return m.each(v, at, |m, v| unary(m, op, v, at));
    }
    let taint = v.taint.clone();
    Ok(match op {
        U::LogicalNot => match v.truth() {
            Some(t) => Value::new(Shape::Bool(!t), taint),
            None => Value::unknown(Kind::Bool, taint),
        },
        U::UnaryNegation => match numeric(v) {
            Some(n) => Value::new(Shape::Number(-n), taint),
            None => Value::unknown(Kind::Number, taint),
        },
        U::UnaryPlus => to_number(m, v, at),
        U::BitwiseNot => match numeric(v) {
            Some(n) => Value::new(Shape::Number(f64::from(!to_int(n))), taint),
            None => Value::unknown(Kind::Number, taint),
        },
        U::Typeof => type_name(m, v),
        U::Void | U::Delete => Value::UNDEFINED,
    })
}

fn type_name(m: &Machine<'_>, v: &Value) -> Value {
    let name = match &v.shape {
        Shape::Undefined | Shape::Absent => "undefined",
        Shape::Null => "object",
        Shape::Bool(_) | Shape::Unknown(Kind::Bool) => "boolean",
        Shape::Number(_) | Shape::Above(_) | Shape::Unknown(Kind::Number) => "number",
        Shape::Text(t) if t.starts_with(SYMBOL) => "symbol",
        Shape::Text(_) | Shape::Joined(_) | Shape::Json(_) | Shape::Repeated(_) => "string",
        Shape::Object(id) => match m.store.get(*id).what {
            What::Function(_) | What::Class(_) | What::Bound { .. } | What::Native(_) => "function",
            _ => "object",
        },
        Shape::Outside(n) if super::globals::is_known(n) => match &**n {
            "process" | "navigator" | "Intl" | "JSON" | "Math" | "console" | "globalThis" | "document" | "module"
            | "exports" | "crypto" | "performance" | "location" => "object",
            _ => "function",
        },
        _ => return Value::unknown(Kind::Text, None),
    };
    Value::text(name)
}
