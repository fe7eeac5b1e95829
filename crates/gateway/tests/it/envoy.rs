//! A real Envoy with external authorization over gRPC and over HTTP, configured as documented.

use expect_test::expect;
use serde_json::Value;
use tokio::process::Command;

use crate::{
    peers::{CHAT, Gate, Model, Running, chat, documented, find, free, gate, line, marks, model, send},
    support::{KEYS, options, token},
};

struct Envoy {
    running: Running,
    gate: Gate,
    model: Model,
}

/// Envoy with the documented filter that holds a text, edited; none when there is no Envoy here.
async fn envoy(filter: &str, edit: impl Fn(String) -> String) -> Option<Envoy> {
    let binary = find("RINGFENCE_ENVOY", "envoy")?;
    let (gate, model, address) = (gate(options()).await, model().await, free().await);
    // A machine that is busy with other tests is no failure of ours.
    let patient =
        |text: String| text.replace("timeout: 0.5s", "timeout: 30s").replace("timeout: 0.25s", "timeout: 30s");
    let filter = edit(patient(documented("yaml", filter, &[])));
    let clusters =
        patient(documented("yaml", "- name: ringfence_http", &[])).replace("8441", &gate.address.port().to_string());
    let text = BOOTSTRAP
        .replace("PORT", &address.port().to_string())
        .replace("MODEL", &model.address.port().to_string())
        .replace("          FILTER\n", &indented(10, &filter))
        .replace("  CLUSTERS\n", &indented(2, &clusters));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("envoy.yaml");
    std::fs::write(&file, text).unwrap();
    let mut command = Command::new(binary);
    command.arg("-c").arg(file).args([
        "--use-dynamic-base-id",
        "--concurrency",
        "1",
        "-l",
        "error",
        "--file-flush-interval-msec",
        "20",
    ]);
    Some(Envoy { running: Running::start(command, folder, address).await, gate, model })
}

const BOOTSTRAP: &str = r#"
static_resources:
  listeners:
  - address: { socket_address: { address: 127.0.0.1, port_value: PORT } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: models
          use_remote_address: true
          access_log:
          - name: envoy.access_loggers.stderr
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StderrAccessLog
              log_format: { text_format_source: { inline_string: "%RESPONSE_CODE% %DYNAMIC_METADATA(envoy.filters.http.ext_authz)%\n" } }
          route_config:
            virtual_hosts:
            - { name: models, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: model } }] }
          http_filters:
          FILTER
          - name: envoy.filters.http.router
            typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
  clusters:
  CLUSTERS
  - name: model
    type: STATIC
    load_assignment:
      cluster_name: model
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: MODEL } } } }] }]
"#;

const GRPC: &str = "grpc_service";
const HTTP: &str = "http_service";

fn indented(spaces: usize, text: &str) -> String {
    text.lines().map(|line| format!("{}{line}\n", " ".repeat(spaces))).collect()
}

async fn outcomes(envoy: &Envoy) -> String {
    let mut seen = Vec::new();
    for key in KEYS {
        seen.push(line(key, &send("127.0.0.1", envoy.running.address, chat(key, CHAT)).await));
    }
    seen.push(line("verify (token)", &send("127.0.0.1", envoy.running.address, chat(&token("verify"), CHAT)).await));
    assert_eq!(envoy.model.reached().len(), 3, "only what passes reaches the model");
    seen.join("\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_outcome_reaches_the_caller_over_grpc() {
    let Some(envoy) = envoy(GRPC, |filter| filter).await else { return };
    expect![[r#"
        allow          200 | ratelimit: "requests-60s";r=599;t=17, "tokens-60s";r=90000;t=6 | x-ratelimit-remaining-requests: 599 | reached the model
        observe        200 | ratelimit: "requests-60s";r=599;t=17, "tokens-60s";r=90000;t=6 | x-ratelimit-remaining-requests: 599 | reached the model
        restrict       200 | ratelimit: "requests-60s";r=599;t=17, "tokens-60s";r=90000;t=6 | x-ratelimit-remaining-requests: 599 | reached the model
        throttle       429 | content-type: application/json | x-ringfence-effect: throttle | retry-after: 17 | ratelimit: "requests-60s";r=0;t=17, "tokens-60s";r=90000;t=6 | x-ratelimit-remaining-requests: 0 | "rate_limit_exceeded"
        verify         403 | content-type: application/json | x-ringfence-effect: verify | x-should-retry: false | "verification_required"
        deny           403 | content-type: application/json | x-ringfence-effect: deny | x-should-retry: false | "request_denied"
        region         403 | content-type: application/json | x-ringfence-effect: deny | x-should-retry: false | "unsupported_country_region_territory"
        law            451 | content-type: application/json | x-ringfence-effect: deny | x-should-retry: false | link: <https://gate.example/about>; rel="blocked-by" | cache-control: no-store | "unavailable_for_legal_reasons"
        revoked        401 | content-type: application/json | x-ringfence-effect: deny | x-should-retry: false | www-authenticate: Bearer realm="ringfence", error="invalid_token" | "invalid_api_key"
        stranger       401 | content-type: application/json | x-ringfence-effect: deny | x-should-retry: false | www-authenticate: Bearer realm="ringfence", error="invalid_token" | "invalid_api_key"
        broken         503 | no body
        verify (token) 401 | content-type: application/json | x-ringfence-effect: verify | x-should-retry: false | www-authenticate: Bearer error="insufficient_user_authentication", error_description="Another login is needed for this request.", acr_values="urn:example:mfa phr", max_age="300" | "verification_required""#]].assert_eq(&outcomes(&envoy).await);
    envoy.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_outcome_reaches_the_caller_over_http() {
    let Some(envoy) = envoy(HTTP, |filter| filter).await else { return };
    expect![[r#"
        allow          200 | ratelimit: "requests-60s";r=599;t=17, "tokens-60s";r=90000;t=6 | x-ratelimit-remaining-requests: 599 | reached the model
        observe        200 | ratelimit: "requests-60s";r=599;t=17, "tokens-60s";r=90000;t=6 | x-ratelimit-remaining-requests: 599 | reached the model
        restrict       200 | ratelimit: "requests-60s";r=599;t=17, "tokens-60s";r=90000;t=6 | x-ratelimit-remaining-requests: 599 | reached the model
        throttle       429 | content-type: application/json | x-ringfence-effect: throttle | retry-after: 17 | ratelimit: "requests-60s";r=0;t=17, "tokens-60s";r=90000;t=6 | x-ratelimit-remaining-requests: 0 | "rate_limit_exceeded"
        verify         403 | content-type: application/json | x-ringfence-effect: verify | x-should-retry: false | "verification_required"
        deny           403 | content-type: application/json | x-ringfence-effect: deny | x-should-retry: false | "request_denied"
        region         403 | content-type: application/json | x-ringfence-effect: deny | x-should-retry: false | "unsupported_country_region_territory"
        law            451 | content-type: application/json | x-ringfence-effect: deny | x-should-retry: false | link: <https://gate.example/about>; rel="blocked-by" | cache-control: no-store | "unavailable_for_legal_reasons"
        revoked        401 | content-type: application/json | x-ringfence-effect: deny | x-should-retry: false | www-authenticate: Bearer realm="ringfence", error="invalid_token" | "invalid_api_key"
        stranger       401 | content-type: application/json | x-ringfence-effect: deny | x-should-retry: false | www-authenticate: Bearer realm="ringfence", error="invalid_token" | "invalid_api_key"
        broken         503 | no body
        verify (token) 401 | content-type: application/json | x-ringfence-effect: verify | x-should-retry: false | www-authenticate: Bearer error="insufficient_user_authentication", error_description="Another login is needed for this request.", acr_values="urn:example:mfa phr", max_age="300" | "verification_required""#]].assert_eq(&outcomes(&envoy).await);
    envoy.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_question_is_the_callers_request() {
    let raw = |filter: String| filter.replace("    grpc_service:", "    encode_raw_headers: true\n    grpc_service:");
    for (name, filter, edit) in [("grpc", GRPC, false), ("grpc, raw headers", GRPC, true), ("http", HTTP, false)] {
        let edited = |filter: String| if edit { raw(filter) } else { filter };
        let Some(envoy) = envoy(filter, edited).await else { return };
        let response = send("127.0.0.2", envoy.running.address, chat("restrict", CHAT)).await;
        assert!(response.headers()["x-ringfence-decision-id"].to_str().unwrap().starts_with("dec_"), "{name}");
        assert_eq!(response.headers()["x-ratelimit-remaining-requests"], "599", "{name}");
        assert!(!response.headers().contains_key("x-ringfence-effect"), "{name}");
        let asked = envoy.gate.desk.last();
        assert_eq!(asked.client, Some("127.0.0.2".parse().unwrap()), "{name}");
        let facts = &asked.request;
        assert_eq!((facts.operation.as_str(), facts.model.as_str(), facts.stream), ("chat", "m-1", true), "{name}");
        assert_eq!(facts.body, policy::Body::Whole, "{name}");

        let reached = envoy.model.reached().pop().unwrap();
        assert_eq!(reached["target"], "/v1/chat/completions?trace=1", "{name}");
        assert_eq!(reached["body"], CHAT, "{name}");
        let marks = marks(&reached);
        assert!(marks.len() == 2 && marks[0].starts_with("x-ringfence-decision-id: dec_"), "{name}: {marks:?}");
        assert_eq!(marks[1], "x-ringfence-effect: restrict", "{name}");
        if filter == GRPC {
            envoy.running.logs(r#""effect":"restrict""#).await;
        }
        envoy.running.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_read_in_a_body_that_was_cut() {
    let long = format!(r#"{{"model":"m-1","x":"{}"}}"#, "x".repeat(20_000));
    for filter in [GRPC, HTTP] {
        let Some(envoy) = envoy(filter, |filter| filter).await else { return };
        send("127.0.0.1", envoy.running.address, chat("allow", long.clone())).await;
        let facts = envoy.gate.desk.last().request;
        assert_eq!(
            (facts.body, facts.model.as_str(), facts.operation.as_str()),
            (policy::Body::Partial, "unknown", "chat")
        );
        assert_eq!(envoy.model.reached().pop().unwrap()["body"], long, "the model has the whole body");
        envoy.running.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_ringfence_nothing_passes() {
    for filter in [GRPC, HTTP] {
        let Some(mut envoy) = envoy(filter, |filter| filter).await else { return };
        envoy.gate.close().await;
        let response = send("127.0.0.1", envoy.running.address, chat("allow", CHAT)).await;
        assert_eq!((response.status().as_u16(), envoy.model.reached()), (503, Vec::<Value>::new()));
        envoy.running.stop().await;
    }
}
