//! What the schema cannot say: no denial on one weak signal alone, however it is written.
//!
//! A rule's condition is brought into alternatives (a disjunction of conjunctions); each alternative that can hold must stand by
//! itself. It stands on one strong ground, or on weak grounds of two families, or when it looks at nothing but what is asked for
//! and what was agreed. What the lint cannot read, such as arithmetic, is no ground.

mod grounds;

use cedar_policy::pst::Template;

use self::grounds::Standing;
use crate::{
    condition::{Alternative, Condition, alternatives},
    effect::Effect,
    problem::Problem,
    rules::{Limits, Rule, load::of_rule},
};

const MEND: &str = "add a signal of another family, use @effect(\"verify\"), or leave the decision to a person";

/// Holds one rule against the lint.
pub(crate) fn rule(
    rule: &Rule,
    body: &Template,
    limits: &Limits,
    problems: &mut Vec<Problem>,
    warnings: &mut Vec<Problem>,
) {
    let Some(alternatives) = alternatives(&Condition::of(body), limits.alternatives) else {
        let what = format!("has more than {} alternatives", limits.alternatives);
        // Only a denial has to be understood.
        let told = if rule.effect == Effect::Deny { problems } else { warnings };
        told.push(of_rule(rule, what, "split it into several rules, or use a list and `contains`"));
        return;
    };
    if alternatives.is_empty() {
        warnings.push(of_rule(rule, "can never hold", "take it out, or look at its conditions again"));
    }
    if alternatives.iter().any(Alternative::takes_unknown_age_for_new) {
        let todo = "ask for `context.account.age_days >= 0` as well";
        warnings.push(of_rule(rule, "takes an unknown age (-1) for a young one", todo));
    }
    for alternative in &alternatives {
        match (alternative.standing(), rule.effect) {
            (Standing::Stands, _) => {}
            (Standing::Everyone, Effect::Deny) if alternative.is_always() => {
                warnings.push(of_rule(rule, "denies every request", "fine as a kill switch, and as nothing else"));
            }
            (Standing::Everyone, _) => {}
            (Standing::Falls(fall), Effect::Deny) => {
                problems.push(of_rule(rule, format!("denies on {}, where {alternative}", fall.why), MEND));
            }
            (Standing::Falls(fall), Effect::Verify) if fall.crowd => {
                let what = format!("asks callers to verify on {}, where {alternative}", fall.why);
                warnings.push(of_rule(rule, what, "a second signal keeps honest callers out of it"));
            }
            (Standing::Falls(_), _) => {}
        }
    }
}

/// What no rule permits is denied; so the permits together are held against the lint like a denial.
pub(crate) fn default_deny<'a>(
    rules: impl Iterator<Item = (&'a Rule, &'a Template)>,
    limits: &Limits,
    problems: &mut Vec<Problem>,
    warnings: &mut Vec<Problem>,
) {
    let permits: Vec<_> = rules.filter(|(rule, _)| rule.effect.passes()).collect();
    let Some((first, _)) = permits.first() else {
        warnings.push(Problem {
            file: String::new(),
            line: 0,
            rule: None,
            what: "no rule permits anything, so every request is denied".to_owned(),
            todo: "add a permit, such as base.cedar".to_owned(),
        });
        return;
    };
    let none_holds =
        Condition::Not(Box::new(Condition::Any(permits.iter().map(|(_, body)| Condition::of(body)).collect())));
    let Some(alternatives) = alternatives(&none_holds, limits.alternatives) else {
        let what = format!("what the permits leave out has more than {} alternatives", limits.alternatives);
        problems.push(of_rule(first, what, "permit all use in one rule, and forbid what is not allowed"));
        return;
    };
    for alternative in &alternatives {
        if let Standing::Falls(fall) = alternative.standing() {
            let what = format!("what no rule permits is denied, here on {}, where {alternative}", fall.why);
            problems.push(of_rule(first, what, "permit all use in one rule, and forbid what is not allowed"));
        }
    }
}
