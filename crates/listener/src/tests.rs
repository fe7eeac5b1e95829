use axum::{extract::ConnectInfo, routing::get};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::Instant,
};

use super::*;

async fn listener() -> Listener {
    let router =
        Router::new().route("/", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }));
    Listener::start(([127, 0, 0, 1], 0).into(), router).await.expect("a free port")
}

/// Time that nobody works is skipped, so that patience costs a test nothing.
#[tokio::test(start_paused = true)]
async fn a_caller_that_never_ends_its_question_is_let_go() {
    let listener = listener().await;
    let mut slow = TcpStream::connect(listener.address).await.expect("a connection");
    slow.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nx-dri").await.expect("room");
    let begun = Instant::now();
    let mut told = Vec::new();
    slow.read_to_end(&mut told).await.expect("an end");
    assert!(begun.elapsed() < 2 * HEAD, "let go after {:?}", begun.elapsed());
    assert!(told.is_empty() || told.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&told));
    listener.stop().await;
}

#[tokio::test]
async fn a_stop_lets_an_idle_connection_go_and_an_answer_out_before() {
    let listener = listener().await;
    let mut caller = TcpStream::connect(listener.address).await.expect("a connection");
    let own = caller.local_addr().expect("an address").to_string();
    caller.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("room");
    let mut first = vec![0; 12];
    caller.read_exact(&mut first).await.expect("an answer");
    assert_eq!(first, b"HTTP/1.1 200");
    let begun = Instant::now();
    listener.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(5), "stopped after {:?}", begun.elapsed());
    let mut rest = String::new();
    caller.read_to_string(&mut rest).await.expect("the rest");
    assert!(rest.ends_with(&own), "{rest}");
}

/// Those that fill the room make others wait, and are let go themselves.
#[tokio::test(start_paused = true)]
async fn callers_beyond_the_room_are_answered_once_silent_ones_are_gone() {
    let listener = listener().await;
    let mut silent = Vec::new();
    for _ in 0..CONNECTIONS {
        silent.push(TcpStream::connect(listener.address).await.expect("a connection"));
    }
    let mut caller = TcpStream::connect(listener.address).await.expect("the backlog takes it");
    caller.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.expect("room");
    let mut told = String::new();
    caller.read_to_string(&mut told).await.expect("an answer");
    assert!(told.starts_with("HTTP/1.1 200"), "{told}");
    listener.stop().await;
}

#[test]
fn only_the_token_itself_is_the_token() {
    assert!(same_token("abc", "abc"));
    assert!(["", "ab", "abd", "abcd", "Abc"].iter().all(|shown| !same_token(shown, "abc")));
}
