//! Every rule, one by one, over the same facts: which hold, which decide, and what they saw.

use std::fmt;

use cedar_policy::Request;
use serde::Serialize;

use crate::{
    decision::Evidence,
    effect::{Basis, Effect},
    facts::Facts,
    rules::{Part, Rule, Rules},
    verdict::{Fault, Verdict, evidence},
};

/// A verdict, and what each rule had to do with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    pub verdict: Verdict,
    /// In the order of the files.
    pub rules: Vec<Explained>,
}

/// What one rule says of the facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explained {
    pub rule: String,
    pub file: String,
    pub line: usize,
    pub effect: Effect,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    pub outcome: Outcome,
    /// What it saw, unless it does not hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Evidence>,
}

/// What became of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It holds, and none that holds is severer.
    Decides,
    /// It holds, and a severer one does as well.
    Holds,
    DoesNotHold,
    /// It could not be evaluated.
    Failed(Fault),
}

/// Explains a verdict. Cedar evaluates every rule, also where a decision knows without it that one cannot hold.
pub fn explain(rules: &Rules, facts: &Facts) -> Explanation {
    let verdict = rules.decide(facts);
    let request = rules.translation.request(facts, |_| true);
    let explained = rules.rules().iter().zip(&rules.parts).map(|(rule, part)| {
        let outcome = match &request {
            Ok(request) => outcome(rules, rule, part, request, &verdict),
            Err(fault) => Outcome::Failed(fault.clone()),
        };
        let seen = matches!(outcome, Outcome::Decides | Outcome::Holds | Outcome::Failed(_));
        let signals = if seen { rule.signals.as_slice() } else { &[] };
        Explained {
            rule: rule.id.clone(),
            file: rule.file.clone(),
            line: rule.line,
            effect: rule.effect,
            basis: rule.basis,
            outcome,
            facts: evidence(signals.iter().copied(), facts),
        }
    });
    Explanation { rules: explained.collect(), verdict }
}

fn outcome(rules: &Rules, rule: &Rule, part: &Part, request: &Request, verdict: &Verdict) -> Outcome {
    let response = rules.authorizer.is_authorized(request, &part.set, &rules.entities);
    if let Some(error) = response.diagnostics().errors().next() {
        return Outcome::Failed(Fault::of_rule(error));
    }
    let holds = response.diagnostics().reason().next().is_some();
    let decides = verdict.reasons.iter().any(|reason| reason.rule == rule.id);
    match (holds, decides) {
        (false, _) => Outcome::DoesNotHold,
        (true, false) => Outcome::Holds,
        (true, true) => Outcome::Decides,
    }
}

/// For a terminal: the effect and its reasons, then the rules that hold with what they saw, then the names of the others.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.verdict.effect.as_str())?;
        if let Some(basis) = self.verdict.basis() {
            write!(f, " ({})", basis.as_str())?;
        }
        writeln!(f)?;
        for reason in &self.verdict.reasons {
            writeln!(f, "  {}: {}", reason.rule, reason.text)?;
        }
        for fault in &self.verdict.errors {
            writeln!(f, "  could not be evaluated: {fault}")?;
        }
        for rule in self.rules.iter().filter(|rule| rule.outcome != Outcome::DoesNotHold) {
            let mark = match rule.outcome {
                Outcome::Decides => "decides",
                Outcome::Failed(_) => "failed",
                _ => "holds",
            };
            writeln!(f, "\n{mark} {} -> {}  ({}:{})", rule.rule, rule.effect.as_str(), rule.file, rule.line)?;
            for fact in &rule.facts {
                writeln!(f, "    {} = {}", fact.signal, fact.value)?;
            }
        }
        let others: Vec<&str> =
            self.rules.iter().filter(|r| r.outcome == Outcome::DoesNotHold).map(|r| r.rule.as_str()).collect();
        if !others.is_empty() {
            writeln!(f, "\ndo not hold: {}", others.join(", "))?;
        }
        Ok(())
    }
}
