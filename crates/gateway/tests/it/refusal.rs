//! What refused callers see, in each shape.

use expect_test::{Expect, expect};
use gateway::{
    Ask, Credential, Face, Provider, Route, Ruling, Unavailable,
    refusal::{Caller, Shape, StepUp, limit_headers, refuse, unavailable},
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};

use crate::support::{KEYS, SECRET, links, ruling, token};

fn ruled(key: &str) -> Option<Ruling> {
    let request = gateway::request_facts(None, "direct", &gateway::Seen::Nothing);
    let credential = Credential::Missing;
    ruling(key, 7, Ask { face: Face::Proxy, client: None, credential, account: None, request, counts: true }).ok()
}

fn text(response: &Response<bytes::Bytes>) -> String {
    let mut lines: Vec<String> =
        response.headers().iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    lines.sort();
    lines.insert(0, response.status().as_u16().to_string());
    lines.push(str::from_utf8(response.body()).unwrap().to_owned());
    lines.join("\n")
}

#[track_caller]
fn check(key: &str, caller: Caller, shape: Shape, expected: Expect) {
    expected.assert_eq(&text(&refuse(&ruled(key).unwrap(), caller, shape, &links()).unwrap()));
}

#[test]
fn a_region_in_openai_shape() {
    check(
        "region",
        Caller::Key,
        Shape::OpenAi,
        expect![[r#"
        403
        content-type: application/json
        x-ringfence-decision-id: dec_01M3250V000000000000000007
        x-ringfence-effect: deny
        x-should-retry: false
        {"error":{"code":"unsupported_country_region_territory","message":"Not offered in your region. Terms: https://gate.example/terms. Decision dec_01M3250V000000000000000007; to contest it: https://gate.example/appeals","param":null,"type":"request_forbidden"}}"#]],
    );
}

#[test]
fn a_denial_in_each_shape() {
    check(
        "deny",
        Caller::Key,
        Shape::OpenAi,
        expect![[r#"
        403
        content-type: application/json
        x-ringfence-decision-id: dec_01M3250V000000000000000007
        x-ringfence-effect: deny
        x-should-retry: false
        {"error":{"code":"request_denied","message":"The terms exclude this use. Terms: https://gate.example/terms. Decision dec_01M3250V000000000000000007; to contest it: https://gate.example/appeals","param":null,"type":"request_forbidden"}}"#]],
    );
    check(
        "deny",
        Caller::Key,
        Shape::Anthropic,
        expect![[r#"
            403
            content-type: application/json
            request-id: req_01M3250V000000000000000007
            x-ringfence-decision-id: dec_01M3250V000000000000000007
            x-ringfence-effect: deny
            x-should-retry: false
            {"type":"error","error":{"type":"permission_error","message":"The terms exclude this use. Terms: https://gate.example/terms. Decision dec_01M3250V000000000000000007; to contest it: https://gate.example/appeals"},"request_id":"req_01M3250V000000000000000007"}"#]],
    );
    check(
        "deny",
        Caller::Key,
        Shape::Problem,
        expect![[r#"
            403
            content-type: application/problem+json
            x-ringfence-decision-id: dec_01M3250V000000000000000007
            x-ringfence-effect: deny
            x-should-retry: false
            {"type":"https://gate.example/problems/denied","title":"This request is refused","status":403,"detail":"The terms exclude this use.","instance":"https://gate.example/v1/decisions/dec_01M3250V000000000000000007","decision_id":"dec_01M3250V000000000000000007","appeal":"https://gate.example/appeals","terms":"https://gate.example/terms"}"#]],
    );
}

#[test]
fn a_throttle_in_each_shape() {
    check(
        "throttle",
        Caller::Key,
        Shape::OpenAi,
        expect![[r#"
        429
        content-type: application/json
        ratelimit-policy: "requests-60s";q=600;w=60;qu="requests", "tokens-60s";q=100000;w=60;qu="tokens"
        ratelimit: "requests-60s";r=0;t=17, "tokens-60s";r=90000;t=6
        retry-after: 17
        x-ratelimit-limit-requests: 600
        x-ratelimit-limit-tokens: 100000
        x-ratelimit-remaining-requests: 0
        x-ratelimit-remaining-tokens: 90000
        x-ratelimit-reset-requests: 17s
        x-ratelimit-reset-tokens: 6s
        x-ringfence-decision-id: dec_01M3250V000000000000000007
        x-ringfence-effect: throttle
        {"error":{"code":"rate_limit_exceeded","message":"The quota is used up. Try again in 17 s. Decision dec_01M3250V000000000000000007; to contest it: https://gate.example/appeals","param":null,"type":"requests"}}"#]],
    );
    check(
        "throttle",
        Caller::Key,
        Shape::Anthropic,
        expect![[r#"
            429
            anthropic-ratelimit-requests-limit: 600
            anthropic-ratelimit-requests-remaining: 0
            anthropic-ratelimit-requests-reset: 2026-09-21T14:13:37Z
            anthropic-ratelimit-tokens-limit: 100000
            anthropic-ratelimit-tokens-remaining: 90000
            anthropic-ratelimit-tokens-reset: 2026-09-21T14:13:26Z
            content-type: application/json
            ratelimit-policy: "requests-60s";q=600;w=60;qu="requests", "tokens-60s";q=100000;w=60;qu="tokens"
            ratelimit: "requests-60s";r=0;t=17, "tokens-60s";r=90000;t=6
            request-id: req_01M3250V000000000000000007
            retry-after: 17
            x-ringfence-decision-id: dec_01M3250V000000000000000007
            x-ringfence-effect: throttle
            {"type":"error","error":{"type":"rate_limit_error","message":"The quota is used up. Try again in 17 s. Decision dec_01M3250V000000000000000007; to contest it: https://gate.example/appeals"},"request_id":"req_01M3250V000000000000000007"}"#]],
    );
    check(
        "throttle",
        Caller::Key,
        Shape::Problem,
        expect![[r#"
            429
            content-type: application/problem+json
            ratelimit-policy: "requests-60s";q=600;w=60;qu="requests", "tokens-60s";q=100000;w=60;qu="tokens"
            ratelimit: "requests-60s";r=0;t=17, "tokens-60s";r=90000;t=6
            retry-after: 17
            x-ringfence-decision-id: dec_01M3250V000000000000000007
            x-ringfence-effect: throttle
            {"type":"https://iana.org/assignments/http-problem-types#quota-exceeded","title":"Too many requests","status":429,"detail":"The quota is used up.","instance":"https://gate.example/v1/decisions/dec_01M3250V000000000000000007","decision_id":"dec_01M3250V000000000000000007","appeal":"https://gate.example/appeals","terms":"https://gate.example/terms","retry_after":17,"violated-policies":["requests-60s"]}"#]],
    );
}

#[test]
fn the_law_is_the_only_451() {
    check(
        "law",
        Caller::Key,
        Shape::OpenAi,
        expect![[r#"
        451
        cache-control: no-store
        content-type: application/json
        link: <https://gate.example/about>; rel="blocked-by"
        x-ringfence-decision-id: dec_01M3250V000000000000000007
        x-ringfence-effect: deny
        x-should-retry: false
        {"error":{"code":"unavailable_for_legal_reasons","message":"The Example Sanctions Act forbids it. Decision dec_01M3250V000000000000000007; to contest it: https://gate.example/appeals","param":null,"type":"request_forbidden"}}"#]],
    );
    check(
        "law",
        Caller::OAuth,
        Shape::Problem,
        expect![[r#"
            451
            cache-control: no-store
            content-type: application/problem+json
            link: <https://gate.example/about>; rel="blocked-by"
            x-ringfence-decision-id: dec_01M3250V000000000000000007
            x-ringfence-effect: deny
            x-should-retry: false
            {"type":"https://gate.example/problems/denied-by-law","title":"Unavailable for legal reasons","status":451,"detail":"The Example Sanctions Act forbids it.","instance":"https://gate.example/v1/decisions/dec_01M3250V000000000000000007","decision_id":"dec_01M3250V000000000000000007","appeal":"https://gate.example/appeals","terms":"https://gate.example/terms","blocked_by":"https://gate.example/about"}"#]],
    );
    for key in KEYS.into_iter().filter(|key| *key != "law") {
        let Some(ruling) = ruled(key) else { continue };
        let Some(response) = refuse(&ruling, Caller::Key, Shape::Problem, &links()) else { continue };
        assert_ne!(response.status(), StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS, "{key}");
        assert!(!response.headers().contains_key("link") && !response.headers().contains_key("cache-control"), "{key}");
    }
}

#[test]
fn a_token_is_asked_for_another_login_and_a_key_for_a_visit() {
    check(
        "verify",
        Caller::OAuth,
        Shape::Anthropic,
        expect![[r#"
            401
            content-type: application/json
            request-id: req_01M3250V000000000000000007
            www-authenticate: Bearer error="insufficient_user_authentication", error_description="Another login is needed for this request.", acr_values="urn:example:mfa phr", max_age="300"
            x-ringfence-decision-id: dec_01M3250V000000000000000007
            x-ringfence-effect: verify
            x-should-retry: false
            {"type":"error","error":{"type":"authentication_error","message":"Please show who you are. Decision dec_01M3250V000000000000000007; to contest it: https://gate.example/appeals"},"request_id":"req_01M3250V000000000000000007"}"#]],
    );
    check(
        "verify",
        Caller::Key,
        Shape::Anthropic,
        expect![[r#"
            403
            content-type: application/json
            request-id: req_01M3250V000000000000000007
            x-ringfence-decision-id: dec_01M3250V000000000000000007
            x-ringfence-effect: verify
            x-should-retry: false
            {"type":"error","error":{"type":"permission_error","message":"Please show who you are. Verify at https://gate.example/verify?decision=dec_01M3250V000000000000000007. Decision dec_01M3250V000000000000000007; to contest it: https://gate.example/appeals"},"request_id":"req_01M3250V000000000000000007"}"#]],
    );
    check(
        "verify",
        Caller::Key,
        Shape::Problem,
        expect![[r#"
            403
            content-type: application/problem+json
            x-ringfence-decision-id: dec_01M3250V000000000000000007
            x-ringfence-effect: verify
            x-should-retry: false
            {"type":"https://gate.example/problems/verification-required","title":"Verification is needed","status":403,"detail":"Please show who you are.","instance":"https://gate.example/v1/decisions/dec_01M3250V000000000000000007","decision_id":"dec_01M3250V000000000000000007","appeal":"https://gate.example/appeals","terms":"https://gate.example/terms","verification":"https://gate.example/verify?decision=dec_01M3250V000000000000000007"}"#]],
    );
}

#[test]
fn keys_that_are_missing_or_not_valid() {
    check(
        "missing",
        Caller::Key,
        Shape::OpenAi,
        expect![[r#"
        401
        content-type: application/json
        www-authenticate: Bearer realm="ringfence"
        x-ringfence-decision-id: dec_01M3250V000000000000000007
        x-ringfence-effect: deny
        x-should-retry: false
        {"error":{"code":"invalid_api_key","message":"A key is needed. Decision dec_01M3250V000000000000000007; to contest it: https://gate.example/appeals","param":null,"type":"invalid_request_error"}}"#]],
    );
    check(
        "revoked",
        Caller::Key,
        Shape::Anthropic,
        expect![[r#"
            401
            content-type: application/json
            request-id: req_01M3250V000000000000000007
            www-authenticate: Bearer realm="ringfence", error="invalid_token"
            x-ringfence-decision-id: dec_01M3250V000000000000000007
            x-ringfence-effect: deny
            x-should-retry: false
            {"type":"error","error":{"type":"authentication_error","message":"The key is not valid. Decision dec_01M3250V000000000000000007; to contest it: https://gate.example/appeals"},"request_id":"req_01M3250V000000000000000007"}"#]],
    );
}

#[test]
fn our_own_failure_is_no_verdict() {
    for (shape, expected) in [
        (
            Shape::OpenAi,
            expect![[r#"
            503
            content-type: application/json
            retry-after: 2
            {"error":{"code":"service_unavailable","message":"No decision can be made now. This says nothing about you or your request; please try again.","param":null,"type":"server_error"}}"#]],
        ),
        (
            Shape::Anthropic,
            expect![[r#"
                503
                content-type: application/json
                retry-after: 2
                {"type":"error","error":{"type":"api_error","message":"No decision can be made now. This says nothing about you or your request; please try again."},"request_id":null}"#]],
        ),
        (
            Shape::Problem,
            expect![[r#"
                503
                content-type: application/problem+json
                retry-after: 2
                {"type":"https://gate.example/problems/unavailable","title":"No decision can be made now","status":503,"detail":"No decision can be made now. This says nothing about you or your request; please try again."}"#]],
        ),
    ] {
        expected.assert_eq(&text(&unavailable(&Unavailable("the ledger is full"), shape, &links())));
    }
}

#[test]
fn what_passes_is_not_refused() {
    for key in ["allow", "observe", "restrict"] {
        assert_eq!(refuse(&ruled(key).unwrap(), Caller::Key, Shape::OpenAi, &links()).map(|_| ()), None);
    }
}

#[test]
fn evidence_never_leaves_and_every_refusal_can_be_contested() {
    for ruling in KEYS.into_iter().filter_map(ruled) {
        for (caller, shape) in
            [(Caller::Key, Shape::OpenAi), (Caller::OAuth, Shape::Anthropic), (Caller::Key, Shape::Problem)]
        {
            let Some(response) = refuse(&ruling, caller, shape, &links()) else { continue };
            let body = str::from_utf8(response.body()).unwrap();
            assert!(!text(&response).contains(SECRET) && !text(&response).contains("network.class"));
            assert!(body.contains(&ruling.decision.decision_id.to_string()) && body.contains(&ruling.decision.appeal));
            assert_eq!(response.headers()["x-ringfence-effect"], ruling.decision.effect.as_str());
            for reason in &ruling.decision.reasons {
                assert!(body.contains(&reason.text) && !body.contains(&reason.rule), "{body}");
            }
        }
    }
}

#[test]
fn limits_are_shown_on_successful_answers_too() {
    let shown = |provider| {
        let headers = limit_headers(&ruled("allow").unwrap(), provider);
        let mut lines: Vec<_> =
            headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        lines.sort();
        lines.join("\n")
    };
    expect![[r#"
        ratelimit-policy: "requests-60s";q=600;w=60;qu="requests", "tokens-60s";q=100000;w=60;qu="tokens"
        ratelimit: "requests-60s";r=599;t=17, "tokens-60s";r=90000;t=6
        x-ratelimit-limit-requests: 600
        x-ratelimit-limit-tokens: 100000
        x-ratelimit-remaining-requests: 599
        x-ratelimit-remaining-tokens: 90000
        x-ratelimit-reset-requests: 17s
        x-ratelimit-reset-tokens: 6s"#]]
    .assert_eq(&shown(Provider::OpenAi));
    expect![[r#"
        anthropic-ratelimit-requests-limit: 600
        anthropic-ratelimit-requests-remaining: 599
        anthropic-ratelimit-requests-reset: 2026-09-21T14:13:37Z
        anthropic-ratelimit-tokens-limit: 100000
        anthropic-ratelimit-tokens-remaining: 90000
        anthropic-ratelimit-tokens-reset: 2026-09-21T14:13:26Z
        ratelimit-policy: "requests-60s";q=600;w=60;qu="requests", "tokens-60s";q=100000;w=60;qu="tokens"
        ratelimit: "requests-60s";r=599;t=17, "tokens-60s";r=90000;t=6"#]]
    .assert_eq(&shown(Provider::Anthropic));
}

#[test]
fn the_shape_follows_the_route_unless_problem_details_are_asked_for() {
    let shape = |path: &str, accept: Option<&'static str>| {
        let headers: HeaderMap =
            accept.map(|accept| (http::header::ACCEPT, HeaderValue::from_static(accept))).into_iter().collect();
        Shape::of(Route::of(&Method::POST, path, &headers), &headers)
    };
    assert_eq!(shape("/v1/chat/completions", None), Shape::OpenAi);
    assert_eq!(shape("/v1/messages", Some("application/json, */*")), Shape::Anthropic);
    assert_eq!(shape("/v1/messages", Some("text/html, Application/Problem+JSON;q=0.5")), Shape::Problem);
    assert_eq!(shape("/v1/messages", Some("application/problem+json;q=0")), Shape::Anthropic);
    assert_eq!(shape("/elsewhere", None), Shape::Problem);
}

#[test]
fn an_access_token_is_told_from_a_key() {
    let caller = |value: &str| {
        Caller::of(&[(http::header::AUTHORIZATION, HeaderValue::from_str(value).unwrap())].into_iter().collect())
    };
    assert_eq!(caller(&format!("bearer {}", token("verify"))), Caller::OAuth);
    for key in ["Bearer sk-proj-1.2.3", "Bearer eyJ.a", "Bearer eyJa..b", "Basic eyJa.b.c", "Bearer eyJa.b.c.d", ""] {
        assert_eq!(caller(key), Caller::Key, "{key}");
    }
    let both = [("authorization", format!("Bearer {}", token("verify"))), ("x-api-key", "verify".to_owned())];
    let both: HeaderMap =
        both.into_iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect();
    assert_eq!(Caller::of(&both), Caller::Key);
}

#[test]
fn a_step_up_cannot_carry_anything_else_into_the_header() {
    let minute = std::time::Duration::from_secs(60);
    for text in ["", "a  b", "a\"b", "a\\b", "a\r\nb", "ä", " a"] {
        let error = StepUp::new(text, minute).unwrap_err().to_string();
        assert!(error.ends_with("is no list of authentication context classes: names of visible ASCII without quotes, between single spaces"), "{error}");
    }
    assert!(StepUp::new(&"a".repeat(513), minute).is_err());
}
