//! The checkpoints of a ledger that is being written: `checkpoint` is the newest one, `checkpoints` has them all.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Read, Seek, SeekFrom},
    os::unix::fs::OpenOptionsExt,
    sync::Arc,
};

use ledger::{Checkpoint, CheckpointError, SecretKey, Tree};

use crate::{
    disk::Disk,
    error::JournalError,
    folder::Folder,
    read::{CHECKPOINT, CHECKPOINTS},
};

pub(super) struct Checkpoints {
    key: SecretKey,
    disk: Arc<dyn Disk>,
    log: File,
    /// Bytes of whole notes in the log.
    length: u64,
    /// Entries that the newest checkpoint covers; none before the first.
    signed: Option<u64>,
}

/// More than a note of ours takes: name twice, size, root, signature.
const TAIL: u64 = 4096;

impl Checkpoints {
    /// Takes the log up again, holding the tree against the newest checkpoint, and signs the tree where it is newer.
    pub(super) fn open(
        folder: &Folder,
        key: SecretKey,
        disk: Arc<dyn Disk>,
        tree: &Tree,
    ) -> Result<Self, JournalError> {
        let path = folder.join(CHECKPOINTS);
        let open = OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(&path);
        let mut log = open.map_err(JournalError::io("open", &path))?;
        let mut tail = Vec::new();
        let length = log.metadata().map_err(JournalError::io("look at", &path))?.len();
        let from = length.saturating_sub(TAIL);
        log.seek(SeekFrom::Start(from)).map_err(JournalError::io("read", &path))?;
        log.read_to_end(&mut tail).map_err(JournalError::io("read", &path))?;
        let whole = from + whole_notes(&tail, key.public().name().as_str());
        let mut opened = Self { key, disk, log, length: whole, signed: None };
        let torn = tail.get((whole - from) as usize..).unwrap_or_default();
        if !is_torn_note(torn, opened.key.public().name().as_str()) {
            return Err(JournalError::Checkpoint { path, error: CheckpointError::Shape });
        }
        if whole < length {
            opened.log.set_len(whole).map_err(JournalError::io("cut the torn end off", &path))?;
        }
        opened.signed = opened.newest(folder, &tail)?.map(|checkpoint| hold(folder, &checkpoint, tree)).transpose()?;
        // The first checkpoint is signed before the first entry is taken.
        if opened.signed.is_none() && tree.size() > 0 {
            return Err(JournalError::Unsigned(folder.path().to_owned()));
        }
        if opened.signed != Some(tree.size()) {
            opened.sign(folder, tree)?;
        }
        Ok(opened)
    }

    pub(super) fn signed(&self) -> u64 {
        self.signed.unwrap_or(0)
    }

    /// Signs a tree and writes the checkpoint to both files, durable on return.
    pub(super) fn sign(&mut self, folder: &Folder, tree: &Tree) -> Result<(), JournalError> {
        let note = self.key.sign_checkpoint(tree);
        let path = folder.join(CHECKPOINTS);
        // A note that was written in part before would make the next one unreadable.
        let found = self.log.metadata().map_err(JournalError::io("look at", &path))?.len();
        if found != self.length {
            self.log.set_len(self.length).map_err(JournalError::io("cut", &path))?;
        }
        let line = format!("{note}\n");
        self.disk.write(&mut self.log, line.as_bytes()).map_err(JournalError::io("append to", &path))?;
        self.disk.sync(&self.log).map_err(JournalError::io("sync", &path))?;
        let path = folder.join(CHECKPOINT);
        folder.create(CHECKPOINT, note.as_bytes(), &*self.disk).map_err(JournalError::io("write", &path))?;
        self.length += line.len() as u64;
        self.signed = Some(tree.size());
        Ok(())
    }

    /// The newest checkpoint of the two files.
    fn newest(&self, folder: &Folder, tail: &[u8]) -> Result<Option<Checkpoint>, JournalError> {
        let path = folder.join(CHECKPOINT);
        let open = |path, note: &str| {
            self.key.public().open_checkpoint(note).map_err(|error| JournalError::Checkpoint { path, error })
        };
        let single = match fs::read_to_string(&path) {
            Ok(note) => Some(open(path, &note)?),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(JournalError::io("read", path)(error)),
        };
        let name = self.key.public().name().as_str();
        let whole = tail.get(..whole_notes(tail, name) as usize).unwrap_or_default();
        let last = match whole.strip_suffix(b"\n").and_then(|whole| whole.get(last_note(whole, name)..)) {
            Some(note) if !note.is_empty() => Some(open(folder.join(CHECKPOINTS), &String::from_utf8_lossy(note))?),
            _ => None,
        };
        Ok([single, last].into_iter().flatten().max_by_key(Checkpoint::size))
    }
}

/// Whether the tree is what the checkpoint says, as far as one can tell without reading all segments; gives its size.
fn hold(folder: &Folder, checkpoint: &Checkpoint, tree: &Tree) -> Result<u64, JournalError> {
    let (signed, found, folder) = (checkpoint.size(), tree.size(), folder.path().to_owned());
    match signed.cmp(&found) {
        std::cmp::Ordering::Greater => Err(JournalError::Cut { folder, signed, found }),
        std::cmp::Ordering::Equal if checkpoint.root() != tree.root() => Err(JournalError::Changed { folder }),
        _ => Ok(signed),
    }
}

/// How many bytes of the log's end are whole notes: a crash may have torn the last one.
fn whole_notes(tail: &[u8], name: &str) -> u64 {
    let last = last_note(tail, name);
    let note = tail.get(last..).unwrap_or_default();
    let breaks = note.windows(2).filter(|pair| pair == b"\n\n").count();
    let whole = breaks == 2 && note.ends_with(b"\n\n");
    (if whole { tail.len() } else { last }) as u64
}

/// Whether a crash can have left these bytes of a note: its beginning, or zeros that were never written.
fn is_torn_note(bytes: &[u8], name: &str) -> bool {
    let start = format!("{name}\n");
    let zeros = bytes.iter().all(|&byte| byte == 0);
    bytes.len() < TAIL as usize / 2
        && (zeros || bytes.iter().zip(start.as_bytes()).all(|(found, meant)| found == meant))
}

/// Where the last note begins: after an empty line, with the name of the ledger. No signature begins so.
fn last_note(tail: &[u8], name: &str) -> usize {
    let start = format!("\n\n{name}\n");
    let found = tail.windows(start.len()).rposition(|window| window == start.as_bytes());
    found.map_or(0, |at| at + 2)
}
