//! Unpacking .gz and .zst, told apart by their first bytes, with the position in the packed input.

use std::{
    cell::Cell,
    fmt,
    io::{self, BufRead, BufReader, Cursor, Read},
    rc::Rc,
};

use super::ReadError;

/// How the text is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// Unpacked text whose beginning can be looked at before it is read.
pub(super) struct Text<'a> {
    packing: Packing,
    head: Cursor<Vec<u8>>,
    /// What stopped the look; it comes after the head.
    stopped: Option<io::Error>,
    rest: BufReader<Box<dyn Read + 'a>>,
    consumed: Rc<Cell<u64>>,
}

struct Counted<R> {
    inner: R,
    consumed: Rc<Cell<u64>>,
}

/// How much of the text is looked at.
pub(super) const HEAD_BYTES: u64 = 64 << 10;
const MAGIC_BYTES: usize = 4;
const READ_BYTES: usize = 128 << 10;

impl Packing {
    /// From the first bytes of a file.
    fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            // Seekable and parallel writers begin with a skippable frame.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::Plain,
        }
    }
}

impl fmt::Display for Packing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        })
    }
}

impl<'a> Text<'a> {
    pub(super) fn open(mut input: impl Read + 'a) -> Result<Self, ReadError> {
        let mut magic = Vec::with_capacity(MAGIC_BYTES);
        let read = input.by_ref().take(MAGIC_BYTES as u64).read_to_end(&mut magic);
        read.map_err(|source| ReadError::Io { offset: 0, source })?;
        if magic.is_empty() {
            return Err(ReadError::Empty);
        }
        let packing = Packing::of(&magic);
        let consumed = Rc::new(Cell::new(0));
        let counted = Counted { inner: Cursor::new(magic).chain(input), consumed: Rc::clone(&consumed) };
        let packed = BufReader::with_capacity(READ_BYTES, counted);
        let plain: Box<dyn Read + 'a> = match packing {
            Packing::Plain => Box::new(packed),
            Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(packed)),
            Packing::Zstd => {
                let decoder = zstd::stream::read::Decoder::with_buffer(packed);
                Box::new(decoder.map_err(|source| ReadError::Io { offset: 0, source })?)
            }
        };
        let rest = BufReader::with_capacity(READ_BYTES, plain);
        let mut text = Self { packing, head: Cursor::default(), stopped: None, rest, consumed };
        let mut head = Vec::new();
        let read = text.rest.by_ref().take(HEAD_BYTES).read_to_end(&mut head);
        match read {
            Err(error) if head.is_empty() => return Err(text.explain(error)),
            Ok(0) => return Err(ReadError::Empty),
            read => text.stopped = read.err(),
        }
        let mark = if head.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        text.head = Cursor::new(head);
        text.head.set_position(mark);
        Ok(text)
    }

    /// The beginning of the text, without a byte order mark.
    pub(super) fn head(&self) -> &[u8] {
        let head = self.head.get_ref();
        head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head)
    }

    /// Whether the whole text is in its head.
    pub(super) fn is_short(&self) -> bool {
        self.stopped.is_none() && (self.head.get_ref().len() as u64) < HEAD_BYTES
    }

    /// What stopped the look at the beginning, in words.
    pub(super) fn stopped(&mut self) -> Option<ReadError> {
        let error = self.stopped.take()?;
        Some(self.explain(error))
    }

    /// The next bytes; none at the end.
    pub(super) fn fill(&mut self) -> io::Result<&[u8]> {
        if (self.head.position() as usize) < self.head.get_ref().len() {
            return self.head.fill_buf();
        }
        match self.stopped.take() {
            Some(error) => Err(error),
            None => self.rest.fill_buf(),
        }
    }

    pub(super) fn consume(&mut self, bytes: usize) {
        if (self.head.position() as usize) < self.head.get_ref().len() {
            self.head.consume(bytes);
        } else {
            self.rest.consume(bytes);
        }
    }

    /// Says what a failed read means.
    pub(super) fn explain(&self, source: io::Error) -> ReadError {
        let (packing, offset) = (self.packing, self.consumed.get());
        if packing == Packing::Plain || source.raw_os_error().is_some() {
            ReadError::Io { offset, source }
        } else if source.kind() == io::ErrorKind::UnexpectedEof {
            ReadError::Truncated { packing, offset }
        } else {
            ReadError::Damaged { packing, offset, source }
        }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.consumed.set(self.consumed.get() + n as u64);
        Ok(n)
    }
}
