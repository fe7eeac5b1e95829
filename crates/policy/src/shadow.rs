//! What a candidate set would have said, beside the set that decides.

use serde::{Deserialize, Serialize};

use crate::{effect::Effect, facts::Facts, rules::Rules, verdict::Verdict};

/// The rules that decide, and a candidate that only watches.
#[derive(Debug, Clone, Copy)]
pub struct Shadow<'a> {
    pub live: &'a Rules,
    pub candidate: &'a Rules,
}

/// A candidate's effect that is another one than what was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    pub decided: Effect,
    pub would: Effect,
    /// The candidate's rules that would have decided.
    pub rules: Vec<String>,
}

impl Shadow<'_> {
    /// The live verdict, which nothing in the candidate can change, and the difference where there is one.
    pub fn decide(&self, facts: &Facts) -> (Verdict, Option<Difference>) {
        let verdict = self.live.decide(facts);
        let difference = self.difference(&verdict, facts);
        (verdict, difference)
    }

    /// For a caller that has answered already, and asks the candidate afterwards.
    pub fn difference(&self, decided: &Verdict, facts: &Facts) -> Option<Difference> {
        let (would, rules) = self.candidate.effect(facts);
        if would == decided.effect {
            return None;
        }
        Some(Difference { decided: decided.effect, would, rules: rules.into_iter().map(str::to_owned).collect() })
    }
}
