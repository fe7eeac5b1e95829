//! Traces as a collector gets them, and what becomes of them where it is gone.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use bytes::Bytes;
use expect_test::{Expect, expect};
use gateway::Fingerprint;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value},
    trace::v1::{Span, span::SpanKind, status::StatusCode as SpanStatus},
};
use prost::Message;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use crate::running::{Got, Running, chat, send, try_send, until};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";
const CLIENT: &str = "203.0.113.77";
const AGENT: &str = "agent-of-someone";

/// A collector that takes whatever comes.
struct Collector {
    address: SocketAddr,
    taken: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
}

impl Collector {
    async fn start(status: StatusCode) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let taken = Arc::default();
        let all = Arc::clone(&taken);
        tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                let all = Arc::clone(&all);
                let served = service_fn(move |request| take(request, status, Arc::clone(&all)));
                tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), served));
            }
        });
        Self { address, taken }
    }

    fn bodies(&self) -> Vec<Bytes> {
        self.taken.lock().unwrap().iter().map(|(_, body)| body.clone()).collect()
    }

    fn spans(&self) -> Vec<Span> {
        let batches = self.bodies().into_iter().map(|body| ExportTraceServiceRequest::decode(body).unwrap());
        let of_resource = batches.flat_map(|batch| batch.resource_spans);
        of_resource.flat_map(|one| one.scope_spans).flat_map(|scope| scope.spans).collect()
    }

    /// The only span of this kind.
    fn span(&self, kind: SpanKind) -> Span {
        let mut spans: Vec<_> = self.spans().into_iter().filter(|span| span.kind() == kind).collect();
        assert_eq!(spans.len(), 1, "{kind:?}: {spans:?}");
        spans.remove(0)
    }
}

async fn take(
    request: Request<Incoming>,
    status: StatusCode,
    taken: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    assert_eq!((request.method(), request.uri().path()), (&Method::POST, "/v1/traces"));
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    taken.lock().unwrap().push((head.headers, body));
    Ok(Response::builder().status(status).body(Empty::new()).unwrap())
}

/// An address where nobody listens.
async fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

/// Takes connections and reads nothing.
async fn silence() -> SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut open: Vec<TcpStream> = Vec::new();
        while let Ok((stream, _)) = socket.accept().await {
            open.push(stream);
        }
    });
    address
}

fn to(collector: SocketAddr) -> String {
    format!("telemetry = 'http://{collector}/v1/traces'")
}

const BEHIND_A_PROXY: &str = "[clients]\ntrusted_proxies = ['127.0.0.1/32']\n";

/// As a caller that is traced itself.
async fn ask(running: &Running, key: &str, traceparent: &str, body: &Value) -> Got {
    let headers = [
        ("authorization", format!("Bearer {key}")),
        ("content-type", "application/json".to_owned()),
        ("x-forwarded-for", CLIENT.to_owned()),
        ("user-agent", AGENT.to_owned()),
        ("traceparent", traceparent.to_owned()),
        ("tracestate", "vendor=one".to_owned()),
    ];
    let body = body.to_string().into_bytes();
    send(running.gateway.addresses.public, Method::POST, "/v1/chat/completions", &headers, body).await
}

fn sampled() -> String {
    format!("00-{TRACE}-{CALLER}-01")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn text(of: &KeyValue) -> String {
    match of.value.clone().and_then(|value| value.value).unwrap() {
        any_value::Value::StringValue(text) if of.key == "ringfence.decision.id" => text[..4].to_owned(),
        any_value::Value::StringValue(text) => text,
        any_value::Value::IntValue(number) => number.to_string(),
        other => panic!("{}: {other:?}", of.key),
    }
}

/// All that a span says, but for its ids and times.
#[track_caller]
fn check(span: &Span, expect: Expect) {
    assert!(span.events.is_empty() && span.links.is_empty());
    assert!(0 < span.start_time_unix_nano && span.start_time_unix_nano <= span.end_time_unix_nano);
    let status = span.status.as_ref().unwrap();
    assert_eq!(status.message, "");
    let status = match status.code() {
        SpanStatus::Unset => "",
        SpanStatus::Ok => " ok",
        SpanStatus::Error => " error",
    };
    let mut attributes: Vec<_> = span.attributes.iter().map(|one| format!("{} = {}\n", one.key, text(one))).collect();
    attributes.sort();
    expect.assert_eq(&format!("{}{status}\n{}", span.name, attributes.concat()));
}

#[track_caller]
fn nothing_personal(collector: &Collector) {
    let bodies = collector.bodies();
    assert!(!bodies.is_empty());
    let key = Fingerprint::of(b"key-old").0;
    let printed = hex(&key);
    let texts = ["old", "key-", "Bearer", CLIENT, AGENT, "border", "You are kind", "word word", &printed[..8]];
    let secrets = texts.iter().map(|text| text.as_bytes()).chain([&key[..4], &[203, 0, 113, 77]]);
    for secret in secrets {
        let told = bodies.iter().any(|body| body.windows(secret.len()).any(|part| part == secret));
        assert!(!told, "{}", String::from_utf8_lossy(secret));
    }
}

#[tokio::test]
async fn a_streamed_answer_is_two_spans_between_the_caller_s_and_the_upstream_s() {
    let collector = Collector::start(StatusCode::OK).await;
    let running = Running::start(&to(collector.address), BEHIND_A_PROXY).await;
    let mut body = chat("stub", true);
    body["stream_options"] = json!({"include_usage": true});
    let got = ask(&running, "key-old", &sampled(), &body).await;
    assert_eq!(got.status, StatusCode::OK);
    assert!(got.body.ends_with(b"data: [DONE]\n\n"));
    until("the spans", async || collector.spans().len() == 2).await;
    until("the count", async || running.metric("ringfence_spans_total{outcome=\"sent\"}").await == 2.0).await;
    running.gateway.stop().await.unwrap();

    let (server, client) = (collector.span(SpanKind::Server), collector.span(SpanKind::Client));
    check(
        &server,
        expect![[r#"
        chat
        gen_ai.operation.name = chat
        gen_ai.provider.name = openai
        gen_ai.request.model = stub
        http.response.status_code = 200
        ringfence.decision.effect = observe
        ringfence.decision.id = dec_
    "#]],
    );
    let input = body.to_string().len() / 4;
    let told = client.attributes.iter().find(|one| one.key == "gen_ai.usage.input_tokens").unwrap();
    assert_eq!(text(told), input.to_string());
    check(
        &client,
        expect![[r#"
        chat stub
        gen_ai.operation.name = chat
        gen_ai.provider.name = openai
        gen_ai.request.model = stub
        gen_ai.usage.input_tokens = 47
        gen_ai.usage.output_tokens = 12
        http.response.status_code = 200
        server.address = 127.0.0.1
    "#]],
    );
    assert_eq!((hex(&server.trace_id), hex(&server.parent_span_id)), (TRACE.to_owned(), CALLER.to_owned()));
    assert_eq!((&client.trace_id, &client.parent_span_id), (&server.trace_id, &server.span_id));
    let onward = running.stub.last().unwrap().headers;
    let names: Vec<_> = onward.get_all("traceparent").iter().collect();
    assert_eq!(names, [&format!("00-{TRACE}-{}-01", hex(&client.span_id))]);
    assert_eq!(onward["tracestate"], "vendor=one");

    let batch = ExportTraceServiceRequest::decode(collector.bodies()[0].clone()).unwrap();
    let process = batch.resource_spans[0].resource.clone().unwrap();
    assert_eq!(
        process.attributes.iter().map(|one| (one.key.as_str(), text(one))).collect::<Vec<_>>(),
        [("service.name", "ringfence".to_owned())]
    );
    assert_eq!(collector.taken.lock().unwrap()[0].0["content-type"], "application/x-protobuf");
    nothing_personal(&collector);
}

#[tokio::test]
async fn a_refused_request_is_one_span_without_an_error() {
    let collector = Collector::start(StatusCode::OK).await;
    let running = Running::start(&to(collector.address), BEHIND_A_PROXY).await;
    let got = ask(&running, "key-of-nobody", &sampled(), &chat("stub", true)).await;
    assert_eq!(got.status, StatusCode::UNAUTHORIZED);
    running.gateway.stop().await.unwrap();
    check(
        &collector.span(SpanKind::Server),
        expect![[r#"
        chat
        gen_ai.operation.name = chat
        gen_ai.provider.name = openai
        http.response.status_code = 401
        ringfence.decision.effect = deny
        ringfence.decision.id = dec_
    "#]],
    );
    assert_eq!(collector.spans().len(), 1);
    nothing_personal(&collector);
}

#[tokio::test]
async fn a_request_that_cannot_be_read_says_why() {
    let collector = Collector::start(StatusCode::OK).await;
    let running = Running::start(&to(collector.address), BEHIND_A_PROXY).await;
    let got = ask(&running, "key-old", &sampled(), &json!("What is a border?")).await;
    assert_eq!(got.status, StatusCode::BAD_REQUEST);
    running.gateway.stop().await.unwrap();
    check(
        &collector.span(SpanKind::Server),
        expect![[r#"
        chat
        error.type = invalid_json
        gen_ai.operation.name = chat
        gen_ai.provider.name = openai
        http.response.status_code = 400
    "#]],
    );
    nothing_personal(&collector);
}

#[tokio::test]
async fn an_upstream_that_is_gone_answers_nothing() {
    let collector = Collector::start(StatusCode::OK).await;
    let running = Running::start_before(nobody().await, &to(collector.address), BEHIND_A_PROXY).await;
    let got = ask(&running, "key-old", &sampled(), &chat("stub", true)).await;
    assert_eq!(got.status, StatusCode::BAD_GATEWAY);
    running.gateway.stop().await.unwrap();
    check(
        &collector.span(SpanKind::Server),
        expect![[r#"
        chat error
        error.type = upstream_unreachable
        gen_ai.operation.name = chat
        gen_ai.provider.name = openai
        gen_ai.request.model = stub
        http.response.status_code = 502
        ringfence.decision.effect = observe
        ringfence.decision.id = dec_
    "#]],
    );
    check(
        &collector.span(SpanKind::Client),
        expect![[r#"
        chat stub error
        error.type = upstream_unreachable
        gen_ai.operation.name = chat
        gen_ai.provider.name = openai
        gen_ai.request.model = stub
        server.address = 127.0.0.1
    "#]],
    );
    nothing_personal(&collector);
}

#[tokio::test]
async fn an_upstream_that_fails_or_breaks_off_is_an_error_of_both() {
    for (model, error, status) in
        [("stub-error", "500", "500"), ("stub-cut", "cut", "200"), ("stub-stall", "stalled", "200")]
    {
        let collector = Collector::start(StatusCode::OK).await;
        let running = Running::start(&to(collector.address), "").await;
        let headers = [("authorization", "Bearer key-old".to_owned())];
        let body = chat(model, true).to_string().into_bytes();
        let whole =
            try_send(running.gateway.addresses.public, Method::POST, "/v1/chat/completions", &headers, body).await;
        assert_eq!(whole.is_some(), model == "stub-error");
        running.gateway.stop().await.unwrap();
        for span in [collector.span(SpanKind::Server), collector.span(SpanKind::Client)] {
            assert_eq!(span.status.as_ref().unwrap().code(), SpanStatus::Error, "{model}");
            let told = |key: &str| span.attributes.iter().find(|one| one.key == key).map(text);
            assert_eq!(told("error.type").as_deref(), Some(error), "{model}");
            assert_eq!(told("http.response.status_code").as_deref(), Some(status), "{model}");
        }
    }
}

#[tokio::test]
async fn a_caller_that_leaves_is_told_as_such() {
    let collector = Collector::start(StatusCode::OK).await;
    let running = Running::start(&to(collector.address), "").await;
    let headers = [("authorization", "Bearer key-old".to_owned())];
    let body = chat("stub-slow", true).to_string().into_bytes();
    let public = running.gateway.addresses.public;
    let asked = tokio::spawn(async move { send(public, Method::POST, "/v1/chat/completions", &headers, body).await });
    until("the question", async || running.stub.requests() == 1).await;
    asked.abort();
    until("the spans", async || collector.spans().len() == 2).await;
    check(
        &collector.span(SpanKind::Server),
        expect![[r#"
        chat
        error.type = client_left
        gen_ai.operation.name = chat
        gen_ai.provider.name = openai
        gen_ai.request.model = stub-slow
        http.response.status_code = 499
        ringfence.decision.effect = observe
        ringfence.decision.id = dec_
    "#]],
    );
    check(
        &collector.span(SpanKind::Client),
        expect![[r#"
        chat stub-slow
        error.type = client_left
        gen_ai.operation.name = chat
        gen_ai.provider.name = openai
        gen_ai.request.model = stub-slow
        server.address = 127.0.0.1
    "#]],
    );
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn a_decision_for_another_proxy_is_one_span() {
    let collector = Collector::start(StatusCode::OK).await;
    let running = Running::start(&to(collector.address), "").await;
    let headers = [
        ("authorization", "Bearer key-old".to_owned()),
        ("x-original-method", "POST".to_owned()),
        ("x-original-uri", "/v1/chat/completions".to_owned()),
        ("x-forwarded-for", CLIENT.to_owned()),
        ("traceparent", sampled()),
    ];
    let decisions = running.gateway.addresses.decisions.unwrap();
    let got = send(decisions, Method::GET, "/nginx/auth", &headers, Vec::new()).await;
    assert!(got.status.is_success(), "{got:?}");
    running.gateway.stop().await.unwrap();
    let span = collector.span(SpanKind::Server);
    check(
        &span,
        expect![[r#"
        decide
        ringfence.decision.effect = observe
        ringfence.decision.id = dec_
        ringfence.face = auth_request
    "#]],
    );
    assert_eq!((hex(&span.trace_id), hex(&span.parent_span_id)), (TRACE.to_owned(), CALLER.to_owned()));
    assert_eq!(collector.spans().len(), 1);
    nothing_personal(&collector);
}

#[tokio::test]
async fn what_a_caller_writes_into_names_and_headers_is_not_believed() {
    let collector = Collector::start(StatusCode::OK).await;
    let running = Running::start(&to(collector.address), BEHIND_A_PROXY).await;
    // Not to be sampled: told to nobody, and the upstream is told so.
    let got = ask(&running, "key-old", &format!("00-{TRACE}-{CALLER}-00"), &chat("stub", false)).await;
    assert_eq!(got.status, StatusCode::OK);
    let onward = running.stub.last().unwrap().headers;
    let named = onward["traceparent"].to_str().unwrap();
    assert!(named.starts_with(&format!("00-{TRACE}-")) && named.ends_with("-00"), "{named}");
    // No name of a model.
    let got = ask(&running, "key-old", "00-zz-zz-01", &chat("tell me: what is a border?", false)).await;
    assert_eq!(got.status, StatusCode::OK);
    running.gateway.stop().await.unwrap();
    let (server, client) = (collector.span(SpanKind::Server), collector.span(SpanKind::Client));
    assert!(server.parent_span_id.is_empty(), "{server:?}");
    assert_ne!(hex(&server.trace_id), TRACE);
    assert_eq!((server.name.as_str(), client.name.as_str()), ("chat", "chat"));
    nothing_personal(&collector);
}

#[tokio::test]
async fn a_caller_s_tracestate_has_a_limit() {
    let collector = Collector::start(StatusCode::OK).await;
    let running = Running::start(&to(collector.address), "").await;
    let headers = [
        ("authorization", "Bearer key-old".to_owned()),
        ("traceparent", sampled()),
        ("tracestate", (0..20).map(|n| format!("v{n}={}", "x".repeat(200))).collect::<Vec<_>>().join(",")),
    ];
    let body = chat("stub", false).to_string().into_bytes();
    let got = send(running.gateway.addresses.public, Method::POST, "/v1/chat/completions", &headers, body).await;
    assert_eq!(got.status, StatusCode::OK);
    let onward = running.stub.last().unwrap().headers;
    assert!(onward["traceparent"].to_str().unwrap().starts_with(&format!("00-{TRACE}-")));
    assert_eq!(onward.get("tracestate"), None);
    running.gateway.stop().await.unwrap();
    assert_eq!(hex(&collector.span(SpanKind::Server).trace_id), TRACE);
    assert!(collector.spans().iter().all(|span| span.trace_state.is_empty()));
}

#[tokio::test]
async fn a_stop_sends_what_waits() {
    let collector = Collector::start(StatusCode::OK).await;
    let running = Running::start(&to(collector.address), "").await;
    for _ in 0..20 {
        assert_eq!(running.chat("key-old").await.status, StatusCode::OK);
    }
    running.gateway.stop().await.unwrap();
    assert_eq!(collector.spans().len(), 40);
}

#[tokio::test]
async fn a_collector_that_refuses_or_is_gone_is_counted() {
    let refusing = Collector::start(StatusCode::FORBIDDEN).await;
    for collector in [refusing.address, nobody().await] {
        let running = Running::start(&to(collector), "").await;
        assert_eq!(running.chat("key-old").await.status, StatusCode::OK);
        let unsent = async || running.metric("ringfence_spans_total{outcome=\"unsent\"}").await;
        until("the count", async || unsent().await == 2.0).await;
        assert_eq!(running.chat("key-old").await.status, StatusCode::OK);
        assert_eq!(running.metric("ringfence_spans_total{outcome=\"sent\"}").await, 0.0);
        running.gateway.stop().await.unwrap();
    }
    assert!(!refusing.spans().is_empty());
}

/// As many requests to no route as one connection carries, until there is no room for their spans.
async fn fill(running: &Running) {
    let stream = TcpStream::connect(running.gateway.addresses.public).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    until("a full queue", async || {
        for _ in 0..500 {
            let request =
                Request::get("/nowhere").header("host", "gateway.test").body(Full::<Bytes>::default()).unwrap();
            sender.ready().await.unwrap();
            let answer = sender.send_request(request).await.unwrap();
            assert_eq!(answer.status(), StatusCode::NOT_FOUND);
            answer.into_body().collect().await.unwrap();
        }
        running.metric("ringfence_spans_total{outcome=\"queue_full\"}").await > 0.0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_hangs_holds_nothing_up() {
    let running = Running::start(&to(silence().await), "").await;
    fill(&running).await;
    let begun = Instant::now();
    assert_eq!(running.chat("key-old").await.status, StatusCode::OK);
    assert!(begun.elapsed() < Duration::from_secs(4), "no request waits for a collector");
    until("the count", async || running.metric("ringfence_spans_total{outcome=\"unsent\"}").await >= 512.0).await;
    assert_eq!(running.metric("ringfence_spans_total{outcome=\"sent\"}").await, 0.0);
    let begun = Instant::now();
    running.gateway.stop().await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(15), "nine batches of five seconds each are not waited for");
}
