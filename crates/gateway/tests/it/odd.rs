//! An upstream that does not behave.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What it does after it has said its piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    Close,
    /// Holds the connection until the other side lets go.
    Wait,
}

/// Says the same thing to everyone, and counts.
pub(crate) struct Odd {
    pub(crate) address: SocketAddr,
    asked: Arc<AtomicU64>,
    left: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Odd {
    pub(crate) async fn start(says: &'static str, then: Then) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let (asked, left) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let counts = (Arc::clone(&asked), Arc::clone(&left));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                let (asked, left) = counts.clone();
                tokio::spawn(async move {
                    answer(stream, says, then, &asked).await;
                    left.fetch_add(1, Ordering::AcqRel);
                });
            }
        });
        Self { address, asked, left, task }
    }

    /// Requests that came whole.
    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Acquire)
    }

    /// Connections that are over.
    pub(crate) fn left(&self) -> u64 {
        self.left.load(Ordering::Acquire)
    }
}

impl Drop for Odd {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(mut stream: TcpStream, says: &str, then: Then, asked: &AtomicU64) {
    let mut request = Vec::new();
    while !is_whole(&request) {
        match stream.read_buf(&mut request).await {
            Ok(read) if read > 0 => {}
            _ => return,
        }
    }
    asked.fetch_add(1, Ordering::AcqRel);
    stream.write_all(says.as_bytes()).await.unwrap();
    if then == Then::Wait {
        drop(stream.read(&mut [0; 64]).await);
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}
