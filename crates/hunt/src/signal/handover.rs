//! S3, fail-over and pool swap: what the cohort does when one of its accounts is refused.
//!
//! *Fail-over*: a refusal (401, 403, 429) of one account is followed within a minute by the first exchange in ten
//! minutes of another. Honest routers move inside their own account, and on 5xx. *Pool swap*: accounts that stop for
//! good after a refusal are followed by new accounts of the cohort within two days.

use std::collections::BTreeSet;

use crate::{
    campaign::{Evidence, Family},
    cohort::Cohort,
    weight::{bits, clamp, reach},
};

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 86_400_000_000;

pub(crate) fn failover(cohort: &Cohort<'_>) -> Option<Evidence> {
    let refusals: Vec<usize> = (0..cohort.events.len()).filter(|&i| refused(cohort.events[i].status)).collect();
    if refusals.len() < 5 {
        return None;
    }
    let wakes = wakes(cohort);
    let takers: Vec<(u32, u32)> =
        refusals.iter().filter_map(|&i| Some((cohort.seat_of[i], woken(&wakes, cohort, i, 0)?))).collect();
    let followed = takers.len() as f64;
    // The same question asked at the same hour of other days keeps each account's rhythm.
    let shifts = [-2 * DAY, -DAY, DAY, 2 * DAY];
    let null = shifts
        .iter()
        .map(|s| refusals.iter().filter(|&&i| woken(&wakes, cohort, i, *s).is_some()).count())
        .sum::<usize>() as f64
        / 4.0;
    let expected = null + 0.5;
    let ratio = followed * (followed.max(1.0) / expected).ln() - (followed - expected);
    let concerned: BTreeSet<u32> = takers.into_iter().flat_map(|(refused, taker)| [refused, taker]).collect();
    let reach = reach(concerned.len() as f64, cohort.seats.len());
    let weight = if followed > expected { clamp(bits(ratio) - 2.0, 0.0, 5.0) * reach } else { 0.0 };
    let text = format!(
        "after {} refusals another account took over within a minute {followed:.0} times; {null:.1} would be chance",
        refusals.len()
    );
    Some(Evidence { family: Family::Protocol, signal: "fail-over".into(), weight, p_value: None, text })
}

fn refused(status: u16) -> bool {
    matches!(status, 401 | 403 | 429)
}

/// Exchanges that are the first of their account in ten minutes: time and seat, in time order.
fn wakes(cohort: &Cohort<'_>) -> Vec<(i64, u32)> {
    let mut last = vec![i64::MIN / 2; cohort.seats.len()];
    let mut out = Vec::new();
    for (event, &seat) in cohort.events.iter().zip(&cohort.seat_of) {
        if event.time - last[seat as usize] > 10 * MINUTE {
            out.push((event.time, seat));
        }
        last[seat as usize] = event.time;
    }
    out
}

/// The seat that wakes first after a refusal, which is moved in time by `shift`.
fn woken(wakes: &[(i64, u32)], cohort: &Cohort<'_>, refusal: usize, shift: i64) -> Option<u32> {
    let time = cohort.events[refusal].time + shift;
    let start = wakes.partition_point(|(t, _)| *t <= time);
    let soon = wakes[start..].iter().take_while(|(t, _)| *t <= time + MINUTE);
    soon.map(|(_, seat)| *seat).find(|seat| *seat != cohort.seat_of[refusal])
}

pub(crate) fn pool_swap(cohort: &Cohort<'_>) -> Option<Evidence> {
    let (from, to) = cohort.span();
    let mut last_status = vec![200; cohort.seats.len()];
    for (event, &seat) in cohort.events.iter().zip(&cohort.seat_of) {
        last_status[seat as usize] = event.status;
    }
    let ended: Vec<i64> = cohort
        .seats
        .iter()
        .zip(&last_status)
        .filter(|(seat, status)| matches!(status, 401 | 403) && to - seat.last > DAY)
        .map(|(seat, _)| seat.last)
        .collect();
    if ended.len() < 3 || to - from < 3 * DAY {
        return None;
    }
    let middle = median(&ended);
    let together = ended.iter().filter(|t| (**t - middle).abs() < DAY).count() as f64 / ended.len() as f64;
    let successors = cohort.seats.iter().filter(|s| s.first > middle && s.first - middle < 2 * DAY).count() as f64;
    let later = cohort.seats.iter().filter(|s| s.first > from + DAY).count().max(1) as f64;
    let expected = later * (2 * DAY) as f64 / (to - from) as f64;
    let ratio = successors * (successors.max(1.0) / expected).ln() - (successors - expected);
    let weight = if successors > expected { clamp(bits(ratio) * together - 1.0, 0.0, 5.0) } else { 0.0 };
    let text = format!(
        "{} accounts ended in a refusal, {:.0} % of them within a day of each other; {successors:.0} new accounts took \
         up the wording in the two days after, {expected:.1} would be chance",
        ended.len(),
        together * 100.0
    );
    Some(Evidence { family: Family::Protocol, signal: "pool swap".into(), weight, p_value: None, text })
}

fn median(times: &[i64]) -> i64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}
