//! Functions of the language itself.

use std::rc::Rc;

use super::objects::{array_from, from_json, object_static};
use super::{arg, bytes, construct};
use crate::axes::Source;
use crate::flow::heap::{Object, SYMBOL, What};
use crate::flow::machine::{Machine, Run, Stop};
use crate::flow::operators::{numeric, to_number};
use crate::flow::taint::{codes, is_marked, marks_only, union, with_codes, with_form, without_form};
use crate::flow::value::{Kind, Shape, Value, constant_text};

pub(super) fn language(m: &mut Machine<'_>, path: &str, args: &[Value], at: u32) -> Run<Option<Value>> {
    let a = arg(args, 0);
    Ok(Some(match path {
        "String" | "Object" => {
            if args.is_empty() {
                Value::text("")
            } else if path == "Object" {
                a
            } else {
                m.text_of(&a)
            }
        }
        "Number" | "parseFloat" | "BigInt" => to_number_like(m, path, &a, args, at),
        "parseInt" | "Number.parseInt" | "Number.parseFloat" => to_number_like(m, "parseInt", &a, args, at),
        "Boolean" => match a.truth() {
            Some(t) => Value::new(Shape::Bool(t), a.taint),
            None => Value::unknown(Kind::Bool, a.taint),
        },
        "Symbol" => m.symbol(&a),
        // One that is shared goes by its name.
        "Symbol.for" => match constant_text(&a) {
            Some(name) => Value::text(format!("{SYMBOL}.for({name})")),
            None => Value::outside("Symbol()", None),
        },
        "isNaN" | "Number.isNaN" => match numeric(&a) {
            Some(n) => Value::bool(n.is_nan()),
            None => Value::unknown(Kind::Bool, None),
        },
        "isFinite" | "Number.isInteger" | "Number.isFinite" => Value::unknown(Kind::Bool, None),
        "String.fromCharCode" | "String.fromCodePoint" => bytes::from_codes(m, args, path.ends_with("Point"), at),
        "String.raw" => {
            let strings = m.member_named(&a, "raw", at)?;
            let strings = if strings.shape == Shape::Undefined { a } else { strings };
            let (strings, rest, _) = m.elements(&strings);
            let mut pieces = Vec::new();
            for (i, s) in strings.iter().chain(&rest).enumerate() {
                pieces.push(m.text_of(s));
                if let Some(hole) = args.get(i + 1).filter(|_| i + 1 < strings.len()) {
                    pieces.push(m.text_of(hole));
                }
            }
            m.concat(pieces)
        }
        "atob" | "?atob" => bytes::decoded(m, &a, "base64", true, at),
        "btoa" => Value::unknown(Kind::Text, a.taint),
        "decodeURIComponent" | "decodeURI" | "unescape" => match constant_text(&a) {
            Some(t) => match bytes::unescape(&t) {
                Some(s) => Value::new(Shape::Text(s.into()), a.taint),
                None => return Err(Stop::Throw),
            },
            None => m.text_of(&a),
        },
        "encodeURIComponent" | "encodeURI" | "escape" => match constant_text(&a) {
            Some(t) => Value::new(Shape::Text(bytes::percent(&t).into()), a.taint),
            None => match m.text_of(&a) {
                // Whatever it was, it is a text now.
                Value { shape: Shape::Outside(_), taint } => Value::unknown(Kind::Text, taint),
                text => text,
            },
        },
        "structuredClone"
        | "ai.tool"
        | "ai.dynamicTool"
        | "Object.freeze"
        | "Object.seal"
        | "Object.preventExtensions"
        | "util.promisify"
        | "Promise.resolve"
        | "Object.setPrototypeOf"
        | "Promise.all"
        | "Promise.any"
        | "Promise.race"
        | "queueMicrotask"
        | "Reflect.getPrototypeOf" => match path {
            "queueMicrotask" => m.call(&a, &Value::UNDEFINED, Vec::new(), at)?,
            "Promise.all" => {
                let (items, rest, _) = m.elements(&a);
                let mut done = Vec::new();
                for v in items {
                    done.push(m.settled(&v, at)?);
                }
                Value::object(m.store.add(Object { rest, ..Object::array(done) }))
            }
            "Promise.race" | "Promise.any" => {
                let (items, rest, _) = m.elements(&a);
                let mut all = items.into_iter().chain(rest);
                let first = all.next().unwrap_or(Value::UNDEFINED);
                let place = m.place(at);
                all.fold(first, |x, y| m.join(x, y, &None, place))
            }
            _ => a,
        },
        "Promise.allSettled" => {
            let (items, ..) = m.elements(&a);
            let wrapped: Vec<Value> =
                items.into_iter().map(|v| m.plain(vec![("status", Value::text("fulfilled")), ("value", v)])).collect();
            m.array(wrapped)
        }
        "Promise.reject" => Value::unknown(Kind::Any, None),
        "Array" => m.array(if args.len() == 1 && a.as_number().is_some() {
            vec![Value::UNDEFINED; a.as_number().unwrap_or(0.0).clamp(0.0, 100_000.0) as usize]
        } else {
            args.to_vec()
        }),
        _ if path.strip_suffix(".of").is_some_and(is_list_type) => m.array(args.to_vec()),
        "Array.isArray" => match &a.shape {
            Shape::Object(id) => Value::bool(matches!(m.store.get(*id).what, What::Array)),
            Shape::Text(_) | Shape::Number(_) | Shape::Undefined | Shape::Null | Shape::Joined(_) => Value::bool(false),
            _ => Value::unknown(Kind::Bool, None),
        },
        _ if path.strip_suffix(".from").is_some_and(is_list_type) => array_from(m, args, at)?,
        _ if path.starts_with("Object.") => return object_static(m, &path[7..], args, at),
        "Reflect.get" => m.member(&a, &arg(args, 1), at)?,
        "Reflect.has" => {
            crate::flow::operators::binary(m, oxc_syntax::operator::BinaryOperator::In, &arg(args, 1), &a, at)?
        }
        "Reflect.apply" => {
            let (items, ..) = m.elements(&arg(args, 2));
            m.call(&a, &arg(args, 1), items, at)?
        }
        "Reflect.ownKeys" => return object_static(m, "keys", args, at),
        "Reflect.construct" => {
            let (items, ..) = m.elements(&arg(args, 1));
            m.construct(&a, items, at)?
        }
        "JSON.stringify" => {
            if let Some(keys) = args.get(1).filter(|k| k.as_object().is_some_and(|id| m.store.get(id).is_list())) {
                let order = m.deep_taint(keys, 1);
                if is_marked(&order)
                    && let Some(id) = a.as_object()
                {
                    let mut o = m.store.copy(id);
                    o.order = union(&o.order, &marks_only(&order));
                    let copy = Value::object(m.store.add(o));
                    return Ok(Some(Value::new(Shape::Json(Rc::new(copy)), order)));
                }
            }
            let mut extra = None;
            if let Some(indent) = args.get(2).filter(|v| is_marked(&v.taint)) {
                extra = indent.taint.clone();
                let place = m.place(at);
                let one = Value::text(format!("{{{}}}", crate::fold::HOLE));
                let two = Value::text(format!("{{\n  {}\n}}", crate::fold::HOLE));
                return Ok(Some(m.join(one, two, &extra, place)));
            }
            if a.is_constant() && a.as_text().is_none() {
                return Ok(Some(m.text_of(&a)));
            }
            let taint = union(&m.deep_taint(&a, 3), &extra);
            let said = args.get(2).and_then(constant_text);
            let indents = said.is_some_and(|t| !matches!(&*t, "" | "0" | "undefined" | "null"));
            let taint = if indents { with_form(&taint, "{}", "{\n}") } else { taint };
            Value::new(Shape::Json(Rc::new(a)), taint)
        }
        "JSON.parse" => match &a.shape {
            Shape::Json(inner) => (**inner).clone(),
            Shape::Text(t) => match serde_json::from_str::<serde_json::Value>(t) {
                Ok(v) => from_json(m, &v, &a.taint, 0),
                Err(_) => return Err(Stop::Throw),
            },
            _ => Value::outside("?parsed", a.taint),
        },
        "Date.now" | "performance.now" => Value::unknown(Kind::Number, None),
        "Date" => m.source(Source::Timezone, at, Kind::Text),
        _ if path.starts_with("Math.") => return Ok(Some(math(m, &path[5..], args))),
        "RegExp"
        | "Error"
        | "TypeError"
        | "Intl.DateTimeFormat"
        | "Intl.NumberFormat"
        | "Intl.Collator"
        | "Intl.Locale" => construct(m, path, &Value::UNDEFINED, args.to_vec(), at)?,
        "vm.runInNewContext" | "vm.runInThisContext" | "vm.runInContext" | "vm.Script" => {
            return evaluated(m, &args[..args.len().min(1)], false, at).map(Some);
        }
        "eval" | "Function" => return evaluated(m, args, path == "Function", at).map(Some),
        "require" | "?require" | "module.require" => m.require(&a, at),
        "module.createRequire" | "createRequire" => Value::outside("require", None),
        _ => return Ok(None),
    }))
}

/// Whether a global makes lists of items or of numbers.
pub(super) fn is_list_type(name: &str) -> bool {
    const NUMBERS: &[&str] = &[
        "Array",
        "Uint8Array",
        "Uint8ClampedArray",
        "Uint16Array",
        "Uint32Array",
        "Int8Array",
        "Int16Array",
        "Int32Array",
        "Float32Array",
        "Float64Array",
        "BigInt64Array",
        "BigUint64Array",
    ];
    NUMBERS.contains(&name)
}

/// `eval` and `Function`: text that is known is run, the rest is noted.
pub(super) fn evaluated(m: &mut Machine<'_>, args: &[Value], is_function: bool, at: u32) -> Run<Value> {
    let texts: Option<Vec<Rc<str>>> = args.iter().map(|a| a.as_text().cloned()).collect();
    if let Some(texts) = texts.filter(|t| !t.is_empty() && t.iter().all(|t| t.len() < 256 << 10)) {
        let code = if is_function {
            let (body, names) = texts.split_last().expect("there is a text");
            format!("(function anonymous({}\n) {{\n{body}\n}})", names.join(","))
        } else {
            texts[0].to_string()
        };
        if let Some(v) = m.run_text(&code)? {
            return Ok(v);
        }
    }
    let place = m.place(at);
    m.note(place, "code that is built at run time is not followed");
    let taint = args.iter().fold(None, |t, a| union(&t, &a.taint));
    Ok(Value::unknown(Kind::Any, taint))
}

fn to_number_like(m: &mut Machine<'_>, path: &str, a: &Value, args: &[Value], at: u32) -> Value {
    if path != "parseInt" {
        return to_number(m, a, at);
    }
    let base = args.get(1).and_then(numeric).unwrap_or(10.0) as u32;
    let made = m.each(a, at, |m, a| {
        let Some(t) = constant_text(a) else { return Ok(to_number(m, a, at)) };
        let t = t.trim();
        let (negative, digits) = match t.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, t.strip_prefix('+').unwrap_or(t)),
        };
        let (digits, base) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
            Some(hex) if args.len() < 2 || base == 16 => (hex, 16),
            _ => (digits, if (2..=36).contains(&base) { base } else { 10 }),
        };
        let mut n = f64::NAN;
        for c in digits.chars() {
            let Some(d) = c.to_digit(base) else { break };
            n = if n.is_nan() { f64::from(d) } else { n * f64::from(base) + f64::from(d) };
        }
        Ok(Value::new(Shape::Number(if negative { -n } else { n }), a.taint.clone()))
    });
    made.unwrap_or_else(|_| Value::unknown(Kind::Number, None))
}

fn math(m: &mut Machine<'_>, name: &str, args: &[Value]) -> Value {
    if let Some(i) = args.iter().position(|a| matches!(a.shape, Shape::Choice(_))) {
        let v = m.each(&args[i], 0, |m, c| {
            let mut args = args.to_vec();
            args[i] = c.clone();
            Ok(math(m, name, &args))
        });
        return v.unwrap_or_else(|_| Value::unknown(Kind::Number, None));
    }
    let mut taint = None;
    for a in args {
        taint = union(&taint, &a.taint);
    }
    let known: Option<Vec<f64>> = args.iter().map(numeric).collect();
    let Some(n) = known.filter(|n| !n.is_empty() && name != "random") else {
        if name == "imul" && is_marked(&taint) {
            taint = with_codes(&taint, codes::MIXED);
        }
        // A whole number is written without what comes after the point.
        let whole = matches!(name, "floor" | "round" | "ceil" | "trunc") && !is_marked(&taint);
        let taint = if whole { with_form(&taint, "1760000000.000", "1760000000") } else { without_form(&taint) };
        return Value::unknown(Kind::Number, taint);
    };
    let result = match name {
        "floor" => n[0].floor(),
        "ceil" => n[0].ceil(),
        "round" => (n[0] + 0.5).floor(),
        "trunc" => n[0].trunc(),
        "abs" => n[0].abs(),
        "sign" => n[0].signum(),
        "sqrt" => n[0].sqrt(),
        "pow" => n[0].powf(n.get(1).copied().unwrap_or(f64::NAN)),
        "min" => n.iter().copied().fold(f64::INFINITY, f64::min),
        "max" => n.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        "imul" => f64::from(
            crate::flow::operators::to_int(n[0])
                .wrapping_mul(crate::flow::operators::to_int(n.get(1).copied().unwrap_or(0.0))),
        ),
        "log2" => n[0].log2(),
        "log" => n[0].ln(),
        _ => return Value::unknown(Kind::Number, taint),
    };
    Value::new(Shape::Number(result), taint)
}
