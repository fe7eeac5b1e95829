//! `POST /v1/appeals`: a caller contests a decision, and a case is opened for a person to look at.

use bytes::Bytes;
use exchanges::Time;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use jiff::Timestamp;
use policy::DecisionId;
use serde::Deserialize;
use serde_json::json;
use store::{Contact, Line, NewAppeal, Prose, Store, StoreError};

use crate::{
    credential::Credential,
    desk::Desk,
    refusal::{Links, problem},
};

/// Bytes of an appeal, its statement and its contact.
pub(crate) const MAX_BYTES: usize = 64 << 10;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    decision_id: DecisionId,
    statement: String,
    contact: Option<String>,
}

/// Opens a case. Says nothing about the decision: whoever sends an appeal may be anyone.
pub(crate) async fn open(
    body: &[u8],
    headers: &HeaderMap,
    desk: &Desk,
    store: &Store,
    links: &Links,
) -> Response<Bytes> {
    let wrong = |detail: &str| problem(StatusCode::BAD_REQUEST, "invalid-appeal", "Not an appeal", detail, links);
    let Ok(sent) = serde_json::from_slice::<Sent>(body) else {
        return wrong("An appeal is a JSON object with `decision_id`, `statement` and, if you like, `contact`.");
    };
    let Ok(statement) = Prose::try_from(sent.statement) else {
        return wrong("`statement` should be your own words, 1 byte to 16 KiB of text.");
    };
    let contact = match sent.contact.map(Line::try_from).transpose() {
        Ok(contact) => contact.map(Contact::from),
        Err(_) => return wrong("`contact` should be one line of at most 256 bytes, such as an e-mail address."),
    };
    let now = Timestamp::now();
    let Ok(time) = Time::from_micros(now.as_microsecond()) else {
        return unavailable(links);
    };
    let appeal =
        NewAppeal { decision: sent.decision_id, account: desk.account_of(Credential::of(headers)), contact, statement };
    match store.open_appeal(&appeal, time).await {
        Ok(opened) => {
            let status = if opened.new { StatusCode::CREATED } else { StatusCode::OK };
            let body = json!({
                "case": opened.case.to_string(),
                "decision_id": sent.decision_id,
                "text": "A person will look at this decision. Keep the case's name for questions.",
            });
            answer(status, &body)
        }
        Err(StoreError::Refused(refusal)) => {
            let detail = refusal.to_string();
            problem(StatusCode::TOO_MANY_REQUESTS, "too-many-appeals", "Not taken", &detail, links)
        }
        Err(error) => {
            tracing::error!(error = %error, "an appeal could not be kept");
            unavailable(links)
        }
    }
}

fn unavailable(links: &Links) -> Response<Bytes> {
    let detail = "The appeal could not be kept now. Nothing was recorded; please send it again later.";
    let mut answer = problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not kept", detail, links);
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
    answer
}

pub(crate) fn answer(status: StatusCode, body: &serde_json::Value) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from(body.to_string()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}
