//! The log of checkpoints, one note after the other.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Seek, SeekFrom, Take},
    path::{Path, PathBuf},
    thread,
};

use ledger::CheckpointError;

use super::{PAUSE, TRIES};
use crate::error::JournalError;

/// Notes from the oldest to the newest.
pub(super) struct Notes {
    path: PathBuf,
    reader: BufReader<Take<File>>,
}

impl Notes {
    pub(super) fn open(path: &Path) -> Result<Self, JournalError> {
        let end = whole_end(path)?;
        let file = File::open(path).map_err(JournalError::io("open", path))?;
        Ok(Self { path: path.to_owned(), reader: BufReader::new(file.take(end)) })
    }

    fn read(&mut self) -> Result<Option<String>, JournalError> {
        let mut note = Vec::new();
        let mut empty_lines = 0;
        // The second empty line ends a note, and does not belong to it.
        while empty_lines < 2 && note.len() <= ledger::MAX_NOTE {
            let before = note.len();
            let limit = ledger::MAX_NOTE as u64;
            let read = (&mut self.reader).take(limit).read_until(b'\n', &mut note);
            if read.map_err(JournalError::io("read", &self.path))? == 0 {
                break;
            }
            empty_lines += usize::from(note.get(before..) == Some(b"\n"));
        }
        if empty_lines == 2 {
            note.pop();
        } else if !note.is_empty() {
            let (path, error) = (self.path.clone(), CheckpointError::Shape);
            return Err(JournalError::Checkpoint { path, error });
        }
        // What is not UTF-8 is no note; whoever checks the signature says so.
        Ok((!note.is_empty()).then(|| String::from_utf8_lossy(&note).into_owned()))
    }
}

impl Iterator for Notes {
    type Item = Result<String, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

/// The size that a note claims, unchecked.
pub(super) fn size(note: &str) -> Option<u64> {
    note.lines().nth(1)?.parse().ok()
}

/// Where the log ends in a whole note; all of it where it stays torn.
fn whole_end(path: &Path) -> Result<u64, JournalError> {
    for _ in 0..TRIES {
        let mut file = File::open(path).map_err(JournalError::io("open", path))?;
        let length = file.metadata().map_err(JournalError::io("look at", path))?.len();
        let mut end = Vec::new();
        let at = file.seek(SeekFrom::Start(length.saturating_sub(2)));
        at.and_then(|_| file.take(2).read_to_end(&mut end)).map_err(JournalError::io("read", path))?;
        if end == b"\n\n" {
            return Ok(length);
        }
        thread::sleep(PAUSE);
    }
    Ok(u64::MAX)
}
