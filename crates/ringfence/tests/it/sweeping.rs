//! `ringfence sweep` as a security engineer runs it: scan, plan, quarantine, attest, restore.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

use crate::folder::Folder;

const BAN: &str =
    "name = 'no-claude'\nfrom = 2026-11-01\nreason = 'policy 12'\ndata = 'keep'\n[[subject]]\ntool = 'claude-code'\n";

fn machine() -> Folder {
    let folder = Folder::new();
    let package = "m/usr/lib/node_modules/@anthropic-ai/claude-code";
    for place in [package, "m/home/ada/.claude", "m/home/ada/work/claude", "m/etc"] {
        fs::create_dir_all(folder.at(place)).expect("writable");
    }
    folder.write("m/etc/passwd", "ada:x:1000:1000::/home/ada:/bin/sh\n");
    folder.write(&format!("{package}/package.json"), "{\"name\":\"@anthropic-ai/claude-code\",\"version\":\"2.1.0\"}");
    folder.write("m/home/ada/.claude/settings.json", "{\"model\":\"claude-opus\"}");
    folder.write("m/home/ada/work/claude/notes.txt", "about a painter called Claude");
    folder.write("ban.toml", BAN);
    folder
}

/// Every file below a folder, with its bytes.
fn tree(at: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![at.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.insert(path.display().to_string(), fs::read(&path).expect("readable"));
            }
        }
    }
    found
}

#[test]
fn a_ban_goes_from_plan_to_quarantine_and_back() {
    let folder = machine();
    let scan = folder.run("--json sweep scan --root m");
    assert_eq!(scan.code, 1, "{}", scan.err);
    let scanned: Value = serde_json::from_str(&scan.out).expect("JSON");
    let paths: Vec<&str> =
        scanned["items"].as_array().expect("items").iter().filter_map(|i| i["path"].as_str()).collect();
    assert!(paths.contains(&"/usr/lib/node_modules/@anthropic-ai/claude-code"), "{paths:?}");
    assert!(!paths.iter().any(|path| path.contains("work")), "{paths:?}");
    let before = tree(&folder.at("m"));
    let plan = folder.run("--json sweep plan --root m --ban ban.toml");
    assert_eq!(plan.code, 1, "{}", plan.err);
    folder.write("plan.json", &plan.out);
    assert_eq!(tree(&folder.at("m")), before, "a plan changes nothing");
    let digest = folder.json("plan.json")["digest"].as_str().expect("a digest").to_owned();
    let wrong = folder.run("sweep quarantine --root m --vault v --plan plan.json --digest sha256:00");
    assert_eq!(wrong.code, 2);
    let done = folder.run(&format!("sweep quarantine --root m --vault v --plan plan.json --digest {digest}"));
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert!(!folder.at("m/usr/lib/node_modules/@anthropic-ai/claude-code").exists());
    let attested = folder.run("sweep attest --root m --ban ban.toml --plan plan.json --vault v --key k");
    assert_eq!(attested.code, 0, "{}", attested.err);
    folder.write("att.json", &attested.out);
    let key = attested.err.trim().rsplit_once("--key ").expect("the key is told").1.trim_end_matches('`').to_owned();
    assert_eq!(folder.run(&format!("sweep verify att.json --key {key}")).code, 0);
    folder.write("att.json", attested.out.replacen("\"payload\": \"e", "\"payload\": \"f", 1));
    assert_eq!(folder.run(&format!("sweep verify att.json --key {key}")).code, 2);
    let back = folder.run(&format!("sweep restore --root m --vault v --digest {digest}"));
    assert_eq!(back.code, 0, "{}{}", back.out, back.err);
    assert_eq!(tree(&folder.at("m")), before);
}

#[test]
fn the_network_gets_lists_and_its_logs_are_read() {
    let folder = machine();
    let list = folder.run("sweep egress --ban ban.toml --form dnsmasq");
    assert_eq!(list.code, 0, "{}", list.err);
    assert!(list.out.contains("claude.ai") && !list.out.contains("=/storage.googleapis.com/"), "{}", list.out);
    folder.write("dns.log", "Nov 27 10:00:01 dnsmasq[7]: query[A] api.anthropic.com from 10.0.0.5\n");
    let uses = folder.run("sweep egress match dns.log --ban ban.toml");
    assert_eq!(uses.code, 1, "{}{}", uses.out, uses.err);
    assert!(uses.out.contains("claude-code") && !uses.out.contains("10.0.0.5"), "{}", uses.out);
    assert_eq!(folder.run("sweep catalogue check").code, 0);
    folder.write("bad.toml", "name = 1\n");
    let bad = folder.run("sweep plan --root m --ban bad.toml");
    assert!(bad.code == 2 && bad.err.contains("bad.toml"), "{}", bad.err);
}
