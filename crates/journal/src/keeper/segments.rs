//! The segments of a ledger that is being written: what is durable in them, and the way back there.

use std::{
    fs::{self, File, OpenOptions},
    io::BufReader,
    path::Path,
    sync::Arc,
};

use ledger::{Appender, Leaf, Tree};

use crate::{
    disk::Disk,
    error::JournalError,
    folder::Folder,
    read::{file_name, segments},
};

pub(super) struct Segments {
    folder: Folder,
    disk: Arc<dyn Disk>,
    segment_bytes: u64,
    appender: Appender,
    /// First entry of the last segment, and the file.
    open: Option<(u64, File)>,
    /// What is on the disk for certain.
    durable: Durable,
}

#[derive(Debug, Clone, Default)]
struct Durable {
    tree: Tree,
    /// First entry and length of the last segment.
    end: Option<(u64, u64)>,
}

impl Segments {
    /// Goes on after the last record of the folder; also gives how many bytes of a torn end were cut off.
    pub(super) fn open(folder: Folder, disk: Arc<dyn Disk>, segment_bytes: u64) -> Result<(Self, u64), JournalError> {
        let appender = Appender::new(segment_bytes);
        let mut opened = Self { folder, disk, segment_bytes, appender, open: None, durable: Durable::default() };
        let Some(last) = segments(opened.folder.path())?.pop() else { return Ok((opened, 0)) };
        let (appender, end) = resume(&last.path, segment_bytes)?;
        let file = opened.cut(&last.path, end)?;
        opened.durable = Durable { tree: appender.tree().clone(), end: Some((last.first, end)) };
        opened.appender = appender;
        opened.open = Some((last.first, file));
        Ok((opened, last.bytes.saturating_sub(end)))
    }

    pub(super) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The tree of what is durable.
    pub(super) fn tree(&self) -> &Tree {
        &self.durable.tree
    }

    /// Makes leaves durable; the first has the index that the size of the tree was. After an error call [`Self::recover`].
    pub(super) fn append<'l>(&mut self, leaves: impl Iterator<Item = &'l Leaf>) -> Result<u64, JournalError> {
        let mut end = self.durable.end;
        let mut bytes = 0;
        for piece in self.appender.append(leaves) {
            let name = file_name(piece.segment);
            let path = self.folder.join(&name);
            bytes += piece.bytes.len() as u64;
            if piece.starts {
                let file = self.folder.create(&name, &piece.bytes, &*self.disk);
                self.open = Some((piece.segment, file.map_err(JournalError::io("begin", &path))?));
                end = Some((piece.segment, piece.bytes.len() as u64));
            } else if let Some((_, file)) = &mut self.open {
                self.disk.write(file, &piece.bytes).map_err(JournalError::io("append to", &path))?;
                self.disk.sync(file).map_err(JournalError::io("sync", &path))?;
                end = end.map(|(first, length)| (first, length + piece.bytes.len() as u64));
            }
        }
        self.durable = Durable { tree: self.appender.tree().clone(), end };
        Ok(bytes)
    }

    /// After a failure: throws away whatever came after the last durable record, and looks whether that one is there.
    ///
    /// A failed sync may have marked pages as clean that never reached the disk, so that a second sync would lie. Cutting
    /// them off drops them; the entries are written anew by whoever still has them.
    pub(super) fn recover(&mut self) -> Result<(), JournalError> {
        self.open = None;
        self.folder.remove_unfinished()?;
        let kept = self.durable.end.map(|(first, _)| first);
        for segment in segments(self.folder.path())? {
            if kept.is_none_or(|kept| segment.first > kept) {
                fs::remove_file(&segment.path).map_err(JournalError::io("remove", &segment.path))?;
            }
        }
        self.folder.sync().map_err(JournalError::io("sync", self.folder.path()))?;
        self.appender = Appender::new(self.segment_bytes);
        if let Some((first, length)) = self.durable.end {
            let path = self.folder.join(file_name(first));
            let file = self.cut(&path, length)?;
            let (appender, end) = resume(&path, self.segment_bytes)?;
            if appender.tree() != &self.durable.tree || end != length {
                let (signed, found) = (self.durable.tree.size(), appender.tree().size());
                return Err(JournalError::Cut { folder: self.folder.path().to_owned(), signed, found });
            }
            self.appender = appender;
            self.open = Some((first, file));
        }
        Ok(())
    }

    /// Cuts a segment to a length, durable on return, and opens it for appending.
    fn cut(&self, path: &Path, length: u64) -> Result<File, JournalError> {
        let file = OpenOptions::new().append(true).open(path).map_err(JournalError::io("open", path))?;
        let found = file.metadata().map_err(JournalError::io("look at", path))?.len();
        if found > length {
            file.set_len(length).map_err(JournalError::io("cut the torn end off", path))?;
        }
        // What a killed process left is in memory only.
        self.disk.sync(&file).map_err(JournalError::io("sync", path))?;
        Ok(file)
    }
}

fn resume(path: &Path, segment_bytes: u64) -> Result<(Appender, u64), JournalError> {
    let file = File::open(path).map_err(JournalError::io("open", path))?;
    let resumed = Appender::resume(segment_bytes, BufReader::with_capacity(1 << 16, file));
    let resumed = resumed.map_err(|error| JournalError::Segment { path: path.to_owned(), error })?;
    Ok((resumed.appender, resumed.end))
}
