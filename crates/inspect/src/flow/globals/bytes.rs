//! Texts from codes and bytes, and back.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::flow::builtins::int;
use crate::flow::heap::BYTES_TEXT;
use crate::flow::machine::Machine;
use crate::flow::operators::{numeric, to_int};
use crate::flow::taint::{Taint, codes, marks_only, union, with_codes};
use crate::flow::text;
use crate::flow::value::{Kind, Shape, Value, constant_text};

pub(super) fn from_codes(m: &mut Machine<'_>, args: &[Value], points: bool, at: u32) -> Value {
    let mut out: Vec<Value> = Vec::new();
    let mut run: Vec<u16> = Vec::new();
    let mut run_taint: Taint = None;
    let flush = |out: &mut Vec<Value>, run: &mut Vec<u16>, taint: &mut Taint| {
        if !run.is_empty() {
            let t = with_codes(&taint.take(), codes::CHAR_CODES);
            out.push(Value::new(Shape::Text(text::from_units(run).into()), t));
            run.clear();
        }
    };
    for a in args {
        let v = m.each(a, at, |m, a| {
            Ok(match (numeric(a), &a.shape) {
                (Some(n), _) => Value::new(Shape::Text(one_code(n, points).into()), a.taint.clone()),
                (None, Shape::Above(base)) => {
                    let (lo, hi) = (one_code(*base, points), one_code(base + 1.0, points));
                    let place = m.place(at);
                    let t = marks_only(&a.taint);
                    m.join(Value::text(lo), Value::text(hi), &t, place).tainted(&t)
                }
                _ => Value::unknown(Kind::Text, a.taint.clone()),
            })
        });
        let v = v.unwrap_or_else(|_| Value::unknown(Kind::Text, a.taint.clone()));
        match v.as_text() {
            Some(t) => {
                run.extend(text::units(t));
                run_taint = union(&run_taint, &v.taint);
            }
            None => {
                flush(&mut out, &mut run, &mut run_taint);
                out.push(v);
            }
        }
    }
    flush(&mut out, &mut run, &mut run_taint);
    m.concat(out)
}

fn one_code(n: f64, points: bool) -> String {
    let code = to_int(n) as u32;
    if points && let Some(c) = char::from_u32(code) {
        return c.to_string();
    }
    text::from_units(&[code as u16])
}

pub(super) fn unescape(t: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(t.len());
    let raw = t.as_bytes();
    let mut i = 0;
    while i < raw.len() {
        if raw[i] == b'%'
            && let Some(b) = t.get(i + 1..i + 3).and_then(|h| u8::from_str_radix(h, 16).ok())
        {
            bytes.push(b);
            i += 3;
        } else {
            bytes.push(raw[i]);
            i += 1;
        }
    }
    String::from_utf8(bytes).ok()
}

pub(super) fn percent(t: &str) -> String {
    let mut out = String::new();
    for b in t.bytes() {
        if b.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&b) {
            out.push(b as char)
        } else {
            out.push_str(&format!("%{b:02X}"))
        }
    }
    out
}

/// Bytes of base64, hex or plain text.
pub(super) fn bytes_of(t: &str, encoding: &str) -> Option<Vec<u8>> {
    match encoding {
        "base64" | "base64url" => {
            let config = GeneralPurposeConfig::new()
                .with_decode_padding_mode(DecodePaddingMode::Indifferent)
                .with_decode_allow_trailing_bits(true);
            let clean: String = t
                .chars()
                .filter(|c| !c.is_whitespace())
                .map(|c| match c {
                    '-' => '+',
                    '_' => '/',
                    c => c,
                })
                .collect();
            GeneralPurpose::new(&alphabet::STANDARD, config).decode(clean).ok()
        }
        "hex" => {
            (0..t.len() / 2).map(|i| t.get(i * 2..i * 2 + 2).and_then(|h| u8::from_str_radix(h, 16).ok())).collect()
        }
        "latin1" | "binary" | "ascii" => Some(text::units(t).iter().map(|u| *u as u8).collect()),
        "utf16le" | "ucs2" => Some(text::units(t).iter().flat_map(|u| u.to_le_bytes()).collect()),
        _ => Some(t.as_bytes().to_vec()),
    }
}

pub(super) fn decoded(m: &mut Machine<'_>, v: &Value, encoding: &str, to_text: bool, at: u32) -> Value {
    let made = m.each(v, at, |m, v| {
        let Some(t) = constant_text(v).filter(|t| t.len() < 64 * 1024) else {
            let t = v.taint.clone();
            if to_text {
                return Ok(Value::unknown(Kind::Text, t));
            }
            let bytes = m.array_of(Value::unknown(Kind::Number, t));
            if matches!(encoding, "utf8" | "utf-8") {
                keep_text(m, &bytes, v.clone());
            }
            return Ok(bytes);
        };
        let _ = m.spend(t.len() as u64 / 16);
        let Some(bytes) = bytes_of(&t, encoding) else { return Ok(Value::unknown(Kind::Text, v.taint.clone())) };
        let bit = match encoding {
            "base64" | "base64url" => codes::BASE64,
            "hex" => codes::HEX,
            _ => 0,
        };
        let taint = if bit == 0 { v.taint.clone() } else { with_codes(&v.taint, bit) };
        if to_text {
            let s: String = bytes.iter().map(|b| *b as char).collect();
            return Ok(Value::new(Shape::Text(s.into()), taint));
        }
        Ok(bytes_value(m, &bytes, &taint))
    });
    made.unwrap_or_else(|_| Value::unknown(Kind::Text, None))
}

pub(super) fn bytes_value(m: &mut Machine<'_>, bytes: &[u8], taint: &Taint) -> Value {
    let items = bytes.iter().map(|b| Value::new(Shape::Number(f64::from(*b)), taint.clone())).collect();
    let v = m.array(items);
    if let Some(id) = v.as_object() {
        m.store.change(id).properties.insert("\0bytes".into(), Value::bool(true));
    }
    v
}

/// Bytes that are not all known remember the text that they are.
fn keep_text(m: &mut Machine<'_>, bytes: &Value, text: Value) {
    if let Some(id) = bytes.as_object() {
        let o = m.store.change(id);
        o.properties.insert("\0bytes".into(), Value::bool(true));
        o.properties.insert(BYTES_TEXT.into(), text);
    }
}

/// `Buffer.concat(list)`.
pub(super) fn joined_bytes(m: &mut Machine<'_>, list: &Value) -> Value {
    let (lists, ..) = m.elements(list);
    let is_known = |m: &Machine<'_>, l: &Value| {
        l.as_object()
            .is_some_and(|id| m.store.get(id).rest.is_none() && m.store.get(id).items.iter().all(Value::is_constant))
    };
    if lists.iter().all(|l| is_known(m, l)) {
        let mut items = Vec::new();
        for l in lists {
            items.extend(m.elements(&l).0);
        }
        let v = m.array(items);
        if let Some(id) = v.as_object() {
            m.store.change(id).properties.insert("\0bytes".into(), Value::bool(true));
        }
        return v;
    }
    let mut pieces = Vec::new();
    for l in &lists {
        let text = m.each(l, 0, |m, l| Ok(bytes_to_text(m, l, None)));
        pieces.push(text.unwrap_or_else(|_| Value::unknown(Kind::Text, l.taint.clone())));
    }
    let text = m.concat(pieces);
    let bytes = m.array_of(Value::unknown(Kind::Number, text.taint.clone()));
    keep_text(m, &bytes, text);
    bytes
}

/// The text of bytes.
pub(crate) fn bytes_to_text(m: &mut Machine<'_>, v: &Value, encoding: Option<&Value>) -> Value {
    if let Shape::Choice(_) = v.shape {
        let text = m.each(v, 0, |m, v| Ok(bytes_to_text(m, v, encoding)));
        return text.unwrap_or_else(|_| Value::unknown(Kind::Text, v.taint.clone()));
    }
    let (items, rest, _) = m.elements(v);
    let encoding = encoding.and_then(constant_text).unwrap_or_else(|| "utf8".into());
    let kept = v.as_object().and_then(|id| m.store.get(id).properties.get(BYTES_TEXT).cloned());
    if let Some(text) = kept.filter(|_| matches!(&*encoding, "utf8" | "utf-8" | "undefined")) {
        return text;
    }
    let mut taint: Taint = v.taint.clone();
    let mut bytes = Vec::with_capacity(items.len());
    for i in &items {
        taint = union(&taint, &i.taint);
        match int(i) {
            Some(n) => bytes.push(n as u8),
            None => return Value::unknown(Kind::Text, m.deep_taint(v, 2)),
        }
    }
    if let Some(r) = rest {
        return Value::unknown(Kind::Text, union(&taint, &r.taint));
    }
    let text = match &*encoding {
        "hex" => bytes.iter().map(|b| format!("{b:02x}")).collect(),
        "base64" | "base64url" => base64::engine::general_purpose::STANDARD.encode(&bytes),
        "latin1" | "binary" | "ascii" => bytes.iter().map(|b| *b as char).collect(),
        _ => String::from_utf8_lossy(&bytes).into_owned(),
    };
    Value::new(Shape::Text(text.into()), taint)
}
