//! The bodies of refusals.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use policy::{Decision, Reason};
use serde_json::{Map, Value, json};

use crate::{
    ask::{Limit, Outcome, Ruling},
    refusal::{Caller, Links, Shape, limits, request_id, retry_after, text_value, whole_seconds},
};

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const FAILED: &str = "No decision can be made now. This says nothing about you or your request; please try again.";
/// Of the rules of a region, by convention: clients know a code for these.
const REGION_RULES: &str = "region-";
/// RFC 9457 types of draft-ietf-httpapi-ratelimit-headers-11.
const QUOTA_EXCEEDED: &str = "https://iana.org/assignments/http-problem-types#quota-exceeded";

/// A refusal that is about to be written.
pub(crate) struct Refused<'a> {
    pub(crate) ruling: &'a Ruling,
    pub(crate) outcome: Outcome,
    pub(crate) status: StatusCode,
    pub(crate) caller: Caller,
    pub(crate) links: &'a Links,
}

impl Refused<'_> {
    pub(crate) fn write(&self, shape: Shape, response: &mut Response<Bytes>) {
        let body = match shape {
            Shape::OpenAi => self.openai(),
            Shape::Anthropic => {
                let id = request_id(self.ruling.decision.decision_id);
                response.headers_mut().insert(REQUEST_ID, text_value(id.clone()));
                anthropic(self.anthropic_type(), &self.message(), Some(&id))
            }
            Shape::Problem => self.problem(),
        };
        put(shape, &body, response);
    }

    fn openai(&self) -> Value {
        let (code, kind) = match self.outcome {
            Outcome::Unauthenticated => ("invalid_api_key", "invalid_request_error"),
            Outcome::Throttle => ("rate_limit_exceeded", self.exhausted().map_or("requests", |limit| limit.unit)),
            Outcome::Verify => ("verification_required", "request_forbidden"),
            Outcome::DeniedByLaw => ("unavailable_for_legal_reasons", "request_forbidden"),
            Outcome::Denied | Outcome::Pass if self.is_regional() => {
                ("unsupported_country_region_territory", "request_forbidden")
            }
            Outcome::Denied | Outcome::Pass => ("request_denied", "request_forbidden"),
        };
        openai(code, kind, &self.message())
    }

    fn anthropic_type(&self) -> &'static str {
        match self.status {
            StatusCode::UNAUTHORIZED => "authentication_error",
            StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
            _ => "permission_error",
        }
    }

    /// RFC 9457, with the decision and where to contest it.
    fn problem(&self) -> Value {
        let Decision { decision_id, appeal, .. } = &self.ruling.decision;
        let (kind, title) = match self.outcome {
            Outcome::Unauthenticated => ("unauthenticated", "A valid key is needed"),
            Outcome::Verify => ("verification-required", "Verification is needed"),
            Outcome::Throttle => ("throttled", "Too many requests"),
            Outcome::DeniedByLaw => ("denied-by-law", "Unavailable for legal reasons"),
            Outcome::Denied | Outcome::Pass => ("denied", "This request is refused"),
        };
        let mut body = Map::from_iter(
            [
                ("type", problem_type(self.links, kind).into()),
                ("title", title.into()),
                ("status", self.status.as_u16().into()),
                ("detail", words(self.ruling, self.outcome).into()),
                ("instance", self.links.below(&format!("v1/decisions/{decision_id}")).into()),
                ("decision_id", decision_id.to_string().into()),
                ("appeal", appeal.as_str().into()),
                ("terms", self.links.terms.as_str().into()),
            ]
            .map(|(key, value): (&str, Value)| (key.to_owned(), value)),
        );
        let mut add = |key: &str, value: Value| body.insert(key.to_owned(), value);
        match self.outcome {
            Outcome::Verify => {
                add("verification", self.links.verify_for(*decision_id).into());
            }
            Outcome::Throttle => {
                add("retry_after", whole_seconds(retry_after(self.ruling)).into());
                if let Some(limit) = self.exhausted() {
                    add("type", QUOTA_EXCEEDED.into());
                    add("violated-policies", json!([limits::name(limit)]));
                }
            }
            Outcome::DeniedByLaw => {
                add("blocked_by", self.links.blocked_by.as_str().into());
            }
            Outcome::Pass | Outcome::Unauthenticated | Outcome::Denied => {}
        }
        body.into()
    }

    /// All that a caller needs, in one text, since the providers' shapes have no other place.
    fn message(&self) -> String {
        let Decision { decision_id, appeal, .. } = &self.ruling.decision;
        let mut text = words(self.ruling, self.outcome);
        match (self.outcome, self.caller) {
            (Outcome::Verify, Caller::Key) => {
                text.push_str(&format!(" Verify at {}.", self.links.verify_for(*decision_id)));
            }
            (Outcome::Throttle, _) => {
                text.push_str(&format!(" Try again in {} s.", whole_seconds(retry_after(self.ruling))));
            }
            (Outcome::Denied, _) => text.push_str(&format!(" Terms: {}.", self.links.terms)),
            _ => {}
        }
        text.push_str(&format!(" Decision {decision_id}; to contest it: {appeal}"));
        text
    }

    fn is_regional(&self) -> bool {
        self.ruling.decision.reasons.first().is_some_and(|reason| reason.rule.starts_with(REGION_RULES))
    }

    fn exhausted(&self) -> Option<&Limit> {
        self.ruling.limits.iter().find(|limit| limit.remaining == 0)
    }
}

/// The texts of the rules that decided, each once; ours when there is none.
pub(crate) fn words(ruling: &Ruling, outcome: Outcome) -> String {
    let mut texts: Vec<&str> = Vec::new();
    for Reason { text, .. } in &ruling.decision.reasons {
        if !text.is_empty() && !texts.contains(&text.as_str()) {
            texts.push(text);
        }
    }
    if !texts.is_empty() {
        return texts.join(" ");
    }
    match outcome {
        Outcome::Pass => "",
        Outcome::Unauthenticated => "A valid key is needed.",
        Outcome::Verify => "Please show who you are.",
        Outcome::Throttle => "Too many requests.",
        Outcome::Denied | Outcome::DeniedByLaw => "This request is refused.",
    }
    .to_owned()
}

/// Our own failure.
pub(crate) fn failed(shape: Shape, links: &Links, response: &mut Response<Bytes>) {
    let body = match shape {
        Shape::OpenAi => openai("service_unavailable", "server_error", FAILED),
        Shape::Anthropic => anthropic("api_error", FAILED, None),
        Shape::Problem => return problem("unavailable", "No decision can be made now", FAILED, links, response),
    };
    put(shape, &body, response);
}

pub(crate) fn problem(kind: &str, title: &str, detail: &str, links: &Links, response: &mut Response<Bytes>) {
    let status = response.status().as_u16();
    let body = json!({"type": problem_type(links, kind), "title": title, "status": status, "detail": detail});
    put(Shape::Problem, &body, response);
}

fn problem_type(links: &Links, kind: &str) -> String {
    links.below(&format!("problems/{kind}"))
}

fn openai(code: &str, kind: &str, message: &str) -> Value {
    json!({"error": {"code": code, "message": message, "param": null, "type": kind}})
}

fn anthropic(kind: &str, message: &str, request_id: Option<&str>) -> Value {
    json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": request_id})
}

fn put(shape: Shape, body: &Value, response: &mut Response<Bytes>) {
    let kind = match shape {
        Shape::Problem => "application/problem+json",
        Shape::OpenAi | Shape::Anthropic => "application/json",
    };
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    *response.body_mut() = Bytes::from(body.to_string());
}
