//! The vault: a private folder with one folder per plan, in it the plan, the journal and what was taken.

use std::{
    ffi::{CStr, CString},
    os::fd::OwnedFd,
    path::Path,
};

use jiff::Timestamp;
use rustix::{
    fs::{FlockOperation, Mode, OFlags, RenameFlags},
    io::Errno,
};
use sweep::{
    MachinePath,
    attest::Done,
    journal::{self, Record, Replayed, Standing},
    plan::{Action, Plan},
    scan::Unreadable,
};

use crate::{
    copy,
    error::SweepError,
    handle::{Dir, read_limited},
    state::nanoseconds,
};

/// A folder with this in it is a vault: no scan looks into it.
pub(crate) const MARK: &CStr = c".ringfence-vault";

const MAX_PLAN: u64 = 256 << 20;
const MAX_JOURNAL: u64 = 256 << 20;

/// One plan's part of a vault, held by one process at a time.
pub struct Vault<'a> {
    path: String,
    folder: Dir,
    pub(crate) objects: Dir,
    journal: OwnedFd,
    pub(crate) state: Replayed,
    /// Called before every step, so that a test can end the process there.
    pub(crate) step: &'a dyn Fn(&'static str),
}

fn private(path: &Path, create: bool) -> Result<Dir, SweepError> {
    let shown = path.display().to_string();
    if create {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|source| SweepError::Io {
                what: "make",
                path: shown.clone(),
                source,
            })?;
        }
        match rustix::fs::mkdir(path, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(SweepError::io("make", &shown)(errno)),
        }
    }
    let folder = Dir::open(path).map_err(SweepError::io("open the vault", &shown))?;
    let stat = folder.stat().map_err(SweepError::io("look at", &shown))?;
    if stat.st_uid != rustix::process::geteuid().as_raw() || stat.st_mode & 0o077 != 0 {
        return Err(SweepError::NotPrivate(shown));
    }
    Ok(folder)
}

fn name_of(digest: &str) -> Result<CString, SweepError> {
    let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
    let sound = hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit());
    let missing = || SweepError::NoQuarantine { path: String::new(), digest: digest.to_owned() };
    if sound { CString::new(hex).map_err(|_| missing()) } else { Err(missing()) }
}

impl<'a> Vault<'a> {
    /// Opens a plan's part of the vault, and makes it where it is missing.
    pub(crate) fn create(path: &Path, plan: &Plan, step: &'a dyn Fn(&'static str)) -> Result<Self, SweepError> {
        let vault = private(path, true)?;
        let shown = path.display().to_string();
        let io = |what| SweepError::io(what, &shown);
        if !vault.has(MARK) {
            drop(copy::create(&vault, MARK).map_err(io("mark"))?);
            vault.sync().map_err(io("sync"))?;
        }
        let name = name_of(plan.digest())?;
        for (folder, name) in [(&vault, name.as_c_str())] {
            match rustix::fs::mkdirat(folder, name, Mode::RWXU) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(errno) => return Err(io("make a folder in")(errno)),
            }
        }
        let folder = vault.folder(&name).map_err(io("open a folder in"))?;
        match rustix::fs::mkdirat(&folder, c"objects", Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(io("make a folder in")(errno)),
        }
        vault.sync().map_err(io("sync"))?;
        let this = Self::at(folder, path, step)?;
        step("plan");
        this.put(c"plan.json", plan.to_json().as_bytes())?;
        Ok(this)
    }

    /// Opens what a quarantine left, with its plan.
    pub(crate) fn open(path: &Path, digest: &str, step: &'a dyn Fn(&'static str)) -> Result<(Self, Plan), SweepError> {
        let vault = private(path, false)?;
        let shown = path.display().to_string();
        let missing = || SweepError::NoQuarantine { path: shown.clone(), digest: digest.to_owned() };
        let folder = vault.folder(&name_of(digest)?).map_err(|_| missing())?;
        let (file, stat) = folder.file(c"plan.json").map_err(|_| missing())?;
        let json = read_limited(&file, u64::try_from(stat.st_size).unwrap_or(u64::MAX), MAX_PLAN)
            .map_err(SweepError::io("read the plan in", &shown))?;
        let plan = Plan::parse(&json.ok_or_else(missing)?)?;
        Ok((Self::at(folder, path, step)?, plan))
    }

    fn at(folder: Dir, path: &Path, step: &'a dyn Fn(&'static str)) -> Result<Self, SweepError> {
        let path = path.display().to_string();
        let io = |what| SweepError::io(what, &path);
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::APPEND | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let journal = rustix::fs::openat(&folder, c"journal", flags, Mode::RUSR | Mode::WUSR)
            .map_err(io("open the journal in"))?;
        match rustix::fs::flock(&journal, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => return Err(SweepError::Busy(path)),
            other => other.map_err(io("lock the journal in"))?,
        }
        let size = rustix::fs::fstat(&journal).map_err(io("look at the journal in"))?.st_size;
        let bytes = read_limited(&journal, u64::try_from(size).unwrap_or(u64::MAX), MAX_JOURNAL)
            .map_err(io("read the journal in"))?;
        let bytes = bytes.unwrap_or_default();
        let state = journal::replay(&bytes)?;
        if state.whole < bytes.len() {
            rustix::fs::ftruncate(&journal, state.whole as u64).map_err(io("cut the journal in"))?;
            rustix::fs::fsync(&journal).map_err(io("sync the journal in"))?;
        }
        let objects = folder.folder(c"objects").map_err(io("open the objects in"))?;
        Ok(Self { path, folder, objects, journal, state, step })
    }

    /// Writes a record, and is on disk when it returns.
    pub(crate) fn record(&mut self, record: Record) -> Result<(), SweepError> {
        (self.step)("record");
        copy::write(&self.journal, journal::line(&record).as_bytes())
            .map_err(SweepError::io("write the journal in", &self.path))?;
        (self.step)("sync");
        rustix::fs::fsync(&self.journal).map_err(SweepError::io("sync the journal in", &self.path))?;
        self.state.take(record);
        Ok(())
    }

    /// Writes a file of the vault whole or not at all.
    pub(crate) fn put(&self, name: &CStr, bytes: &[u8]) -> Result<(), SweepError> {
        let io = |what| SweepError::io(what, &self.path);
        let part =
            CString::new([name.to_bytes(), b".part"].concat()).map_err(|_| io("name a file in")(Errno::INVAL))?;
        copy::remove(&self.folder, &part, 0).map_err(io("clear"))?;
        let file = copy::create(&self.folder, &part).map_err(io("write in"))?;
        copy::write(&file, bytes).map_err(io("write in"))?;
        rustix::fs::fsync(&file).map_err(io("sync"))?;
        rustix::fs::renameat(&self.folder, &part, &self.folder, name).map_err(io("write in"))?;
        self.folder.sync().map_err(io("sync"))
    }

    pub(crate) fn read(&self, name: &CStr) -> Option<Vec<u8>> {
        let (file, stat) = self.folder.file(name).ok()?;
        read_limited(&file, u64::try_from(stat.st_size).ok()?, MAX_PLAN).ok()?
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Remembers the times of a folder before anything in it is touched, and whether somebody else touched it meanwhile.
    pub(crate) fn remember(&mut self, path: &MachinePath, folder: &Dir) -> Result<(), SweepError> {
        let stat = folder.stat().map_err(SweepError::io("look at", path))?;
        let modified = nanoseconds(stat.st_mtime, stat.st_mtime_nsec);
        match self.state.folders.get(path) {
            None => {
                let accessed = nanoseconds(stat.st_atime, stat.st_atime_nsec);
                self.record(Record::Folder { path: path.clone(), modified, accessed })
            }
            Some((known, _)) if *known != modified && !self.state.disturbed.contains(path) => {
                self.record(Record::Disturbed { path: path.clone() })
            }
            Some(_) => Ok(()),
        }
    }

    /// Gives a folder its times back, unless somebody else changed it.
    pub(crate) fn calm(&self, path: &MachinePath, folder: &Dir) -> Result<(), SweepError> {
        let Some((modified, accessed)) = self.state.folders.get(path).filter(|_| !self.state.disturbed.contains(path))
        else {
            return Ok(());
        };
        let time = |ns: i64| rustix::fs::Timespec {
            tv_sec: ns.div_euclid(1_000_000_000),
            tv_nsec: ns.rem_euclid(1_000_000_000),
        };
        let times = rustix::fs::Timestamps { last_access: time(*accessed), last_modification: time(*modified) };
        (self.step)("times");
        match rustix::fs::futimens(folder, &times) {
            // Somebody else's folder in which this user may write: its times are theirs.
            Err(Errno::PERM) => Ok(()),
            other => other.map_err(SweepError::io("set the times of", path)),
        }
    }
}

/// A rename that never replaces anything.
pub(crate) fn rename_new(from: &Dir, name: &CStr, to: &Dir, new: &CStr) -> Result<(), Errno> {
    match rustix::fs::renameat_with(from, name, to, new, RenameFlags::NOREPLACE) {
        // Not every file system knows it.
        Err(Errno::INVAL | Errno::NOSYS) if !to.has(new) => rustix::fs::renameat(from, name, to, new),
        other => other,
    }
}

/// What the journal of a plan says was done.
pub fn done(path: &Path, digest: &str) -> Result<Done, SweepError> {
    let (vault, plan) = Vault::open(path, digest, &|_| {})?;
    let mut done = Done::default();
    for (at, object) in plan.objects().iter().enumerate() {
        match vault.state.of(at) {
            Standing::Taken { .. } => match object.action {
                Action::Edit => done.edited += 1,
                Action::Stop => done.stopped += 1,
                _ => done.moved += 1,
            },
            Standing::Skipped(why) | Standing::Conflict(why) => {
                done.skipped.push(Unreadable { path: object.path.clone(), why })
            }
            _ => {}
        }
    }
    let size =
        rustix::fs::fstat(&vault.journal).map(|stat| u64::try_from(stat.st_size).unwrap_or(u64::MAX)).unwrap_or(0);
    let bytes = read_limited(&vault.journal, size, MAX_JOURNAL).ok().flatten().unwrap_or_default();
    done.journal = crate::edit::digest(&bytes);
    Ok(done)
}

/// When the quarantine was complete.
impl Vault<'_> {
    pub(crate) fn since(&self) -> Option<Timestamp> {
        self.state.quarantined
    }
}

/// A quarantine that was restored makes room for one of the same objects by a plan that was made since. Its journal is kept beside.
pub(crate) fn set_aside(path: &Path, plan: &Plan) -> Result<(), SweepError> {
    if !begun(path, plan.digest()) {
        return Ok(());
    }
    // Holds the lock until the name is another.
    let (old, _) = Vault::open(path, plan.digest(), &|_| {})?;
    let Some(restored) = old.state.restored.filter(|restored| plan.draft().scanned.started > *restored) else {
        return Ok(());
    };
    let vault = private(path, false)?;
    let shown = path.display().to_string();
    let name = name_of(plan.digest())?;
    let aside = CString::new(format!("{}-restored-{}", name.to_string_lossy(), restored.as_nanosecond()))
        .map_err(|_| SweepError::io("name a folder in", &shown)(Errno::INVAL))?;
    rename_new(&vault, &name, &vault, &aside).map_err(SweepError::io("set aside a quarantine in", &shown))?;
    vault.sync().map_err(SweepError::io("sync", &shown))
}

/// Whether a quarantine of the plan was begun.
pub fn begun(path: &Path, digest: &str) -> bool {
    let Ok(name) = name_of(digest) else { return false };
    let folder = Dir::open(path).and_then(|vault| vault.folder(&name));
    folder.is_ok_and(|folder| folder.stat_of(c"journal").is_ok_and(|stat| stat.st_size > 0))
}
