//! Test files for rules: facts, and what the rules must say of them.
//!
//! A case changes what it names in an everyday request, which is [`everyday`]; everything else stays. JSON:
//! `[{"name": "…", "facts": {"network": {"class": "tor"}}, "expect": "verify", "rules": ["network-hidden-and-new"]}]`.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    effect::Effect,
    facts::{AddressClass, Body, Facts, KeyState, Standing},
    problem::shown,
    rules::Rules,
};

const BYTES: usize = 4 << 20;
const CASES: usize = 10_000;

/// One case of a test file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    facts: Value,
    expect: Effect,
    /// The rules that must be cited, and no others; any, when it is left out.
    rules: Option<Vec<String>>,
}

/// How the cases of a file went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseReport {
    pub passed: usize,
    pub failed: Vec<CaseFailure>,
    /// Rules that no case made decide.
    pub untested: Vec<String>,
}

/// A case that went otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseFailure {
    pub name: String,
    pub expected: Effect,
    pub expected_rules: Option<Vec<String>>,
    pub effect: Effect,
    pub rules: Vec<String>,
}

/// A test file that cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    #[error("the cases have {0} bytes and {BYTES} may be read; split the file")]
    Large(usize),
    #[error("there are {0} cases and {CASES} may be run; split the file")]
    Many(usize),
    #[error("the cases are no list of {{name, facts, expect, rules}}; see docs/policy.md")]
    Json(#[source] serde_json::Error),
    #[error("case {number} (`{name}`) names `{path}`, which is no fact; facts are in docs/policy.md")]
    NoFact { number: usize, name: String, path: String },
    #[error("the facts of case {number} (`{name}`) have a value that does not fit")]
    Facts {
        number: usize,
        name: String,
        #[source]
        source: serde_json::Error,
    },
    #[error("case {number} (`{name}`) expects rule `{rule}`, and there is no such rule")]
    NoRule { number: usize, name: String, rule: String },
}

/// A request that nothing is wrong with: a customer of a year, verified by nobody and listed nowhere, who calls from a cloud.
pub fn everyday() -> Facts {
    let mut facts = Facts::unknown(Timestamp::UNIX_EPOCH);
    facts.request.operation = "chat".to_owned();
    facts.request.model = "example-large".to_owned();
    facts.request.channel = "direct".to_owned();
    facts.request.body = Body::Whole;
    facts.network.class = AddressClass::Cloud;
    facts.network.provider = Some("example-cloud".to_owned());
    facts.network.registered_country = Some("US".to_owned());
    facts.network.located_country = Some("US".to_owned());
    facts.network.asn = Some(64_500);
    facts.account.id = Some("account-1".to_owned());
    facts.account.key = KeyState::Active;
    facts.account.age_days = Some(400);
    facts.account.plan = "standard".to_owned();
    facts.account.declared_country = Some("US".to_owned());
    facts.organization.id = Some("organization-1".to_owned());
    facts.organization.standing = Standing::Clear;
    facts.behaviour.requests_last_minute = 10;
    facts.behaviour.requests_last_day = 5_000;
    facts.behaviour.tokens_last_day = 500_000;
    facts.behaviour.networks_last_day = 2;
    facts
}

/// Runs a test file.
pub fn run_cases(rules: &Rules, text: &str) -> Result<CaseReport, CaseError> {
    if text.len() > BYTES {
        return Err(CaseError::Large(text.len()));
    }
    let cases: Vec<Case> = serde_json::from_str(text).map_err(CaseError::Json)?;
    if cases.len() > CASES {
        return Err(CaseError::Many(cases.len()));
    }
    let base = serde_json::to_value(everyday()).map_err(CaseError::Json)?;
    let mut report = CaseReport { passed: 0, failed: Vec::new(), untested: Vec::new() };
    let mut decided = std::collections::BTreeSet::new();
    for (number, case) in (1..).zip(cases) {
        let facts = case.facts(number, &base)?;
        case.rules_exist(number, rules)?;
        let verdict = rules.decide(&facts);
        let cited: Vec<String> = verdict.reasons.into_iter().map(|reason| reason.rule).collect();
        decided.extend(cited.iter().cloned());
        if case.is_met(verdict.effect, &cited) {
            report.passed += 1;
        } else {
            report.failed.push(CaseFailure {
                name: case.name,
                expected: case.expect,
                expected_rules: case.rules,
                effect: verdict.effect,
                rules: cited,
            });
        }
    }
    report.untested = rules.rules().iter().map(|rule| rule.id.clone()).filter(|id| !decided.contains(id)).collect();
    Ok(report)
}

impl Case {
    fn facts(&self, number: usize, base: &Value) -> Result<Facts, CaseError> {
        let name = || shown(&self.name);
        let mut facts = base.clone();
        if !self.facts.is_null() {
            lay_over(&mut facts, &self.facts, "").map_err(|path| CaseError::NoFact { number, name: name(), path })?;
        }
        serde_json::from_value(facts).map_err(|source| CaseError::Facts { number, name: name(), source })
    }

    fn rules_exist(&self, number: usize, rules: &Rules) -> Result<(), CaseError> {
        let made_here = [crate::verdict::FAILED_CLOSED, crate::verdict::NOT_PERMITTED];
        let unknown = |id: &&String| rules.rule(id).is_none() && !made_here.contains(&id.as_str());
        match self.rules.iter().flatten().find(unknown) {
            Some(rule) => Err(CaseError::NoRule { number, name: shown(&self.name), rule: shown(rule) }),
            None => Ok(()),
        }
    }

    fn is_met(&self, effect: Effect, cited: &[String]) -> bool {
        let same = |wanted: &Vec<String>| {
            wanted.iter().all(|rule| cited.contains(rule)) && cited.iter().all(|rule| wanted.contains(rule))
        };
        self.expect == effect && self.rules.as_ref().is_none_or(same)
    }
}

/// Lays values over others of the same shape; the path of what has no place there comes back.
fn lay_over(base: &mut Value, over: &Value, path: &str) -> Result<(), String> {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                let path = if path.is_empty() { shown(key) } else { format!("{path}.{}", shown(key)) };
                let Some(place) = base.get_mut(key) else { return Err(path) };
                lay_over(place, value, &path)?;
            }
            Ok(())
        }
        // There is no campaign to lay over, so all of it must be there; the facts are read strictly.
        (base, over) => {
            *base = over.clone();
            Ok(())
        }
    }
}

impl CaseReport {
    pub fn all_passed(&self) -> bool {
        self.failed.is_empty()
    }
}

impl fmt::Display for CaseReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failed {
            writeln!(f, "FAILED {}", failure.name)?;
            write!(f, "    expected {}", failure.expected.as_str())?;
            if let Some(rules) = &failure.expected_rules {
                write!(f, " by {}", rules.join(", "))?;
            }
            writeln!(f, ", got {} by {}", failure.effect.as_str(), failure.rules.join(", "))?;
        }
        writeln!(f, "{} passed, {} failed", self.passed, self.failed.len())?;
        if !self.untested.is_empty() {
            writeln!(f, "no case makes these rules decide: {}", self.untested.join(", "))?;
        }
        Ok(())
    }
}
