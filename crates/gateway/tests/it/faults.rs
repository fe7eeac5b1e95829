//! Upstreams that fail, and callers that leave: told, recorded, and nothing held on to.

use std::net::{SocketAddr, TcpListener};

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    odd::{Odd, Then},
    raw::{self, Raw},
    running::{Got, Running, chat, until},
};

/// Where nobody listens.
fn closed_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// The rows of the log, once there are so many.
async fn rows(running: &Running, count: usize) -> Vec<Value> {
    let mut rows = Vec::new();
    until("the record", async || {
        rows = running.captured().await;
        rows.len() >= count
    })
    .await;
    assert_eq!(rows.len(), count, "{rows:?}");
    rows
}

/// Everything that a request took is given back.
async fn nothing_is_held(running: &Running) {
    until("the end of all work", async || running.metric("ringfence_requests_in_flight").await == 0.0).await;
}

fn message() -> Value {
    json!({"model": "stub", "max_tokens": 5, "messages": [{"role": "user", "content": "Hi"}]})
}

/// Asks on both kinds of route, and holds the answers and the log against what is due.
async fn check(running: &Running, status: StatusCode, code: &str, anthropic: &str) {
    let got = running.chat("key-old").await;
    assert_eq!(got.status, status, "{:?}", got.body);
    assert_eq!(got.json()["error"]["code"], code);
    assert_eq!(got.json()["error"]["type"], "server_error");
    let other = running.ask(Method::POST, "/v1/messages", "key-old", &message()).await;
    assert_eq!(other.status, status);
    assert_eq!(other.json()["error"]["type"], anthropic);
    let rows = rows(running, 2).await;
    assert!(rows.iter().all(|row| row["status"] == status.as_u16()), "{rows:?}");
    assert_eq!(rows[0]["exchange_id"], exchange_id(&got));
    let counted = format!("ringfence_upstream_errors_total{{reason=\"{code}\"}}");
    assert_eq!(running.metric(&counted).await, 2.0);
    nothing_is_held(running).await;
}

fn exchange_id(got: &Got) -> String {
    got.headers["x-ringfence-decision-id"].to_str().unwrap().replacen("dec_", "exc_", 1)
}

#[tokio::test]
async fn an_upstream_that_refuses_is_a_502() {
    let running = Running::start_before(closed_port(), "", "").await;
    check(&running, StatusCode::BAD_GATEWAY, "upstream_unreachable", "api_error").await;
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn an_upstream_that_never_answers_is_a_504_and_let_go() {
    let odd = Odd::start("", Then::Wait).await;
    let running = Running::start_before(odd.address, "", "").await;
    check(&running, StatusCode::GATEWAY_TIMEOUT, "upstream_timeout", "api_error").await;
    until("the end of both connections", async || odd.left() == 2).await;
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn an_upstream_that_speaks_nonsense_is_a_502() {
    for says in ["banana\r\n\r\n", "", "HTTP/1.1 200 OK\r\ncontent-le", "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"]
    {
        let odd = Odd::start(says, Then::Close).await;
        let running = Running::start_before(odd.address, "", "").await;
        check(&running, StatusCode::BAD_GATEWAY, "upstream_broken", "api_error").await;
        running.gateway.stop().await.unwrap();
    }
}

/// Streams through a connection that is held by hand; what came, whether the end was a clean one, and the counted reason.
async fn broken_off(running: &Running, model: &str, reason: &str) {
    let body = chat(model, true).to_string();
    let got =
        raw::exchange(running.gateway.addresses.public, raw::request("/v1/chat/completions", "key-old", &body, ""));
    let got = got.await;
    assert_eq!(raw::status(&got), 200);
    assert!(got.contains("word "), "the beginning came through: {got}");
    assert!(!got.ends_with("0\r\n\r\n") && !got.contains("[DONE]"), "no clean end: {got}");
    let rows = rows(running, 1).await;
    assert_eq!((&rows[0]["status"], &rows[0]["request_model"]), (&json!(200), &json!(model)));
    let counted = format!("ringfence_upstream_errors_total{{reason=\"{reason}\"}}");
    assert_eq!(running.metric(&counted).await, 1.0);
    nothing_is_held(running).await;
}

#[tokio::test]
async fn a_stream_that_stalls_is_broken_off() {
    let running = Running::start("", "").await;
    broken_off(&running, "stub-stall", "stalled").await;
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn a_stream_that_is_cut_is_broken_off() {
    let running = Running::start("", "").await;
    broken_off(&running, "stub-cut", "cut").await;
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn a_body_that_is_shorter_than_it_said_is_broken_off() {
    let says = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"short\":";
    let odd = Odd::start(says, Then::Close).await;
    let running = Running::start_before(odd.address, "", "").await;
    let request = raw::request("/v1/chat/completions", "key-old", &chat("stub", false).to_string(), "");
    let got = raw::exchange(running.gateway.addresses.public, request).await;
    assert!(got.ends_with("{\"short\":") && got.contains("content-length: 100"), "{got}");
    assert_eq!(rows(&running, 1).await[0]["status"], 200);
    nothing_is_held(&running).await;
    running.gateway.stop().await.unwrap();
}

const BEGUN: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n\
                     16\r\ndata: {\"choices\":[]}\n\n\r\n";

/// A caller leaves; the exchange is on record, the upstream is let go, and the one place is free again.
async fn leaves(says: &'static str, after: &str) {
    let odd = Odd::start(says, Then::Wait).await;
    let running = Running::start_before(odd.address, "", "[admission]\nrequests = 1").await;
    let patient = running.config.replace("stall = 0.5\nanswer = 1", "stall = 60\nanswer = 60");
    running.gateway.stop().await.unwrap();
    let gateway = crate::running::start(&patient, running.folder.path()).await;
    let running = Running { gateway, ..running };
    for round in 1..=2 {
        let mut caller = Raw::open(running.gateway.addresses.public).await;
        caller.say(raw::request("/v1/chat/completions", "key-old", &chat("stub", true).to_string(), "")).await;
        until("the request", async || odd.asked() == round).await;
        if !after.is_empty() {
            caller.until(after).await;
        }
        assert_eq!(running.metric("ringfence_requests_in_flight").await, 1.0);
        let full = running.chat("key-old").await;
        assert_eq!(full.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(full.headers["retry-after"], "1");
        drop(caller);
        until("the end upstream", async || odd.left() == round).await;
        nothing_is_held(&running).await;
    }
    let rows = rows(&running, 2).await;
    assert!(rows.iter().all(|row| row["status"] == 499), "{rows:?}");
    assert_eq!(running.metric("ringfence_clients_left_total").await, 2.0);
    running.gateway.stop().await.unwrap();
    // The decision came before the caller left, and is on record whether or not anybody was told.
    let entries = journal::entries(&running.folder.path().join("data/ledger"), None).unwrap();
    let decisions = entries.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.leaf.kind().as_str() == "decision"));
    assert_eq!(decisions.count(), 2);
}

#[tokio::test]
async fn a_caller_that_leaves_in_the_middle_of_an_answer_is_a_499() {
    leaves(BEGUN, "choices").await;
}

#[tokio::test]
async fn a_caller_that_leaves_before_the_answer_is_a_499() {
    leaves("", "").await;
}

#[tokio::test]
async fn an_answer_without_a_body_is_recorded_as_well() {
    let odd = Odd::start("HTTP/1.1 204 No Content\r\n\r\n", Then::Wait).await;
    let running = Running::start_before(odd.address, "", "").await;
    let got = running.chat("key-old").await;
    assert_eq!(got.status, StatusCode::NO_CONTENT);
    let rows = rows(&running, 1).await;
    assert_eq!((&rows[0]["status"], &rows[0]["exchange_id"]), (&json!(204), &json!(exchange_id(&got))));
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn an_error_of_the_upstream_is_passed_on_as_it_is() {
    let running = Running::start("", "").await;
    let got = running.ask(Method::POST, "/v1/chat/completions", "key-old", &chat("stub-error", false)).await;
    assert_eq!(got.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(got.json()["error"]["message"], "the stub was asked to fail");
    assert_eq!(rows(&running, 1).await[0]["status"], 500);
    running.gateway.stop().await.unwrap();
}
