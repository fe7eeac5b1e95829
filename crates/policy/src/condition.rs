//! A rule's condition as a formula over what it asks of each signal.

mod alternatives;

use std::collections::BTreeSet;

use cedar_policy::pst::{
    BinaryOp, Clause, EntityOrSlot, Expr, Literal, PrincipalConstraint, ResourceConstraint, Template, UnaryOp,
};

pub(crate) use alternatives::{Alternative, Asked, alternatives};

use crate::{
    rules::reads::{self, Reads, signal},
    signal::{Kind, Signal},
};

/// A formula over atoms.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    Constant(bool),
    Atom(Atom),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
}

/// What is asked of the signals, at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Atom {
    /// A signal is one of the values, or none of them. Truths are `true` and `false`, numbers their digits.
    Among { signal: &'static Signal, values: BTreeSet<String>, except: bool },
    /// A number lies between the two, both included.
    Between { signal: &'static Signal, from: i64, to: i64 },
    /// Two signals have the same value, or not.
    Same { a: &'static Signal, b: &'static Signal, same: bool },
    /// Something that the lint does not read.
    Opaque(Vec<&'static Signal>),
}

impl Condition {
    pub(crate) fn of(rule: &Template) -> Self {
        let mut all = Vec::new();
        match &rule.principal {
            PrincipalConstraint::Any | PrincipalConstraint::Is(_) => {}
            PrincipalConstraint::Eq(who) | PrincipalConstraint::In(who) | PrincipalConstraint::IsIn(_, who) => {
                all.push(entity(reads::PRINCIPAL, who));
            }
        }
        match &rule.resource {
            ResourceConstraint::Any | ResourceConstraint::Is(_) => {}
            ResourceConstraint::Eq(what) | ResourceConstraint::In(what) | ResourceConstraint::IsIn(_, what) => {
                all.push(entity(reads::RESOURCE, what));
            }
        }
        for clause in rule.clauses() {
            all.push(match clause {
                Clause::When(expr) => boolean(expr),
                Clause::Unless(expr) => Self::Not(Box::new(boolean(expr))),
            });
        }
        Self::All(all)
    }

    /// No part of it is opaque. Then it is comparisons of facts that are always there, and cannot fail to evaluate.
    pub(crate) fn is_understood(&self) -> bool {
        match self {
            Self::Constant(_) => true,
            Self::Atom(atom) => !matches!(atom, Atom::Opaque(_)),
            Self::Not(inner) => inner.is_understood(),
            Self::All(parts) | Self::Any(parts) => parts.iter().all(Self::is_understood),
        }
    }
}

fn entity(name: &str, which: &EntityOrSlot) -> Condition {
    match (Signal::named(name), which) {
        (Some(signal), EntityOrSlot::Entity(uid)) => among(signal, [uid.eid.to_string()]),
        _ => Condition::Atom(Atom::Opaque(Vec::new())),
    }
}

fn boolean(expr: &Expr) -> Condition {
    match expr {
        Expr::Literal(Literal::Bool(truth)) => Condition::Constant(*truth),
        Expr::UnaryOp { op: UnaryOp::Not, expr } => Condition::Not(Box::new(boolean(expr))),
        Expr::BinaryOp { op: BinaryOp::And, left, right } => Condition::All(vec![boolean(left), boolean(right)]),
        Expr::BinaryOp { op: BinaryOp::Or, left, right } => Condition::Any(vec![boolean(left), boolean(right)]),
        Expr::IfThenElse { cond, then_expr, else_expr } => {
            let cond = boolean(cond);
            Condition::Any(vec![
                Condition::All(vec![cond.clone(), boolean(then_expr)]),
                Condition::All(vec![Condition::Not(Box::new(cond)), boolean(else_expr)]),
            ])
        }
        Expr::GetAttr { .. } => match signal(expr) {
            Some(signal) => among(signal, ["true".to_owned()]),
            None => opaque(expr),
        },
        Expr::BinaryOp { op, left, right } => comparison(*op, left, right).unwrap_or_else(|| opaque(expr)),
        _ => opaque(expr),
    }
}

/// A comparison of a signal with constants, or of two signals; none when it is anything else.
fn comparison(op: BinaryOp, left: &Expr, right: &Expr) -> Option<Condition> {
    match op {
        BinaryOp::Eq => equal(left, right),
        BinaryOp::NotEq => Some(Condition::Not(Box::new(equal(left, right)?))),
        BinaryOp::Less => order(left, right, false),
        BinaryOp::LessEq => order(left, right, true),
        BinaryOp::Greater => order(right, left, false),
        BinaryOp::GreaterEq => order(right, left, true),
        BinaryOp::Contains => Some(among(signal(right)?, constants(left)?)),
        BinaryOp::ContainsAll => Some(Condition::All(each_among(left, right)?)),
        // The relation is symmetric.
        BinaryOp::ContainsAny => Some(Condition::Any(each_among(left, right).or_else(|| each_among(right, left))?)),
        _ => None,
    }
}

fn equal(left: &Expr, right: &Expr) -> Option<Condition> {
    match (left, right) {
        (Expr::Literal(constant), other) | (other, Expr::Literal(constant)) => {
            let value = word(constant)?;
            match signal(other) {
                Some(signal) => Some(among(signal, [value])),
                // `(a || b) == true`
                None => match constant {
                    Literal::Bool(true) => Some(boolean(other)),
                    Literal::Bool(false) => Some(Condition::Not(Box::new(boolean(other)))),
                    _ => None,
                },
            }
        }
        (left, right) => Some(Condition::Atom(Atom::Same { a: signal(left)?, b: signal(right)?, same: true })),
    }
}

/// `low < high`, or `low <= high`.
fn order(low: &Expr, high: &Expr, or_equal: bool) -> Option<Condition> {
    let step = i64::from(!or_equal);
    match (low, high) {
        (low, Expr::Literal(Literal::Long(bound))) => between(signal(low)?, i64::MIN, bound.checked_sub(step)),
        (Expr::Literal(Literal::Long(bound)), high) => match bound.checked_add(step) {
            Some(from) => between(signal(high)?, from, Some(i64::MAX)),
            None => Some(Condition::Constant(false)),
        },
        _ => None,
    }
}

fn between(signal: &'static Signal, from: i64, to: Option<i64>) -> Option<Condition> {
    let Kind::Number(least) = signal.kind else { return None };
    // Below the least value that a signal can have there is nothing to ask for.
    Some(match to {
        Some(to) if to >= least => Condition::Atom(Atom::Between { signal, from: from.max(least), to }),
        _ => Condition::Constant(false),
    })
}

fn each_among(list: &Expr, items: &Expr) -> Option<Vec<Condition>> {
    let values = constants(list)?;
    let Expr::Set(items) = items else { return None };
    items.iter().map(|item| Some(among(signal(item)?, values.clone()))).collect()
}

fn constants(expr: &Expr) -> Option<BTreeSet<String>> {
    let Expr::Set(items) = expr else { return None };
    let one = |item: &std::sync::Arc<Expr>| match &**item {
        Expr::Literal(literal) => word(literal),
        _ => None,
    };
    items.iter().map(one).collect()
}

fn word(literal: &Literal) -> Option<String> {
    match literal {
        Literal::Bool(truth) => Some(truth.to_string()),
        Literal::Long(number) => Some(number.to_string()),
        Literal::String(text) => Some(text.to_string()),
        Literal::EntityUID(uid) => Some(uid.eid.to_string()),
        _ => None,
    }
}

fn among(signal: &'static Signal, values: impl IntoIterator<Item = String>) -> Condition {
    Condition::Atom(Atom::Among { signal, values: values.into_iter().collect(), except: false })
}

fn opaque(expr: &Expr) -> Condition {
    Condition::Atom(Atom::Opaque(Reads::of_expr(expr).signals))
}
