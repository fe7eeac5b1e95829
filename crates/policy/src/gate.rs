//! What tells, without Cedar, that a rule cannot hold for facts, so that most rules are not evaluated for most requests.
//!
//! A gate only ever leaves out rules whose whole condition it understands, and such a condition cannot fail to evaluate: it has no
//! arithmetic. In doubt it is open, and Cedar decides. Tests hold it against Cedar's own word.

use std::collections::BTreeSet;

use cedar_policy::pst::Template;

use crate::{
    condition::{Alternative, Asked, Condition, alternatives},
    facts::Facts,
    rules::{
        Rule,
        reads::{PRINCIPAL, RESOURCE},
    },
    signal::{Kind, Signal, Value},
};

/// When a rule may hold.
#[derive(Debug)]
pub(crate) enum Gate {
    Open,
    /// Only where all tests of one of these pass.
    Any(Vec<Vec<Test>>),
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
            Some(any) => Self::Any(any),
            None => Self::Open,
        }
    }

    pub(crate) fn is_open(&self, facts: &Facts) -> bool {
        match self {
            Self::Open => true,
            Self::Any(any) => any.iter().any(|all| all.iter().all(|test| test.passes(facts))),
        }
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

    /// Open as well for a value that the catalogue does not know.
    fn passes(&self, facts: &Facts) -> bool {
        match self {
            Self::Word { signal, known, among } => match (signal.read)(facts) {
                Value::Text(word) => among.contains(word) || !known.contains(&word),
                _ => true,
            },
            Self::Text { signal, among, except } => match (signal.read)(facts) {
                Value::Text(text) => among.as_ref().is_none_or(|among| among.contains(text)) && !except.contains(text),
                _ => true,
            },
            Self::Number { signal, least, from, to, among, except } => match (signal.read)(facts) {
                Value::Number(number) if number >= *least => {
                    (*from..=*to).contains(&number)
                        && among.as_ref().is_none_or(|among| among.contains(&number))
                        && !except.contains(&number)
                }
                _ => true,
            },
            Self::Truth { signal, is_true, is_false } => match (signal.read)(facts) {
                Value::Truth(true) => *is_true,
                Value::Truth(false) => *is_false,
                _ => true,
            },
            Self::Same { a, b, same } => ((a.read)(facts) == (b.read)(facts)) == *same,
        }
    }
}

fn numbers(values: &BTreeSet<String>) -> Option<BTreeSet<i64>> {
    values.iter().map(|value| value.parse().ok()).collect()
}
