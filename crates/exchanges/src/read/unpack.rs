//! Unpacking .gz and .zst, told apart by their first bytes, with the position in the packed input.

use std::{
    fmt,
    io::{self, BufReader, Cursor, Read},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use super::StreamError;

/// How the text is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// Unpacked text, and how far the packed input was consumed.
pub(super) struct Unpacked {
    packing: Packing,
    text: Box<dyn Read + Send>,
    consumed: Arc<AtomicU64>,
}

struct Counted<R> {
    inner: R,
    consumed: Arc<AtomicU64>,
}

const MAGIC_BYTES: usize = 4;
const READ_BYTES: usize = 128 << 10;

impl Packing {
    /// From the first bytes of a file.
    pub(super) fn of(head: &[u8]) -> Self {
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

impl Unpacked {
    pub(super) fn open(mut input: impl Read + Send + 'static) -> Result<Self, StreamError> {
        let mut head = Vec::with_capacity(MAGIC_BYTES);
        let read = input.by_ref().take(MAGIC_BYTES as u64).read_to_end(&mut head);
        read.map_err(|source| StreamError::Io { offset: 0, source })?;
        if head.is_empty() {
            return Err(StreamError::Empty);
        }
        if head == *b"PAR1" {
            return Err(StreamError::ParquetFromPipe);
        }
        let packing = Packing::of(&head);
        let consumed = Arc::new(AtomicU64::new(0));
        let counted = Counted { inner: Cursor::new(head).chain(input), consumed: Arc::clone(&consumed) };
        let buffered = BufReader::with_capacity(READ_BYTES, counted);
        let text: Box<dyn Read + Send> = match packing {
            Packing::Plain => Box::new(buffered),
            Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(buffered)),
            Packing::Zstd => {
                let decoder = zstd::stream::read::Decoder::with_buffer(buffered);
                Box::new(decoder.map_err(|source| StreamError::Io { offset: 0, source })?)
            }
        };
        Ok(Self { packing, text, consumed })
    }

    /// Bytes of the packed input that were read so far.
    pub(super) fn consumed(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed)
    }

    /// Says what a failed read means.
    pub(super) fn explain(&self, source: io::Error) -> StreamError {
        let (packing, offset) = (self.packing, self.consumed());
        if packing == Packing::Plain || source.raw_os_error().is_some() {
            StreamError::Io { offset, source }
        } else if source.kind() == io::ErrorKind::UnexpectedEof {
            StreamError::Truncated { packing, offset }
        } else {
            StreamError::Damaged { packing, offset, source }
        }
    }
}

impl Read for Unpacked {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.text.read(buf)
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.consumed.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}
