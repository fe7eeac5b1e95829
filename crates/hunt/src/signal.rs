//! The signals: each looks at a cohort and answers with one weighed piece of evidence.

mod conduct;
pub(crate) mod equal_use;
mod handover;
mod identity;
mod pivot;
mod rhythm;
pub(crate) mod sharding;
pub(crate) mod span;
mod synchrony;
mod wording;

use crate::{background::Background, campaign::Evidence, cohort::Cohort};

/// Every signal on a cohort, with what was known at `now`.
pub(crate) fn weigh(cohort: &Cohort<'_>, background: &Background<'_>, now: i64) -> Vec<Evidence> {
    let traffic = background.traffic;
    let sometimes = [
        Some(identity::links(cohort, background)),
        synchrony::weigh(cohort, background),
        handover::failover(cohort),
        handover::pool_swap(cohort),
        pivot::weigh(cohort, traffic, now),
        conduct::fresh_accounts(cohort, traffic),
    ];
    let mut evidence = quick(cohort, background, now);
    evidence.extend(sometimes.into_iter().flatten());
    evidence
}

/// The signals that need no random sets: enough to compare ways to assemble a cohort.
pub(crate) fn quick(cohort: &Cohort<'_>, background: &Background<'_>, now: i64) -> Vec<Evidence> {
    let traffic = background.traffic;
    let always = [
        wording::private(cohort),
        wording::intent(cohort, traffic),
        sharding::weigh(cohort),
        equal_use::weigh(cohort),
        span::weigh(cohort, traffic, now),
        identity::independence(cohort, background),
    ];
    let sometimes = [wording::rewordings(cohort), rhythm::hours(cohort), rhythm::sizes(cohort)];
    always.into_iter().chain(sometimes.into_iter().flatten()).collect()
}
