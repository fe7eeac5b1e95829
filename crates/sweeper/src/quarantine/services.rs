//! Services that are stopped before their units are taken.

use std::collections::BTreeSet;

use sweep::{
    MachinePath,
    journal::Record,
    plan::Object,
    scan::{Shape, Unreadable},
};

use super::Work;
use crate::error::SweepError;

/// The manager that a unit is asked of: that of the system, or of the unit's owner; a unit of the same name may exist with each. None for a unit
/// of everybody's own manager, since nobody but its users can ask those.
fn manager(path: &MachinePath, owner: u32, own: u32) -> Option<Vec<String>> {
    let steps: Vec<&[u8]> = path.steps().collect();
    let of_users = steps.windows(2).any(|pair| pair == [b"systemd".as_slice(), b"user".as_slice()]);
    let in_system = matches!(steps.first(), Some(&b"etc" | &b"usr" | &b"lib"));
    match (of_users, in_system) {
        (false, _) => Some(vec![]),
        (true, true) => None,
        (true, false) if owner == own => Some(vec!["--user".to_owned()]),
        (true, false) => Some(vec!["--user".to_owned(), format!("--machine={owner}@.host")]),
    }
}

const SYSTEMCTL: &str = "/usr/bin/systemctl";
const LAUNCHCTL: &str = "/bin/launchctl";

/// Runs a program of the system; the inner error is what it said.
fn asked(program: &str, arguments: &[String]) -> Result<(), String> {
    let (none, out) = (std::process::Stdio::null(), std::process::Stdio::null());
    match std::process::Command::new(program).args(arguments).stdin(none).stdout(out).output() {
        Ok(done) if done.status.success() => Ok(()),
        Ok(done) => {
            let said = String::from_utf8_lossy(&done.stderr);
            let said: String = said.chars().filter(|c| !c.is_control()).take(200).collect();
            Err(format!("({program}: {}): {said}", done.status))
        }
        Err(error) => Err(format!("({program}: {error})")),
    }
}

/// What was asked of managers in one run.
#[derive(Default)]
pub(super) struct Services {
    pub(super) stopped: Vec<String>,
    /// Units that run on, and why.
    pub(super) run_on: Vec<Unreadable>,
    /// Managers that have to forget units once those are taken.
    managers: BTreeSet<Vec<String>>,
}

impl Services {
    /// Asks the system to stop a service, and makes sure of it; false where it runs on. Only on the operator's flag are programs run. Nothing is
    /// disabled, since that would remove the links that start it, which are taken and come back as they are.
    pub(super) fn stop(&mut self, work: &mut Work<'_>, at: usize, object: &Object) -> Result<bool, SweepError> {
        let Some(before) = object.before.as_ref().filter(|before| before.state.shape == Shape::File) else {
            return Ok(true);
        };
        let unit = String::from_utf8_lossy(object.path.name()).into_owned();
        let done = match unit.rsplit_once('.').map(|(_, ending)| ending) {
            Some("service" | "timer" | "socket" | "path") => {
                let own = rustix::process::geteuid().as_raw();
                let Some(manager) = manager(&object.path, before.state.uid, own) else { return Ok(true) };
                let order = |words: &[&str]| {
                    let words = words.iter().map(|word| (*word).to_owned());
                    manager.iter().cloned().chain(words).chain(["--".to_owned(), unit.clone()]).collect::<Vec<_>>()
                };
                let done = asked(SYSTEMCTL, &order(&["stop"])).and_then(|()| {
                    // Where there is no manager it may say that all is well.
                    match asked(SYSTEMCTL, &order(&["is-active", "--quiet"])) {
                        Ok(()) => Err(format!("({SYSTEMCTL}): it was asked to, and is active all the same")),
                        Err(_) => Ok(()),
                    }
                });
                self.managers.insert(manager);
                done
            }
            Some("plist") => asked(LAUNCHCTL, &["unload".to_owned(), object.path.to_string()]),
            _ => return Ok(true),
        };
        match done {
            Ok(()) => {
                work.vault.record(Record::Stopped { object: at, unit: unit.clone() })?;
                self.stopped.push(unit);
                Ok(true)
            }
            Err(why) => {
                let again = "the same command tries again; without stopping services its unit is taken while it runs";
                let why = format!("the service was not stopped {why}; {again}");
                self.run_on.push(Unreadable { path: object.path.clone(), why });
                Ok(false)
            }
        }
    }

    /// Units that are gone stay known until their manager looks again.
    pub(super) fn forget(&mut self) {
        for manager in std::mem::take(&mut self.managers) {
            let order: Vec<String> = manager.into_iter().chain(["daemon-reload".to_owned()]).collect();
            // One that does not hear it looks again when it starts.
            drop(asked(SYSTEMCTL, &order));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::manager;

    #[track_caller]
    fn check(path: &str, owner: u32, expected: Option<&str>) {
        assert_eq!(manager(&path.parse().unwrap(), owner, 0).map(|words| words.join(" ")).as_deref(), expected);
    }

    #[test]
    fn each_unit_is_asked_of_its_own_manager() {
        check("/etc/systemd/system/ollama.service", 0, Some(""));
        check("/home/alice/.config/systemd/user/ollama.service", 1000, Some("--user --machine=1000@.host"));
        check("/root/.config/systemd/user/ollama.service", 0, Some("--user"));
        check("/etc/systemd/user/ollama.service", 0, None);
    }
}
