//! Requests through a whole gateway: passed on byte for byte, decided, limited, captured and recorded.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::running::{Running, chat, send};

#[tokio::test]
async fn a_stream_comes_through_as_it_was_sent() {
    let running = Running::start("", "").await;
    let routes = [
        (
            "/v1/chat/completions",
            json!({"model": "stub", "stream": true, "messages": [], "stream_options": {"include_usage": true}}),
        ),
        ("/v1/responses", json!({"model": "stub", "stream": true, "input": "What is a border?"})),
        (
            "/v1/messages",
            json!({"model": "stub", "stream": true, "max_tokens": 5, "messages": [{"role": "user", "content": "Hi"}]}),
        ),
        ("/v1/chat/completions", json!({"model": "stub", "messages": []})),
        ("/v1/embeddings", json!({"model": "stub", "input": ["a", "b"]})),
        ("/v1/messages", json!({"model": "stub", "max_tokens": 5, "messages": [{"role": "user", "content": "Hi"}]})),
    ];
    for (route, body) in routes {
        let direct = send(running.stub.address, Method::POST, route, &[], body.to_string().into_bytes()).await;
        let through = running.ask(Method::POST, route, "key-old", &body).await;
        assert_eq!(through.status, StatusCode::OK, "{route}: {:?}", through.body);
        assert_eq!(through.body, direct.body, "{route}");
        assert_eq!(through.headers["content-type"], direct.headers["content-type"]);
        assert_eq!(through.headers["x-ringfence-effect"], "observe", "the network is not known");
        assert_eq!(running.stub.last().unwrap().body, body.to_string(), "the request as it was sent");
    }
    let rows = running.captured().await;
    assert_eq!(rows.len(), 6);
    let used: Vec<_> = rows.iter().map(|row| row["output_tokens"].as_u64()).collect();
    assert_eq!(used, [Some(16), Some(16), Some(5), Some(16), None, Some(5)]);
    assert!(rows.iter().all(|row| row["input_tokens"].is_u64() && row["account_id"] == "old" && row["status"] == 200));
    assert_eq!(rows[2]["prompt"], "Hi");
    assert_eq!(rows[0]["organization_id"], "org-old");
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn a_stranger_is_refused_in_the_shape_of_the_route() {
    let running = Running::start("", "").await;
    let got = running.chat("key-of-nobody").await;
    assert_eq!(got.status, StatusCode::UNAUTHORIZED);
    assert_eq!(got.json()["error"]["code"], "invalid_api_key");
    let body = json!({"model": "stub", "max_tokens": 5, "messages": []});
    let got = running.ask(Method::POST, "/v1/messages", "key-of-nobody", &body).await;
    assert_eq!(got.json()["error"]["type"], "authentication_error");
    assert_eq!(running.stub.requests(), 0);
    let recorded = running.ledger();
    assert_eq!(recorded.len(), 2, "on disk before they were answered");
    assert_eq!(recorded[0]["decision"]["effect"], "deny");
    assert_eq!(recorded[0]["decision"]["reasons"][0]["rule"], "key-unknown");
    let id = got.headers["x-ringfence-decision-id"].to_str().unwrap();
    assert_eq!(recorded[1]["decision"]["decision_id"], id);
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn persons_are_in_the_ledger_by_digest_only() {
    let running = Running::start("", "").await;
    assert_eq!(running.chat("key-old").await.status, StatusCode::OK);
    let folder = running.folder.path().join("data/ledger");
    running.gateway.stop().await.unwrap();
    let mut bytes = Vec::new();
    for segment in journal::segments(&folder).unwrap() {
        bytes.extend(std::fs::read(&segment.path).unwrap());
    }
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("hmac-sha256:") && text.contains("decision_id"));
    for personal in ["\"old\"", "org-old", "127.0.0.1", "key-old", "border"] {
        assert!(!text.contains(personal), "{personal}");
    }
}

#[tokio::test]
async fn quotas_hold_and_say_when_to_come_back() {
    let running = Running::start("", "[limits.plans.tiny]\nrequests = 2\nwindow = 60").await;
    for _ in 0..2 {
        assert_eq!(running.chat("key-small").await.status, StatusCode::OK);
    }
    let got = running.chat("key-small").await;
    assert_eq!(got.status, StatusCode::TOO_MANY_REQUESTS, "{:?}", got.body);
    assert_eq!(got.json()["error"]["code"], "rate_limit_exceeded");
    let wait: u64 = got.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(got.headers["x-ratelimit-limit-requests"], "2");
    assert_eq!(got.headers["x-ratelimit-remaining-requests"], "0");
    assert_eq!(running.chat("key-old").await.status, StatusCode::OK, "another account, another quota");
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn tokens_are_charged_when_they_are_known() {
    let running = Running::start("", "[limits.plans.tiny]\ntokens = 20\nwindow = 3600").await;
    let got = running.ask(Method::POST, "/v1/chat/completions", "key-small", &chat("stub", false)).await;
    assert_eq!(got.status, StatusCode::OK, "nothing was used yet");
    let got = running.chat("key-small").await;
    assert_eq!(got.status, StatusCode::TOO_MANY_REQUESTS, "{:?}", got.body);
    assert_eq!(got.headers["x-ratelimit-limit-tokens"], "20");
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn an_appeal_opens_a_case() {
    let running = Running::start("", "").await;
    let refused = running.chat("key-of-nobody").await;
    let id = refused.headers["x-ringfence-decision-id"].to_str().unwrap();
    let body = json!({"decision_id": id, "statement": "My key is new.", "contact": "me@example.org"});
    let got = running.ask(Method::POST, "/v1/appeals", "key-old", &body).await;
    assert_eq!(got.status, StatusCode::CREATED, "{:?}", got.body);
    let case = got.json()["case"].as_str().unwrap().to_owned();
    let again = running.ask(Method::POST, "/v1/appeals", "key-old", &body).await;
    assert_eq!((again.status, again.json()["case"].as_str().unwrap()), (StatusCode::OK, case.as_str()));
    let wrong = running.ask(Method::POST, "/v1/appeals", "key-old", &json!({"decision_id": "dec_7"})).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert_eq!(wrong.headers["content-type"], "application/problem+json");
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn a_person_can_appeal_without_writing_json() {
    let running = Running::start("", "").await;
    let refused = running.chat("key-of-nobody").await;
    let id = refused.headers["x-ringfence-decision-id"].to_str().unwrap();
    let page = running.ask(Method::GET, &format!("/v1/appeals?decision={id}"), "", &Value::Null).await;
    assert_eq!(
        page.headers["content-security-policy"],
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"
    );
    let text = String::from_utf8(page.body.to_vec()).unwrap();
    assert!(text.contains(id) && text.contains("<form"), "{text}");
    let hostile = running.ask(Method::GET, "/v1/appeals?decision=%22%3E%3Cscript%3E", "", &Value::Null).await;
    assert!(!String::from_utf8_lossy(&hostile.body).contains("script"), "what is no decision is not shown");
    let kind = [("content-type", "application/x-www-form-urlencoded".to_owned())];
    let form =
        |body: String| send(running.gateway.addresses.public, Method::POST, "/v1/appeals", &kind, body.into_bytes());
    let kept = form(format!("decision_id={id}&statement=My+key+%3Cb%3Eis+new&contact=")).await;
    assert_eq!(kept.status, StatusCode::CREATED, "{:?}", kept.body);
    assert!(String::from_utf8_lossy(&kept.body).contains("case-1"));
    let empty = form(format!("decision_id={id}&statement=+")).await;
    assert_eq!(empty.status, StatusCode::BAD_REQUEST);
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn signals_are_declared_and_the_gateway_says_how_it_is() {
    let running = Running::start("", "").await;
    let got = running.ask(Method::GET, "/.well-known/ringfence/signals.json", "", &Value::Null).await;
    assert_eq!(got.status, StatusCode::OK);
    assert!(got.json()["signals"].as_array().unwrap().len() > 10);
    let ready = running.ask(Method::GET, "/readyz", "", &Value::Null).await;
    assert_eq!(ready.status, StatusCode::OK, "{:?}", ready.body);
    running.chat("key-old").await;
    let metrics = running.metrics().await;
    assert!(metrics.contains("ringfence_decisions_total{effect=\"observe\",face=\"proxy\"} 1"), "{metrics}");
    assert!(metrics.contains("ringfence_exchanges_total{outcome=\"captured\"} 1"), "{metrics}");
    running.gateway.stop().await.unwrap();
}
