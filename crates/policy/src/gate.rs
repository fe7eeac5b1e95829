//! What tells, without Cedar, whether a rule holds for facts, so that most rules are not evaluated for most requests.
//!
//! A gate only ever speaks of rules whose whole condition it understands, and such a condition cannot fail to evaluate: it has no
//! arithmetic. In doubt, as for a value that the catalogue does not know, Cedar decides. Tests hold it against Cedar's own word.

use std::collections::BTreeSet;

use cedar_policy::pst::{ActionConstraint, PrincipalConstraint, ResourceConstraint, Template};

use crate::{
    condition::{Alternative, Asked, Condition, alternatives},
    facts::Facts,
    rules::{
        Rule,
        reads::{PRINCIPAL, RESOURCE},
    },
    schema,
    signal::{Kind, Signal, Value},
};

/// When a rule holds.
#[derive(Debug)]
pub(crate) enum Gate {
    Open,
    /// Where all tests of one of these pass.
    Any {
        any: Vec<Vec<Test>>,
        /// Every request is one that the rule is about, so that nothing but the tests is left to ask.
        of_all: bool,
    },
}

/// What is known of a rule without Cedar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    Holds,
    Not,
    /// Cedar has to be asked.
    Ask,
}

/// What must be so of one signal or two.
#[derive(Debug)]
pub(crate) enum Test {
    Word {
        signal: &'static Signal,
        known: &'static [&'static str],
        among: BTreeSet<String>,
    },
    Text {
        signal: &'static Signal,
        among: Option<BTreeSet<String>>,
        except: BTreeSet<String>,
    },
    Number {
        signal: &'static Signal,
        least: i64,
        from: i64,
        to: i64,
        among: Option<BTreeSet<i64>>,
        except: BTreeSet<i64>,
    },
    Truth {
        signal: &'static Signal,
        is_true: bool,
        is_false: bool,
    },
    Same {
        a: &'static Signal,
        b: &'static Signal,
        same: bool,
    },
}

impl Gate {
    pub(crate) fn of(rule: &Rule, body: &Template, limit: usize) -> Self {
        // Principal and resource are entities, with a type besides the id; those are left to Cedar.
        if rule.signals.iter().any(|signal| [PRINCIPAL, RESOURCE].contains(&signal.name)) {
            return Self::Open;
        }
        // What is not understood may fail, and has to, even in a rule that can never hold.
        let condition = Condition::of(body);
        if !condition.is_understood() {
            return Self::Open;
        }
        let Some(alternatives) = alternatives(&condition, limit) else { return Self::Open };
        match alternatives.iter().map(tests).collect() {
            Some(any) => Self::Any { any, of_all: is_of_all(body) },
            None => Self::Open,
        }
    }

    pub(crate) fn says(&self, facts: &Facts) -> Says {
        let Self::Any { any, of_all } = self else { return Says::Ask };
        let mut says = Says::Not;
        for all in any {
            match together(all, facts) {
                Says::Holds if *of_all => return Says::Holds,
                Says::Not => {}
                Says::Holds | Says::Ask => says = Says::Ask,
            }
        }
        says
    }
}

fn together(all: &[Test], facts: &Facts) -> Says {
    let mut says = Says::Holds;
    for test in all {
        match test.says(facts) {
            Says::Not => return Says::Not,
            Says::Ask => says = Says::Ask,
            Says::Holds => {}
        }
    }
    says
}

/// Whether a rule is about every use of every model by every account, as all requests are.
fn is_of_all(body: &Template) -> bool {
    let principal = match &body.principal {
        PrincipalConstraint::Any => true,
        PrincipalConstraint::Is(kind) => kind.to_string() == schema::PRINCIPAL,
        _ => false,
    };
    let action = match &body.action {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(action) => action.ty.to_string() == "Action" && action.eid == schema::ACTION,
        ActionConstraint::In(_) => false,
    };
    let resource = match &body.resource {
        ResourceConstraint::Any => true,
        ResourceConstraint::Is(kind) => kind.to_string() == schema::RESOURCE,
        _ => false,
    };
    principal && action && resource
}

impl Says {
    fn of(holds: bool) -> Self {
        if holds { Self::Holds } else { Self::Not }
    }
}

fn tests(alternative: &Alternative) -> Option<Vec<Test>> {
    let mut tests = alternative.asked.values().map(Test::of).collect::<Option<Vec<_>>>()?;
    for (a, b, same) in &alternative.pairs {
        tests.push(Test::Same { a: Signal::named(a)?, b: Signal::named(b)?, same: *same });
    }
    Some(tests)
}

impl Test {
    fn of(asked: &Asked) -> Option<Self> {
        let signal = asked.signal;
        Some(match signal.kind {
            Kind::Word(known) => Self::Word { signal, known, among: asked.among.clone()? },
            Kind::Text(_) => Self::Text { signal, among: asked.among.clone(), except: asked.except.clone() },
            Kind::Truth => Self::Truth { signal, is_true: asked.has("true"), is_false: asked.has("false") },
            Kind::Number(least) => {
                let among = match &asked.among {
                    Some(among) => Some(numbers(among)?),
                    None => None,
                };
                Self::Number { signal, least, from: asked.from, to: asked.to, among, except: numbers(&asked.except)? }
            }
        })
    }

    fn says(&self, facts: &Facts) -> Says {
        match self {
            Self::Word { signal, known, among } => match (signal.read)(facts) {
                Value::Text(word) if known.contains(&word) => Says::of(among.contains(word)),
                _ => Says::Ask,
            },
            Self::Text { signal, among, except } => match (signal.read)(facts) {
                Value::Text(text) => {
                    Says::of(among.as_ref().is_none_or(|among| among.contains(text)) && !except.contains(text))
                }
                _ => Says::Ask,
            },
            Self::Number { signal, least, from, to, among, except } => match (signal.read)(facts) {
                Value::Number(number) if number >= *least => Says::of(
                    (*from..=*to).contains(&number)
                        && among.as_ref().is_none_or(|among| among.contains(&number))
                        && !except.contains(&number),
                ),
                _ => Says::Ask,
            },
            Self::Truth { signal, is_true, is_false } => match (signal.read)(facts) {
                Value::Truth(truth) => Says::of(if truth { *is_true } else { *is_false }),
                _ => Says::Ask,
            },
            Self::Same { a, b, same } => Says::of(((a.read)(facts) == (b.read)(facts)) == *same),
        }
    }
}

fn numbers(values: &BTreeSet<String>) -> Option<BTreeSet<i64>> {
    values.iter().map(|value| value.parse().ok()).collect()
}
