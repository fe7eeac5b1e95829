//! Real proxies, started in a folder of their own, and what stands around them: a gate, a model, a client.

use std::{
    convert::Infallible,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use bytes::Bytes;
use gateway::faces::{Endpoint, Options, Peer, envoy_grpc, serve};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    process::{Child, Command},
    task::JoinHandle,
};
use tonic::codegen::Service;

use crate::support::{Double, full};

/// The binary of a peer; without one a test passes loudly here, and fails where peers are required.
pub(crate) fn find(variable: &str, name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).chain(["/usr/sbin".into()]).collect();
    let on_path = folders.iter().map(|folder| folder.join(name)).find(|file| file.is_file());
    let found = std::env::var_os(variable).map(PathBuf::from).or(on_path);
    if found.is_none() {
        eprintln!("SKIPPED: {} is not on PATH and {variable} is not set; `.ci/peers` installs it", name);
        let required = ["CI", "RINGFENCE_REQUIRE_PEERS"].into_iter().find(|name| std::env::var_os(name).is_some());
        assert!(required.is_none(), "{} is missing, and {} requires it", name, required.unwrap_or_default());
    }
    found
}

/// A running peer; it ends with the test.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: SocketAddr,
    folder: TempDir,
}

impl Running {
    /// Starts a peer with its configuration and waits until it takes connections at `address`.
    pub(crate) async fn start(mut command: Command, folder: TempDir, address: SocketAddr) -> Self {
        let log = folder.path().join("log");
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).unwrap())
            .kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let begin = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            let log = || std::fs::read_to_string(&log).unwrap_or_default();
            assert!(child.try_wait().unwrap().is_none(), "the peer ended at once:\n{}", log());
            assert!(begin.elapsed() < Duration::from_secs(60), "the peer does not listen:\n{}", log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self { child, address, folder }
    }

    /// Waits until the peer has written a text to its log.
    pub(crate) async fn logs(&self, text: &str) {
        let begin = Instant::now();
        loop {
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap();
            if log.contains(text) {
                return;
            }
            assert!(begin.elapsed() < Duration::from_secs(60), "`{text}` is not in the log:\n{log}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) async fn stop(mut self) {
        self.child.kill().await.unwrap();
    }
}

/// An address that is free now.
pub(crate) async fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

/// A server with all faces, before a double of the desk.
pub(crate) struct Gate {
    pub(crate) address: SocketAddr,
    pub(crate) desk: Arc<Double>,
    listening: JoinHandle<()>,
}

impl Gate {
    /// Takes no more connections.
    pub(crate) async fn close(&mut self) {
        self.listening.abort();
        assert!((&mut self.listening).await.is_err_and(|end| end.is_cancelled()));
    }
}

pub(crate) async fn gate(options: Options) -> Gate {
    let desk = Arc::new(Double::default());
    let options = Arc::new(options);
    let shared = (desk.clone(), options);
    let (address, listening) = listen(move |request, peer| {
        let (desk, options) = shared.clone();
        faces(request, peer, desk, options)
    })
    .await;
    Gate { address, desk, listening }
}

async fn faces(
    mut request: Request<Incoming>,
    peer: SocketAddr,
    desk: Arc<Double>,
    options: Arc<Options>,
) -> Response<tonic::body::Body> {
    let path = request.uri().path().to_owned();
    if path.starts_with("/envoy.service.auth.v3.Authorization/") {
        request.extensions_mut().insert(Peer(peer.ip()));
        return envoy_grpc(desk, options).call(request).await.unwrap();
    }
    let response = match Endpoint::of(&path) {
        Some(endpoint) => serve(endpoint, request, peer.ip(), &desk, &options).await,
        None => Response::builder().status(StatusCode::NOT_FOUND).body(Bytes::new()).unwrap(),
    };
    response.map(|body| tonic::body::Body::new(Full::new(body)))
}

/// A model that answers with the request that reached it.
pub(crate) struct Model {
    pub(crate) address: SocketAddr,
    reached: Arc<Mutex<Vec<Value>>>,
}

impl Model {
    pub(crate) fn reached(&self) -> Vec<Value> {
        self.reached.lock().unwrap().clone()
    }
}

pub(crate) async fn model() -> Model {
    let reached = Arc::new(Mutex::new(Vec::new()));
    let kept = reached.clone();
    let (address, _) = listen(move |request: Request<Incoming>, _| {
        let kept = kept.clone();
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            let headers: Vec<Value> =
                parts.headers.iter().map(|(name, value)| json!([name.as_str(), value.to_str().unwrap()])).collect();
            let seen = json!({
                "method": parts.method.as_str(),
                "target": parts.uri.path_and_query().unwrap().as_str(),
                "headers": headers,
                "body": String::from_utf8_lossy(&body),
            });
            kept.lock().unwrap().push(seen.clone());
            Response::new(tonic::body::Body::new(full(seen.to_string())))
        }
    })
    .await;
    Model { address, reached }
}

/// HTTP/1.1 and HTTP/2 with prior knowledge on a free port.
pub(crate) async fn listen<F, A>(answer: F) -> (SocketAddr, JoinHandle<()>)
where
    F: Fn(Request<Incoming>, SocketAddr) -> A + Clone + Send + 'static,
    A: Future<Output = Response<tonic::body::Body>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let listening = tokio::spawn(async move {
        while let Ok((stream, peer)) = listener.accept().await {
            let answer = answer.clone();
            let service = service_fn(move |request| {
                let answer = answer(request, peer);
                async move { Ok::<_, Infallible>(answer.await) }
            });
            tokio::spawn(async move {
                // A peer that goes away ends the connection with an error, which concerns nobody here.
                let _ended =
                    auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    (address, listening)
}

/// Sends one request over a connection of its own, from a loopback address.
pub(crate) async fn send(from: &str, to: SocketAddr, request: Request<Full<Bytes>>) -> Response<Bytes> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(from.parse().unwrap(), 0)).unwrap();
    let stream = socket.connect(to).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
    Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
}

/// A chat completion, as OpenAI's client sends it, with forged marks and a forged address.
pub(crate) fn chat(bearer: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    Request::post("/v1/chat/completions?trace=1")
        .header("host", "models.example")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {bearer}"))
        .header("x-forwarded-for", "6.6.6.6")
        .header("x-ringfence-effect", "forged")
        .header("x-ringfence-decision-id", "forged")
        .header("x-ringfence-reason", "forged")
        .body(full(body))
        .unwrap()
}

pub(crate) const CHAT: &str = r#"{"model":"m-1","stream":true,"messages":[]}"#;

/// What matters of an answer, in one line.
pub(crate) fn line(key: &str, response: &Response<Bytes>) -> String {
    let mut text = format!("{key:<14} {}", response.status().as_u16());
    let shown = [
        "content-type",
        "x-ringfence-effect",
        "x-should-retry",
        "retry-after",
        "ratelimit",
        "x-ratelimit-remaining-requests",
        "www-authenticate",
        "link",
        "cache-control",
    ];
    for name in shown {
        for value in response.headers().get_all(name) {
            text.push_str(&format!(" | {name}: {}", value.to_str().unwrap()));
        }
    }
    let body = serde_json::from_slice::<Value>(response.body()).unwrap_or(Value::Null);
    let told = match &body {
        Value::Object(body) if body.contains_key("error") => body["error"]["code"].to_string(),
        Value::Object(body) if body.contains_key("target") => "reached the model".to_owned(),
        Value::Object(body) => body["type"].to_string(),
        _ if response.body().is_empty() => "no body".to_owned(),
        _ => "a page of the proxy".to_owned(),
    };
    format!("{text} | {told}")
}

/// The marks that reached the model.
pub(crate) fn marks(seen: &Value) -> Vec<String> {
    let headers = seen["headers"].as_array().unwrap().iter();
    let marks = headers.filter(|header| header[0].as_str().unwrap().starts_with("x-ringfence-"));
    let mut marks: Vec<_> =
        marks.map(|mark| format!("{}: {}", mark[0].as_str().unwrap(), mark[1].as_str().unwrap())).collect();
    marks.sort();
    marks
}

/// The block of a language in the documentation of the faces that holds a text, with its addresses replaced by real ones.
pub(crate) fn documented(language: &str, holding: &str, addresses: &[(&str, SocketAddr)]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/faces.md");
    let text = std::fs::read_to_string(path).unwrap();
    let fence = format!("```{language}\n");
    let mut blocks = text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap());
    let block = blocks.find(|block| block.contains(holding)).expect("docs/faces.md has this block");
    let mut block = block.to_owned();
    for (written, address) in addresses {
        assert!(block.contains(written), "the documented configuration names {written}");
        block = block.replace(written, &address.to_string());
    }
    block
}
