//! Requests that two readers would understand differently, and requests that never end: refused, or made plain; and nothing reaches
//! the upstream that was not decided on.

use serde_json::json;

use crate::{
    raw::{self, Raw, status},
    running::{Running, chat, until},
};

/// A request that nobody is asked about, if it gets through.
fn hidden() -> String {
    raw::request("/v1/chat/completions", "key-of-nobody", &chat("hidden", false).to_string(), "")
}

fn head(lines: &[&str]) -> String {
    format!("{}\r\n\r\n", lines.join("\r\n"))
}

const LINE: &str = "POST /v1/chat/completions HTTP/1.1";
const HOST: &str = "host: gateway.test";
const KEY: &str = "authorization: Bearer key-old";
const CHUNKED: &str = "transfer-encoding: chunked";

/// Every request that the upstream saw was decided on: no more came than the ledger has let pass.
async fn nothing_passed_undecided(running: &Running, what: &str) {
    until("the record of decisions", async || {
        let passed = running.ledger().iter().filter(|entry| entry["decision"]["effect"] == "observe").count();
        passed as u64 >= running.stub.requests()
    })
    .await;
    let last = running.stub.last().map(|request| String::from_utf8_lossy(&request.body).into_owned());
    assert!(!last.unwrap_or_default().contains("hidden"), "{what}");
}

#[tokio::test]
async fn shapes_that_two_readers_take_differently_are_refused() {
    let running = Running::start("", "").await;
    let body = chat("stub", false).to_string();
    let length = format!("content-length: {}", body.len());
    let chunks = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let shapes: Vec<(&str, String)> = vec![
        ("two lengths", head(&[LINE, HOST, KEY, &length, "content-length: 4"]) + &body),
        ("two lengths in a line", head(&[LINE, HOST, KEY, &format!("{length}, 4")]) + &body),
        ("a length with a sign", head(&[LINE, HOST, KEY, &format!("content-length: +{}", body.len())]) + &body),
        ("a length in hex", head(&[LINE, HOST, KEY, "content-length: 0x10"]) + &body),
        ("an endless length", head(&[LINE, HOST, KEY, "content-length: 99999999999999999999"]) + &body),
        ("a space before the colon", head(&[LINE, HOST, KEY, "transfer-encoding : chunked"]) + &chunks),
        ("a space before the length's colon", head(&[LINE, HOST, KEY, &length.replace(':', " :")]) + &body),
        ("a folded header", head(&[LINE, HOST, KEY, "transfer-encoding:\r\n chunked"]) + &chunks),
        ("a coding that is not known", head(&[LINE, HOST, KEY, "transfer-encoding: xchunked"]) + &chunks),
        ("chunked, but not last", head(&[LINE, HOST, KEY, "transfer-encoding: chunked, identity"]) + &chunks),
        ("chunked, then another", head(&[LINE, HOST, KEY, CHUNKED, "transfer-encoding: x"]) + &chunks),
        ("chunked in HTTP/1.0", head(&["POST /v1/chat/completions HTTP/1.0", HOST, KEY, CHUNKED]) + &chunks),
        ("a chunk without a size", head(&[LINE, HOST, KEY, CHUNKED]) + "\r\n{}\r\n0\r\n\r\n"),
        ("a chunk of a negative size", head(&[LINE, HOST, KEY, CHUNKED]) + "-2\r\n{}\r\n0\r\n\r\n"),
        ("a chunk beyond 64 bits", head(&[LINE, HOST, KEY, CHUNKED]) + "10000000000000002\r\n{}\r\n0\r\n\r\n"),
        ("a chunk that is longer than its size", head(&[LINE, HOST, KEY, CHUNKED]) + "1\r\n{}\r\n0\r\n\r\n"),
        ("a nameless header", head(&[LINE, HOST, KEY, ": chunked", &length]) + &body),
        ("a null byte in a header", head(&[LINE, HOST, KEY, "x-note: a\0b", &length]) + &body),
        (
            "a carriage return in a header",
            head(&[LINE, HOST, KEY, "x-note: a\rtransfer-encoding: chunked", &length]) + &body,
        ),
        ("a version of its own", head(&["POST /v1/chat/completions HTTP/9.1", HOST, KEY, &length]) + &body),
        ("a space in the target", head(&["POST /v1/chat/completions /x HTTP/1.1", HOST, KEY, &length]) + &body),
    ];
    for (what, shape) in shapes {
        let before = running.stub.requests();
        let got = raw::exchange(running.gateway.addresses.public, shape + &hidden()).await;
        assert!((400..500).contains(&status(&got)), "{what}: {got}");
        assert_eq!(got.matches("HTTP/1.1 ").count(), 1, "{what}: the connection is over: {got}");
        assert_eq!(running.stub.requests(), before, "{what}: {got}");
    }
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn shapes_that_have_one_meaning_are_made_plain() {
    let running = Running::start("", "").await;
    let body = chat("stub", false).to_string();
    let length = format!("content-length: {}", body.len());
    let chunks = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let absolute = "POST http://elsewhere.test/v1/chat/completions HTTP/1.1";
    let shapes: Vec<(&str, String)> = vec![
        // RFC 9112, section 6.3: the coding wins, and the connection ends.
        ("a length, then a coding", head(&[LINE, HOST, KEY, "content-length: 3", CHUNKED]) + &chunks + &hidden()),
        ("a coding, then a length", head(&[LINE, HOST, KEY, CHUNKED, "content-length: 3"]) + &chunks + &hidden()),
        (
            "a chunk with an extension",
            head(&[LINE, HOST, KEY, CHUNKED, "connection: close"]) + &chunks.replacen("\r\n", ";name=\"value\"\r\n", 1),
        ),
        (
            "a chunked body with a trailer",
            head(&[LINE, HOST, KEY, CHUNKED, "connection: close"])
                + chunks.trim_end_matches("\r\n")
                + "\r\nx-ringfence-effect: allow\r\nauthorization: Bearer key-small\r\n\r\n",
        ),
        (
            "lines that end in a bare feed",
            head(&[LINE, HOST, KEY, &length, "connection: close"]).replace("\r\n", "\n") + &body,
        ),
        ("the same length twice", head(&[LINE, HOST, KEY, &length, &length, "connection: close"]) + &body),
        ("a target with an authority", head(&[absolute, HOST, KEY, &length, "connection: close"]) + &body),
        (
            "an upgrade",
            head(&[LINE, HOST, KEY, &length, "connection: upgrade, close", "upgrade: h2c", "http2-settings: AAMAAABk"])
                + &body,
        ),
    ];
    for (what, shape) in shapes {
        let before = running.stub.requests();
        let got = raw::exchange(running.gateway.addresses.public, shape).await;
        assert_eq!(status(&got), 200, "{what}: {got}");
        assert_eq!(got.matches("HTTP/1.1 ").count(), 1, "{what}: {got}");
        assert_eq!(running.stub.requests(), before + 1, "{what}");
        let seen = running.stub.last().unwrap();
        assert_eq!((seen.path.as_str(), &seen.body[..]), ("/v1/chat/completions", body.as_bytes()), "{what}");
        let shown = |name: &str| seen.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(shown("content-length"), Some(body.len().to_string()), "{what}");
        assert_eq!(shown("host"), Some(running.stub.address.to_string()), "{what}");
        assert_eq!(shown("authorization").as_deref(), Some("Bearer key-old"), "{what}");
        for name in ["transfer-encoding", "upgrade", "http2-settings", "trailer"] {
            assert_eq!(shown(name), None, "{what}: {name}");
        }
        assert_eq!(shown("x-ringfence-effect").as_deref(), Some("observe"), "{what}");
        nothing_passed_undecided(&running, what).await;
    }
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn what_follows_on_a_connection_is_decided_by_itself() {
    let running = Running::start("", "").await;
    let first = raw::request("/v1/chat/completions", "key-old", &chat("stub", false).to_string(), "");
    let last = hidden().replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");
    let got = raw::exchange(running.gateway.addresses.public, first + &last).await;
    let statuses: Vec<u16> = got.match_indices("HTTP/1.1 ").map(|(at, _)| status(&got[at..])).collect();
    assert_eq!(statuses, [200, 401], "{got}");
    assert_eq!(running.stub.requests(), 1);
    nothing_passed_undecided(&running, "a second request").await;
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn targets_that_are_no_route_go_nowhere() {
    let running = Running::start("", "").await;
    let body = chat("stub", false).to_string();
    let length = format!("content-length: {}", body.len());
    for line in [
        "CONNECT elsewhere.test:443 HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "TRACE /v1/chat/completions HTTP/1.1",
        "PUT /v1/chat/completions HTTP/1.1",
        "POST //v1/chat/completions HTTP/1.1",
        "POST /v1/./chat/completions HTTP/1.1",
        "POST /v1/models/../chat/completions HTTP/1.1",
        "POST /v1/chat%2Fcompletions HTTP/1.1",
        "POST /v1/chat/completions;x=1 HTTP/1.1",
        "POST /v1/chat/completions%20 HTTP/1.1",
        "GET /v1/models/..%2f..%2fadmin HTTP/1.1",
        "GET /v1/models/..\\admin HTTP/1.1",
        "GET http:/v1/models HTTP/1.1",
        "POST /V1/chat/completions HTTP/1.1",
    ] {
        let shape = head(&[line, HOST, KEY, &length, "connection: close"]) + &body;
        let got = raw::exchange(running.gateway.addresses.public, shape).await;
        assert!((400..500).contains(&status(&got)), "{line}: {got}");
        assert_eq!(running.stub.requests(), 0, "{line}");
    }
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn what_is_too_large_is_told_at_once() {
    let running = Running::start("", "[admission]\nbody_bytes = 2048\nheader_bytes = 16384").await;
    let public = running.gateway.addresses.public;
    // By what it says, without reading it.
    let mut caller = Raw::open(public).await;
    caller.say(head(&[LINE, HOST, KEY, "content-length: 1000000"])).await;
    let got = caller.rest().await;
    assert_eq!(status(&got), 413, "{got}");
    assert!(got.contains("\"code\":\"request_too_large\""), "{got}");
    // By what comes, where it does not say.
    let mut caller = Raw::open(public).await;
    caller.say(head(&[LINE, HOST, KEY, CHUNKED])).await;
    for _ in 0..5 {
        caller.say(format!("200\r\n{}\r\n", "x".repeat(512))).await;
    }
    assert_eq!(status(&caller.until("request_too_large").await), 413);
    for (what, header) in [
        ("a long header", format!("x-note: {}", "x".repeat(40_000))),
        ("many headers", (0..300).map(|n| format!("x-note-{n}: 1")).collect::<Vec<_>>().join("\r\n")),
    ] {
        let got = raw::exchange(public, head(&[LINE, HOST, KEY, &header, "content-length: 0"])).await;
        assert!([400, 431].contains(&status(&got)), "{what}: {got}");
    }
    let got = raw::exchange(public, format!("POST /{} HTTP/1.1\r\n{HOST}\r\n\r\n", "x".repeat(70_000))).await;
    assert!([400, 414, 431].contains(&status(&got)), "{got}");
    assert_eq!(running.stub.requests(), 0);
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn bodies_that_cannot_be_read_go_nowhere() {
    let running = Running::start("", "").await;
    for (what, body) in [
        ("nothing", ""),
        ("no JSON", "model=stub"),
        ("a list", "[]"),
        ("two models", r#"{"model":"stub","model":"hidden"}"#),
        ("half of it", r#"{"model":"stub""#),
        ("more than one", r#"{"model":"stub"}{"model":"hidden"}"#),
        ("a name that is no text", r#"{"model":{"a":1}}"#),
        ("bytes that are no text", "{\"model\":\"\u{0}\"}"),
    ] {
        let shape = raw::request("/v1/chat/completions", "key-old", body, "connection: close\r\n");
        let got = raw::exchange(running.gateway.addresses.public, shape).await;
        assert_eq!(status(&got), 400, "{what}: {got}");
    }
    let packed = json!({"model": "stub"}).to_string();
    let shape =
        raw::request("/v1/chat/completions", "key-old", &packed, "content-encoding: gzip\r\nconnection: close\r\n");
    assert_eq!(status(&raw::exchange(running.gateway.addresses.public, shape).await), 415);
    assert_eq!(running.stub.requests(), 0);
    running.gateway.stop().await.unwrap();
}
