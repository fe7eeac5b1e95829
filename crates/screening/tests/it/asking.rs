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
    let owned = &adjacent["adjacent"]["ownershipAsset"]["results"][0]["properties"];
    assert_eq!((owned["owner"][0]["id"].as_str(), owned["asset"][0].as_str()), (Some("han"), Some("lion")));
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
    let (_, begun) = get(&mut desk, "/reconcile/ownership/suggest/entity?prefix=fal&limit=1").await;
    assert_eq!((begun["prefix"].as_str(), begun["result"][0]["id"].as_str()), (Some("fal"), Some("falcon")));
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

#[tokio::test]
async fn what_a_caller_leaves_out_is_left_out() {
    let mut desk = desk(None);
    let query = |properties: serde_json::Value| json!({"weights": {"name_literal": 0.8}, "config": {}, "queries": {"a": {"id": "mine", "schema": "Company", "properties": properties}, "b": null}});
    let volkhov =
        query(json!({"name": "Volkhov Trading House", "registrationNumber": [12345], "addressEntity": [{"id": "x"}]}))
            .to_string();
    let mut found = async |parameters: &str| {
        let (status, body) =
            post(&mut desk, &format!("/match/default?{parameters}"), "application/json", &volkhov).await;
        let results = body["responses"]["a"]["results"].as_array();
        (
            status,
            results
                .map(|all| all.iter().map(|one| one["id"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()),
        )
    };
    let listed = (200, Some(vec!["listed".to_owned()]));
    let nobody = (200, Some(Vec::new()));
    for parameters in [
        "",
        "algorithm=logic-v2&threshold=0.7&limit=5&fuzzy=false",
        "topics=sanction&topics=role.pep",
        "include_dataset=ofac-sdn",
        "include_dataset=default",
        "exclude_dataset=eu_fsf&exclude_dataset=stakes.csv",
        "exclude_schema=Person&exclude_schema=Vessel",
        "changed_since=2020-01-01",
        "cutoff=0.9&threshold=0.2",
    ] {
        assert_eq!(found(parameters).await, listed, "{parameters}");
    }
    for parameters in [
        "topics=role.pep",
        "include_dataset=eu_fsf",
        "exclude_dataset=eu_fsf&exclude_dataset=ofac-sdn",
        "exclude_schema=Person&exclude_schema=Organization",
        "exclude_entity_ids=lion&exclude_entity_ids=listed",
        "changed_since=2099-01-01T00:00:00",
    ] {
        assert_eq!(found(parameters).await, nobody, "{parameters}");
    }
    for parameters in ["algorithm=magic", "limit=many", "threshold=high", "changed_since=lately"] {
        assert_eq!(found(parameters).await.0, 400, "{parameters}");
    }
    assert_eq!(post(&mut desk, "/match/default", "application/json", r#"{"queries":{}}"#).await.0, 400);
    let (_, all) = get(&mut desk, "/search/default?q=heron&countries=pa&schema=Company&filter=jurisdiction:pa").await;
    assert_eq!(all["results"][0]["id"], "heron");
    let (_, none) = get(&mut desk, "/search/default?q=heron&countries=us&countries=de").await;
    assert_eq!(none["total"]["value"], 0);
    let (_, none) = get(&mut desk, "/search/default?q=heron&schema=Person").await;
    assert_eq!(none["total"]["value"], 0);
}

#[tokio::test]
async fn what_stands_beside_an_entity_can_be_paged_and_is_nested() {
    let mut desk = desk(None);
    let (_, one) = get(&mut desk, "/entities/falcon").await;
    assert_eq!(one["properties"]["ownershipAsset"].as_array().map(Vec::len), Some(2));
    let (_, bare) = get(&mut desk, "/entities/falcon?nested=false").await;
    assert!(bare["properties"]["ownershipAsset"].is_null(), "{bare}");
    let (_, page) = get(&mut desk, "/entities/falcon/adjacent/ownershipAsset?limit=1&offset=1").await;
    assert_eq!((page["results"].as_array().map(Vec::len), page["total"]["value"].as_u64()), (Some(1), Some(2)));
    assert_eq!(get(&mut desk, "/entities/falcon/adjacent/name").await.0, 404);
    let (_, algorithms) = get(&mut desk, "/algorithms").await;
    assert_eq!(algorithms["default"], algorithms["algorithms"][0]["name"]);
}

#[tokio::test]
async fn pages_may_ask_as_older_and_newer_clients_do() {
    let mut desk = desk(Some("let-me-in"));
    let first = Request::options("/reconcile/ownership").header("access-control-request-method", "POST");
    let response = tower_service::Service::call(&mut desk, first.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["access-control-allow-origin"]),
        (204, &"*".parse().unwrap())
    );
    assert!(response.headers()["access-control-allow-headers"].to_str().unwrap().contains("authorization"));
    let mut desk = super::support::desk(None);
    let (status, script) = get(&mut desk, "/reconcile/ownership?callback=jQuery_1.cb").await;
    let script = script.as_str().unwrap_or_default().to_owned();
    assert!(status == 200 && script.starts_with("/**/jQuery_1.cb({") && script.ends_with("});"), "{script}");
    assert_eq!(get(&mut desk, "/reconcile/ownership?callback=alert(1)//").await.0, 400);
    let (_, script) = get(&mut desk, "/reconcile/ownership/suggest/entity?prefix=heron&callback=cb").await;
    assert!(script.as_str().is_some_and(|script| script.contains("heron")), "{script}");
    let queries = json!({
        "q0": {"query": "Falconbyte", "type": ["Company"], "properties": [{"pid": "jurisdiction", "v": ["us", "de"]}], "type_strict": "any"},
        "q1": {"query": "", "properties": [{"pid": "leiCode", "v": {"id": "529900T8BM49AURSDO55"}}]},
        "q2": {"query": "Heron", "type": {"id": "Company", "name": "Company"}, "properties": [{"pid": "registrationNumber", "v": 7}], "limit": 1},
    });
    let form =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("queries", &queries.to_string()).finish();
    let (status, answer) = post(&mut desk, "/reconcile/ownership", "application/x-www-form-urlencoded", &form).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["q0"]["result"][0]["id"], "falcon");
    assert_eq!(answer["q1"]["result"][0]["id"], "listed");
    assert_eq!(answer["q2"]["result"].as_array().map(Vec::len), Some(1));
}
