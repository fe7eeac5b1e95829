//! `ringfence inspect run` as a security engineer runs it.

use serde_json::Value;

use crate::folder::{Folder, Ran};

/// Few values of each factor, so that a test takes seconds.
const FEW: &str = "--vary timezone=Asia/Shanghai --vary locale=de_DE.UTF-8 --vary proxy=http://proxy.example.cn:3128 --vary base-url=localhost --vary username=root --vary hostname=sandbox";

fn client(mark: &str) -> String {
    format!(
        "import json, os, urllib.request\nmark = {mark}\n\
         body = {{'model': 'm', 'max_tokens': 9, 'system': 'Today' + mark + 's task', 'messages': [{{'role': 'user', 'content': 'Hi'}}]}}\n\
         r = urllib.request.Request(os.environ['ANTHROPIC_BASE_URL'] + '/v1/messages', json.dumps(body).encode(), {{'content-type': 'application/json'}})\n\
         print(json.load(urllib.request.urlopen(r))['content'][0]['text'])\n"
    )
}

fn ran(mark: &str, flags: &str) -> (Folder, Ran) {
    let folder = Folder::new();
    folder.write("client.py", client(mark));
    let ran = folder.run(&format!("{flags} inspect run {FEW} -- python3 client.py"));
    (folder, ran)
}

#[test]
fn a_mark_is_found_with_its_bytes() {
    let (_folder, ran) = ran("chr(0x2019) if os.environ['TZ'] == 'Asia/Shanghai' else chr(39)", "--json");
    assert_eq!(ran.code, 1, "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).expect("JSON");
    let finding = &report["findings"][0];
    assert_eq!(finding["rule"], "covert-prompt");
    assert_eq!(finding["source"], "timezone");
    assert_eq!(finding["encoding"], "punctuation alternation");
    assert_eq!(finding["channel"], "system prompt");
    assert_eq!(finding["difference"]["variant"][0]["bytes"], "e28099");
    assert_eq!(finding["difference"]["place"], "/system");
    assert_eq!(report["verdict"], "findings");
}

#[test]
fn an_honest_client_passes() {
    let (_folder, ran) = ran("chr(39)", "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("verdict: no findings at full coverage"), "{}", ran.out);
    assert!(ran.out.contains("requests: POST /v1/messages"), "{}", ran.out);
}

#[test]
fn a_silent_client_is_unknown_and_never_a_pass() {
    let folder = Folder::new();
    let ran = folder.run(&format!("inspect run {FEW} -- true"));
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains("verdict: inconclusive"), "{}", ran.out);
    assert!(ran.err.contains("unknown: the client made no request"), "{}", ran.err);
}

#[test]
fn what_cannot_be_run_says_what_to_do() {
    let folder = Folder::new();
    let ran = folder.run("inspect run -- no-such-client");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("`no-such-client`") && ran.err.contains("--show"), "{}", ran.err);
    let ran = folder.run("inspect run --vary zone=UTC -- true");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("factors are timezone, locale"), "{}", ran.err);
}

#[test]
fn everything_recorded_can_be_kept() {
    let folder = Folder::new();
    folder.write("client.py", client("chr(39)"));
    let ran = folder.run(&format!("inspect run {FEW} --keep runs -- python3 client.py"));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(folder.read("runs/run-0000/request-000.head").starts_with("POST /v1/messages HTTP/1.1\r\n"));
    assert!(folder.read("runs/run-0000/request-000.body").contains("Today's task"));
    assert_eq!(folder.read("runs/run-0000/stdout"), "Done.\n");
}
