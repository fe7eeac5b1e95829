//! Cutting text into lines, with bounded memory however long a line is.

use std::io::{self, Read};

use super::{
    Limits,
    rows::{Rows, Span, too_long},
};
use crate::{Reject, reject::Reason};

/// The least that is asked of the reader at once.
const STEP_BYTES: usize = 64 << 10;

/// Cuts text into lines.
#[derive(Debug)]
pub(super) struct Lines {
    limits: Limits,
    /// The beginning of the line that the last block ended in.
    rest: Vec<u8>,
    /// Number of the next line.
    line: u64,
    ended: bool,
}

impl Lines {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, rest: Vec::new(), line: 1, ended: false }
    }

    /// The next rows; `None` at the end. Where reading fails, the rows before it come with the error.
    pub(super) fn next(&mut self, text: &mut impl Read) -> Option<(Rows, io::Result<()>)> {
        if self.ended {
            return None;
        }
        let mut rows = Rows { bytes: std::mem::take(&mut self.rest), ..Rows::default() };
        let read = self.fill(text, &mut rows);
        self.cut(&mut rows, read.is_err());
        Some((rows, read))
    }

    /// Reads until the block is full and ends with a line.
    fn fill(&mut self, text: &mut impl Read, rows: &mut Rows) -> io::Result<()> {
        let mut seen = rows.bytes.len();
        rows.bytes.reserve(self.limits.block_bytes);
        loop {
            let want = self.limits.block_bytes.saturating_sub(seen).max(STEP_BYTES);
            match text.by_ref().take(want as u64).read_to_end(&mut rows.bytes) {
                Ok(0) => self.ended = true,
                Ok(_) => {}
                Err(error) => {
                    self.ended = true;
                    return Err(error);
                }
            }
            if let Some(end) = memchr::memrchr(b'\n', &rows.bytes[seen..]) {
                if !self.ended {
                    self.rest = rows.bytes.split_off(seen + end + 1);
                }
                return Ok(());
            }
            seen = rows.bytes.len();
            if !self.ended && seen > self.limits.row_bytes {
                // Nothing but one unfinished line is in the buffer; afterwards it may hold many.
                self.skip_line(text, rows)?;
                seen = 0;
            }
            if self.ended {
                return Ok(());
            }
        }
    }

    /// Reads on to the end of a line that is too long, and keeps its beginning only.
    fn skip_line(&mut self, text: &mut impl Read, rows: &mut Rows) -> io::Result<()> {
        let mut length = rows.bytes.len() as u64;
        let kept: Vec<u8> = rows.bytes[..self.limits.kept_bytes.min(rows.bytes.len())].to_vec();
        let mut failed = Ok(());
        loop {
            rows.bytes.clear();
            match text.by_ref().take(STEP_BYTES as u64).read_to_end(&mut rows.bytes) {
                Ok(0) => self.ended = true,
                Ok(_) => {}
                Err(error) => {
                    self.ended = true;
                    failed = Err(error);
                }
            }
            let end = memchr::memchr(b'\n', &rows.bytes);
            length += end.unwrap_or(rows.bytes.len()) as u64;
            if end.is_some() || self.ended {
                rows.rejects.push(too_long(self.line, length, self.limits.row_bytes, &kept));
                self.line += 1;
                rows.bytes.drain(..end.map_or(rows.bytes.len(), |at| at + 1));
                return failed;
            }
        }
    }

    fn cut(&mut self, rows: &mut Rows, failed: bool) {
        let mut start = 0;
        while start < rows.bytes.len() {
            let newline = memchr::memchr(b'\n', &rows.bytes[start..]).map(|at| start + at);
            let line = trimmed(&rows.bytes, start, newline.unwrap_or(rows.bytes.len()), self.line == 1);
            let (number, bytes) = (self.line, &rows.bytes[line.clone()]);
            self.line += 1;
            start = newline.map_or(rows.bytes.len(), |at| at + 1);
            if bytes.is_empty() {
                continue;
            }
            if failed && newline.is_none() {
                rows.rejects.push(cut_off(number, bytes, self.limits));
            } else if bytes.len() > self.limits.row_bytes {
                let kept = &bytes[..self.limits.kept_bytes.min(bytes.len())];
                rows.rejects.push(too_long(number, bytes.len() as u64, self.limits.row_bytes, kept));
            } else {
                rows.spans.push(Span { range: line, line: number, context: None });
            }
        }
    }
}

/// The line without white space around it, and without a byte order mark before the first.
fn trimmed(bytes: &[u8], mut start: usize, mut end: usize, first: bool) -> std::ops::Range<usize> {
    if first && bytes[start..end].starts_with(b"\xef\xbb\xbf") {
        start += 3;
    }
    while end > start && bytes[end - 1].is_ascii_whitespace() {
        end -= 1;
    }
    while start < end && bytes[start].is_ascii_whitespace() {
        start += 1;
    }
    start..end
}

/// The reject of the row in which a packed file was cut.
pub(super) fn cut_off(line: u64, bytes: &[u8], limits: Limits) -> Reject {
    let detail = format!("row is cut off after {} bytes, where the file ends or is damaged", bytes.len());
    let kept = if bytes.len() > limits.row_bytes { limits.kept_bytes.min(bytes.len()) } else { bytes.len() };
    Reject { line, reason: Reason::Truncated, detail, original: bytes[..kept].to_vec() }
}
