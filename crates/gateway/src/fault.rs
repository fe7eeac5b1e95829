//! Answers that are no decisions: a request that cannot be read, an upstream that failed, a gateway that is full.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::json;

use crate::refusal::{Links, Shape, problem};

/// What went wrong before or behind a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    NoRoute,
    NoUpstream,
    Unreadable,
    NoJson,
    Packed,
    TooLarge,
    TooSlow,
    Full,
    CaptureFull,
    UpstreamGone,
    UpstreamSlow,
    UpstreamBroken,
}

impl Fault {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::NoRoute | Self::NoUpstream => StatusCode::NOT_FOUND,
            Self::Unreadable | Self::NoJson => StatusCode::BAD_REQUEST,
            Self::Packed => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Full | Self::CaptureFull => StatusCode::SERVICE_UNAVAILABLE,
            Self::UpstreamGone | Self::UpstreamBroken => StatusCode::BAD_GATEWAY,
            Self::UpstreamSlow => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// The word in bodies and in metrics.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::NoRoute => "unknown_route",
            Self::NoUpstream => "no_upstream",
            Self::Unreadable => "unreadable_body",
            Self::NoJson => "invalid_json",
            Self::Packed => "packed_body",
            Self::TooLarge => "request_too_large",
            Self::TooSlow => "request_timeout",
            Self::Full => "overloaded",
            Self::CaptureFull => "capture_full",
            Self::UpstreamGone => "upstream_unreachable",
            Self::UpstreamSlow => "upstream_timeout",
            Self::UpstreamBroken => "upstream_broken",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::NoRoute => "This gateway has no such route.",
            Self::NoUpstream => "No model API is configured behind this route.",
            Self::Unreadable => "The request's body ended early.",
            Self::NoJson => "The request's body is not the JSON that this route takes.",
            Self::Packed => "Bodies with a content encoding are not read here; send it as it is.",
            Self::TooLarge => "The request is larger than this gateway takes.",
            Self::TooSlow => "The request's body took too long to arrive.",
            Self::Full | Self::CaptureFull => "The gateway has no room for this request now. Try again shortly.",
            Self::UpstreamGone => "The model API behind the gateway cannot be reached.",
            Self::UpstreamSlow => "The model API behind the gateway did not answer in time.",
            Self::UpstreamBroken => "The model API behind the gateway gave no valid answer.",
        }
    }

    /// In the shape of the route.
    pub(crate) fn answer(self, shape: Shape, links: &Links) -> Response<Bytes> {
        let status = self.status();
        let body = match shape {
            Shape::Problem => problem(status, &self.code().replace('_', "-"), title(status), self.text(), links),
            Shape::OpenAi => {
                let error = json!({"code": self.code(), "message": self.text(), "param": null, "type": self.openai()});
                json_answer(status, &json!({ "error": error }))
            }
            Shape::Anthropic => {
                let error = json!({"type": self.anthropic(), "message": self.text()});
                json_answer(status, &json!({"type": "error", "error": error}))
            }
        };
        let mut answer = body;
        if status == StatusCode::SERVICE_UNAVAILABLE {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if matches!(self, Self::TooLarge | Self::TooSlow | Self::Unreadable) {
            answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        answer
    }

    fn openai(self) -> &'static str {
        if self.status().is_client_error() { "invalid_request_error" } else { "server_error" }
    }

    fn anthropic(self) -> &'static str {
        match self.status() {
            StatusCode::NOT_FOUND => "not_found_error",
            StatusCode::PAYLOAD_TOO_LARGE => "request_too_large",
            StatusCode::SERVICE_UNAVAILABLE => "overloaded_error",
            status if status.is_client_error() => "invalid_request_error",
            _ => "api_error",
        }
    }
}

fn title(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("Error")
}

fn json_answer(status: StatusCode, body: &serde_json::Value) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from(body.to_string()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}
