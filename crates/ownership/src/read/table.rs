//! Cutting CSV into rows, also where a quoted field holds line ends, and rows into fields.

use super::rows::{Cut, Cutter, Row, cut_off};
use crate::reject::{Fault, Reason};

/// Cuts CSV into rows.
pub(super) struct Table {
    state: State,
    /// Whether a row without a line end at the very end was cut off, as in files that always end with one.
    ends_with_newline: bool,
    delimiter: u8,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    FieldBegins,
    InField,
    InQuotes,
    /// After a quote inside quotes: the end of the field, or one of two quotes that stand for one.
    AfterQuote,
    /// A quote was opened and never closed; up to the end of the line.
    Unclosed,
}

/// The fields of one row.
#[derive(Debug)]
pub(super) struct Fields {
    /// Kept between rows: it is a table that takes longer to make than a row to split.
    reader: csv_core::Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
}

/// A quoted field that is longer was surely not meant to be one.
const QUOTED_BYTES: u64 = 256 << 10;
/// The byte with which DOS ended a text.
pub(super) const END_OF_FILE: &str = "\u{1a}";

impl Table {
    pub(super) fn new(ends_with_newline: bool) -> Self {
        Self { state: State::FieldBegins, ends_with_newline, delimiter: b',' }
    }

    pub(super) fn parted_by(self, delimiter: u8) -> Self {
        Self { delimiter, ..self }
    }
}

impl Cutter for Table {
    fn take(&mut self, chunk: &[u8], row: &mut Row) -> (usize, Cut) {
        for (at, &byte) in chunk.iter().enumerate() {
            self.state = match (self.state, byte) {
                (State::FieldBegins | State::InField | State::AfterQuote, b'\n') => {
                    row.push(&chunk[..at]);
                    self.state = State::FieldBegins;
                    return (at + 1, Cut::Row);
                }
                (State::Unclosed, b'\n') => {
                    row.push(&chunk[..at]);
                    self.state = State::FieldBegins;
                    return (at + 1, Cut::Broken(unclosed(row)));
                }
                (State::FieldBegins | State::InField | State::AfterQuote, byte) if byte == self.delimiter => {
                    State::FieldBegins
                }
                (State::FieldBegins, b'"') => State::InQuotes,
                (State::InQuotes, b'"') => State::AfterQuote,
                (State::AfterQuote, b'"') => State::InQuotes,
                (State::InQuotes, _) if row.length() + at as u64 > QUOTED_BYTES => State::Unclosed,
                (state @ (State::InQuotes | State::Unclosed), _) => state,
                (State::FieldBegins | State::InField | State::AfterQuote, _) => State::InField,
            };
        }
        row.push(chunk);
        (chunk.len(), Cut::More)
    }

    fn end(&mut self, row: &mut Row) -> Cut {
        let state = std::mem::replace(&mut self.state, State::FieldBegins);
        if row.is_empty() {
            return Cut::More;
        }
        match state {
            State::InQuotes | State::Unclosed => Cut::Broken(unclosed(row)),
            _ if self.ends_with_newline && row.length() > 1 => Cut::Broken(cut_off(row.length())),
            _ => Cut::Row,
        }
    }
}

fn unclosed(row: &Row) -> Fault {
    let detail = format!(
        "a quote is opened and not closed within {} bytes, rows after it included; close or double it",
        row.length()
    );
    Fault::new(Reason::BadCsv, detail)
}

impl Default for Fields {
    fn default() -> Self {
        // The reader's own default has no table.
        Self { reader: csv_core::Reader::new(), text: Vec::new(), ends: Vec::new() }
    }
}

impl Fields {
    pub(super) fn parted_by(delimiter: u8) -> Self {
        let reader = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        Self { reader, text: Vec::new(), ends: Vec::new() }
    }

    /// Takes the fields of a row.
    pub(super) fn split(&mut self, row: &str) {
        self.reader.reset();
        // A field is never longer than the row, and has at least a comma.
        self.text.resize(row.len() + 1, 0);
        self.ends.clear();
        self.ends.resize(row.len() + 2, 0);
        let (mut read, mut written, mut ended) = (0, 0, 0);
        loop {
            let input = &row.as_bytes()[read..];
            let (result, i, o, e) = self.reader.read_record(input, &mut self.text[written..], &mut self.ends[ended..]);
            (read, written, ended) = (read + i, written + o, ended + e);
            match result {
                csv_core::ReadRecordResult::InputEmpty if read == row.len() && !input.is_empty() => continue,
                _ => break,
            }
        }
        self.text.truncate(written);
        self.ends.truncate(ended);
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The field without white space around it; empty where there is none.
    pub(super) fn get(&self, column: usize) -> &str {
        let Some(&end) = self.ends.get(column) else { return "" };
        let start = if column == 0 { 0 } else { self.ends[column - 1] };
        // Fields are cut out of valid text at ASCII bytes.
        self.text.get(start..end).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default().trim()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|column| self.get(column))
    }
}
