//! Which signals a rule reads: a walk over its expressions.
//!
//! A record that is read whole counts as all of its signals. What names no signal is given back by its path.

use std::collections::BTreeSet;

use cedar_policy::pst::{Clause, Expr, PrincipalConstraint, ResourceConstraint, Template, Var};

use crate::signal::Signal;

/// What a rule reads.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reads {
    /// In the order of the catalogue.
    pub(crate) signals: Vec<&'static Signal>,
    pub(crate) undeclared: BTreeSet<String>,
}

/// The signal that stands behind the principal.
pub(crate) const PRINCIPAL: &str = "account.id";
/// The signal that stands behind the resource.
pub(crate) const RESOURCE: &str = "request.model";

impl Reads {
    pub(crate) fn of(rule: &Template) -> Self {
        let mut walk = Walk::default();
        // `is Account` says nothing: there is no other kind of principal.
        if !matches!(rule.principal, PrincipalConstraint::Any | PrincipalConstraint::Is(_)) {
            walk.names.insert(PRINCIPAL);
        }
        if !matches!(rule.resource, ResourceConstraint::Any | ResourceConstraint::Is(_)) {
            walk.names.insert(RESOURCE);
        }
        for clause in rule.clauses() {
            match clause {
                Clause::When(expr) | Clause::Unless(expr) => walk.visit(expr),
            }
        }
        walk.done()
    }

    pub(crate) fn of_expr(expr: &Expr) -> Self {
        let mut walk = Walk::default();
        walk.visit(expr);
        walk.done()
    }
}

/// The variable and the attributes of `context.network.class`; none where something else is at its root.
pub(crate) fn path(expr: &Expr) -> Option<(&Var, Vec<&str>)> {
    match expr {
        Expr::Var(var) => Some((var, Vec::new())),
        Expr::GetAttr { expr, attr } => {
            let (var, mut attributes) = path(expr)?;
            attributes.push(attr.as_str());
            Some((var, attributes))
        }
        _ => None,
    }
}

/// The signal that an expression is, when it is one and nothing more.
pub(crate) fn signal(expr: &Expr) -> Option<&'static Signal> {
    match path(expr)? {
        (Var::Context, attributes) => Signal::named(&attributes.join(".")),
        (Var::Principal, attributes) if attributes.is_empty() => Signal::named(PRINCIPAL),
        (Var::Resource, attributes) if attributes.is_empty() => Signal::named(RESOURCE),
        _ => None,
    }
}

#[derive(Default)]
struct Walk {
    names: BTreeSet<&'static str>,
    undeclared: BTreeSet<String>,
}

impl Walk {
    fn done(self) -> Reads {
        let signals = Signal::ALL.iter().filter(|signal| self.names.contains(signal.name)).collect();
        Reads { signals, undeclared: self.undeclared }
    }

    fn visit(&mut self, expr: &Expr) {
        if let Some((var, attributes)) = path(expr) {
            return self.read(var, &attributes);
        }
        match expr {
            Expr::UnaryOp { expr, .. } | Expr::Like { expr, .. } => self.visit(expr),
            Expr::BinaryOp { left, right, .. } => {
                self.visit(left);
                self.visit(right);
            }
            // Of something that is no path: entities have no attributes, and a record's are all read.
            Expr::GetAttr { expr, attr } => {
                if matches!(**expr, Expr::Literal(_)) {
                    self.undeclared.insert(format!("{expr}.{attr}"));
                }
                self.visit(expr);
            }
            Expr::HasAttr { expr, attrs } => match path(expr) {
                Some((var, mut attributes)) => {
                    attributes.extend(attrs.iter().map(|a| a.as_str()));
                    self.read(var, &attributes);
                }
                None => self.visit(expr),
            },
            Expr::Is { expr, in_expr, .. } => {
                if in_expr.is_some() || !matches!(**expr, Expr::Var(_)) {
                    self.visit(expr);
                }
                if let Some(group) = in_expr {
                    self.visit(group);
                }
            }
            Expr::IfThenElse { cond, then_expr, else_expr } => {
                self.visit(cond);
                self.visit(then_expr);
                self.visit(else_expr);
            }
            Expr::Set(items) => items.iter().for_each(|item| self.visit(item)),
            Expr::Record(fields) => fields.values().for_each(|field| self.visit(field)),
            Expr::Literal(_) => {}
            other => {
                self.undeclared.insert(other.to_string());
            }
        }
    }

    fn read(&mut self, var: &Var, attributes: &[&str]) {
        match (var, attributes) {
            (Var::Action, []) => {}
            (Var::Principal, []) => {
                self.names.insert(PRINCIPAL);
            }
            (Var::Resource, []) => {
                self.names.insert(RESOURCE);
            }
            (Var::Context, []) => self.names.extend(Signal::ALL.iter().map(|signal| signal.name)),
            (Var::Context, attributes) => {
                let name = attributes.join(".");
                let whole = format!("{name}.");
                let read = Signal::ALL.iter().filter(|s| s.name == name || s.name.starts_with(&whole)).map(|s| s.name);
                let read: Vec<_> = read.collect();
                self.names.extend(&read);
                if read.is_empty() {
                    self.undeclared.insert(format!("context.{name}"));
                }
            }
            (var, attributes) => {
                let root = match var {
                    Var::Principal => "principal",
                    Var::Action => "action",
                    Var::Resource => "resource",
                    Var::Context => "context",
                };
                self.undeclared.insert(format!("{root}.{}", attributes.join(".")));
            }
        }
    }
}
