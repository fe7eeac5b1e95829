//! A ruling to the answer that a refused caller sees, in the shape that the caller's software understands.
//!
//! Shows the texts of the rules that decided, the decision's id and where to contest it. Evidence never leaves.

mod body;
mod limits;
mod links;
mod shape;

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use policy::{Decision, DecisionId};

use crate::ask::{Outcome, Ruling, Unavailable};

pub use limits::limit_headers;
pub use links::{Links, StepUp, StepUpError};
pub use shape::{Caller, Shape};

pub const EFFECT: HeaderName = HeaderName::from_static("x-ringfence-effect");
pub const DECISION_ID: HeaderName = HeaderName::from_static("x-ringfence-decision-id");
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// How long a caller waits after our own failure.
const RETRY_AFTER_FAILURE: Duration = Duration::from_secs(2);
/// A throttle that names no wait.
const RETRY_AFTER_THROTTLE: Duration = Duration::from_secs(1);

/// The refusal of a ruling; none when the request passes.
pub fn refuse(ruling: &Ruling, caller: Caller, shape: Shape, links: &Links) -> Option<Response<Bytes>> {
    let outcome = ruling.outcome();
    let status = status(outcome, caller)?;
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    marks(&ruling.decision).put(headers);
    match outcome {
        Outcome::Throttle => {
            headers.extend(match shape.provider() {
                Some(provider) => limit_headers(ruling, provider),
                None => limits::standard(ruling),
            });
            headers.insert(header::RETRY_AFTER, seconds(retry_after(ruling)));
        }
        _ => {
            headers.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
        }
    }
    if outcome == Outcome::DeniedByLaw {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::LINK, text_value(format!("<{}>; rel=\"blocked-by\"", links.blocked_by)));
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, challenge(outcome, ruling, links));
    }
    body::Refused { ruling, outcome, status, caller, links }.write(shape, &mut response);
    Some(response)
}

/// The answer when nothing was decided: a 503, and never a verdict.
pub fn unavailable(_: &Unavailable, shape: Shape, links: &Links) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(header::RETRY_AFTER, seconds(RETRY_AFTER_FAILURE));
    body::failed(shape, links, &mut response);
    response
}

/// A mistake in a question, as problem details. Takes words of ours, never the caller's.
pub fn problem(status: StatusCode, kind: &str, title: &str, detail: &str, links: &Links) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    body::problem(kind, title, detail, links, &mut response);
    response
}

/// What an answer or an upstream request says of its decision.
#[derive(Debug, Clone)]
pub struct Marks {
    effect: HeaderValue,
    decision_id: HeaderValue,
}

pub fn marks(decision: &Decision) -> Marks {
    let effect = HeaderValue::from_static(decision.effect.as_str());
    Marks { effect, decision_id: text_value(decision.decision_id.to_string()) }
}

impl Marks {
    /// Sets both, whoever set them before.
    pub fn put(&self, headers: &mut HeaderMap) {
        headers.insert(EFFECT, self.effect.clone());
        headers.insert(DECISION_ID, self.decision_id.clone());
    }
}

pub(crate) fn status(outcome: Outcome, caller: Caller) -> Option<StatusCode> {
    Some(match (outcome, caller) {
        (Outcome::Pass, _) => return None,
        (Outcome::Unauthenticated, _) | (Outcome::Verify, Caller::OAuth) => StatusCode::UNAUTHORIZED,
        (Outcome::Verify, Caller::Key) | (Outcome::Denied, _) => StatusCode::FORBIDDEN,
        (Outcome::Throttle, _) => StatusCode::TOO_MANY_REQUESTS,
        (Outcome::DeniedByLaw, _) => StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS,
    })
}

pub(crate) fn retry_after(ruling: &Ruling) -> Duration {
    ruling.retry_after.unwrap_or(RETRY_AFTER_THROTTLE)
}

/// The words for the caller: the texts of the rules that decided.
pub(crate) fn words(ruling: &Ruling) -> String {
    body::words(ruling, ruling.outcome())
}

/// RFC 9470 where another login would help; otherwise what RFC 9110 asks of every 401.
fn challenge(outcome: Outcome, ruling: &Ruling, links: &Links) -> HeaderValue {
    if outcome == Outcome::Verify {
        return text_value(links.step_up.challenge());
    }
    HeaderValue::from_static(match ruling.key {
        policy::KeyState::Missing => "Bearer realm=\"ringfence\"",
        _ => "Bearer realm=\"ringfence\", error=\"invalid_token\"",
    })
}

/// Whole seconds, rounded up, at least one: a caller that comes back early is refused again.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

fn seconds(wait: Duration) -> HeaderValue {
    HeaderValue::from(whole_seconds(wait))
}

/// Of a text that is ours or was checked when it was made.
fn text_value(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("invalid"))
}

/// The id under which Anthropic's clients report an answer.
pub(crate) fn request_id(decision: DecisionId) -> String {
    decision.to_string().replacen("dec_", "req_", 1)
}
