//! kill -9 at every step of quarantine and restore, in a process of its own; the same command goes on, and nothing is lost.

use std::{
    cell::Cell,
    path::{Path, PathBuf},
    process::Command,
};

use sweep::plan::Plan;

use crate::support::{self, BAN, now, order, planned, same, small_machine, snapshot};

/// A process of this very binary that is killed at a step. Does nothing when no step is asked for.
#[test]
fn child() {
    let Ok(job) = std::env::var("SWEEP_CRASH") else { return };
    let mut words = job.split('\t');
    let mut word = || words.next().unwrap().to_owned();
    let (what, root, vault, plan, at) =
        (word(), PathBuf::from(word()), PathBuf::from(word()), word(), word().parse::<u32>().unwrap());
    let catalogue = support::catalogue();
    let plan = Plan::parse(&std::fs::read(plan).unwrap()).unwrap();
    let left = Cell::new(at);
    let step = |_: &'static str| {
        if left.get() == 0 {
            _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        }
        left.set(left.get() - 1);
    };
    if what == "quarantine" {
        sweeper::quarantine(&order(&root, &vault, &plan, &catalogue, &step)).unwrap();
    } else {
        sweeper::restore(&root, &vault, plan.digest(), &catalogue, &now, &step).unwrap();
    }
}

/// True when the process came to its end before that step.
fn killed_at(what: &str, root: &Path, vault: &Path, plan: &Path, at: u32) -> bool {
    let job = format!("{what}\t{}\t{}\t{}\t{at}", root.display(), vault.display(), plan.display());
    let out = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::child", "--nocapture"])
        .env("SWEEP_CRASH", job)
        .output()
        .unwrap();
    use std::os::unix::process::ExitStatusExt as _;
    match (out.status.signal(), out.status.success()) {
        (Some(9), _) => false,
        (_, true) => true,
        _ => panic!(
            "{what} at step {at}: {}{}",
            String::from_utf8_lossy(&out.stdout),
            String::from_utf8_lossy(&out.stderr)
        ),
    }
}

struct Trial {
    _folder: tempfile::TempDir,
    _other: Option<tempfile::TempDir>,
    root: PathBuf,
    vault: PathBuf,
    plan: PathBuf,
    digest: String,
    before: std::collections::BTreeMap<PathBuf, String>,
}

fn trial(elsewhere: bool) -> Trial {
    let folder = tempfile::tempdir().unwrap();
    let other = elsewhere.then(|| tempfile::tempdir_in("/dev/shm").unwrap());
    let root = folder.path().join("root");
    small_machine(&root);
    let before = snapshot(&root);
    let (_, plan) = planned(&root, &support::catalogue(), BAN);
    let file = folder.path().join("plan.json");
    std::fs::write(&file, plan.to_json()).unwrap();
    let vault = other.as_ref().unwrap_or(&folder).path().join("vault");
    Trial { root, vault, plan: file, digest: plan.digest().to_owned(), before, _folder: folder, _other: other }
}

impl Trial {
    fn finish(&self, what: &str) {
        assert!(killed_at(what, &self.root, &self.vault, &self.plan, u32::MAX), "{what} does not come to its end");
    }

    fn is_as_before(&self) {
        same(&self.before, &snapshot(&self.root));
        let objects = self.vault.join(self.digest.trim_start_matches("sha256:")).join("objects");
        let left: Vec<_> = std::fs::read_dir(objects).unwrap().collect();
        assert!(left.is_empty(), "left in the vault: {left:?}");
    }
}

fn every_step(elsewhere: bool, first: &str, run: impl Fn(&Trial, u32) -> bool) {
    let mut steps = 0;
    while !run(&trial(elsewhere), steps) {
        steps += 1;
        assert!(steps < 2_000);
    }
    eprintln!("{first}{}: killed at each of {steps} steps", if elsewhere { ", vault elsewhere" } else { "" });
    assert!(steps > 40, "only {steps} steps");
}

fn quarantine_goes_on(trial: &Trial, at: u32) -> bool {
    let ended = killed_at("quarantine", &trial.root, &trial.vault, &trial.plan, at);
    trial.finish("quarantine");
    trial.finish("restore");
    trial.is_as_before();
    ended
}

fn quarantine_is_rolled_back(trial: &Trial, at: u32) -> bool {
    let ended = killed_at("quarantine", &trial.root, &trial.vault, &trial.plan, at);
    let begun = trial.vault.join(trial.digest.trim_start_matches("sha256:")).join("plan.json").exists();
    if begun {
        trial.finish("restore");
    }
    same(&trial.before, &snapshot(&trial.root));
    ended
}

fn restore_goes_on(trial: &Trial, at: u32) -> bool {
    trial.finish("quarantine");
    let ended = killed_at("restore", &trial.root, &trial.vault, &trial.plan, at);
    trial.finish("restore");
    trial.is_as_before();
    ended
}

#[test]
fn quarantine_killed_and_resumed() {
    every_step(false, "quarantine resumed", quarantine_goes_on);
}

#[test]
fn quarantine_killed_and_rolled_back() {
    every_step(false, "quarantine rolled back", quarantine_is_rolled_back);
}

#[test]
fn restore_killed_and_resumed() {
    every_step(false, "restore resumed", restore_goes_on);
}

#[test]
fn quarantine_killed_and_resumed_with_a_vault_elsewhere() {
    every_step(true, "quarantine resumed", quarantine_goes_on);
}

#[test]
fn quarantine_killed_and_rolled_back_with_a_vault_elsewhere() {
    every_step(true, "quarantine rolled back", quarantine_is_rolled_back);
}

#[test]
fn restore_killed_and_resumed_with_a_vault_elsewhere() {
    every_step(true, "restore resumed", restore_goes_on);
}
