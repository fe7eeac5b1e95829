//! AuthZEN 1.0: single evaluations, lists of them, and what is no question.

use bytes::Bytes;
use expect_test::{Expect, expect};
use gateway::faces::{Endpoint, serve};
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};

use crate::{
    peers::documented,
    support::{Double, LOOPBACK, SECRET, full, options},
};

async fn post(desk: &Double, path: &str, body: impl Into<Bytes>) -> Response<Bytes> {
    let request = Request::post(path)
        .header("content-type", "application/json; charset=utf-8")
        .header("x-request-id", "bfe9eb29")
        .body(full(body))
        .unwrap();
    let response = serve(Endpoint::of(path).unwrap(), request, LOOPBACK, desk, &options()).await;
    assert_eq!(response.headers()["x-request-id"], "bfe9eb29", "every answer echoes the id of its request");
    assert!(!str::from_utf8(response.body()).unwrap().contains(SECRET));
    response
}

fn question(account: &str) -> Value {
    json!({
        "subject": {"type": "account", "id": account, "properties": {"x": 1}},
        "action": {"name": "chat"},
        "resource": {"type": "model", "id": "m-1"},
    })
}

#[track_caller]
fn check(response: &Response<Bytes>, expected: Expect) {
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    expected.assert_eq(&format!("{} {}", response.status().as_u16(), serde_json::to_string_pretty(&body).unwrap()));
}

async fn single(account: &str, expected: Expect) {
    check(&post(&Double::default(), "/access/v1/evaluation", question(account).to_string()).await, expected);
}

#[tokio::test]
async fn each_outcome() {
    single(
        "allow",
        expect![[r#"
            200 {
              "decision": true,
              "context": {
                "decision_id": "dec_01M3250V000000000000000001",
                "effect": "allow"
              }
            }"#]],
    )
    .await;
    single(
        "restrict",
        expect![[r#"
            200 {
              "decision": true,
              "context": {
                "decision_id": "dec_01M3250V000000000000000001",
                "effect": "restrict"
              }
            }"#]],
    )
    .await;
    single(
        "throttle",
        expect![[r#"
            200 {
              "decision": false,
              "context": {
                "decision_id": "dec_01M3250V000000000000000001",
                "effect": "throttle",
                "status": 429,
                "reason_user": {
                  "429": "The quota is used up."
                },
                "appeal": "https://gate.example/appeals",
                "retry_after": 17
              }
            }"#]],
    )
    .await;
    single(
        "verify",
        expect![[r#"
            200 {
              "decision": false,
              "context": {
                "decision_id": "dec_01M3250V000000000000000001",
                "effect": "verify",
                "status": 403,
                "reason_user": {
                  "403": "Please show who you are."
                },
                "appeal": "https://gate.example/appeals",
                "verification": "https://gate.example/verify?decision=dec_01M3250V000000000000000001"
              }
            }"#]],
    )
    .await;
    single(
        "deny",
        expect![[r#"
            200 {
              "decision": false,
              "context": {
                "decision_id": "dec_01M3250V000000000000000001",
                "effect": "deny",
                "status": 403,
                "reason_user": {
                  "403": "The terms exclude this use."
                },
                "appeal": "https://gate.example/appeals"
              }
            }"#]],
    )
    .await;
    single(
        "law",
        expect![[r#"
            200 {
              "decision": false,
              "context": {
                "decision_id": "dec_01M3250V000000000000000001",
                "effect": "deny",
                "status": 451,
                "reason_user": {
                  "451": "The Example Sanctions Act forbids it."
                },
                "appeal": "https://gate.example/appeals",
                "basis": "legal"
              }
            }"#]],
    )
    .await;
    single(
        "broken",
        expect![[r#"
            500 {
              "type": "https://gate.example/problems/unavailable",
              "title": "No decision can be made now",
              "status": 500,
              "detail": "No decision can be made now; this is no answer to the question."
            }"#]],
    )
    .await;
}

#[tokio::test]
async fn the_context_tells_what_the_caller_knows() {
    let desk = Double::default();
    let mut question = question("allow");
    question["context"] = json!({
        "client_address": "::ffff:203.0.113.7", "channel": "bedrock", "tools": true, "stream": true, "time": "2026-01-01", "x": {},
    });
    post(&desk, "/access/v1/evaluation", question.to_string()).await;
    let asked = desk.last();
    assert_eq!(asked.client, Some("203.0.113.7".parse().unwrap()));
    assert_eq!(asked.account.unwrap().as_str(), "allow");
    assert!(asked.counts && asked.request.tools && asked.request.stream && !asked.request.reasoning);
    let request = asked.request;
    assert_eq!(
        (request.operation.as_str(), request.model.as_str(), request.channel.as_str()),
        ("chat", "m-1", "bedrock")
    );
}

#[tokio::test]
async fn the_documented_question_is_one() {
    let desk = Double::default();
    let response = post(&desk, "/access/v1/evaluation", documented("json", "subject", &[])).await;
    assert_eq!(response.status(), StatusCode::OK);
    let asked = desk.last();
    assert_eq!((asked.account.unwrap().as_str(), asked.client), ("acct-1", Some("203.0.113.7".parse().unwrap())));
    assert!(asked.request.stream && !asked.request.tools);
}

#[tokio::test]
async fn what_is_no_question_is_a_400() {
    let desk = Double::default();
    let with = |path: &str, value: Value| {
        let mut question = question("allow");
        *question.pointer_mut(path).unwrap() = value;
        question.to_string()
    };
    for (body, detail) in [
        (String::new(), "the question cannot be read: EOF while parsing a value"),
        ("[1]".into(), "the question cannot be read: "),
        ("{}".into(), "the question cannot be read: missing field `subject`"),
        (r#"{"subject":{},"subject":{}}"#.into(), "the question cannot be read: missing field `type`"),
        (with("/subject/type", json!("user\n")), r"the subject's type is `account`; `user\n` is not known here"),
        (with("/subject/id", json!("")), "the subject's id is no account id: identifier is empty"),
        (with("/subject/id", json!(7)), "the question cannot be read: invalid type: integer `7`, expected a string"),
        (with("/resource/type", json!("tool")), "the resource's type is `model`; `tool` is not known here"),
        (
            with("/resource/id", json!("m\u{0}")),
            "the name of the resource is empty, too long, or holds a control character",
        ),
        (
            with("/action/name", json!("x".repeat(257))),
            "the name of the action is empty, too long, or holds a control character",
        ),
        (with("/action", json!({"name": "chat", "name ": 1})).replace("name ", "name"), "duplicate field `name`"),
    ] {
        let response = post(&desk, "/access/v1/evaluation", body).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        let problem: Value = serde_json::from_slice(response.body()).unwrap();
        assert!(problem["detail"].as_str().unwrap().contains(detail), "{problem}");
    }
    let mut wrong = question("allow");
    wrong["context"] = json!({"client_address": "unknown"});
    let response = post(&desk, "/access/v1/evaluation", wrong.to_string()).await;
    assert!(str::from_utf8(response.body()).unwrap().contains("invalid IP address syntax"));
    assert!(desk.asked().is_empty());
}

#[tokio::test]
async fn other_methods_types_and_sizes_are_refused() {
    let send = async |request: http::request::Builder, body: String| {
        let request = request.body(full(body)).unwrap();
        serve(Endpoint::Evaluation, request, LOOPBACK, &Double::default(), &options()).await
    };
    let response = send(Request::get("/access/v1/evaluation"), question("allow").to_string()).await;
    assert_eq!((response.status().as_u16(), response.headers()["allow"].to_str().unwrap()), (405, "POST"));
    for kind in ["text/plain", "application/jsonx", ""] {
        let request = Request::post("/access/v1/evaluation").header("content-type", kind);
        assert_eq!(send(request, question("allow").to_string()).await.status(), StatusCode::BAD_REQUEST, "{kind}");
    }
    let request = Request::post("/access/v1/evaluation").header("content-type", "application/json");
    assert_eq!(send(request, " ".repeat(64 * 1024 + 1)).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

/// The answers of a list, as letters: yes, no, error.
async fn list(body: Value) -> String {
    let response = post(&Double::default(), "/access/v1/evaluations", body.to_string()).await;
    assert_eq!(response.status(), StatusCode::OK, "{:?}", response.body());
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    let letter = |answer: &Value| match answer["decision"].as_bool().unwrap() {
        true => "yes".to_owned(),
        false if answer["context"]["error"].is_object() => format!("error {}", answer["context"]["error"]["status"]),
        false => "no".to_owned(),
    };
    body["evaluations"].as_array().unwrap().iter().map(letter).collect::<Vec<_>>().join(", ")
}

fn entries(accounts: &[&str]) -> Vec<Value> {
    accounts.iter().map(|account| json!({"subject": {"type": "account", "id": account}})).collect()
}

#[tokio::test]
async fn lists_keep_their_order_and_end_as_asked() {
    for (semantic, accounts, expected) in [
        (None, ["allow", "deny", "restrict", "broken"], "yes, no, yes, error 500"),
        (Some("execute_all"), ["deny", "allow", "deny", "allow"], "no, yes, no, yes"),
        (Some("deny_on_first_deny"), ["allow", "restrict", "deny", "allow"], "yes, yes, no"),
        (Some("deny_on_first_deny"), ["allow", "broken", "allow", "allow"], "yes, error 500"),
        (Some("permit_on_first_permit"), ["deny", "broken", "observe", "deny"], "no, error 500, yes"),
    ] {
        let mut body = question("deny");
        body["evaluations"] = entries(&accounts).into();
        if let Some(semantic) = semantic {
            body["options"] = json!({"evaluations_semantic": semantic, "other": 1});
        }
        assert_eq!(list(body).await, expected, "{semantic:?}");
    }
}

#[tokio::test]
async fn an_entry_overrides_the_defaults_part_by_part() {
    let desk = Double::default();
    let body = json!({
        "subject": {"type": "account", "id": "allow"},
        "action": {"name": "chat"},
        "context": {"client_address": "203.0.113.7", "tools": true},
        "evaluations": [
            {"resource": {"type": "model", "id": "m-1"}},
            {"resource": {"type": "model", "id": "m-2"}, "context": {"stream": true}, "action": {"name": "embeddings"}},
            {"resource": {"type": "model", "id": "m-3"}, "subject": {"type": "account", "id": "deny"}, "context": null},
        ],
    });
    post(&desk, "/access/v1/evaluations", body.to_string()).await;
    let asked: Vec<_> = desk
        .asked()
        .into_iter()
        .map(|ask| {
            assert!(!ask.counts, "a list asks what would be allowed");
            let request = ask.request;
            format!(
                "{} {} {} {:?} {}",
                ask.account.unwrap(),
                request.operation,
                request.model,
                ask.client,
                request.tools
            )
        })
        .collect();
    expect![[r#"
        allow chat m-1 Some(203.0.113.7) true
        allow embeddings m-2 None false
        deny chat m-3 Some(203.0.113.7) true"#]]
    .assert_eq(&asked.join("\n"));
}

#[tokio::test]
async fn an_entry_that_is_no_question_is_a_no() {
    let body = json!({"action": {"name": "chat"}, "resource": {"type": "model", "id": "m-1"}, "evaluations": [
        {}, 7, {"subject": {"type": "user", "id": "allow"}}, {"subject": {"type": "account", "id": "allow"}},
    ]});
    assert_eq!(list(body.clone()).await, "error 400, error 400, error 400, yes");
    check(
        &post(&Double::default(), "/access/v1/evaluations", body.to_string()).await,
        expect![[r#"
            200 {
              "evaluations": [
                {
                  "decision": false,
                  "context": {
                    "error": {
                      "status": 400,
                      "message": "neither the entry nor the request has a `subject`"
                    }
                  }
                },
                {
                  "decision": false,
                  "context": {
                    "error": {
                      "status": 400,
                      "message": "the question cannot be read: invalid type: integer `7`, expected struct Parts at line 1 column 1"
                    }
                  }
                },
                {
                  "decision": false,
                  "context": {
                    "error": {
                      "status": 400,
                      "message": "the subject's type is `account`; `user` is not known here"
                    }
                  }
                },
                {
                  "decision": true,
                  "context": {
                    "decision_id": "dec_01M3250V000000000000000001",
                    "effect": "allow"
                  }
                }
              ]
            }"#]],
    );
}

#[tokio::test]
async fn without_entries_it_is_the_single_evaluation() {
    for entries in [None, Some(json!([])), Some(Value::Null)] {
        let desk = Double::default();
        let mut body = question("observe");
        if let Some(entries) = entries {
            body["evaluations"] = entries;
        }
        let response = post(&desk, "/access/v1/evaluations", body.to_string()).await;
        let answer: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!((&answer["decision"], desk.last().counts), (&json!(true), true));
    }
}

#[tokio::test]
async fn lists_have_limits() {
    let mut body = question("allow");
    body["evaluations"] = entries(&["allow"; 6]).into();
    let response = post(&Double::default(), "/access/v1/evaluations", body.to_string()).await;
    check(
        &response,
        expect![[r#"
            400 {
              "type": "https://gate.example/problems/malformed-question",
              "title": "Malformed question",
              "status": 400,
              "detail": "there are 6 evaluations in one request; the limit is 5"
            }"#]],
    );
    body["evaluations"] = entries(&["allow"; 5]).into();
    body["options"] = json!({"evaluations_semantic": "first_come"});
    let response = post(&Double::default(), "/access/v1/evaluations", body.to_string()).await;
    check(
        &response,
        expect![[r#"
            400 {
              "type": "https://gate.example/problems/malformed-question",
              "title": "Malformed question",
              "status": 400,
              "detail": "the question cannot be read: unknown variant `first_come`, expected one of `execute_all`, `deny_on_first_deny`, `permit_on_first_permit` at line 1 column 410"
            }"#]],
    );
}

#[tokio::test]
async fn the_configuration_names_the_endpoints() {
    let path = "/.well-known/authzen-configuration";
    let request = Request::get(path).body(full("")).unwrap();
    let peer = "203.0.113.9".parse().unwrap();
    let response = serve(Endpoint::of(path).unwrap(), request, peer, &Double::default(), &options()).await;
    check(
        &response,
        expect![[r#"
            200 {
              "policy_decision_point": "https://gate.example",
              "access_evaluation_endpoint": "https://gate.example/access/v1/evaluation",
              "access_evaluations_endpoint": "https://gate.example/access/v1/evaluations"
            }"#]],
    );
}
