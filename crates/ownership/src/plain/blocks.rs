//! A reader in blocks of whole lines, each block read by two threads.

use std::io::Read;

use super::{Loaded, PlainError};
use crate::{Reason, Reject};

/// Bytes that are read at once.
const BLOCK: usize = 2 << 20;
/// Below this a second thread costs more than it saves.
const WORTH_A_THREAD: usize = 64 << 10;
/// How much of a line that is too long is kept with its reject.
const KEPT: usize = 4096;

pub(super) struct Blocks<R> {
    file: String,
    reader: R,
    buffer: Vec<u8>,
    /// The block that was given out last lies before this.
    taken: usize,
    line: u64,
    header: Vec<u8>,
    ended: bool,
}

/// Whole lines, and the number of the first.
pub(super) struct Block<'a> {
    pub(super) text: &'a [u8],
    pub(super) first_line: u64,
}

impl<R: Read> Blocks<R> {
    /// Reads up to the first line.
    pub(super) fn new(file: &str, reader: R) -> Result<Self, PlainError> {
        let mut blocks = Self {
            file: file.to_owned(),
            reader,
            buffer: Vec::new(),
            taken: 0,
            line: 1,
            header: Vec::new(),
            ended: false,
        };
        blocks.fill()?;
        let end = memchr::memchr(b'\n', &blocks.buffer).unwrap_or(blocks.buffer.len());
        let first = blocks.buffer.get(..end.min(64 << 10)).unwrap_or_default();
        let first = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first);
        blocks.header = first.trim_ascii_end().to_vec();
        blocks.taken = (end + 1).min(blocks.buffer.len());
        blocks.line = 2;
        if blocks.header.is_empty() {
            return Err(PlainError::Empty { file: blocks.file });
        }
        Ok(blocks)
    }

    pub(super) fn header(&self) -> &[u8] {
        &self.header
    }

    pub(super) fn header_error(&self, problem: String) -> PlainError {
        PlainError::Header { file: self.file.clone(), problem }
    }

    /// The next whole lines. A line that does not fit a block is refused here.
    pub(super) fn next_block(
        &mut self,
        reject: &mut impl FnMut(Reject),
        loaded: &mut Loaded,
    ) -> Result<Option<Block<'_>>, PlainError> {
        loop {
            self.buffer.drain(..self.taken);
            self.taken = 0;
            self.fill()?;
            if self.buffer.is_empty() {
                return Ok(None);
            }
            let end = if self.ended {
                self.buffer.len()
            } else {
                memchr::memrchr(b'\n', &self.buffer).map_or(0, |at| at + 1)
            };
            if end > 0 {
                let first_line = self.line;
                self.taken = end;
                self.line += memchr::memchr_iter(b'\n', &self.buffer[..end]).count() as u64;
                return Ok(Some(Block { text: &self.buffer[..end], first_line }));
            }
            loaded.rejected += 1;
            reject(self.skip_line()?);
        }
    }

    /// Passes over a line that is longer than a block.
    fn skip_line(&mut self) -> Result<Reject, PlainError> {
        let original = self.buffer[..KEPT].to_vec();
        let rejected = Reject {
            line: self.line,
            reason: Reason::RowTooLong,
            detail: format!("the row is longer than {BLOCK} bytes"),
            original,
        };
        self.line += 1;
        loop {
            self.buffer.clear();
            self.fill()?;
            if let Some(end) = memchr::memchr(b'\n', &self.buffer) {
                self.taken = end + 1;
                return Ok(rejected);
            }
            if self.ended {
                self.buffer.clear();
                return Ok(rejected);
            }
        }
    }

    fn fill(&mut self) -> Result<(), PlainError> {
        let wanted = BLOCK.saturating_sub(self.buffer.len());
        if self.ended || wanted == 0 {
            return Ok(());
        }
        let read = self.reader.by_ref().take(wanted as u64).read_to_end(&mut self.buffer);
        let read = read.map_err(|source| PlainError::Read { file: self.file.clone(), source })?;
        self.ended = read < wanted;
        Ok(())
    }
}

/// Reads the two halves of a block at the same time, each of whole lines.
pub(super) fn in_halves<'a, T: Send>(text: &'a [u8], read: impl Fn(&'a [u8]) -> T + Sync) -> Vec<T> {
    if text.len() < WORTH_A_THREAD {
        return vec![read(text)];
    }
    let middle = memchr::memchr(b'\n', &text[text.len() / 2..]).map_or(text.len(), |at| text.len() / 2 + at + 1);
    let (first, second) = text.split_at(middle);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| read(second));
        vec![read(first), other.join().expect("reading rows does not panic")]
    })
}
