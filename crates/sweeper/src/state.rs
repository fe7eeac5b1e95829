//! The state of an object as a plan holds it, and the digest of what is in it.

use std::{ffi::CString, os::fd::OwnedFd};

use rustix::{
    fs::{FileType, Stat},
    io::Errno,
};
use sha2::{Digest as _, Sha256};
use sweep::scan::{Shape, State};

use crate::handle::Dir;

/// Deepest folder that is gone into.
pub(crate) const MAX_DEPTH: usize = 200;

pub(crate) fn nanoseconds(seconds: i64, rest: u64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(i64::try_from(rest).unwrap_or(0))
}

/// What a plan holds of a stat; `None` for what is neither file, folder nor link.
pub(crate) fn state(stat: &Stat) -> Option<State> {
    let shape = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Shape::File,
        FileType::Directory => Shape::Folder,
        FileType::Symlink => Shape::Link,
        _ => return None,
    };
    Some(State {
        shape,
        inode: stat.st_ino,
        mode: stat.st_mode & 0o7777,
        uid: stat.st_uid,
        gid: stat.st_gid,
        links: if shape == Shape::Folder { 0 } else { stat.st_nlink },
        size: if shape == Shape::Folder { 0 } else { u64::try_from(stat.st_size).unwrap_or(0) },
        modified: nanoseconds(stat.st_mtime, stat.st_mtime_nsec),
    })
}

/// What is in an object: a digest, bytes and files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Content {
    pub digest: String,
    pub bytes: u64,
    pub files: u64,
}

/// Reads an object whole. A change while it is read is an error, not a digest of something that never was.
pub(crate) fn content(parent: &Dir, name: &CString) -> Result<Content, Errno> {
    let stat = parent.stat_of(name)?;
    let mut found = Content { digest: String::new(), bytes: 0, files: 0 };
    let digest = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => {
            let (file, stat) = parent.file(name)?;
            found.files = 1;
            found.bytes = u64::try_from(stat.st_size).unwrap_or(0);
            file_digest(&file)?
        }
        FileType::Symlink => {
            found.files = 1;
            let target = rustix::fs::readlinkat(parent, name, Vec::new())?;
            Sha256::digest(target.as_bytes()).into()
        }
        FileType::Directory => {
            let mut hash = Sha256::new();
            tree(&parent.folder(name)?, &mut hash, &mut found, 0)?;
            hash.finalize().into()
        }
        _ => return Err(Errno::INVAL),
    };
    found.digest = format!("sha256:{}", hex(&digest));
    Ok(found)
}

fn tree(folder: &Dir, hash: &mut Sha256, found: &mut Content, depth: usize) -> Result<(), Errno> {
    if depth > MAX_DEPTH {
        return Err(Errno::NAMETOOLONG);
    }
    for name in folder.names()? {
        let stat = folder.stat_of(&name)?;
        let mut add = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        add(name.as_bytes());
        add(&stat.st_mode.to_le_bytes());
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {
                let (file, stat) = folder.file(&name)?;
                found.files += 1;
                found.bytes += u64::try_from(stat.st_size).unwrap_or(0);
                add(&file_digest(&file)?);
            }
            FileType::Symlink => {
                found.files += 1;
                add(rustix::fs::readlinkat(folder, &name, Vec::new())?.as_bytes());
            }
            FileType::Directory => {
                add(b"{");
                tree(&folder.folder(&name)?, hash, found, depth + 1)?;
                hash.update(b"}");
            }
            // A socket or FIFO is told by its mode; it has no content to keep.
            _ => {}
        }
    }
    Ok(())
}

pub(crate) fn file_digest(file: &OwnedFd) -> Result<[u8; 32], Errno> {
    let mut hash = Sha256::new();
    let mut chunk = vec![0u8; 256 << 10];
    let mut at = 0u64;
    loop {
        let read = rustix::io::pread(file, &mut chunk, at)?;
        let Some(part) = chunk.get(..read).filter(|part| !part.is_empty()) else { break };
        hash.update(part);
        at += read as u64;
    }
    Ok(hash.finalize().into())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
