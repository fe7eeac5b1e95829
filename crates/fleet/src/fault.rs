//! What is not answered, as RFC 9457 problem details.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use store::{
    StoreError,
    fleet::{NoEnrolment, NoLeave, NotTaken},
};
use sweep::{attest::AttestError, fleet::Refused};

/// Why something was not done, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    status: StatusCode,
    kind: &'static str,
    detail: String,
    wait: Option<u64>,
}

impl Fault {
    pub(crate) fn new(status: StatusCode, kind: &'static str, detail: impl Into<String>) -> Self {
        Self { status, kind, detail: detail.into(), wait: None }
    }

    pub(crate) fn asked_wrongly(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-question", detail)
    }

    pub(crate) fn too_often(wait: u64) -> Self {
        let detail = format!("too many at once; come again in {wait} seconds");
        Self { wait: Some(wait), ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too-often", detail) }
    }

    pub(crate) fn busy() -> Self {
        let detail = "the server is busy or stopping; come again in a moment";
        Self { wait: Some(5), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail) }
    }

    pub(crate) fn unrecorded() -> Self {
        let detail = "the ledger cannot be written, so nothing is confirmed; come again later";
        Self { wait: Some(30), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "no-ledger", detail) }
    }

    pub(crate) fn no_token() -> Self {
        let detail = "send the token of this server as `Authorization: Bearer …`, or as a password";
        Self::new(StatusCode::UNAUTHORIZED, "no-token", detail)
    }

    /// Whether it speaks of somebody who tries keys or tokens that are not theirs.
    pub(crate) fn is_suspicious(&self) -> bool {
        matches!(self.kind, "forged" | "unknown-key" | "unknown-token" | "bad-envelope")
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound { .. } => Self::new(StatusCode::NOT_FOUND, "not-found", error.to_string()),
            StoreError::Refused(_) => Self::asked_wrongly(error.to_string()),
            StoreError::Conflict { .. } => Self::new(StatusCode::CONFLICT, "conflict", error.to_string()),
            StoreError::Unavailable { .. } | StoreError::Damaged { .. } => {
                let source = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(error = %error, source, "the fleet's store did not answer");
                Self::busy()
            }
        }
    }
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Self {
        let (status, kind) = match &refused {
            Refused::Forged(AttestError::Signature | AttestError::Key) => (StatusCode::UNAUTHORIZED, "forged"),
            Refused::Forged(_) => (StatusCode::BAD_REQUEST, "bad-envelope"),
            Refused::Replayed { .. } => (StatusCode::CONFLICT, "replayed"),
            Refused::Broken { .. } => (StatusCode::CONFLICT, "broken"),
            Refused::Version(_) | Refused::Field { .. } | Refused::Items(_) => (StatusCode::BAD_REQUEST, "bad-report"),
            Refused::ForAnother { .. } => (StatusCode::FORBIDDEN, "other-machine"),
            Refused::Expired { .. } => (StatusCode::CONFLICT, "expired"),
        };
        let source = std::error::Error::source(&refused).map(|source| format!(": {source}")).unwrap_or_default();
        Self::new(status, kind, format!("{refused}{source}"))
    }
}

impl From<NotTaken> for Fault {
    fn from(why: NotTaken) -> Self {
        let text = why.to_string();
        match why {
            NotTaken::UnknownKey => Self::new(StatusCode::UNAUTHORIZED, "unknown-key", text),
            NotTaken::Revoked => Self::new(StatusCode::FORBIDDEN, "revoked", text),
            NotTaken::OtherMachine => Self::new(StatusCode::FORBIDDEN, "other-machine", text),
            NotTaken::Bans { .. } => Self::new(StatusCode::FORBIDDEN, "full", text),
            NotTaken::Refused(refused) => refused.into(),
        }
    }
}

impl From<NoEnrolment> for Fault {
    fn from(why: NoEnrolment) -> Self {
        let (status, kind) = match why {
            NoEnrolment::UnknownToken => (StatusCode::UNAUTHORIZED, "unknown-token"),
            NoEnrolment::Spent => (StatusCode::FORBIDDEN, "spent"),
            NoEnrolment::OtherMachine => (StatusCode::FORBIDDEN, "other-machine"),
            NoEnrolment::Revoked => (StatusCode::FORBIDDEN, "revoked"),
            NoEnrolment::NameTaken | NoEnrolment::KeyUsed => (StatusCode::CONFLICT, "taken"),
            NoEnrolment::Full { .. } => (StatusCode::FORBIDDEN, "full"),
        };
        Self::new(status, kind, why.to_string())
    }
}

impl From<NoLeave> for Fault {
    fn from(why: NoLeave) -> Self {
        let (status, kind) = match why {
            NoLeave::UnknownKey => (StatusCode::UNAUTHORIZED, "unknown-key"),
            NoLeave::Revoked => (StatusCode::FORBIDDEN, "revoked"),
            NoLeave::OtherMachine => (StatusCode::FORBIDDEN, "other-machine"),
            NoLeave::Stale => (StatusCode::CONFLICT, "stale"),
            NoLeave::Full { .. } => (StatusCode::CONFLICT, "no-leave"),
        };
        Self::new(status, kind, why.to_string())
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
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(wait) = self.wait {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait));
        }
        if self.kind == "no-token" {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"fleet\""));
        }
        response
    }
}

pub(crate) async fn no_route() -> Fault {
    Fault::new(StatusCode::NOT_FOUND, "no-route", "there is nothing here; docs/fleet.md lists what can be asked")
}
