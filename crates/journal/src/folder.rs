//! A folder that one process writes to.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use crate::{disk::Disk, error::JournalError};

/// An open folder; its lock goes when it is dropped, or with the process.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

const UNFINISHED: &str = "tmp";
/// How long an opener waits for another one to let go, and how long between two tries.
const PATIENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(10);

impl Folder {
    /// Makes the folder where it is missing, locks it, and removes files that were never finished.
    pub(crate) fn open(path: &Path) -> Result<Self, JournalError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(JournalError::io("make the folder", path))?;
        let lock_path = path.join("lock");
        let open = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&lock_path);
        let lock = open.map_err(JournalError::io("open", &lock_path))?;
        take(&lock).map_err(|error| match error {
            TryLockError::WouldBlock => JournalError::Locked(path.to_owned()),
            TryLockError::Error(error) => JournalError::io("lock", &lock_path)(error),
        })?;
        let folder = Self { path: path.to_owned(), _lock: lock };
        folder.remove_unfinished()?;
        Ok(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }

    pub(crate) fn remove_unfinished(&self) -> Result<(), JournalError> {
        for (name, path) in names(&self.path)? {
            if name.strip_suffix(UNFINISHED).is_some_and(|stem| stem.ends_with('.')) {
                fs::remove_file(&path).map_err(JournalError::io("remove", &path))?;
            }
        }
        Ok(())
    }

    /// Writes a file that is there whole or not at all, durable on return, and gives it open for appending.
    pub(crate) fn create(&self, name: &str, bytes: &[u8], disk: &dyn Disk) -> io::Result<File> {
        let unfinished = self.join(format!("{name}.{UNFINISHED}"));
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&unfinished)?;
        disk.write(&mut file, bytes)?;
        disk.sync(&file)?;
        fs::rename(&unfinished, self.join(name))?;
        self.sync()?;
        Ok(file)
    }

    /// Makes names durable: those that came and those that went.
    pub(crate) fn sync(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }
}

/// Waits a moment for a lock: a process that ends, and a child that was just forked and has not begun its own program, still hold it.
fn take(lock: &File) -> Result<(), TryLockError> {
    let begun = Instant::now();
    loop {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => thread::sleep(PAUSE),
            tried => return tried,
        }
    }
}

/// The files of a folder by name.
pub(crate) fn names(folder: &Path) -> Result<Vec<(String, PathBuf)>, JournalError> {
    let step = || JournalError::io("list", folder);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(step())? {
        let entry = entry.map_err(step())?;
        // A name that is not UTF-8 is none of ours.
        if let Ok(name) = entry.file_name().into_string() {
            names.push((name, entry.path()));
        }
    }
    names.sort();
    Ok(names)
}

/// Writes a secret that only its owner can read, if the file is not there yet.
pub(crate) fn create_secret(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
