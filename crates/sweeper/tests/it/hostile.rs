//! Trees that mean harm, or just look like it: nothing hangs, nothing is followed, nothing is written outside.

use std::{
    os::unix::{ffi::OsStrExt as _, fs::symlink},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::Instant,
};

use sweep::scan::Kind;
use sweeper::{SweepError, seed::files};

use crate::support::{self, BAN, now, order, planned, same, small_machine, snapshot};

fn write(root: &Path, path: &str, bytes: &[u8]) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

fn fifo(path: &Path) {
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
}

#[test]
fn fifos_devices_and_loops_do_not_hold_the_scan_up() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "etc/passwd", b"alice:x:1000:1000::/home/alice:/bin/sh\n");
    write(root, "home/alice/real.bin", &files::gguf("qwen2", "Qwen2 7B", 15, 1));
    for name in [
        "home/alice/model.gguf",
        "home/alice/.env",
        "home/alice/mcp.json",
        "home/alice/.claude.json",
        "home/alice/.bashrc",
    ] {
        fifo(&root.join(name));
    }
    write(root, "usr/lib/node_modules/@anthropic-ai/claude-code/cli.js", b"");
    fifo(&root.join("usr/lib/node_modules/@anthropic-ai/claude-code/package.json"));
    symlink(".", root.join("home/alice/loop")).unwrap();
    symlink("/", root.join("home/alice/out")).unwrap();
    symlink("b", root.join("home/alice/a")).unwrap();
    symlink("a", root.join("home/alice/b")).unwrap();
    symlink("/etc", root.join("home/mallory")).unwrap();
    if rustix::process::geteuid().is_root() {
        let device = rustix::fs::makedev(1, 5);
        let made = rustix::fs::mknodat(
            rustix::fs::CWD,
            root.join("home/alice/zero.gguf"),
            rustix::fs::FileType::CharacterDevice,
            rustix::fs::Mode::RWXU,
            device,
        );
        if made.is_err() {
            eprintln!("SKIPPED: no device can be made here");
        }
    }
    let started = Instant::now();
    let scan = support::scan(root, &support::catalogue());
    assert!(started.elapsed().as_secs() < 10);
    let models: Vec<String> =
        scan.items.iter().filter(|item| item.kind == Kind::Model).map(|item| item.path.to_string()).collect();
    assert_eq!(models, ["/home/alice/real.bin"]);
    assert!(scan.scope.homes.iter().all(|home| home.path.to_string() != "/home/mallory"));
}

#[test]
fn names_of_any_bytes_are_found_shown_and_brought_back() {
    let folder = tempfile::tempdir().unwrap();
    let (root, vault) = (folder.path().join("root"), folder.path().join("vault"));
    write(&root, "etc/passwd", b"alice:x:1000:1000::/home/alice:/bin/sh\n");
    let odd = [b"new\nline.bin".as_slice(), b"bad\xff\xfebytes", b"esc\x1b[2Jape", b"percent%41", b"bytes:x"];
    std::fs::create_dir_all(root.join("home/alice")).unwrap();
    for name in odd {
        std::fs::write(
            root.join("home/alice").join(std::ffi::OsStr::from_bytes(name)),
            files::gguf("qwen2", "Qwen2 7B", 15, 1),
        )
        .unwrap();
    }
    let catalogue = support::catalogue();
    let before = snapshot(&root);
    let scan = support::scan(&root, &catalogue);
    assert_eq!(scan.items.iter().filter(|item| item.kind == Kind::Model).count(), odd.len());
    let table = sweep::output::table(&scan);
    assert!(!table.contains('\x1b') && !table.contains("new\nline"));
    let json = serde_json::to_string(&scan).unwrap();
    assert_eq!(serde_json::from_str::<sweep::scan::Scan>(&json).unwrap(), scan);
    let (_, plan) = planned(&root, &catalogue, BAN);
    let plan = sweep::plan::Plan::parse(plan.to_json().as_bytes()).unwrap();
    assert_eq!(sweeper::quarantine(&order(&root, &vault, &plan, &catalogue, &|_| {})).unwrap().done, odd.len() as u64);
    sweeper::restore(&root, &vault, plan.digest(), &catalogue, &now, &|_| {}).unwrap();
    same(&before, &snapshot(&root));
}

#[test]
fn a_huge_folder_and_a_deep_one() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "etc/passwd", b"alice:x:1000:1000::/home/alice:/bin/sh\n");
    let huge = root.join("home/alice/huge");
    std::fs::create_dir_all(&huge).unwrap();
    for at in 0..30_000 {
        std::fs::File::create(huge.join(format!("f{at}"))).unwrap();
    }
    let mut deep = root.join("home/alice");
    let handle = std::env::current_dir().unwrap();
    for _ in 0..400 {
        deep.push("d");
    }
    std::fs::create_dir_all(&deep).unwrap();
    let scan = support::scan(root, &support::catalogue());
    assert_eq!(scan.scope.files, 30_001);
    assert!(!scan.scope.complete);
    assert!(scan.scope.skipped.iter().any(|skipped| skipped.why.contains("deeper")));
    drop(handle);
}

#[test]
fn places_without_permission_are_told() {
    if rustix::process::geteuid().is_root() {
        // Root reads everything: the scan runs as somebody else in a process of its own.
        return as_nobody();
    }
    let folder = tempfile::tempdir().unwrap();
    no_permission(folder.path());
}

fn no_permission(root: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    write(root, "etc/passwd", b"alice:x:1000:1000::/home/alice:/bin/sh\n");
    write(root, "home/alice/closed/x", b"");
    write(root, "home/alice/open/y.bin", b"secret");
    std::fs::set_permissions(root.join("home/alice/closed"), std::fs::Permissions::from_mode(0o0)).unwrap();
    std::fs::set_permissions(root.join("home/alice/open/y.bin"), std::fs::Permissions::from_mode(0o0)).unwrap();
    let scan = support::scan(root, &support::catalogue());
    let told: Vec<String> = scan.unreadable.iter().map(|one| format!("{}: {}", one.path, one.why)).collect();
    std::fs::set_permissions(root.join("home/alice/closed"), std::fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(told, ["/home/alice/closed: no permission", "/home/alice/open/y.bin: no permission"]);
}

fn as_nobody() {
    use std::os::unix::process::CommandExt as _;
    if std::env::var_os("SWEEP_NOBODY").is_some() {
        return;
    }
    let exe = std::env::current_exe().unwrap();
    let copy = tempfile::Builder::new().prefix("sweep").tempdir_in("/tmp").unwrap();
    let there = copy.path().join("it");
    // By another process: a child that another test starts meanwhile would hold a file open that this one writes.
    assert!(std::process::Command::new("cp").arg(exe).arg(&there).status().unwrap().success());
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(copy.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    std::fs::set_permissions(&there, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = std::process::Command::new(there);
    command
        .args(["--exact", "hostile::places_without_permission_are_told", "--nocapture"])
        .env("TMPDIR", copy.path())
        .uid(65534)
        .gid(65534);
    let out = command.output().unwrap();
    assert!(out.status.success(), "{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
}

/// Somebody swaps folders for links while root works: nothing outside is read, moved or written.
fn while_swapping(root: &Path, swapped: &[&str], outside: &Path, work: impl FnOnce()) {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                for path in swapped {
                    let (real, aside) = (root.join(path), root.join(format!("{path}.aside")));
                    if std::fs::rename(&real, &aside).is_ok() {
                        _ = symlink(outside, &real);
                        std::thread::yield_now();
                        _ = std::fs::remove_file(&real);
                        _ = std::fs::rename(&aside, &real);
                    }
                }
            }
        });
        work();
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_scan_never_leaves_the_root_while_folders_become_links() {
    let folder = tempfile::tempdir().unwrap();
    let (root, outside) = (folder.path().join("root"), folder.path().join("outside"));
    small_machine(&root);
    write(&outside, "trap.bin", &files::gguf("deepseek2", "DeepSeek trap", 15, 1));
    write(&outside, "settings.json", b"{\"model\":\"grok-4\"}");
    let catalogue = support::catalogue();
    while_swapping(&root, &["home/alice/models", "home/alice/.config/helper", "home/alice/.claude"], &outside, || {
        for _ in 0..300 {
            let scan = support::scan(&root, &catalogue);
            assert!(scan.items.iter().all(|item| item.subject != "deepseek" && item.subject != "grok"));
        }
    });
}

#[test]
fn a_quarantine_never_writes_outside_while_folders_become_links() {
    let catalogue = support::catalogue();
    let mut acted = 0;
    for _ in 0..40 {
        let folder = tempfile::tempdir().unwrap();
        let (root, outside, vault) =
            (folder.path().join("root"), folder.path().join("outside"), folder.path().join("vault"));
        small_machine(&root);
        for name in ["x.bin", "y.bin", "settings.json", "cache"] {
            write(&outside, name, b"somebody else's");
        }
        let (before, beyond) = (snapshot(&root), snapshot(&outside));
        let (_, plan) = planned(&root, &catalogue, BAN);
        while_swapping(
            &root,
            &["home/alice/models", "home/alice/.config/helper", "home/alice/.claude"],
            &outside,
            || {
                match sweeper::quarantine(&order(&root, &vault, &plan, &catalogue, &|_| {})) {
                    Ok(outcome) => acted += outcome.done,
                    Err(SweepError::Changed(..) | SweepError::Io { .. }) => {}
                    Err(other) => panic!("{other}"),
                }
                _ = sweeper::restore(&root, &vault, plan.digest(), &catalogue, &now, &|_| {});
            },
        );
        same(&beyond, &snapshot(&outside));
        _ = sweeper::quarantine(&order(&root, &vault, &plan, &catalogue, &|_| {}));
        if vault.exists() {
            _ = sweeper::restore(&root, &vault, plan.digest(), &catalogue, &now, &|_| {});
        }
        let names =
            |all: &std::collections::BTreeMap<std::path::PathBuf, String>| all.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&before), names(&snapshot(&root)));
    }
    eprintln!("{acted} objects were taken amid the swapping");
}

#[test]
fn files_that_change_under_the_scan() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    small_machine(&root);
    let stop = AtomicBool::new(false);
    let catalogue = support::catalogue();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let model = files::gguf("qwen3", "Qwen3 8B", 15, 4000);
            let mut length = 0;
            while !stop.load(Ordering::Relaxed) {
                length = (length + 997) % model.len();
                _ = std::fs::write(root.join("home/alice/models/x.bin"), &model[..length]);
                _ = std::fs::write(
                    root.join("home/alice/.config/helper/settings.json"),
                    &b"{\"model\":\"claude-opus-4-1\"}"[..length % 27],
                );
                let gone = root.join("home/alice/fleeting");
                _ = std::fs::create_dir(&gone);
                _ = std::fs::remove_dir(&gone);
            }
        });
        for _ in 0..200 {
            assert!(!support::scan(&root, &catalogue).items.is_empty());
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_full_disk_ends_the_quarantine_and_room_lets_it_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let small = folder.path().join("small");
    std::fs::create_dir(&small).unwrap();
    let mounted =
        std::process::Command::new("mount").args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"]).arg(&small).status();
    if !mounted.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: no small file system can be mounted here (needs root)");
        return;
    }
    let root = folder.path().join("root");
    small_machine(&root);
    write(
        &root,
        "home/alice/models/large.bin",
        &[files::gguf("qwen3", "Qwen3 large", 15, 1), vec![7; 2 << 20]].concat(),
    );
    let before = snapshot(&root);
    let catalogue = support::catalogue();
    let (_, plan) = planned(&root, &catalogue, BAN);
    std::fs::write(small.join("filler"), vec![1; 2 << 20]).unwrap();
    let full = sweeper::quarantine(&order(&root, &small.join("vault"), &plan, &catalogue, &|_| {}));
    assert!(matches!(full, Err(SweepError::Io { .. })), "{full:?}");
    assert!(root.join("home/alice/models/large.bin").exists());
    std::fs::remove_file(small.join("filler")).unwrap();
    let done = sweeper::quarantine(&order(&root, &small.join("vault"), &plan, &catalogue, &|_| {})).unwrap();
    assert_eq!(done.not_done, vec![]);
    sweeper::restore(&root, &small.join("vault"), plan.digest(), &catalogue, &now, &|_| {}).unwrap();
    same(&before, &snapshot(&root));
    assert!(std::process::Command::new("umount").arg(&small).status().unwrap().success());
}

/// A folder on another file system; `None`, said aloud, where there is none.
fn elsewhere() -> Option<tempfile::TempDir> {
    let other = tempfile::tempdir_in("/dev/shm").ok();
    if other.is_none() {
        eprintln!("SKIPPED: there is no /dev/shm to have a vault on");
    }
    other
}

#[test]
fn what_has_no_content_keeps_its_mode_and_holes_stay_holes() {
    use std::os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _};
    let Some(other) = elsewhere() else { return };
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    small_machine(&root);
    let inside = root.join("home/alice/.claude/extra");
    std::fs::create_dir_all(&inside).unwrap();
    fifo(&inside.join("pipe"));
    std::fs::set_permissions(inside.join("pipe"), std::fs::Permissions::from_mode(0o666)).unwrap();
    let sparse = std::fs::File::create(inside.join("sparse")).unwrap();
    sparse.write_all_at(b"head", 0).unwrap();
    sparse.write_all_at(b"tail", 40 << 20).unwrap();
    sparse.set_len(60 << 20).unwrap();
    sparse.sync_all().unwrap();
    let blocks = || std::fs::metadata(inside.join("sparse")).unwrap().blocks();
    let (before, room) = (snapshot(&root), blocks());
    let catalogue = support::catalogue();
    let (_, plan) = planned(&root, &catalogue, BAN);
    let vault = other.path().join("vault");
    let done = sweeper::quarantine(&order(&root, &vault, &plan, &catalogue, &|_| {})).unwrap();
    assert_eq!(done.not_done, vec![]);
    sweeper::restore(&root, &vault, plan.digest(), &catalogue, &now, &|_| {}).unwrap();
    same(&before, &snapshot(&root));
    assert!(blocks() <= room + 1024, "{} blocks became {}", room, blocks());
}

#[test]
fn what_cannot_be_removed_stays_whole() {
    let Some(other) = elsewhere() else { return };
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    small_machine(&root);
    let package = root.join("usr/local/lib/node_modules/@anthropic-ai/claude-code");
    let fixed = package.join("package.json");
    let chattr = |flag: &str| std::process::Command::new("chattr").arg(flag).arg(&fixed).status();
    if !chattr("+i").is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: no file can be made immutable here (needs root and a file system that has it)");
        return;
    }
    let before = snapshot(&root);
    let catalogue = support::catalogue();
    let (_, plan) = planned(&root, &catalogue, BAN);
    let vault = other.path().join("vault");
    let done = sweeper::quarantine(&order(&root, &vault, &plan, &catalogue, &|_| {})).unwrap();
    let restored = sweeper::restore(&root, &vault, plan.digest(), &catalogue, &now, &|_| {});
    let after = snapshot(&root);
    assert!(chattr("-i").unwrap().success());
    let told: Vec<String> = done.not_done.iter().map(|one| format!("{}: {}", one.path, one.why)).collect();
    expect_test::expect![[r#"
        [
            "/usr/local/lib/node_modules/@anthropic-ai/claude-code: it cannot be removed: Operation not permitted (os error 1)",
        ]
    "#]]
    .assert_debug_eq(&told);
    restored.unwrap();
    same(&before, &after);
}

#[test]
fn the_vault_must_be_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let (root, vault) = (folder.path().join("root"), folder.path().join("vault"));
    small_machine(&root);
    let catalogue = support::catalogue();
    let (_, plan) = planned(&root, &catalogue, BAN);
    std::fs::create_dir(&vault).unwrap();
    std::fs::set_permissions(&vault, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert!(matches!(
        sweeper::quarantine(&order(&root, &vault, &plan, &catalogue, &|_| {})),
        Err(SweepError::NotPrivate(_))
    ));
}

#[test]
fn a_vault_in_the_tree_is_not_looked_into() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    small_machine(&root);
    let vault = root.join("var/lib/ringfence/vault");
    let catalogue = support::catalogue();
    let (_, plan) = planned(&root, &catalogue, BAN);
    sweeper::quarantine(&order(&root, &vault, &plan, &catalogue, &|_| {})).unwrap();
    let (_, again) = planned(&root, &catalogue, BAN);
    assert_eq!(again.draft().totals.objects, 0);
    let scan = support::scan(&root, &catalogue);
    assert!(scan.scope.skipped.iter().any(|skipped| skipped.why == "a vault of Ringfence"));
}

#[test]
fn no_value_of_a_secret_is_in_any_report() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    let canary = "canary-7f3a9c-never-shown";
    write(&root, "etc/passwd", b"alice:x:1000:1000::/home/alice:/bin/sh\n");
    for (path, text) in [
        (
            "home/alice/.env",
            format!("OPENAI_API_KEY={canary}\nANTHROPIC_AUTH_TOKEN=\"{canary}\"\nANTHROPIC_MODEL=claude-opus-4-1\n"),
        ),
        ("home/alice/.bashrc", format!("export GEMINI_API_KEY='{canary}'\n")),
        (
            "home/alice/.config/x/settings.json",
            format!(
                "{{\"model\":\"claude-opus-4-1\",\"apiKey\":\"{canary}\",\"env\":{{\"XAI_API_KEY\":\"{canary}\"}},\"baseUrl\":\"https://user:{canary}@api.openai.com/v1?key={canary}\"}}"
            ),
        ),
        ("home/alice/.claude/.credentials.json", format!("{{\"token\":\"{canary}\"}}")),
        (
            "home/alice/compose.yaml",
            format!(
                "services:\n  a:\n    environment:\n      - DEEPSEEK_API_KEY={canary}\n      - MODEL=deepseek-chat\n"
            ),
        ),
    ] {
        write(&root, path, text.as_bytes());
    }
    let catalogue = support::catalogue();
    let scan = support::scan(&root, &catalogue);
    let (_, plan) = planned(&root, &catalogue, BAN);
    let all = [
        serde_json::to_string(&scan).unwrap(),
        sweep::output::table(&scan),
        sweep::output::rows(&scan),
        sweep::output::cyclonedx(&scan, &catalogue, "0").to_string(),
        plan.to_json(),
        plan.to_string(),
    ];
    for text in &all {
        assert!(!text.contains(canary), "{}", text.lines().find(|line| line.contains(canary)).unwrap());
    }
    for name in ["OPENAI_API_KEY", "ANTHROPIC_AUTH_TOKEN", "GEMINI_API_KEY", "XAI_API_KEY", "DEEPSEEK_API_KEY"] {
        assert!(all[0].contains(name), "{name} is not told");
    }
}
