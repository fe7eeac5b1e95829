//! Text that was cut into rows, and what parsing it gives.

use std::ops::Range;

use super::json::Fault;
use crate::{Exchange, Reject, reject::Reason};

/// What a block held.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed<T = Exchange> {
    pub rows: Vec<T>,
    /// The line of each row, as in [`Reject::line`].
    pub lines: Vec<u64>,
    pub rejects: Vec<Reject>,
    /// Rows in good order that are no request to a model, such as other spans of a trace.
    pub passed_over: u64,
}

impl<T> Parsed<T> {
    pub(super) fn with_room(rows: usize) -> Self {
        Self { rows: Vec::with_capacity(rows), lines: Vec::with_capacity(rows), rejects: Vec::new(), passed_over: 0 }
    }

    pub(super) fn keep(&mut self, row: T, line: u64) {
        self.rows.push(row);
        self.lines.push(line);
    }
}

/// Bytes, and where the rows in them are. Not yet known to be UTF-8.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) bytes: Vec<u8>,
    pub(super) spans: Vec<Span>,
    /// What rows share: the resource of OpenTelemetry spans.
    pub(super) contexts: Vec<Vec<u8>>,
    /// Rows that were refused while cutting.
    pub(super) rejects: Vec<Reject>,
}

#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) range: Range<usize>,
    pub(super) line: u64,
    pub(super) context: Option<usize>,
}

impl Rows {
    /// Whether there is nothing in it to parse or to report.
    pub(super) fn is_empty(&self) -> bool {
        self.spans.is_empty() && self.rejects.is_empty()
    }

    /// Parses every row, given its place in `contexts`; `None` is a row that was passed over.
    pub(super) fn parse<T>(&self, mut row: impl FnMut(&str, Option<usize>) -> Result<Option<T>, Fault>) -> Parsed<T> {
        let clean = std::str::from_utf8(&self.bytes).ok().filter(|_| memchr::memchr(0, &self.bytes).is_none());
        let mut parsed = Parsed::with_room(self.spans.len());
        parsed.rejects.clone_from(&self.rejects);
        for span in &self.spans {
            let bytes = &self.bytes[span.range.clone()];
            let text = match clean.and_then(|text| text.get(span.range.clone())) {
                Some(text) => Ok(text),
                None => checked(bytes),
            };
            match text.and_then(|text| row(text, span.context)) {
                Ok(Some(found)) => parsed.keep(found, span.line),
                Ok(None) => parsed.passed_over += 1,
                Err(Fault { reason, detail }) => {
                    parsed.rejects.push(Reject { line: span.line, reason, detail, original: bytes.to_vec() });
                }
            }
        }
        parsed
    }
}

/// The row as text, or what keeps it from being text.
fn checked(bytes: &[u8]) -> Result<&str, Fault> {
    if let Some(at) = memchr::memchr(0, bytes) {
        let detail = format!("row holds a NUL byte at byte {}; was the file preallocated or damaged?", at + 1);
        return Err(Fault::new(Reason::NulByte, detail));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let byte = bytes.get(at).copied().unwrap_or_default();
        let detail = format!("row is not UTF-8: byte 0x{byte:02x} at byte {}; convert the file to UTF-8", at + 1);
        Fault::new(Reason::InvalidUtf8, detail)
    })
}

/// The reject of a row that was too long to be held.
pub(super) fn too_long(line: u64, length: u64, limit: usize, kept: &[u8]) -> Reject {
    let detail = format!(
        "row is {length} bytes long, over the limit of {limit}; only its first {} bytes are kept here",
        kept.len()
    );
    Reject { line, reason: Reason::RowTooLong, detail, original: kept.to_vec() }
}
