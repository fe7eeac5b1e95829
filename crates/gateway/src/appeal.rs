//! `/v1/appeals`: a caller contests a decision, by a form or in JSON, and a case is opened for a person to look at.

mod page;

use bytes::Bytes;
use exchanges::Time;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use jiff::Timestamp;
use policy::DecisionId;
use serde::Deserialize;
use serde_json::json;
use store::{Contact, Line, NewAppeal, Prose, Store, StoreError};
use url::form_urlencoded;

use crate::{
    credential::Credential,
    desk::Desk,
    refusal::{Links, problem},
};

/// Bytes of an appeal, its statement and its contact.
pub(crate) const MAX_BYTES: usize = 64 << 10;

/// How an appeal came, and so how it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Json,
    Form,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    decision_id: DecisionId,
    statement: String,
    contact: Option<String>,
}

/// The form, filled in with the decision that the link names.
pub(crate) fn form(query: Option<&str>) -> Response<Bytes> {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let decision = pairs.find(|(name, _)| name == "decision").and_then(|(_, value)| value.parse().ok());
    page::html(StatusCode::OK, &page::form(decision))
}

/// Opens a case. Says nothing about the decision: whoever sends an appeal may be anyone.
pub(crate) async fn open(
    body: &[u8],
    headers: &HeaderMap,
    desk: &Desk,
    store: &Store,
    links: &Links,
) -> Response<Bytes> {
    let (shape, sent) = read(body, headers);
    let answered = match sent {
        Ok(sent) => keep(sent, headers, desk, store).await,
        Err(refused) => Err(refused),
    };
    match (answered, shape) {
        (Ok(kept), Shape::Json) => kept.json(),
        (Ok(kept), Shape::Form) => page::html(kept.status(), &page::kept(&kept.case)),
        (Err(refused), Shape::Json) => refused.problem(links),
        (Err(refused), Shape::Form) => page::html(refused.status, &page::refused(&refused.detail)),
    }
}

/// A case that an appeal has.
struct Kept {
    case: String,
    decision_id: DecisionId,
    new: bool,
}

/// Why there is none.
struct Refused {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: String,
}

fn read(body: &[u8], headers: &HeaderMap) -> (Shape, Result<Sent, Refused>) {
    let kind = headers.get(header::CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    if !kind.starts_with(b"application/x-www-form-urlencoded") {
        let what = "An appeal is a JSON object with `decision_id`, `statement` and, if you like, `contact`.";
        return (Shape::Json, serde_json::from_slice(body).map_err(|_| Refused::wrong(what)));
    }
    let field = |wanted: &str| {
        let mut pairs = form_urlencoded::parse(body);
        pairs
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    };
    let decision_id = field("decision_id").and_then(|id| id.parse().ok());
    let sent = match (decision_id, field("statement")) {
        (Some(decision_id), Some(statement)) => Ok(Sent { decision_id, statement, contact: field("contact") }),
        (None, _) => {
            Err(Refused::wrong("The decision's id is missing: it begins with dec_ and stands in the refusal."))
        }
        (_, None) => Err(Refused::wrong("Please say in your own words why the decision is wrong.")),
    };
    (Shape::Form, sent)
}

async fn keep(sent: Sent, headers: &HeaderMap, desk: &Desk, store: &Store) -> Result<Kept, Refused> {
    let decision_id = sent.decision_id;
    let wrong = |_| Refused::wrong("`statement` should be your own words, 1 byte to 16 KiB of text.");
    let statement = Prose::try_from(sent.statement).map_err(wrong)?;
    let wrong = |_| Refused::wrong("`contact` should be one line of at most 256 bytes, such as an e-mail address.");
    let contact = sent.contact.map(Line::try_from).transpose().map_err(wrong)?.map(Contact::from);
    let time = Time::from_micros(Timestamp::now().as_microsecond()).map_err(|_| Refused::unavailable())?;
    let account = desk.account_of(Credential::of(headers));
    let appeal = NewAppeal { decision: decision_id, account, contact, statement };
    match store.open_appeal(&appeal, time).await {
        Ok(opened) => Ok(Kept { case: opened.case.to_string(), decision_id, new: opened.new }),
        Err(StoreError::Refused(refusal)) => Err(Refused {
            status: StatusCode::TOO_MANY_REQUESTS,
            kind: "too-many-appeals",
            title: "Not taken",
            detail: refusal.to_string(),
        }),
        Err(error) => {
            tracing::error!(error = %error, "an appeal could not be kept");
            Err(Refused::unavailable())
        }
    }
}

impl Kept {
    fn status(&self) -> StatusCode {
        if self.new { StatusCode::CREATED } else { StatusCode::OK }
    }

    fn json(&self) -> Response<Bytes> {
        let text = "A person will look at this decision. Keep the case's name for questions.";
        answer(self.status(), &json!({"case": self.case, "decision_id": self.decision_id, "text": text}))
    }
}

impl Refused {
    fn wrong(detail: &str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: "invalid-appeal",
            title: "Not an appeal",
            detail: detail.to_owned(),
        }
    }

    fn unavailable() -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            kind: "unavailable",
            title: "Not kept",
            detail: "The appeal could not be kept now. Nothing was recorded; please send it again later.".to_owned(),
        }
    }

    fn problem(&self, links: &Links) -> Response<Bytes> {
        let mut answer = problem(self.status, self.kind, self.title, &self.detail, links);
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
        }
        answer
    }
}

pub(crate) fn answer(status: StatusCode, body: &serde_json::Value) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from(body.to_string()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}
