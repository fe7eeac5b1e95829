//! `ringfence serve` as an operator runs it, and what can be read back of its decisions: policy, ledger, cases, lake.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, Command},
    time::{Duration, Instant},
};

use expect_test::expect;
use gateway::{Fingerprint, stub::Stub};
use serde_json::{Value, json};

use crate::folder::Folder;

/// A running `ringfence serve` in a folder, before a stub.
struct Serving {
    child: Option<Child>,
    folder: Folder,
    listen: SocketAddr,
    admin: SocketAddr,
    _stub: Stub,
    _runtime: tokio::runtime::Runtime,
}

impl Serving {
    fn start() -> Self {
        Self::with("", "", &[])
    }

    /// With the account's own organisation, more configuration, and more files.
    fn with(organization: &str, more: &str, files: &[(&str, &str)]) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("threads");
        let stub = runtime.block_on(Stub::start()).expect("a port");
        let folder = Folder::new();
        let Fingerprint(digest) = Fingerprint::of(b"key-old");
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        folder.write(
            "accounts.jsonl",
            format!("{{\"account_id\":\"old\",{organization}\"created\":\"2020-01-01T00:00:00Z\",\"plan\":\"pro\"}}\n"),
        );
        folder.write("keys.jsonl", format!("{{\"account_id\":\"old\",\"key_sha256\":\"{hex}\"}}\n"));
        folder.write(
            "c.toml",
            format!(
                "listen = '127.0.0.1:0'\nadmin = '127.0.0.1:0'\nreload = 0.05\ndrain = 5\n[capture]\nsegment_age = 0.1\n\
                 [accounts]\naccounts = 'accounts.jsonl'\nkeys = 'keys.jsonl'\n[upstream.openai]\nurl = 'http://{}'\n{more}",
                stub.address
            ),
        );
        fs::create_dir(folder.at("statements")).expect("writable");
        files.iter().for_each(|(name, text)| folder.write(name, text));
        let mut child = folder.start("--data d --json serve --config c.toml");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("its addresses");
        let told: Value = serde_json::from_str(&line).expect("a line of JSON");
        let address = |name: &str| told[name].as_str().expect("an address").parse().expect("an address");
        let (listen, admin) = (address("listen"), address("admin"));
        Self { child: Some(child), folder, listen, admin, _stub: stub, _runtime: runtime }
    }

    /// The status, the decision's id if there is one, and the body.
    fn ask(&self, method: &str, path: &str, key: &str, body: &str) -> (u16, String, String) {
        request(self.listen, method, path, key, body)
    }

    fn chat(&self, key: &str) -> (u16, String, String) {
        let body = json!({"model": "stub", "messages": [{"role": "user", "content": "Where does the border run?"}]});
        self.ask("POST", "/v1/chat/completions", key, &body.to_string())
    }

    /// Asks it to end, as a service manager would.
    fn stop(&mut self) {
        let Some(child) = self.child.take() else { return };
        let asked = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        assert!(asked.expect("kill runs").success());
        let ran = self.folder.end(child);
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // A test that failed leaves nothing running.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn request(address: SocketAddr, method: &str, path: &str, key: &str, body: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    let id = head.lines().find_map(|line| line.strip_prefix("x-ringfence-decision-id: ")).unwrap_or("");
    (status, id.to_owned(), body.to_owned())
}

#[test]
fn what_is_decided_can_be_read_back_proved_and_contested() {
    let mut serving = Serving::start();
    let (status, allowed, _) = serving.chat("key-old");
    assert_eq!(status, 200);
    let (status, refused, body) = serving.chat("key-of-nobody");
    assert_eq!(status, 401, "{body}");
    assert!(body.contains(&refused) && body.contains("/v1/appeals"), "{body}");
    let appeal = json!({"decision_id": refused, "statement": "My key is new.\u{1b}[31m"});
    let (status, _, body) = serving.ask("POST", "/v1/appeals", "key-old", &appeal.to_string());
    assert_eq!(status, 201, "{body}");
    let (status, _, metrics) = request(serving.admin, "GET", "/metrics", "", "");
    assert!(status == 200 && metrics.contains("ringfence_decisions_total"), "{metrics}");

    let folder = &serving.folder;
    let ran = folder.run(&format!("--data d policy explain {refused}"));
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("key-unknown") && ran.out.contains("account.key = \"unknown\""), "{}", ran.out);
    let ran = folder.run("--data d policy explain dec_00000000000000000000000000");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("has no decision"), "{}", ran.err);

    let ran = folder.run("--data d cases list");
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("case-1") && ran.out.contains("appeal"), "{}", ran.out);
    let ran = folder.run("--data d cases show case-1");
    assert!(ran.out.contains("My key is new.") && !ran.out.contains('\u{1b}'), "{}", ran.out);
    assert!(ran.out.contains("key-unknown"), "the decision is shown with the case: {}", ran.out);
    let resolved = folder.run("--data d cases resolve case-1 overturn --who ada --allow-until 2099-01-01");
    assert_eq!(resolved.code, 0, "{}", resolved.err);
    assert_eq!(folder.run("--data d cases list").code, 0, "nothing is open");

    serving.stop();
    let folder = &serving.folder;
    let verified = folder.answer("--data d ledger verify");
    assert_eq!((verified["sound"].as_bool(), verified["entries"].as_u64()), (Some(true), Some(2)));
    let key = folder.answer("--data d ledger key")["key"].as_str().expect("a key").to_owned();
    let proof = folder.run(&format!("--data d ledger prove {allowed}"));
    assert_eq!(proof.code, 0, "{}", proof.err);
    folder.write("proof.txt", &proof.out);
    let checked = folder.run(&format!("ledger verify --key {key} --proof proof.txt"));
    assert_eq!(checked.code, 0, "{}{}", checked.out, checked.err);
    assert!(checked.out.contains(&allowed));
    folder.write("proof.txt", proof.out.replacen('a', "b", 1));
    assert_ne!(folder.run(&format!("ledger verify --key {key} --proof proof.txt")).code, 0);

    // A new set that answers everyone with less would change the one that was let in.
    fs::create_dir(folder.at("rules")).expect("writable");
    folder.write(
        "rules/less.cedar",
        "@id(\"less\")\n@text(\"Answers are short.\")\n@effect(\"restrict\")\npermit (principal, action, resource);\n\
         @id(\"key-unknown\")\n@text(\"This key is nobody's.\")\n@effect(\"deny\")\n@basis(\"tos\")\n\
         forbid (principal, action, resource) when { context.account.key == \"unknown\" };\n",
    );
    let back = folder.answer("--data d policy backtest --since 2020-01-01 --policy rules");
    assert_eq!((back["decisions"].as_u64(), back["changed"].as_u64()), (Some(2), Some(1)), "{back}");
}

#[test]
fn captured_exchanges_are_in_the_lake() {
    let mut serving = Serving::start();
    for _ in 0..5 {
        assert_eq!(serving.chat("key-old").0, 200);
    }
    serving.stop();
    let log = serving.folder.at("d/lake/log");
    assert!(log.is_dir(), "a lake was made");
    let hunted = serving.folder.answer("--data d hunt");
    assert_eq!(hunted["totals"]["exchanges"], 5, "{hunted}");
    let left = fs::read_dir(serving.folder.at("d/capture")).expect("the capture's folder");
    let segments = left.filter(|file| file.as_ref().expect("a file").path().extension().is_some_and(|e| e == "seg"));
    assert_eq!(segments.count(), 0, "what is in the lake is not kept twice");
}

#[test]
fn a_changed_byte_in_the_ledger_is_found() {
    let mut serving = Serving::start();
    assert_eq!(serving.chat("key-of-nobody").0, 401);
    serving.stop();
    let folder = &serving.folder;
    let segment = fs::read_dir(folder.at("d/ledger"))
        .expect("a ledger")
        .map(|file| file.expect("a file").path())
        .find(|path| fs::read(path).is_ok_and(|bytes| bytes.windows(11).any(|w| w == b"key-unknown")))
        .expect("the decision's segment");
    let mut bytes = fs::read(&segment).expect("readable");
    let at = bytes.windows(11).position(|w| w == b"key-unknown").expect("the rule");
    bytes[at] = b'K';
    fs::write(&segment, bytes).expect("writable");
    let ran = folder.run("--data d ledger verify");
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.starts_with("NOT SOUND"), "{}", ran.out);
}

#[test]
fn rules_are_taken_over_while_it_runs() {
    let mut serving = Serving::start();
    assert_eq!(serving.chat("key-old").0, 200);
    let config = serving.folder.read("c.toml");
    serving.folder.write("c.tmp", format!("{config}[limits.plans.pro]\nrequests = 1\nwindow = 3600\n"));
    fs::rename(serving.folder.at("c.tmp"), serving.folder.at("c.toml")).expect("renamed");
    let begun = Instant::now();
    while serving.chat("key-old").0 != 429 {
        assert!(begun.elapsed() < Duration::from_secs(20), "the quota was not taken over");
    }
    serving.stop();
}

#[test]
fn mistakes_are_told_before_anything_is_bound() {
    let folder = Folder::new();
    folder.write("c.toml", "listen = 'here'\nlimitz = 1\n");
    folder.check("--data d serve --config c.toml", expect![[r#"
        ringfence: `c.toml` cannot be used: 2 mistakes in the configuration:
          `listen`: `here` is not understood: invalid socket address syntax
          `limitz`: is not known here; the keys are listen, admin, drain, reload, tables, store, telemetry, tls, screening, fleet, upstream, clients, decisions, accounts, policy, limits, admission, capture, ledger, links
        exit code 2
    "#]]);
    folder.check(
        "--data d serve --check --config none.toml",
        expect![[r#"
        ringfence: cannot read `none.toml`: No such file or directory (os error 2)
        exit code 2
    "#]],
    );
    fs::create_dir(folder.at("rules")).expect("writable");
    folder.write("rules/a.cedar", "permit (principal, action, resource);\n");
    folder.check(
        "--data d policy check --rules rules",
        expect![[r#"
        a.cedar:1: has no `@id`; give it one: it is what a decision cites
        a.cedar:1: has no `@text`; say in plain words what the person who is refused will read
        2 mistakes; nothing of this would be loaded
        exit code 1
    "#]],
    );
    let printed = folder.run("--data d serve --print-config");
    assert_eq!(printed.out.trim(), gateway::EXAMPLE_CONFIG.trim());
}

#[test]
fn a_standing_that_changes_is_a_fact_for_the_rules_and_an_event() {
    let stakes = |percent: u8| {
        format!("owner,owned,percent,source\nhan,lion,{percent},register of {percent}\nsun,lion,35,register\n")
    };
    let first = stakes(30);
    let files = [
        ("statements/stakes.csv", first.as_str()),
        (
            "statements/entities.csv",
            "id,name,kind,jurisdiction,hq_country\nhan,Hanlu Data Holding,company,cn,cn\nlion,Lionrock Compute,company,sg,sg\nsun,Sunny Meadow,company,us,us\n",
        ),
        ("organizations.csv", "organization_id,entity,name,country\norg-1,,Lionrock Compute Pte Ltd,sg\n"),
    ];
    let more = "[screening]\nlisten = '127.0.0.1:0'\ngraph = 'statements'\norganizations = 'organizations.csv'\n";
    let mut serving = Serving::with("\"organization_id\":\"org-1\",", more, &files);
    assert_eq!(until(|| serving.chat("key-old"), |answer| answer.0 == 200).0, 200);
    // Under another name first, as the documentation asks.
    serving.folder.write("statements/stakes.csv.tmp", stakes(60));
    let at = |name: &str| serving.folder.at(name);
    fs::rename(at("statements/stakes.csv.tmp"), at("statements/stakes.csv")).expect("renamed");
    let (status, _, body) = until(|| serving.chat("key-old"), |answer| answer.0 == 403);
    assert_eq!(status, 403, "{body}");
    let events = fs::read_to_string(at("d/standings.jsonl")).expect("events");
    let last: Value = serde_json::from_str(events.lines().last().expect("an event")).expect("JSON");
    assert_eq!((&last["before"], &last["after"]), (&json!("clear"), &json!("caught")), "{events}");
    let why = last["why"].as_str().expect("a reason");
    assert!(
        why.contains("now stated: Hanlu Data Holding holds 6000 to 6000") && why.contains("register of 60"),
        "{why}"
    );
    serving.stop();
    let exported = serving.folder.run("--data d --json ledger export");
    assert!(exported.out.contains("\"standing\"") && !exported.out.contains("Hanlu"), "{}", exported.out);
}

/// Asks until it is so, or for half a minute.
fn until<T>(mut ask: impl FnMut() -> T, is_so: impl Fn(&T) -> bool) -> T {
    let begun = Instant::now();
    loop {
        let answer = ask();
        if is_so(&answer) || begun.elapsed() > Duration::from_secs(30) {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
