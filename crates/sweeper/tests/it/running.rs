//! A program that runs on is told: from where it was, and after it was taken out from under it.

use std::{
    fs,
    process::{Child, Command, Stdio},
};

use sweep::{
    ban::Limits,
    catalogue::Class,
    plan::{Action, Before, Draft, Object, Plan, Scanned, Totals},
    scan::{Shape, State},
};

use crate::support::now;

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

fn plan(path: &str) -> Plan {
    let state = State { shape: Shape::File, inode: 1, mode: 0, uid: 0, gid: 0, links: 1, size: 1, modified: 0 };
    let object = Object {
        path: path.parse().unwrap(),
        subject: "cursor".to_owned(),
        class: Class::Program,
        action: Action::Move,
        why: "w".to_owned(),
        bytes: 1,
        files: 1,
        reversible: true,
        keys: vec![],
        before: Some(Before { state, content: "sha256:0".to_owned() }),
        after: None,
    };
    let day = "2026-01-01".parse().unwrap();
    Plan::seal(Draft {
        version: 1,
        ban: "b".to_owned(),
        reason: "r".to_owned(),
        from: day,
        made: day,
        expires: "2026-01-08".parse().unwrap(),
        machine: "m".to_owned(),
        root: "/".to_owned(),
        catalogue: "c".to_owned(),
        scanned: Scanned { started: now(), finished: now() },
        limits: Limits::default(),
        totals: Totals::default(),
        objects: vec![object],
        left: vec![],
        notes: vec![],
        running: vec![],
    })
    .unwrap()
}

#[test]
fn what_runs_out_of_an_object_is_told_also_when_it_was_moved_or_removed() {
    if !std::path::Path::new("/proc/self/exe").exists() {
        eprintln!("SKIPPED: there is no /proc");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = fs::canonicalize(folder.path()).unwrap();
    let program = path.join("cursor");
    fs::copy("/bin/sleep", &program).unwrap();
    let child = Command::new(&program).arg("600").stdout(Stdio::null()).spawn().unwrap();
    let child = Running(child);
    // A process has its program an instant before it has that program's name.
    let named = || fs::read_to_string(format!("/proc/{}/comm", child.0.id())).is_ok_and(|name| name.trim() == "cursor");
    for _ in 0..5_000 {
        if named() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let plan = plan(program.to_str().unwrap());
    let vault = path.join("vault");
    let pid = format!("pid {} (cursor)", child.0.id());
    let seen = || -> Vec<String> {
        let root = std::path::Path::new("/");
        sweeper::running(root, &vault, &plan).into_iter().map(|one| one.what).collect()
    };
    assert_eq!(seen(), std::slice::from_ref(&pid));
    let objects = vault.join(plan.digest().trim_start_matches("sha256:")).join("objects");
    fs::create_dir_all(&objects).unwrap();
    fs::rename(&program, objects.join("0")).unwrap();
    assert_eq!(seen(), std::slice::from_ref(&pid), "out of the vault");
    fs::copy(objects.join("0"), &program).unwrap();
    fs::remove_file(objects.join("0")).unwrap();
    assert_eq!(seen(), [format!("{pid}, its file is gone")]);
    drop(child);
    assert_eq!(seen(), Vec::<String>::new());
}

/// systemd does not know the unit, or does not run here: either way it says no.
#[test]
fn a_service_that_cannot_be_stopped_is_told_and_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = fs::canonicalize(folder.path()).unwrap();
    let unit = path.join("ringfence-test-of-no-service.service");
    fs::write(&unit, "[Service]\nExecStart=/bin/false\n").unwrap();
    let (root, vault) = (std::path::Path::new("/"), path.join("vault"));
    let catalogue = crate::support::catalogue();
    let ban = sweep::ban::parse(crate::support::BAN, &catalogue).unwrap();
    let mut draft = plan(unit.to_str().unwrap()).draft().clone();
    for object in &mut draft.objects {
        (object.action, object.class, object.before) = (Action::Stop, Class::Service, None);
    }
    let today = draft.made;
    let plan = sweeper::seal(root, draft, &ban, &catalogue).unwrap();
    let order = |stop_services| sweeper::Order {
        root: root.to_owned(),
        vault: vault.clone(),
        plan: &plan,
        digest: plan.digest().to_owned(),
        catalogue: &catalogue,
        today,
        confirmed: None,
        stop_services,
        now: &now,
        step: &|_| {},
    };
    for _ in 0..2 {
        let told = sweeper::quarantine(&order(true)).unwrap();
        let [not] = &told.not_done[..] else { panic!("{told:?}") };
        assert!(not.why.starts_with("the service was not stopped (/usr/bin/systemctl"), "{}", not.why);
        assert!(unit.exists(), "its unit stays, so that it can be tried again");
    }
    let told = sweeper::quarantine(&order(false)).unwrap();
    assert_eq!((told.done, told.not_done, unit.exists()), (1, vec![], false));
    sweeper::restore(root, &vault, plan.digest(), &catalogue, &now, &|_| {}).unwrap();
    assert!(unit.exists());
}
