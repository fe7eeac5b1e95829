//! Bodies as they came, to trees: JSON, forms, text; packed ones are unpacked.

use std::io::Read;

use flate2::read::{MultiGzDecoder, ZlibDecoder};
use jsonc_parser::{CollectOptions, ParseOptions, ast::Value, common::Ranged, parse_to_ast};

use super::node::Node;

const UNPACKED_MAX: u64 = 64 << 20;

/// A body, with its layout where it is JSON: everything that is neither a name nor a value.
pub(super) struct Body {
    pub(super) node: Option<Node>,
    pub(super) layout: Option<String>,
}

pub(super) fn read(bytes: &[u8], kind: &str, packing: &str) -> Body {
    let unpacked = unpack(bytes, packing);
    let bytes = unpacked.as_deref().unwrap_or(bytes);
    if bytes.is_empty() {
        return Body { node: None, layout: None };
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        let shown: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        return Body { node: Some(Node::Scalar { raw: shown, at: 0 }), layout: None };
    };
    if let Some(body) = json(text) {
        return body;
    }
    if kind.starts_with("application/x-www-form-urlencoded") {
        return Body { node: Some(pairs(text)), layout: None };
    }
    // JSON Lines: a tree for each.
    let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
    let trees: Option<Vec<Node>> = lines.iter().map(|l| json(l).and_then(|b| b.node)).collect();
    match trees {
        Some(elements) if lines.len() > 1 => Body { node: Some(Node::Array { elements, at: 0 }), layout: None },
        _ => Body { node: Some(Node::text(text, 0)), layout: None },
    }
}

fn unpack(bytes: &[u8], packing: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let done = match packing.trim().to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => MultiGzDecoder::new(bytes).take(UNPACKED_MAX).read_to_end(&mut out),
        "deflate" => ZlibDecoder::new(bytes).take(UNPACKED_MAX).read_to_end(&mut out),
        _ => return None,
    };
    done.ok().map(|_| out)
}

/// `a=1&b=2`, each decoded.
pub(super) fn pairs(text: &str) -> Node {
    let mut at = 0;
    let mut entries = Vec::new();
    for piece in text.split('&').filter(|_| !text.is_empty()) {
        let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
        let decoded =
            |t: &str| percent_encoding::percent_decode_str(&t.replace('+', " ")).decode_utf8_lossy().into_owned();
        entries.push((decoded(key), Node::Text { value: decoded(value), raw: value.to_owned(), at }));
        at += piece.len() + 1;
    }
    Node::Object { entries, at: 0 }
}

fn json(text: &str) -> Option<Body> {
    // Strict, and bounded in depth, before the reader that knows places and is neither.
    serde_json::from_str::<serde::de::IgnoredAny>(text).ok()?;
    let parsed = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default()).ok()?;
    let value = parsed.value?;
    let mut names = Vec::new();
    let node = tree(&value, text, &mut names);
    names.sort_unstable();
    let mut layout = String::new();
    let mut from = 0;
    for (start, end) in names {
        layout.push_str(&text[from..start]);
        layout.push('\u{25a1}');
        from = end;
    }
    layout.push_str(&text[from..]);
    Some(Body { node: Some(node), layout: Some(layout) })
}

/// The tree, and the places of names and values.
fn tree(value: &Value<'_>, text: &str, names: &mut Vec<(usize, usize)>) -> Node {
    let range = value.range();
    let (at, end) = (range.start, range.end);
    match value {
        Value::StringLit(s) => {
            names.push((at, end));
            Node::Text { value: s.value.to_string(), raw: text[at..end].to_owned(), at }
        }
        Value::Object(o) => Node::Object {
            entries: o
                .properties
                .iter()
                .map(|p| {
                    let name = p.name.range();
                    names.push((name.start, name.end));
                    (p.name.as_str().to_owned(), tree(&p.value, text, names))
                })
                .collect(),
            at,
        },
        Value::Array(a) => Node::Array { elements: a.elements.iter().map(|e| tree(e, text, names)).collect(), at },
        Value::NumberLit(_) | Value::BooleanLit(_) | Value::NullKeyword(_) => {
            names.push((at, end));
            Node::Scalar { raw: text[at..end].to_owned(), at }
        }
    }
}
