//! Bytes on a connection, as no well-behaved client sends them.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Longer than anything takes, even here.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection that is held by hand.
pub(crate) struct Raw(pub(crate) TcpStream);

impl Raw {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    /// What the peer no longer takes is no failure of a test.
    pub(crate) async fn say(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.0.write_all(bytes.as_ref()).await.is_ok()
    }

    /// Everything until the peer closes or breaks the connection.
    pub(crate) async fn rest(&mut self) -> String {
        let mut all = Vec::new();
        let read = timeout(PATIENCE, self.0.read_to_end(&mut all)).await;
        assert!(read.is_ok(), "the connection stayed open after {:?}", String::from_utf8_lossy(&all));
        String::from_utf8_lossy(&all).into_owned()
    }

    /// What comes until a text is in it.
    pub(crate) async fn until(&mut self, text: &str) -> String {
        let mut all = String::new();
        let mut buffer = [0; 4096];
        while !all.contains(text) {
            let read = timeout(PATIENCE, self.0.read(&mut buffer)).await;
            let read = read.unwrap_or_else(|_| panic!("`{text}` did not come after {all:?}"));
            let read = read.unwrap_or(0);
            assert!(read > 0, "the connection ended before `{text}` came: {all:?}");
            all.push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
        all
    }
}

/// Says something and gives all that comes back.
pub(crate) async fn exchange(address: SocketAddr, bytes: impl AsRef<[u8]>) -> String {
    let mut raw = Raw::open(address).await;
    raw.say(bytes).await;
    raw.rest().await
}

/// A request for a chat as bytes.
pub(crate) fn request(path: &str, key: &str, body: &str, more: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: gateway.test\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n{more}\r\n{body}",
        body.len()
    )
}

/// The status in an answer's first line.
pub(crate) fn status(answer: &str) -> u16 {
    let code = answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
    code.and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("no answer: {answer:?}"))
}
