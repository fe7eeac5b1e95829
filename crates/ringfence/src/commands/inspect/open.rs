//! What lies at a path, as bytes with limits: no link is followed below it, nothing but regular files is opened.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use inspect::{Artifact, Entry, Limits};

use crate::progress;

/// Folders below each other.
const DEPTH_MAX: usize = 128;

pub(super) fn artifact(path: &Path, limits: &Limits) -> Result<Artifact> {
    let about = fs::metadata(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let name = name_of(path);
    if about.is_dir() {
        let wheel = progress::wheel("read the folder");
        let artifact = Artifact::folder(&name, Walk::new(path, limits.unpacked_bytes), limits);
        wheel.finish_and_clear();
        if artifact.files.is_empty() && artifact.unread.is_empty() {
            bail!(
                "there is no file in `{}`; name a package, a folder with files, a script or an executable",
                path.display()
            );
        }
        return Ok(artifact);
    }
    if !about.is_file() {
        bail!("`{}` is neither a file nor a folder", path.display());
    }
    if about.len() > limits.unpacked_bytes {
        let most = limits.unpacked_bytes >> 20;
        bail!(
            "`{}` has {} bytes; at most {most} MiB can be inspected: unpack it and inspect the parts",
            path.display(),
            about.len()
        );
    }
    let file = File::open(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let content = bounded(file, limits.unpacked_bytes).with_context(|| format!("cannot read `{}`", path.display()))?;
    if content.is_empty() {
        bail!("`{}` is empty", path.display());
    }
    Ok(Artifact::open(&name, content, limits))
}

/// The last part of a path, also for `.` and `..`.
fn name_of(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().or(whole.file_name());
    name.map_or_else(|| path.to_string_lossy().into_owned(), |n| n.to_string_lossy().into_owned())
}

fn bounded(file: File, most: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    file.take(most + 1).read_to_end(&mut content)?;
    if content.len() as u64 > most {
        Err(io::Error::other("it grew past the limit while it was read"))
    } else {
        Ok(content)
    }
}

/// The files of a folder one after the other, in the order of their names.
struct Walk {
    root: PathBuf,
    most: u64,
    /// What is still to do, last first.
    open: Vec<(PathBuf, usize)>,
}

impl Walk {
    fn new(root: &Path, most: u64) -> Self {
        Self { root: root.to_owned(), most, open: vec![(root.to_owned(), 0)] }
    }

    fn inside(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().into_owned()
    }

    /// Puts what a folder holds on the list.
    fn enter(&mut self, folder: &Path, depth: usize) -> Result<(), String> {
        if depth >= DEPTH_MAX {
            return Err("folders nest deeper than the limit; what is below was not read".to_owned());
        }
        let told = |error: io::Error| format!("the folder cannot be read: {error}");
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(told)? {
            names.push(entry.map_err(told)?.path());
        }
        names.sort_unstable_by(|a, b| b.cmp(a));
        self.open.extend(names.into_iter().map(|path| (path, depth + 1)));
        Ok(())
    }

    fn file(&self, path: &Path) -> Result<Vec<u8>, String> {
        let told = |error: io::Error| format!("cannot be read: {error}");
        let file = regular(path).map_err(told)?;
        let about = file.metadata().map_err(told)?;
        if !about.is_file() {
            return Err("neither a file nor a folder".to_owned());
        }
        if about.len() > self.most {
            return Err(format!("has {} bytes, more than the limit; not read", about.len()));
        }
        bounded(file, self.most).map_err(told)
    }
}

/// Opens without following a link and without waiting for the other end of a pipe.
#[cfg(unix)]
fn regular(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::fs::OFlags;
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path)
}

#[cfg(not(unix))]
fn regular(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

impl Iterator for Walk {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        while let Some((path, depth)) = self.open.pop() {
            let inside = self.inside(&path);
            let unreadable = |why: String| Entry::Unreadable { path: inside.clone(), why };
            let about = if depth == 0 { fs::metadata(&path) } else { fs::symlink_metadata(&path) };
            let kind = match about {
                Ok(about) => about.file_type(),
                Err(error) => return Some(unreadable(format!("cannot be read: {error}"))),
            };
            if kind.is_dir() {
                match self.enter(&path, depth) {
                    Ok(()) => continue,
                    Err(why) => return Some(unreadable(why)),
                }
            }
            if kind.is_symlink() {
                let target = fs::read_link(&path).unwrap_or_default().to_string_lossy().into_owned();
                return Some(Entry::Link { path: inside, target });
            }
            if !kind.is_file() {
                return Some(unreadable("neither a file nor a folder".to_owned()));
            }
            return Some(match self.file(&path) {
                Ok(content) => Entry::File { path: inside, content },
                Err(why) => unreadable(why),
            });
        }
        None
    }
}
