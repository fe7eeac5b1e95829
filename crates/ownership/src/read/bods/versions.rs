//! What one record says over time: each statement holds until the next one speaks.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use super::super::{Said, out::Out};
use crate::{EntityKey, EntityKind, InterestKind, Period, Statement};

/// All statements, by record.
#[derive(Debug, Default)]
pub(super) struct Versions {
    records: HashMap<EntityKey, Vec<Version>>,
    /// Records in the order in which they were met.
    order: Vec<EntityKey>,
    arrangements: HashSet<EntityKey>,
    bytes: usize,
}

/// One statement of a record.
#[derive(Debug)]
pub(super) struct Version {
    pub(super) stated: Date,
    pub(super) line: u64,
    pub(super) status: Status,
    pub(super) statements: Vec<Statement>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    New,
    Updated,
    Closed,
}

/// About what a statement takes beside its own size: keys, names and places in the table.
const BESIDE: usize = 400;

impl Versions {
    pub(super) fn add(&mut self, record: EntityKey, version: Version) {
        self.bytes += BESIDE + version.statements.len() * (size_of::<Statement>() + BESIDE / 4);
        if version.statements.iter().any(is_arrangement) {
            self.arrangements.insert(record.clone());
        }
        if let Some(versions) = self.records.get_mut(&record) {
            versions.push(version);
        } else {
            self.order.push(record.clone());
            self.records.insert(record, vec![version]);
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Hands on everything, each statement with the period for which it was the last word.
    pub(super) fn finish(mut self, out: &mut Out<'_>) {
        for record in std::mem::take(&mut self.order) {
            let Some(mut versions) = self.records.remove(&record) else { continue };
            // Of two statements of one day the later in the file is the last word.
            versions.sort_by_key(|version| (version.stated, version.line));
            let speaks: Vec<Date> = versions.iter().map(Version::speaks_from).collect();
            for (at, version) in versions.into_iter().enumerate() {
                let until = speaks[at + 1..].iter().min().copied();
                let line = version.line;
                // Only the first word may hold without a beginning; a later one without it speaks from its own day on, and one that closes adds nothing.
                let from = (at > 0).then(|| speaks[at]);
                let said = version.said(from, until, &self.arrangements);
                out.say(line, &[], said);
            }
        }
    }
}

fn is_arrangement(statement: &Statement) -> bool {
    matches!(statement, Statement::Entity(entity) if entity.kind == EntityKind::Arrangement)
}

impl Version {
    /// The first day for which this is the last word: where its interests begin, or end when it closes the record.
    fn speaks_from(&self) -> Date {
        let periods = self.statements.iter().filter_map(|statement| match statement {
            Statement::Interest(interest) => Some(interest.period),
            _ => None,
        });
        let day = |period: Period| if self.status == Status::Closed { period.to } else { period.from };
        periods.filter_map(day).min().unwrap_or(self.stated)
    }

    fn said(self, from: Option<Date>, until: Option<Date>, arrangements: &HashSet<EntityKey>) -> Said {
        let mut said = Said::default();
        let closed = (self.status == Status::Closed).then_some(self.stated);
        for mut statement in self.statements {
            let (period, is_entity) = match &mut statement {
                Statement::Entity(entity) => (&mut entity.period, true),
                Statement::Interest(interest) => {
                    if interest.kind == InterestKind::Nomination && !arrangements.contains(&interest.owned) {
                        interest.kind = InterestKind::Other;
                    }
                    (&mut interest.period, false)
                }
                Statement::Gap(gap) => (&mut gap.period, false),
            };
            // A closed record says no more; the party that it was about need not have ended.
            let ends = if is_entity { None } else { period.to.or(closed) };
            if !is_entity {
                period.from = period.from.or(from);
            }
            period.to = [period.to, ends, until.filter(|_| !is_entity)].into_iter().flatten().min();
            let never = period.from.is_some_and(|from| period.to.is_some_and(|to| to <= from));
            match (is_entity, until, never) {
                (true, Some(_), _) => said.pass("statement of a party that a later one replaces"),
                (false, _, true) => said.pass("interest that a later statement replaces from its beginning"),
                _ => said.statements.push(statement),
            }
        }
        said
    }
}
