//! Texts that are known in part.

use std::rc::Rc;

use super::heap::What;
use super::machine::Machine;
use super::taint::{is_marked, marks_only, union};
use super::value::{Kind, Shape, Value, constant_text, number_text};
use crate::axes::Source;
use crate::fold::HOLE;

/// Half of a surrogate pair, kept where Rust has no character for it.
const LONE: u32 = 0x10_0000;
const PIECES_MAX: usize = 600;
/// A text that grows longer than this counts as not known.
const TEXT_MAX: usize = 1 << 20;

/// The text of a literal; the parser writes lone surrogates as U+FFFD and four digits.
pub(crate) fn literal(text: &str, lone: bool) -> Rc<str> {
    if !lone {
        return text.into();
    }
    let mut units = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c == '\u{fffd}'
            && let Some(unit) = rest.get(..4).and_then(|h| u16::from_str_radix(h, 16).ok())
        {
            units.push(unit);
            rest = &rest[4..];
        } else {
            units.extend(c.encode_utf16(&mut [0; 2]).iter());
        }
    }
    from_units(&units).into()
}

pub(crate) fn units(text: &str) -> Vec<u16> {
    if text.is_ascii() {
        return text.bytes().map(u16::from).collect();
    }
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        match c as u32 {
            n @ LONE..=0x10_07ff => out.push((n - LONE + 0xd800) as u16),
            _ => out.extend(c.encode_utf16(&mut [0; 2]).iter()),
        }
    }
    out
}

pub(crate) fn from_units(units: &[u16]) -> String {
    char::decode_utf16(units.iter().copied())
        .map(|r| {
            r.unwrap_or_else(|e| {
                char::from_u32(LONE + u32::from(e.unpaired_surrogate()) - 0xd800).unwrap_or('\u{fffd}')
            })
        })
        .collect()
}

/// Joins halves of pairs that became neighbours.
fn paired(text: String) -> String {
    if text.is_ascii() || !text.chars().any(|c| (LONE..=0x10_07ff).contains(&(c as u32))) {
        return text;
    }
    from_units(&units(&text))
}

impl<'a> Machine<'a> {
    /// A value as `String(value)` has it.
    pub(crate) fn text_of(&mut self, v: &Value) -> Value {
        match &v.shape {
            Shape::Text(_) | Shape::Joined(_) | Shape::Repeated(_) | Shape::Json(_) | Shape::Unknown(Kind::Text) => {
                v.clone()
            }
            Shape::Outside(_) => v.clone(),
            Shape::Unknown(_) | Shape::Above(_) => Value::unknown(Kind::Text, v.taint.clone()),
            Shape::Choice(all) => {
                // What is looked up and not there is left out where a text is wanted.
                let nothing = |v: &Value| matches!(v.shape, Shape::Undefined | Shape::Null | Shape::Absent);
                let v = &if all.iter().any(nothing) && !all.iter().all(nothing) {
                    let there: Vec<Value> = all.iter().filter(|v| !nothing(v)).cloned().collect();
                    if there.len() == 1 {
                        there[0].clone().tainted(&v.taint)
                    } else {
                        Value::new(Shape::Choice(there.into()), v.taint.clone())
                    }
                } else {
                    v.clone()
                };
                // Where anything may stand, as in what packs values of all kinds, a date is none that the code picked.
                let is_date =
                    |m: &Self, v: &Value| v.as_object().is_some_and(|id| matches!(m.store.get(id).what, What::Date(_)));
                let mixed = v.alternatives().iter().any(|v| v.as_object().is_some() && !is_date(self, v));
                let place_free = self.each(v, 0, |m, v| match mixed && is_date(m, v) {
                    true => Ok(Value::unknown(Kind::Text, v.taint.clone())),
                    false => Ok(m.text_of(v)),
                });
                place_free.unwrap_or_else(|_| Value::unknown(Kind::Text, v.taint.clone()))
            }
            Shape::Object(id) => {
                let o = self.store.copy(*id);
                match &o.what {
                    What::Url(inner) => self.text_of(&inner.clone()),
                    // A date in words names the zone.
                    What::Date(t) => self.source(Source::Timezone, self.now, Kind::Text).tainted(&t.clone()),
                    What::Array => super::lists::joined(self, v, &Value::text(",")),
                    What::Form => super::builtins::query_text(self, &o),
                    What::Regex { source, flags } => {
                        let pieces = vec![Value::text("/"), source.clone(), Value::text(format!("/{flags}"))];
                        self.concat(pieces)
                    }
                    What::Plain => match self.own_text(*id, v) {
                        Some(text) => text,
                        None => o.open.unwrap_or_else(|| Value::text("[object Object]")),
                    },
                    What::Function(_) => self.source_text(v).map_or(Value::unknown(Kind::Text, None), Value::text),
                    _ => Value::unknown(Kind::Text, v.taint.clone()),
                }
            }
            _ => Value::new(Shape::Text(constant_text(v).unwrap_or_default()), v.taint.clone()),
        }
    }

    /// What an object's own conversion to text gives.
    fn own_text(&mut self, id: u32, v: &Value) -> Option<Value> {
        for (name, given) in [("Symbol.toPrimitive", vec![Value::text("string")]), ("toString", Vec::new())] {
            if let Ok(Some(f)) = self.property(id, name, v, 0) {
                let result = self.call(&f, v, given, 0);
                return Some(result.unwrap_or_else(|_| Value::unknown(Kind::Text, None)));
            }
        }
        None
    }

    /// A function as it was written.
    pub(crate) fn source_text(&self, f: &Value) -> Option<&'a str> {
        let What::Function(c) = &self.store.get(f.as_object()?).what else { return None };
        let span = match c.code {
            super::heap::Code::Function(f) => f.span,
            super::heap::Code::Arrow(f) => f.span,
        };
        self.texts.get(c.file as usize)?.get(span.start as usize..span.end as usize)
    }

    /// Texts in a row.
    pub(crate) fn concat(&mut self, pieces: Vec<Value>) -> Value {
        let mut flat: Vec<Value> = Vec::with_capacity(pieces.len());
        let mut taint = None;
        for p in pieces {
            taint = union(&taint, &p.taint);
            match &p.shape {
                Shape::Joined(inner) => flat.extend(inner.iter().cloned()),
                Shape::Absent => {}
                _ => flat.push(p),
            }
        }
        let mut merged: Vec<Value> = Vec::with_capacity(flat.len());
        let mut run: Option<(String, super::taint::Taint)> = None;
        for p in flat {
            match constant_text(&p) {
                Some(t) => match &mut run {
                    Some((text, tt)) => {
                        text.push_str(&t);
                        *tt = union(tt, &p.taint);
                    }
                    None => run = Some((t.to_string(), p.taint.clone())),
                },
                None => {
                    if let Some((text, tt)) = run.take()
                        && !text.is_empty()
                    {
                        merged.push(Value::new(Shape::Text(paired(text).into()), tt));
                    }
                    merged.push(p);
                }
            }
        }
        let length = run.as_ref().map_or(0, |(t, _)| t.len());
        self.store.charge((merged.len() / 4 + length / 64) as u64);
        if length > TEXT_MAX {
            return Value::unknown(Kind::Text, taint);
        }
        match run {
            Some((text, tt)) if merged.is_empty() => {
                return Value::new(Shape::Text(paired(text).into()), union(&taint, &tt));
            }
            Some((text, tt)) if !text.is_empty() => merged.push(Value::new(Shape::Text(paired(text).into()), tt)),
            _ => {}
        }
        match merged.len() {
            0 => Value::new(Shape::Text("".into()), taint),
            1 => {
                let only = merged.remove(0);
                let textual = match only.shape {
                    Shape::Unknown(_) => Value::unknown(Kind::Text, only.taint),
                    _ => only,
                };
                textual.tainted(&taint)
            }
            n if n > PIECES_MAX => Value::unknown(Kind::Text, taint),
            _ => {
                let joined = Value::new(Shape::Joined(merged.into()), taint.clone());
                if joined.weight(PIECES_MAX * 2) >= PIECES_MAX * 2 { Value::unknown(Kind::Text, taint) } else { joined }
            }
        }
    }

    /// The texts that a value can be, with a mark where it is not known; nothing for what is no text.
    pub(crate) fn renderings(&self, v: &Value, limit: usize) -> Option<Vec<String>> {
        Some(match &v.shape {
            Shape::Text(t) => vec![t.to_string()],
            Shape::Number(n) => vec![number_text(*n)],
            Shape::Bool(_) | Shape::Null | Shape::Undefined => vec![constant_text(v)?.to_string()],
            Shape::Absent => vec![String::new()],
            Shape::Unknown(_) | Shape::Outside(_) | Shape::Above(_) | Shape::Json(_) => vec![HOLE.to_string()],
            Shape::Repeated(inner) => {
                let mut all = vec![String::new()];
                all.extend(self.renderings(inner, limit)?);
                all
            }
            Shape::Choice(alternatives) => {
                let mut all = Vec::new();
                // What the machine does not decide varies by itself; one of its texts stands for all.
                let shown = if is_marked(&v.taint) { alternatives.len() } else { 1 };
                for a in alternatives.iter().take(shown) {
                    for t in self.renderings(a, limit)? {
                        if all.len() < limit && !all.contains(&t) {
                            all.push(t);
                        }
                    }
                }
                all
            }
            Shape::Joined(pieces) => {
                let mut all = vec![String::new()];
                for p in pieces.iter() {
                    let next = self.renderings(p, limit)?;
                    if all.len() * next.len() > limit {
                        let first = next.first().cloned().unwrap_or_default();
                        all.iter_mut().for_each(|t| t.push_str(&first));
                        continue;
                    }
                    all = all.iter().flat_map(|a| next.iter().map(move |n| format!("{a}{n}"))).collect();
                }
                all
            }
            Shape::Object(_) => return None,
        })
    }

    /// All texts of a value whose parts are all known, when they are few.
    pub(crate) fn expansions(&self, v: &Value) -> Option<Vec<Value>> {
        let pieces = match &v.shape {
            Shape::Joined(p) => p.clone(),
            _ => return None,
        };
        let mut all: Vec<String> = vec![String::new()];
        for p in pieces.iter() {
            let mut next = Vec::new();
            for a in p.alternatives() {
                let t = match &a.shape {
                    Shape::Joined(_) => self.expansions(a)?.first()?.as_text()?.to_string(),
                    _ => constant_text(a)?.to_string(),
                };
                next.push(t);
            }
            if all.len() * next.len() > 16 {
                return None;
            }
            all = all.iter().flat_map(|a| next.iter().map(move |n| format!("{a}{n}"))).collect();
        }
        let taint = marks_only(&v.taint);
        Some(
            all.into_iter()
                .map(|t| {
                    Value::new(Shape::Text(paired(t).into()), if is_marked(&taint) { None } else { v.taint.clone() })
                })
                .collect(),
        )
    }
}
