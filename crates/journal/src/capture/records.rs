//! The bytes of a capture segment: a header, then length, CRC-32C and bytes of each record.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
};

use crate::error::JournalError;

/// The most bytes of a record.
pub const MAX_RECORD: usize = 64 << 20;

/// The first bytes of a segment: what it is, and the version of its layout.
pub(super) const HEADER: &[u8; 12] = b"rfcaptur\x01\0\0\0";
/// Bytes before a record: its length, and a CRC over length and bytes.
pub(super) const FRAME: usize = 8;

pub(super) fn write_record(record: &[u8], bytes: &mut Vec<u8>) {
    // A record is at most MAX_RECORD bytes long, which 32 bits hold.
    let length = (record.len() as u32).to_le_bytes();
    bytes.extend_from_slice(&length);
    bytes.extend_from_slice(&checksum(length, record).to_le_bytes());
    bytes.extend_from_slice(record);
}

fn checksum(length: [u8; 4], record: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&length), record)
}

/// The records of a segment in their order; ends after an error.
#[derive(Debug)]
pub struct Records {
    path: PathBuf,
    reader: BufReader<File>,
    offset: u64,
    failed: bool,
}

/// Reads the records of a segment.
pub fn records(path: &Path) -> Result<Records, JournalError> {
    let file = File::open(path).map_err(JournalError::io("open", path))?;
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut header = Vec::new();
    let read = (&mut reader).take(HEADER.len() as u64).read_to_end(&mut header);
    read.map_err(JournalError::io("read", path))?;
    if header != HEADER {
        return Err(JournalError::NotCapture(path.to_owned()));
    }
    Ok(Records { path: path.to_owned(), reader, offset: HEADER.len() as u64, failed: false })
}

impl Records {
    /// Where the next record begins; after an error, where the bad one does.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// A record, none at the end, or an error of kind `InvalidData` where the bytes are none.
    fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        let bad = || io::Error::from(io::ErrorKind::InvalidData);
        let mut frame = Vec::with_capacity(FRAME);
        (&mut self.reader).take(FRAME as u64).read_to_end(&mut frame)?;
        if frame.is_empty() {
            return Ok(None);
        }
        let (length, crc) = frame.split_first_chunk::<4>().ok_or_else(bad)?;
        let size = u32::from_le_bytes(*length);
        if size == 0 || size as usize > MAX_RECORD {
            return Err(bad());
        }
        // Grows with what is there, not with what the length claims.
        let mut record = Vec::new();
        (&mut self.reader).take(size.into()).read_to_end(&mut record)?;
        if record.len() < size as usize || checksum(*length, &record).to_le_bytes() != crc {
            return Err(bad());
        }
        self.offset += FRAME as u64 + u64::from(size);
        Ok(Some(record))
    }
}

impl Iterator for Records {
    type Item = Result<Vec<u8>, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let record = self.read().map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => JournalError::Record { path: self.path.clone(), offset: self.offset },
            _ => JournalError::io("read", &self.path)(error),
        });
        self.failed = record.is_err();
        record.transpose()
    }
}
