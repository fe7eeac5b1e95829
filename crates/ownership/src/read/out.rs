//! What a reading gives: statements and rejects one by one, and their totals.

use std::{borrow::Cow, collections::BTreeMap};

use super::Limits;
use crate::{
    InterestKind, Share, Statement,
    reject::{Fault, Reason, Reject},
};

/// One thing that was read, or could not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    Statement(Statement),
    Reject(Reject),
}

/// What was read: every row is in it, as statements, as passed over or as a reject.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    pub rows: u64,
    pub entities: u64,
    pub interests: BTreeMap<InterestKind, u64>,
    pub gaps: u64,
    /// What is in good order and says nothing of ownership, by what it is.
    pub passed_over: BTreeMap<Cow<'static, str>, u64>,
    pub rejects: BTreeMap<Reason, u64>,
    /// What the file says of its own length, beside what was found in it.
    pub counts: Vec<Count>,
}

/// How many records a file says to hold. A file that is one part of several counts for all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    pub of: &'static str,
    pub stated: u64,
    pub found: u64,
}

/// Takes what the readers say, counts it and hands it on.
pub(super) struct Out<'a> {
    sink: &'a mut dyn FnMut(Item),
    pub(super) totals: Totals,
    pub(super) limits: Limits,
    /// Whether a bare figure over 1 was seen, so that the file writes percent.
    percent: bool,
    /// Stakes whose figures may be fractions, until the file tells.
    either: Vec<(Statement, Share)>,
}

/// Stakes that wait for a figure that tells their scale; more are handed on as they come, with both readings.
const WAITING: usize = 1 << 16;

/// What one row says; nothing of it is handed on where the row has a fault.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) statements: Vec<Statement>,
    /// Stakes whose share holds two readings of a bare figure, each with the share that it is as percent.
    pub(super) either: Vec<(Statement, Share)>,
    /// Whether a bare figure over 1 is among the row's.
    pub(super) percent: bool,
    pub(super) passed: Vec<Cow<'static, str>>,
    /// Parts that were refused while the rest of the row stands.
    pub(super) faults: Vec<Fault>,
}

/// More different things are counted together.
const PASSED_KINDS: usize = 256;

impl<'a> Out<'a> {
    pub(super) fn new(limits: Limits, sink: &'a mut dyn FnMut(Item)) -> Self {
        Self { sink, totals: Totals::default(), limits, percent: false, either: Vec::new() }
    }

    /// Hands on what a row said, or why it was refused.
    pub(super) fn row(&mut self, line: u64, original: &[u8], said: Said, outcome: Result<(), Fault>) {
        self.totals.rows += 1;
        if let Err(fault) = outcome {
            self.reject(line, fault, original);
            return;
        }
        self.say(line, original, said);
    }

    /// Hands on what was said, without counting a row.
    pub(super) fn say(&mut self, line: u64, original: &[u8], said: Said) {
        for statement in said.statements {
            self.statement(statement);
        }
        if said.percent && !self.percent {
            self.percent = true;
            for (statement, percent) in std::mem::take(&mut self.either) {
                self.statement(with_share(statement, percent));
            }
        }
        for (statement, percent) in said.either {
            if self.percent {
                self.statement(with_share(statement, percent));
            } else if self.either.len() < WAITING {
                self.either.push((statement, percent));
            } else {
                self.statement(statement);
            }
        }
        for what in said.passed {
            self.pass(what);
        }
        for fault in said.faults {
            self.reject(line, fault, original);
        }
    }

    pub(super) fn reject(&mut self, line: u64, fault: Fault, original: &[u8]) {
        let Fault { reason, detail } = fault;
        *self.totals.rejects.entry(reason).or_default() += 1;
        let original = original[..original.len().min(self.limits.kept_bytes)].to_vec();
        (self.sink)(Item::Reject(Reject { line, reason, detail, original }));
    }

    pub(super) fn statement(&mut self, statement: Statement) {
        match &statement {
            Statement::Entity(_) => self.totals.entities += 1,
            Statement::Interest(interest) => *self.totals.interests.entry(interest.kind).or_default() += 1,
            Statement::Gap(_) => self.totals.gaps += 1,
        }
        (self.sink)(Item::Statement(statement));
    }

    /// Hands on what waited for a figure that never came, with both of its readings.
    pub(super) fn end(&mut self) {
        for (statement, _) in std::mem::take(&mut self.either) {
            self.statement(statement);
        }
    }

    pub(super) fn pass(&mut self, what: Cow<'static, str>) {
        let full = self.totals.passed_over.len() >= PASSED_KINDS && !self.totals.passed_over.contains_key(&what);
        let what = if full { Cow::Borrowed("something else") } else { what };
        *self.totals.passed_over.entry(what).or_default() += 1;
    }
}

fn with_share(statement: Statement, share: Share) -> Statement {
    match statement {
        Statement::Interest(interest) => Statement::Interest(crate::Interest { share: Some(share), ..interest }),
        other => other,
    }
}

impl Totals {
    /// All statements together.
    pub fn statements(&self) -> u64 {
        self.entities + self.gaps + self.interests.values().sum::<u64>()
    }

    /// All rejects together.
    pub fn rejected(&self) -> u64 {
        self.rejects.values().sum()
    }
}

impl Said {
    pub(super) fn pass(&mut self, what: impl Into<Cow<'static, str>>) {
        self.passed.push(what.into());
    }
}
