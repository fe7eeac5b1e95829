//! Figures that follow from one campaign, for the page and for the terminal alike.

use hunt::campaign::{Campaign, Cleared, Evidence, Family, Timeline};

use crate::wording::{self, FAMILIES};

/// The sum of the evidence of each family that has any.
pub(crate) fn family_weights(evidence: &[Evidence]) -> Vec<(Family, f64)> {
    FAMILIES
        .into_iter()
        .filter(|family| evidence.iter().any(|e| e.family == *family))
        .map(|family| (family, evidence.iter().filter(|e| e.family == family).map(|e| finite(e.weight)).sum()))
        .collect()
}

/// `weight`, with nonsense taken for no weight.
pub(crate) fn finite(weight: f64) -> f64 {
    if weight.is_finite() { weight } else { 0.0 }
}

/// The evidence that says most first, whether it speaks for or against.
pub(crate) fn by_size(evidence: &[Evidence]) -> Vec<&Evidence> {
    let mut sorted: Vec<&Evidence> = evidence.iter().collect();
    sorted.sort_by(|a, b| finite(b.weight).abs().total_cmp(&finite(a.weight).abs()));
    sorted
}

/// The harvest of every bucket.
pub(crate) fn column_sums(timeline: &Timeline) -> Vec<u64> {
    let columns = timeline.counts.iter().map(Vec::len).max().unwrap_or(0);
    let mut sums = vec![0_u64; columns];
    for row in &timeline.counts {
        for (sum, count) in sums.iter_mut().zip(row) {
            *sum = sum.saturating_add(u64::from(*count));
        }
    }
    sums
}

/// What follows the time of the first alert: how much of the harvest had happened by then.
pub(crate) fn harvest_before_alert(campaign: &Campaign) -> String {
    match share_before_alert(campaign) {
        Some(share) if share < 0.001 => ", at the very start of the harvest".to_owned(),
        Some(share) => format!(", after about {} of the harvest", wording::percent(share)),
        None => String::new(),
    }
}

/// Takes the harvest inside a bucket as even.
fn share_before_alert(campaign: &Campaign) -> Option<f64> {
    let alert = wording::seconds(campaign.first_alert.as_ref()?)?;
    let start = wording::seconds(&campaign.timeline.start)?;
    let width = campaign.timeline.bucket_seconds;
    let sums = column_sums(&campaign.timeline);
    let total: f64 = sums.iter().map(|n| *n as f64).sum();
    if width == 0 || total <= 0.0 {
        return None;
    }
    let elapsed = alert.saturating_sub(start) as f64 / width as f64;
    let before: f64 = sums.iter().enumerate().map(|(i, n)| *n as f64 * (elapsed - i as f64).clamp(0.0, 1.0)).sum();
    Some(before / total)
}

/// Cleared cohorts by class: class, cohorts, accounts; most cohorts first.
pub(crate) fn cleared_classes(cleared: &[Cleared]) -> Vec<(&str, u64, u64)> {
    let mut classes: Vec<(&str, u64, u64)> = Vec::new();
    for cohort in cleared {
        match classes.iter_mut().find(|(class, ..)| *class == cohort.class) {
            Some((_, cohorts, accounts)) => {
                *cohorts += 1;
                *accounts = accounts.saturating_add(cohort.accounts);
            }
            None => classes.push((&cohort.class, 1, cohort.accounts)),
        }
    }
    classes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    classes
}
