//! Regular expressions on texts that are known.

use std::rc::Rc;

use regex_syntax::hir::{Class, Hir, HirKind};

use super::pattern::{Groups, Pattern};
use crate::flow::heap::What;
use crate::flow::machine::Machine;
use crate::flow::operators::numeric;
use crate::flow::text::{from_units, units};
use crate::flow::value::{Shape, Value, constant_text};

/// Steps that making a regular expression counts for, beside eight for each of its bytes.
const PATTERN_STEPS: u64 = 500;
/// Regular expressions that are kept.
const PATTERNS_MAX: usize = 500;

/// A regular expression for one look through a text, when both sides understand it.
pub(crate) fn regex(m: &mut Machine<'_>, v: &Value, t: &str) -> Option<(Rc<Pattern>, bool)> {
    let (r, global) = made(m, v)?;
    m.store.charge(r.steps(t, 0));
    Some((r, global))
}

/// Matches, each of which is paid for.
pub(super) fn all(m: &mut Machine<'_>, r: &Pattern, t: &str, most: usize) -> Vec<Groups> {
    let found = r.all(t, most);
    m.store.charge(r.steps(t, found.len()));
    found
}

/// Made once for each text, since making one costs more than most of its uses.
fn made(m: &mut Machine<'_>, v: &Value) -> Option<(Rc<Pattern>, bool)> {
    let id = v.as_object()?;
    let What::Regex { source, flags } = &m.store.get(id).what else { return None };
    let (text, flags) = (source.as_text()?.clone(), flags.clone());
    let global = flags.contains('g');
    let key = (text, flags);
    if let Some(known) = m.patterns.get(&key) {
        return known.clone().map(|r| (r, global));
    }
    let (text, flags) = &key;
    m.store.charge(PATTERN_STEPS + 8 * text.len() as u64);
    let made = Pattern::new(&translate(text), flags).map(Rc::new);
    if m.patterns.len() >= PATTERNS_MAX {
        m.patterns.clear();
    }
    m.patterns.insert(key, made.clone());
    made.map(|r| (r, global))
}

/// The same expression in Rust's syntax, which escapes braces and brackets that JavaScript takes as they are.
fn translate(source: &str) -> String {
    let source = source.replace("[^]", "[\\s\\S]").replace("[]", "[^\\s\\S]");
    let mut out = String::with_capacity(source.len());
    let mut in_class = false;
    let mut chars = source.char_indices().peekable();
    while let Some((i, c)) = chars.next() {
        match c {
            '\\' => {
                let next = chars.next().map_or('\\', |(_, c)| c);
                match next {
                    '/' | '"' | '\'' | '`' | '@' | '=' | ':' | ',' | ';' | '<' | '>' | '!' | '%' | '_' | ' '
                        if next != '<' && next != '>' =>
                    {
                        out.push(next)
                    }
                    'c' | 'k' => out.push_str("\\\\"),
                    // These are about ASCII in JavaScript; a class within a class is one in Rust.
                    'd' => out.push_str("[0-9]"),
                    'D' => out.push_str("[^0-9]"),
                    'w' => out.push_str("[0-9A-Za-z_]"),
                    'W' => out.push_str("[^0-9A-Za-z_]"),
                    'b' if !in_class => out.push_str("(?-u:\\b)"),
                    _ => {
                        out.push('\\');
                        out.push(next);
                    }
                }
            }
            '[' if in_class => out.push_str("\\["),
            '[' => {
                in_class = true;
                out.push('[');
                if chars.peek().is_some_and(|(_, c)| *c == '^') {
                    out.push('^');
                    chars.next();
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class => {
                out.push('\\');
                out.push(c);
            }
            '{' if !in_class && !is_count(&source[i..]) => out.push_str("\\{"),
            _ => out.push(c),
        }
    }
    out
}

fn is_count(rest: &str) -> bool {
    rest.split_once('}').is_some_and(|(n, _)| {
        n.len() > 1
            && n[1..].chars().all(|c| c.is_ascii_digit() || c == ',')
            && n[1..].starts_with(|c: char| c.is_ascii_digit())
    })
}

pub(super) fn flags_of(m: &Machine<'_>, v: &Value) -> Option<(Value, Rc<str>)> {
    match &m.store.get(v.as_object()?).what {
        What::Regex { source, flags } => Some((source.clone(), flags.clone())),
        _ => None,
    }
}

pub(super) fn matched(m: &mut Machine<'_>, v: &Value, t: &Rc<str>, r: &Pattern, global: bool, name: &str) -> Value {
    if name == "search" {
        let start = r.from(t, 0).and_then(|groups| groups.into_iter().next().flatten()).map(|whole| whole.start);
        return Value::number(start.map_or(-1.0, |start| units(&t[..start]).len() as f64));
    }
    if global && name == "match" {
        let all: Vec<Value> = all(m, r, t, 20_000).iter().map(|groups| texts(v, t, &groups[..1])[0].clone()).collect();
        return if all.is_empty() { Value::plain(Shape::Null) } else { m.array(all) };
    }
    let found = all(m, r, t, if name == "matchAll" { 2000 } else { 1 });
    let mut arrays: Vec<Value> = found.iter().map(|groups| match_of(m, r, v, t, groups)).collect();
    match name {
        "matchAll" => m.array(arrays),
        _ if arrays.is_empty() => Value::plain(Shape::Null),
        _ => arrays.remove(0),
    }
}

/// `pattern.exec(text)`; one with `g` goes on where it was, so that a loop over it ends.
pub(crate) fn exec(m: &mut Machine<'_>, pattern: &Value, r: &Pattern, global: bool, v: &Value, t: &str) -> Value {
    let id = pattern.as_object();
    let last = id.filter(|_| global).and_then(|id| m.store.get(id).properties.get("lastIndex").and_then(numeric));
    let units_before = units(t);
    let from = units_before.get(..last.unwrap_or(0.0).max(0.0) as usize).map(|u| from_units(u).len());
    let found = from.filter(|f| t.is_char_boundary(*f)).and_then(|f| r.from(t, f));
    let whole = found.as_ref().and_then(|groups| groups.first().cloned().flatten());
    let next = whole.map_or(0, |whole| units(&t[..whole.end]).len() + usize::from(whole.is_empty())) as f64;
    if let Some(id) = id.filter(|_| global) {
        m.store.change(id).properties.insert("lastIndex".into(), Value::number(next));
    }
    match found {
        Some(groups) => match_of(m, r, v, t, &groups),
        None => Value::plain(Shape::Null),
    }
}

/// The texts of groups.
fn texts(v: &Value, t: &str, groups: &[Option<std::ops::Range<usize>>]) -> Vec<Value> {
    let text = |range: std::ops::Range<usize>| Value::new(Shape::Text(t[range].into()), v.taint.clone());
    groups.iter().map(|g| g.clone().map_or(Value::UNDEFINED, text)).collect()
}

/// What a match is to a program: its groups in a list, with where it is and the groups that have names.
fn match_of(m: &mut Machine<'_>, r: &Pattern, v: &Value, t: &str, groups: &Groups) -> Value {
    let all = texts(v, t, groups);
    let named: Vec<(&str, Value)> = r.names().into_iter().map(|(i, name)| (name, all[i].clone())).collect();
    let named = if named.is_empty() { Value::UNDEFINED } else { m.plain(named) };
    let made = m.array(all);
    let index = groups[0].as_ref().map_or(0, |whole| units(&t[..whole.start]).len());
    if let Some(id) = made.as_object() {
        let properties = &mut m.store.change(id).properties;
        properties.insert("index".into(), Value::number(index as f64));
        properties.insert("input".into(), v.clone());
        properties.insert("groups".into(), named);
    }
    made
}

/// Whether an expression asks for words or numbers of its own, and does not only take apart what is there: an address into its parts.
pub(crate) fn asks(source: &str) -> bool {
    const OF_ADDRESSES: &[&str] = &["git", "http", "https", "ssh", "ftp", "file", "www", "com", "org", "net"];
    let Ok(hir) = regex_syntax::Parser::new().parse(&translate(source)) else { return true };
    let mut said = Vec::new();
    literals(&hir, &mut said);
    let words = said.iter().flat_map(|t| t.split(|c: char| !c.is_alphanumeric()));
    words.filter(|w| w.chars().count() >= 2).any(|w| !OF_ADDRESSES.contains(&&*w.to_ascii_lowercase()))
}

fn literals(hir: &Hir, out: &mut Vec<String>) {
    match hir.kind() {
        HirKind::Literal(l) => out.push(String::from_utf8_lossy(&l.0).into_owned()),
        HirKind::Repetition(r) => literals(&r.sub, out),
        HirKind::Capture(c) => literals(&c.sub, out),
        HirKind::Concat(all) | HirKind::Alternation(all) => all.iter().for_each(|h| literals(h, out)),
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) => {}
    }
}

/// A text that a pattern finds.
pub(super) fn found_by(m: &Machine<'_>, pattern: &Value) -> Option<String> {
    if let Some(t) = constant_text(pattern) {
        return Some(t.to_string());
    }
    let What::Regex { source, .. } = &m.store.get(pattern.as_object()?).what else { return None };
    let hir = regex_syntax::Parser::new().parse(&translate(source.as_text()?)).ok()?;
    let mut out = String::new();
    sample(&hir, &mut out)?;
    (!out.is_empty() && out.len() <= 40).then_some(out)
}

fn sample(hir: &Hir, out: &mut String) -> Option<()> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(l) => out.push_str(std::str::from_utf8(&l.0).ok()?),
        HirKind::Class(Class::Unicode(c)) => {
            // A letter, where there is one: what is done to case shows in nothing else.
            let letter = c.ranges().iter().find(|r| r.start().is_ascii_alphabetic());
            let first = letter.or_else(|| c.ranges().iter().find(|r| r.end() >= '!')).or(c.ranges().first())?;
            out.push(first.start().max('!').min(first.end()));
        }
        HirKind::Class(Class::Bytes(c)) => out.push(char::from(c.ranges().first()?.start())),
        HirKind::Repetition(r) => (0..r.min.clamp(1, 8)).try_for_each(|_| sample(&r.sub, out))?,
        HirKind::Capture(c) => sample(&c.sub, out)?,
        HirKind::Concat(all) => all.iter().try_for_each(|h| sample(h, out))?,
        HirKind::Alternation(all) => sample(all.first()?, out)?,
    }
    Some(())
}
