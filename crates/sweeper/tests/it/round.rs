//! Off and back: what a plan takes, what stays, and a tree that is the same afterwards.

use std::path::Path;

use sweep::{
    attest::{self, Period, Verdict},
    plan::{Action, Plan},
};
use sweeper::{Confirmed, SweepError, seed};

use crate::support::{self, BAN, now, order, planned, same, small_machine, snapshot};

fn off_and_back(root: &Path, vault: &Path, ban: &str) -> Plan {
    let catalogue = support::catalogue();
    let before = snapshot(root);
    let (_, plan) = planned(root, &catalogue, ban);
    same(&before, &snapshot(root));
    let outcome = sweeper::quarantine(&order(root, vault, &plan, &catalogue, &|_| {})).unwrap();
    assert_eq!(outcome.not_done, vec![]);
    assert_eq!(outcome.done, plan.draft().totals.objects);
    for object in plan.objects().iter().filter(|object| matches!(object.action, Action::Move | Action::Stop)) {
        let path = root.join(object.path.to_string().trim_start_matches('/'));
        assert!(path.symlink_metadata().is_err(), "{} is still there", object.path);
    }
    let (_, again) = planned(root, &catalogue, ban);
    assert_eq!(again.draft().totals.objects, 0, "{again}");
    // The same order again does nothing more.
    let twice = sweeper::quarantine(&order(root, vault, &plan, &catalogue, &|_| {})).unwrap();
    assert_eq!(twice.done, outcome.done);
    let outcome = sweeper::restore(root, vault, plan.digest(), &catalogue, &now, &|_| {}).unwrap();
    assert_eq!(outcome.not_done, vec![]);
    same(&before, &snapshot(root));
    plan
}

#[test]
fn a_small_machine_with_everything_that_is_hard() {
    let folder = tempfile::tempdir().unwrap();
    let (root, vault) = (folder.path().join("root"), folder.path().join("vault"));
    small_machine(&root);
    let plan = off_and_back(&root, &vault, BAN);
    let actions: Vec<String> =
        plan.objects().iter().map(|object| format!("{} {}", object.action.as_str(), object.path)).collect();
    expect_test::expect![[r#"
        [
            "move /home/alice/.claude.json",
            "move /home/alice/.claude/cache",
            "move /home/alice/.claude/settings.json",
            "edit /home/alice/.config/gateway/litellm.yaml",
            "edit /home/alice/.config/helper/settings.json",
            "move /home/alice/models/x.bin",
            "move /home/alice/models/y.bin",
            "move /usr/local/bin/claude",
            "move /usr/local/lib/node_modules/@anthropic-ai/claude-code",
        ]
    "#]]
    .assert_debug_eq(&actions);
}

#[test]
fn the_same_tree_has_the_same_digest_and_can_be_taken_again_by_a_newer_plan() {
    let folder = tempfile::tempdir().unwrap();
    let (root, vault) = (folder.path().join("root"), folder.path().join("vault"));
    small_machine(&root);
    let catalogue = support::catalogue();
    let ban = sweep::ban::parse(BAN, &catalogue).unwrap();
    let plan_at = |hours: i64| {
        let later = || now() + jiff::SignedDuration::from_hours(hours);
        let scan = sweeper::scan(&sweeper::Settings::new(&root, "testbed"), &catalogue, &later).unwrap();
        let today = later().to_zoned(jiff::tz::TimeZone::UTC).date();
        sweeper::seal(&root, sweep::plan::plan(&scan, &ban, &catalogue, today), &ban, &catalogue).unwrap()
    };
    let (first, second) = (plan_at(0), plan_at(30));
    assert_eq!(first.digest(), second.digest());
    let read = Plan::parse(second.to_json().as_bytes()).unwrap();
    assert_eq!((read.digest(), read.draft().made), (first.digest(), second.draft().made));
    // A longer life is not written in by hand.
    let longer = second.to_json().replace(&second.draft().expires.to_string(), "2027-12-31");
    assert!(Plan::parse(longer.as_bytes()).is_err());

    let before = snapshot(&root);
    for (round, plan) in [&first, &second].into_iter().enumerate() {
        let outcome = sweeper::quarantine(&order(&root, &vault, plan, &catalogue, &|_| {})).unwrap();
        assert_eq!((outcome.done, outcome.not_done.len()), (plan.draft().totals.objects, 0), "round {round}");
        let back = || now() + jiff::SignedDuration::from_hours(1 + 40 * round as i64);
        sweeper::restore(&root, &vault, plan.digest(), &catalogue, &back, &|_| {}).unwrap();
        same(&before, &snapshot(&root));
        // What was restored stays until somebody plans anew.
        let again = sweeper::quarantine(&order(&root, &vault, plan, &catalogue, &|_| {}));
        assert!(matches!(again, Err(SweepError::Restored(_))), "round {round}: {again:?}");
    }
}

#[test]
fn people_s_work_goes_too_when_the_ban_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (root, vault) = (folder.path().join("root"), folder.path().join("vault"));
    small_machine(&root);
    let plan = off_and_back(&root, &vault, &BAN.replace("keep", "take"));
    assert!(plan.objects().iter().any(|object| object.path.to_string() == "/home/alice/.claude"));
}

#[test]
fn a_vault_on_another_file_system() {
    let folder = tempfile::tempdir().unwrap();
    let Ok(other) = tempfile::tempdir_in("/dev/shm") else {
        eprintln!("SKIPPED: there is no /dev/shm to have a vault on");
        return;
    };
    let root = folder.path().join("root");
    small_machine(&root);
    off_and_back(&root, &other.path().join("vault"), BAN);
}

#[test]
fn every_layout_of_a_planted_machine() {
    let catalogue = support::catalogue();
    let vendors: std::collections::BTreeSet<String> = catalogue.tools().map(|tool| tool.vendor.clone()).collect();
    let subjects: String = vendors.iter().map(|vendor| format!("[[subject]]\nvendor = \"{vendor}\"\n")).collect();
    let ban = format!(
        "name = \"all\"\nfrom = 2026-01-01\nreason = \"r\"\ndata = \"take\"\n[limits]\nobjects = 5000\n{subjects}"
    );
    for (layout, seed) in [(seed::Layout::Linux, 31), (seed::Layout::MacOs, 32), (seed::Layout::Windows, 33)] {
        let folder = tempfile::tempdir().unwrap();
        let (root, vault) = (folder.path().join("root"), folder.path().join("vault"));
        seed::plant(&root, &catalogue, layout, seed).unwrap();
        let plan = off_and_back(&root, &vault, &ban);
        eprintln!("{layout:?}: {} objects off and back", plan.draft().totals.objects);
    }
}

#[test]
fn a_changed_machine_is_refused_before_anything_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let (root, vault) = (folder.path().join("root"), folder.path().join("vault"));
    small_machine(&root);
    let catalogue = support::catalogue();
    let (_, plan) = planned(&root, &catalogue, BAN);
    std::fs::write(root.join("home/alice/.claude/cache/new"), "x").unwrap();
    let before = snapshot(&root);
    let refused = sweeper::quarantine(&order(&root, &vault, &plan, &catalogue, &|_| {}));
    assert!(matches!(refused, Err(SweepError::Changed(1, _))), "{refused:?}");
    same(&before, &snapshot(&root));
    assert!(!vault.exists());
}

#[test]
fn nothing_is_done_on_another_digest_or_above_the_limits() {
    let folder = tempfile::tempdir().unwrap();
    let (root, vault) = (folder.path().join("root"), folder.path().join("vault"));
    small_machine(&root);
    let catalogue = support::catalogue();
    let (_, plan) = planned(&root, &catalogue, &format!("{BAN}[limits]\nobjects = 3\n"));
    let mut wrong = order(&root, &vault, &plan, &catalogue, &|_| {});
    wrong.digest = format!("sha256:{}", "0".repeat(64));
    assert!(matches!(sweeper::quarantine(&wrong), Err(SweepError::Plan(_))));
    let mut over = order(&root, &vault, &plan, &catalogue, &|_| {});
    assert!(matches!(sweeper::quarantine(&over), Err(SweepError::Limit { objects: 9, .. })));
    over.confirmed = Some(Confirmed { objects: 9, bytes: 1 });
    assert!(matches!(sweeper::quarantine(&over), Err(SweepError::Limit { .. })));
    over.confirmed = Some(Confirmed { objects: 9, bytes: plan.draft().totals.bytes });
    assert_eq!(sweeper::quarantine(&over).unwrap().done, 9);
}

#[test]
fn what_is_newer_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let (root, vault) = (folder.path().join("root"), folder.path().join("vault"));
    small_machine(&root);
    let catalogue = support::catalogue();
    let (_, plan) = planned(&root, &catalogue, BAN);
    sweeper::quarantine(&order(&root, &vault, &plan, &catalogue, &|_| {})).unwrap();
    std::fs::write(root.join("home/alice/.claude.json"), "newer").unwrap();
    let helper = root.join("home/alice/.config/helper/settings.json");
    let edited = std::fs::read_to_string(&helper).unwrap();
    assert_eq!(edited, "{\n  // mine\n  \"theme\": \"dark\"\n}\n");
    std::fs::write(&helper, edited.replace("\"dark\"", "\"light\"")).unwrap();
    let outcome = sweeper::restore(&root, &vault, plan.digest(), &catalogue, &now, &|_| {}).unwrap();
    let not: Vec<String> = outcome.not_done.iter().map(|one| format!("{}: {}", one.path, one.why)).collect();
    assert_eq!(std::fs::read_to_string(root.join("home/alice/.claude.json")).unwrap(), "newer");
    // The line comes back among what was changed since, or not at all.
    expect_test::expect![[r#"
        [
            "/home/alice/.claude.json: something newer is in its place",
            "/home/alice/.config/helper/settings.json: its settings were changed since, and the lines cannot be put back among them",
        ]
    "#]]
    .assert_debug_eq(&not);
    // Once it is gone, the same call brings the old one back.
    std::fs::remove_file(root.join("home/alice/.claude.json")).unwrap();
    std::fs::write(&helper, edited).unwrap();
    sweeper::restore(&root, &vault, plan.digest(), &catalogue, &now, &|_| {}).unwrap();
    assert_eq!(std::fs::read_to_string(root.join("home/alice/.claude.json")).unwrap(), "{\"mcpServers\":{}}\n");
}

#[test]
fn the_statement_says_what_was_done_and_holds_with_the_public_key_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (root, vault) = (folder.path().join("root"), folder.path().join("vault"));
    small_machine(&root);
    let catalogue = support::catalogue();
    let (ban, plan) = planned(&root, &catalogue, BAN);
    sweeper::quarantine(&order(&root, &vault, &plan, &catalogue, &|_| {})).unwrap();
    let done = sweeper::done(&vault, plan.digest()).unwrap();
    let second = support::scan(&root, &catalogue);
    let period = Period { started: now(), finished: now() };
    let statement = attest::statement(&plan, &ban, &catalogue, period, &second, done);
    assert_eq!(statement.predicate.verdict, Verdict::OnlyWhatStays);
    assert_eq!((statement.predicate.done.moved, statement.predicate.done.edited), (7, 2));
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let envelope = serde_json::to_vec(&attest::sign(&statement, attest::PAYLOAD_TYPE, &key).unwrap()).unwrap();
    assert_eq!(attest::verify(&envelope, &key.verifying_key()).unwrap(), statement);
    let other = ed25519_dalek::SigningKey::from_bytes(&[8; 32]);
    assert!(attest::verify(&envelope, &other.verifying_key()).is_err());
    for at in (0..envelope.len()).step_by(37) {
        let mut forged = envelope.clone();
        forged[at] ^= 1;
        assert!(attest::verify(&forged, &key.verifying_key()).map_or(true, |same| same == statement), "byte {at}");
    }
}
