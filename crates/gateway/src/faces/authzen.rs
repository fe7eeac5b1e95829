//! AuthZEN Authorization API 1.0: evaluation, evaluations, and the configuration document.
//!
//! A denial is a 200 that says false; statuses of 400 and above concern the call itself.

mod answer;
mod question;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header, request::Parts};
use serde_json::{Value, json};

use crate::{
    decide::Decide,
    faces::Options,
    refusal::{Links, problem},
    seen::Seen,
};

use answer::{decided, failed_entry, wrong_entry};
use question::{Batch, Question, Semantic};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const LONGEST_REQUEST_ID: usize = 256;

/// Why a call is refused before anything is decided.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Wrong {
    #[error("ask with POST")]
    Method,
    #[error("send `content-type: application/json`")]
    ContentType,
    #[error("the question is longer than {0} bytes")]
    TooLong(usize),
    #[error("the question cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    #[error("neither the entry nor the request has a `{0}`")]
    Missing(&'static str),
    #[error("the subject's type is `account`; `{0}` is not known here")]
    SubjectType(String),
    #[error("the subject's id is no account id: {0}")]
    SubjectId(#[from] exchanges::IdError),
    #[error("the resource's type is `model`; `{0}` is not known here")]
    ResourceType(String),
    #[error("the name of {0} is empty, too long, or holds a control character")]
    Name(&'static str),
    #[error("there are {found} evaluations in one request; the limit is {limit}")]
    TooMany { found: usize, limit: usize },
}

/// `POST /access/v1/evaluation`
pub(crate) async fn evaluation(parts: &Parts, seen: &Seen, decide: &impl Decide, options: &Options) -> Response<Bytes> {
    let asked = body(parts, seen, options).and_then(Question::read);
    let response = match asked {
        Ok(question) => single(question, decide, options).await,
        Err(wrong) => refused(&wrong, &options.links),
    };
    echoing(&parts.headers, response)
}

/// `POST /access/v1/evaluations`; without entries it is the single evaluation.
pub(crate) async fn evaluations(
    parts: &Parts,
    seen: &Seen,
    decide: &impl Decide,
    options: &Options,
) -> Response<Bytes> {
    let bytes = match body(parts, seen, options) {
        Ok(bytes) => bytes,
        Err(wrong) => return echoing(&parts.headers, refused(&wrong, &options.links)),
    };
    let response = match Batch::read(bytes, options.evaluations) {
        Ok(batch) if batch.is_single() => match Question::read(bytes) {
            Ok(question) => single(question, decide, options).await,
            Err(wrong) => refused(&wrong, &options.links),
        },
        Ok(batch) => several(&batch, decide, options).await,
        Err(wrong) => refused(&wrong, &options.links),
    };
    echoing(&parts.headers, response)
}

/// `GET /.well-known/authzen-configuration`
pub(crate) fn metadata(links: &Links) -> Response<Bytes> {
    json_response(&json!({
        "policy_decision_point": links.base.as_str().trim_end_matches('/'),
        "access_evaluation_endpoint": links.below("access/v1/evaluation"),
        "access_evaluations_endpoint": links.below("access/v1/evaluations"),
    }))
}

async fn single(question: Question, decide: &impl Decide, options: &Options) -> Response<Bytes> {
    match decide.decide(question.ask(true)).await {
        Ok(ruling) => json_response(&decided(&ruling, &options.links)),
        Err(_) => {
            let detail = "No decision can be made now; this is no answer to the question.";
            let failed = StatusCode::INTERNAL_SERVER_ERROR;
            problem(failed, "unavailable", "No decision can be made now", detail, &options.links)
        }
    }
}

/// In order, one after the other, until the semantic says stop. An entry that cannot be answered is a no.
async fn several(batch: &Batch<'_>, decide: &impl Decide, options: &Options) -> Response<Bytes> {
    let mut answers: Vec<Value> = Vec::new();
    for entry in batch.entries() {
        // A list of questions asks what would be allowed; only the single evaluation stands for a request.
        let (allowed, answer) = match entry {
            Ok(question) => match decide.decide(question.ask(false)).await {
                Ok(ruling) => (ruling.decision.effect.passes(), decided(&ruling, &options.links)),
                Err(_) => (false, failed_entry()),
            },
            Err(wrong) => (false, wrong_entry(&wrong)),
        };
        answers.push(answer);
        let enough = match batch.semantic() {
            Semantic::ExecuteAll => false,
            Semantic::DenyOnFirstDeny => !allowed,
            Semantic::PermitOnFirstPermit => allowed,
        };
        if enough {
            break;
        }
    }
    json_response(&json!({"evaluations": answers}))
}

fn body<'a>(parts: &Parts, seen: &'a Seen, options: &Options) -> Result<&'a [u8], Wrong> {
    if parts.method != Method::POST {
        return Err(Wrong::Method);
    }
    let kind = parts.headers.get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    let kind = kind.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    if !kind.eq_ignore_ascii_case(b"application/json") {
        return Err(Wrong::ContentType);
    }
    match seen {
        Seen::Whole(bytes) => Ok(bytes),
        Seen::Nothing => Ok(b""),
        Seen::Partial => Err(Wrong::TooLong(options.body_bytes)),
    }
}

fn refused(wrong: &Wrong, links: &Links) -> Response<Bytes> {
    let status = match wrong {
        Wrong::Method => StatusCode::METHOD_NOT_ALLOWED,
        Wrong::TooLong(_) => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::BAD_REQUEST,
    };
    let mut response = problem(status, "malformed-question", "Malformed question", &wrong.to_string(), links);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    }
    response
}

fn json_response(body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn echoing(headers: &HeaderMap, mut response: Response<Bytes>) -> Response<Bytes> {
    if let Some(id) = headers.get(REQUEST_ID).filter(|id| id.len() <= LONGEST_REQUEST_ID) {
        response.headers_mut().insert(REQUEST_ID, id.clone());
    }
    response
}
