//! Who a caller is: only trusted peers may say it for another, and nobody may say it in our name.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::running::{Running, chat, send};

const FORGED: [(&str, &str); 12] = [
    ("x-forwarded-for", "203.0.113.9"),
    ("x-real-ip", "203.0.113.9"),
    ("forwarded", "for=203.0.113.9;proto=https"),
    ("x-forwarded-host", "elsewhere.test"),
    ("x-forwarded-proto", "https"),
    ("x-ringfence-effect", "allow"),
    ("x-ringfence-decision-id", "dec_00000000000000000000000000"),
    ("x-ringfence-account", "other"),
    ("x-envoy-external-address", "203.0.113.9"),
    ("true-client-ip", "203.0.113.9"),
    ("cf-connecting-ip", "203.0.113.9"),
    ("connection", "close, authorization, x-api-key, content-type"),
];

async fn ask(running: &Running, more: &[(&str, &str)]) {
    let mut headers = vec![("authorization", "Bearer key-old".to_owned())];
    headers.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    let body = chat("stub", false).to_string().into_bytes();
    let got = send(running.gateway.addresses.public, Method::POST, "/v1/chat/completions", &headers, body).await;
    assert_eq!(got.status, StatusCode::OK, "{:?}", got.body);
    assert_eq!(got.headers["x-ringfence-effect"], "observe");
}

#[tokio::test]
async fn what_an_untrusted_peer_says_of_itself_is_ignored() {
    let running = Running::start("", "[clients]\ntrusted_proxies = ['10.0.0.0/8']").await;
    ask(&running, &FORGED).await;
    let seen = running.stub.last().unwrap().headers;
    for name in
        ["x-forwarded-for", "x-real-ip", "forwarded", "x-forwarded-host", "x-forwarded-proto", "x-ringfence-account"]
    {
        assert_eq!(seen.get(name), None, "{name} goes no further");
    }
    assert_eq!(seen["authorization"], "Bearer key-old", "a caller cannot have its key taken away");
    let marks: Vec<_> = seen.get_all("x-ringfence-effect").iter().collect();
    assert_eq!(marks, ["observe"]);
    assert_eq!(seen.get_all("x-ringfence-decision-id").iter().count(), 1);
    let rows = running.captured().await;
    assert_eq!((&rows[0]["client_address"], &rows[0]["account_id"]), (&json!("127.0.0.1"), &json!("old")));
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn a_trusted_peer_is_believed_for_as_many_hops_as_there_are() {
    let running = Running::start("", "[clients]\ntrusted_proxies = ['127.0.0.0/8', '10.0.0.0/8']\nhops = 2").await;
    let chains = [
        ("203.0.113.9", json!("203.0.113.9")),
        ("198.51.100.1, 203.0.113.9", json!("203.0.113.9")),
        ("198.51.100.1, 203.0.113.9, 10.1.1.1", json!("203.0.113.9")),
        ("198.51.100.1, 10.2.2.2, 10.1.1.1", json!("10.2.2.2")),
        ("203.0.113.9, nonsense", Value::Null),
    ];
    for (chain, _) in &chains {
        ask(&running, &[("x-forwarded-for", chain)]).await;
    }
    let rows = running.captured().await;
    let clients: Vec<_> = rows.iter().map(|row| row["client_address"].clone()).collect();
    assert_eq!(clients, chains.map(|(_, client)| client));
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn decision_endpoints_answer_trusted_peers_only() {
    let running = Running::start("", "").await;
    let open = running.config.replace("[decisions]\n", "[decisions]\ntrusted = ['10.0.0.0/8']\n");
    running.gateway.stop().await.unwrap();
    let gateway = crate::running::start(&open, running.folder.path()).await;
    let running = Running { gateway, ..running };
    let decisions = running.gateway.addresses.decisions.unwrap();
    let body = json!({"subject": {"type": "account", "id": "old"}, "action": {"name": "use"}, "resource": {"type": "model", "id": "m"}});
    for (method, path) in [
        (Method::GET, "/envoy/v1/chat/completions"),
        (Method::GET, "/traefik"),
        (Method::GET, "/nginx/auth"),
        (Method::GET, "/nginx/refusal"),
        (Method::POST, "/access/v1/evaluation"),
        (Method::POST, "/access/v1/evaluations"),
    ] {
        let headers = [("authorization", "Bearer key-old".to_owned()), ("x-forwarded-for", "10.0.0.1".to_owned())];
        let got = send(decisions, method, path, &headers, body.to_string().into_bytes()).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN, "{path}");
        assert!(got.json()["type"].as_str().unwrap().contains("untrusted-peer"), "{path}");
    }
    assert_eq!(running.ledger().len(), 0);
    running.gateway.stop().await.unwrap();
}

/// The paths of all values in an object.
fn leaves(value: &Value, path: &str, into: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            leaves(value, &if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, into);
        }),
        _ => into.push(path.to_owned()),
    }
}

#[tokio::test]
async fn every_fact_that_is_served_is_declared() {
    let running = Running::start("", "").await;
    running.chat("key-of-nobody").await;
    let got = running.ask(Method::GET, "/.well-known/ringfence/signals.json", "", &Value::Null).await;
    let declared: Vec<String> = got.json()["signals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|signal| signal["signal"].as_str().unwrap().to_owned())
        .collect();
    let entry = running.ledger().remove(0);
    // A campaign is there only for those who are in one.
    let mut facts = entry["facts"].clone();
    // When it was decided, which no rule can read.
    facts.as_object_mut().unwrap().remove("time");
    let label = policy::Campaign {
        id: "c".into(),
        confidence_permille: 1,
        recommended: policy::Effect::Verify,
        confirmed: false,
    };
    facts["campaign"] = serde_json::to_value(label).unwrap();
    let mut served = Vec::new();
    leaves(&facts, "", &mut served);
    assert!(served.len() > 20, "{served:?}");
    let missing: Vec<_> = served.iter().filter(|name| !declared.contains(name)).collect();
    assert!(missing.is_empty(), "{missing:?} are served and not declared: {declared:?}");
    running.gateway.stop().await.unwrap();
}

#[tokio::test]
async fn a_good_key_does_not_carry_another_one_through() {
    let running = Running::start("", "").await;
    let body = chat("stub", false).to_string().into_bytes();
    let both = [("x-api-key", "key-old".to_owned()), ("authorization", "Bearer key-of-nobody".to_owned())];
    for headers in [&both[..], &[both[1].clone(), ("authorization", "Bearer key-old".to_owned())][..]] {
        let address = running.gateway.addresses.public;
        let got = send(address, Method::POST, "/v1/chat/completions", headers, body.clone()).await;
        assert_eq!(got.status, StatusCode::UNAUTHORIZED, "{:?}", got.body);
    }
    assert_eq!(running.stub.requests(), 0);
    running.gateway.stop().await.unwrap();
}
