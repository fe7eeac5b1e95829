//! A plan carried out: every object into the vault, settings without their keys. Nothing is left to choose, and any crash resumes.

mod take;

pub(crate) use take::{Names, Target, inode_in, resume, write_like};

use std::path::PathBuf;

use jiff::{Timestamp, civil::Date};
use sweep::{
    MachinePath,
    catalogue::Catalogue,
    journal::{Record, Standing},
    plan::{Action, Object, Plan, PlanError},
    scan::{Shape, Unreadable},
};

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
    let (mut stopped, mut runs_on) = (Vec::new(), Vec::new());
    for (at, object) in plan.objects().iter().enumerate().filter(|(_, object)| object.action.acts()) {
        if object.action == Action::Stop
            && order.stop_services
            && order.root == std::path::Path::new("/")
            && work.vault.state.of(at) == Standing::Untouched
        {
            match stop(&mut work, at, object)? {
                Ok(unit) => stopped.extend(unit),
                // Its unit stays where it is, so that the same order can try again.
                Err(why) => {
                    runs_on.push(Unreadable { path: object.path.clone(), why });
                    continue;
                }
            }
        }
        take::take(&mut work, at, object, order.catalogue)?;
    }
    if runs_on.is_empty() && work.vault.state.quarantined.is_none() {
        work.vault.record(Record::Quarantined { at: (order.now)() })?;
    }
    Ok(outcome(&work.vault, plan, stopped, &runs_on))
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

/// How the manager of a unit is asked: that of the system, of the unit's owner, or of everybody. A unit of the same name may exist with each.
fn disable(path: &MachinePath, owner: u32, own: u32) -> Vec<String> {
    let steps: Vec<&[u8]> = path.steps().collect();
    let of_users = steps.windows(2).any(|pair| pair == [b"systemd".as_slice(), b"user".as_slice()]);
    let in_system = matches!(steps.first(), Some(&b"etc" | &b"usr" | &b"lib"));
    let (manager, now) = match (of_users, in_system) {
        (false, _) => (vec![], true),
        // It may run for many; none of them is asked.
        (true, true) => (vec!["--global".to_owned()], false),
        (true, false) if owner == own => (vec!["--user".to_owned()], true),
        (true, false) => (vec!["--user".to_owned(), format!("--machine={owner}@.host")], true),
    };
    let rest = ["disable"].into_iter().chain(now.then_some("--now")).chain(["--"]);
    manager.into_iter().chain(rest.map(str::to_owned)).collect()
}

/// Asks the system to stop a service; the inner error says why it runs on. The only program that is ever run, and only on the operator's
/// flag.
fn stop(work: &mut Work<'_>, at: usize, object: &Object) -> Result<Result<Option<String>, String>, SweepError> {
    let unit = String::from_utf8_lossy(object.path.name()).into_owned();
    let (program, arguments) = match unit.rsplit_once('.').map(|(_, ending)| ending) {
        Some("service") => {
            let uid = object.before.as_ref().map_or(0, |before| before.state.uid);
            ("/usr/bin/systemctl", disable(&object.path, uid, rustix::process::geteuid().as_raw()))
        }
        Some("plist") => ("/bin/launchctl", vec!["unload".to_owned(), "-w".to_owned()]),
        _ => return Ok(Ok(None)),
    };
    let target = if program.ends_with("launchctl") { object.path.to_string() } else { unit.clone() };
    let done = std::process::Command::new(program)
        .args(arguments)
        .arg(&target)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .output();
    let again = "the same command tries again; without stopping services its unit is taken while it runs";
    match done {
        Ok(done) if done.status.success() => {}
        Ok(done) => {
            let said: String =
                String::from_utf8_lossy(&done.stderr).chars().filter(|c| !c.is_control()).take(200).collect();
            return Ok(Err(format!("the service was not stopped ({program}: {}): {said}; {again}", done.status)));
        }
        Err(error) => return Ok(Err(format!("the service was not stopped ({program}: {error}); {again}"))),
    }
    work.vault.record(Record::Stopped { object: at, unit: unit.clone() })?;
    Ok(Ok(Some(unit)))
}

#[cfg(test)]
mod tests {
    use super::disable;

    #[track_caller]
    fn check(path: &str, owner: u32, expected: &str) {
        assert_eq!(disable(&path.parse().unwrap(), owner, 0).join(" "), expected);
    }

    #[test]
    fn each_unit_is_asked_of_its_own_manager() {
        check("/etc/systemd/system/ollama.service", 0, "disable --now --");
        check("/home/alice/.config/systemd/user/ollama.service", 1000, "--user --machine=1000@.host disable --now --");
        check("/root/.config/systemd/user/ollama.service", 0, "--user disable --now --");
        check("/etc/systemd/user/ollama.service", 0, "--global disable --");
    }
}
