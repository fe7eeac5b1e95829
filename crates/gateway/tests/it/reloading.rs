//! Files that change while a gateway runs: garbage changes nothing and is told, good ones are taken over, and no request is dropped.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use http::{Method, StatusCode};
use serde_json::json;

use crate::running::{Running, chat, send, try_send, until, write_roster};

async fn refused(running: &Running, what: &str, says: &str) {
    until(&format!("the refusal of {what}, which says `{says}`,"), async || {
        let (state, text) = running.part(what).await;
        state == "stale" && text.contains(says)
    })
    .await;
    let counted = format!("ringfence_reloads_total{{outcome=\"refused\",what=\"{what}\"}}");
    assert!(running.metric(&counted).await >= 1.0);
    let got = send(running.gateway.addresses.admin, Method::GET, "/readyz", &[], Vec::new()).await;
    assert_eq!(got.status, StatusCode::OK, "it goes on with what it had");
}

async fn taken(running: &Running, what: &str) {
    until("the change", async || {
        let counted = format!("ringfence_reloads_total{{outcome=\"done\",what=\"{what}\"}}");
        running.part(what).await.0 == "ok" && running.metric(&counted).await >= 1.0
    })
    .await;
}

async fn effect(running: &Running) -> String {
    let got = running.chat("key-old").await;
    assert_eq!(got.status, StatusCode::OK, "{:?}", got.body);
    got.headers["x-ringfence-effect"].to_str().unwrap().to_owned()
}

const UNKNOWN: &str =
    "@effect(\"observe\")\npermit (principal, action, resource)\nwhen { context.network.class == \"unknown\" };";

/// A gateway with rules in a folder of its own. The folder is made once the gateway's own is known, so it is started twice.
async fn with_rules() -> Running {
    let running = Running::start("", "").await;
    let rules = running.folder.path().join("rules");
    fs::create_dir(&rules).unwrap();
    for file in policy::default_files() {
        fs::write(rules.join(&file.name), &file.text).unwrap();
    }
    let text = format!("{}[policy]\nrules = 'rules'\n", running.config);
    running.gateway.stop().await.unwrap();
    let gateway = crate::running::start(&text, running.folder.path()).await;
    Running { gateway, config: text, ..running }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_change_under_load() {
    let running = with_rules().await;
    let networks = policy::default_files().into_iter().find(|file| file.name == "networks.cedar").unwrap().text;
    assert!(networks.contains(UNKNOWN));
    let stricter = networks.replace(UNKNOWN, &UNKNOWN.replace("observe", "restrict"));
    let stop = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let (address, stop) = (running.gateway.addresses.public, Arc::clone(&stop));
            tokio::spawn(async move {
                let mut served = 0;
                while !stop.load(Ordering::Acquire) {
                    let headers = [("authorization", "Bearer key-old".to_owned())];
                    let body = chat("stub", true).to_string().into_bytes();
                    let got = try_send(address, Method::POST, "/v1/chat/completions", &headers, body).await.unwrap();
                    assert_eq!(got.status, StatusCode::OK);
                    assert!(["observe", "restrict"].contains(&got.headers["x-ringfence-effect"].to_str().unwrap()));
                    served += 1;
                }
                served
            })
        })
        .collect();
    assert_eq!(effect(&running).await, "observe");
    for _ in 0..2 {
        running.replace("rules/networks.cedar", &stricter);
        until("the stricter rule", async || effect(&running).await == "restrict").await;
        running.replace("rules/networks.cedar", "permit (principal, action, resource) when { context.weather == 1 };");
        refused(&running, "rules", "networks.cedar").await;
        assert_eq!(effect(&running).await, "restrict");
        running.replace("rules/networks.cedar", "\u{0}\u{1}{{{");
        refused(&running, "rules", "networks.cedar").await;
        assert_eq!(effect(&running).await, "restrict");
        running.replace("rules/networks.cedar", &networks);
        until("the milder rule", async || effect(&running).await == "observe").await;
        // A rule is in force an instant before it is told.
        until("the word of it", async || running.part("rules").await.0 == "ok").await;
    }
    let (rules, away) = (running.folder.path().join("rules"), running.folder.path().join("away"));
    fs::rename(&rules, &away).unwrap();
    refused(&running, "rules", "rules").await;
    assert_eq!(effect(&running).await, "observe", "a folder that is gone opens nothing and closes nothing");
    fs::rename(&away, &rules).unwrap();
    until("the folder", async || running.part("rules").await.0 == "ok").await;
    stop.store(true, Ordering::Release);
    for caller in callers {
        assert!(caller.await.unwrap() > 0);
    }
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn accounts_and_keys_change() {
    let running = Running::start("", "").await;
    let folder = running.folder.path();
    running.replace("keys.jsonl", "{\"account_id\": 7}\n");
    refused(&running, "keys", "line 1").await;
    running.replace("accounts.jsonl", "banana\n");
    refused(&running, "accounts", "line 1").await;
    assert_eq!(running.chat("key-old").await.status, StatusCode::OK);
    let gateway::Fingerprint(bytes) = gateway::Fingerprint::of(b"key-new");
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let newcomer = json!({"account_id": "new", "created": "2020-01-01T00:00:00Z", "plan": "pro"});
    running.replace("accounts.jsonl", &format!("{newcomer}\n"));
    running.replace("keys.jsonl", &format!("{}\n", json!({"account_id": "new", "key_sha256": hex})));
    until("the new key", async || running.chat("key-new").await.status == StatusCode::OK).await;
    running.replace("keys.jsonl", &format!("{}\n", json!({"account_id": "new", "key_sha256": hex, "revoked": true})));
    until("the key's end", async || running.chat("key-new").await.status == StatusCode::UNAUTHORIZED).await;
    fs::remove_file(folder.join("keys.jsonl")).unwrap();
    refused(&running, "keys", "cannot be read").await;
    assert_eq!(running.chat("key-old").await.status, StatusCode::OK, "a missing file takes nobody's key");
    write_roster(folder);
    until("the file", async || running.part("keys").await.0 == "ok").await;
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn quotas_change_with_the_configuration() {
    let running = Running::start("", "").await;
    running.replace("ringfence.toml", "[limits.plans.tiny\n");
    refused(&running, "config", "no TOML: TOML parse error at line 1").await;
    running.replace("ringfence.toml", "listen = 7\n");
    refused(&running, "config", "`listen`").await;
    for _ in 0..3 {
        assert_eq!(running.chat("key-small").await.status, StatusCode::OK);
    }
    running.replace("ringfence.toml", &format!("{}[limits.plans.tiny]\nrequests = 1\nwindow = 3600\n", running.config));
    taken(&running, "config").await;
    assert_eq!(running.chat("key-small").await.status, StatusCode::OK);
    assert_eq!(running.chat("key-small").await.status, StatusCode::TOO_MANY_REQUESTS);
    running.replace("ringfence.toml", &running.config);
    until("the old quota", async || running.chat("key-small").await.status == StatusCode::OK).await;
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn tables_change() {
    let running = Running::start("", "[clients]\ntrusted_proxies = ['127.0.0.0/8']").await;
    let tables = running.folder.path().join("tables");
    fs::create_dir(&tables).unwrap();
    fs::write(tables.join("tables.toml"), "[[table]]\nfile = \"list.txt\"\nkind = \"vpn\"\n").unwrap();
    fs::write(tables.join("list.txt"), "8.8.4.0/24\n").unwrap();
    let text = format!("tables = 'tables'\n{}", running.config);
    running.gateway.stop().await.unwrap();
    let gateway = crate::running::start(&text, running.folder.path()).await;
    let running = Running { gateway, config: text, ..running };
    let class = async || {
        let headers = [("authorization", "Bearer key-old".to_owned()), ("x-forwarded-for", "8.8.8.8".to_owned())];
        let body = chat("stub", false).to_string().into_bytes();
        let got = send(running.gateway.addresses.public, Method::POST, "/v1/chat/completions", &headers, body).await;
        let id = got.headers["x-ringfence-decision-id"].to_str().unwrap().to_owned();
        let mut class = None;
        until("the entry", async || {
            let entry = running.ledger().into_iter().find(|entry| entry["decision"]["decision_id"] == id.as_str());
            class = entry.map(|entry| entry["facts"]["network"]["class"].as_str().unwrap().to_owned());
            class.is_some()
        })
        .await;
        class.unwrap()
    };
    assert_eq!(class().await, "unknown");
    running.replace("tables/list.txt", "8.8.8.0/24\n");
    until("the new table", async || class().await == "vpn").await;
    running.replace("tables/list.txt", "this is no list\n");
    refused(&running, "tables", "list.txt").await;
    assert_eq!(class().await, "vpn");
    running.replace("tables/list.txt", "8.8.4.0/24\n");
    until("the old table", async || class().await == "unknown").await;
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn an_emptied_folder_of_rules_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules");
    fs::create_dir(&rules).unwrap();
    for file in policy::default_files() {
        fs::write(rules.join(&file.name), &file.text).unwrap();
    }
    let running = Running::start("", &format!("[policy]\nrules = '{}'", rules.display())).await;
    assert_eq!(running.chat("key-old").await.status, StatusCode::OK);
    for file in policy::default_files() {
        fs::remove_file(rules.join(&file.name)).unwrap();
    }
    until("the refusal of an empty folder", async || running.part("rules").await.0 == "stale").await;
    assert_eq!(running.chat("key-old").await.status, StatusCode::OK, "the rules before stay");
    assert!(running.part("rules").await.1.contains("holds no rules"));
    running.gateway.stop().await.unwrap();
}
