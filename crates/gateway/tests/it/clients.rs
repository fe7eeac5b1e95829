//! The official OpenAI and Anthropic clients: streams through the gateway, and which errors refusals raise.

use std::{collections::BTreeMap, net::SocketAddr, path::Path, sync::Arc};

use expect_test::expect;
use gateway::{
    Ask, Credential, Decide, Face, Fingerprint, Route, Seen,
    refusal::{Caller, Shape, refuse, unavailable},
    request_facts,
};
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::process::Command;

use crate::{
    peers::{find, listen},
    running::Running,
    support::{Double, full, links},
};

const REFUSED: [&str; 7] = ["throttle", "verify", "deny", "region", "law", "revoked", "broken"];

/// As a proxy of ours would: asks, and refuses in the shape of the route.
async fn refusing(request: Request<Incoming>, desk: Arc<Double>) -> Response<tonic::body::Body> {
    let (parts, body) = request.into_parts();
    let seen = Seen::Whole(body.collect().await.unwrap().to_bytes());
    let route = Route::of(&parts.method, parts.uri.path(), &parts.headers);
    let request = request_facts(route, "direct", &seen);
    assert!(["m-1", "c-1"].contains(&request.model.as_str()), "the clients' own bodies are read");
    let credential = Credential::of(&parts.headers);
    let shape = Shape::of(route, &parts.headers);
    let answer = desk.decide(Ask { face: Face::Proxy, client: None, credential, account: None, request, counts: true });
    let mut response = match answer.await {
        Ok(ruling) => refuse(&ruling, Caller::of(&parts.headers), shape, &links()).unwrap(),
        Err(failure) => unavailable(&failure, shape, &links()),
    };
    // The clients would wait as long as they are told; a test does not.
    if let Some(wait) = response.headers_mut().get_mut("retry-after") {
        *wait = http::HeaderValue::from_static("0");
    }
    response.map(|body| tonic::body::Body::new(full(body)))
}

async fn asked_by(address: SocketAddr, python: &Path) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/refused.py");
    let mut command = Command::new(python);
    command.arg(script).arg(format!("http://{address}")).args(REFUSED).kill_on_drop(true);
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn official_clients_understand_refusals() {
    let Some(python) = find("RINGFENCE_PEERS_PYTHON", "ringfence-peers-python") else { return };
    let desk = Arc::new(Double::default());
    let shared = desk.clone();
    let (address, _) = listen(move |request, _| refusing(request, shared.clone())).await;
    expect![[r#"
        openai throttle RateLimitError 429 rate_limit_exceeded appeal
        openai verify PermissionDeniedError 403 verification_required appeal
        openai deny PermissionDeniedError 403 request_denied appeal
        openai region PermissionDeniedError 403 unsupported_country_region_territory appeal
        openai law APIStatusError 451 unavailable_for_legal_reasons appeal
        openai revoked AuthenticationError 401 invalid_api_key appeal
        openai broken InternalServerError 503 service_unavailable -
        anthropic throttle RateLimitError 429 rate_limit_error req_ appeal
        anthropic verify PermissionDeniedError 403 permission_error req_ appeal
        anthropic deny PermissionDeniedError 403 permission_error req_ appeal
        anthropic region PermissionDeniedError 403 permission_error req_ appeal
        anthropic law APIStatusError 451 permission_error req_ appeal
        anthropic revoked AuthenticationError 401 authentication_error req_ appeal
        anthropic broken ServiceUnavailableError 503 api_error None -
    "#]]
    .assert_eq(&asked_by(address, &python).await);

    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for ask in desk.asked() {
        let key = REFUSED.into_iter().find(|key| ask.credential == Credential::Key(Fingerprint::of(key.as_bytes())));
        *times.entry(key.unwrap()).or_default() += 1;
    }
    // Each of the two clients asks once, and once more where waiting may help.
    expect![[r#"
        {
            "broken": 4,
            "deny": 2,
            "law": 2,
            "region": 2,
            "revoked": 2,
            "throttle": 4,
            "verify": 2,
        }
    "#]]
    .assert_debug_eq(&times);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn official_clients_talk_and_stream_through_the_gateway() {
    let Some(python) = find("RINGFENCE_PEERS_PYTHON", "ringfence-peers-python") else { return };
    let running = Running::start("", "").await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/streamed.py");
    let mut command = Command::new(python);
    command.arg(script).arg(format!("http://{}", running.gateway.addresses.public)).kill_on_drop(true);
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    expect![[r#"
        openai chat word word word 3
        openai chat stream word word word 3
        openai responses word word word 3
        openai responses stream response.created response.completed 3
        openai embeddings 64
        openai models ['stub']
        openai pieces come as they are made True
        anthropic messages word word word 3
        anthropic messages stream word word word 3
        anthropic count True
        anthropic models ['stub']
    "#]]
    .assert_eq(&String::from_utf8(output.stdout).unwrap());
    let rows = running.captured().await;
    assert_eq!(rows.len(), 8, "each exchange with a model, and no list of models or count");
    assert!(rows.iter().all(|row| row["account_id"] == "old" && row["prompt"].is_string()));
    let agents: Vec<_> = rows.iter().filter_map(|row| row["user_agent"].as_str()).collect();
    assert!(agents.iter().any(|agent| agent.starts_with("OpenAI/Python")), "{agents:?}");
    running.gateway.stop().await.unwrap();
}
