//! Parts of addresses, and queries as texts.

use std::rc::Rc;

use crate::flow::heap::{Object, What, may_be_absent};
use crate::flow::machine::Machine;
use crate::flow::taint::{is_marked, marks_only};
use crate::flow::value::{Kind, Shape, Value};

pub(crate) fn query_text(m: &mut Machine<'_>, o: &Object<'_>) -> Value {
    let forth = query_of(m, o.properties.iter());
    if !is_marked(&o.order) || o.properties.len() < 2 {
        return forth.tainted(&marks_only(&o.order));
    }
    // An order that something decides stands for all of them by one that is another.
    let back = query_of(m, o.properties.iter().rev());
    let place = m.place(m.now);
    m.join(forth, back, &o.order, place)
}

fn query_of<'o>(m: &mut Machine<'_>, fields: impl Iterator<Item = (&'o Rc<str>, &'o Value)>) -> Value {
    let mut pieces = Vec::new();
    for (i, (k, v)) in fields.enumerate() {
        let name = Value::text(format!("{}{k}=", if i > 0 { "&" } else { "" }));
        if may_be_absent(v) && is_marked(&v.taint) {
            let there: Vec<Value> = v.alternatives().iter().filter(|v| v.shape != Shape::Absent).cloned().collect();
            let place = m.place(0);
            let mut choice = Value::text("");
            for t in there {
                let t = m.text_of(&t);
                let with = m.concat(vec![name.clone(), t]);
                choice = m.join(choice, with, &v.taint, place);
            }
            pieces.push(choice);
            continue;
        }
        let t = m.text_of(v);
        pieces.extend([name, t]);
    }
    m.concat(pieces)
}

pub(super) fn url_part(m: &mut Machine<'_>, inner: &Value, name: &str) -> Value {
    let text = m.text_of(inner);
    if let Some(t) = text.as_text()
        && let Some((scheme, rest)) = t.split_once("://")
    {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let host = &rest[..end];
        let path = &rest[end..];
        let bare = host.rsplit('@').next().unwrap_or(host);
        let shown = match name {
            "host" => bare.to_owned(),
            "hostname" => bare.split(':').next().unwrap_or(bare).to_owned(),
            "protocol" => format!("{scheme}:"),
            "origin" => format!("{scheme}://{bare}"),
            "href" => t.to_string(),
            "pathname" => path.split(['?', '#']).next().filter(|p| !p.is_empty()).unwrap_or("/").to_owned(),
            _ => String::new(),
        };
        return Value::new(Shape::Text(shown.into()), text.taint.clone());
    }
    match name {
        "searchParams" => Value::object(m.store.add(Object::new(What::Form))),
        "toString" => {
            let target = Value::outside("%toString", None);
            Value::object(m.store.add(Object::new(What::Bound { target, this: text, arguments: Vec::new() })))
        }
        "href" => text,
        _ => Value::unknown(Kind::Text, text.taint.clone()),
    }
}
