//! Finding the format of a text by its beginning.

use serde_json::Value;

use super::{Format, ReadError, gleif, table::Fields, unpack::Text};
use crate::{plain::delimiter, reject::clip};

/// What was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) format: Format,
    pub(super) shape: Shape,
}

/// How rows are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// JSON, one row a line.
    Lines,
    /// One JSON document with a list of rows.
    Document,
    Xml,
    Csv,
}

pub(super) fn find(text: &mut Text<'_>, named: Format) -> Result<Found, ReadError> {
    let head = text.head().trim_ascii_start();
    if head.is_empty() && text.is_short() {
        return Err(ReadError::Blank);
    }
    if let Some(what) = unreadable(head) {
        return Err(ReadError::Wrapped { what });
    }
    match look(head, named) {
        // Nothing can be said of a file that is cut before its first row ends.
        Err(unknown @ ReadError::Unknown { .. }) => Err(text.stopped().unwrap_or(unknown)),
        found => found,
    }
}

/// What is no text of ours, whatever is in it, and what to do with it.
fn unreadable(head: &[u8]) -> Option<&'static str> {
    match head {
        [b'P', b'K', 3, 4, ..] => {
            Some("a zip archive (or a spreadsheet); unpack it, or save the sheet as CSV in UTF-8")
        }
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16; save it as UTF-8, in Excel as `CSV UTF-8`"),
        [b'B', b'Z', b'h', ..] => Some("packed by bzip2; unpack it, or pack it by gzip or zstd"),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => Some("packed by xz; unpack it, or pack it by gzip or zstd"),
        [b'%', b'P', b'D', b'F', ..] => Some("a PDF; fetch the list as CSV, XML or JSON"),
        _ => None,
    }
}

fn look(head: &[u8], named: Format) -> Result<Found, ReadError> {
    let shape = match head.first() {
        Some(b'<') => Shape::Xml,
        Some(b'{' | b'[') => json_shape(head),
        _ => Shape::Csv,
    };
    let format = match (named, shape) {
        (Format::Auto, Shape::Xml) => xml(head),
        (Format::Auto, Shape::Csv) => csv(head),
        (Format::Auto, _) => json(head),
        (named, _) => Some(named),
    };
    let Some(format) = format else { return Err(ReadError::Unknown { seen: seen(head, shape) }) };
    let is_gleif = matches!(format, Format::GleifEntities | Format::GleifRelationships | Format::GleifExceptions);
    let is_json = matches!(format, Format::Ftm | Format::Bods | Format::Psc);
    match shape {
        Shape::Xml if !is_gleif => Err(ReadError::OtherFormat { named: format, found: "XML" }),
        Shape::Lines | Shape::Document if !is_gleif && !is_json => {
            Err(ReadError::OtherFormat { named: format, found: "JSON" })
        }
        Shape::Csv if is_json => Ok(Found { format, shape: Shape::Lines }),
        shape => Ok(Found { format, shape }),
    }
}

/// Lines, unless the text is a list or an object over several lines, or one that holds the records in a list.
fn json_shape(head: &[u8]) -> Shape {
    let first = head.split(|&b| b == b'\n').next().unwrap_or_default().trim_ascii();
    if first.starts_with(b"[") {
        return Shape::Document;
    }
    let wrapper = |keys: &[u8]| [&b"records"[..], b"relations", b"exceptions"].contains(&keys);
    let second = first[1..].trim_ascii_start().strip_prefix(b"\"").unwrap_or_default();
    let key = second.split(|&b| b == b'"').next().unwrap_or_default();
    if first == b"{" || wrapper(key) { Shape::Document } else { Shape::Lines }
}

fn json(head: &[u8]) -> Option<Format> {
    let has = |key: &str| {
        let quoted = format!("\"{key}\"");
        let found = memchr::memmem::find_iter(head, quoted.as_bytes());
        found.into_iter().any(|at| head[at + quoted.len()..].trim_ascii_start().first() == Some(&b':'))
    };
    // The most telling keys first: the others may stand in free text.
    if has("recordDetails") || has("statementType") {
        Some(Format::Bods)
    } else if has("company_number") && has("data") {
        Some(Format::Psc)
    } else if has("StartNode") {
        Some(Format::GleifRelationships)
    } else if has("ExceptionCategory") {
        Some(Format::GleifExceptions)
    } else if has("LegalName") {
        Some(Format::GleifEntities)
    } else if has("schema") && has("id") {
        Some(Format::Ftm)
    } else {
        None
    }
}

fn xml(head: &[u8]) -> Option<Format> {
    let has = |name: &str| memchr::memmem::find(head, name.as_bytes()).is_some();
    if has("LEIData") || has("LEIRecord") {
        Some(Format::GleifEntities)
    } else if has("RelationshipData") || has("RelationshipRecord") {
        Some(Format::GleifRelationships)
    } else if has("ReportingException") || has("ExceptionCategory") {
        Some(Format::GleifExceptions)
    } else {
        None
    }
}

fn csv(head: &[u8]) -> Option<Format> {
    let first = head.split(|&b| b == b'\n').next().unwrap_or_default();
    let first = std::str::from_utf8(first).ok()?;
    let delimiter = delimiter(first.as_bytes());
    let mut fields = Fields::parted_by(delimiter);
    fields.split(first.trim());
    if delimiter != b',' {
        // Only what people make themselves is written so.
        return fields.iter().any(|name| name.eq_ignore_ascii_case("name")).then_some(Format::Names);
    }
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let kinds = [gleif::Kind::Entities, gleif::Kind::Relationships, gleif::Kind::Exceptions];
    let found = kinds.into_iter().find(|kind| fields.iter().any(|name| kind.columns().contains(&name)));
    match found {
        Some(gleif::Kind::Entities) => return Some(Format::GleifEntities),
        Some(gleif::Kind::Relationships) => return Some(Format::GleifRelationships),
        Some(gleif::Kind::Exceptions) => return Some(Format::GleifExceptions),
        None => {}
    }
    match fields.len() {
        12 if is_number(fields.get(0)) => Some(Format::OfacSdn),
        5 if is_number(fields.get(0)) && matches!(fields.get(2), "aka" | "fka" | "nka") => Some(Format::OfacAliases),
        6 if is_number(fields.get(0)) && is_number(fields.get(1)) => Some(Format::OfacAddresses),
        _ if fields.iter().any(|name| name.eq_ignore_ascii_case("name")) => Some(Format::Names),
        _ => None,
    }
}

fn seen(head: &[u8], shape: Shape) -> String {
    let first = head.split(|&b| b == b'\n').next().unwrap_or_default();
    let first = String::from_utf8_lossy(&first[..first.len().min(400)]).into_owned();
    match shape {
        Shape::Xml => format!("is XML that begins with `{}`", clip(first.trim())),
        Shape::Csv => format!("begins with `{}`", clip(first.trim())),
        Shape::Lines | Shape::Document => match serde_json::from_str::<Value>(first.trim()) {
            Ok(Value::Object(map)) => {
                let keys: Vec<&str> = map.keys().map(String::as_str).take(8).collect();
                format!("is JSON with the keys {}", clip(&keys.join(", ")))
            }
            _ => format!("is JSON that begins with `{}`", clip(first.trim())),
        },
    }
}
