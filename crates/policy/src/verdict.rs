//! Facts under rules: what happens, why, and on what evidence.

use std::collections::BTreeSet;

use cedar_policy::AuthorizationError;
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    decision::{Decision, DecisionId, Evidence, Reason},
    effect::{Basis, Effect},
    facts::Facts,
    gate::Says,
    problem::shown,
    rules::{Part, Rule, Rules},
    signal::Signal,
};

/// What the rules say of facts. A decision, but for its id, its time and where to contest it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub effect: Effect,
    /// The rules with the severest effect, those on legal ground first, then in the order of the files.
    pub reasons: Vec<Reason>,
    /// What those rules read, as they read it.
    pub evidence: Vec<Evidence>,
    /// What could not be evaluated; then the effect is deny and the basis is error.
    pub errors: Vec<Fault>,
}

/// Something that could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{}{text}", rule.as_ref().map(|r| format!("rule `{r}`: ")).unwrap_or_default())]
pub struct Fault {
    pub rule: Option<String>,
    pub text: String,
}

/// What a decision cites when its facts or rules could not be evaluated.
pub const FAILED_CLOSED: &str = "failed-closed";
/// What a decision cites when no rule permits the use.
pub const NOT_PERMITTED: &str = "not-permitted";

impl Rules {
    /// The severest effect that any rule asks for. An error is a denial, never a rule that was left out.
    pub fn decide(&self, facts: &Facts) -> Verdict {
        match self.deciding(facts) {
            Ok(deciding) => Verdict::of(&deciding, facts),
            Err(faults) => Verdict::failed_closed(faults),
        }
    }

    /// The effect and the ids of its rules, without what a decision carries.
    pub(crate) fn effect(&self, facts: &Facts) -> (Effect, Vec<&str>) {
        match self.deciding(facts) {
            Ok(deciding) => match deciding.first() {
                Some(first) => (first.effect, deciding.iter().map(|rule| rule.id.as_str()).collect()),
                None => (Verdict::not_permitted().effect, vec![NOT_PERMITTED]),
            },
            Err(faults) => (Verdict::failed_closed(faults).effect, vec![FAILED_CLOSED]),
        }
    }

    /// The rules that hold and are as severe as any that holds, or what could not be evaluated. None, when no permit holds and no
    /// forbid is as severe as that.
    fn deciding(&self, facts: &Facts) -> Result<Vec<&Rule>, Vec<Fault>> {
        self.translation.fits(facts).map_err(|fault| vec![fault])?;
        let all = self.rules().iter().zip(&self.parts).map(|(rule, part)| (rule, part, part.gate.says(facts)));
        let open: Vec<_> = all.filter(|(_, _, says)| *says != Says::Not).collect();
        let mut holding = if open.iter().all(|(_, _, says)| *says == Says::Holds) {
            open.into_iter().map(|(rule, _, _)| rule).collect()
        } else {
            self.asked(&open, facts)?
        };
        let severest = holding.iter().map(|rule| rule.effect).max();
        let permitted = holding.iter().any(|rule| rule.effect.passes());
        if !permitted && severest < Some(Effect::Deny) {
            return Ok(Vec::new());
        }
        holding.retain(|rule| Some(rule.effect) == severest);
        holding.sort_by_key(|rule| rule.basis != Some(Basis::Legal));
        Ok(holding)
    }
}

impl Rules {
    /// Those rules that hold: Cedar is asked where the gate is in doubt.
    fn asked<'r>(&self, open: &[(&'r Rule, &Part, Says)], facts: &Facts) -> Result<Vec<&'r Rule>, Vec<Fault>> {
        let read = |signal| open.iter().any(|(rule, _, says)| *says == Says::Ask && rule.signals.contains(&signal));
        let request = self.translation.request(facts, read).map_err(|fault| vec![fault])?;
        let (mut holding, mut faults) = (Vec::new(), Vec::new());
        for (rule, part, says) in open {
            if *says == Says::Holds {
                holding.push(*rule);
                continue;
            }
            let response = self.authorizer.is_authorized(&request, &part.set, &self.entities);
            faults.extend(response.diagnostics().errors().map(Fault::of_rule));
            if response.diagnostics().reason().next().is_some() {
                holding.push(*rule);
            }
        }
        if faults.is_empty() { Ok(holding) } else { Err(faults) }
    }
}

impl Verdict {
    /// The one place where a failure becomes a denial.
    pub fn failed_closed(mut errors: Vec<Fault>) -> Self {
        errors.sort_by(|a, b| (&a.rule, &a.text).cmp(&(&b.rule, &b.text)));
        let reason = Reason {
            rule: FAILED_CLOSED.to_owned(),
            text: "This request could not be checked, and what cannot be checked is refused.".to_owned(),
            basis: Some(Basis::Error),
        };
        Self { effect: Effect::Deny, reasons: vec![reason], evidence: Vec::new(), errors }
    }

    fn not_permitted() -> Self {
        let text = "No rule of this service permits this use.".to_owned();
        let reason = Reason { rule: NOT_PERMITTED.to_owned(), text, basis: None };
        Self { effect: Effect::Deny, reasons: vec![reason], evidence: Vec::new(), errors: Vec::new() }
    }

    fn of(deciding: &[&Rule], facts: &Facts) -> Self {
        let Some(first) = deciding.first() else {
            return Self::not_permitted();
        };
        let evidence = evidence(deciding.iter().flat_map(|rule| &rule.signals).copied(), facts);
        let reasons = deciding.iter().map(|rule| rule.reason()).collect();
        Self { effect: first.effect, reasons, evidence, errors: Vec::new() }
    }

    /// The ground of the rule that is cited first.
    pub fn basis(&self) -> Option<Basis> {
        self.reasons.first().and_then(|reason| reason.basis)
    }

    pub fn into_decision(self, decision_id: DecisionId, time: Timestamp, appeal: String) -> Decision {
        let Self { effect, reasons, evidence, errors: _ } = self;
        Decision { decision_id, time, effect, reasons, evidence, appeal }
    }
}

impl Rule {
    fn reason(&self) -> Reason {
        Reason { rule: self.id.clone(), text: self.text.clone(), basis: self.basis }
    }
}

/// Each signal once, with the value that a rule saw.
pub(crate) fn evidence(signals: impl Iterator<Item = &'static Signal>, facts: &Facts) -> Vec<Evidence> {
    let mut seen = BTreeSet::new();
    signals
        .filter(|signal| seen.insert(signal.name))
        .map(|signal| Evidence { signal: signal.name.to_owned(), value: (signal.read)(facts).json() })
        .collect()
}

impl Fault {
    pub(crate) fn of(text: String) -> Self {
        Self { rule: None, text: shown(&text) }
    }

    pub(crate) fn of_rule(error: &AuthorizationError) -> Self {
        let AuthorizationError::PolicyEvaluationError(error) = error;
        let rule = Some(error.policy_id().to_string());
        Self { rule, text: shown(&error.inner().to_string()) }
    }
}
