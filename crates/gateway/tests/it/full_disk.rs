//! A disk that is really full: a small tmpfs in a mount namespace of a child process.

use std::{
    env,
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use http::StatusCode;

use crate::running::{Running, until};

const SMALL: &str = "GATEWAY_TEST_SMALL_DISK";
const MOUNT: &str = r#"mount -t tmpfs -o size="$0" tmpfs "$1" && shift && exec "$@""#;

/// Runs a test of this binary with four megabytes for all that it writes.
fn on_a_small_disk(test: &str) {
    on_a_disk("4m", test);
}

/// Runs a test of this binary in a mount namespace, with a disk of its own. It says at its end that all of it held.
pub(crate) fn on_a_disk(size: &str, test: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mount = |command: &[&str]| {
        let mut unshare = Command::new("unshare");
        unshare.args(["--map-root-user", "--mount", "sh", "-c", MOUNT, size]).arg(folder.path()).args(command);
        unshare.env(SMALL, folder.path()).env("TMPDIR", folder.path()).output()
    };
    if !mount(&["true"]).is_ok_and(|output| output.status.success()) {
        assert!(env::var_os("CI").is_none(), "this test needs `unshare` and leave to mount a tmpfs");
        eprintln!("SKIPPED {test}: needs `unshare` and leave to mount a tmpfs");
        return;
    }
    let output = mount(&[env::current_exe().unwrap().to_str().unwrap(), test, "--exact", "--nocapture"]).unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("all of it held"), "{text}");
}

pub(crate) fn small_disk() -> Option<PathBuf> {
    env::var_os(SMALL).map(PathBuf::from)
}

/// Takes all the room there is.
pub(crate) fn fill(disk: &Path) -> PathBuf {
    let path = disk.join("ballast");
    let mut file = File::create(&path).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    path
}

#[test]
fn a_gateway_that_goes_on_without_records() {
    on_a_small_disk("full_disk::child_that_goes_on");
}

/// Not a test of its own.
#[tokio::test]
async fn child_that_goes_on() {
    let Some(disk) = small_disk() else { return };
    let running = Running::start("", "[ledger]\nwhen_gone = 'allow'\n[capture]\nwhen_full = 'drop'").await;
    assert_eq!(running.chat("key-of-nobody").await.status, StatusCode::UNAUTHORIZED);
    let ballast = fill(&disk);
    let lost = "ringfence_exchanges_total{outcome=\"lost\"}";
    let mut passed = 0;
    until("a full disk", async || {
        let denied = running.chat("key-of-nobody").await;
        assert!([StatusCode::UNAUTHORIZED, StatusCode::SERVICE_UNAVAILABLE].contains(&denied.status));
        assert_eq!(running.chat("key-old").await.status, StatusCode::OK, "allows pass");
        passed += 1;
        denied.status == StatusCode::SERVICE_UNAVAILABLE && running.metric(lost).await >= 3.0
    })
    .await;
    let failed = running.chat("key-of-nobody").await;
    assert_eq!(failed.status, StatusCode::SERVICE_UNAVAILABLE, "never a verdict that is not on record");
    assert!(failed.headers.get("x-ringfence-effect").is_none() && failed.headers.contains_key("retry-after"));
    until("the word of it", async || running.part("ledger").await.0 == "stale").await;
    assert_eq!(running.stub.requests(), passed);
    std::fs::remove_file(ballast).unwrap();
    until("verdicts", async || running.chat("key-of-nobody").await.status == StatusCode::UNAUTHORIZED).await;
    until("the word of it", async || running.part("ledger").await.0 == "ok").await;
    let before = running.metric(lost).await;
    until("captures", async || {
        passed += 1;
        assert_eq!(running.chat("key-old").await.status, StatusCode::OK);
        let captured = running.metric("ringfence_exchanges_total{outcome=\"captured\"}").await;
        let lost = running.metric(lost).await;
        assert_eq!((captured + lost) as u64, passed, "every exchange is counted, kept or lost");
        lost == before
    })
    .await;
    running.gateway.stop().await.unwrap();
    println!("all of it held");
}

#[test]
fn a_gateway_that_refuses_without_records() {
    on_a_small_disk("full_disk::child_that_refuses");
}

/// Not a test of its own.
#[tokio::test]
async fn child_that_refuses() {
    let Some(disk) = small_disk() else { return };
    for tables in ["[ledger]\nwhen_gone = 'refuse'", "[ledger]\nwhen_gone = 'allow'\n[capture]\nwhen_full = 'refuse'"] {
        let running = Running::start("", tables).await;
        assert_eq!(running.chat("key-old").await.status, StatusCode::OK);
        let ballast = fill(&disk);
        until("a full disk", async || {
            running.chat("key-of-nobody").await;
            running.chat("key-old").await.status == StatusCode::SERVICE_UNAVAILABLE
        })
        .await;
        let before = running.stub.requests();
        for _ in 0..3 {
            let got = running.chat("key-old").await;
            assert_eq!(got.status, StatusCode::SERVICE_UNAVAILABLE, "{tables}");
            assert!(got.headers.contains_key("retry-after"));
        }
        assert_eq!(running.stub.requests(), before, "{tables}");
        std::fs::remove_file(ballast).unwrap();
        until("room", async || running.chat("key-old").await.status == StatusCode::OK).await;
        until("verdicts", async || running.chat("key-of-nobody").await.status == StatusCode::UNAUTHORIZED).await;
        running.gateway.stop().await.unwrap();
    }
    println!("all of it held");
}
