//! A model API that makes its answers up: for demos, tests and measurements, on loopback.
//!
//! Speaks the OpenAI and the Anthropic shapes, streaming and not. Says how many tokens it was asked for, and echoes nothing
//! of the prompt. Model names ask for trouble: `stub-stall` falls silent in the middle, `stub-cut` breaks off, `stub-error`
//! answers 500, `stub-slow` waits before its head, `stub-paced` waits 20 ms before each token.

use std::{
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::watch,
    task::JoinHandle,
    time::{Sleep, sleep},
};

use crate::server;

/// A stub that is answering.
pub struct Stub {
    pub address: SocketAddr,
    seen: Arc<Seen>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// What a stub was sent.
#[derive(Debug, Default)]
struct Seen {
    requests: AtomicU64,
    last: std::sync::Mutex<Option<Received>>,
}

/// A request as it reached the stub.
#[derive(Debug, Clone)]
pub struct Received {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Stub {
    /// Starts one on a free port of loopback.
    pub async fn start() -> io::Result<Self> {
        Self::start_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
    }

    pub async fn start_at(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        let address = socket.local_addr()?;
        let seen = Arc::new(Seen::default());
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(accept(socket, Arc::clone(&seen), stopped));
        Ok(Self { address, seen, stop, task })
    }

    /// How many requests came.
    pub fn requests(&self) -> u64 {
        self.seen.requests.load(Ordering::Relaxed)
    }

    /// The request that came last.
    pub fn last(&self) -> Option<Received> {
        self.seen.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Breaks off whatever runs.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        drop(self.task.await);
    }
}

async fn accept(socket: TcpListener, seen: Arc<Seen>, mut stop: watch::Receiver<bool>) {
    loop {
        let stream = tokio::select! {
            accepted = socket.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(_) => continue,
            },
            _ = stop.wait_for(|stop| *stop) => return,
        };
        drop(stream.set_nodelay(true));
        let (seen, mut stop) = (Arc::clone(&seen), stop.clone());
        tokio::spawn(async move {
            let served = service_fn(move |request| {
                let seen = Arc::clone(&seen);
                async move { Ok::<_, Infallible>(answer(request, &seen).await) }
            });
            let builder = Builder::new(TokioExecutor::new());
            tokio::select! {
                served = builder.serve_connection(TokioIo::new(stream), served) => drop(served),
                _ = stop.wait_for(|stop| *stop) => {}
            }
        });
    }
}

/// What a body asks for.
struct Order {
    model: String,
    tokens: u64,
    input: u64,
    stream: bool,
    usage: bool,
}

impl Order {
    fn of(body: &Value) -> Self {
        let number = |names: &[&str]| names.iter().find_map(|name| body.get(*name)?.as_u64());
        Self {
            model: body.get("model").and_then(Value::as_str).unwrap_or("stub").to_owned(),
            tokens: number(&["max_tokens", "max_completion_tokens", "max_output_tokens"]).unwrap_or(16).min(4096),
            input: body.to_string().len() as u64 / 4,
            stream: body.get("stream") == Some(&Value::Bool(true)),
            usage: body.pointer("/stream_options/include_usage") == Some(&Value::Bool(true)),
        }
    }

    fn script(&self, pieces: Vec<Bytes>) -> Script {
        let whole = pieces.len();
        let (shown, end) = match self.model.as_str() {
            "stub-stall" => (whole / 2, After::Silence),
            "stub-cut" => (whole / 2, After::Break),
            _ => (whole, After::End),
        };
        let pace = (self.model == "stub-paced").then_some(Duration::from_millis(20));
        Script { pieces: pieces.into_iter().take(shown).collect::<Vec<_>>().into_iter(), end, pace, wait: None }
    }
}

async fn answer(request: Request<Incoming>, seen: &Seen) -> Response<server::Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await.map(|body| body.to_bytes()) else {
        return told(StatusCode::BAD_REQUEST, &json!({"error": {"message": "the body ended early"}}));
    };
    let path = parts.uri.path().to_owned();
    seen.requests.fetch_add(1, Ordering::Relaxed);
    let received = Received { method: parts.method, path: path.clone(), headers: parts.headers, body: body.clone() };
    *seen.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(received);
    let order = Order::of(&serde_json::from_slice(&body).unwrap_or_default());
    match order.model.as_str() {
        "stub-error" => {
            let error =
                json!({"error": {"message": "the stub was asked to fail", "type": "server_error", "code": null}});
            return told(StatusCode::INTERNAL_SERVER_ERROR, &error);
        }
        "stub-slow" => sleep(Duration::from_secs(2)).await,
        _ => {}
    }
    match path.as_str() {
        "/v1/chat/completions" if order.stream => events(&order, chat_events(&order)),
        "/v1/chat/completions" => told(StatusCode::OK, &chat(&order)),
        "/v1/responses" if order.stream => events(&order, response_events(&order)),
        "/v1/responses" => told(StatusCode::OK, &response(&order)),
        "/v1/messages" if order.stream => events(&order, message_events(&order)),
        "/v1/messages" => told(StatusCode::OK, &message(&order)),
        "/v1/messages/count_tokens" => told(StatusCode::OK, &json!({"input_tokens": order.input})),
        "/v1/embeddings" => told(StatusCode::OK, &embeddings(&order)),
        "/v1/models" => {
            let model =
                json!({"id": "stub", "object": "model", "type": "model", "created": 0, "owned_by": "ringfence"});
            told(StatusCode::OK, &json!({"object": "list", "data": [model], "has_more": false}))
        }
        _ => told(
            StatusCode::NOT_FOUND,
            &json!({"error": {"message": "the stub has no such route", "code": "not_found"}}),
        ),
    }
}

fn text(order: &Order) -> String {
    "word ".repeat(usize::try_from(order.tokens).unwrap_or(0)).trim_end().to_owned()
}

fn openai_usage(order: &Order) -> Value {
    let (input, output) = (order.input, order.tokens);
    json!({"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output})
}

fn chat(order: &Order) -> Value {
    let choice = json!({"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text(order)}});
    json!({"id": "chatcmpl-stub", "object": "chat.completion", "created": 0, "model": order.model, "choices": [choice],
        "usage": openai_usage(order)})
}

fn chat_events(order: &Order) -> Vec<Bytes> {
    let chunk = |choices: Value, usage: Value| {
        data(&json!({"id": "chatcmpl-stub", "object": "chat.completion.chunk", "created": 0, "model": order.model,
            "choices": choices, "usage": usage}))
    };
    let said = |delta: Value, end: Value| json!([{"index": 0, "delta": delta, "finish_reason": end}]);
    let mut all = vec![chunk(said(json!({"role": "assistant", "content": ""}), Value::Null), Value::Null)];
    all.extend((0..order.tokens).map(|_| chunk(said(json!({"content": "word "}), Value::Null), Value::Null)));
    all.push(chunk(said(json!({}), json!("stop")), Value::Null));
    if order.usage {
        all.push(chunk(json!([]), openai_usage(order)));
    }
    all.push(Bytes::from_static(b"data: [DONE]\n\n"));
    all
}

fn response(order: &Order) -> Value {
    let content = json!([{"type": "output_text", "text": text(order), "annotations": []}]);
    let output =
        json!([{"id": "msg_stub", "type": "message", "role": "assistant", "status": "completed", "content": content}]);
    let usage = json!({"input_tokens": order.input, "output_tokens": order.tokens, "total_tokens": order.input + order.tokens,
        "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}});
    json!({"id": "resp_stub", "object": "response", "created_at": 0, "status": "completed", "model": order.model, "output": output,
        "parallel_tool_calls": true, "tool_choice": "auto", "tools": [], "usage": usage})
}

fn response_events(order: &Order) -> Vec<Bytes> {
    let mut begun = response(order);
    begun["output"] = json!([]);
    begun["status"] = json!("in_progress");
    begun["usage"] = Value::Null;
    let mut all = vec![named("response.created", json!({"response": begun, "sequence_number": 0}))];
    all.extend((0..order.tokens).map(|n| {
        let delta = json!({"item_id": "msg_stub", "output_index": 0, "content_index": 0, "delta": "word ", "logprobs": [],
            "sequence_number": n + 1});
        named("response.output_text.delta", delta)
    }));
    all.push(named("response.completed", json!({"response": response(order), "sequence_number": order.tokens + 1})));
    all
}

fn message(order: &Order) -> Value {
    json!({"id": "msg_stub", "type": "message", "role": "assistant", "model": order.model, "stop_reason": "end_turn",
        "stop_sequence": null, "content": [{"type": "text", "text": text(order)}],
        "usage": {"input_tokens": order.input, "output_tokens": order.tokens}})
}

fn message_events(order: &Order) -> Vec<Bytes> {
    let mut begun = message(order);
    begun["content"] = json!([]);
    begun["stop_reason"] = Value::Null;
    begun["usage"]["output_tokens"] = json!(1);
    let mut all = vec![
        named("message_start", json!({"message": begun})),
        named("content_block_start", json!({"index": 0, "content_block": {"type": "text", "text": ""}})),
    ];
    let delta = json!({"index": 0, "delta": {"type": "text_delta", "text": "word "}});
    all.extend((0..order.tokens).map(|_| named("content_block_delta", delta.clone())));
    all.push(named("content_block_stop", json!({"index": 0})));
    let end =
        json!({"delta": {"stop_reason": "end_turn", "stop_sequence": null}, "usage": {"output_tokens": order.tokens}});
    all.push(named("message_delta", end));
    all.push(named("message_stop", json!({})));
    all
}

fn embeddings(order: &Order) -> Value {
    let vector: Vec<f32> = (0..64u8).map(|n| f32::from(n) / 64.0).collect();
    json!({"object": "list", "model": order.model, "data": [{"object": "embedding", "index": 0, "embedding": vector}],
        "usage": {"prompt_tokens": order.input, "total_tokens": order.input}})
}

fn data(event: &Value) -> Bytes {
    Bytes::from(format!("data: {event}\n\n"))
}

fn named(name: &str, mut event: Value) -> Bytes {
    event["type"] = json!(name);
    Bytes::from(format!("event: {name}\ndata: {event}\n\n"))
}

fn told(status: StatusCode, body: &Value) -> Response<server::Body> {
    let body = Full::new(Bytes::from(body.to_string())).map_err(|never| match never {}).boxed_unsync();
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

fn events(order: &Order, pieces: Vec<Bytes>) -> Response<server::Body> {
    let mut answer = Response::new(order.script(pieces).boxed_unsync());
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer
}

/// Pieces of a stream, and how it ends.
struct Script {
    pieces: std::vec::IntoIter<Bytes>,
    end: After,
    pace: Option<Duration>,
    wait: Option<Pin<Box<Sleep>>>,
}

enum After {
    End,
    Silence,
    Break,
    Broken,
}

impl Body for Script {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(wait) = &mut self.wait {
            ready!(wait.as_mut().poll(cx));
            self.wait = None;
        }
        if let Some(piece) = self.pieces.next() {
            self.wait = self.pace.map(|pace| Box::pin(sleep(pace)));
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        match self.end {
            After::End => Poll::Ready(None),
            After::Silence => Poll::Pending,
            After::Break => {
                // What came before must be on its way.
                self.wait = Some(Box::pin(sleep(Duration::from_millis(10))));
                self.end = After::Broken;
                self.poll_frame(cx)
            }
            After::Broken => Poll::Ready(Some(Err("the stub was asked to break off".into()))),
        }
    }
}
