//! Questions over HTTP.

use axum::{body::Body, http::Request};
use serde_json::json;

use super::support::{ask, desk, get, post};

#[tokio::test]
async fn a_standing_comes_with_its_proof() {
    let mut desk = desk(None);
    let (status, lion) = get(&mut desk, "/v1/standing?name=Lionrock%20Compute&as_of=2026-03-01").await;
    assert_eq!(status, 200);
    assert_eq!(lion["standing"], "caught");
    assert_eq!(lion["proof"][0]["owner"], "han");
    assert_eq!(lion["proof"][0]["min_bp"], 6000);
    assert_eq!(lion["found_by"]["name"]["name"], "Lionrock Compute Pte Ltd");
    let asked = json!({"id": "falcon", "regime": "ofac-50", "as_of": "2026-03-01"}).to_string();
    let (status, falcon) = post(&mut desk, "/v1/standing", "application/json", &asked).await;
    assert_eq!((status, &falcon["standing"]), (200, &json!("clear")));
    let (status, nobody) = get(&mut desk, "/v1/standing?name=Zzyzx%20Quarries").await;
    assert_eq!((status, &nobody["standing"]), (200, &json!("unknown")));
    let (status, svg) = get(&mut desk, "/v1/standing/lion/picture").await;
    assert!(status == 200 && svg.as_str().is_some_and(|text| text.contains("<svg")), "{svg}");
}

#[tokio::test]
async fn questions_that_make_no_sense_are_told_so() {
    let mut desk = desk(None);
    for (path, status, word) in [
        ("/v1/standing", 400, "id"),
        ("/v1/standing?id=nobody-at-all", 404, "nobody-at-all"),
        ("/v1/standing?id=lion&regime=nonsense", 404, "model-vendor-2025"),
        ("/v1/standing?id=lion&as_of=yesterday", 400, ""),
        ("/search/elsewhere?q=x", 404, "ownership"),
        ("/entities/none", 404, "none"),
        ("/nowhere", 404, "docs"),
    ] {
        let (got, body) = get(&mut desk, path).await;
        assert_eq!(got, status, "{path}: {body}");
        assert!(body.to_string().contains(word), "{path}: {body}");
    }
    let many: Vec<String> = (0..101).map(|n| format!("\"q{n}\":{{\"properties\":{{\"name\":[\"x\"]}}}}")).collect();
    let body = format!("{{\"queries\":{{{}}}}}", many.join(","));
    assert_eq!(post(&mut desk, "/match/ownership", "application/json", &body).await.0, 400);
    assert_eq!(post(&mut desk, "/match/ownership", "application/json", "{\"queries\":").await.0, 400);
    let long = format!("{{\"queries\":{{\"q\":{{\"properties\":{{\"name\":[\"{}\"]}}}}}}}}", "x".repeat(20_000));
    assert_eq!(post(&mut desk, "/match/ownership", "application/json", &long).await.0, 400);
    let huge = "x".repeat(3 << 20);
    assert_eq!(post(&mut desk, "/match/ownership", "application/json", &huge).await.0, 413);
}

#[tokio::test]
async fn matching_answers_as_yente_does() {
    let mut desk = desk(None);
    let queries = json!({"queries": {
        "a": {"schema": "Company", "properties": {"name": ["Lionrock Compute"], "jurisdiction": ["sg"]}},
        "b": {"schema": "Company", "properties": {"name": ["Wholly Unrelated Bakery"]}},
        "c": {"schema": "Company", "properties": {}},
    }});
    let (status, body) = post(&mut desk, "/match/default?limit=3", "application/json", &queries.to_string()).await;
    assert_eq!(status, 200);
    let best = &body["responses"]["a"]["results"][0];
    assert_eq!(
        (best["id"].as_str(), best["match"].as_bool(), best["schema"].as_str()),
        (Some("lion"), Some(true), Some("Company"))
    );
    assert_eq!(best["properties"]["name"][0], "Lionrock Compute Pte Ltd");
    assert!(best["explanation"]["met"].as_array().is_some_and(|met| !met.is_empty()));
    assert_eq!(body["responses"]["b"]["results"].as_array().map(Vec::len), Some(0));
    assert_eq!(body["responses"]["c"]["status"], 400);
    let (_, listed) = get(&mut desk, "/entities/listed").await;
    assert_eq!((listed["target"].as_bool(), listed["datasets"][0].as_str()), (Some(true), Some("ofac-sdn")));
    let (_, adjacent) = get(&mut desk, "/entities/lion/adjacent").await;
    assert_eq!(adjacent["adjacent"]["ownershipAsset"]["results"][0]["properties"]["owner"][0], "han");
    assert_eq!(adjacent["adjacent"]["ownershipOwner"]["total"]["value"], 1);
    let (_, found) = get(&mut desk, "/search/ownership?q=volkhov&limit=2").await;
    assert_eq!(found["results"][0]["id"], "listed");
}

#[tokio::test]
async fn openrefine_can_reconcile_and_extend() {
    let mut desk = desk(None);
    let (_, manifest) = get(&mut desk, "/reconcile/ownership").await;
    assert_eq!(manifest["versions"][0], "0.2");
    assert!(manifest["identifierSpace"].is_string() && manifest["schemaSpace"].is_string());
    let form = "queries=%7B%22q0%22%3A%7B%22query%22%3A%22Falconbyte%22%2C%22limit%22%3A3%7D%7D";
    let (status, answer) = post(&mut desk, "/reconcile/ownership", "application/x-www-form-urlencoded", form).await;
    assert_eq!(status, 200, "{answer}");
    let best = &answer["q0"]["result"][0];
    assert_eq!((best["id"].as_str(), best["match"].as_bool()), (Some("falcon"), Some(true)));
    assert_eq!(best["type"][0]["id"], "Company");
    let form = "extend=%7B%22ids%22%3A%5B%22lion%22%2C%22none%22%5D%2C%22properties%22%3A%5B%7B%22id%22%3A%22standing%22%7D%2C%7B%22id%22%3A%22jurisdiction%22%7D%5D%7D";
    let (_, extended) = post(&mut desk, "/reconcile/ownership", "application/x-www-form-urlencoded", form).await;
    assert_eq!(extended["rows"]["lion"]["standing"][0]["str"], "caught");
    assert_eq!(extended["rows"]["none"]["standing"].as_array().map(Vec::len), Some(0));
    let (_, suggested) = get(&mut desk, "/reconcile/ownership/suggest/entity?prefix=heron%20ship").await;
    assert_eq!(suggested["result"][0]["id"], "heron");
    let (_, properties) = get(&mut desk, "/reconcile/ownership/suggest/property?prefix=stand").await;
    assert_eq!(properties["result"][0]["id"], "standing");
    let (status, page) = get(&mut desk, "/reconcile/ownership/preview?id=lion").await;
    assert!(status == 200 && page.as_str().is_some_and(|page| page.contains("Lionrock")), "{page}");
}

#[tokio::test]
async fn a_token_is_asked_for_where_there_is_one() {
    let mut desk = desk(Some("let-me-in"));
    assert_eq!(get(&mut desk, "/v1/regimes").await.0, 401);
    let with = |token: &str| Request::get("/v1/regimes").header("authorization", token).body(Body::empty()).unwrap();
    assert_eq!(ask(&mut desk, with("Bearer let-me-in")).await.0, 200);
    assert_eq!(ask(&mut desk, with("Bearer let-me-out")).await.0, 401);
    assert_eq!(get(&mut desk, "/healthz").await.0, 200);
}
