//! Slow callers, idle callers and too many callers: each is bounded, and the others are served.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::{
    raw::{self, Raw, status},
    running::{Running, chat, send, until},
};

const SLOW: &str = "[admission]\nheader_time = 0.4\nbody_time = 0.4";

/// Sends what is left of a request byte by byte until the gateway has had enough; what it said then.
async fn dribble(running: &Running, start: &str) -> (String, Duration) {
    let mut caller = Raw::open(running.gateway.addresses.public).await;
    caller.say(start).await;
    let (mut read, mut write) = caller.0.into_split();
    let begun = Instant::now();
    let dribbling = tokio::spawn(async move {
        while tokio::io::AsyncWriteExt::write_all(&mut write, b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let mut said = Vec::new();
    let ended =
        tokio::time::timeout(Duration::from_secs(20), tokio::io::AsyncReadExt::read_to_end(&mut read, &mut said));
    assert!(ended.await.is_ok(), "`{start}` holds its connection");
    dribbling.abort();
    (String::from_utf8_lossy(&said).into_owned(), begun.elapsed())
}

#[tokio::test]
async fn who_dribbles_is_cut_off() {
    let running = Running::start("", SLOW).await;
    for (what, start) in [
        ("a first line", "POST /v1/cha"),
        ("a header", "POST /v1/chat/completions HTTP/1.1\r\nhost: gateway.test\r\nx-note: "),
        ("the beginning of HTTP/2", "PRI * HTTP/2.0\r\n\r\nS"),
    ] {
        let (said, _) = dribble(&running, start).await;
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 4") || !said.contains(" 200 OK"), "{what}: {said:?}");
    }
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: gateway.test\r\nauthorization: Bearer key-old\r\n";
    let (said, _) = dribble(&running, &format!("{head}content-length: 100000\r\n\r\n{{")).await;
    assert_eq!(status(&said), 408, "{said}");
    let (said, _) = dribble(&running, &format!("{head}transfer-encoding: chunked\r\n\r\nfff\r\n{{")).await;
    assert_eq!(status(&said), 408, "{said}");
    assert_eq!(running.stub.requests(), 0);
    until("the end of all connections", async || running.metric("ringfence_connections").await <= 1.0).await;
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn a_question_that_dribbles_is_cut_off() {
    let running = Running::start("", SLOW).await;
    let mut raw = Raw::open(running.gateway.addresses.decisions.unwrap()).await;
    let head =
        "POST /traefik HTTP/1.1\r\nhost: gateway.test\r\nx-forwarded-method: POST\r\nx-forwarded-uri: /v1/messages\r\n";
    raw.say(format!("{head}content-length: 100000\r\n\r\n{{")).await;
    let said = raw.rest().await;
    assert_eq!(status(&said), 408, "{said}");
    assert!(said.contains("slow-body") && running.ledger().is_empty(), "no verdict: {said}");
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn who_says_nothing_is_let_go() {
    let running = Running::start("", SLOW).await;
    let public = running.gateway.addresses.public;
    let silent: [&[u8]; 5] =
        [b"", b"P", b"PRI * HT", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"];
    for said in silent {
        let mut caller = Raw::open(public).await;
        caller.say(said).await;
        caller.rest().await;
    }
    running.gateway.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_thousand_idle_connections_are_in_nobodys_way() {
    let running = Running::start("", "").await;
    let mut idle = Vec::new();
    for _ in 0..5_000 {
        idle.push(Raw::open(running.gateway.addresses.public).await);
    }
    until("all connections", async || running.metric("ringfence_connections").await >= 5_000.0).await;
    for _ in 0..10 {
        let begun = Instant::now();
        assert_eq!(running.chat("key-old").await.status, StatusCode::OK);
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }
    drop(idle);
    until("the end of all connections", async || running.metric("ringfence_connections").await <= 1.0).await;
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn more_connections_than_allowed_are_closed() {
    let running = Running::start("", "[admission]\nconnections = 3").await;
    let public = running.gateway.addresses.public;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(Raw::open(public).await);
    }
    until("three connections", async || running.metric("ringfence_connections").await >= 3.0).await;
    let got = raw::exchange(public, "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(got, "", "a fourth is closed");
    let shed = "ringfence_requests_shed_total{reason=\"connections\"}";
    assert_eq!(running.metric(shed).await, 1.0, "and the operator still sees why");
    held.pop();
    until("room", async || {
        let mut caller = Raw::open(public).await;
        caller.say("GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        caller.rest().await.contains("200 OK")
    })
    .await;
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn more_requests_than_allowed_are_told_to_come_back() {
    let running = Running::start("", "[admission]\nrequests = 2").await;
    let public = running.gateway.addresses.public;
    let long = chat("stub-paced", true).to_string().replace("\"max_tokens\":12", "\"max_tokens\":4000");
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut caller = Raw::open(public).await;
        caller.say(raw::request("/v1/chat/completions", "key-old", &long, "")).await;
        caller.until("word").await;
        held.push(caller);
    }
    let got = running.chat("key-old").await;
    assert_eq!((got.status, got.headers["retry-after"].to_str().unwrap()), (StatusCode::SERVICE_UNAVAILABLE, "1"));
    assert_eq!(got.json()["error"]["code"], "overloaded");
    let appeal = send(public, Method::POST, "/v1/appeals", &[], b"{}".to_vec()).await;
    assert_eq!(appeal.status, StatusCode::SERVICE_UNAVAILABLE, "an appeal takes a place, too");
    let health = send(public, Method::GET, "/healthz", &[], Vec::new()).await;
    assert_eq!(health.status, StatusCode::OK);
    assert_eq!(running.metric("ringfence_requests_shed_total{reason=\"overloaded\"}").await, 1.0);
    held.clear();
    until("room", async || running.chat("key-old").await.status == StatusCode::OK).await;
    running.gateway.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_streams_is_shed() {
    let running = Running::start("", "[admission]\nrequests = 8").await;
    let public = running.gateway.addresses.public;
    let stream = TcpStream::connect(public).await.unwrap();
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = || {
        let body = Bytes::from(chat("stub-paced", false).to_string());
        let request = Request::post(format!("http://{public}/v1/chat/completions"));
        request.header("authorization", "Bearer key-old").body(Full::new(body)).unwrap()
    };
    let mut storm = Vec::new();
    for _ in 0..1_000 {
        let mut sender = sender.clone();
        let request = request();
        storm.push(tokio::spawn(async move {
            sender.ready().await.ok()?;
            let answer = sender.send_request(request).await.ok()?;
            let status = answer.status();
            answer.into_body().collect().await.ok()?;
            Some(status)
        }));
    }
    let mut served = 0;
    for told in storm {
        match told.await.unwrap() {
            Some(StatusCode::OK) => served += 1,
            Some(status) => assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE),
            None => {}
        }
    }
    assert!(served >= 8, "{served}");
    assert_eq!(running.stub.requests(), served);
    // Streams that are opened and reset at once end the connection, not the gateway.
    let stream = TcpStream::connect(public).await.unwrap();
    let (mut sender, hasty) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let hasty = tokio::spawn(hasty);
    for _ in 0..5_000 {
        if sender.ready().await.is_err() {
            break;
        }
        drop(sender.send_request(request()));
        tokio::task::yield_now().await;
    }
    drop(sender);
    hasty.abort();
    assert_eq!(running.chat("key-old").await.status, StatusCode::OK);
    until("the end of all work", async || running.metric("ringfence_requests_in_flight").await == 0.0).await;
    drop(connection);
    running.gateway.stop().await.unwrap();
}
