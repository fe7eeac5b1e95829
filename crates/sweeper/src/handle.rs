//! A folder by its handle. Every step goes by one name from a handle, and a link is never followed.

use std::{
    ffi::{CStr, CString},
    mem::MaybeUninit,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::Path,
};

use rustix::{
    fs::{AtFlags, FileType, Mode, OFlags, RawDir, Stat, openat, statat},
    io::Errno,
};
use sweep::{MachinePath, matcher::Entry};

/// Where the root of the machine is opened from.
pub(crate) const HERE: BorrowedFd<'static> = rustix::fs::CWD;

const FOLDER: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);
const FILE: OFlags =
    OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::CLOEXEC).union(OFlags::NOCTTY);

/// An open folder.
#[derive(Debug)]
pub(crate) struct Dir(OwnedFd);

impl Dir {
    /// The root of a machine, or a vault: the one path that is opened by name, links in it included, since the operator gave it.
    pub(crate) fn open(path: &Path) -> Result<Self, Errno> {
        openat(HERE, path, FOLDER.difference(OFlags::NOFOLLOW), Mode::empty()).map(Self)
    }

    /// A folder in this one.
    pub(crate) fn folder(&self, name: &CStr) -> Result<Self, Errno> {
        self.open_step(name, FOLDER).map(Self)
    }

    /// A regular file in this one, with its state. Devices, FIFOs and sockets are refused.
    pub(crate) fn file(&self, name: &CStr) -> Result<(OwnedFd, Stat), Errno> {
        let file = self.open_step(name, FILE)?;
        let stat = rustix::fs::fstat(&file)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(Errno::INVAL);
        }
        Ok((file, stat))
    }

    fn open_step(&self, name: &CStr, flags: OFlags) -> Result<OwnedFd, Errno> {
        if name.to_bytes().contains(&b'/') || matches!(name.to_bytes(), b"" | b"." | b"..") {
            return Err(Errno::INVAL);
        }
        // Reading must not change when something was last read; only its owner may ask for that.
        match openat(&self.0, name, flags.union(OFlags::NOATIME), Mode::empty()) {
            Err(Errno::PERM) => openat(&self.0, name, flags, Mode::empty()),
            other => other,
        }
    }

    pub(crate) fn stat(&self) -> Result<Stat, Errno> {
        rustix::fs::fstat(&self.0)
    }

    /// The state of a name in this folder; of a link itself.
    pub(crate) fn stat_of(&self, name: &CStr) -> Result<Stat, Errno> {
        statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)
    }

    pub(crate) fn has(&self, name: &CStr) -> bool {
        self.stat_of(name).is_ok()
    }

    /// Every name with its kind as the folder tells it. `each` ends the listing with `false`.
    pub(crate) fn entries(
        &self,
        buffer: &mut [MaybeUninit<u8>],
        mut each: impl FnMut(&CStr, Option<Entry>) -> bool,
    ) -> Result<(), Errno> {
        let mut raw = RawDir::new(&self.0, buffer);
        while let Some(entry) = raw.next() {
            let entry = entry?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            if !each(name, kind(entry.file_type())) {
                break;
            }
        }
        Ok(())
    }

    /// All names, sorted.
    pub(crate) fn names(&self) -> Result<Vec<CString>, Errno> {
        let mut buffer = vec![MaybeUninit::uninit(); 32 << 10];
        let mut names = Vec::new();
        rustix::fs::seek(&self.0, rustix::fs::SeekFrom::Start(0))?;
        self.entries(&mut buffer, |name, _| {
            names.push(name.to_owned());
            true
        })?;
        names.sort();
        Ok(names)
    }

    /// The folder that holds a path, and the last step to it.
    pub(crate) fn parent_of(&self, path: &MachinePath) -> Result<(Self, CString), Errno> {
        let name = CString::new(path.name()).map_err(|_| Errno::INVAL)?;
        if name.is_empty() {
            return Err(Errno::INVAL);
        }
        let folder = path.parent().unwrap_or_else(MachinePath::root);
        Ok((self.descend(&folder)?, name))
    }

    /// The folder at a path, step by step.
    pub(crate) fn descend(&self, path: &MachinePath) -> Result<Self, Errno> {
        let mut at = self.again()?;
        for step in path.steps() {
            at = at.folder(&CString::new(step).map_err(|_| Errno::INVAL)?)?;
        }
        Ok(at)
    }

    pub(crate) fn again(&self) -> Result<Self, Errno> {
        rustix::io::fcntl_dupfd_cloexec(&self.0, 3).map(Self)
    }

    pub(crate) fn sync(&self) -> Result<(), Errno> {
        rustix::fs::fsync(&self.0)
    }
}

impl AsFd for Dir {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

pub(crate) fn kind(file_type: FileType) -> Option<Entry> {
    match file_type {
        FileType::Directory => Some(Entry::Folder),
        FileType::RegularFile => Some(Entry::File),
        FileType::Symlink => Some(Entry::Link),
        FileType::Unknown => None,
        _ => Some(Entry::Other),
    }
}

/// At most `limit` bytes from the start of a file; `None` when there are more.
pub(crate) fn read_limited(file: &OwnedFd, size: u64, limit: u64) -> Result<Option<Vec<u8>>, Errno> {
    if size > limit {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    let mut chunk = [0u8; 16 << 10];
    loop {
        let read = rustix::io::pread(file, &mut chunk, bytes.len() as u64)?;
        let Some(part) = chunk.get(..read).filter(|part| !part.is_empty()) else { return Ok(Some(bytes)) };
        bytes.extend_from_slice(part);
        // It grows while it is read.
        if bytes.len() as u64 > limit {
            return Ok(None);
        }
    }
}
