//! Envoy's gRPC, without Envoy: the messages that it can send, and the ones that it should not.

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use envoy_types::{
    ext_authz::v3::pb::{CheckRequest, CheckResponse, HeaderAppendAction, HeaderValue, HttpResponse},
    pb::{
        envoy::{
            config::core::v3::{Address, HeaderMap as RawHeaders, Pipe, SocketAddress, address},
            service::auth::v3::{
                AttributeContext,
                attribute_context::{HttpRequest, Peer as Source, Request as Attributes},
                authorization_client::AuthorizationClient,
            },
        },
        google::protobuf::value::Kind,
    },
};
use gateway::faces::{Options, Peer, envoy_grpc};
use policy::Body;
use tonic::{Code, Request, Status};

use crate::support::{Double, LOOPBACK, options, token};

struct Envoy {
    desk: Arc<Double>,
    options: Options,
}

impl Envoy {
    fn new() -> Self {
        Self { desk: Arc::default(), options: options() }
    }

    async fn check_from(&self, peer: Option<IpAddr>, request: CheckRequest) -> Result<CheckResponse, Status> {
        let mut request = Request::new(request);
        if let Some(peer) = peer {
            request.extensions_mut().insert(Peer(peer));
        }
        let server = envoy_grpc(self.desk.clone(), Arc::new(self.options.clone()));
        AuthorizationClient::new(server).check(request).await.map(tonic::Response::into_inner)
    }

    async fn check(&self, http: HttpRequest) -> Result<CheckResponse, Status> {
        self.check_from(Some(LOOPBACK), wrapped(http, "203.0.113.7")).await
    }

    async fn facts(&self, http: HttpRequest) -> policy::Request {
        self.check(http).await.unwrap();
        self.desk.last().request
    }
}

fn wrapped(http: HttpRequest, source: &str) -> CheckRequest {
    let socket = SocketAddress { address: source.into(), ..SocketAddress::default() };
    let address = Some(Address { address: Some(address::Address::SocketAddress(socket)) });
    CheckRequest {
        attributes: Some(AttributeContext {
            source: Some(Source { address, ..Source::default() }),
            request: Some(Attributes { time: None, http: Some(http) }),
            ..AttributeContext::default()
        }),
    }
}

fn chat(key: &str, more: &[(&str, &str)]) -> HttpRequest {
    let headers = [(":path", "/v1/messages"), ("x-api-key", key)];
    let headers: HashMap<_, _> =
        headers.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    HttpRequest {
        method: "POST".into(),
        path: "/v1/messages?beta=true".into(),
        headers,
        size: -1,
        ..HttpRequest::default()
    }
}

const BODY: &str = r#"{"model":"c-1","tools":[{}]}"#;

fn with_body(more: &[(&str, &str)], size: i64) -> HttpRequest {
    HttpRequest { body: BODY.into(), size, ..chat("allow", more) }
}

#[tokio::test]
async fn every_outcome_has_its_code() {
    let envoy = Envoy::new();
    for (key, code, status) in [
        ("allow", Code::Ok, 0),
        ("observe", Code::Ok, 0),
        ("restrict", Code::Ok, 0),
        ("throttle", Code::ResourceExhausted, 429),
        ("verify", Code::PermissionDenied, 403),
        ("deny", Code::PermissionDenied, 403),
        ("region", Code::PermissionDenied, 403),
        ("law", Code::PermissionDenied, 451),
        ("revoked", Code::Unauthenticated, 401),
        ("stranger", Code::Unauthenticated, 401),
    ] {
        let response = envoy.check(chat(key, &[])).await.unwrap();
        assert_eq!(response.status.unwrap().code, i32::from(code), "{key}");
        let metadata = response.dynamic_metadata.unwrap().fields;
        assert!(matches!(&metadata["decision_id"].kind, Some(Kind::StringValue(id)) if id.starts_with("dec_")));
        assert!(matches!(&metadata["effect"].kind, Some(Kind::StringValue(_))));
        match response.http_response.unwrap() {
            HttpResponse::OkResponse(_) => assert_eq!(status, 0, "{key}"),
            HttpResponse::DeniedResponse(denied) => assert_eq!(denied.status.unwrap().code, status, "{key}"),
            HttpResponse::ErrorResponse(error) => panic!("{key}: {error:?}"),
        }
    }
    let bearer = HttpRequest {
        headers: [("authorization".to_owned(), format!("Bearer {}", token("verify")))].into(),
        ..chat("", &[])
    };
    assert_eq!(envoy.check(bearer).await.unwrap().status.unwrap().code, i32::from(Code::Unauthenticated));
}

#[tokio::test]
async fn a_failure_of_ours_is_a_failed_call() {
    let status = Envoy::new().check(chat("broken", &[])).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(status.message(), "no decision can be made or recorded now: the double is broken");
}

#[tokio::test]
async fn only_trusted_peers_are_answered() {
    let envoy = Envoy::new();
    for peer in [None, Some("203.0.113.9".parse().unwrap())] {
        let status = envoy.check_from(peer, wrapped(chat("allow", &[]), "203.0.113.7")).await.unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied);
    }
    assert!(envoy.desk.asked().is_empty());
}

#[tokio::test]
async fn a_question_without_a_request_is_none() {
    let empty = AttributeContext { request: Some(Attributes::default()), ..AttributeContext::default() };
    for attributes in [None, Some(AttributeContext::default()), Some(empty)] {
        let status = Envoy::new().check_from(Some(LOOPBACK), CheckRequest { attributes }).await.unwrap_err();
        assert_eq!(
            (status.code(), status.message()),
            (Code::InvalidArgument, "the check request has no `attributes.request.http`")
        );
    }
}

#[tokio::test]
async fn a_message_beyond_the_limit_is_not_read() {
    let envoy = Envoy::new();
    let long = HttpRequest { body: "x".repeat(1024 * 1024), ..chat("allow", &[]) };
    assert_eq!(envoy.check(long).await.unwrap_err().code(), Code::OutOfRange);
    assert!(envoy.desk.asked().is_empty());
}

#[tokio::test]
async fn a_body_is_read_only_when_it_is_whole() {
    let envoy = Envoy::new();
    let length = BODY.len().to_string();
    let exact = i64::try_from(BODY.len()).unwrap();
    for http in [
        with_body(&[], -1),
        with_body(&[], exact),
        with_body(&[("content-length", &length), ("x-envoy-auth-partial-body", "false")], -1),
        HttpRequest { raw_body: BODY.into(), body: String::new(), ..with_body(&[], -1) },
    ] {
        let facts = envoy.facts(http).await;
        assert_eq!((facts.body, facts.model.as_str(), facts.tools), (Body::Whole, "c-1", true));
    }
    for http in [
        with_body(&[("x-envoy-auth-partial-body", "true")], -1),
        with_body(&[("x-envoy-auth-partial-body", "false,true")], -1),
        with_body(&[], exact + 1),
        with_body(&[], 0),
        with_body(&[("content-length", "9999")], -1),
        with_body(&[("content-length", "many")], -1),
    ] {
        let facts = envoy.facts(http).await;
        assert_eq!((facts.body, facts.model.as_str(), facts.tools), (Body::Partial, "unknown", false));
    }
    assert_eq!(envoy.facts(chat("allow", &[("x-envoy-auth-partial-body", "true")])).await.body, Body::None);
}

#[tokio::test]
async fn raw_headers_are_headers() {
    let envoy = Envoy::new();
    let raw = |key: &str, value: &str, raw_value: &[u8]| HeaderValue {
        key: key.into(),
        value: value.into(),
        raw_value: raw_value.into(),
    };
    let headers = vec![
        raw(":method", "", b"POST"),
        raw("x-api-key", "", b"restrict"),
        raw("x-odd", "", b"\xff\x00"),
        raw("x ringfence", "", b"1"),
        raw("x-ringfence-reason", "forged", b""),
    ];
    let http = HttpRequest { headers: HashMap::new(), header_map: Some(RawHeaders { headers }), ..chat("", &[]) };
    let response = envoy.check(http).await.unwrap();
    let Some(HttpResponse::OkResponse(passed)) = response.http_response else { panic!("{response:?}") };
    assert_eq!(passed.headers_to_remove, ["x-ringfence-reason"]);
    let marks: HashMap<_, _> = passed
        .headers
        .into_iter()
        .map(|option| {
            assert_eq!(option.append_action, i32::from(HeaderAppendAction::OverwriteIfExistsOrAdd));
            option.header.map(|header| (header.key, header.value)).unwrap()
        })
        .collect();
    assert_eq!(marks["x-ringfence-effect"], "restrict");
    assert!(passed.response_headers_to_add.iter().any(|option| {
        option.header.as_ref().is_some_and(|header| header.key == "anthropic-ratelimit-requests-remaining")
    }));
}

#[tokio::test]
async fn the_callers_address_is_where_envoy_was_reached_from() {
    let mut envoy = Envoy::new();
    let caller = async |envoy: &Envoy, source: &str, forwarded: &str| {
        let request = wrapped(chat("allow", &[("x-forwarded-for", forwarded)]), source);
        envoy.check_from(Some(LOOPBACK), request).await.unwrap();
        envoy.desk.last().client.map(|address| address.to_string())
    };
    let known = |text: &str| Some(text.to_owned());
    assert_eq!(caller(&envoy, "203.0.113.7", "6.6.6.6").await, known("203.0.113.7"));
    assert_eq!(caller(&envoy, "203.0.113.7", "6.6.6.6,203.0.113.7").await, known("203.0.113.7"));
    assert_eq!(caller(&envoy, "::ffff:203.0.113.7", "").await, known("203.0.113.7"));
    assert_eq!(caller(&envoy, "nobody", "203.0.113.7").await, None);

    envoy.options.trusted.hops = 2;
    envoy.options.trusted.networks.push("10.0.0.0/8".parse().unwrap());
    assert_eq!(caller(&envoy, "10.0.0.1", "6.6.6.6,203.0.113.7").await, known("203.0.113.7"));
    assert_eq!(caller(&envoy, "10.0.0.1", "6.6.6.6,203.0.113.7,10.0.0.1").await, known("203.0.113.7"));
    assert_eq!(caller(&envoy, "203.0.113.7", "6.6.6.6,203.0.113.7").await, known("203.0.113.7"));
    assert_eq!(caller(&envoy, "10.0.0.1", "").await, None);

    let mut request = wrapped(chat("allow", &[]), "");
    let pipe = Address { address: Some(address::Address::Pipe(Pipe::default())) };
    request.attributes.as_mut().unwrap().source = Some(Source { address: Some(pipe), ..Source::default() });
    envoy.check_from(Some(LOOPBACK), request).await.unwrap();
    assert_eq!(envoy.desk.last().client, None);
}

#[tokio::test]
async fn a_route_names_its_channel() {
    let envoy = Envoy::new();
    for (extensions, channel) in [
        (vec![("ringfence-channel", "reseller:example"), ("other", "x")], "reseller:example"),
        (vec![("ringfence-channel", "")], "direct"),
        (vec![], "direct"),
    ] {
        let mut request = wrapped(chat("allow", &[]), "203.0.113.7");
        let own = extensions.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        request.attributes.as_mut().unwrap().context_extensions = own;
        envoy.check_from(Some(LOOPBACK), request).await.unwrap();
        assert_eq!(envoy.desk.last().request.channel, channel);
    }
}

#[tokio::test]
async fn what_envoy_cannot_name_stays_unknown() {
    let envoy = Envoy::new();
    for http in [
        HttpRequest { method: "no method".into(), ..chat("allow", &[]) },
        HttpRequest { path: String::new(), ..chat("allow", &[]) },
        HttpRequest { path: "*".into(), ..chat("allow", &[]) },
    ] {
        assert_eq!(envoy.facts(http).await.operation, "unknown");
    }
}
