//! What a body says of a request, and that a hostile one says nothing.

use bytes::Bytes;
use expect_test::{Expect, expect};
use gateway::{Route, Seen, request_facts};
use http::{HeaderMap, Method};
use proptest::prelude::*;

fn read(path: &str, body: &[u8]) -> policy::Request {
    let route = Route::of(&Method::POST, path, &HeaderMap::new());
    request_facts(route, "direct", &Seen::Whole(Bytes::copy_from_slice(body)))
}

#[track_caller]
fn check(path: &str, body: &str, expected: Expect) {
    let facts = read(path, body.as_bytes());
    let mut text = format!("{} {}", facts.operation, facts.model);
    for (name, is) in [("stream", facts.stream), ("tools", facts.tools), ("reasoning", facts.reasoning)] {
        text.push_str(if is { " " } else { "" });
        text.push_str(if is { name } else { "" });
    }
    expected.assert_eq(&text);
}

#[test]
fn openai_chat() {
    let path = "/v1/chat/completions";
    check(path, r#"{"model":"m-1","stream":true,"messages":[{"role":"user"}]}"#, expect!["chat m-1 stream"]);
    check(
        path,
        r#"{"model":"m-1","tools":[{"type":"function"}],"reasoning_effort":"low"}"#,
        expect!["chat m-1 tools reasoning"],
    );
    check(path, r#"{"model":"m-1","tools":[],"reasoning_effort":"none","stream":null}"#, expect!["chat m-1"]);
    check(path, r#"{"model":"m-1","functions":[{}]}"#, expect!["chat m-1 tools"]);
    check("/v1/responses", r#"{"model":"m-1","reasoning":{"effort":"high"}}"#, expect!["chat m-1 reasoning"]);
    check("/v1/responses", r#"{"model":"m-1","reasoning":{}}"#, expect!["chat m-1 reasoning"]);
    check("/v1/embeddings", r#"{"model":"e-1","input":"x"}"#, expect!["embeddings e-1"]);
}

#[test]
fn anthropic_messages() {
    let path = "/v1/messages";
    check(path, r#"{"model":"c-1","thinking":{"type":"enabled","budget_tokens":9}}"#, expect!["chat c-1 reasoning"]);
    check(path, r#"{"model":"c-1","thinking":{"type":"disabled"},"tools":[{}]}"#, expect!["chat c-1 tools"]);
}

#[test]
fn what_cannot_be_read_is_unknown() {
    let path = "/v1/chat/completions";
    for body in [
        "",
        "{",
        "[]",
        "null",
        "model=m-1",
        "\u{1f}\u{8b}",
        r#"{"model":7}"#,
        r#"{"model":""}"#,
        r#"{"model":"m\n1"}"#,
        r#"{"model":"m-1","model":"m-2"}"#,
        r#"{"model":"m-1"} {"model":"m-2"}"#,
        r#"{"model":"m-1","stream":"yes"}"#,
    ] {
        check(path, body, expect!["chat unknown"]);
    }
    check(path, &format!(r#"{{"model":"{}"}}"#, "m".repeat(257)), expect!["chat unknown"]);
    check(path, &format!(r#"{{"model":"m-1","x":{}{}}}"#, "[".repeat(5000), "]".repeat(5000)), expect!["chat m-1"]);
    check("/elsewhere", r#"{"model":"m-1"}"#, expect!["unknown m-1"]);
}

#[test]
fn how_much_was_seen_is_on_record() {
    let route = Route::of(&Method::POST, "/v1/messages", &HeaderMap::new());
    for (seen, body) in [
        (Seen::Nothing, policy::Body::None),
        (Seen::Partial, policy::Body::Partial),
        (Seen::Whole("garbage".into()), policy::Body::Whole),
    ] {
        let facts = request_facts(route, "vertex", &seen);
        assert_eq!((facts.body, facts.model.as_str(), facts.channel.as_str()), (body, "unknown", "vertex"));
    }
}

proptest! {
    #[test]
    fn no_bytes_upset_it(body in prop::collection::vec(any::<u8>(), 0..200)) {
        read("/v1/messages", &body);
    }
}
