//! A wall clock that jumps while a gateway runs: it goes on deciding, and nothing that a jump must not open is opened.

use std::{collections::BTreeSet, env, fs, path::Path};

use exchanges::Time;
use gateway::stub::Stub;
use http::{Method, StatusCode};
use jiff::Timestamp;
use policy::DecisionId;
use serde_json::Value;
use store::{Allowance, Subject};

use crate::{
    killed::{Served, captured, decided},
    running::{Got, chat, config, replace, send, start, until, write_roster},
};

const LIBRARY: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
const DAY: i64 = 86_400;
/// Marks whom the allow-list names.
const RULE: &str = "@id(\"listed\") @text(\"Words.\") @effect(\"restrict\") permit (principal, action, resource)\n\
    when { context.account.allow_listed };";

/// The library that moves a process' clock; without it a test passes loudly here, and fails where peers are required.
fn faketime() -> bool {
    let found = Path::new(LIBRARY).is_file();
    if !found {
        eprintln!("SKIPPED: {LIBRARY} is missing; `.ci/peers` installs it");
        let required = ["CI", "RINGFENCE_REQUIRE_PEERS"].iter().any(|name| env::var_os(name).is_some());
        assert!(!required, "{LIBRARY} is missing, and is required");
    }
    found
}

/// A gateway whose clock is moved, and what was seen of it.
struct Jumping {
    served: Served,
    stub: Stub,
    folder: tempfile::TempDir,
    /// Exchanges that were answered whole.
    passed: BTreeSet<String>,
    denied: BTreeSet<String>,
}

impl Jumping {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_roster(folder.path());
        let rules = folder.path().join("rules");
        fs::create_dir(&rules).unwrap();
        for file in policy::default_files() {
            fs::write(rules.join(&file.name), &file.text).unwrap();
        }
        fs::write(rules.join("listed.cedar"), RULE).unwrap();
        let stub = Stub::start().await.unwrap();
        let tables = "[policy]\nrules = 'rules'\n[capture]\nsegment_age = 0.2\n[limits.plans.tiny]\nrequests = 2\nwindow = 86400\n";
        let text = config(stub.address, "") + tables;
        fs::write(folder.path().join("child.toml"), &text).unwrap();
        // On the allow-list for half a day.
        let gateway = start(&text, folder.path()).await;
        let set_at = Timestamp::now().as_microsecond();
        let allowance = Allowance {
            subject: Subject::Account("old".parse().unwrap()),
            reason: "A test.".parse().unwrap(),
            granted_by: "tester".parse().unwrap(),
            set_at: Time::from_micros(set_at).unwrap(),
            until: Time::from_micros(set_at + DAY / 2 * 1_000_000).unwrap(),
        };
        gateway.store().put_allowance(&allowance).await.unwrap();
        gateway.stop().await.unwrap();
        let clock = folder.path().join("clock");
        replace(&clock, "+0");
        let environment = [
            ("LD_PRELOAD", LIBRARY),
            ("FAKETIME_TIMESTAMP_FILE", clock.to_str().unwrap()),
            ("FAKETIME_NO_CACHE", "1"),
            ("DONT_FAKE_MONOTONIC", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("NO_FAKE_STAT", "1"),
        ];
        let served = Served::start(folder.path(), &environment);
        Self { served, stub, folder, passed: BTreeSet::new(), denied: BTreeSet::new() }
    }

    /// Moves the child's clock by so many seconds from the true one.
    fn jump(&self, seconds: i64) {
        replace(&self.folder.path().join("clock"), &format!("{seconds:+}"));
    }

    async fn ask(&self, key: &str) -> (Got, DecisionId) {
        let headers = [("authorization", format!("Bearer {key}"))];
        let body = chat("stub", false).to_string().into_bytes();
        let got = send(self.served.address, Method::POST, "/v1/chat/completions", &headers, body).await;
        let id = got.headers.get("x-ringfence-decision-id").unwrap_or_else(|| panic!("no decision: {got:?}"));
        let id = id.to_str().unwrap().parse().unwrap_or_else(|error| panic!("{error}: {id:?}"));
        (got, id)
    }

    /// The effect for the account on the allow-list, which passes at any time.
    async fn passes(&mut self) -> String {
        let before = self.stub.requests();
        let (got, id) = self.ask("key-old").await;
        assert_eq!((got.status, self.stub.requests()), (StatusCode::OK, before + 1), "{got:?}");
        self.passed.insert(id.to_string().replacen("dec_", "exc_", 1));
        got.headers["x-ringfence-effect"].to_str().unwrap().to_owned()
    }

    async fn is_denied(&mut self) {
        let before = self.stub.requests();
        let (got, id) = self.ask("key-of-nobody").await;
        assert_eq!((got.status, self.stub.requests()), (StatusCode::UNAUTHORIZED, before), "{got:?}");
        self.denied.insert(id.to_string());
    }

    async fn quota_is_used_up(&self) {
        let (got, _) = self.ask("key-small").await;
        assert_eq!(got.status, StatusCode::TOO_MANY_REQUESTS, "{got:?}");
    }

    async fn exchanges(&self, outcome: &str) -> u64 {
        let got = send(self.served.admin, Method::GET, "/metrics", &[], Vec::new()).await;
        let text = String::from_utf8(got.body.to_vec()).unwrap();
        let name = format!("ringfence_exchanges_total{{outcome=\"{outcome}\"}} ");
        text.lines().find_map(|line| line.strip_prefix(&name)).map_or(0, |count| count.parse().unwrap())
    }

    /// The time of the child's newest decision, as the ledger has it.
    fn told(&self) -> Vec<Value> {
        let entries = journal::entries(&self.folder.path().join("data/ledger"), None).unwrap();
        entries.map(|entry| serde_json::from_slice(entry.unwrap().leaf.body()).unwrap()).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_opens_nothing() {
    if !faketime() {
        return;
    }
    let mut jumping = Jumping::start().await;
    for _ in 0..2 {
        let (got, id) = jumping.ask("key-small").await;
        assert_eq!(got.status, StatusCode::OK, "{got:?}");
        jumping.passed.insert(id.to_string().replacen("dec_", "exc_", 1));
    }
    let now = Timestamp::now().as_second();
    let far = "9998-06-01T00:00:00Z".parse::<Timestamp>().unwrap().as_second();
    // How far, the year then, the effect for who is on the allow-list for half a day, and whether the log has such a time.
    let jumps = [
        (0, "restrict", true),
        (DAY, "observe", true),
        (-DAY, "restrict", true),
        (10 - now, "observe", false),
        (0, "restrict", true),
        (far - now, "observe", false),
        (-DAY, "restrict", true),
        (far - now, "observe", false),
        (10 - now, "observe", false),
        (0, "restrict", true),
    ];
    let mut unwritable = 0;
    for (seconds, effect, in_range) in jumps {
        jumping.jump(seconds);
        for _ in 0..2 {
            assert_eq!(jumping.passes().await, effect, "{seconds} s away");
            jumping.is_denied().await;
            jumping.quota_is_used_up().await;
            unwritable += u64::from(!in_range);
        }
        let year = Timestamp::from_second(now + seconds).unwrap().to_string()[..4].to_owned();
        let told = jumping.told();
        let last = told.iter().rev().find(|entry| entry["decision"]["effect"] == "deny").unwrap();
        let time = last["decision"]["time"].as_str().unwrap();
        assert!(time.starts_with(&year), "the clock did jump: {time} is not in {year}");
    }
    let all = jumping.passed.len() as u64;
    until("every exchange kept or counted", async || {
        let (kept, lost) = (jumping.exchanges("captured").await, jumping.exchanges("lost").await);
        let out_of_range = jumping.exchanges("unwritable").await;
        assert!(out_of_range <= unwritable, "{out_of_range} of {unwritable}");
        kept + lost + out_of_range == all && out_of_range == unwritable
    })
    .await;
    let (kept, passed, denied) = (jumping.exchanges("captured").await, jumping.passed.clone(), jumping.denied.clone());
    let folder = jumping.folder;
    drop(jumping.served);
    let rows = captured(&folder.path().join("data/capture"));
    assert_eq!(rows.len() as u64, kept, "what is counted as captured is there");
    assert!(rows.is_subset(&passed));
    // Verifies the ledger.
    let recorded = decided(&folder.path().join("data/ledger"));
    assert!(denied.is_subset(&recorded), "denials are on record");
}
