//! No error path allows: whatever is broken, the upstream gets a request only behind an answer that says it may.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use bytes::Bytes;
use gateway::{Fingerprint, stub::Stub};
use http::{Method, StatusCode};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    full_disk::{fill, on_a_disk, small_disk},
    running::{Got, Running, chat, config, send, start, until, write_roster},
};

/// A part that refuses everything while it is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A rule that cannot be evaluated.
    Rules,
    /// A disk without room for one more entry.
    Ledger,
    /// No room for one more exchange, and none may pass without a record.
    Capture,
    /// A fleet's quotas that cannot be read.
    Redis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Known,
    /// With a quota of two requests.
    Small,
    Stranger,
    Revoked,
    Missing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    Whole,
    Unreadable,
    /// Two models, of which the upstream may take either.
    Twice,
    Packed,
    Oversized,
}

#[derive(Debug, Clone, Copy)]
struct Asked {
    caller: Caller,
    path: &'static str,
    body: Body,
    /// Whether the caller says itself that it may pass, and who it is.
    forged: bool,
}

/// To the stub, an exchange; to the stub, none; nowhere.
const PATHS: [&str; 7] = [
    "/v1/chat/completions",
    "/v1/responses",
    "/v1/messages",
    "/v1/embeddings",
    "/v1/messages/count_tokens",
    "/v1/models",
    "/v1/elsewhere",
];
const OVERFLOWING: &str = "@id(\"odd\") @text(\"Words.\") @effect(\"observe\") permit (principal, action, resource)\n\
    when { context.behaviour.requests_last_minute + 9223372036854775807 + 1 > 0 };";
const SMALL_QUOTA: usize = 2;

fn asked() -> impl Strategy<Value = Asked> {
    use Body::{Oversized, Packed, Twice, Unreadable, Whole};
    use Caller::{Known, Missing, Revoked, Small, Stranger};
    let caller = prop::sample::select(vec![Known, Known, Small, Small, Small, Stranger, Revoked, Missing]);
    let body = prop::sample::select(vec![Whole, Whole, Whole, Whole, Whole, Unreadable, Twice, Packed, Oversized]);
    (caller, prop::sample::select(&PATHS[..]), body, any::<bool>()).prop_map(|(caller, path, body, forged)| Asked {
        caller,
        path,
        body,
        forged,
    })
}

impl Asked {
    fn is_exchange(self) -> bool {
        !["/v1/messages/count_tokens", "/v1/models", "/v1/elsewhere"].contains(&self.path)
    }

    async fn send(self, running: &Running) -> Got {
        let mut headers = match self.caller {
            Caller::Known => vec![("authorization", "Bearer key-old".to_owned())],
            Caller::Small => vec![("x-api-key", "key-small".to_owned())],
            Caller::Stranger => vec![("authorization", "Bearer key-of-nobody".to_owned())],
            Caller::Revoked => vec![("authorization", "Bearer key-revoked".to_owned())],
            Caller::Missing => Vec::new(),
        };
        if self.forged {
            headers.extend([
                ("x-ringfence-effect", "allow".to_owned()),
                ("x-ringfence-decision-id", "dec_00000000000000000000000000".to_owned()),
                ("x-ringfence-account", "old".to_owned()),
                ("x-forwarded-for", "127.0.0.1".to_owned()),
                ("x-original-uri", "/v1/models".to_owned()),
            ]);
        }
        let whole = chat("stub", false).to_string();
        let body = match self.body {
            Body::Whole | Body::Packed => whole,
            Body::Unreadable => whole[..whole.len() / 2].to_owned(),
            Body::Twice => whole.replacen('{', "{\"model\": \"other\", ", 1),
            Body::Oversized => chat(&"m".repeat(600 << 10), false).to_string(),
        };
        if self.body == Body::Packed {
            headers.push(("content-encoding", "gzip".to_owned()));
        }
        let (method, body) = match self.path {
            "/v1/models" => (Method::GET, Vec::new()),
            _ => (Method::POST, body.into_bytes()),
        };
        send(running.gateway.addresses.public, method, self.path, &headers, body).await
    }

    /// Whether it may reach the stub, as the operator's configuration reads.
    fn passes(self, broken: &[Part], small_passed: usize) -> bool {
        let readable = match self.path {
            "/v1/models" => self.body != Body::Packed,
            "/v1/elsewhere" => false,
            _ => self.body == Body::Whole,
        };
        let allowed = match self.caller {
            Caller::Known => true,
            Caller::Small => small_passed < SMALL_QUOTA,
            Caller::Stranger | Caller::Revoked | Caller::Missing => false,
        };
        let stopped = broken.iter().any(|part| *part != Part::Capture || self.is_exchange());
        readable && allowed && !stopped
    }
}

/// Takes all the room that exchanges may have.
async fn fill_capture(folder: &Path) {
    let mut options = journal::CaptureOptions::new(folder);
    (options.disk_bytes, options.queue_bytes, options.segment_bytes) = (1 << 20, 1 << 20, 64 << 10);
    options.when_full = journal::WhenFull::Refuse;
    let capture = journal::Capture::open(options).unwrap();
    let record = Bytes::from("{}".repeat(10 << 10));
    while let Ok(written) = capture.offer(record.clone()) {
        assert!(written.await.is_ok());
    }
    capture.close();
}

fn mount(arguments: &[&str], folder: &Path) {
    let [command, arguments @ ..] = arguments else { panic!("no command") };
    assert!(Command::new(command).args(arguments).arg(folder).status().unwrap().success());
}

async fn gateway(broken: &[Part], rule: &str) -> Running {
    let folder = TempDir::new().unwrap();
    write_roster(folder.path());
    let keys = folder.path().join("keys.jsonl");
    let mut lines = fs::read_to_string(&keys).unwrap();
    let Fingerprint(bytes) = Fingerprint::of(b"key-revoked");
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    lines += &format!("{}\n", json!({"account_id": "old", "key_sha256": hex, "revoked": true}));
    fs::write(keys, lines).unwrap();
    let rules = folder.path().join("rules");
    fs::create_dir(&rules).unwrap();
    for file in policy::default_files() {
        fs::write(rules.join(&file.name), &file.text).unwrap();
    }
    fs::write(rules.join("odd.cedar"), if broken.contains(&Part::Rules) { OVERFLOWING } else { rule }).unwrap();
    let data = folder.path().join("data");
    if broken.contains(&Part::Ledger) {
        fs::create_dir_all(data.join("ledger")).unwrap();
        mount(&["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs"], &data.join("ledger"));
    }
    if broken.contains(&Part::Capture) {
        fs::create_dir_all(&data).unwrap();
        fill_capture(&data.join("capture")).await;
    }
    // Nobody listens at port 1.
    let redis = if broken.contains(&Part::Redis) { "redis = 'redis://127.0.0.1:1/0'\n" } else { "" };
    let tables = format!(
        "[policy]\nrules = 'rules'\n[admission]\nbody_bytes = 524288\n[ledger]\nwhen_gone = 'refuse'\n\
         [capture]\nwhen_full = 'refuse'\ndisk_bytes = 1048576\nqueue_bytes = 1048576\nsegment_bytes = 65536\n\
         [limits]\nredis_gone = 'refuse'\n{redis}[limits.plans.pro]\nrequests = 1000\n\
         [limits.plans.tiny]\nrequests = {SMALL_QUOTA}\nwindow = 86400\n"
    );
    let stub = Stub::start().await.unwrap();
    let config = config(stub.address, "") + &tables;
    let gateway = start(&config, folder.path()).await;
    let running = Running { gateway, stub, folder, config };
    if broken.contains(&Part::Ledger) {
        fill(&data.join("ledger"));
        let mut refused = 0;
        until("a ledger without room", async || {
            let denied = running.chat("key-of-nobody").await.status;
            // No exchange, so that it is not the capture that refuses.
            let passed = running.ask(Method::GET, "/v1/models", "key-old", &serde_json::Value::Null).await.status;
            let gone = (denied, passed) == (StatusCode::SERVICE_UNAVAILABLE, StatusCode::SERVICE_UNAVAILABLE);
            refused = if gone { refused + 1 } else { 0 };
            refused == 3
        })
        .await;
    }
    running
}

fn header(got: &Got, name: &str) -> Option<String> {
    got.headers.get(name).map(|value| value.to_str().unwrap().to_owned())
}

/// Decisions in the ledger, with their effects.
fn decisions(running: &Running) -> BTreeSet<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let decision =
        |entry: &serde_json::Value| (text(&entry["decision"]["decision_id"]), text(&entry["decision"]["effect"]));
    running.ledger().iter().map(decision).collect()
}

/// How many answers passed, were denied, and failed.
#[derive(Debug, Default)]
struct Counts {
    passed: usize,
    verdicts: usize,
    failures: usize,
}

async fn check(broken: &[Part], all: &[Asked], counts: &mut Counts) {
    let running = gateway(broken, "").await;
    let mut told = BTreeSet::new();
    let mut small_passed = 0;
    for asked in all {
        let before = running.stub.requests();
        let got = asked.send(&running).await;
        let came = running.stub.requests() - before;
        let what = format!("{asked:?} with {broken:?} broken: {} {:?} {:?}", got.status, got.headers, got.body);
        let effect = header(&got, "x-ringfence-effect");
        let passed = effect.as_deref().is_some_and(|effect| ["allow", "observe", "restrict"].contains(&effect));
        assert_eq!(came, u64::from(passed), "{what}");
        assert_eq!(got.status.is_success(), passed, "{what}");
        assert!(passed || got.status.is_client_error() || got.status.is_server_error(), "{what}");
        assert_eq!(passed, asked.passes(broken, small_passed), "{what}");
        small_passed += usize::from(passed && asked.caller == Caller::Small);
        match (header(&got, "x-ringfence-decision-id"), effect) {
            (Some(id), Some(effect)) => {
                let severe = effect == "verify" || effect == "deny";
                let decision = (id, effect);
                assert!(!severe || decisions(&running).contains(&decision), "on disk before it was answered: {what}");
                assert!(told.insert(decision), "an id of its own: {what}");
                counts.passed += usize::from(passed);
                counts.verdicts += usize::from(!passed);
            }
            (None, None) => counts.failures += 1,
            _ => panic!("half a verdict: {what}"),
        }
        if let (true, Some(received)) = (passed && asked.forged, running.stub.last()) {
            let marks = received.headers.get_all("x-ringfence-effect").iter().count();
            assert_eq!((marks, received.headers.get("x-ringfence-account")), (1, None), "{what}");
        }
    }
    let ledger = running.folder.path().join("data/ledger");
    let full = broken.contains(&Part::Ledger);
    if full {
        // What was answered in the moment in which the disk filled up waits for room.
        fs::remove_file(ledger.join("ballast")).unwrap();
    }
    until("every verdict in the ledger", async || told.is_subset(&decisions(&running))).await;
    running.gateway.stop().await.unwrap();
    if full {
        mount(&["umount", "-l"], &ledger);
    }
}

#[test]
fn no_error_path_allows() {
    on_a_disk("64m", "laws::child_whose_parts_break");
}

/// Not a test of its own.
#[test]
fn child_whose_parts_break() {
    if small_disk().is_none() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = Config { cases: 40, max_shrink_iters: 8, failure_persistence: None, ..Config::default() };
    let parts = vec![Part::Rules, Part::Ledger, Part::Capture, Part::Redis];
    // Half of the gateways are whole, or nothing but refusals would be seen.
    let broken = prop_oneof![Just(Vec::new()), prop::sample::subsequence(parts, 1..=4)];
    let cases = (broken, prop::collection::vec(asked(), 6..14));
    let counts = std::cell::RefCell::new(Counts::default());
    let held = TestRunner::new(config).run(&cases, |(broken, all)| {
        runtime.block_on(check(&broken, &all, &mut counts.borrow_mut()));
        Ok(())
    });
    held.unwrap_or_else(|error| panic!("{error}"));
    let counts = counts.into_inner();
    assert!(counts.passed > 10 && counts.verdicts > 10 && counts.failures > 10, "all of it was seen: {counts:?}");
    println!("{counts:?}: all of it held");
}

/// A rule's effect for the model of the same name.
fn rule(effect: &str) -> String {
    let passes = ["allow", "observe", "restrict"].contains(&effect);
    let (kind, basis) = if passes { ("permit", "") } else { ("forbid", "@basis(\"tos\") ") };
    format!(
        "@id(\"say-{effect}\") @text(\"Words.\") @effect(\"{effect}\") {basis}{kind} (principal, action, resource)\n\
         when {{ context.request.model == \"{effect}\" }};\n"
    )
}

#[tokio::test]
async fn the_severer_of_rule_and_quota_wins() {
    let rules = ["observe", "restrict", "throttle", "verify", "deny"].map(rule).concat();
    let running = gateway(&[], &rules).await;
    let ask = async |effect: &str| {
        let got = running.ask(Method::POST, "/v1/chat/completions", "key-small", &chat(effect, false)).await;
        (got.status.as_u16(), header(&got, "x-ringfence-effect").unwrap())
    };
    let severe = [("verify", 403), ("deny", 403)];
    // What the rules stop costs nothing of the quota.
    for (effect, status) in severe {
        assert_eq!(ask(effect).await, (status, effect.to_owned()), "with all of the quota left");
    }
    for effect in ["observe", "restrict"] {
        assert_eq!(ask(effect).await, (200, effect.to_owned()), "while the quota lasts");
    }
    for effect in ["observe", "restrict", "throttle"] {
        assert_eq!(ask(effect).await, (429, "throttle".to_owned()), "{effect} without a quota left");
    }
    for (effect, status) in severe {
        assert_eq!(ask(effect).await, (status, effect.to_owned()), "without a quota left");
    }
    assert_eq!(running.stub.requests(), 2);
    running.gateway.stop().await.unwrap();
}
