//! One object into the vault, from wherever a crash left it.

use std::ffi::{CStr, CString};

use rustix::{fs::RenameFlags, io::Errno};
use sweep::{
    MachinePath,
    catalogue::Catalogue,
    journal::{Record, Standing},
    patch,
    plan::{Action, Before, Object},
    scan::State,
};

use super::Work;
use crate::{
    copy, edit,
    error::SweepError,
    handle::Dir,
    state::{content, state},
    vault::rename_new,
};

/// Names of an object in the vault.
pub(crate) struct Names {
    pub whole: CString,
    pub part: CString,
    pub patch: CString,
}

impl Names {
    pub(crate) fn of(at: usize) -> Self {
        let name = |ending: &str| CString::new(format!("{at}{ending}")).unwrap_or_default();
        Self { whole: name(""), part: name(".part"), patch: name(".patch.json") }
    }
}

/// An object, where it lies, and what it was when the plan was made.
pub(crate) struct Target<'o> {
    pub at: usize,
    pub object: &'o Object,
    pub before: &'o Before,
    pub folder: MachinePath,
    pub parent: Dir,
    pub name: CString,
    pub names: Names,
}

impl<'o> Target<'o> {
    pub(crate) fn find(root: &Dir, at: usize, object: &'o Object) -> Result<Self, Errno> {
        let (parent, name) = root.parent_of(&object.path)?;
        let before = object.before.as_ref().ok_or(Errno::INVAL)?;
        let folder = object.path.parent().unwrap_or_else(MachinePath::root);
        Ok(Self { at, object, before, folder, parent, name, names: Names::of(at) })
    }

    pub(crate) fn fault(&self, what: &'static str) -> impl FnOnce(Errno) -> SweepError {
        SweepError::io(what, &self.object.path)
    }

    /// As the plan has it; but for other names of it, which may have gone to the vault before.
    fn is_before(&self) -> bool {
        let now = self.parent.stat_of(&self.name).ok().and_then(|stat| state(&stat));
        now.is_some_and(|now| State { links: self.before.state.links, ..now } == self.before.state)
    }
}

/// Takes an object. Whatever speaks against it is told in the journal, and the next object's turn comes.
pub(super) fn take(work: &mut Work<'_>, at: usize, object: &Object, catalogue: &Catalogue) -> Result<(), SweepError> {
    let standing = work.vault.state.of(at);
    if matches!(standing, Standing::Taken { .. } | Standing::Skipped(_)) {
        return Ok(());
    }
    let target = match Target::find(&work.root, at, object) {
        Ok(target) => target,
        Err(errno) if standing == Standing::Untouched => return skip(work, at, errno),
        // It is in the vault already, and the folder that it came from went away.
        Err(_) if inode_in(&work.vault.objects, &Names::of(at).whole) != 0 => {
            let inode = inode_in(&work.vault.objects, &Names::of(at).whole);
            return work.vault.record(Record::Taken { object: at, inode });
        }
        Err(errno) => return skip(work, at, errno),
    };
    match standing {
        Standing::Untouched => {
            work.vault.remember(&target.folder, &target.parent)?;
            if !target.is_before() {
                return skip_because(work, at, "it changed since the plan was made");
            }
            begin(work, &target, catalogue)
        }
        _ => resume(work, &target, catalogue),
    }
}

fn begin(work: &mut Work<'_>, target: &Target<'_>, catalogue: &Catalogue) -> Result<(), SweepError> {
    if target.object.action == Action::Edit {
        return edit_out(work, target, catalogue);
    }
    let devices = (target.parent.stat(), work.vault.objects.stat());
    let copy = matches!(devices, (Ok(here), Ok(there)) if here.st_dev != there.st_dev);
    work.vault.record(Record::Moving { object: target.at, copy })?;
    if copy { by_copy(work, target) } else { by_rename(work, target) }
}

/// Brings an object out of the middle of something.
pub(crate) fn resume(work: &mut Work<'_>, target: &Target<'_>, catalogue: &Catalogue) -> Result<(), SweepError> {
    match work.vault.state.of(target.at) {
        Standing::Moving { copy: false } => by_rename(work, target),
        Standing::Moving { copy: true } => by_copy(work, target),
        Standing::Copied => finish_copy(work, target),
        Standing::Editing => edit_out(work, target, catalogue),
        _ => Ok(()),
    }
}

fn skip(work: &mut Work<'_>, at: usize, errno: Errno) -> Result<(), SweepError> {
    skip_because(work, at, &format!("it cannot be reached: {}", std::io::Error::from(errno)))
}

fn skip_because(work: &mut Work<'_>, at: usize, why: &str) -> Result<(), SweepError> {
    work.vault.record(Record::Skipped { object: at, why: why.to_owned() })
}

pub(crate) fn inode_in(folder: &Dir, name: &CStr) -> u64 {
    folder.stat_of(name).map_or(0, |stat| stat.st_ino)
}

fn by_rename(work: &mut Work<'_>, target: &Target<'_>) -> Result<(), SweepError> {
    let wanted = target.before.state.inode;
    let whole = &target.names.whole;
    if inode_in(&work.vault.objects, whole) != wanted {
        (work.vault.step)("rename");
        match rename_new(&target.parent, &target.name, &work.vault.objects, whole) {
            Err(Errno::XDEV) => {
                work.vault.record(Record::Moving { object: target.at, copy: true })?;
                return by_copy(work, target);
            }
            Err(errno @ (Errno::NOENT | Errno::PERM | Errno::ACCESS | Errno::INVAL | Errno::BUSY | Errno::ROFS)) => {
                return skip(work, target.at, errno);
            }
            other => other.map_err(target.fault("move"))?,
        }
        (work.vault.step)("renamed");
        if inode_in(&work.vault.objects, whole) != wanted {
            // Somebody put another thing there between the look and the move: it goes straight back.
            rename_new(&work.vault.objects, whole, &target.parent, &target.name).map_err(target.fault("put back"))?;
            return skip_because(work, target.at, "another thing was put in its place at that moment");
        }
    }
    sync_both(work, target)?;
    work.vault.calm(&target.folder, &target.parent)?;
    work.vault.record(Record::Taken { object: target.at, inode: wanted })
}

fn sync_both(work: &Work<'_>, target: &Target<'_>) -> Result<(), SweepError> {
    (work.vault.step)("sync folders");
    work.vault.objects.sync().map_err(target.fault("sync the vault for"))?;
    target.parent.sync().map_err(target.fault("sync the folder of"))
}

fn by_copy(work: &mut Work<'_>, target: &Target<'_>) -> Result<(), SweepError> {
    let Names { whole, part, .. } = &target.names;
    (work.vault.step)("clear copy");
    for name in [part, whole] {
        copy::remove(&work.vault.objects, name, 0).map_err(target.fault("clear the copy of"))?;
    }
    (work.vault.step)("copy");
    let objects = &work.vault.objects;
    let copied = copy::copy(&target.parent, &target.name, objects, objects, vec![part.clone()], &mut work.linked);
    if let Err(errno) = copied {
        // Half a copy only takes room, which may be what was missing.
        _ = copy::remove(&work.vault.objects, part, 0);
        return match errno {
            Errno::NOENT | Errno::ACCESS => skip(work, target.at, errno),
            errno => Err(target.fault("copy")(errno)),
        };
    }
    (work.vault.step)("copied");
    let same =
        |folder: &Dir, name: &CString| content(folder, name).is_ok_and(|found| found.digest == target.before.content);
    if !same(&work.vault.objects, part) || !target.is_before() || !same(&target.parent, &target.name) {
        copy::remove(&work.vault.objects, part, 0).map_err(target.fault("clear the copy of"))?;
        return skip_because(work, target.at, "it changed while it was copied");
    }
    rename_new(&work.vault.objects, part, &work.vault.objects, whole).map_err(target.fault("keep the copy of"))?;
    copy::renamed(&mut work.linked, 0, part, whole);
    work.vault.objects.sync().map_err(target.fault("sync the vault for"))?;
    work.vault.record(Record::Copied { object: target.at })?;
    finish_copy(work, target)
}

fn finish_copy(work: &mut Work<'_>, target: &Target<'_>) -> Result<(), SweepError> {
    (work.vault.step)("remove original");
    let whole = &target.names.whole;
    match copy::remove_copied(&target.parent, &target.name, &work.vault.objects, whole, 0) {
        // An immutable file, or a mount: what went before it comes back, and the copy goes.
        Err(errno @ (Errno::PERM | Errno::ACCESS | Errno::ROFS | Errno::BUSY)) => {
            copy::put_back(&target.parent, &target.name, &work.vault.objects, whole)
                .map_err(target.fault("put back"))?;
            work.vault.calm(&target.folder, &target.parent)?;
            let why = format!("it cannot be removed: {}", std::io::Error::from(errno));
            skip_because(work, target.at, &why)?;
            return copy::remove(&work.vault.objects, whole, 0).map_err(target.fault("clear the copy of"));
        }
        other => other.map_err(target.fault("remove"))?,
    }
    sync_both(work, target)?;
    work.vault.calm(&target.folder, &target.parent)?;
    let inode = inode_in(&work.vault.objects, &target.names.whole);
    work.vault.record(Record::Taken { object: target.at, inode })
}

/// The original goes to the vault, and settings without the keys take its place in one step.
fn edit_out(work: &mut Work<'_>, target: &Target<'_>, catalogue: &Catalogue) -> Result<(), SweepError> {
    let Names { whole, part, patch } = &target.names;
    let original = target.before.state.inode;
    if work.vault.state.of(target.at) == Standing::Editing {
        // The exchange happened when the vault has the original.
        if inode_in(&work.vault.objects, part) == original {
            rename_new(&work.vault.objects, part, &work.vault.objects, whole)
                .map_err(target.fault("keep the original of"))?;
        }
        let edited = inode_in(&target.parent, &target.name);
        if work.vault.objects.has(whole) && edited != original {
            return finish_edit(work, target, edited);
        }
    }
    for name in [part, whole] {
        copy::remove(&work.vault.objects, name, 0).map_err(target.fault("clear the copy of"))?;
    }
    let stays = target.name_beside();
    copy::remove(&target.parent, &stays, 0).map_err(target.fault("clear the copy beside"))?;
    let text = edit::text(&target.parent, &target.name);
    let new = text
        .as_ref()
        .map_err(Clone::clone)
        .and_then(|old| edit::without(old, &target.name, &target.object.keys, catalogue, &|_| true));
    let (Ok(old), Ok(new)) = (text, new) else {
        return skip_because(work, target.at, "its settings changed since the plan was made");
    };
    if Some(edit::digest(new.as_bytes())) != target.object.after
        || edit::digest(old.as_bytes()) != target.before.content
    {
        return skip_because(work, target.at, "its settings changed since the plan was made");
    }
    let hunks = serde_json::to_vec(&patch::between(&old, &new)).unwrap_or_default();
    work.vault.put(patch, &hunks)?;
    if work.vault.state.of(target.at) != Standing::Editing {
        work.vault.record(Record::Editing { object: target.at })?;
    }
    let one_system = matches!((target.parent.stat(), work.vault.objects.stat()), (Ok(here), Ok(there)) if here.st_dev == there.st_dev);
    if one_system {
        write_like(&target.parent, &target.name, &work.vault.objects, part, new.as_bytes())
            .map_err(target.fault("write the settings of"))?;
        (work.vault.step)("exchange");
        let exchanged =
            rustix::fs::renameat_with(&work.vault.objects, part, &target.parent, &target.name, RenameFlags::EXCHANGE);
        exchanged.map_err(target.fault("exchange"))?;
        (work.vault.step)("exchanged");
        if inode_in(&work.vault.objects, part) != original {
            let back = rustix::fs::renameat_with(
                &work.vault.objects,
                part,
                &target.parent,
                &target.name,
                RenameFlags::EXCHANGE,
            );
            back.map_err(target.fault("put back"))?;
            return skip_because(work, target.at, "another thing was put in its place at that moment");
        }
        rename_new(&work.vault.objects, part, &work.vault.objects, whole)
            .map_err(target.fault("keep the original of"))?;
    } else {
        let objects = &work.vault.objects;
        (work.vault.step)("copy");
        copy::copy(&target.parent, &target.name, objects, objects, vec![part.clone()], &mut work.linked)
            .map_err(target.fault("copy"))?;
        rename_new(objects, part, objects, whole).map_err(target.fault("keep the original of"))?;
        objects.sync().map_err(target.fault("sync the vault for"))?;
        write_like(&target.parent, &target.name, &target.parent, &stays, new.as_bytes())
            .map_err(target.fault("write the settings of"))?;
        if !target.is_before() {
            copy::remove(&target.parent, &stays, 0).map_err(target.fault("clear the copy beside"))?;
            return skip_because(work, target.at, "its settings changed since the plan was made");
        }
        (work.vault.step)("replace");
        rustix::fs::renameat(&target.parent, &stays, &target.parent, &target.name).map_err(target.fault("replace"))?;
    }
    let edited = inode_in(&target.parent, &target.name);
    finish_edit(work, target, edited)
}

fn finish_edit(work: &mut Work<'_>, target: &Target<'_>, edited: u64) -> Result<(), SweepError> {
    sync_both(work, target)?;
    work.vault.calm(&target.folder, &target.parent)?;
    work.vault.record(Record::Taken { object: target.at, inode: edited })
}

impl Target<'_> {
    /// A name beside the object, for what is about to take its place.
    pub(crate) fn name_beside(&self) -> CString {
        CString::new(format!(".ringfence-{}-{}", self.at, self.before.state.inode)).unwrap_or_default()
    }
}

/// A new file with mode, owner and attributes of another one, on the disk.
pub(crate) fn write_like(like: &Dir, name: &CString, to: &Dir, new: &CString, bytes: &[u8]) -> Result<(), Errno> {
    let (source, stat) = like.file(name)?;
    let file = copy::create(to, new)?;
    copy::write(&file, bytes)?;
    copy::dress(&source, &file, &stat)?;
    // It was changed now, and says so.
    let now = rustix::fs::Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_NOW };
    rustix::fs::futimens(&file, &rustix::fs::Timestamps { last_access: now, last_modification: now })?;
    rustix::fs::fsync(&file)
}
