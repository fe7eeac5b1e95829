//! Disks that are full or cannot be written.

use std::{fs, path::Path, process::Command};

use expect_test::expect;

use crate::{
    folder::{Folder, skip},
    lake_files,
    rows::exchanges,
};

#[test]
fn a_data_folder_below_a_file() {
    let folder = Folder::new();
    folder.write("x.jsonl", exchanges(0..3));
    folder.write("file", "");
    folder.check(
        "import x.jsonl --data file/data",
        expect![[r#"
        ringfence: cannot make the data folder `file/data`; name a writable one with --data: File exists (os error 17)
        exit code 2
    "#]],
    );
    folder.check(
        "import x.jsonl --data file",
        expect![[r#"
        ringfence: cannot make the data folder `file`; name a writable one with --data: File exists (os error 17)
        exit code 2
    "#]],
    );
    folder.check(
        "hunt --data file",
        expect![[r#"
        ringfence: there is no lake in `file/lake`; run `ringfence import` first, or name files with --exchanges
        exit code 2
    "#]],
    );
}

#[test]
fn answers_that_cannot_be_written_are_told_before_the_work() {
    let folder = Folder::new();
    folder.write("file", "");
    folder.check(
        "hunt --exchanges none.jsonl --out no/found.json",
        expect![[r#"
        ringfence: cannot write `no/found.json`: there is no folder `no`
        exit code 2
    "#]],
    );
    folder.check(
        "hunt --exchanges none.jsonl --report file/r.html",
        expect![[r#"
        ringfence: cannot write `file/r.html`: there is no folder `file`
        exit code 2
    "#]],
    );
    folder.check(
        "hunt --exchanges none.jsonl --out .",
        expect![[r#"
        ringfence: cannot write `.`: it is a folder
        exit code 2
    "#]],
    );
    folder.check(
        "hunt --exchanges none.jsonl --out found.json --report found.json",
        expect![[r#"
        ringfence: --out and --report name the same file; give each its own
        exit code 2
    "#]],
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_takes_no_file() {
    let folder = Folder::new();
    folder.check("hunt --exchanges none.jsonl --out /proc/found.json", expect![[r#"
        ringfence: cannot write `/proc/found.json`: the folder `/proc` takes no new file; name another: No such file or directory (os error 2) at path "/proc/.ringfence-ID"
        exit code 2
    "#]]);
}

#[cfg(target_os = "linux")]
#[test]
fn answers_on_a_full_device() {
    let folder = Folder::new();
    folder.write("x.jsonl", exchanges(0..20));
    folder.check(
        "hunt --exchanges x.jsonl --out /dev/full",
        expect![[r#"
        ringfence: cannot write `/dev/full`: No space left on device (os error 28)
        exit code 2
    "#]],
    );
    let full = fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    let ran = folder.command("hunt --exchanges x.jsonl --json").stdout(full).output().expect("the binary starts");
    assert_eq!(ran.status.code(), Some(2));
    expect![[r#"
        ringfence: cannot print the answer: No space left on device (os error 28)
    "#]]
    .assert_eq(&String::from_utf8_lossy(&ran.stderr));
}

/// A small disk of its own, unmounted at the end.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    fn mount(at: &'a Path, options: &str) -> Option<Self> {
        fs::create_dir_all(at).expect("the folder can be written");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(at).output();
        mounted.is_ok_and(|m| m.status.success()).then_some(Self(at))
    }

    fn remount(&self, options: &str) {
        let done = Command::new("mount").args(["-o", &format!("remount,{options}")]).arg(self.0).status();
        assert!(done.is_ok_and(|s| s.success()), "what was mounted can be mounted again");
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[test]
fn a_full_disk() {
    let folder = Folder::new();
    let small = folder.at("small");
    let Some(_disk) = Disk::mount(&small, "size=256k") else {
        return skip("no right to mount a small disk: what a full one does to an import was not tested");
    };
    folder.write("few.jsonl", exchanges(0..10));
    folder.write("many.jsonl", exchanges(10..8000));
    assert_eq!(folder.run("import few.jsonl --data small/data").code, 0);
    let before = lake_files::tree(&folder.at("small/data/lake"));
    folder.check("import many.jsonl --data small/data", expect![[r#"
        ringfence: cannot write rows to `exchanges/day=2026-08-04/part-ID.parquet`; free some space and run it again; the lake is as it was before: External: Generic local disk error: No space left on device (os error 28)
        exit code 2
    "#]]);
    assert_eq!(lake_files::tree(&folder.at("small/data/lake")), before, "the lake is as it was");
    assert_eq!(folder.answer("hunt --data small/data")["totals"]["exchanges"], 10);
}

#[test]
fn a_read_only_disk() {
    let folder = Folder::new();
    let small = folder.at("small");
    let Some(disk) = Disk::mount(&small, "size=4m") else {
        return skip("no right to mount a disk: what a read-only one does to an import was not tested");
    };
    folder.write("x.jsonl", exchanges(0..10));
    folder.write("more.jsonl", exchanges(10..20));
    assert_eq!(folder.run("import x.jsonl --data small/data").code, 0);
    disk.remount("ro");
    folder.check("import more.jsonl --data small/data", expect![[r#"
        ringfence: cannot write rows to `exchanges/day=2026-08-03/part-ID.parquet`; the disk is read-only: mount it writable and run it again; the lake is as it was before: External: Generic local disk error: Read-only file system (os error 30)
        exit code 2
    "#]]);
    folder.check("import more.jsonl --data small/new", expect![[r#"
        ringfence: cannot make the data folder `small/new`; name a writable one with --data: Read-only file system (os error 30)
        exit code 2
    "#]]);
    folder.check("hunt --data small/data", expect![[r#"
        No coordinated harvest campaign was found.
        Searched 10 exchanges of 7 accounts, 2026-08-03 00:00 to 2026-08-03 00:09 UTC; 0 cohorts tested;
        false discovery rate 5 %.

        cleared  no cohort came close enough to need clearing
        ringfence: `small/data/spill` cannot be written (Read-only file system (os error 30)); queries that need room on disk use `/tmp/.tmpID`
        exit code 0
    "#]]);
}
