//! Evaluations as they go out.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::Wrong;
use crate::{
    ask::{Outcome, Ruling},
    refusal::{Caller, Links, retry_after, status, whole_seconds, words},
};

/// A yes or a no, with what a proxy needs to tell its caller.
pub(crate) fn decided(ruling: &Ruling, links: &Links) -> Value {
    let decision = &ruling.decision;
    let outcome = ruling.outcome();
    let mut context = Map::new();
    let mut add = |key: &str, value: Value| context.insert(key.to_owned(), value);
    add("decision_id", decision.decision_id.to_string().into());
    add("effect", decision.effect.as_str().into());
    if let Some(status) = status(outcome, Caller::Key) {
        add("status", status.as_u16().into());
        add("reason_user", json!({ status.as_str(): words(ruling) }));
        add("appeal", decision.appeal.as_str().into());
    }
    match outcome {
        Outcome::Throttle => add("retry_after", whole_seconds(retry_after(ruling)).into()),
        Outcome::Verify => add("verification", links.verify_for(decision.decision_id).into()),
        Outcome::DeniedByLaw => add("basis", "legal".into()),
        Outcome::Pass | Outcome::Unauthenticated | Outcome::Denied => None,
    };
    json!({"decision": outcome == Outcome::Pass, "context": context})
}

/// An entry that is no question.
pub(crate) fn wrong_entry(wrong: &Wrong) -> Value {
    error(StatusCode::BAD_REQUEST, &wrong.to_string())
}

/// An entry that could not be decided.
pub(crate) fn failed_entry() -> Value {
    error(StatusCode::INTERNAL_SERVER_ERROR, "no decision can be made now")
}

fn error(status: StatusCode, message: &str) -> Value {
    json!({"decision": false, "context": {"error": {"status": status.as_u16(), "message": message}}})
}
