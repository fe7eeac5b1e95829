//! A server in this process, and machines that talk to it.

use std::{
    env,
    future::Future,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use exchanges::Time;
use fleet::{Desk, Note, Record, Server, Settings, spool::Spool};
use jiff::Timestamp;
use store::{Limits, Store, fleet::NewToken};
use sweep::{
    attest::{Finding, SigningKey},
    fleet::{MachineName, Report, Status, Token},
};
use url::Url;

pub(crate) fn server_key() -> SigningKey {
    SigningKey::from_bytes(&[42; 32])
}

/// A server that is gone with the value.
pub(crate) struct Fleet {
    pub(crate) store: Store,
    pub(crate) server: Server,
    pub(crate) notes: Arc<Mutex<Vec<Note>>>,
    pub(crate) folder: tempfile::TempDir,
}

pub(crate) fn now() -> Time {
    Time::from_micros(Timestamp::now().as_microsecond()).unwrap()
}

pub(crate) fn after(seconds: i64) -> Time {
    Time::from_micros(now().micros() + seconds * 1_000_000).unwrap()
}

impl Fleet {
    pub(crate) async fn start(url: &str) -> Self {
        Self::with(url, Settings::default(), &Limits::default()).await
    }

    pub(crate) async fn with(url: &str, settings: Settings, limits: &Limits) -> Self {
        let store = Store::open(&url.parse().unwrap(), limits).await.unwrap();
        let notes = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&notes);
        let record: Record = Arc::new(move |new: Vec<Note>| {
            kept.lock().unwrap().extend(new);
            Box::pin(async { Ok(()) })
        });
        let desk = Desk::new(store.clone(), server_key(), settings, Some(record));
        let server = Server::start(&desk, SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        Self { store, server, notes, folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn url(&self) -> Url {
        format!("http://{}", self.server.address).parse().unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) async fn token(&self, uses: u32) -> Token {
        give(&self.store, uses).await
    }

    /// A machine with a spool of its own, enrolled.
    pub(crate) async fn machine(&self, name: &str) -> Spool {
        let spool = Spool::open(&self.path(name)).unwrap();
        spool.enrol(&self.url(), &named(name), &self.token(1).await).await.unwrap();
        spool
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        ask(self.server.address, "GET", path, "", "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> (u16, String) {
        ask(self.server.address, "POST", path, "content-type: application/json\r\n", body).await
    }

    pub(crate) async fn count(&self, path: &str, state: &str) -> u64 {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "{body}");
        serde_json::from_str::<serde_json::Value>(&body).unwrap()["states"][state].as_u64().unwrap()
    }
}

pub(crate) async fn give(store: &Store, uses: u32) -> Token {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let mut seed = [9; 32];
    seed[..4].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    seed[4..8].copy_from_slice(&std::process::id().to_be_bytes());
    let token = Token::new(&seed, server_key().verifying_key());
    let new =
        NewToken { digest: token.digest(), label: "test".parse().unwrap(), machine: None, uses, expires: after(3600) };
    store.put_fleet_token(&new, now()).await.unwrap();
    token
}

/// A request over a connection of its own.
pub(crate) async fn ask(address: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> (u16, String) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    // A server that refuses early closes before it has read all.
    _ = stream.write_all(request.as_bytes()).await;
    let mut answer = String::new();
    _ = stream.read_to_string(&mut answer).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    (head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0), body.to_owned())
}

pub(crate) fn named(name: &str) -> MachineName {
    name.parse().unwrap()
}

pub(crate) fn report(name: &str, ban: &str, status: Status) -> Report {
    let finding = Finding {
        subject: "cursor".into(),
        kind: "client".into(),
        path: "/opt/cursor/<b>".parse().unwrap(),
        confidence: "high".into(),
        why: "still there".into(),
    };
    Report {
        version: 1,
        machine: named(name),
        sequence: 0,
        previous: String::new(),
        at: Timestamp::now(),
        ban: ban.to_owned(),
        plan: None,
        status,
        objects: u64::from(status != Status::Clean),
        bytes: 4096,
        unreadable: 0,
        catalogue: "c".to_owned(),
        items: if status == Status::Clean { vec![] } else { vec![finding] },
        left_out: 0,
        dropped: 0,
    }
}

/// Runs a test on a fresh SQLite file and on a fresh schema of PostgreSQL.
pub(crate) async fn on_both<F: Future<Output = ()>>(test: impl Fn(String) -> F) {
    let folder = tempfile::tempdir().unwrap();
    test(format!("sqlite://{}", folder.path().join("store.db").display())).await;
    let Some(schema) = schema() else { return };
    test(schema.url.clone()).await;
}

/// A schema of PostgreSQL that is gone with the value.
pub(crate) struct Schema {
    pub(crate) url: String,
    name: String,
    server: String,
}

pub(crate) fn schema() -> Option<Schema> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let server =
        env::var("RINGFENCE_POSTGRES").unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
    let name = format!("fleet_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let made = psql(&server, &format!("CREATE SCHEMA {name}"));
    if made {
        return Some(Schema { url: format!("{server}?options[search_path]={name}"), name, server });
    }
    let required = env::var_os("CI").is_some() || env::var_os("RINGFENCE_REQUIRE_PEERS").is_some();
    assert!(!required, "there is no PostgreSQL at {server}, or no psql");
    eprintln!("SKIPPED: no PostgreSQL at {server}, so this ran on SQLite alone");
    None
}

fn psql(server: &str, sql: &str) -> bool {
    let done = std::process::Command::new("psql").args(["-q", "-d", server, "-c", sql]).output();
    done.is_ok_and(|done| done.status.success())
}

impl Drop for Schema {
    fn drop(&mut self) {
        psql(&self.server, &format!("DROP SCHEMA {} CASCADE", self.name));
    }
}
