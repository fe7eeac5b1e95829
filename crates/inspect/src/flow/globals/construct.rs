//! `new` of what the language and its hosts bring along.

use super::language::{evaluated, is_list_type};
use super::objects::array_from;
use super::{arg, call};
use crate::flow::heap::{Native, Object, What};
use crate::flow::machine::{Machine, Run};
use crate::flow::taint::{is_marked, marks_only, union, with_form};
use crate::flow::value::{Kind, Shape, Value, constant_text};
use crate::flow::{builtins, formats, sinks};

pub(crate) fn construct(m: &mut Machine<'_>, path: &str, callee: &Value, args: Vec<Value>, at: u32) -> Run<Value> {
    let a = arg(&args, 0);
    let path = path.strip_prefix("globalThis.").unwrap_or(path);
    Ok(match path {
        "Date" => {
            let taint = args.iter().fold(None, |t, v| union(&t, &v.taint));
            Value::object(m.store.add(Object::new(What::Date(taint))))
        }
        "Set" | "WeakSet" => {
            let (mut items, rest, order) = m.elements(&a);
            let mut seen: Vec<Value> = Vec::new();
            if items.len() < 600 {
                for v in items {
                    if !seen.iter().any(|s| s.shape == v.shape) {
                        seen.push(v);
                    }
                }
                items = seen;
            }
            Value::object(m.store.add(Object { items, rest, order, ..Object::new(What::Set) }))
        }
        "Map" | "WeakMap" => {
            let (items, rest, _) = m.elements(&a);
            let mut o = Object::new(What::Map);
            for pair in items {
                let (parts, ..) = m.elements(&pair);
                o.items.push(arg(&parts, 0));
                o.values.push(arg(&parts, 1));
            }
            o.rest = rest;
            Value::object(m.store.add(o))
        }
        "URL" | "url.URL" => {
            let v = if args.len() > 1 {
                let parts = vec![m.text_of(&args[1]), m.text_of(&a)];
                m.concat(parts)
            } else {
                m.text_of(&a)
            };
            m.unknown_calls += 1;
            let id = m.store.add(Object::new(What::Url(v)));
            let params = Value::object(m.store.add(Object::new(What::Form)));
            m.store.change(id).properties.insert("searchParams".into(), params);
            Value::object(id)
        }
        "FormData"
        | "URLSearchParams"
        | "url.URLSearchParams"
        | "Headers"
        | "form-data"
        | "formdata-node"
        | "form-data.FormData"
        | "formdata-node.FormData"
        | "undici.FormData"
        | "node-fetch.FormData"
        | "node-fetch.Headers"
        | "undici.Headers" => {
            let id = m.store.add(Object::new(What::Form));
            if let Some(from) = a.as_object().filter(|i| m.store.get(*i).is_list()) {
                let (pairs, _, order) = m.elements(&Value::object(from));
                m.store.change(id).order = order;
                for p in pairs {
                    let (parts, ..) = m.elements(&p);
                    m.set_member(&Value::object(id), &arg(&parts, 0), arg(&parts, 1), at)?;
                }
            } else {
                m.spread_into(id, &a, at)?;
            }
            Value::object(id)
        }
        "RegExp" => {
            let (source, flags) = match a.as_object().map(|id| m.store.get(id).what.clone()) {
                Some(What::Regex { source, flags }) => (source, flags),
                _ => (m.text_of(&a), args.get(1).and_then(constant_text).unwrap_or_else(|| "".into())),
            };
            Value::object(m.store.add(Object::new(What::Regex { source, flags })))
        }
        "Promise" => {
            let promise = m.promise(None);
            let resolve = m.native(Native::Resolve(promise));
            let reject = m.native(Native::Nothing);
            m.call(&a, &Value::UNDEFINED, vec![resolve, reject], at)?;
            Value::object(promise)
        }
        "Array" => return call(m, "Array", callee, &Value::UNDEFINED, args, at),
        _ if path == "ArrayBuffer" || is_list_type(path) => match a.as_number() {
            Some(n) => m.array(vec![Value::number(0.0); n.clamp(0.0, 65_536.0) as usize]),
            None => array_from(m, &args[..args.len().min(1)], at)?,
        },
        "String" => m.text_of(&a),
        "Function" => evaluated(m, &args, true, at)?,
        "Error" | "TypeError" | "RangeError" => {
            let message = m.text_of(&a);
            m.plain(vec![("message", message)])
        }
        "Intl.DateTimeFormat" | "Intl.NumberFormat" => {
            if is_marked(&a.taint) && matches!(a.shape, Shape::Choice(_)) {
                let options = arg(&args, 1);
                let shown = if path.ends_with("NumberFormat") {
                    builtins::localised_number(m, &Value::unknown(Kind::Number, None), &a)
                } else {
                    builtins::localised_date(m, &a, &options, &None, at)?
                };
                let f = m.native(Native::Constant(shown));
                let open = Value::outside(format!("{path}()"), a.taint.clone());
                let v = m.open_object(open);
                m.set_member(&v, &Value::text("format"), f, at)?;
                return Ok(v);
            }
            if let (Some(locale), true, false) = (constant_text(&a), path.ends_with("DateTimeFormat"), args.is_empty())
            {
                let options = arg(&args, 1);
                if is_marked(&m.deep_taint(&options, 2)) {
                    let shown = builtins::localised_date(m, &Value::text(locale), &options, &None, at)?;
                    let f = m.native(Native::Constant(shown));
                    let open = Value::outside(format!("{path}()"), None);
                    let v = m.open_object(open);
                    m.set_member(&v, &Value::text("format"), f, at)?;
                    return Ok(v);
                }
            }
            let is_number = path.ends_with("NumberFormat");
            let options = if is_number { apart(m, &arg(&args, 1)) } else { arg(&args, 1) };
            if is_number && matches!(options.shape, Shape::Choice(_)) {
                let (path, callee) = (path.to_owned(), callee.clone());
                return m.each(&options, at, |m, o| construct(m, &path, &callee, vec![a.clone(), o.clone()], at));
            }
            let taint = args.iter().fold(None, |t, v| union(&t, &m.deep_taint(v, 2)));
            let own = if a.shape == Shape::Undefined { formats::OWN } else { "" };
            let open = Value::outside(format!("{path}{own}()"), taint.clone());
            match formats::sample(m, is_number, &a, &arg(&args, 1)).filter(|_| !is_marked(&taint)) {
                Some(text) => {
                    let shown = Value::unknown(Kind::Text, with_form(&None, &text, &text));
                    let f = m.native(Native::Constant(shown));
                    let v = m.open_object(open);
                    m.set_member(&v, &Value::text("format"), f, at)?;
                    v
                }
                None => open,
            }
        }
        "Request" => {
            let v = m.plain(vec![("url", a.clone())]);
            if let Some(id) = v.as_object() {
                m.spread_into(id, &arg(&args, 1), at)?;
            }
            v
        }
        "Proxy" => {
            let handler = arg(&args, 1);
            if handler.as_object().is_none() {
                return Ok(a);
            }
            Value::object(m.store.add(Object::new(What::Proxy { target: a, handler })))
        }
        "Blob" | "File" => {
            if path == "File" {
                sinks::file_name(m, &arg(&args, 1), at);
            }
            let (items, ..) = m.elements(&a);
            let mut pieces = Vec::new();
            for v in items {
                pieces.push(m.text_of(&v));
            }
            m.concat(pieces)
        }
        _ => {
            let taint = args.iter().fold(callee.taint.clone(), |t, v| union(&t, &marks_only(&m.deep_taint(v, 2))));
            sinks::outside_call(m, &format!("new {path}"), &args, at);
            m.unknown_calls += 1;
            let name = path.trim_start_matches('?');
            Value::outside(format!("{name}()"), taint)
        }
    })
}

/// Options of which one is a choice that a fact decides, as a choice of options.
fn apart(m: &mut Machine<'_>, options: &Value) -> Value {
    let Some(id) = options.as_object() else { return options.clone() };
    let o = m.store.copy(id);
    let mut chosen = o.properties.iter().filter(|(_, v)| matches!(v.shape, Shape::Choice(_)) && is_marked(&v.taint));
    // Several of them together would be as many options as there are ways to put them.
    let (Some((name, choice)), None) = (chosen.next(), chosen.next()) else { return options.clone() };
    let (name, choice) = (name.clone(), choice.clone());
    let mut all = Vec::new();
    for v in choice.alternatives() {
        let mut one = o.clone();
        one.properties.insert(name.clone(), Value::plain(v.shape.clone()));
        all.push(Value::object(m.store.add(one)));
    }
    Value::new(Shape::Choice(all.into()), marks_only(&choice.taint))
}
