//! Clients that want too much, and what they leave behind.

use std::{fs, path::Path, time::Duration};

use differential::{Limits, Report};

use crate::bench::{job, quiet};

fn limited(script: &str, limits: Limits) -> (Report, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("client.sh"), script).expect("writable");
    let mut job = job(&folder, &["sh", "client.sh"]);
    job.limits = limits;
    job.vary = [
        "timezone=Asia/Tokyo",
        "locale=C",
        "proxy=http://p.example:8080",
        "base-url=localhost",
        "username=root",
        "hostname=sandbox",
    ]
    .map(|v| v.parse().expect("well-formed"))
    .to_vec();
    let report = quiet(&job).expect("the client runs");
    (report, folder)
}

#[track_caller]
fn ended(report: &Report, why: &str) {
    assert!(report.unknown.iter().any(|u| u.why.contains(why)), "{:#?}", report.unknown);
}

#[test]
fn one_that_does_not_end_is_ended() {
    let (report, _) = limited("sleep 600", Limits { time: Duration::from_millis(300), ..Limits::default() });
    ended(&report, "time limit");
}

#[test]
fn one_that_floods_is_ended() {
    let (report, _) = limited("yes", Limits { output: 1 << 16, ..Limits::default() });
    ended(&report, "output limit");
}

#[test]
fn one_that_eats_memory_is_ended() {
    let (report, _) = limited(
        "exec python3 -c \"x = []\nwhile True: x.append(bytearray(1 << 20))\"",
        Limits { memory: 128 << 20, ..Limits::default() },
    );
    ended(&report, "memory limit");
}

#[test]
fn one_that_forks_without_end_is_ended() {
    let (report, _) = limited("while true; do sleep 100 & done", Limits { processes: 40, ..Limits::default() });
    ended(&report, "limit of processes");
}

#[test]
fn nothing_outlives_a_run_and_nothing_it_wrote_stays() {
    let name = format!("{}", 4_000_000 + std::process::id());
    let script = format!(
        "echo x > here; echo x > \"$HOME/there\"; mkdir -p /tmp/ringfence-left-{name}; setsid sh -c 'sleep {name}' & exit 0"
    );
    let (report, folder) = limited(&script, Limits { linger: Duration::from_millis(100), ..Limits::default() });
    assert!(!report.was_heard());
    assert!(!folder.path().join("here").exists());
    assert!(!Path::new(&format!("/tmp/ringfence-left-{name}")).exists());
    let left =
        fs::read_dir("/proc").expect("readable").flatten().filter_map(|e| fs::read(e.path().join("cmdline")).ok());
    assert_eq!(left.filter(|c| String::from_utf8_lossy(c).contains(&name)).count(), 0);
}

#[test]
fn the_network_outside_is_tried_and_not_reached() {
    let script = r#"
import json, os, socket, ssl, urllib.request
def quietly(f):
    try: print(f())
    except Exception as e: print("failed", e)
quietly(lambda: urllib.request.urlopen("https://telemetry.example.com/v1", timeout=3).read())
quietly(lambda: urllib.request.urlopen("http://plain.example.net/hello", timeout=3).read())
quietly(lambda: socket.create_connection(("203.0.113.9", 443), 3).close())
quietly(lambda: urllib.request.urlopen(urllib.request.Request(os.environ["BASE_URL"] + "/v1/messages", data=b"{}")).read())
"#;
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("client.py"), script).expect("writable");
    let report = quiet(&job(&folder, &["python3", "client.py"])).expect("the client runs");
    let hosts: Vec<&str> = report.endpoints.iter().map(|e| e.host.as_str()).collect();
    for host in ["telemetry.example.com", "plain.example.net"] {
        assert!(hosts.contains(&host), "{hosts:?}");
    }
}

#[test]
fn others_files_cannot_be_written_and_rights_are_gone() {
    let script = "touch /etc/x /usr/x 2>/dev/null && exit 7; umount /etc/hosts 2>/dev/null && exit 8; \
        mount -t tmpfs t /etc 2>/dev/null && exit 9; cat /etc/shadow >/dev/null 2>&1 && exit 10; hostname changed 2>/dev/null && exit 11; \
        [ $(id -u) = 1000 ] || exit 12; [ $(ls /proc | grep -c '^[0-9]') -lt 12 ] || exit 13; exit 0";
    let (report, _) = limited(script, Limits::default());
    let why = &report.unknown.iter().find(|u| u.place == "the client").expect("told").why;
    assert!(why.contains("ended with code 0"), "{why}");
}
