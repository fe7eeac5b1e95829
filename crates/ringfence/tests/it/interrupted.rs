//! Ctrl-C and kill -9 in the middle of the work.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    process::{Child, Command},
};

use expect_test::expect;

use crate::{folder::Folder, lake_files, rows::exchanges};

/// More than pipes and queues hold, so that the reader is in the middle once all of it is written.
const ROWS: u32 = 20_000;

/// A run that reads from a pipe which is held open, in the middle of its work.
fn in_the_middle(folder: &Folder, words: &str) -> (Child, File) {
    let made = Command::new("mkfifo").arg(folder.at("pipe")).status().expect("mkfifo is there");
    assert!(made.success());
    let child = folder.start(words);
    let mut pipe = OpenOptions::new().write(true).open(folder.at("pipe")).expect("the run opens the other end");
    pipe.write_all(exchanges(100..ROWS).as_bytes()).expect("the run reads");
    (child, pipe)
}

fn ctrl_c(child: &Child) {
    send("-INT", child);
}

fn send(signal: &str, to: &Child) {
    let sent = Command::new("kill").args([signal, &to.id().to_string()]).status().expect("kill is there");
    assert!(sent.success());
}

#[test]
fn ctrl_c_in_an_import_leaves_the_lake_as_it_was() {
    let folder = Folder::new();
    folder.write("x.jsonl", exchanges(0..20));
    folder.write("a.jsonl", crate::rows::account("a1"));
    assert_eq!(folder.run("import x.jsonl").code, 0);
    let before = lake_files::tree(&folder.at("ringfence-data"));
    let (child, pipe) = in_the_middle(&folder, "import pipe --accounts a.jsonl");
    ctrl_c(&child);
    let ran = folder.end(child);
    expect![[r#"
        ringfence: interrupted: nothing of this run was imported, the lake is as it was
        exit code 2
    "#]]
    .assert_eq(&ran.shown());
    assert_eq!(lake_files::tree(&folder.at("ringfence-data")), before);
    drop(pipe);
}

/// The run waits for the first bytes of a pipe that is held open.
#[test]
fn ctrl_c_while_a_pipe_is_silent() {
    let folder = Folder::new();
    assert!(Command::new("mkfifo").arg(folder.at("pipe")).status().expect("mkfifo is there").success());
    let child = folder.start("import pipe");
    let pipe = OpenOptions::new().write(true).open(folder.at("pipe")).expect("the run opens the other end");
    ctrl_c(&child);
    expect![[r#"
        ringfence: interrupted: nothing of this run was imported, the lake is as it was
        exit code 2
    "#]]
    .assert_eq(&folder.end(child).shown());
    assert!(!folder.at("ringfence-data").exists());
    drop(pipe);
}

#[test]
fn ctrl_c_in_a_hunt_leaves_no_temporary_folder() {
    a_hunt_that_is_ended("-INT");
}

/// What `timeout` and service managers send, and a terminal that closes: the folder holds a copy of the secret.
#[test]
fn other_signals_in_a_hunt_leave_no_temporary_folder() {
    a_hunt_that_is_ended("-TERM");
    a_hunt_that_is_ended("-HUP");
}

#[track_caller]
fn a_hunt_that_is_ended(signal: &str) {
    let folder = Folder::new();
    folder.write("x.jsonl", exchanges(0..20));
    assert_eq!(folder.run("import x.jsonl").code, 0);
    fs::create_dir(folder.at("tmp")).expect("writable");
    assert!(Command::new("mkfifo").arg(folder.at("pipe")).status().expect("mkfifo is there").success());
    let mut command = folder.command("hunt --exchanges pipe --out found.json");
    let child = command.env("TMPDIR", folder.at("tmp")).stderr(std::process::Stdio::piped()).spawn().expect("starts");
    let mut pipe = OpenOptions::new().write(true).open(folder.at("pipe")).expect("the run opens the other end");
    pipe.write_all(exchanges(100..ROWS).as_bytes()).expect("the run reads");
    send(signal, &child);
    expect![[r#"
        ringfence: interrupted: nothing was written
        exit code 2
    "#]]
    .assert_eq(&folder.end(child).shown());
    assert!(!folder.at("found.json").exists());
    assert_eq!(fs::read_dir(folder.at("tmp")).expect("there").count(), 0);
}

#[test]
fn an_import_after_a_kill_is_complete() {
    let folder = Folder::new();
    folder.write("x.jsonl", exchanges(0..3000));
    let (mut child, pipe) = in_the_middle(&folder, "import x.jsonl pipe");
    child.kill().expect("it runs");
    folder.end(child);
    drop(pipe);
    assert_eq!(lake_files::count(&folder.at("ringfence-data/lake"), "exchanges"), 0);
    folder.check(
        "import x.jsonl",
        expect![[r#"
        imported 3000 exchanges and 0 accounts
        the lake is at version 2
        exit code 0
    "#]],
    );
    assert_eq!(lake_files::count(&folder.at("ringfence-data/lake"), "exchanges"), 3000);
}
