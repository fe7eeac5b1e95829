//! Cutting text into rows with bounded memory, whatever stands in it.

use super::{Out, ReadError, Said, unpack::Text};
use crate::reject::{Fault, Reason};

/// What tells the rows of a text apart.
pub(super) trait Cutter {
    /// Looks at the next bytes and says how many were used. One call either takes bytes into the row or leaves them out, never both.
    fn take(&mut self, chunk: &[u8], row: &mut Row) -> (usize, Cut);

    /// What is left at the end of the text; called until it gives `More`.
    fn end(&mut self, row: &mut Row) -> Cut;
}

/// What the bytes that were taken have come to.
pub(super) enum Cut {
    More,
    Row,
    /// What was taken is no row.
    Broken(Fault),
    Fatal(ReadError),
}

/// The row that is being cut.
#[derive(Debug)]
pub(super) struct Row {
    bytes: Vec<u8>,
    length: u64,
    line: u64,
    limit: usize,
    kept: usize,
}

/// Rows as they are, or one a line.
pub(super) struct Lines;

/// Calls `read` for every row and hands on what it says.
pub(super) fn each(
    text: &mut Text<'_>,
    cutter: &mut impl Cutter,
    out: &mut Out<'_>,
    mut read: impl FnMut(&str, u64, &mut Said) -> Result<(), Fault>,
) -> Result<(), ReadError> {
    let mut row =
        Row { bytes: Vec::new(), length: 0, line: 1, limit: out.limits.row_bytes, kept: out.limits.kept_bytes };
    let mut line = 1;
    loop {
        if row.length == 0 {
            row.line = line;
        }
        let cut = match text.fill() {
            Ok([]) => match cutter.end(&mut row) {
                Cut::More => return Ok(()),
                cut => cut,
            },
            Ok(chunk) => {
                let (used, cut) = cutter.take(chunk, &mut row);
                line += memchr::memchr_iter(b'\n', &chunk[..used]).count() as u64;
                text.consume(used);
                cut
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => {
                if row.length > 0 {
                    out.reject(row.line, cut_off(row.length), &row.bytes);
                }
                return Err(text.explain(error));
            }
        };
        match cut {
            Cut::More => continue,
            Cut::Row => deliver(&row, out, &mut read),
            Cut::Broken(fault) => out.reject(row.line, fault, &row.bytes),
            Cut::Fatal(error) => return Err(error),
        }
        row.bytes.clear();
        row.length = 0;
    }
}

fn deliver(row: &Row, out: &mut Out<'_>, read: &mut impl FnMut(&str, u64, &mut Said) -> Result<(), Fault>) {
    let bytes = row.bytes.trim_ascii();
    if row.is_too_long() {
        let detail = format!(
            "row is {} bytes long, over the limit of {}; only its first {} bytes are kept here",
            row.length,
            row.limit,
            row.bytes.len()
        );
        out.row(row.line, &row.bytes, Said::default(), Err(Fault::new(Reason::RowTooLong, detail)));
        return;
    }
    if bytes.is_empty() {
        return;
    }
    let mut said = Said::default();
    let outcome = checked(bytes).and_then(|text| read(text, row.line, &mut said));
    out.row(row.line, bytes, said, outcome);
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

/// The fault of a row in which the text ends.
pub(super) fn cut_off(length: u64) -> Fault {
    let detail =
        format!("row is cut off after {length} bytes, where the file ends or is damaged; fetch the file again");
    Fault::new(Reason::Truncated, detail)
}

impl Row {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        if !self.is_too_long() {
            self.bytes.extend_from_slice(bytes);
        } else if self.bytes.len() > self.kept {
            self.bytes.truncate(self.kept);
            self.bytes.shrink_to_fit();
        } else {
            let room = (self.kept - self.bytes.len()).min(bytes.len());
            self.bytes.extend_from_slice(&bytes[..room]);
        }
    }

    /// Takes back the last bytes.
    pub(super) fn pop(&mut self, bytes: usize) {
        if !self.is_too_long() {
            self.bytes.truncate(self.bytes.len().saturating_sub(bytes));
        }
        self.length = self.length.saturating_sub(bytes as u64);
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    fn is_too_long(&self) -> bool {
        self.length > self.limit as u64
    }
}

impl Cutter for Lines {
    fn take(&mut self, chunk: &[u8], row: &mut Row) -> (usize, Cut) {
        match memchr::memchr(b'\n', chunk) {
            Some(end) => {
                row.push(&chunk[..end]);
                (end + 1, Cut::Row)
            }
            None => {
                row.push(chunk);
                (chunk.len(), Cut::More)
            }
        }
    }

    fn end(&mut self, row: &mut Row) -> Cut {
        if row.is_empty() { Cut::More } else { Cut::Row }
    }
}
