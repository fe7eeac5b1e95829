//! How the parts of a gateway are, for `/readyz` and for Prometheus.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use serde_json::{Value, json};

/// How each part was when it was last looked at.
#[derive(Debug, Default)]
pub(crate) struct Health {
    parts: Mutex<BTreeMap<&'static str, Part>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    state: State,
    text: String,
}

/// How a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    Ok,
    /// It works on what it had before.
    Stale,
    /// Requests cannot be answered.
    Failed,
}

impl Health {
    /// Notes how a part is; true when that is news.
    pub(crate) fn set(&self, part: &'static str, state: State, text: impl Into<String>) -> bool {
        let now = Part { state, text: text.into() };
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let before = parts.insert(part, now.clone());
        before.is_none_or(|before| before != now)
    }

    /// Whether requests can be answered.
    pub(crate) fn ready(&self) -> bool {
        self.lock().values().all(|part| part.state < State::Failed)
    }

    /// Everything, for a person or a script.
    pub(crate) fn told(&self) -> Value {
        let parts: BTreeMap<&str, Value> =
            self.lock().iter().map(|(name, p)| (*name, json!({"state": p.state.as_str(), "text": p.text}))).collect();
        json!({"ready": self.ready(), "parts": parts})
    }

    /// The state of each part as a number: 0 ok, 1 stale, 2 failed.
    pub(crate) fn numbers(&self) -> Vec<(&'static str, i64)> {
        self.lock().iter().map(|(name, part)| (*name, part.state as i64)).collect()
    }

    fn lock(&self) -> BTreeMap<&'static str, Part> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Stale => "stale",
            Self::Failed => "failed",
        }
    }
}
