//! `ringfence import` when all is well: once and only once, every format, and what is kept.

use expect_test::{Expect, expect};
use serde_json::json;

use crate::{
    folder::Folder,
    lake_files,
    rows::{account, exchange, exchanges, gz, with, zst},
};

#[test]
fn a_second_import_adds_nothing() {
    let folder = Folder::new();
    folder.write("x.jsonl", exchanges(0..50));
    folder.write("a.jsonl", account("a1") + &account("a2"));
    folder.check(
        "import x.jsonl --accounts a.jsonl",
        expect![[r#"
        imported 50 exchanges and 2 accounts
        the lake is at version 3
        exit code 0
    "#]],
    );
    folder.check(
        "import x.jsonl --accounts a.jsonl",
        expect![[r#"
        imported 0 exchanges and 2 accounts
        50 exchanges were there already
        the lake is at version 4
        exit code 0
    "#]],
    );
    let lake = folder.at("ringfence-data/lake");
    assert_eq!((lake_files::count(&lake, "exchanges"), lake_files::count(&lake, "accounts")), (50, 2));
}

#[test]
fn the_receipt_as_json() {
    let folder = Folder::new();
    folder.write("x.jsonl", exchanges(0..5) + "no row\n");
    folder.check(
        "import x.jsonl --json",
        expect![[r#"
        {
          "exchanges": {
            "imported": 5,
            "repeated": 0,
            "rejected": 1,
            "passed_over": 0
          },
          "accounts": {
            "imported": 0,
            "repeated": 0,
            "rejected": 0,
            "passed_over": 0
          },
          "rejected": {
            "bad-json": 1
          },
          "rejects_file": "ringfence-data/rejects/rejects-TIME.jsonl",
          "exemplars": 3,
          "version": 2,
          "cut_short": []
        }
        exit code 0
    "#]],
    );
}

#[test]
fn a_refused_row_is_told_with_its_place_and_its_bytes() {
    let folder = Folder::new();
    folder.write("x.jsonl", exchange(1, "a1", "hello") + "no row\n" + &with(2, "status", json!("fine")));
    let receipt = folder.answer("import x.jsonl");
    let file = receipt["rejects_file"].as_str().expect("a file was written");
    assert!(file.starts_with("ringfence-data/rejects/rejects-TIME"), "{file}");
    let written = lake_files::tree(&folder.at("ringfence-data/rejects")).into_values().next().expect("one");
    expect![[r#"
        {"file":"x.jsonl","line":2,"reason":"bad-json","detail":"row is not JSON: it begins with `no row`","original":"no row"}
        {"file":"x.jsonl","line":3,"reason":"wrong-type","detail":"field `status` is the text `fine`, expected a whole number","original":"{\"exchange_id\":\"x2\",\"time\":\"2026-08-03T00:02:00Z\",\"account_id\":\"a1\",\"channel\":\"direct\",\"client_address\":\"198.51.100.7\",\"operation\":\"chat\",\"request_model\":\"vela-4\",\"system\":\"You are terse.\",\"prompt\":\"hello\",\"input_tokens\":12,\"output_tokens\":34,\"status\":\"fine\"}"}
    "#]].assert_eq(&String::from_utf8(written).expect("text"));
}

#[test]
fn strict_stops_at_the_first_and_imports_nothing() {
    let folder = Folder::new();
    folder.write("x.jsonl", exchanges(0..5) + "no row\nnor this\n");
    folder.check("import x.jsonl --strict", expect![[r#"
        ringfence: `x.jsonl` line 6: row is not JSON: it begins with `no row` (bad-json); nothing of this run was imported. Without --strict such rows are set aside
        exit code 2
    "#]]);
    assert_eq!(lake_files::count(&folder.at("ringfence-data/lake"), "exchanges"), 0);
    assert!(!folder.at("ringfence-data/rejects").exists());
}

#[test]
fn text_is_kept_only_when_asked_for() {
    let canary = "pelargonium";
    let lake = |flags: &str| {
        let folder = Folder::new();
        let text: String = (0..4).map(|n| exchange(n, "a1", &format!("Tell me of the {canary} number {n}"))).collect();
        folder.write("x.jsonl", text);
        assert_eq!(folder.run(&format!("import x.jsonl {flags}")).code, 0);
        folder
    };
    let dropped = lake("");
    let path = dropped.at("ringfence-data/lake");
    assert_eq!(lake_files::texts(&path, "exchanges", "prompt_text"), vec![None; 4]);
    assert_eq!(lake_files::texts(&path, "exchanges", "system_text"), vec![None; 4]);
    assert!(!lake_files::everything(&path).contains(canary));
    let bytes = lake_files::tree(&dropped.at("ringfence-data")).into_values().collect::<Vec<_>>().concat();
    assert!(!bytes.windows(canary.len()).any(|found| found == canary.as_bytes()), "nor anywhere else");
    let kept = lake("--keep-text");
    let path = kept.at("ringfence-data/lake");
    let text = |n| Some(format!("Tell me of the {canary} number {n}"));
    assert_eq!(lake_files::texts(&path, "exchanges", "prompt_text"), [text(0), text(1), text(2), text(3)]);
    assert_eq!(lake_files::texts(&path, "exchanges", "system_text"), vec![Some("You are terse.".to_owned()); 4]);
}

/// Imports one file of another program and shows the account, the channel and the model of its rows.
#[track_caller]
fn check_format(name: &str, bytes: impl AsRef<[u8]>, expect: Expect) {
    let folder = Folder::new();
    folder.write(name, bytes);
    let ran = folder.run(&format!("import {name}"));
    assert_eq!(ran.code, 0, "{}", ran.shown());
    let lake = folder.at("ringfence-data/lake");
    let column = |name| lake_files::texts(&lake, "exchanges", name).into_iter().flatten().collect::<Vec<_>>().join(" ");
    let found = format!("{}, {}, {}", column("account_id"), column("channel"), column("request_model"));
    expect.assert_eq(&found);
}

const BEDROCK: &str = r#"{"schemaType":"ModelInvocationLog","schemaVersion":"1.0","timestamp":"2026-08-03T10:11:13Z","accountId":"111122223333","identity":{"arn":"arn:aws:iam::111122223333:user/ana"},"requestId":"r-1","operation":"Converse","modelId":"vela.small-v1:0","input":{"inputContentType":"application/json","inputBodyJson":{"messages":[{"role":"user","content":[{"text":"hello"}]}]},"inputTokenCount":3},"output":{"outputTokenCount":4}}"#;

const LITELLM: &str = r#"{"request_id":"c-1","call_type":"acompletion","api_key":"88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b","spend":0.0001,"prompt_tokens":10,"completion_tokens":20,"startTime":"2026-08-03T10:11:12.500Z","endTime":"2026-08-03T10:11:14Z","model":"vela-4","custom_llm_provider":"azure","user":"u-9","messages":[{"role":"user","content":"hello"}],"status":"success"}"#;

const OTEL: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b001","name":"chat vela-4","startTimeUnixNano":"1785753072000000000","endTimeUnixNano":"1785753073000000000","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},{"key":"gen_ai.request.model","value":{"stringValue":"vela-4"}},{"key":"user.id","value":{"stringValue":"u-1"}},{"key":"gen_ai.usage.input_tokens","value":{"intValue":"7"}}]}]}]}]}"#;

#[test]
fn formats_are_found_by_looking() {
    check_format("b.json", BEDROCK, expect!["arn:aws:iam::111122223333:user/ana, bedrock, vela.small-v1:0"]);
    check_format("l.jsonl", LITELLM, expect!["u-9, foundry, vela-4"]);
    check_format("o.json", OTEL, expect!["u-1, direct, vela-4"]);
}

#[test]
fn packed_files_are_unpacked() {
    check_format("x.jsonl.gz", gz(&exchange(1, "a1", "hello")), expect!["a1, direct, vela-4"]);
    check_format("x.jsonl.zst", zst(&exchange(1, "a1", "hello")), expect!["a1, direct, vela-4"]);
    check_format("named-otherwise", gz(LITELLM), expect!["u-9, foundry, vela-4"]);
}

#[test]
fn a_format_named_wrongly() {
    let folder = Folder::new();
    folder.write("b.json", format!("{BEDROCK}\n"));
    folder.write("a.jsonl", account("a1"));
    folder.check(
        "import b.json --format litellm",
        expect![[r#"
        imported 0 exchanges and 0 accounts
        rejected 1: missing-field
        rejected rows are in ringfence-data/rejects/rejects-TIME.jsonl
        the lake is at version 0
        exit code 0
    "#]],
    );
    folder.check("import b.json --format parquet", expect![[r#"
        ringfence: cannot import `b.json`: input is no Parquet file, but the format `parquet` was named; name another one, or `auto`
        exit code 2
    "#]]);
    folder.check("import b.json --format bedrok", expect![[r#"
        error: invalid value 'bedrok' for '--format <FORMAT>': format `bedrok` is unknown; use one of auto, jsonl, parquet, bedrock, otel, litellm

        For more information, try '--help'.
        exit code 2
    "#]]);
    folder.check(
        "import b.json --format bedrock --accounts a.jsonl",
        expect![[r#"
        imported 1 exchanges and 1 accounts
        the lake is at version 2
        exit code 0
    "#]],
    );
}

#[cfg(unix)]
#[test]
fn the_secret_is_made_once_and_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    folder.write("x.jsonl", exchange(1, "a1", "hello"));
    assert_eq!(folder.run("import x.jsonl").code, 0);
    let secret = folder.read("ringfence-data/secret");
    assert_eq!(secret.trim_end().len(), 64);
    assert_eq!(folder.run("import x.jsonl").code, 0);
    assert_eq!(folder.read("ringfence-data/secret"), secret);
    let mode = |name: &str| folder.at(name).metadata().expect("there").permissions().mode() & 0o777;
    assert_eq!(mode("ringfence-data/secret"), 0o600);
    assert_eq!(mode("ringfence-data"), 0o700);
}

/// Restricting the user's own folder could lock others out of it.
#[cfg(unix)]
#[test]
fn a_folder_that_was_there_keeps_its_rights() {
    use std::{fs, os::unix::fs::PermissionsExt};
    let folder = Folder::new();
    folder.write("x.jsonl", exchange(1, "a1", "hello") + "no row\n");
    fs::create_dir(folder.at("mine")).expect("writable");
    fs::set_permissions(folder.at("mine"), fs::Permissions::from_mode(0o755)).expect("ours");
    assert_eq!(folder.run("import x.jsonl --data mine").code, 0);
    let mode = |name: &str| folder.at(name).metadata().expect("there").permissions().mode() & 0o777;
    assert_eq!(
        [mode("mine"), mode("mine/lake"), mode("mine/rejects"), mode("mine/secret")],
        [0o755, 0o700, 0o700, 0o600]
    );
}
