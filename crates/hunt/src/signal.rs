//! The signals: each looks at a cohort and answers with one weighed piece of evidence.

pub(crate) mod conduct;
pub(crate) mod equal_use;
mod handover;
mod identity;
pub(crate) mod pivot;
mod rhythm;
pub(crate) mod sharding;
pub(crate) mod span;
mod synchrony;
mod wording;

use self::sharding::Collisions;
use crate::{background::Background, campaign::Evidence, cohort::Cohort, investigate::LEAST_SCORE, weight};

/// Every signal on a cohort, with what was known at `now`.
///
/// The two that draw random sets are asked only where they could raise the cohort.
pub(crate) fn weigh(cohort: &Cohort<'_>, background: &Background<'_>, now: i64) -> Vec<Evidence> {
    let sometimes = [
        handover::failover(cohort),
        handover::pool_swap(cohort),
        pivot::weigh(cohort, background, now),
        conduct::fresh_accounts(cohort, background),
    ];
    let items = sharding::collisions(cohort);
    let mut evidence = plain(cohort, background, now, &items);
    evidence.extend(sometimes.into_iter().flatten());
    let links = identity::Links::of(cohort, background);
    let lacking = |evidence: &[Evidence]| LEAST_SCORE - weight::score(evidence);
    if lacking(&evidence) <= links.at_most() + synchrony::LIMIT {
        evidence.extend(synchrony::weigh(cohort, background));
    }
    let lacking = lacking(&evidence);
    let links = if lacking <= links.at_most() { links.weigh(background, lacking) } else { links.unweighed() };
    evidence.push(links);
    explained(evidence, &items)
}

/// Signals that people who work on one list of items show as well: a class, or the users of a benchmark.
const SHARED_ITEMS: [&str; 6] =
    ["equalised use", "shared rewordings", "common start and stop", "co-activity", "fail-over", "pool swap"];

/// Takes from each such signal what the items that the accounts have in common explain.
fn explained(mut evidence: Vec<Evidence>, items: &Collisions) -> Vec<Evidence> {
    let left = items.unexplained();
    if left < 1.0 {
        for e in evidence.iter_mut().filter(|e| e.weight > 0.0 && SHARED_ITEMS.contains(&e.signal.as_str())) {
            e.weight *= left;
            e.text.push_str(&format!("; {:.0} % of this is explained by the items they share", (1.0 - left) * 100.0));
        }
    }
    evidence
}

/// The signals that need no random sets: enough to compare ways to assemble a cohort.
pub(crate) fn quick(cohort: &Cohort<'_>, background: &Background<'_>, now: i64) -> Vec<Evidence> {
    let items = sharding::collisions(cohort);
    explained(plain(cohort, background, now, &items), &items)
}

fn plain(cohort: &Cohort<'_>, background: &Background<'_>, now: i64, items: &Collisions) -> Vec<Evidence> {
    let traffic = background.traffic;
    let always = [
        wording::private(cohort),
        wording::intent(cohort, traffic),
        sharding::weigh(items),
        equal_use::weigh(cohort),
        span::weigh(cohort, traffic, now),
        identity::independence(cohort, background),
    ];
    let sometimes = [wording::rewordings(cohort), rhythm::hours(cohort), rhythm::sizes(cohort)];
    always.into_iter().chain(sometimes.into_iter().flatten()).collect()
}
