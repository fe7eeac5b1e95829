//! A whole gateway on free ports of loopback, before a stub, with accounts and keys; and a plain client.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use bytes::Bytes;
use gateway::{Config, Fingerprint, Gateway, stub::Stub};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;

/// A gateway with everything that it needs.
pub(crate) struct Running {
    pub(crate) gateway: Gateway,
    pub(crate) stub: Stub,
    pub(crate) folder: TempDir,
    pub(crate) config: String,
}

/// What a client got.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }
}

/// Accounts with a key each: the key of account `old` is `key-old`.
const ACCOUNTS: [(&str, &str, &str); 3] = [
    ("old", "2020-01-01T00:00:00Z", "pro"),
    ("other", "2020-01-01T00:00:00Z", "pro"),
    ("small", "2020-01-01T00:00:00Z", "tiny"),
];

pub(crate) fn write_roster(folder: &Path) {
    let account = |(id, created, plan): (&str, &str, &str)| {
        format!(
            "{}\n",
            json!({"account_id": id, "created": created, "plan": plan, "organization_id": format!("org-{id}")})
        )
    };
    let key = |(id, _, _): (&str, &str, &str)| {
        let Fingerprint(bytes) = Fingerprint::of(format!("key-{id}").as_bytes());
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}\n", json!({"account_id": id, "key_sha256": hex}))
    };
    fs::write(folder.join("accounts.jsonl"), ACCOUNTS.map(account).concat()).unwrap();
    fs::write(folder.join("keys.jsonl"), ACCOUNTS.map(key).concat()).unwrap();
}

/// The configuration that all tests begin with; `more` is put behind it.
pub(crate) fn config(upstream: SocketAddr, more: &str) -> String {
    format!(
        "listen = '127.0.0.1:0'\nadmin = '127.0.0.1:0'\nreload = 0.05\ndrain = 5\n{more}\n\
         [links]\nbase = 'http://gateway.test'\n[decisions]\nlisten = '127.0.0.1:0'\n[accounts]\naccounts = 'accounts.jsonl'\nkeys = 'keys.jsonl'\n\
         [upstream.openai]\nurl = 'http://{upstream}'\nstall = 0.5\nanswer = 1\n\
         [upstream.anthropic]\nurl = 'http://{upstream}'\nstall = 0.5\nanswer = 1\n"
    )
}

impl Running {
    /// `root` are keys of the file's head, `tables` whole tables for its end.
    pub(crate) async fn start(root: &str, tables: &str) -> Self {
        let stub = Stub::start().await.unwrap();
        let upstream = stub.address;
        Self::start_with(stub, upstream, root, tables).await
    }

    /// Before another upstream than the stub.
    pub(crate) async fn start_before(upstream: SocketAddr, root: &str, tables: &str) -> Self {
        Self::start_with(Stub::start().await.unwrap(), upstream, root, tables).await
    }

    async fn start_with(stub: Stub, upstream: SocketAddr, root: &str, tables: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_roster(folder.path());
        let config = format!("{}{tables}\n", config(upstream, root));
        let gateway = start(&config, folder.path()).await;
        Self { gateway, stub, folder, config }
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, key: &str, body: &Value) -> Got {
        let headers = [("authorization", format!("Bearer {key}")), ("content-type", "application/json".to_owned())];
        let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        send(self.gateway.addresses.public, method, path, &headers, bytes).await
    }

    pub(crate) async fn chat(&self, key: &str) -> Got {
        self.ask(Method::POST, "/v1/chat/completions", key, &chat("stub", false)).await
    }

    pub(crate) async fn metrics(&self) -> String {
        let got = send(self.gateway.addresses.admin, Method::GET, "/metrics", &[], Vec::new()).await;
        String::from_utf8(got.body.to_vec()).unwrap()
    }

    /// One figure of the metrics; nothing yet is 0.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let text = self.metrics().await;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0.0, |number| number.parse().unwrap())
    }

    /// A part's state and text in `/readyz`.
    pub(crate) async fn part(&self, name: &str) -> (String, String) {
        let got = send(self.gateway.addresses.admin, Method::GET, "/readyz", &[], Vec::new()).await;
        let part = &got.json()["parts"][name];
        let text = |key: &str| part[key].as_str().unwrap_or_default().to_owned();
        (text("state"), text("text"))
    }

    /// Replaces a file in the gateway's folder in one step.
    pub(crate) fn replace(&self, name: &str, text: &str) {
        replace(&self.folder.path().join(name), text);
    }

    /// The exchanges that were captured, after the capture was sealed.
    pub(crate) async fn captured(&self) -> Vec<Value> {
        let capture = self.gateway.capture().unwrap();
        capture.seal_now().await;
        let mut rows = Vec::new();
        for sealed in capture.sealed().unwrap() {
            for record in journal::capture::records(&sealed.path).unwrap() {
                rows.push(serde_json::from_slice(&record.unwrap()).unwrap());
            }
        }
        rows
    }

    pub(crate) fn ledger(&self) -> Vec<Value> {
        let entries = journal::entries(&self.folder.path().join("data/ledger"), None).unwrap();
        entries.map(|entry| serde_json::from_slice(entry.unwrap().leaf.body()).unwrap()).collect()
    }
}

/// Writes a file in one step, as careful operators do.
pub(crate) fn replace(path: &Path, text: &str) {
    let unfinished = path.with_extension("new");
    fs::write(&unfinished, text).unwrap();
    fs::rename(unfinished, path).unwrap();
}

pub(crate) async fn start(config: &str, folder: &Path) -> Gateway {
    let file = folder.join("ringfence.toml");
    fs::write(&file, config).unwrap();
    let config = Config::read(config, folder).unwrap_or_else(|error| panic!("{error}"));
    match Gateway::start(config, &folder.join("data"), Some(&file)).await {
        Ok(gateway) => gateway,
        Err(error) => panic!("{}", chain(&error)),
    }
}

pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).map(|e| format!("{e}; ")).collect()
}

pub(crate) fn chat(model: &str, stream: bool) -> Value {
    json!({"model": model, "stream": stream, "max_tokens": 12,
        "messages": [{"role": "system", "content": "You are kind."}, {"role": "user", "content": "What is a border?"}]})
}

/// One request over a connection of its own.
pub(crate) async fn send(
    address: SocketAddr,
    method: Method,
    path: &str,
    headers: &[(&str, String)],
    body: Vec<u8>,
) -> Got {
    try_send(address, method, path, headers, body).await.unwrap_or_else(|| panic!("{path} was not answered whole"))
}

/// None where the answer did not come whole.
pub(crate) async fn try_send(
    address: SocketAddr,
    method: Method,
    path: &str,
    headers: &[(&str, String)],
    body: Vec<u8>,
) -> Option<Got> {
    let mut request = Request::builder().method(method).uri(path).header("host", address.to_string());
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let stream = TcpStream::connect(address).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    let connection = tokio::spawn(connection);
    let answer = sender.send_request(request.body(Full::new(Bytes::from(body))).unwrap()).await.ok()?;
    let (head, body) = answer.into_parts();
    let body = body.collect().await.ok()?.to_bytes();
    drop(sender);
    drop(connection.await);
    Some(Got { status: head.status, headers: head.headers, body })
}

/// Asks again until it is so, for as long as anyone would wait.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what} did not come about");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
