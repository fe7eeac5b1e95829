//! Hooks of React and what is written like it: the functions that they are handed are run.

use super::{arg, tail};
use crate::flow::heap::Native;
use crate::flow::machine::{Machine, Run};
use crate::flow::value::{Kind, Value};

pub(super) fn call(m: &mut Machine<'_>, path: &str, args: &[Value], at: u32) -> Run<Option<Value>> {
    let is_ours = ["react", "preact", "ink", "solid-js", "React"].iter().any(|p| path.starts_with(p));
    if !is_ours || args.is_empty() {
        return Ok(None);
    }
    let first = arg(args, 0);
    Ok(Some(match tail(path) {
        "useMemo" => m.call(&first, &Value::UNDEFINED, Vec::new(), at)?,
        "useCallback" | "memo" | "forwardRef" | "useDeferredValue" | "useEffectEvent" => first,
        "useEffect" | "useLayoutEffect" | "useInsertionEffect" | "startTransition" => {
            m.call(&first, &Value::UNDEFINED, Vec::new(), at)?;
            Value::UNDEFINED
        }
        "useRef" => m.plain(vec![("current", first)]),
        "useState" => {
            let begin = made(m, first, at)?;
            let set = m.native(Native::Nothing);
            // It is what it began with, or what it was set to.
            let place = m.place(at);
            let now = m.join(begin, Value::unknown(Kind::Any, None), &None, place);
            m.array(vec![now, set])
        }
        _ => return Ok(None),
    }))
}

/// A value, or what the function that is there in its place makes.
fn made(m: &mut Machine<'_>, v: Value, at: u32) -> Run<Value> {
    let is_function = v.as_object().is_some_and(|id| m.store.get(id).is_callable());
    if is_function { m.call(&v, &Value::UNDEFINED, Vec::new(), at) } else { Ok(v) }
}
