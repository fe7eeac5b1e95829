//! Methods of strings.

mod pattern;
mod patterns;

use std::rc::Rc;

use unicode_normalization::UnicodeNormalization;

pub(crate) use self::pattern::Pattern;
pub(crate) use self::patterns::{asks, exec, regex};
use self::patterns::{flags_of, found_by, matched};
use super::machine::{Machine, Run};
use super::operators::{numeric, step_for};
use super::taint::{codes_of, form_of, is_marked, marks_only, union, with_form, without_form};
use super::text::{from_units, units};
use super::value::{Kind, Shape, Value, constant_text};
use crate::axes::Transform;

pub(crate) const METHODS: &[&str] = &[
    "charAt",
    "charCodeAt",
    "codePointAt",
    "at",
    "slice",
    "substring",
    "substr",
    "indexOf",
    "lastIndexOf",
    "includes",
    "startsWith",
    "endsWith",
    "split",
    "replace",
    "replaceAll",
    "toLowerCase",
    "toUpperCase",
    "toLocaleLowerCase",
    "toLocaleUpperCase",
    "trim",
    "trimStart",
    "trimEnd",
    "trimLeft",
    "trimRight",
    "padStart",
    "padEnd",
    "repeat",
    "concat",
    "normalize",
    "match",
    "matchAll",
    "search",
    "localeCompare",
    "toString",
    "valueOf",
];

pub(crate) fn call(m: &mut Machine<'_>, v: &Value, name: &str, args: &[Value], at: u32) -> Run<Value> {
    m.spend(1)?;
    // A choice among the arguments makes a choice of results.
    if !matches!(name, "replace" | "replaceAll" | "concat")
        && let Some(i) = args.iter().position(|a| matches!(a.shape, Shape::Choice(_)))
        && !matches!(v.shape, Shape::Unknown(_))
    {
        let choice = args[i].clone();
        return m.each(&choice, at, |m, a| {
            let mut args = args.to_vec();
            args[i] = a.clone();
            call(m, v, name, &args, at)
        });
    }
    match &v.shape {
        Shape::Choice(_) => m.each(v, at, |m, v| call(m, v, name, args, at)),
        Shape::Text(t) => constant(m, v, &t.clone(), name, args, at),
        Shape::Joined(_) => pieces(m, v, name, args, at),
        _ => unknown(m, v, name, args, at),
    }
}

fn argument(args: &[Value], i: usize) -> Value {
    args.get(i).cloned().unwrap_or(Value::UNDEFINED)
}

fn text_of(args: &[Value], i: usize) -> Option<Rc<str>> {
    args.get(i).and_then(constant_text)
}

fn constant(m: &mut Machine<'_>, v: &Value, t: &Rc<str>, name: &str, args: &[Value], at: u32) -> Run<Value> {
    m.spend(t.len() as u64 / 64)?;
    let same = |s: String| Value::new(Shape::Text(s.into()), v.taint.clone());
    let bools = |b: bool| Value::new(Shape::Bool(b), v.taint.clone());
    let number = |n: f64| Value::new(Shape::Number(n), v.taint.clone());
    let first = argument(args, 0);
    let known = args.iter().all(|a| a.is_constant());
    Ok(match name {
        "toString" | "valueOf" => v.clone(),
        "toLowerCase" | "toLocaleLowerCase" => same(t.to_lowercase()),
        "toUpperCase" | "toLocaleUpperCase" => same(t.to_uppercase()),
        "trim" => same(t.trim().to_owned()),
        "trimStart" | "trimLeft" => same(t.trim_start().to_owned()),
        "trimEnd" | "trimRight" => same(t.trim_end().to_owned()),
        "normalize" => match text_of(args, 0).as_deref() {
            Some("NFD") => same(t.nfd().collect()),
            Some("NFKC") => same(t.nfkc().collect()),
            Some("NFKD") => same(t.nfkd().collect()),
            _ => same(t.nfc().collect()),
        },
        "concat" => {
            let mut all = vec![v.clone()];
            for a in args {
                all.push(m.text_of(a));
            }
            m.concat(all)
        }
        "replace" | "replaceAll" => replace_constant(m, v, t, name, args, at)?,
        "split" => split_constant(m, v, t, args),
        "match" | "matchAll" | "search" => match regex(m, &first, t) {
            Some((r, global)) => matched(m, v, t, &r, global || name == "matchAll", name),
            None => Value::unknown(Kind::Any, v.taint.clone()),
        },
        "repeat" if !known => repeated(m, v, &first),
        "padStart" | "padEnd" if numeric(&first).is_none() => {
            let pad = text_of(args, 1).unwrap_or_else(|| " ".into());
            let pad = repeated(m, &Value::text(pad), &first);
            let parts = if name == "padEnd" { vec![v.clone(), pad] } else { vec![pad, v.clone()] };
            m.concat(parts)
        }
        "charAt" | "at" if !known => m.member(v, &first, at)?,
        _ if !known => against_constant(m, v, t, name, args, at),
        _ => {
            let u = units(t);
            let n = |i: usize, default: f64| text_of(args, i).map_or(default, |_| numeric(&args[i]).unwrap_or(default));
            let len = u.len() as f64;
            let relative = |x: f64| {
                if x.is_nan() {
                    0.0
                } else if x < 0.0 {
                    (len + x).max(0.0)
                } else {
                    x.min(len)
                }
            };
            let cut = |a: f64, b: f64| if a < b { from_units(&u[a as usize..b as usize]) } else { String::new() };
            let sought = text_of(args, 0).unwrap_or_default();
            let index = |found: Option<usize>| found.map_or(-1.0, |i| units(&t[..i]).len() as f64);
            match name {
                "charAt" => same(u.get(n(0, 0.0) as usize).map_or(String::new(), |c| from_units(&[*c]))),
                "at" => {
                    let i = n(0, 0.0);
                    let i = if i < 0.0 { len + i } else { i };
                    if i >= 0.0 && i < len { same(from_units(&[u[i as usize]])) } else { Value::UNDEFINED }
                }
                "charCodeAt" => number(u.get(n(0, 0.0) as usize).map_or(f64::NAN, |c| f64::from(*c))),
                "codePointAt" => {
                    let rest = from_units(u.get(n(0, 0.0) as usize..).unwrap_or(&[]));
                    rest.chars().next().map_or(Value::UNDEFINED, |c| number(f64::from(c as u32)))
                }
                "slice" => same(cut(relative(n(0, 0.0)), relative(n(1, len)))),
                "substring" => {
                    let clamp = |x: f64| if x.is_nan() { 0.0 } else { x.clamp(0.0, len) };
                    let (a, b) = (clamp(n(0, 0.0)), clamp(n(1, len)));
                    same(cut(a.min(b), a.max(b)))
                }
                "substr" => {
                    let a = relative(n(0, 0.0));
                    same(cut(a, (a + n(1, len).max(0.0)).min(len)))
                }
                "indexOf" => {
                    let from = n(1, 0.0).clamp(0.0, len) as usize;
                    let skip = from_units(&u[..from]).len();
                    number(t.get(skip..).and_then(|r| r.find(&*sought)).map_or(-1.0, |i| index(Some(i + skip))))
                }
                "lastIndexOf" => number(index(t.rfind(&*sought))),
                "includes" => bools(t.contains(&*sought)),
                "startsWith" => bools(t.starts_with(&*sought)),
                "endsWith" => bools(t.ends_with(&*sought)),
                "localeCompare" => number(match t.to_lowercase().cmp(&sought.to_lowercase()) {
                    std::cmp::Ordering::Less => -1.0,
                    std::cmp::Ordering::Equal => 0.0,
                    std::cmp::Ordering::Greater => 1.0,
                }),
                "repeat" => {
                    let times = n(0, 0.0).clamp(0.0, 10_000.0) as usize;
                    if t.len() * times > 1 << 20 {
                        Value::unknown(Kind::Text, v.taint.clone())
                    } else {
                        same(t.repeat(times))
                    }
                }
                "padStart" | "padEnd" => {
                    let pad = if args.len() > 1 { text_of(args, 1).unwrap_or_default() } else { " ".into() };
                    let missing = (n(0, 0.0).min(10_000.0) - len).max(0.0) as usize;
                    let fill: String = if pad.is_empty() {
                        String::new()
                    } else {
                        from_units(&units(&pad).into_iter().cycle().take(missing).collect::<Vec<_>>())
                    };
                    same(if name == "padStart" { format!("{fill}{t}") } else { format!("{t}{fill}") })
                }
                _ => Value::unknown(Kind::Any, v.taint.clone()),
            }
        }
    })
}

/// As often as something that is not known says.
fn repeated(m: &mut Machine<'_>, v: &Value, count: &Value) -> Value {
    let place = m.place(0);
    let text = constant_text(v).unwrap_or_default();
    let sel = marks_only(&count.taint);
    let twice = m.join(Value::text(&*text), Value::text(text.repeat(2)), &sel, place);
    m.join(Value::text(""), twice, &sel, place)
}

/// A constant text asked about a value that is not known: a list written as one text.
fn against_constant(m: &mut Machine<'_>, v: &Value, t: &Rc<str>, name: &str, args: &[Value], at: u32) -> Value {
    let mut taint = None;
    for a in args {
        taint = union(&taint, &a.taint);
    }
    let taint = match name {
        "includes" | "indexOf" | "startsWith" | "endsWith" | "search" | "localeCompare" | "lastIndexOf"
            if is_marked(&taint) =>
        {
            step_for(m, &taint, codes_of(&v.taint), t, Transform::Membership, at)
        }
        _ => union(&taint, &v.taint),
    };
    match name {
        "includes" | "startsWith" | "endsWith" => Value::unknown(Kind::Bool, taint),
        "indexOf" | "lastIndexOf" | "search" | "localeCompare" | "charCodeAt" | "codePointAt" => {
            Value::unknown(Kind::Number, taint)
        }
        _ => Value::unknown(Kind::Text, taint),
    }
}

fn split_constant(m: &mut Machine<'_>, v: &Value, t: &Rc<str>, args: &[Value]) -> Value {
    let parts: Vec<String> = match (text_of(args, 0), args.first().and_then(|a| regex(m, a, t))) {
        _ if args.is_empty() => vec![t.to_string()],
        (_, Some((r, _))) => {
            let pieces = r.split(t);
            m.store.charge(r.steps(t, pieces.len()));
            pieces.into_iter().map(str::to_owned).collect()
        }
        (Some(s), None) if s.is_empty() => units(t).iter().map(|u| from_units(&[*u])).collect(),
        (Some(s), None) => t.split(&*s).map(str::to_owned).collect(),
        _ => return m.array_of(Value::unknown(Kind::Text, v.taint.clone())),
    };
    let limit =
        text_of(args, 1).and_then(|_| numeric(&args[1])).filter(|n| !n.is_nan()).map_or(usize::MAX, |n| n as usize);
    let items = parts.into_iter().take(limit).map(|p| Value::new(Shape::Text(p.into()), v.taint.clone())).collect();
    m.array(items)
}

fn replace_constant(m: &mut Machine<'_>, v: &Value, t: &Rc<str>, name: &str, args: &[Value], at: u32) -> Run<Value> {
    let pattern = argument(args, 0);
    if matches!(pattern.shape, Shape::Choice(_)) {
        return m.each(&pattern, at, |m, p| {
            let mut args = args.to_vec();
            args[0] = p.clone();
            replace_constant(m, v, t, name, &args, at)
        });
    }
    let replacement = argument(args, 1);
    let mut finds: Vec<(usize, usize, Vec<Value>)> = Vec::new();
    if let Some((r, global)) = regex(m, &pattern, t) {
        for groups in patterns::all(m, &r, t, if global { 5000 } else { 1 }) {
            let Some(whole) = groups[0].clone() else { continue };
            let text = |range: &std::ops::Range<usize>| Value::text(&t[range.clone()]);
            let groups = groups.iter().map(|g| g.as_ref().map_or(Value::UNDEFINED, text)).collect();
            finds.push((whole.start, whole.end, groups));
        }
    } else if let Some(s) = constant_text(&pattern) {
        let count = if name == "replaceAll" { 5000 } else { 1 };
        if !s.is_empty() || count == 1 {
            finds.extend(t.match_indices(&*s).take(count).map(|(i, f)| (i, i + f.len(), vec![Value::text(f)])));
        }
    } else {
        return Ok(replaced_somewhere(m, v, &pattern, &replacement, at));
    }
    let mut out = Vec::new();
    let mut end = 0;
    for (from, to, groups) in finds {
        m.spend(1)?;
        out.push(Value::new(Shape::Text(t[end..from].into()), v.taint.clone()));
        out.push(put_in(m, &replacement, groups, at)?);
        end = to;
    }
    out.push(Value::new(Shape::Text(t[end..].into()), v.taint.clone()));
    Ok(m.concat(out))
}

/// What a replacement gives for one match.
fn put_in(m: &mut Machine<'_>, replacement: &Value, groups: Vec<Value>, at: u32) -> Run<Value> {
    if let Shape::Object(_) = replacement.shape {
        let v = m.call(replacement, &Value::UNDEFINED, groups, at)?;
        return Ok(m.text_of(&v));
    }
    if let Some(t) = replacement.as_text()
        && t.contains('$')
    {
        let mut text = t.to_string();
        for (i, g) in groups.iter().enumerate().skip(1).rev() {
            text = text.replace(&format!("${i}"), &constant_text(g).unwrap_or_default());
        }
        let whole = groups.first().and_then(constant_text).unwrap_or_default();
        return Ok(Value::new(
            Shape::Text(text.replace("$&", &whole).replace("$$", "$").into()),
            replacement.taint.clone(),
        ));
    }
    Ok(m.text_of(replacement))
}

/// What a method may change in a text that is not known, as it was and as it is after. Blanks and case are tidied by
/// honest code on one of two ways every day.
fn rewritten(name: &str, args: &[Value]) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "normalize" if text_of(args, 0).is_some_and(|f| f.ends_with('D')) => ("\u{e9}", "e\u{301}"),
        "normalize" => ("e\u{301}", "\u{e9}"),
        // Nothing is said of what it was before: only capitals here and small letters there are a choice.
        "toUpperCase" | "toLocaleUpperCase" => ("A", "A"),
        "toLowerCase" | "toLocaleLowerCase" => ("a", "a"),
        _ => return None,
    })
}

/// A text that is not known, with something put into it.
fn replaced_somewhere(m: &mut Machine<'_>, v: &Value, pattern: &Value, replacement: &Value, at: u32) -> Value {
    let found = found_by(m, pattern);
    let shown = if let Shape::Object(_) = replacement.shape {
        let hole = Value::unknown(Kind::Text, v.taint.clone());
        let whole =
            found.as_ref().map_or(hole.clone(), |t| Value::new(Shape::Text(t.as_str().into()), v.taint.clone()));
        let args = vec![whole, hole.clone(), hole];
        m.call(replacement, &Value::UNDEFINED, args, at)
            .map(|r| m.text_of(&r))
            .unwrap_or(Value::unknown(Kind::Text, None))
    } else {
        m.text_of(replacement)
    };
    // A fact written anew in signs that nobody sees, sign by sign.
    if is_marked(&v.taint) && shown.as_text().is_some_and(|t| t.chars().any(crate::fold::is_invisible)) {
        let taint = shown.taint.clone();
        return Value::new(Shape::Repeated(Rc::new(shown)), taint);
    }
    if is_marked(&shown.taint) || matches!(shown.shape, Shape::Choice(_)) {
        return m.concat(vec![v.clone(), shown, v.clone()]);
    }
    // What was written anew is told from what it was where a source chooses between the two.
    match (found, shown.as_text()) {
        // Code that writes plainly what another may have marked takes a mark off.
        (Some(before), Some(after)) if crate::fold::readable(&before) == **after => {
            Value::unknown(Kind::Text, without_form(&v.taint))
        }
        (Some(before), Some(after)) if !is_marked(&v.taint) && form_of(&v.taint).is_none() => {
            Value::unknown(Kind::Text, with_form(&v.taint, &before, after))
        }
        _ => Value::unknown(Kind::Text, without_form(&v.taint)),
    }
}

fn pieces(m: &mut Machine<'_>, v: &Value, name: &str, args: &[Value], at: u32) -> Run<Value> {
    let Shape::Joined(all) = v.shape.clone() else { return Ok(v.clone()) };
    match name {
        "toString" | "valueOf" | "trim" | "trimStart" | "trimEnd" | "normalize" => return Ok(v.clone()),
        "toLowerCase" | "toUpperCase" | "toLocaleLowerCase" | "toLocaleUpperCase" | "replaceAll" => {
            let mut out = Vec::new();
            for p in all.iter() {
                out.push(call(m, p, name, args, at)?);
            }
            return Ok(m.concat(out));
        }
        "replace" => {
            if let Some(found) = m.expansions(v) {
                return over(m, v, found, name, args, at);
            }
            let mut out = Vec::new();
            for p in all.iter() {
                out.push(call(m, p, name, args, at)?);
            }
            return Ok(m.concat(out));
        }
        "concat" => {
            let mut out = vec![v.clone()];
            for a in args {
                out.push(m.text_of(a));
            }
            return Ok(m.concat(out));
        }
        "includes" | "startsWith" | "endsWith" if args.iter().all(Value::is_constant) => {
            let sought = text_of(args, 0).unwrap_or_default();
            let first = all.first().and_then(|p| p.as_text().cloned());
            if name == "startsWith"
                && let Some(f) = first
                && f.len() >= sought.len()
            {
                return Ok(Value::bool(f.starts_with(&*sought)));
            }
        }
        "split" => {
            if let Some(s) = text_of(args, 0).filter(|s| !s.is_empty()) {
                return Ok(split_pieces(m, &all, &s));
            }
        }
        "padEnd" | "padStart" => {
            let pad = argument(args, 0);
            if is_marked(&pad.taint) {
                let fill = repeated(m, &Value::text(text_of(args, 1).unwrap_or_else(|| " ".into())), &pad);
                let parts = if name == "padEnd" { vec![v.clone(), fill] } else { vec![fill, v.clone()] };
                return Ok(m.concat(parts));
            }
        }
        _ => {}
    }
    if let Some(found) = m.expansions(v) {
        return over(m, v, found, name, args, at);
    }
    unknown(m, v, name, args, at)
}

fn over(m: &mut Machine<'_>, v: &Value, found: Vec<Value>, name: &str, args: &[Value], at: u32) -> Run<Value> {
    let choice = Value::new(Shape::Choice(found.into()), v.taint.clone());
    m.each(&choice, at, |m, v| call(m, v, name, args, at))
}

fn split_pieces(m: &mut Machine<'_>, all: &[Value], separator: &str) -> Value {
    let mut items: Vec<Vec<Value>> = vec![Vec::new()];
    for p in all {
        match p.as_text() {
            Some(t) => {
                for (i, part) in t.split(separator).enumerate() {
                    if i > 0 {
                        items.push(Vec::new());
                    }
                    if let Some(last) = items.last_mut() {
                        last.push(Value::new(Shape::Text(part.into()), p.taint.clone()));
                    }
                }
            }
            None => {
                if let Some(last) = items.last_mut() {
                    last.push(p.clone());
                }
            }
        }
    }
    let items = items.into_iter().map(|p| m.concat(p)).collect();
    m.array(items)
}

fn unknown(m: &mut Machine<'_>, v: &Value, name: &str, args: &[Value], at: u32) -> Run<Value> {
    let first = argument(args, 0);
    let mut taint = v.taint.clone();
    for a in args {
        taint = union(&taint, &marks_only(&m.deep_taint(a, 2)));
    }
    let question = matches!(
        name,
        "includes"
            | "startsWith"
            | "endsWith"
            | "indexOf"
            | "lastIndexOf"
            | "search"
            | "match"
            | "localeCompare"
            | "matchAll"
    );
    if question && is_marked(&v.taint) {
        let shown = match flags_of(m, &first) {
            Some((source, flags)) => Value::new(
                Shape::Text(format!("/{}/{flags}", constant_text(&source).unwrap_or_else(|| "…".into())).into()),
                source.taint,
            ),
            None => first.clone(),
        };
        let only_parts = flags_of(m, &first).and_then(|(source, _)| constant_text(&source)).is_some_and(|s| !asks(&s));
        for a in shown.alternatives().iter().filter(|_| !only_parts) {
            let text = constant_text(a).unwrap_or_else(|| "a value that is not constant".into());
            let worth = text.chars().any(char::is_alphanumeric)
                && !matches!(&*text, "http://" | "https://" | "http" | "https" | "www.");
            if worth {
                taint = step_for(m, &taint, codes_of(&a.taint), &text, Transform::Keywords, at);
            }
        }
    }
    Ok(match name {
        "includes" | "startsWith" | "endsWith" => Value::unknown(Kind::Bool, taint),
        "indexOf" | "lastIndexOf" | "search" | "charCodeAt" | "codePointAt" | "localeCompare" => {
            Value::unknown(Kind::Number, taint)
        }
        "match" => {
            let groups = m.array_of(Value::unknown(Kind::Text, taint.clone()));
            let place = m.place(at);
            m.join(groups, Value::plain(Shape::Null), &taint, place)
        }
        "split" | "matchAll" => m.array_of(Value::unknown(Kind::Text, taint)),
        "replace" | "replaceAll" => replaced_somewhere(m, v, &first, &argument(args, 1), at),
        "concat" => {
            let mut out = vec![v.clone()];
            for a in args {
                out.push(m.text_of(a));
            }
            m.concat(out)
        }
        "padEnd" | "padStart" => {
            let pad = argument(args, 0);
            if is_marked(&pad.taint) {
                let fill = repeated(m, &Value::text(text_of(args, 1).unwrap_or_else(|| " ".into())), &pad);
                let parts = if name == "padEnd" { vec![v.clone(), fill] } else { vec![fill, v.clone()] };
                return Ok(m.concat(parts));
            }
            Value::unknown(Kind::Text, taint)
        }
        "toString" | "valueOf" => Value::unknown(Kind::Text, taint),
        _ => Value::unknown(
            Kind::Text,
            match rewritten(name, args).filter(|_| !is_marked(&taint)) {
                Some((before, after)) => with_form(&taint, before, after),
                None => without_form(&taint),
            },
        ),
    })
}
