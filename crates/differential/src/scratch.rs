//! Folders that runs work in, and those that killed runs left behind.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use rustix::process::geteuid;
use tempfile::TempDir;

const PREFIX: &str = "ringfence-run-";
/// Younger ones may belong to a run that has not locked its folder yet.
const YOUNG: Duration = Duration::from_secs(3600);

/// A folder that goes when it is dropped, and that says by a lock that somebody works in it.
pub(crate) struct Scratch {
    folder: TempDir,
    _lock: File,
}

impl Scratch {
    pub(crate) fn new() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir()?;
        let lock = File::open(folder.path())?;
        lock.lock()?;
        Ok(Self { folder, _lock: lock })
    }

    /// Without links in it.
    pub(crate) fn place(&self) -> io::Result<PathBuf> {
        self.folder.path().canonicalize()
    }
}

/// Removes what runs of this user that were killed left in `parent`.
pub(crate) fn tidy(parent: &Path, now: SystemTime) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.filter_map(Result::ok) {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) && is_left(&entry.path(), now) {
            // What cannot be removed now may be the next time.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_left(folder: &Path, now: SystemTime) -> bool {
    let Ok(about) = fs::symlink_metadata(folder) else { return false };
    let age = about.modified().ok().and_then(|then| now.duration_since(then).ok());
    about.is_dir()
        && about.uid() == geteuid().as_raw()
        && age.is_some_and(|age| age > YOUNG)
        && File::open(folder).is_ok_and(|file| file.try_lock().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removes_what_a_killed_run_left_and_nothing_else() {
        let parent = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let path = parent.path().join(name);
            fs::create_dir(&path).unwrap();
            fs::write(path.join("file"), "x").unwrap();
            path
        };
        let (left, used) = (make("ringfence-run-left"), make("ringfence-run-used"));
        let (other, aimed) = (make("other-run"), make("aimed"));
        std::os::unix::fs::symlink(&aimed, parent.path().join("ringfence-run-link")).unwrap();
        let lock = File::open(&used).unwrap();
        lock.lock().unwrap();

        tidy(parent.path(), SystemTime::now());
        assert!(left.exists(), "a young one may be in use");
        tidy(parent.path(), SystemTime::now() + 2 * YOUNG);
        assert!(!left.exists());
        assert!(used.join("file").exists() && other.join("file").exists() && aimed.join("file").exists());
    }
}
