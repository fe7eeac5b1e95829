//! The leaves of one record under the names of the format, whichever way it is spelt.
//!
//! `Entity.LegalName` is the same leaf in XML, in JSON and as a column. What repeats carries its turn: a number in a column's name
//! (`Relationship.Period.2.startDate`), the place among its like in XML and JSON.

use quick_xml::{Reader, events::Event};
use serde_json::Value;

use super::super::{ReadError, json, limits::Limits, table::Fields};
use crate::reject::{Fault, Reason, clip};

/// All leaves of a record that hold something.
#[derive(Debug)]
pub(super) struct Leaves {
    element: &'static str,
    limits: Limits,
    leaves: Vec<Leaf>,
    used: usize,
}

/// One value and where it stands. Kept between records for its buffers.
#[derive(Debug, Default)]
pub(super) struct Leaf {
    path: String,
    text: String,
    /// The attribute `type`, as of other names.
    kind: String,
    /// Which of several parents of one name it stands in.
    turn: usize,
}

/// The columns of a CSV that hold leaves.
#[derive(Debug)]
pub(super) struct Columns {
    count: usize,
    leaves: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    at: usize,
    path: String,
    turn: usize,
    /// The column that holds its attribute `type`.
    kind: Option<usize>,
}

impl Leaves {
    pub(super) fn new(element: &'static str, limits: Limits) -> Self {
        Self { element, limits, leaves: Vec::new(), used: 0 }
    }

    /// The first value of a leaf.
    pub(super) fn one(&self, path: &str) -> Option<&str> {
        self.leaves[..self.used].iter().find(|leaf| leaf.path == path).map(|leaf| leaf.text.as_str())
    }

    pub(super) fn need(&self, path: &str) -> Result<&str, Fault> {
        self.one(path).ok_or_else(|| Fault::missing(path))
    }

    pub(super) fn all(&self, path: &'static str) -> impl Iterator<Item = &str> {
        self.leaves[..self.used].iter().filter(move |leaf| leaf.path == path).map(|leaf| leaf.text.as_str())
    }

    /// The value that has the same turn as another leaf.
    pub(super) fn beside(&self, path: &str, turn: usize) -> Option<&str> {
        self.leaves[..self.used]
            .iter()
            .find(|leaf| leaf.path == path && leaf.turn == turn)
            .map(|leaf| leaf.text.as_str())
    }

    /// Path, `type`, turn and text of every leaf.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str, usize, &str)> {
        let leaves = self.leaves[..self.used].iter();
        leaves.map(|leaf| (leaf.path.as_str(), leaf.kind.as_str(), leaf.turn, leaf.text.as_str()))
    }

    fn add(&mut self, path: &str, kind: &str, turn: usize, text: &str) -> Result<(), Fault> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(());
        }
        if self.used >= self.limits.values {
            let detail = format!("record has more than {} values, the limit", self.limits.values);
            return Err(Fault::new(Reason::TooManyValues, detail));
        }
        if self.used == self.leaves.len() {
            self.leaves.push(Leaf::default());
        }
        let leaf = &mut self.leaves[self.used];
        self.used += 1;
        for (to, from) in [(&mut leaf.path, path), (&mut leaf.kind, kind), (&mut leaf.text, text)] {
            to.clear();
            to.push_str(from);
        }
        leaf.turn = turn;
        Ok(())
    }

    pub(super) fn read_row(&mut self, columns: &Columns, fields: &Fields) {
        self.used = 0;
        for column in &columns.leaves {
            let kind = column.kind.map(|at| fields.get(at)).unwrap_or_default();
            let (path, turn, text) = (&column.path, column.turn, fields.get(column.at));
            // A row has no more leaves than there are columns, of which the header told the number.
            if self.add(path, kind, turn, text).is_err() {
                break;
            }
        }
    }

    pub(super) fn read_json(&mut self, row: &str) -> Result<(), Fault> {
        self.used = 0;
        let value = json::value(row)?;
        let record = json::Object::of(&value, "")?;
        let inner = match record.value(self.element) {
            Some(inner) => inner,
            None => &value,
        };
        let mut path = String::new();
        self.walk(inner, &mut path, 0)
    }

    fn walk(&mut self, value: &Value, path: &mut String, turn: usize) -> Result<(), Fault> {
        match value {
            Value::Null => Ok(()),
            Value::String(text) => self.add(path, "", turn, text),
            Value::Number(number) => self.add(path, "", turn, &number.to_string()),
            Value::Bool(flag) => self.add(path, "", turn, if *flag { "true" } else { "false" }),
            Value::Array(items) => items.iter().enumerate().try_for_each(|(turn, item)| self.walk(item, path, turn)),
            Value::Object(fields) => {
                if let Some(Value::String(text)) = fields.get("$") {
                    let kind = fields.get("@type").and_then(Value::as_str).unwrap_or_default();
                    return self.add(path, kind, turn, text);
                }
                for (name, inner) in fields.iter().filter(|(name, _)| !name.starts_with('@')) {
                    let before = path.len();
                    step(path, name);
                    self.walk(inner, path, turn)?;
                    path.truncate(before);
                }
                Ok(())
            }
        }
    }

    /// Reads one record; nothing is expanded but the five entities of XML and character references.
    pub(super) fn read_xml(&mut self, row: &str) -> Result<(), Fault> {
        self.used = 0;
        let mut reader = Reader::from_str(row);
        let mut place = Place::default();
        let mut text = String::new();
        let mut kind = String::new();
        loop {
            let at = reader.buffer_position();
            let event = reader.read_event().map_err(|error| malformed(&error.to_string(), at))?;
            match event {
                Event::Start(tag) | Event::Empty(tag) if place.depth >= self.limits.depth => {
                    let detail = format!("`<{}>` is nested more than {} deep", clip(tag.name().0), self.limits.depth);
                    return Err(Fault::new(Reason::BadXml, detail));
                }
                Event::Start(tag) => {
                    place.enter(tag.local_name().as_ref());
                    kind.clear();
                    text.clear();
                    for attribute in tag.attributes() {
                        let attribute = attribute.map_err(|error| malformed(&error.to_string(), at))?;
                        if attribute.key.as_ref() == "type" {
                            kind.push_str(&attribute.value);
                        }
                    }
                }
                Event::End(_) => {
                    self.add(&place.path, &kind, place.turn(), &text)?;
                    text.clear();
                    place.leave();
                }
                Event::Text(found) => text.push_str(&found),
                Event::CData(found) => text.push_str(&found),
                Event::GeneralRef(reference) => text.push(character(&reference, at)?),
                Event::DocType(_) => return Err(malformed("a document type inside a record", at)),
                Event::Eof if place.depth > 0 => return Err(malformed("the record is not closed", at)),
                Event::Eof => return Ok(()),
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
    }
}

/// Where in a record the reader is.
#[derive(Debug, Default)]
struct Place {
    path: String,
    depth: usize,
    /// The length of the path around each element, and how many of its like came before.
    around: Vec<(usize, usize)>,
    /// How many elements of one name were met inside the parent that repeats.
    met: Vec<(String, usize)>,
}

impl Place {
    fn enter(&mut self, name: &str) {
        let before = self.path.len();
        if self.depth > 0 {
            step(&mut self.path, name);
        }
        self.depth += 1;
        let turn = match self.met.iter_mut().find(|(path, _)| *path == self.path) {
            Some((_, met)) => {
                *met += 1;
                *met
            }
            None => {
                self.met.push((self.path.clone(), 0));
                0
            }
        };
        self.around.push((before, turn));
    }

    fn leave(&mut self) {
        if let Some((before, _)) = self.around.pop() {
            self.path.truncate(before);
        }
        self.depth = self.depth.saturating_sub(1);
    }

    /// The turn of the parent: what stands in one repeated element belongs together.
    fn turn(&self) -> usize {
        self.around.iter().rev().nth(1).map_or(0, |(_, turn)| *turn)
    }
}

impl Columns {
    /// From a header that has one of the spellings of the column that is needed.
    pub(super) fn of(header: &Fields, needed: &[&'static str]) -> Result<Self, ReadError> {
        let names: Vec<&str> = header.iter().collect();
        if !needed.iter().any(|column| names.contains(column)) {
            let columns = clip(&names.join(", ")).into_owned();
            return Err(ReadError::NoColumn { column: needed.first().copied().unwrap_or_default(), columns });
        }
        let mut leaves = Vec::new();
        for (at, name) in names.iter().enumerate() {
            if names[..at].contains(name) {
                return Err(ReadError::ColumnTwice { column: clip(name).into_owned() });
            }
            if name.ends_with(".xmllang") || name.ends_with(".type") {
                continue;
            }
            let kind = names.iter().position(|other| other.strip_suffix(".type") == Some(name));
            let mut path = String::new();
            let mut turn = 0;
            for part in name.split('.') {
                match part.parse::<usize>() {
                    Ok(number) => turn = number,
                    Err(_) => step(&mut path, part),
                }
            }
            leaves.push(Column { at, path, turn, kind });
        }
        Ok(Self { count: names.len(), leaves })
    }

    pub(super) fn check(&self, fields: &Fields) -> Result<(), Fault> {
        if fields.len() == self.count {
            return Ok(());
        }
        let detail =
            format!("row has {} fields, and the header {}; is a quote or a comma missing?", fields.len(), self.count);
        Err(Fault::new(Reason::BadCsv, detail))
    }
}

fn step(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

fn malformed(what: &str, at: u64) -> Fault {
    Fault::new(Reason::BadXml, format!("record is not XML: {}, at byte {at} of the record", clip(what)))
}

/// What a reference stands for; a document of its own making could make anything of others.
fn character(reference: &quick_xml::events::BytesRef<'_>, at: u64) -> Result<char, Fault> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| malformed(&error.to_string(), at))? {
        return Ok(character);
    }
    match &**reference {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        other => {
            let detail =
                format!("entity `&{};` is none of the five that XML has, and others are never expanded", clip(other));
            Err(Fault::new(Reason::BadXml, detail))
        }
    }
}
