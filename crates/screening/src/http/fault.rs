//! What cannot be answered, as RFC 9457 problem details.

use axum::{
    Json,
    extract::rejection::JsonRejection,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::AskError;

/// Why a question was not answered, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    status: StatusCode,
    kind: &'static str,
    detail: String,
}

impl Fault {
    fn new(status: StatusCode, kind: &'static str, detail: impl Into<String>) -> Self {
        Self { status, kind, detail: detail.into() }
    }

    pub(super) fn asked_wrongly(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-question", detail)
    }

    /// A body that is no JSON, none of ours, or too long.
    pub(super) fn of_body(rejection: &JsonRejection) -> Self {
        let kind = if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE { "too-large" } else { "bad-question" };
        let status = if kind == "too-large" { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST };
        Self::new(status, kind, rejection.body_text())
    }

    pub(super) fn no_dataset(name: &str, ours: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "no-dataset", format!("there is no dataset `{}`; ask `{ours}`", clipped(name)))
    }

    pub(super) fn no_entity(id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "no-entity", format!("nothing is stated of `{}`", clipped(id)))
    }

    pub(super) fn no_property(name: &str) -> Self {
        let detail = format!("nothing stands beside an entity under `{}`", clipped(name));
        Self::new(StatusCode::NOT_FOUND, "no-property", detail)
    }

    pub(super) fn no_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "no-token", "send the token of this server as `Authorization: Bearer …`")
    }

    pub(super) fn stopping() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", "the server is stopping; ask again in a moment")
    }

    pub(super) fn broken() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "broken", "the search failed; the operator's log says more")
    }

    pub(super) fn detail(&self) -> &str {
        &self.detail
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }
}

impl From<AskError> for Fault {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Regime(unknown) => Self::new(StatusCode::NOT_FOUND, "no-regime", unknown.to_string()),
            AskError::Name(wrong) => Self::asked_wrongly(wrong.to_string()),
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or("Error");
        let body = json!({
            "type": format!("urn:ringfence:problem:{}", self.kind),
            "title": title,
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        let mut response = (self.status, Json(body)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}

pub(super) async fn no_route() -> Fault {
    Fault::new(StatusCode::NOT_FOUND, "no-route", "there is nothing here; docs/screening.md lists what can be asked")
}

/// Text from outside, short and without control characters.
pub(super) fn clipped(text: &str) -> String {
    text.chars().take(80).collect::<String>().escape_debug().to_string()
}
