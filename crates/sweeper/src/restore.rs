//! The way back: every byte, mode, owner, time and link to where it was. Nothing that is there now is ever overwritten.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use rustix::{fs::RenameFlags, io::Errno};
use sweep::{
    catalogue::Catalogue,
    journal::{Record, Standing},
    patch,
    plan::{Action, Plan},
    scan::{Shape, Unreadable},
};

use crate::{
    copy::{self, Linked},
    edit,
    error::SweepError,
    handle::Dir,
    quarantine::{Outcome, Target, Work, inode_in, resume, write_like},
    state::content,
    vault::{Vault, rename_new},
};

/// Brings back what the quarantine of a plan took. The same call again goes on where a crash ended it.
pub fn restore(
    root: &Path,
    vault: &Path,
    digest: &str,
    catalogue: &Catalogue,
    now: &dyn Fn() -> Timestamp,
    step: &dyn Fn(&'static str),
) -> Result<Outcome, SweepError> {
    let shown = root.display().to_string();
    let root = Dir::open(root).map_err(|errno| SweepError::Root { path: shown, source: errno.into() })?;
    let (vault, plan) = Vault::open(vault, digest, step)?;
    let mut work = Work { root, vault, linked: Linked::new() };
    know_links(&mut work, &plan);
    let acting = || plan.objects().iter().enumerate().filter(|(_, object)| object.action.acts());
    // What a crash left half done goes first: until then its folder does not look as we left it.
    for half_done in [true, false] {
        for (at, object) in acting() {
            let (is_half, is_done) = match work.vault.state.of(at) {
                Standing::Untouched | Standing::Skipped(_) | Standing::Returned | Standing::Purging => (false, true),
                Standing::Taken { .. } | Standing::Conflict(_) => (false, false),
                _ => (true, false),
            };
            if is_done || is_half != half_done {
                continue;
            }
            match Target::find(&work.root, at, object) {
                Ok(target) => bring_back(&mut work, &target, catalogue)?,
                Err(errno) => {
                    let why =
                        format!("the folder that it came from cannot be reached: {}", std::io::Error::from(errno));
                    work.vault.record(Record::Conflict { object: at, why })?;
                }
            }
        }
    }
    let outcome = outcome(&work.vault, &plan);
    if outcome.not_done.is_empty() && work.vault.state.restored.is_none() {
        work.vault.record(Record::Restored { at: now() })?;
    }
    Ok(outcome)
}

/// Files that were one before, by what the vault still has of them and where the others are by now.
fn know_links(work: &mut Work<'_>, plan: &Plan) {
    let Ok(device) = work.vault.objects.stat().map(|stat| stat.st_dev) else { return };
    let state =
        |at: usize| plan.objects().get(at).and_then(|object| object.before.as_ref()).map(|before| &before.state);
    let several = |at: usize| state(at).is_some_and(|state| state.shape == Shape::File && state.links > 1);
    for at in (0..plan.objects().len()).filter(|at| several(*at)) {
        let inode = inode_in(&work.vault.objects, &crate::quarantine::Names::of(at).whole);
        let is_back = |other: &usize| {
            let standing = work.vault.state.of(*other);
            matches!(
                standing,
                Standing::Returned
                    | Standing::Placed
                    | Standing::Untouched
                    | Standing::Skipped(_)
                    | Standing::Moving { copy: true }
            )
        };
        let same = |other: &usize| several(*other) && state(*other).map(|s| s.inode) == state(at).map(|s| s.inode);
        let back = (0..plan.objects().len()).filter(same).find(is_back).and_then(|other| plan.objects().get(other));
        if let (Some(back), true) = (back, inode != 0) {
            let place = back.path.steps().filter_map(|step| std::ffi::CString::new(step).ok()).collect();
            work.linked.insert((device, inode), place);
        }
    }
}

fn outcome(vault: &Vault<'_>, plan: &Plan) -> Outcome {
    let mut outcome = Outcome::default();
    for (at, object) in plan.objects().iter().enumerate() {
        match vault.state.of(at) {
            Standing::Returned => {
                outcome.done += 1;
                outcome.bytes += object.bytes;
            }
            Standing::Conflict(why) => outcome.not_done.push(Unreadable { path: object.path.clone(), why }),
            Standing::Purging => {
                outcome.not_done.push(Unreadable { path: object.path.clone(), why: "it was purged".to_owned() })
            }
            _ => {}
        }
    }
    outcome
}

fn bring_back(work: &mut Work<'_>, target: &Target<'_>, catalogue: &Catalogue) -> Result<(), SweepError> {
    // A quarantine that broke off in the middle of this object.
    match work.vault.state.of(target.at) {
        Standing::Moving { copy: true } => {
            // The original was not touched yet.
            for name in [&target.names.part, &target.names.whole] {
                copy::remove(&work.vault.objects, name, 0).map_err(target.fault("clear the copy of"))?;
            }
            return returned(work, target);
        }
        Standing::Moving { copy: false } | Standing::Copied | Standing::Editing => resume(work, target, catalogue)?,
        _ => {}
    }
    let (fresh, inode) = match work.vault.state.of(target.at) {
        Standing::Taken { inode } => (true, inode),
        Standing::Restoring { inode, .. } => (false, inode),
        Standing::Placed => return finish_placed(work, target),
        Standing::Conflict(_) => (true, 0),
        _ => return Ok(()),
    };
    if fresh {
        work.vault.remember(&target.folder, &target.parent)?;
    }
    if target.object.action == Action::Edit {
        return edit_back(work, target, inode);
    }
    let devices = (target.parent.stat(), work.vault.objects.stat());
    let copy = matches!(devices, (Ok(here), Ok(there)) if here.st_dev != there.st_dev);
    move_back(work, target, copy)
}

fn conflict(work: &mut Work<'_>, target: &Target<'_>, why: &str) -> Result<(), SweepError> {
    if work.vault.state.of(target.at) == Standing::Conflict(why.to_owned()) {
        return Ok(());
    }
    work.vault.record(Record::Conflict { object: target.at, why: why.to_owned() })
}

fn returned(work: &mut Work<'_>, target: &Target<'_>) -> Result<(), SweepError> {
    (work.vault.step)("sync folders");
    work.vault.objects.sync().map_err(target.fault("sync the vault for"))?;
    target.parent.sync().map_err(target.fault("sync the folder of"))?;
    work.vault.calm(&target.folder, &target.parent)?;
    work.vault.record(Record::Returned { object: target.at })
}

const NEWER: &str = "something newer is in its place";

fn move_back(work: &mut Work<'_>, target: &Target<'_>, copy: bool) -> Result<(), SweepError> {
    let whole = &target.names.whole;
    let begun = matches!(work.vault.state.of(target.at), Standing::Restoring { .. });
    if !work.vault.objects.has(whole) {
        // Only the rename can have taken it out of the vault.
        return if begun { returned(work, target) } else { conflict(work, target, "it is no longer in the vault") };
    }
    let there = target.parent.has(&target.name);
    if there && !(begun && copy) {
        return conflict(work, target, NEWER);
    }
    if !begun {
        work.vault.record(Record::Restoring { object: target.at, copy })?;
    }
    if copy {
        return copy_back(work, target);
    }
    (work.vault.step)("rename back");
    match rename_new(&work.vault.objects, whole, &target.parent, &target.name) {
        Err(Errno::EXIST) => return conflict(work, target, NEWER),
        Err(Errno::XDEV) => return copy_back(work, target),
        other => other.map_err(target.fault("move back"))?,
    }
    (work.vault.step)("renamed back");
    returned(work, target)
}

fn copy_back(work: &mut Work<'_>, target: &Target<'_>) -> Result<(), SweepError> {
    let whole = &target.names.whole;
    let same = |folder: &Dir, name: &std::ffi::CString| {
        content(folder, name).is_ok_and(|found| found.digest == target.before.content)
    };
    let beside = target.name_beside();
    if !target.parent.has(&target.name) {
        (work.vault.step)("copy back");
        copy::remove(&target.parent, &beside, 0).map_err(target.fault("clear the copy beside"))?;
        let mut place: Vec<_> = target.folder.steps().filter_map(|step| std::ffi::CString::new(step).ok()).collect();
        let depth = place.len();
        place.push(beside.clone());
        let copied = copy::copy(&work.vault.objects, whole, &work.root, &target.parent, place, &mut work.linked);
        if let Err(errno) = copied {
            _ = copy::remove(&target.parent, &beside, 0);
            return Err(target.fault("copy back")(errno));
        }
        if !same(&target.parent, &beside) && !work.linked.is_empty() {
            // The other name of it was changed since: it comes back as a file of its own.
            copy::remove(&target.parent, &beside, 0).map_err(target.fault("clear the copy beside"))?;
            work.linked.clear();
            return copy_back(work, target);
        }
        if !same(&target.parent, &beside) {
            copy::remove(&target.parent, &beside, 0).map_err(target.fault("clear the copy beside"))?;
            return conflict(work, target, "its copy in the vault is damaged");
        }
        (work.vault.step)("place");
        match rename_new(&target.parent, &beside, &target.parent, &target.name) {
            Err(Errno::EXIST) => {
                copy::remove(&target.parent, &beside, 0).map_err(target.fault("clear the copy beside"))?;
                return conflict(work, target, NEWER);
            }
            other => other.map_err(target.fault("place"))?,
        }
        copy::renamed(&mut work.linked, depth, &beside, &target.name);
    } else if !same(&target.parent, &target.name) {
        return conflict(work, target, NEWER);
    }
    target.parent.sync().map_err(target.fault("sync the folder of"))?;
    work.vault.record(Record::Placed { object: target.at })?;
    finish_placed(work, target)
}

fn finish_placed(work: &mut Work<'_>, target: &Target<'_>) -> Result<(), SweepError> {
    if let Ok(stat) = work.vault.objects.stat_of(&target.names.whole)
        && stat.st_nlink > 1
    {
        let place = target.object.path.steps().filter_map(|step| std::ffi::CString::new(step).ok()).collect();
        work.linked.entry((stat.st_dev, stat.st_ino)).or_insert(place);
    }
    (work.vault.step)("clear the vault");
    copy::remove(&work.vault.objects, &target.names.whole, 0).map_err(target.fault("clear the vault of"))?;
    returned(work, target)
}

/// The original settings back in one step; or, where others changed the file since, just the lines that were taken out.
fn edit_back(work: &mut Work<'_>, target: &Target<'_>, edited: u64) -> Result<(), SweepError> {
    let whole = &target.names.whole;
    let begun = matches!(work.vault.state.of(target.at), Standing::Restoring { .. });
    let here = inode_in(&target.parent, &target.name);
    if begun && (here == target.before.state.inode || !work.vault.objects.has(whole)) {
        return settled(work, target);
    }
    if !work.vault.objects.has(whole) {
        return conflict(work, target, "its original is no longer in the vault");
    }
    let one_system = matches!((target.parent.stat(), work.vault.objects.stat()), (Ok(here), Ok(there)) if here.st_dev == there.st_dev);
    let now = content(&target.parent, &target.name).map(|found| found.digest).ok();
    if begun && !one_system && now.as_deref() == Some(&target.before.content) {
        return settled(work, target);
    }
    if here != 0 && (here != edited || now != target.object.after) {
        return merge_back(work, target);
    }
    if !begun {
        work.vault.record(Record::Restoring { object: target.at, copy: !one_system })?;
    }
    if !one_system {
        let beside = target.name_beside();
        (work.vault.step)("copy back");
        copy::remove(&target.parent, &beside, 0).map_err(target.fault("clear the copy beside"))?;
        copy::copy(&work.vault.objects, whole, &target.parent, &target.parent, vec![beside.clone()], &mut work.linked)
            .map_err(target.fault("copy back"))?;
        (work.vault.step)("replace");
        rustix::fs::renameat(&target.parent, &beside, &target.parent, &target.name).map_err(target.fault("replace"))?;
        return settled(work, target);
    }
    if here == 0 {
        (work.vault.step)("rename back");
        rename_new(&work.vault.objects, whole, &target.parent, &target.name).map_err(target.fault("move back"))?;
        return settled(work, target);
    }
    (work.vault.step)("exchange back");
    let exchange =
        || rustix::fs::renameat_with(&work.vault.objects, whole, &target.parent, &target.name, RenameFlags::EXCHANGE);
    exchange().map_err(target.fault("exchange"))?;
    (work.vault.step)("exchanged back");
    if inode_in(&work.vault.objects, whole) != edited {
        exchange().map_err(target.fault("put back"))?;
        return conflict(work, target, NEWER);
    }
    settled(work, target)
}

/// The original is at its place: what the vault still has of it goes.
fn settled(work: &mut Work<'_>, target: &Target<'_>) -> Result<(), SweepError> {
    target.parent.sync().map_err(target.fault("sync the folder of"))?;
    finish_placed(work, target)
}

fn merge_back(work: &mut Work<'_>, target: &Target<'_>) -> Result<(), SweepError> {
    let hunks =
        work.vault.read(&target.names.patch).and_then(|bytes| serde_json::from_slice::<Vec<patch::Hunk>>(&bytes).ok());
    let text = edit::text(&target.parent, &target.name).ok();
    let merged = text.as_ref().zip(hunks).and_then(|(text, hunks)| patch::undo(text, &hunks));
    let Some(merged) = merged else {
        return conflict(work, target, "its settings were changed since, and the lines cannot be put back among them");
    };
    let beside = target.name_beside();
    copy::remove(&target.parent, &beside, 0).map_err(target.fault("clear the copy beside"))?;
    write_like(&target.parent, &target.name, &target.parent, &beside, merged.as_bytes())
        .map_err(target.fault("write the settings of"))?;
    // Written by somebody else in this very moment: it is theirs.
    if edit::text(&target.parent, &target.name).ok() != text {
        copy::remove(&target.parent, &beside, 0).map_err(target.fault("clear the copy beside"))?;
        return conflict(work, target, NEWER);
    }
    (work.vault.step)("replace");
    rustix::fs::renameat(&target.parent, &beside, &target.parent, &target.name).map_err(target.fault("replace"))?;
    returned(work, target)
}

/// Removes for good what a quarantine took, once it was held long enough.
pub fn purge(
    vault: &Path,
    digest: &str,
    hold: SignedDuration,
    now: &dyn Fn() -> Timestamp,
    step: &dyn Fn(&'static str),
) -> Result<Outcome, SweepError> {
    let (mut vault, plan) = Vault::open(vault, digest, step)?;
    let held = |until: String| SweepError::Held { path: vault.path().to_owned(), until };
    let since = vault.since().ok_or_else(|| held("the quarantine is complete".to_owned()))?;
    let until = since.checked_add(hold).map_err(|_| held("the end of time".to_owned()))?;
    if now() < until {
        return Err(held(until.to_string()));
    }
    let mut outcome = Outcome::default();
    for (at, object) in plan.objects().iter().enumerate() {
        if !matches!(vault.state.of(at), Standing::Taken { .. } | Standing::Purging) {
            continue;
        }
        vault.record(Record::Purging { object: at })?;
        let names = crate::quarantine::Names::of(at);
        (vault.step)("purge");
        copy::remove(&vault.objects, &names.whole, 0).map_err(SweepError::io("purge", &object.path))?;
        outcome.done += 1;
        outcome.bytes += object.bytes;
    }
    if !vault.state.purged {
        vault.record(Record::Purged { at: now() })?;
    }
    Ok(outcome)
}
