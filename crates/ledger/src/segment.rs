//! The bytes of a segment: a header with the tree so far, then records of one leaf each. docs/ledger.md has the layout.

use std::io::{self, Read};

use crate::{
    entry::{EntryError, Leaf, MAX_LEAF},
    hash::Hash,
    tree::Tree,
};

pub(crate) const MAGIC: [u8; 8] = *b"rfledger";
pub(crate) const VERSION: u32 = 1;
/// Bytes before the leaf: its length, and a CRC over length and leaf.
pub(crate) const FRAME: usize = 8;

/// The first bytes of a segment: the tree of all entries before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub tree: Tree,
}

/// A leaf in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub index: u64,
    /// Where its bytes begin in the segment.
    pub offset: u64,
    pub leaf: Leaf,
}

/// What is wrong with a segment, and where.
#[derive(Debug, thiserror::Error)]
#[error("at byte {offset}: {problem}")]
pub struct SegmentError {
    pub offset: u64,
    pub problem: Problem,
}

#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("the bytes cannot be read: {0}")]
    Io(#[source] io::Error),
    #[error("this is no segment of a ledger")]
    Magic,
    #[error("the segment has version {0}; this program reads version {VERSION}, so use a newer one")]
    Version(u32),
    #[error("the header is damaged")]
    Header,
    #[error("the segment ends in the middle of a record")]
    Torn,
    #[error("a record has a length of {0} bytes, which no record has")]
    Length(u32),
    #[error("a record does not fit its checksum")]
    Checksum,
    #[error("a record holds no entry: {0}")]
    Leaf(#[source] EntryError),
    #[error("the segment begins at entry {found} where {expected} is next; see whether a segment is missing")]
    First { expected: u64, found: u64 },
    #[error("the header was made over other entries than those before it")]
    Tree,
    #[error("the record is damaged, and sound ones follow it, so that it was not cut off by a crash")]
    Middle,
}

impl Header {
    /// The bytes of the header.
    pub fn to_bytes(&self) -> Vec<u8> {
        let peaks = self.tree.peaks();
        let mut bytes = Vec::with_capacity(24 + peaks.len() * Hash::BYTES);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&self.tree.size().to_le_bytes());
        peaks.iter().for_each(|peak| bytes.extend_from_slice(peak.as_bytes()));
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        bytes
    }

    fn read(reader: &mut impl Read) -> Result<(Self, u64), SegmentError> {
        let at = |offset| move |problem| SegmentError { offset, problem };
        let magic: [u8; 8] = array(reader).map_err(at(0))?;
        if magic != MAGIC {
            return Err(at(0)(Problem::Magic));
        }
        let version: [u8; 4] = array(reader).map_err(at(8))?;
        if version != VERSION.to_le_bytes() {
            return Err(at(8)(Problem::Version(u32::from_le_bytes(version))));
        }
        let first: [u8; 8] = array(reader).map_err(at(12))?;
        let size = u64::from_le_bytes(first);
        let mut crc = crc32c::crc32c(&[magic.as_slice(), &version, &first].concat());
        let mut peaks = Vec::with_capacity(size.count_ones() as usize);
        for _ in 0..size.count_ones() {
            let peak: [u8; Hash::BYTES] = array(reader).map_err(at(20))?;
            crc = crc32c::crc32c_append(crc, &peak);
            peaks.push(Hash::from(peak));
        }
        let end = 20 + peaks.len() as u64 * Hash::BYTES as u64;
        if array(reader).map_err(at(end))? != crc.to_le_bytes() {
            return Err(at(12)(Problem::Header));
        }
        let tree = Tree::from_peaks(size, peaks).ok_or(SegmentError { offset: 12, problem: Problem::Header })?;
        Ok((Self { tree }, end + 4))
    }
}

/// The bytes of a header that ends early are a damaged header.
fn array<const N: usize>(reader: &mut impl Read) -> Result<[u8; N], Problem> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => Problem::Header,
        _ => Problem::Io(error),
    })?;
    Ok(bytes)
}

/// Appends the record of a leaf.
pub(crate) fn write_record(leaf: &Leaf, bytes: &mut Vec<u8>) {
    let leaf = leaf.as_bytes();
    // A leaf is at most MAX_LEAF bytes long, which 32 bits hold.
    let length = (leaf.len() as u32).to_le_bytes();
    bytes.extend_from_slice(&length);
    bytes.extend_from_slice(&checksum(length, leaf).to_le_bytes());
    bytes.extend_from_slice(leaf);
}

fn checksum(length: [u8; 4], leaf: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&length), leaf)
}

/// Reads the records of a segment one by one; give it a buffered reader.
#[derive(Debug)]
pub struct SegmentReader<R> {
    reader: R,
    header: Header,
    offset: u64,
    next: u64,
}

impl<R: Read> SegmentReader<R> {
    /// Reads the header.
    pub fn open(mut reader: R) -> Result<Self, SegmentError> {
        let (header, offset) = Header::read(&mut reader)?;
        let next = header.tree.size();
        Ok(Self { reader, header, offset, next })
    }

    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Where the next record begins; after an error, where the bad one does.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The next record; none at the end of the segment.
    pub fn next_record(&mut self) -> Result<Option<Record>, SegmentError> {
        let mut seen = Vec::new();
        self.read_record(&mut seen).map_err(|problem| SegmentError { offset: self.offset, problem })
    }

    /// After an error, whether a sound record lies anywhere behind; `seen` are the bytes that were read of the bad one.
    fn sound_follows(&mut self, mut bytes: Vec<u8>) -> Result<bool, SegmentError> {
        let at = |problem| SegmentError { offset: self.offset, problem };
        (&mut self.reader).take(MAX_TAIL).read_to_end(&mut bytes).map_err(Problem::Io).map_err(at)?;
        let mut rest = bytes.get(1..).unwrap_or_default();
        let mut work = 0;
        while rest.len() > FRAME && work < MAX_WORK {
            if let Some(leaf) = framed(rest) {
                work += leaf.1.len();
                if checksum(leaf.0, leaf.1) == leaf.2 {
                    return Ok(true);
                }
            }
            rest = rest.get(1..).unwrap_or_default();
        }
        Ok(false)
    }

    fn read_record(&mut self, seen: &mut Vec<u8>) -> Result<Option<Record>, Problem> {
        seen.clear();
        (&mut self.reader).take(FRAME as u64).read_to_end(seen).map_err(Problem::Io)?;
        if seen.is_empty() {
            return Ok(None);
        }
        let Some((&length, rest)) = seen.split_first_chunk::<4>() else { return Err(Problem::Torn) };
        let &crc = rest.first_chunk::<4>().ok_or(Problem::Torn)?;
        let size = u32::from_le_bytes(length);
        if size == 0 || size as usize > MAX_LEAF {
            return Err(Problem::Length(size));
        }
        (&mut self.reader).take(size.into()).read_to_end(seen).map_err(Problem::Io)?;
        let leaf = seen.get(FRAME..).unwrap_or_default();
        if leaf.len() < size as usize {
            return Err(Problem::Torn);
        }
        if checksum(length, leaf) != u32::from_le_bytes(crc) {
            return Err(Problem::Checksum);
        }
        let leaf = Leaf::try_from(leaf.to_vec()).map_err(Problem::Leaf)?;
        let record = Record { index: self.next, offset: self.offset, leaf };
        self.offset += FRAME as u64 + u64::from(size);
        self.next += 1;
        Ok(Some(record))
    }
}

/// How far behind a bad record to look for sound ones.
const MAX_TAIL: u64 = 64 << 20;
/// How many bytes of doubtful records to sum before giving up on them.
const MAX_WORK: usize = 1 << 30;

/// Length, leaf and checksum of what may be a record at the start of the bytes.
fn framed(bytes: &[u8]) -> Option<([u8; 4], &[u8], u32)> {
    let (&length, rest) = bytes.split_first_chunk::<4>()?;
    let (&crc, rest) = rest.split_first_chunk::<4>()?;
    let size = u32::from_le_bytes(length) as usize;
    if size == 0 || size > MAX_LEAF {
        return None;
    }
    Some((length, rest.get(..size)?, u32::from_le_bytes(crc)))
}

/// The records of the last segment of a ledger, to be gone on with.
pub(crate) struct Tail {
    pub(crate) tree: Tree,
    pub(crate) first: u64,
    /// Where the last sound record ends.
    pub(crate) end: u64,
}

/// Reads a segment to its end, or to where a crash cut it off; damage that no crash leaves is an error.
pub(crate) fn tail(reader: impl Read) -> Result<Tail, SegmentError> {
    let mut segment = SegmentReader::open(reader)?;
    let mut tree = segment.header.tree.clone();
    let first = tree.size();
    let mut seen = Vec::new();
    let problem = loop {
        match segment.read_record(&mut seen) {
            Ok(Some(record)) => tree.push(record.leaf.hash()),
            Ok(None) => return Ok(Tail { tree, first, end: segment.offset }),
            Err(problem) => break problem,
        }
    };
    let cut_off = matches!(problem, Problem::Torn | Problem::Length(_) | Problem::Checksum);
    let offset = segment.offset;
    if !cut_off {
        return Err(SegmentError { offset, problem });
    }
    if segment.sound_follows(seen)? {
        return Err(SegmentError { offset, problem: Problem::Middle });
    }
    Ok(Tail { tree, first, end: offset })
}
