//! A real nginx with `auth_request`, configured as documented: what its callers and its upstream see.

use expect_test::expect;
use serde_json::Value;
use tokio::process::Command;

use crate::{
    peers::{CHAT, Gate, Model, Running, chat, documented, find, free, gate, line, marks, model, send},
    support::{KEYS, options, token},
};

struct Nginx {
    running: Running,
    gate: Gate,
    model: Model,
}

/// None when there is no nginx here.
async fn nginx() -> Option<Nginx> {
    let binary = find("RINGFENCE_NGINX", "nginx")?;
    let (gate, model, address) = (gate(options()).await, model().await, free().await);
    let addresses = [("127.0.0.1:8441", gate.address), ("127.0.0.1:8080", address), ("127.0.0.1:9000", model.address)];
    let documented = documented("nginx", "auth_request", &addresses);
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().display();
    let paths: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|kind| format!("{kind}_temp_path {at}/{kind};\n"))
        .collect();
    let text = format!(
        "daemon off;\nmaster_process off;\npid {at}/pid;\nerror_log stderr;\nevents {{}}\n\
         http {{\naccess_log off;\n{paths}{documented}\n}}\n"
    );
    std::fs::write(folder.path().join("nginx.conf"), text).unwrap();
    let mut command = Command::new(binary);
    command.arg("-p").arg(folder.path()).arg("-c").arg(folder.path().join("nginx.conf")).args(["-e", "stderr"]);
    Some(Nginx { running: Running::start(command, folder, address).await, gate, model })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_outcome_reaches_the_caller() {
    let Some(nginx) = nginx().await else { return };
    let mut seen = Vec::new();
    for key in KEYS.map(str::to_owned).into_iter().chain([token("verify")]) {
        let response = send("127.0.0.1", nginx.running.address, chat(&key, CHAT)).await;
        seen.push(line(
            key.split('.').next_back().filter(|_| key.len() > 20).map_or(key.as_str(), |_| "verify (token)"),
            &response,
        ));
    }
    expect![[r#"
        allow          200 | ratelimit: "requests-60s";r=599;t=17, "tokens-60s";r=90000;t=6 | reached the model
        observe        200 | ratelimit: "requests-60s";r=599;t=17, "tokens-60s";r=90000;t=6 | reached the model
        restrict       200 | ratelimit: "requests-60s";r=599;t=17, "tokens-60s";r=90000;t=6 | reached the model
        throttle       429 | content-type: application/json | x-ringfence-effect: throttle | retry-after: 17 | ratelimit: "requests-60s";r=0;t=17, "tokens-60s";r=90000;t=6 | x-ratelimit-remaining-requests: 0 | "rate_limit_exceeded"
        verify         403 | content-type: application/json | x-ringfence-effect: verify | x-should-retry: false | "verification_required"
        deny           403 | content-type: application/json | x-ringfence-effect: deny | x-should-retry: false | "request_denied"
        region         403 | content-type: application/json | x-ringfence-effect: deny | x-should-retry: false | "unsupported_country_region_territory"
        law            451 | content-type: application/json | x-ringfence-effect: deny | x-should-retry: false | link: <https://gate.example/about>; rel="blocked-by" | cache-control: no-store | "unavailable_for_legal_reasons"
        revoked        401 | content-type: application/json | x-ringfence-effect: deny | x-should-retry: false | www-authenticate: Bearer realm="ringfence", error="invalid_token" | "invalid_api_key"
        stranger       401 | content-type: application/json | x-ringfence-effect: deny | x-should-retry: false | www-authenticate: Bearer realm="ringfence", error="invalid_token" | "invalid_api_key"
        broken         503 | content-type: text/html | retry-after: 2 | a page of the proxy
        verify (token) 401 | content-type: application/json | x-ringfence-effect: verify | x-should-retry: false | www-authenticate: Bearer error="insufficient_user_authentication", error_description="Another login is needed for this request.", acr_values="urn:example:mfa phr", max_age="300" | "verification_required""#]].assert_eq(&seen.join("\n"));
    assert_eq!(nginx.model.reached().len(), 3, "only what passes reaches the model");
    nginx.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_question_is_the_callers_request() {
    let Some(nginx) = nginx().await else { return };
    let response = send("127.0.0.2", nginx.running.address, chat("restrict", CHAT)).await;
    assert!(response.headers()["x-ringfence-decision-id"].to_str().unwrap().starts_with("dec_"));
    let asked = nginx.gate.desk.last();
    assert_eq!(
        asked.client,
        Some("127.0.0.2".parse().unwrap()),
        "nginx adds the caller; what the caller wrote is left of it"
    );
    assert_eq!((asked.request.operation.as_str(), asked.request.model.as_str()), ("chat", "unknown"));
    assert_eq!(asked.request.body, policy::Body::None);

    let reached = nginx.model.reached().pop().unwrap();
    assert_eq!(
        (reached["target"].as_str(), reached["body"].as_str()),
        (Some("/v1/chat/completions?trace=1"), Some(CHAT))
    );
    expect![[r#"
        [
            "x-ringfence-decision-id: dec_01M3250V000000000000000001",
            "x-ringfence-effect: restrict",
        ]
    "#]]
    .assert_debug_eq(&marks(&reached));
    nginx.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_ringfence_nothing_passes() {
    let Some(mut nginx) = nginx().await else { return };
    nginx.gate.close().await;
    let response = send("127.0.0.1", nginx.running.address, chat("allow", CHAT)).await;
    assert_eq!((response.status().as_u16(), nginx.model.reached()), (503, Vec::<Value>::new()));
    assert_eq!(response.headers()["retry-after"], "2");
    nginx.running.stop().await;
}
