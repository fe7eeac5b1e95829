//! Files of a spool, each whole or not there.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

use super::SpoolError;

#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

/// Largest file that is read.
const MAX_FILE: u64 = 16 << 20;
const ENDING: &str = ".report.json";

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Self, SpoolError> {
        let this = Self { path: path.to_owned() };
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(this.failed("make", path))?;
        let stat = fs::symlink_metadata(path).map_err(this.failed("look at", path))?;
        let own = fs::metadata("/proc/self").map(|own| own.uid());
        if !stat.is_dir() || stat.mode() & 0o077 != 0 || own.is_ok_and(|own| own != stat.uid()) {
            return Err(SpoolError::NotPrivate(path.to_owned()));
        }
        Ok(this)
    }

    fn failed(&self, what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SpoolError + use<> {
        let path = path.to_owned();
        move |source| SpoolError::Io { what, path, source }
    }

    pub(super) fn at(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// One process works here until the file is closed.
    pub(super) fn lock(&self) -> Result<fs::File, SpoolError> {
        let path = self.at("lock");
        let mut options = fs::OpenOptions::new();
        let file = options.create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = file.map_err(self.failed("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(fs::TryLockError::WouldBlock) => Err(SpoolError::Busy(self.path.clone())),
            Err(fs::TryLockError::Error(error)) => Err(self.failed("lock", &path)(error)),
        }
    }

    pub(super) fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, SpoolError> {
        let path = self.at(name);
        let file = match fs::File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(self.failed("read", &path))?,
        };
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut io::Read::take(file, MAX_FILE), &mut bytes).map_err(self.failed("read", &path))?;
        serde_json::from_slice(&bytes).map(Some).map_err(|source| SpoolError::Damaged { path, source })
    }

    /// Replaces a file in one step; it is on disk when this returns.
    pub(super) fn write<T: Serialize>(&self, name: &str, value: &T) -> Result<(), SpoolError> {
        let path = self.at(name);
        let part = self.at("part");
        let bytes = serde_json::to_vec(value).map_err(|source| SpoolError::Damaged { path: path.clone(), source })?;
        let mut options = fs::OpenOptions::new();
        let file = options.create(true).truncate(true).write(true).mode(0o600).open(&part);
        let mut file = file.map_err(self.failed("write", &part))?;
        file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(self.failed("write", &part))?;
        fs::rename(&part, &path).map_err(self.failed("write", &path))?;
        self.sync()
    }

    pub(super) fn sync(&self) -> Result<(), SpoolError> {
        let folder = fs::File::open(&self.path).and_then(|folder| folder.sync_all());
        folder.map_err(self.failed("sync", &self.path))
    }

    pub(super) fn remove(&self, name: &str) -> Result<(), SpoolError> {
        let path = self.at(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other.map_err(self.failed("remove", &path)),
        }?;
        self.sync()
    }

    /// Puts a value after all others that wait.
    pub(super) fn put<T: Serialize>(&self, value: &T) -> Result<(), SpoolError> {
        let last = self.waiting()?.last().and_then(|(name, _)| name.get(..16)?.parse::<u64>().ok());
        self.write(&format!("{:016}{ENDING}", last.map_or(1, |last| last.saturating_add(1))), value)
    }

    /// Names and sizes of what waits, oldest first.
    pub(super) fn waiting(&self) -> Result<Vec<(String, u64)>, SpoolError> {
        let failed = |error| self.failed("list", &self.path)(error);
        let mut all = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let numbered = name.len() == 16 + ENDING.len() && name.bytes().take(16).all(|byte| byte.is_ascii_digit());
            if numbered && name.ends_with(ENDING) {
                all.push((name, entry.metadata().map_err(failed)?.len()));
            }
        }
        all.sort();
        Ok(all)
    }
}
