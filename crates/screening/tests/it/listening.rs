//! The listener against callers that mean no good, or none at all.

use std::{sync::Arc, time::Duration};

use screening::{Desk, Server};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};

use crate::support::{register, settings};

async fn server() -> Server {
    let desk = Arc::new(Desk::new(Arc::new(register()), settings(None)));
    Server::start(&desk, ([127, 0, 0, 1], 0).into()).await.unwrap()
}

/// Time that nobody works is skipped, so that patience costs a test nothing.
#[tokio::test(start_paused = true)]
async fn a_caller_that_never_ends_its_question_is_let_go() {
    let server = server().await;
    let mut slow = TcpStream::connect(server.address).await.unwrap();
    slow.write_all(b"GET /catalog HTTP/1.1\r\nhost: x\r\nx-dri").await.unwrap();
    let begun = Instant::now();
    let mut told = Vec::new();
    slow.read_to_end(&mut told).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(60), "let go after {:?}", begun.elapsed());
    assert!(told.is_empty() || told.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&told));
    server.stop().await;
}

#[tokio::test]
async fn a_stop_lets_an_idle_connection_go_and_a_question_be_answered_before() {
    let server = server().await;
    let mut caller = TcpStream::connect(server.address).await.unwrap();
    caller.write_all(b"GET /catalog HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut first = vec![0; 12];
    caller.read_exact(&mut first).await.unwrap();
    assert_eq!(first, b"HTTP/1.1 200");
    let begun = Instant::now();
    server.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(5), "stopped after {:?}", begun.elapsed());
    let mut rest = Vec::new();
    caller.read_to_end(&mut rest).await.unwrap();
    assert!(!rest.is_empty(), "the answer was cut");
}
