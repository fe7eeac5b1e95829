//! Functions that a client of HTTP lets change each request before it is sent.

use super::network::request;
use super::tail;
use crate::flow::heap::{Object, What};
use crate::flow::machine::Machine;
use crate::flow::value::Value;

/// Lists in options that hold such functions.
const LISTS: &[&str] = &["beforeRequest", "init", "onRequest", "transformRequest"];

/// Runs what a call puts between the program and its requests, each on a request of its own.
pub(super) fn run(m: &mut Machine<'_>, path: &str, args: &[Value], at: u32) {
    if tail(path) == "use" && path.contains("interceptors.request") {
        return between(m, &args[0], at);
    }
    for v in args.iter().take(2) {
        let Some(id) = v.as_object() else { continue };
        let o = m.store.get(id);
        let hooks = o.properties.get("hooks").and_then(Value::as_object).map(|id| m.store.get(id));
        let found: Vec<Value> = [Some(o), hooks]
            .into_iter()
            .flatten()
            .flat_map(|o| LISTS.iter().filter_map(|name| o.properties.get(*name).cloned()))
            .collect();
        for f in found {
            let is_list = f.as_object().is_some_and(|id| m.store.get(id).is_list());
            let all = if is_list { m.elements(&f).0 } else { vec![f] };
            all.iter().for_each(|f| between(m, f, at));
        }
    }
}

fn between(m: &mut Machine<'_>, f: &Value, at: u32) {
    if !f.as_object().is_some_and(|id| m.store.get(id).is_callable()) {
        return;
    }
    let headers = Value::object(m.store.add(Object::new(What::Form)));
    let open = Value::outside("?request", None);
    let config = m.open_object(open);
    // It is the request itself, or options beside it, or an object that holds both.
    for name in ["headers", "request", "options"] {
        let part = if name == "headers" { headers.clone() } else { config.clone() };
        if m.set_member(&config, &Value::text(name), part, at).is_err() {
            return;
        }
    }
    let given = vec![config.clone(), config.clone()];
    let made = m.call(f, &Value::UNDEFINED, given, at).and_then(|v| m.settled(&v, at));
    request(m, &config, at);
    match made {
        Ok(made) if made.shape != config.shape => request(m, &made, at),
        _ => {}
    }
}
