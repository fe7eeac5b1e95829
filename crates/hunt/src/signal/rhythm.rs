//! B1 and exchangeability: workers of one scheduler keep the same hours and draw from one pool.
//!
//! Both are intraclass correlations: how much of the variance lies *between* accounts. Independent people have hours
//! and subjects of their own; interchangeable workers do not. Hours are taken on the circle of the day.

use std::f64::consts::TAU;

use crate::{
    campaign::{Evidence, Family},
    cohort::Cohort,
    weight::clamp,
};

pub(crate) fn hours(cohort: &Cohort<'_>) -> Option<Evidence> {
    let angle = |time: i64| (time.rem_euclid(86_400_000_000) as f64) / 86_400e6 * TAU;
    let cos = intraclass(cohort, |i| angle(cohort.events[i].time).cos())?;
    let sin = intraclass(cohort, |i| angle(cohort.events[i].time).sin())?;
    let correlation = (cos + sin) / 2.0;
    let weight = clamp(confidence(cohort) * (0.15 - correlation) * 10.0, -3.0, 1.5);
    let text = format!(
        "{:.0} % of the variance in the hour of day lies between accounts; people and teams with hours of their own \
         show 20 % and more",
        correlation.max(0.0) * 100.0
    );
    Some(Evidence { family: Family::Timing, signal: "shared hours".into(), weight, p_value: None, text })
}

pub(crate) fn sizes(cohort: &Cohort<'_>) -> Option<Evidence> {
    let correlation = intraclass(cohort, |i| f64::from(cohort.events[i].input_tokens).ln_1p())?;
    let weight = clamp(confidence(cohort) * (0.12 - correlation) * 8.0, -4.0, 1.0);
    let text = format!(
        "{:.0} % of the variance in prompt length lies between accounts; customers with subjects of their own differ, \
         workers on one list do not",
        correlation.max(0.0) * 100.0
    );
    Some(Evidence { family: Family::Behaviour, signal: "interchangeable requests".into(), weight, p_value: None, text })
}

/// Grows to one as there are more accounts with several exchanges each.
fn confidence(cohort: &Cohort<'_>) -> f64 {
    let repeats = cohort.events.len().saturating_sub(cohort.seats.len()) as f64;
    let seats = cohort.seats.len() as f64;
    (repeats / (repeats + 20.0)) * (seats / (seats + 4.0))
}

/// One-way random-effects ANOVA estimate; `None` when there are too few repeats.
fn intraclass(cohort: &Cohort<'_>, value: impl Fn(usize) -> f64) -> Option<f64> {
    let groups = cohort.seats.len();
    let total = cohort.events.len();
    if groups < 3 || total < groups + 5 {
        return None;
    }
    let mut sum = vec![0.0; groups];
    let mut squares = 0.0;
    for (i, &seat) in cohort.seat_of.iter().enumerate() {
        let v = value(i);
        sum[seat as usize] += v;
        squares += v * v;
    }
    let n = total as f64;
    let mean = sum.iter().sum::<f64>() / n;
    let between: f64 = sum.iter().zip(&cohort.seats).map(|(s, seat)| s * s / f64::from(seat.uses)).sum();
    let mean_square_between = (between - n * mean * mean) / (groups as f64 - 1.0);
    let mean_square_within = (squares - between) / (n - groups as f64);
    let sizes: f64 = cohort.seats.iter().map(|s| f64::from(s.uses).powi(2)).sum();
    let size = (n - sizes / n) / (groups as f64 - 1.0);
    if mean_square_within <= 1e-12 {
        return (mean_square_between > 1e-9).then_some(1.0);
    }
    let ratio = mean_square_between / mean_square_within;
    Some((ratio - 1.0) / (ratio - 1.0 + size))
}
