//! Questions over HTTP, without a proxy: what each face takes, refuses and answers.

use bytes::Bytes;
use expect_test::expect;
use gateway::faces::{Endpoint, Options, Recent, serve};
use http::{Request, Response, StatusCode, request::Builder};
use std::{net::IpAddr, sync::Arc};

use crate::support::{Double, KEYS, LOOPBACK, full, options};

struct Asking {
    desk: Double,
    options: Options,
}

impl Asking {
    fn new() -> Self {
        Self { desk: Double::default(), options: options() }
    }

    async fn send_from(&self, peer: IpAddr, request: Builder, body: impl Into<Bytes>) -> Response<Bytes> {
        let request = request.body(full(body)).unwrap();
        let endpoint = Endpoint::of(request.uri().path()).unwrap();
        serve(endpoint, request, peer, &self.desk, &self.options).await
    }

    async fn send(&self, request: Builder, body: impl Into<Bytes>) -> Response<Bytes> {
        self.send_from(LOOPBACK, request, body).await
    }
}

fn traefik(key: &str) -> Builder {
    Request::get("/traefik")
        .header("x-forwarded-method", "POST")
        .header("x-forwarded-uri", "/v1/messages?beta=true")
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-host", "models.example")
        .header("x-forwarded-for", "203.0.113.7")
        .header("x-api-key", key)
}

fn nginx(key: &str) -> Builder {
    Request::get("/nginx/auth")
        .header("x-original-method", "POST")
        .header("x-original-uri", "/v1/messages")
        .header("x-forwarded-for", "6.6.6.6, 203.0.113.7")
        .header("x-api-key", key)
}

fn body(response: &Response<Bytes>) -> &str {
    str::from_utf8(response.body()).unwrap()
}

#[test]
fn endpoints() {
    for (path, endpoint) in [
        ("/envoy/", Some(Endpoint::Envoy)),
        ("/envoy/v1/messages", Some(Endpoint::Envoy)),
        ("/envoy", None),
        ("/envoy.service.auth.v3.Authorization/Check", None),
        ("/traefik", Some(Endpoint::Traefik)),
        ("/traefik/", None),
        ("/nginx/auth", Some(Endpoint::NginxAuth)),
        ("/nginx/refusal", Some(Endpoint::NginxRefusal)),
        ("/access/v1/evaluation", Some(Endpoint::Evaluation)),
        ("/access/v1/evaluations", Some(Endpoint::Evaluations)),
        ("/v1/messages", None),
    ] {
        assert_eq!(Endpoint::of(path), endpoint, "{path}");
    }
}

#[tokio::test]
async fn only_trusted_peers_are_answered() {
    let asking = Asking::new();
    for peer in ["203.0.113.9", "::1", "2001:db8::1", "::ffff:203.0.113.9"] {
        for path in [
            "/envoy/v1/messages",
            "/traefik",
            "/nginx/auth",
            "/nginx/refusal",
            "/access/v1/evaluation",
            "/access/v1/evaluations",
        ] {
            let request = Request::get(path).header("x-forwarded-for", "127.0.0.1").header("x-api-key", "allow");
            let response = asking.send_from(peer.parse().unwrap(), request, "").await;
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{peer} {path}");
            assert!(body(&response).contains("problems/untrusted-peer"), "{}", body(&response));
        }
    }
    assert!(asking.desk.asked().is_empty());
    let mapped = asking.send_from("::ffff:127.0.0.1".parse().unwrap(), traefik("allow"), "").await;
    assert_eq!(mapped.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_yes_is_200_without_a_body_everywhere() {
    let asking = Asking::new();
    for key in ["allow", "observe", "restrict"] {
        let envoy =
            Request::post("/envoy/v1/messages").header("x-api-key", key).header("x-forwarded-for", "203.0.113.7");
        for request in [envoy, traefik(key), nginx(key)] {
            let response = asking.send(request, "").await;
            assert_eq!((response.status(), body(&response)), (StatusCode::OK, ""));
            assert_eq!(response.headers()["x-ringfence-effect"], key);
            assert_eq!(response.headers()["anthropic-ratelimit-requests-remaining"], "599");
            assert_eq!(asking.desk.last().client, Some("203.0.113.7".parse().unwrap()));
            assert!(asking.desk.last().counts);
        }
    }
}

#[tokio::test]
async fn traefik_describes_the_request_in_headers() {
    let asking = Asking::new();
    let response = asking.send(traefik("region"), r#"{"model":"c-1","thinking":{"type":"enabled"}}"#).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(body(&response).contains(r#""type":"permission_error""#), "{}", body(&response));
    let facts = asking.desk.last().request;
    assert_eq!((facts.operation.as_str(), facts.model.as_str(), facts.reasoning), ("chat", "c-1", true));
    asking.send(traefik("allow"), "").await;
    assert_eq!(asking.desk.last().request.body, policy::Body::None);
    asking.send(traefik("allow"), "x".repeat(64 * 1024 + 1)).await;
    assert_eq!(asking.desk.last().request.body, policy::Body::Partial);
}

#[tokio::test]
async fn a_proxy_that_is_not_configured_right_is_told_so() {
    let asking = Asking::new();
    for (request, name) in [
        (Request::get("/traefik").header("x-forwarded-uri", "/"), "x-forwarded-method"),
        (Request::get("/traefik").header("x-forwarded-method", "GET"), "x-forwarded-uri"),
        (traefik("allow").header("x-forwarded-uri", "/v1/models"), "x-forwarded-uri"),
        (
            Request::get("/nginx/auth").header("x-original-method", "").header("x-original-uri", "/"),
            "x-original-method",
        ),
    ] {
        let response = asking.send(request, "").await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert!(
            body(&response).contains(&format!("the proxy must send the header `{name}` exactly once")),
            "{}",
            body(&response)
        );
    }
    let odd = Request::get("/traefik").header("x-forwarded-method", "G T").header("x-forwarded-uri", "/");
    let response = asking.send(odd, "").await;
    assert!(body(&response).contains("the header `x-forwarded-method` names no HTTP method"), "{}", body(&response));
    assert!(asking.desk.asked().is_empty());
}

#[tokio::test]
async fn nginx_hears_only_what_it_understands() {
    let asking = Asking::new();
    for key in KEYS {
        let response = asking.send(nginx(key), "").await;
        let status = response.status().as_u16();
        if key == "broken" {
            assert_eq!(status, 503);
        } else {
            assert!([200, 401, 403].contains(&status) && body(&response).is_empty(), "{key} {status}");
        }
        assert_eq!(response.headers().contains_key("www-authenticate"), status == 401, "{key}");
    }
}

#[tokio::test]
async fn nginx_fetches_the_refusal_by_its_decision() {
    let asking = Asking::new();
    let verdict = asking.send(nginx("law"), "").await;
    let id = verdict.headers()["x-ringfence-decision-id"].to_str().unwrap();
    for method in ["GET", "POST"] {
        let request = Request::builder().method(method).uri(format!("/nginx/refusal?decision={id}"));
        let response = asking.send(request, "").await;
        assert_eq!(response.status(), StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS);
        assert!(body(&response).contains("Example Sanctions Act") && body(&response).contains(id));
    }
    for query in ["", "?decision=", "?decision=dec_x", "?decision=dec_00000000000000000000000000", "?x=1&decision=%64"]
    {
        let response = asking.send(Request::get(format!("/nginx/refusal{query}")), "").await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        expect![[r#"{"type":"https://gate.example/problems/denied","title":"This request is refused","status":403,"detail":"This request is refused. The details are no longer at hand; the operator has them in the record."}"#]]
            .assert_eq(body(&response));
    }
}

#[tokio::test]
async fn refusals_are_forgotten_when_there_are_too_many() {
    let mut asking = Asking::new();
    asking.options.recent = Arc::new(Recent::new(2));
    let mut ids = Vec::new();
    for _ in 0..3 {
        let verdict = asking.send(nginx("law"), "").await;
        ids.push(verdict.headers()["x-ringfence-decision-id"].to_str().unwrap().to_owned());
    }
    let mut statuses = Vec::new();
    for id in ids {
        statuses.push(asking.send(Request::get(format!("/nginx/refusal?decision={id}")), "").await.status().as_u16());
    }
    assert_eq!(statuses, [403, 451, 451]);
}

#[tokio::test]
async fn forged_marks_are_named_to_envoy_for_removal() {
    let asking = Asking::new();
    let request = |key| {
        Request::post("/envoy/v1/messages")
            .header("x-api-key", key)
            .header("x-ringfence-effect", "forged")
            .header("x-ringfence-reason", "forged")
            .header("x-ringfence-other", "forged")
    };
    let names = |response: Response<Bytes>| {
        let names =
            response.headers().get("x-envoy-auth-headers-to-remove").map(|names| names.to_str().unwrap().to_owned());
        let mut names: Vec<_> = names.iter().flat_map(|names| names.split(',')).map(str::to_owned).collect();
        names.sort();
        names
    };
    assert_eq!(names(asking.send(request("allow"), "").await), ["x-ringfence-other", "x-ringfence-reason"]);
    assert!(names(asking.send(request("deny"), "").await).is_empty());
}
