//! Reading a ledger's folder without its lock, while it is written as well.

mod notes;

use std::{
    cell::Cell,
    fs::{self, File},
    io::{BufReader, ErrorKind, Read, Take},
    path::{Path, PathBuf},
    thread,
    time::Duration,
    vec,
};

use jiff::Timestamp;
use ledger::{
    ConsistencyProof, InclusionProof, Problem, Prover, PublicKey, Record, SegmentError, SegmentReader, Source, Verified,
};

use self::notes::Notes;
use crate::{error::JournalError, folder::names, key::public_key};

pub(crate) const CHECKPOINT: &str = "checkpoint";
pub(crate) const CHECKPOINTS: &str = "checkpoints";
const SUFFIX: &str = ".segment";
/// A write that is under way is complete after a moment; what is torn for longer was torn by a crash.
const TRIES: usize = 40;
const PAUSE: Duration = Duration::from_millis(5);

/// A segment in its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentFile {
    pub path: PathBuf,
    /// The index of its first entry.
    pub first: u64,
    pub bytes: u64,
}

pub(crate) fn file_name(first: u64) -> String {
    format!("{first:020}{SUFFIX}")
}

/// The segments of a ledger in their order.
pub fn segments(folder: &Path) -> Result<Vec<SegmentFile>, JournalError> {
    let mut found = Vec::new();
    for (name, path) in names(folder)? {
        let first = name.strip_suffix(SUFFIX).and_then(|digits| digits.parse().ok());
        if let Some(first) = first.filter(|&first| file_name(first) == name) {
            let bytes = fs::metadata(&path).map_err(JournalError::io("look at", &path))?.len();
            found.push(SegmentFile { path, first, bytes });
        }
    }
    Ok(found)
}

type Reader = BufReader<Take<File>>;

/// Opens a segment; of the last one only the records that are whole.
fn open(segment: &SegmentFile, last: bool) -> Result<Reader, JournalError> {
    let end = if last { whole_end(&segment.path)? } else { u64::MAX };
    let file = File::open(&segment.path).map_err(JournalError::io("open", &segment.path))?;
    Ok(BufReader::with_capacity(1 << 16, file.take(end)))
}

/// Where the last whole record of a segment ends that may be written at this moment.
///
/// Where a record stays torn, or anything else is wrong, all bytes count, so that whoever reads them sees it.
fn whole_end(path: &Path) -> Result<u64, JournalError> {
    let read = |error| JournalError::Segment { path: path.to_owned(), error };
    for _ in 0..TRIES {
        let file = File::open(path).map_err(JournalError::io("open", path))?;
        let mut segment = match SegmentReader::open(BufReader::with_capacity(1 << 16, file)) {
            Ok(segment) => segment,
            Err(SegmentError { problem: Problem::Io(error), .. }) => return Err(JournalError::io("read", path)(error)),
            Err(_) => return Ok(u64::MAX),
        };
        loop {
            match segment.next_record() {
                Ok(Some(_)) => {}
                Ok(None) => return Ok(segment.offset()),
                Err(error) if matches!(error.problem, Problem::Io(_)) => return Err(read(error)),
                Err(_) => break,
            }
        }
        thread::sleep(PAUSE);
    }
    Ok(u64::MAX)
}

/// Entries of a ledger in their order.
#[derive(Debug)]
pub struct Entries {
    segments: vec::IntoIter<SegmentFile>,
    current: Option<(PathBuf, SegmentReader<Reader>)>,
    from: Option<Timestamp>,
    failed: bool,
}

/// All entries, or those of a time and later, as far as they are whole at this moment.
///
/// Reads every segment: entries need not come in the order of their times.
pub fn entries(folder: &Path, from: Option<Timestamp>) -> Result<Entries, JournalError> {
    Ok(Entries { segments: segments(folder)?.into_iter(), current: None, from, failed: false })
}

impl Entries {
    fn read(&mut self) -> Result<Option<Record>, JournalError> {
        loop {
            let (path, segment) = match &mut self.current {
                Some(current) => current,
                None => {
                    let Some(file) = self.segments.next() else { return Ok(None) };
                    let reader = open(&file, self.segments.as_slice().is_empty())?;
                    let segment = SegmentReader::open(reader);
                    let segment = segment.map_err(|error| JournalError::Segment { path: file.path.clone(), error })?;
                    self.current.insert((file.path, segment))
                }
            };
            match segment.next_record() {
                Ok(Some(record)) if self.from.is_none_or(|from| record.leaf.time() >= from) => return Ok(Some(record)),
                Ok(Some(_)) => {}
                Ok(None) => self.current = None,
                Err(error) => return Err(JournalError::Segment { path: path.clone(), error }),
            }
        }
    }
}

impl Iterator for Entries {
    type Item = Result<Record, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let record = self.read();
        self.failed = record.is_err();
        record.transpose()
    }
}

/// Holds all segments and checkpoints of a folder against each other and the key.
pub fn verify(folder: &Path, key: &PublicKey) -> Result<Verified, JournalError> {
    // Checkpoints first: those that come while segments are read would be of entries that were not seen.
    let newest = newest(folder)?;
    let notes = Notes::open(&folder.join(CHECKPOINTS))?;
    let logged = Cell::new(false);
    let (segments, failed) = (segments(folder)?, Cell::new(None));
    let count = segments.len();
    let sources = segments.iter().enumerate().map_while(|(at, segment)| match open(segment, at + 1 == count) {
        Ok(reader) => Some(Source { name: name(&segment.path), reader }),
        Err(error) => {
            failed.set(Some(error));
            None
        }
    });
    let notes = notes.map_while(|note| note.map_err(|error| failed.set(Some(error))).ok());
    let notes = notes.inspect(|note| logged.set(logged.get() || *note == newest));
    let verified = ledger::verify(sources, notes, key);
    if let Some(error) = failed.take() {
        return Err(error);
    }
    let verified = verified.map_err(|damage| JournalError::Damage { folder: folder.to_owned(), damage })?;
    if logged.get() { Ok(verified) } else { Err(JournalError::NotLogged(folder.join(CHECKPOINTS))) }
}

/// The proof that an entry is in the ledger, against its newest checkpoint.
pub fn prove(folder: &Path, index: u64) -> Result<InclusionProof, JournalError> {
    let (key, note) = (public_key(folder)?, newest(folder)?);
    let path = folder.join(CHECKPOINT);
    let checkpoint = key.open_checkpoint(&note).map_err(|error| JournalError::Checkpoint { path, error })?;
    let size = checkpoint.size();
    let mut prover = Prover::inclusion(index, size).ok_or(JournalError::NotSigned { index, signed: size })?;
    let mut leaf = Vec::new();
    feed(folder, size, |record| {
        prover.push(record.leaf.hash());
        if record.index == index {
            leaf = record.leaf.as_bytes().to_vec();
        }
    })?;
    let path = prover.finish().map_err(|error| JournalError::NotEnough { folder: folder.to_owned(), error })?;
    Ok(InclusionProof { leaf, index, path, checkpoint: note })
}

/// How many entries the newest checkpoint is of.
pub fn signed(folder: &Path) -> Result<u64, JournalError> {
    let (key, note) = (public_key(folder)?, newest(folder)?);
    let path = folder.join(CHECKPOINT);
    Ok(key.open_checkpoint(&note).map_err(|error| JournalError::Checkpoint { path, error })?.size())
}

/// The proof that the ledger at a later checkpoint continues the ledger at an earlier one.
pub fn consistency(folder: &Path, old_size: u64, new_size: u64) -> Result<ConsistencyProof, JournalError> {
    let (mut old, mut new, mut last) = (None, None, 0);
    for note in Notes::open(&folder.join(CHECKPOINTS))? {
        let note = note?;
        last = notes::size(&note).unwrap_or(last);
        if notes::size(&note) == Some(old_size) {
            old = Some(note.clone());
        }
        if notes::size(&note) == Some(new_size) {
            new = Some(note);
        }
    }
    let missing = |size| JournalError::NoCheckpoint { folder: folder.to_owned(), size, newest: last };
    let (old, new) = (old.ok_or_else(|| missing(old_size))?, new.ok_or_else(|| missing(new_size))?);
    let mut prover = Prover::consistency(old_size, new_size).ok_or_else(|| missing(new_size))?;
    feed(folder, new_size, |record| prover.push(record.leaf.hash()))?;
    let path = prover.finish().map_err(|error| JournalError::NotEnough { folder: folder.to_owned(), error })?;
    Ok(ConsistencyProof { path, old, new })
}

fn feed(folder: &Path, size: u64, mut take: impl FnMut(&Record)) -> Result<(), JournalError> {
    for record in entries(folder, None)? {
        let record = record?;
        if record.index >= size {
            break;
        }
        take(&record);
    }
    Ok(())
}

fn newest(folder: &Path) -> Result<String, JournalError> {
    let path = folder.join(CHECKPOINT);
    let mut note = String::new();
    let file = File::open(&path).map_err(JournalError::io("read", &path))?;
    let read = file.take(ledger::MAX_NOTE as u64 + 1).read_to_string(&mut note);
    match read {
        Ok(_) => Ok(note),
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            Err(JournalError::Checkpoint { path, error: ledger::CheckpointError::Shape })
        }
        Err(error) => Err(JournalError::io("read", path)(error)),
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
