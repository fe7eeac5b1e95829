//! A plan carried out: every object into the vault, settings without their keys. Nothing is left to choose, and any crash resumes.

mod services;
mod take;

pub(crate) use take::{Names, Target, inode_in, resume, write_like};

use std::path::PathBuf;

use jiff::{Timestamp, civil::Date};
use sweep::{
    catalogue::Catalogue,
    journal::{Record, Standing},
    plan::{Action, Object, Plan, PlanError},
    scan::{Shape, Unreadable},
};

use self::services::Services;
use crate::{
    copy::Linked,
    error::SweepError,
    handle::Dir,
    state::{content, state},
    vault::Vault,
};

/// What to carry out, where, and on whose word.
pub struct Order<'a> {
    pub root: PathBuf,
    pub vault: PathBuf,
    pub plan: &'a Plan,
    /// The digest that was approved.
    pub digest: String,
    pub catalogue: &'a Catalogue,
    pub today: Date,
    pub confirmed: Option<Confirmed>,
    /// Stop services of the running machine; only where the root is the machine's own.
    pub stop_services: bool,
    pub now: &'a dyn Fn() -> Timestamp,
    /// Called before every step; for tests that end the process there.
    pub step: &'a dyn Fn(&'static str),
}

/// The numbers of a plan above its limits, repeated by somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmed {
    pub objects: u64,
    pub bytes: u64,
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    pub done: u64,
    pub bytes: u64,
    /// What was not done, and why.
    pub not_done: Vec<Unreadable>,
    pub stopped: Vec<String>,
}

pub(crate) struct Work<'a> {
    pub root: Dir,
    pub vault: Vault<'a>,
    pub linked: Linked,
}

/// Carries out a plan. The same order again goes on where a crash ended it, and does nothing when all is done.
pub fn quarantine(order: &Order<'_>) -> Result<Outcome, SweepError> {
    let plan = order.plan;
    let shown = order.root.display().to_string();
    same_root(&plan.draft().root, &order.root)?;
    let root = Dir::open(&order.root).map_err(|errno| SweepError::Root { path: shown, source: errno.into() })?;
    if order.digest != plan.digest() {
        return Err(PlanError::OtherDigest { plan: plan.digest().to_owned(), named: order.digest.clone() }.into());
    }
    crate::vault::set_aside(&order.vault, plan)?;
    // Before there is a journal nothing was begun, and everything that speaks against it is checked.
    if !crate::vault::begun(&order.vault, plan.digest()) {
        plan.approved(&order.digest, order.today)?;
        within_limits(plan, order.confirmed)?;
        unchanged(&root, plan)?;
    }
    let vault = Vault::create(&order.vault, plan, order.step)?;
    let mut work = Work { root, vault, linked: Linked::new() };
    if work.vault.state.plan.is_none() {
        within_limits(plan, order.confirmed)?;
        unchanged(&work.root, plan)?;
        work.vault.record(Record::Opened { plan: plan.digest().to_owned(), at: (order.now)() })?;
    }
    if work.vault.state.restored.is_some() {
        return Err(SweepError::Restored(plan.digest().to_owned()));
    }
    know_links(&mut work, plan);
    let mut services = Services::default();
    for (at, object) in plan.objects().iter().enumerate().filter(|(_, object)| object.action.acts()) {
        let asks = object.action == Action::Stop
            && order.stop_services
            && order.root == std::path::Path::new("/")
            && work.vault.state.of(at) == Standing::Untouched;
        // A unit that runs on stays where it is, so that the same order can try again.
        if asks && !services.stop(&mut work, at, object)? {
            continue;
        }
        take::take(&mut work, at, object, order.catalogue)?;
    }
    services.forget();
    if services.run_on.is_empty() && work.vault.state.quarantined.is_none() {
        work.vault.record(Record::Quarantined { at: (order.now)() })?;
    }
    Ok(outcome(&work.vault, plan, services.stopped, &services.run_on))
}

/// Copies that a broken-off run made of files with several names.
fn know_links(work: &mut Work<'_>, plan: &Plan) {
    for (at, object) in plan.objects().iter().enumerate() {
        let Some(before) =
            object.before.as_ref().filter(|before| before.state.shape == Shape::File && before.state.links > 1)
        else {
            continue;
        };
        let in_vault = matches!(work.vault.state.of(at), Standing::Taken { .. } | Standing::Copied);
        let device = work.root.parent_of(&object.path).and_then(|(parent, _)| parent.stat()).map(|stat| stat.st_dev);
        if let (true, Ok(device)) = (in_vault, device) {
            work.linked.insert((device, before.state.inode), vec![Names::of(at).whole]);
        }
    }
}

fn outcome(vault: &Vault<'_>, plan: &Plan, stopped: Vec<String>, runs_on: &[Unreadable]) -> Outcome {
    let mut outcome = Outcome { stopped, ..Outcome::default() };
    for (at, object) in plan.objects().iter().enumerate().filter(|(_, object)| object.action.acts()) {
        match vault.state.of(at) {
            Standing::Taken { .. } => {
                outcome.done += 1;
                outcome.bytes += object.bytes;
            }
            Standing::Skipped(why) => outcome.not_done.push(Unreadable { path: object.path.clone(), why }),
            _ => match runs_on.iter().find(|one| one.path == object.path) {
                Some(one) => outcome.not_done.push(one.clone()),
                None => outcome.not_done.push(Unreadable { path: object.path.clone(), why: "not done".to_owned() }),
            },
        }
    }
    outcome
}

fn same_root(planned: &str, given: &std::path::Path) -> Result<(), SweepError> {
    let real = |path: &std::path::Path| std::fs::canonicalize(path).ok();
    let same = planned == given.display().to_string()
        || real(std::path::Path::new(planned)).is_some_and(|path| Some(path) == real(given));
    if same {
        Ok(())
    } else {
        Err(SweepError::OtherRoot { plan: planned.to_owned(), given: given.display().to_string() })
    }
}

fn within_limits(plan: &Plan, confirmed: Option<Confirmed>) -> Result<(), SweepError> {
    let (totals, limits) = (plan.draft().totals, plan.draft().limits);
    let over = totals.objects > limits.objects || totals.bytes > limits.bytes;
    let repeated = confirmed == Some(Confirmed { objects: totals.objects, bytes: totals.bytes });
    if over && !repeated {
        let (objects, bytes) = (totals.objects, totals.bytes);
        return Err(SweepError::Limit { objects, bytes, limit_objects: limits.objects, limit_bytes: limits.bytes });
    }
    Ok(())
}

/// Every object is as the plan has it, to the last byte; else nothing is begun.
fn unchanged(root: &Dir, plan: &Plan) -> Result<(), SweepError> {
    let mut changed = Vec::new();
    for object in plan.objects().iter().filter(|object| object.action.acts()) {
        if let Err(why) = is_unchanged(root, object) {
            changed.push(format!("{}: {why}", object.path));
        }
    }
    match changed.first() {
        None => Ok(()),
        Some(first) => Err(SweepError::Changed(changed.len(), first.clone())),
    }
}

fn is_unchanged(root: &Dir, object: &Object) -> Result<(), String> {
    let text = |errno: rustix::io::Errno| std::io::Error::from(errno).to_string();
    let (parent, name) = root.parent_of(&object.path).map_err(text)?;
    let stat = parent.stat_of(&name).map_err(text)?;
    let before = object.before.as_ref().ok_or("its state is not in the plan")?;
    if state(&stat).as_ref() != Some(&before.state) {
        return Err("its inode, size, mode, owner or time is another".to_owned());
    }
    let found = content(&parent, &name).map_err(text)?;
    if found.digest == before.content { Ok(()) } else { Err("its content is another".to_owned()) }
}
