//! The operator's rules, loaded: parsed, held against the schema and the lint, and ready to decide.

pub(crate) mod load;
pub(crate) mod reads;
mod rule;
mod scan;

use cedar_policy::{Authorizer, Entities, PolicySet};

pub use rule::Rule;

use crate::{gate::Gate, problem::Problem, request::Translation, signal::Signal};

/// Rules that were accepted. There is no other way to one than [`Rules::load`].
#[derive(Debug)]
pub struct Rules {
    /// Beside each rule: what Cedar evaluates of it, and what tells without Cedar that it cannot hold.
    pub(crate) parts: Vec<Part>,
    pub(crate) translation: Translation,
    pub(crate) authorizer: Authorizer,
    pub(crate) entities: Entities,
    rules: Vec<Rule>,
    warnings: Vec<Problem>,
}

/// A rule as it is evaluated. Each has a set of its own: Cedar names no permits once a forbid holds.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) set: PolicySet,
    pub(crate) gate: Gate,
}

/// A file of rules, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFile {
    pub name: String,
    pub text: String,
}

/// How much a set of rules may ask for. All rules are asked for every request, one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    pub files: usize,
    pub file_bytes: usize,
    pub rules: usize,
    /// Brackets and `if` inside each other, in one rule.
    pub depth: usize,
    /// Operators in one rule; the items of a list are none.
    pub operators: usize,
    /// Alternatives of one rule's condition that the lint and the gate look at.
    pub alternatives: usize,
    /// Problems that are told.
    pub problems: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            files: 64,
            file_bytes: 256 << 10,
            rules: 200,
            depth: 24,
            operators: 200,
            alternatives: 128,
            problems: 100,
        }
    }
}

impl Rules {
    /// Loads rules; all mistakes of all files come back at once.
    pub fn load(sources: &[RuleFile], limits: &Limits) -> Result<Self, Vec<Problem>> {
        load::load(sources, limits)
    }

    /// In the order of the files.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// The signals that a rule reads; none for a rule that is not here.
    pub fn signals_of(&self, id: &str) -> &[&'static Signal] {
        self.rule(id).map_or(&[], |rule| rule.signals.as_slice())
    }

    /// What is doubtful, and was accepted.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }
}
