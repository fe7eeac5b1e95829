//! A gateway that stops: what runs ends well within the time for it, nothing new begins, and what takes longer is cut.

use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use crate::{
    raw::{self, Raw},
    running::{Running, chat, until},
};

async fn streaming(running: &Running, tokens: u32) -> Raw {
    let mut caller = Raw::open(running.gateway.addresses.public).await;
    let body = chat("stub-paced", true).to_string().replace("\"max_tokens\":12", &format!("\"max_tokens\":{tokens}"));
    caller.say(raw::request("/v1/chat/completions", "key-old", &body, "")).await;
    caller.until("word").await;
    caller
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_runs_ends_and_nothing_begins() {
    let running = Running::start("", "").await;
    let mut idle = Raw::open(running.gateway.addresses.public).await;
    idle.say("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    idle.until("ok\n").await;
    let mut caller = streaming(&running, 60).await;
    let Running { gateway, stub: _stub, folder, .. } = running;
    let public = gateway.addresses.public;
    let stopping = tokio::spawn(gateway.stop());
    until("the end of listening", async || TcpStream::connect(public).await.is_err()).await;
    assert_eq!(idle.rest().await, "", "a connection without a request is closed");
    assert!(!stopping.is_finished());
    let rest = caller.rest().await;
    assert!(rest.contains("data: [DONE]\n\n") && rest.ends_with("0\r\n\r\n"), "{rest}");
    stopping.await.unwrap().unwrap();
    let capture = journal::Capture::open(journal::CaptureOptions::new(folder.path().join("data/capture"))).unwrap();
    let records: u64 = capture.sealed().unwrap().iter().map(|sealed| sealed.records).sum();
    assert_eq!(records, 1, "the exchange that ended last is on record");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_too_long_is_cut() {
    let running = Running::start("", "").await;
    let config = running.config.replace("drain = 5", "drain = 0.3");
    running.gateway.stop().await.unwrap();
    let gateway = crate::running::start(&config, running.folder.path()).await;
    let running = Running { gateway, ..running };
    let mut caller = streaming(&running, 4_000).await;
    let begun = Instant::now();
    running.gateway.stop().await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    let rest = caller.rest().await;
    assert!(!rest.contains("[DONE]") && !rest.ends_with("0\r\n\r\n"), "no clean end");
}
