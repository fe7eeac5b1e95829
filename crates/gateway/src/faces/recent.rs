//! The last refusals, for proxies that can pass on only a decision's id.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use http::Response;
use policy::DecisionId;

/// The last refusals; a new one pushes the oldest one out.
#[derive(Debug)]
pub struct Recent {
    capacity: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    answers: HashMap<DecisionId, Response<Bytes>>,
    oldest_first: VecDeque<DecisionId>,
}

impl Recent {
    /// Room for `capacity` refusals, of one or two kilobytes each.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, kept: Mutex::default() }
    }

    pub(crate) fn keep(&self, id: DecisionId, answer: Response<Bytes>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.answers.insert(id, answer).is_none() {
            kept.oldest_first.push_back(id);
        }
        while kept.oldest_first.len() > self.capacity {
            if let Some(oldest) = kept.oldest_first.pop_front() {
                kept.answers.remove(&oldest);
            }
        }
    }

    pub(crate) fn find(&self, id: DecisionId) -> Option<Response<Bytes>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).answers.get(&id).cloned()
    }
}
