//! The sequential half of reading: one input in, blocks of whole rows out.

use std::io::{self, Cursor, Read};

use ::parquet::file::reader::ChunkReader;

use super::{
    Format, Limits, Log, Parsed, StreamError, bedrock, detect,
    lines::Lines,
    litellm, otel,
    parquet::{Batch, Table},
    rows::Rows,
    split::{Shape, Splitter},
    unpack::Unpacked,
    v1,
};
use crate::{Account, Exchange};

/// Whole rows of one format, ready to be parsed on any thread.
#[derive(Debug)]
pub struct Block {
    format: Format,
    content: Content,
    consumed: u64,
}

/// Reads an input block by block. After an error it ends.
pub struct Blocks {
    format: Format,
    source: Source,
    ended: bool,
    failure: Option<StreamError>,
}

#[derive(Debug)]
enum Content {
    Text(Rows),
    Columns(Batch),
}

enum Source {
    Lines(Lines, Text),
    Documents(Splitter, Text),
    Table(Table),
}

/// Unpacked text whose beginning was looked at already.
struct Text {
    head: Cursor<Vec<u8>>,
    /// What stopped the look; it comes after the head.
    stopped: Option<io::Error>,
    unpacked: Unpacked,
}

impl Blocks {
    /// Reads JSON in any packing. Parquet needs [`Blocks::open_file`].
    pub fn open(
        input: impl Read + Send + 'static,
        log: Log,
        format: Format,
        limits: Limits,
    ) -> Result<Self, StreamError> {
        let mut text = Text::open(Unpacked::open(input)?)?;
        let found = detect::shape(text.head.get_ref(), log, format);
        let found = match (found, text.stopped.take()) {
            // Nothing can be said of a file that is cut before its first row ends.
            (Err(StreamError::Blank | StreamError::Unknown { .. }), Some(error)) => Err(text.unpacked.explain(error)),
            (found, stopped) => {
                text.stopped = stopped;
                found
            }
        }?;
        let source = match found.shape {
            Shape::Lines => Source::Lines(Lines::new(limits), text),
            shape => Source::Documents(Splitter::new(shape, limits), text),
        };
        Ok(Self { format: found.format, source, ended: false, failure: None })
    }

    /// Reads a file: Parquet, or JSON in any packing.
    pub fn open_file<R>(input: R, log: Log, format: Format, limits: Limits) -> Result<Self, StreamError>
    where
        R: ChunkReader + 'static,
        R::T: Send + 'static,
    {
        const MAGIC: &[u8] = b"PAR1";
        let mut start = Vec::new();
        let mut read = || input.get_read(0)?.take(MAGIC.len() as u64).read_to_end(&mut start).map_err(Into::into);
        read().map_err(StreamError::parquet)?;
        match (start == MAGIC, format) {
            (true, Format::Auto | Format::Parquet) => {
                let source = Source::Table(Table::open(input, log, limits)?);
                Ok(Self { format: Format::Parquet, source, ended: false, failure: None })
            }
            (true, named) => Err(StreamError::OtherFormat { named, found: "Parquet" }),
            (false, _) => Self::open(input.get_read(0).map_err(StreamError::parquet)?, log, format, limits),
        }
    }

    /// The format that was named or found.
    pub fn format(&self) -> Format {
        self.format
    }

    /// How many bytes of the packed input were consumed, for a progress bar.
    pub fn consumed(&self) -> u64 {
        match &self.source {
            Source::Lines(_, text) | Source::Documents(_, text) => text.unpacked.consumed(),
            Source::Table(table) => table.consumed(),
        }
    }

    fn advance(&mut self) -> Option<Content> {
        let (rows, read, text) = match &mut self.source {
            Source::Lines(lines, text) => {
                let (rows, read) = lines.next(text)?;
                (rows, read, text)
            }
            Source::Documents(splitter, text) => {
                let (rows, read) = splitter.next(text)?;
                (rows, read, text)
            }
            Source::Table(table) => {
                return match table.next()? {
                    Ok(batch) => Some(Content::Columns(batch)),
                    Err(error) => {
                        self.failure = Some(error);
                        Some(Content::Text(Rows::default()))
                    }
                };
            }
        };
        if let Err(error) = read {
            self.failure = Some(text.unpacked.explain(error));
        }
        Some(Content::Text(rows))
    }
}

impl Iterator for Blocks {
    type Item = Result<Block, StreamError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            if let Some(error) = self.failure.take() {
                self.ended = true;
                return Some(Err(error));
            }
            let Some(content) = self.advance() else { break };
            if !content.is_empty() {
                return Some(Ok(Block { format: self.format, content, consumed: self.consumed() }));
            }
        }
        self.ended = true;
        None
    }
}

impl Block {
    /// Parses the rows of an exchange log.
    pub fn exchanges(&self) -> Parsed<Exchange> {
        match (&self.content, self.format) {
            (Content::Text(rows), Format::Bedrock) => rows.parse(|row, _| bedrock::exchange(row)),
            (Content::Text(rows), Format::Otel) => otel::exchanges(rows),
            (Content::Text(rows), Format::Litellm) => rows.parse(|row, _| litellm::exchange(row)),
            (Content::Text(rows), _) => rows.parse(|row, _| v1::exchange(row).map(Some)),
            (Content::Columns(batch), _) => batch.exchanges(),
        }
    }

    /// Parses the rows of an account log.
    pub fn accounts(&self) -> Parsed<Account> {
        match &self.content {
            Content::Text(rows) => rows.parse(|row, _| v1::account(row).map(Some)),
            Content::Columns(batch) => batch.accounts(),
        }
    }

    /// How many bytes of the packed input were consumed when this block was cut.
    pub fn consumed(&self) -> u64 {
        self.consumed
    }
}

impl Content {
    fn is_empty(&self) -> bool {
        match self {
            Self::Text(rows) => rows.is_empty(),
            Self::Columns(_) => false,
        }
    }
}

impl Text {
    /// Looks at the beginning, as far as detection needs it.
    fn open(mut unpacked: Unpacked) -> Result<Self, StreamError> {
        let mut head = Vec::new();
        let read = unpacked.by_ref().take(detect::HEAD_BYTES).read_to_end(&mut head);
        match read {
            Err(error) if head.is_empty() => Err(unpacked.explain(error)),
            Ok(0) => Err(StreamError::Empty),
            read => Ok(Self { head: Cursor::new(head), stopped: read.err(), unpacked }),
        }
    }
}

impl Read for Text {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.head.read(buf)?;
        if n > 0 || buf.is_empty() {
            return Ok(n);
        }
        match self.stopped.take() {
            Some(error) => Err(error),
            None => self.unpacked.read(buf),
        }
    }
}
