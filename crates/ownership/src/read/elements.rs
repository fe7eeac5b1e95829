//! Cutting one JSON document into the elements of its lists, element by element.
//!
//! The list is the document itself, or a member of the object that it is, as in GLEIF's JSON. Where brackets do not match, one reject
//! says what was skipped, and reading goes on at the next line that begins like a row.

use super::rows::{Cut, Cutter, Row, cut_off};
use crate::reject::{Fault, Reason};

/// Cuts a JSON document into the elements of its lists.
pub(super) struct Elements {
    state: State,
    /// Whether the list is a member of an object.
    wrapped: bool,
    /// Brackets around the place, outside of rows.
    depth: usize,
    /// Open brackets inside the row.
    brackets: Vec<u8>,
    string: Quote,
    /// White space before the row on its line; none where something else stands there.
    indent: Option<usize>,
    rows_indent: Option<usize>,
    /// After a fault closing brackets of what was broken are no faults of their own.
    recovered: bool,
    fault: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the list: nothing, or other members of the object around it.
    Around,
    /// In the list; a comma is due or not.
    List {
        comma: bool,
    },
    InRow,
    /// A row that is no object or list.
    Scalar,
    /// After a fault; how much white space began the line, when nothing else did.
    Skip {
        indent: Option<usize>,
    },
    After,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quote {
    None,
    Open,
    Escaped,
}

impl Elements {
    pub(super) fn new() -> Self {
        Self {
            state: State::Around,
            wrapped: false,
            depth: 0,
            brackets: Vec::new(),
            string: Quote::None,
            indent: Some(0),
            rows_indent: None,
            recovered: false,
            fault: "",
        }
    }

    fn around(&mut self, byte: u8) -> Cut {
        if self.quoted(byte) {
            return Cut::More;
        }
        match byte {
            b'[' if self.depth <= 1 => self.state = State::List { comma: false },
            b'{' | b'[' => {
                self.wrapped = true;
                self.depth += 1;
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    self.state = State::After;
                }
            }
            _ => {}
        }
        Cut::More
    }

    /// Follows strings; says whether the byte belongs to one.
    fn quoted(&mut self, byte: u8) -> bool {
        let before = self.string;
        self.string = match (before, byte) {
            (Quote::None, b'"') => Quote::Open,
            (Quote::None, _) => return false,
            (Quote::Open, b'"') => Quote::None,
            (Quote::Open, b'\\') => Quote::Escaped,
            (Quote::Open | Quote::Escaped, _) => Quote::Open,
        };
        true
    }

    /// One byte between the rows; `None` when a row begins with it.
    fn between(&mut self, byte: u8, comma: bool) -> Option<Cut> {
        match byte {
            b'\n' => self.indent = Some(0),
            b' ' | b'\t' | b'\r' => self.indent = self.indent.map(|n| n + 1),
            b',' => {
                self.indent = None;
                self.state = State::List { comma: false };
            }
            b']' | b'}' | b':' if self.recovered => self.indent = None,
            b']' => {
                self.indent = None;
                self.state = if self.wrapped { State::Around } else { State::After };
            }
            _ if comma && !self.recovered => {
                self.state = State::List { comma: false };
                let detail = "a comma is missing between two elements of the list; both were read";
                return Some(Cut::Broken(Fault::new(Reason::BadJson, detail)));
            }
            _ => return None,
        }
        Some(Cut::More)
    }

    fn begin(&mut self, byte: u8) {
        if matches!(byte, b'{' | b'[') {
            self.rows_indent = self.rows_indent.or(self.indent);
            self.state = State::InRow;
        } else {
            self.state = State::Scalar;
        }
        self.brackets.clear();
        self.string = Quote::None;
    }

    /// Takes bytes of a row, up to its end.
    fn row(&mut self, chunk: &[u8], row: &mut Row) -> (usize, Cut) {
        for (at, &byte) in chunk.iter().enumerate() {
            let in_string = self.string != Quote::None;
            if in_string && byte == b'\n' {
                return self.broken(chunk, at, "a text in quotes is not closed on its line", row);
            }
            if self.quoted(byte) {
                continue;
            }
            match byte {
                b'{' | b'[' => self.brackets.push(byte + 2),
                b'}' | b']' => {
                    if self.brackets.pop() != Some(byte) {
                        return self.broken(chunk, at, "its brackets do not match", row);
                    }
                    if self.brackets.is_empty() {
                        row.push(&chunk[..=at]);
                        self.state = State::List { comma: true };
                        self.indent = None;
                        return (at + 1, Cut::Row);
                    }
                }
                _ => {}
            }
        }
        row.push(chunk);
        (chunk.len(), Cut::More)
    }

    fn broken(&mut self, chunk: &[u8], at: usize, what: &'static str, row: &mut Row) -> (usize, Cut) {
        row.push(&chunk[..at]);
        self.fault = what;
        self.recovered = true;
        self.string = Quote::None;
        self.state = State::Skip { indent: None };
        (at, Cut::More)
    }

    /// After a fault, until a line begins like a row.
    fn skip(&mut self, chunk: &[u8], mut indent: Option<usize>, row: &mut Row) -> (usize, Cut) {
        for (at, &byte) in chunk.iter().enumerate() {
            match byte {
                b'\n' => indent = Some(0),
                b' ' | b'\t' | b'\r' => indent = indent.map(|n| n + 1),
                b'{' if indent.is_some() && self.rows_indent.is_none_or(|wanted| Some(wanted) == indent) => {
                    row.push(&chunk[..at]);
                    self.state = State::List { comma: false };
                    self.indent = indent;
                    return (at, Cut::Broken(self.skipped(row)));
                }
                _ => indent = None,
            }
        }
        self.state = State::Skip { indent };
        row.push(chunk);
        (chunk.len(), Cut::More)
    }

    fn skipped(&self, row: &Row) -> Fault {
        let detail = format!(
            "element of the list is broken: {}; {} bytes were skipped, up to the next line that begins like a row",
            self.fault,
            row.length()
        );
        Fault::new(Reason::BadJson, detail)
    }
}

impl Cutter for Elements {
    fn take(&mut self, chunk: &[u8], row: &mut Row) -> (usize, Cut) {
        match self.state {
            State::InRow => return self.row(chunk, row),
            State::Skip { indent } => return self.skip(chunk, indent, row),
            State::Scalar => {
                let end = chunk.iter().position(|b| matches!(b, b',' | b']' | b'\n'));
                row.push(&chunk[..end.unwrap_or(chunk.len())]);
                if end.is_none() {
                    return (chunk.len(), Cut::More);
                }
                self.state = State::List { comma: true };
                return (end.unwrap_or_default(), Cut::Row);
            }
            _ => {}
        }
        let mut used = 0;
        for &byte in chunk {
            let cut = match self.state {
                State::Around => self.around(byte),
                State::List { comma } => match self.between(byte, comma) {
                    Some(cut) => cut,
                    None => {
                        self.begin(byte);
                        return (used, Cut::More);
                    }
                },
                State::After if byte.is_ascii_whitespace() => Cut::More,
                State::After => {
                    self.fault = "something stands after the end of the list";
                    self.recovered = true;
                    self.state = State::Skip { indent: None };
                    return (used, Cut::More);
                }
                _ => return (used, Cut::More),
            };
            used += 1;
            if let Cut::Broken(_) = cut {
                // The byte begins the next row.
                return (used - 1, cut);
            }
        }
        (used, Cut::More)
    }

    fn end(&mut self, row: &mut Row) -> Cut {
        let state = std::mem::replace(&mut self.state, State::After);
        match state {
            State::After => Cut::More,
            State::Skip { .. } => Cut::Broken(self.skipped(row)),
            State::InRow | State::Scalar => Cut::Broken(cut_off(row.length())),
            State::Around | State::List { .. } if self.recovered => Cut::More,
            State::Around | State::List { .. } => {
                let detail =
                    "document ends before its closing brackets; rows before the cut were read, fetch the file again";
                Cut::Broken(Fault::new(Reason::Truncated, detail))
            }
        }
    }
}
