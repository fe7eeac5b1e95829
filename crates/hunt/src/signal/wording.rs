//! Text signals of a cohort: whether others use the wording, whether the accounts share a set of rewordings, and
//! whether the prompts ask for what a rival model would be trained on.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::{
    campaign::{Evidence, Family},
    cohort::Cohort,
    tables::{NONE, Traffic},
    weight::clamp,
};

/// Wording that nobody else uses.
pub(crate) fn private(cohort: &Cohort<'_>) -> Evidence {
    let share = outside_share(cohort);
    let weight = clamp(1.0 - 4.0 * share, -3.0, 1.0);
    let text = format!(
        "{} accounts outside the cohort have used the wording; a public tool is also used in passing by many",
        cohort.outsiders
    );
    Evidence { family: Family::Text, signal: "private wording".into(), weight, p_value: None, text }
}

fn outside_share(cohort: &Cohort<'_>) -> f64 {
    let outside = cohort.outsiders as f64;
    outside / (outside + cohort.seats.len() as f64)
}

/// The same rewordings, in the same mixture, across accounts.
///
/// A customer of a tool has one wording, or a favourite of its own; workers draw from one list of rewordings.
/// Homogeneity is judged by the chi-square of the table accounts x rewordings over its degrees of freedom: about 1 when
/// everyone draws from one mixture, far above when each has its own.
pub(crate) fn rewordings(cohort: &Cohort<'_>) -> Option<Evidence> {
    let column = rewording_column(cohort)?;
    let (table, variants) = rewording_table(cohort, column);
    if variants < 2 {
        return None;
    }
    let dispersion = chi_square_ratio(&table, variants)?;
    let used: f64 = table.iter().map(|row| effective(row)).sum::<f64>() / table.len() as f64;
    let breadth = (used - 1.0).clamp(0.0, 3.0) * 1.6;
    // Phrases that many others use too are no list of one hand.
    let own = 1.0 - (2.5 * outside_share(cohort)).min(1.0);
    let weight = clamp(breadth * own * (2.5 - dispersion).clamp(-1.0, 1.0), -2.0, 4.0);
    let text = format!(
        "{variants} rewordings of one request; each account uses {used:.1} of them in effect, in mixtures that differ \
         {dispersion:.1} times as much as chance alone would make them; customers of a tool keep to one wording each"
    );
    Some(Evidence { family: Family::Text, signal: "shared rewordings".into(), weight, p_value: None, text })
}

/// A wording that stands in so many of the exchanges is *the* wording: what differs beside it are the items.
const FIXED: f64 = 0.85;
/// The rewordings must make up this share of the exchanges.
const COVERED: f64 = 0.5;

/// The column whose features cover the most exchanges; `None` when some column holds one fixed wording.
fn rewording_column(cohort: &Cohort<'_>) -> Option<usize> {
    let total = cohort.events.len() as f64;
    let mut best: Option<(f64, usize)> = None;
    for column in 0..8 {
        let mut counts: FxHashMap<u32, usize> = FxHashMap::default();
        for event in cohort.events.iter().filter(|e| e.features[column] != NONE) {
            *counts.entry(event.features[column]).or_default() += 1;
        }
        let most = counts.values().copied().max().unwrap_or(0) as f64 / total;
        if most >= FIXED {
            return None;
        }
        let covered = counts.values().sum::<usize>() as f64 / total;
        if covered >= COVERED && best.is_none_or(|(c, _)| covered > c + 0.05) {
            best = Some((covered, column));
        }
    }
    best.map(|(_, column)| column)
}

/// Rows are seats with at least three exchanges; columns are the rewordings that make up 3 % and more.
fn rewording_table(cohort: &Cohort<'_>, column: usize) -> (Vec<Vec<f64>>, usize) {
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for event in &cohort.events {
        *counts.entry(event.features[column]).or_default() += 1;
    }
    let enough = cohort.events.len() as f64 * 0.03;
    let index: BTreeMap<u32, usize> = counts
        .into_iter()
        .filter(|(feature, n)| *feature != NONE && *n as f64 >= enough)
        .enumerate()
        .map(|(i, (feature, _))| (feature, i))
        .collect();
    let mut rows: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for (event, &seat) in cohort.events.iter().zip(&cohort.seat_of) {
        if let Some(&variant) = index.get(&event.features[column]) {
            rows.entry(seat).or_insert_with(|| vec![0.0; index.len()])[variant] += 1.0;
        }
    }
    let rows = rows.into_values().filter(|r| r.iter().sum::<f64>() >= 3.0).collect();
    (rows, index.len())
}

/// Inverse Simpson number, corrected for few draws.
fn effective(row: &[f64]) -> f64 {
    let n: f64 = row.iter().sum();
    let same: f64 = row.iter().map(|c| c * (c - 1.0)).sum::<f64>() / (n * (n - 1.0));
    (1.0 / same.max(1.0 / row.len() as f64)).min(row.len() as f64)
}

fn chi_square_ratio(table: &[Vec<f64>], variants: usize) -> Option<f64> {
    if table.len() < 3 {
        return None;
    }
    let totals: Vec<f64> = (0..variants).map(|v| table.iter().map(|row| row[v]).sum()).collect();
    let all: f64 = totals.iter().sum();
    let columns = totals.iter().filter(|t| **t > 0.0).count();
    if columns < 2 {
        return None;
    }
    let mut chi = 0.0;
    for row in table {
        let n: f64 = row.iter().sum();
        for (count, total) in row.iter().zip(&totals) {
            let expected = n * total / all;
            if expected > 0.0 {
                chi += (count - expected).powi(2) / expected;
            }
        }
    }
    Some(chi / ((table.len() - 1) * (columns - 1)) as f64)
}

/// Extraction intent: weak, capped, and never enough by itself.
pub(crate) fn intent(cohort: &Cohort<'_>, traffic: &Traffic) -> Evidence {
    let marked = cohort.events.iter().filter(|e| e.marks != 0).count() as f64 / cohort.events.len().max(1) as f64;
    let usual = traffic.marked_share.clamp(0.005, 0.5);
    let weight = clamp(((marked + 0.02) / (usual + 0.02)).log2() * 0.75, -0.5, 2.0);
    let text = format!(
        "{:.0} % of the prompts ask for reasoning, grading or training data in some form; {:.0} % of all traffic does",
        marked * 100.0,
        traffic.marked_share * 100.0
    );
    Evidence { family: Family::Text, signal: "extraction intent".into(), weight, p_value: None, text }
}
