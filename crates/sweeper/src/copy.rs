//! Copies between file systems that keep mode, owner, times, extended attributes and hard links; and removal of what was copied.

use std::{
    collections::HashMap,
    ffi::{CStr, CString},
    os::fd::{AsFd, OwnedFd},
};

use rustix::{
    fs::{AtFlags, FileType, Gid, Mode, OFlags, SeekFrom, Stat, Timespec, Timestamps, Uid, XattrFlags},
    io::Errno,
};

use crate::{handle::Dir, state::MAX_DEPTH};

/// Where the first copy of every file of several names lies, by device and inode: steps from the folder that all copies are in.
pub(crate) type Linked = HashMap<(u64, u64), Vec<CString>>;

/// Copies an object to the end of `place`, which is steps from `top`; `to` is the folder there. What is there afterwards is on the disk.
pub(crate) fn copy(
    from: &Dir,
    name: &CStr,
    top: &Dir,
    to: &Dir,
    mut place: Vec<CString>,
    linked: &mut Linked,
) -> Result<(), Errno> {
    one(from, name, top, to, &mut place, linked, 0)?;
    let new = place.last().ok_or(Errno::INVAL)?;
    settle(to, FileType::from_raw_mode(to.stat_of(new)?.st_mode) == FileType::Directory)
}

/// Waits until what was written is on the disk. For a folder once for all that is in it: its files one by one would take a disk's turn each.
fn settle(to: &Dir, folder: bool) -> Result<(), Errno> {
    if folder { rustix::fs::syncfs(to) } else { to.sync() }
}

/// A copy got its final name: what links to it is found there from now on.
pub(crate) fn renamed(linked: &mut Linked, depth: usize, from: &CStr, to: &CStr) {
    for step in linked.values_mut().filter_map(|place| place.get_mut(depth)).filter(|step| step.as_c_str() == from) {
        *step = to.to_owned();
    }
}

fn one(
    from: &Dir,
    name: &CStr,
    top: &Dir,
    to: &Dir,
    place: &mut Vec<CString>,
    linked: &mut Linked,
    depth: usize,
) -> Result<(), Errno> {
    if depth > MAX_DEPTH {
        return Err(Errno::NAMETOOLONG);
    }
    let new = place.last().cloned().ok_or(Errno::INVAL)?;
    let stat = from.stat_of(name)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
        // Its other names may be gone already, since they were copied before.
        if let Some(first) = linked.get(&(stat.st_dev, stat.st_ino)) {
            let (folder, first) = at(top, first)?;
            return rustix::fs::linkat(&folder, &first, to, &new, AtFlags::empty());
        }
        if stat.st_nlink > 1 {
            linked.insert((stat.st_dev, stat.st_ino), place.clone());
        }
    }
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => file(from, name, to, &new, depth == 0),
        FileType::Symlink => {
            let target = rustix::fs::readlinkat(from, name, Vec::new())?;
            rustix::fs::symlinkat(&target, to, &new)?;
            named(from, name, to, &new, &stat)
        }
        FileType::Directory => {
            let source = from.folder(name)?;
            rustix::fs::mkdirat(to, &new, Mode::RWXU)?;
            let target = to.folder(&new)?;
            for inner in source.names()? {
                place.push(inner.clone());
                let copied = one(&source, &inner, top, &target, place, linked, depth + 1);
                place.pop();
                copied?;
            }
            dress(&source, &target, &stat)
        }
        kind @ (FileType::Fifo | FileType::Socket) => {
            rustix::fs::mknodat(to, &new, kind, Mode::from_raw_mode(stat.st_mode & 0o7777), 0)?;
            named(from, name, to, &new, &stat)
        }
        _ => Err(Errno::INVAL),
    }
}

/// A place below a folder.
fn at(top: &Dir, place: &[CString]) -> Result<(Dir, CString), Errno> {
    let (last, folders) = place.split_last().ok_or(Errno::INVAL)?;
    let folder = folders.iter().try_fold(top.again()?, |folder, step| folder.folder(step))?;
    Ok((folder, last.clone()))
}

/// `alone`: no folder that it is in is waited for.
fn file(from: &Dir, name: &CStr, to: &Dir, new: &CStr, alone: bool) -> Result<(), Errno> {
    let (source, stat) = from.file(name)?;
    let target = create(to, new)?;
    contents(&source, &target, u64::try_from(stat.st_size).unwrap_or(0))?;
    dress(&source, &target, &stat)?;
    if alone { rustix::fs::fsync(&target) } else { Ok(()) }
}

/// What is in a file, with holes where it has them: weights that were made sparse would otherwise need room that nobody has.
fn contents(source: &OwnedFd, target: &OwnedFd, size: u64) -> Result<(), Errno> {
    let mut chunk = vec![0u8; 256 << 10];
    let mut at = 0u64;
    while let Some((start, end)) = stretch(source, at)? {
        at = start;
        while at < end {
            let most = usize::try_from(end - at).unwrap_or(usize::MAX).min(chunk.len());
            let read = rustix::io::pread(source, chunk.get_mut(..most).unwrap_or_default(), at)?;
            let Some(part) = chunk.get(..read).filter(|part| !part.is_empty()) else { break };
            write_at(target, part, at)?;
            at += read as u64;
        }
        if at < end {
            break;
        }
    }
    rustix::fs::ftruncate(target, size.max(at))
}

/// The next stretch of data; a file system that knows no holes says that all is data.
fn stretch(source: &OwnedFd, at: u64) -> Result<Option<(u64, u64)>, Errno> {
    let start = match rustix::fs::seek(source, SeekFrom::Data(at)) {
        Err(Errno::NXIO) => return Ok(None),
        Err(Errno::INVAL | Errno::OPNOTSUPP) => at,
        other => other?,
    };
    match rustix::fs::seek(source, SeekFrom::Hole(start)) {
        Err(Errno::NXIO) => Ok(None),
        // Then reading ends where the file does.
        Err(Errno::INVAL | Errno::OPNOTSUPP) => Ok(Some((start, u64::MAX))),
        other => Ok(Some((start, other?))),
    }
}

fn write_at(file: &OwnedFd, mut bytes: &[u8], mut at: u64) -> Result<(), Errno> {
    while !bytes.is_empty() {
        let written = rustix::io::pwrite(file, bytes, at)?;
        if written == 0 {
            return Err(Errno::NOSPC);
        }
        bytes = bytes.get(written..).unwrap_or_default();
        at += written as u64;
    }
    Ok(())
}

/// A new file that only its owner can read until it is dressed.
pub(crate) fn create(to: &Dir, new: &CStr) -> Result<OwnedFd, Errno> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(to, new, flags, Mode::RUSR | Mode::WUSR)
}

pub(crate) fn write(file: &OwnedFd, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        let written = rustix::io::write(file, bytes)?;
        if written == 0 {
            return Err(Errno::NOSPC);
        }
        bytes = bytes.get(written..).unwrap_or_default();
    }
    Ok(())
}

/// Owner, mode, extended attributes (access lists among them) and times, in the order in which one does not undo the other.
pub(crate) fn dress(source: &impl AsFd, target: &impl AsFd, stat: &Stat) -> Result<(), Errno> {
    own(target, stat)?;
    rustix::fs::fchmod(target, Mode::from_raw_mode(stat.st_mode & 0o7777))?;
    attributes(source, target)?;
    rustix::fs::futimens(target, &times(stat))
}

/// Gives to the owner; only root can, and for anybody else it is theirs already.
fn own(target: &impl AsFd, stat: &Stat) -> Result<(), Errno> {
    match rustix::fs::fchown(target, Some(Uid::from_raw(stat.st_uid)), Some(Gid::from_raw(stat.st_gid))) {
        Err(Errno::PERM) if !rustix::process::geteuid().is_root() => Ok(()),
        other => other,
    }
}

/// Dresses what has no content to open: a link, a FIFO, a socket.
fn named(from: &Dir, name: &CStr, to: &Dir, new: &CStr, stat: &Stat) -> Result<(), Errno> {
    let owned = rustix::fs::chownat(
        to,
        new,
        Some(Uid::from_raw(stat.st_uid)),
        Some(Gid::from_raw(stat.st_gid)),
        AtFlags::SYMLINK_NOFOLLOW,
    );
    match owned {
        Err(Errno::PERM) if !rustix::process::geteuid().is_root() => {}
        other => other?,
    }
    let (source, target) = (Handle::of(from, name)?, Handle::of(to, new)?);
    // The mask of the process took bits away when it was made.
    if to.stat_of(new)?.st_mode != stat.st_mode {
        rustix::fs::chmod(&target.path, Mode::from_raw_mode(stat.st_mode & 0o7777))?;
    }
    attributes_by_handle(&source, &target)?;
    rustix::fs::utimensat(to, new, &times(stat), AtFlags::SYMLINK_NOFOLLOW)
}

/// A name, held; the path leads to what is held, wherever the name went since, and never through a link.
struct Handle {
    _held: OwnedFd,
    path: CString,
}

impl Handle {
    fn of(folder: &Dir, name: &CStr) -> Result<Self, Errno> {
        use std::os::fd::AsRawFd as _;
        let held = rustix::fs::openat(folder, name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
        let path = CString::new(format!("/proc/self/fd/{}", held.as_raw_fd())).map_err(|_| Errno::INVAL)?;
        Ok(Self { _held: held, path })
    }
}

fn attributes_by_handle(source: &Handle, target: &Handle) -> Result<(), Errno> {
    let mut names = vec![0u8; 64 << 10];
    let length = match rustix::fs::listxattr(&source.path, &mut names) {
        // Without `/proc` nothing tells what attributes a link has.
        Err(Errno::NOTSUP | Errno::NOENT) => return Ok(()),
        other => other?,
    };
    for name in names.get(..length).unwrap_or_default().split_inclusive(|&b| b == 0) {
        let Ok(name) = CStr::from_bytes_with_nul(name) else { continue };
        let mut value = vec![0u8; 64 << 10];
        let length = rustix::fs::getxattr(&source.path, name, &mut value)?;
        let value = value.get(..length).unwrap_or_default();
        set(name, rustix::fs::setxattr(&target.path, name, value, XattrFlags::empty()))?;
    }
    Ok(())
}

/// Labels of a security module are set by the system alone.
fn set(name: &CStr, done: Result<(), Errno>) -> Result<(), Errno> {
    match done {
        Err(Errno::PERM | Errno::NOTSUP) if name.to_bytes().starts_with(b"security.") => Ok(()),
        other => other,
    }
}

pub(crate) fn times(stat: &Stat) -> Timestamps {
    let time = |seconds, rest: u64| Timespec { tv_sec: seconds, tv_nsec: i64::try_from(rest).unwrap_or(0) };
    Timestamps {
        last_access: time(stat.st_atime, stat.st_atime_nsec),
        last_modification: time(stat.st_mtime, stat.st_mtime_nsec),
    }
}

fn attributes(source: &impl AsFd, target: &impl AsFd) -> Result<(), Errno> {
    let mut names = vec![0u8; 64 << 10];
    let length = match rustix::fs::flistxattr(source, &mut names) {
        Err(Errno::NOTSUP) => return Ok(()),
        other => other?,
    };
    let names = names.get(..length).unwrap_or_default();
    for name in names.split_inclusive(|&b| b == 0) {
        let Ok(name) = CStr::from_bytes_with_nul(name) else { continue };
        let mut value = vec![0u8; 64 << 10];
        let length = rustix::fs::fgetxattr(source, name, &mut value)?;
        let value = value.get(..length).unwrap_or_default();
        set(name, rustix::fs::fsetxattr(target, name, value, XattrFlags::empty()))?;
    }
    Ok(())
}

/// Removes an object, whatever it is.
pub(crate) fn remove(parent: &Dir, name: &CStr, depth: usize) -> Result<(), Errno> {
    if depth > MAX_DEPTH {
        return Err(Errno::NAMETOOLONG);
    }
    let stat = match parent.stat_of(name) {
        Err(Errno::NOENT) => return Ok(()),
        other => other?,
    };
    if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
        return rustix::fs::unlinkat(parent, name, AtFlags::empty());
    }
    let folder = parent.folder(name)?;
    for inner in folder.names()? {
        remove(&folder, &inner, depth + 1)?;
    }
    rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR)
}

/// Removes from an object what a copy has, and nothing else: what somebody put there since stays.
pub(crate) fn remove_copied(parent: &Dir, name: &CStr, copies: &Dir, copy: &CStr, depth: usize) -> Result<(), Errno> {
    if depth > MAX_DEPTH {
        return Err(Errno::NAMETOOLONG);
    }
    let stat = match parent.stat_of(name) {
        Err(Errno::NOENT) => return Ok(()),
        other => other?,
    };
    let Ok(kept) = copies.stat_of(copy) else { return Ok(()) };
    if FileType::from_raw_mode(stat.st_mode) != FileType::from_raw_mode(kept.st_mode) {
        return Ok(());
    }
    if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
        let same =
            stat.st_size == kept.st_size && (stat.st_mtime, stat.st_mtime_nsec) == (kept.st_mtime, kept.st_mtime_nsec);
        return if same { rustix::fs::unlinkat(parent, name, AtFlags::empty()) } else { Ok(()) };
    }
    let (folder, kept) = (parent.folder(name)?, copies.folder(copy)?);
    for inner in folder.names()? {
        remove_copied(&folder, &inner, &kept, &inner, depth + 1)?;
    }
    match rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR) {
        Err(Errno::NOTEMPTY | Errno::EXIST) => Ok(()),
        other => other,
    }
}

/// Brings back from a copy what is missing of an object, whose removal stopped half-way.
pub(crate) fn put_back(parent: &Dir, name: &CStr, copies: &Dir, copy: &CStr) -> Result<(), Errno> {
    let mut linked = Linked::new();
    standing(copies, copy, parent, &mut vec![name.to_owned()], &mut linked, 0)?;
    missing(copies, copy, parent, parent, &mut vec![name.to_owned()], &mut linked, 0)?;
    settle(parent, true)
}

/// What is still there of files with several names: the others become links to it.
fn standing(
    from: &Dir,
    name: &CStr,
    to: &Dir,
    place: &mut Vec<CString>,
    linked: &mut Linked,
    depth: usize,
) -> Result<(), Errno> {
    let new = place.last().cloned().ok_or(Errno::INVAL)?;
    let (kept, there) = (from.stat_of(name)?, to.stat_of(&new));
    let (true, Ok(there)) = (depth <= MAX_DEPTH, there) else { return Ok(()) };
    let folder = |stat: &Stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
    if folder(&kept) && folder(&there) {
        let (source, target) = (from.folder(name)?, to.folder(&new)?);
        for inner in source.names()? {
            place.push(inner.clone());
            let looked = standing(&source, &inner, &target, place, linked, depth + 1);
            place.pop();
            looked?;
        }
    } else if kept.st_nlink > 1 && !folder(&kept) {
        linked.insert((kept.st_dev, kept.st_ino), place.clone());
    }
    Ok(())
}

fn missing(
    from: &Dir,
    name: &CStr,
    top: &Dir,
    to: &Dir,
    place: &mut Vec<CString>,
    linked: &mut Linked,
    depth: usize,
) -> Result<(), Errno> {
    let new = place.last().cloned().ok_or(Errno::INVAL)?;
    let there = match to.stat_of(&new) {
        Err(Errno::NOENT) => return one(from, name, top, to, place, linked, depth),
        other => other?,
    };
    let kept = from.stat_of(name)?;
    let folder = |stat: &Stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
    if depth > MAX_DEPTH || !folder(&kept) || !folder(&there) {
        return Ok(());
    }
    let (source, target) = (from.folder(name)?, to.folder(&new)?);
    for inner in source.names()? {
        place.push(inner.clone());
        let filled = missing(&source, &inner, top, &target, place, linked, depth + 1);
        place.pop();
        filled?;
    }
    // A folder that may not be changed was not changed.
    match rustix::fs::futimens(&target, &times(&kept)) {
        Err(Errno::PERM) => Ok(()),
        other => other,
    }
}
