//! Templates: features that several accounts used repeatedly, without repetition among nested ones, and without those
//! that are plainly public.

use std::{cmp::Reverse, collections::HashMap};

use crate::{
    parallel,
    signal::{equal_use, span},
    tables::{Account, Column, Feature, Use, Uses},
};

/// A feature with the accounts that used it.
#[derive(Debug, Clone)]
pub struct Template {
    pub feature: Feature,
    /// Sorted by account.
    pub rows: Vec<Use>,
    /// Used so unevenly, or by so many from the first day to the last, that no pool can be behind all of it.
    pub public: bool,
}

impl Template {
    pub fn uses(&self) -> u64 {
        self.rows.iter().map(|r| u64::from(r.uses)).sum()
    }
}

/// Features nested in one another with this overlap of uses are one template.
const NESTED: f64 = 0.85;
/// Weight of use and span together, in bits, under which a template is public.
const PUBLIC: f64 = -3.5;
/// Features kept for the second pass, most used first.
const LIMIT: usize = 60_000;

/// Turns the table of uses into templates; `min_accounts` counts independent nodes.
pub fn mine(uses: &Uses, accounts: &[Account], min_accounts: u32) -> Vec<Template> {
    let mut by_feature: Vec<Vec<Use>> = vec![Vec::new(); uses.features.len()];
    for row in &uses.rows {
        by_feature[row.feature as usize].push(*row);
    }
    let window =
        (accounts.iter().map(|a| a.first).min().unwrap_or(0), accounts.iter().map(|a| a.last).max().unwrap_or(0));
    let shared: Vec<(&Feature, Vec<Use>)> = uses.features.iter().zip(by_feature).collect();
    let templates = parallel::map(&shared, |(feature, rows)| {
        let nodes = nodes(rows, accounts);
        (nodes >= min_accounts as usize).then(|| {
            let mut rows = rows.clone();
            rows.sort_unstable_by_key(|r| r.account);
            let public = looks_public(&rows, nodes, window);
            Template { feature: **feature, rows, public }
        })
    });
    let mut templates: Vec<Template> = templates.into_iter().flatten().collect();
    // The order must not hang on the keys: they change with the deployment's secret.
    let table = |t: &Template| t.rows.iter().map(|r| (r.account, r.uses, r.first)).collect::<Vec<_>>();
    templates.sort_by_cached_key(|t| (Reverse(t.uses()), t.feature.column, table(t), t.feature.key));
    templates.truncate(LIMIT);
    drop_nested(templates)
}

fn nodes(rows: &[Use], accounts: &[Account]) -> usize {
    let mut names: Vec<&str> =
        rows.iter().filter_map(|r| crate::cohort::organization(&accounts[r.account as usize])).collect();
    let alone = rows.len() - names.len();
    names.sort_unstable();
    names.dedup();
    alone + names.len()
}

/// The same weights that the cohort will meet, from the table of uses alone: it saves fetching what is hopeless.
fn looks_public(rows: &[Use], nodes: usize, window: (i64, i64)) -> bool {
    // Single uses were not asked for. Truncating at the least use seen would take a tight pool for the end of a long tail.
    let least = rows.iter().map(|r| r.uses).min().unwrap_or(1).min(2);
    let first = rows.iter().map(|r| r.first).min().unwrap_or(window.0);
    let last = rows.iter().map(|r| r.last).max().unwrap_or(window.1);
    let users: Vec<(u32, i64)> = rows.iter().map(|r| (r.uses, r.first)).collect();
    equal_use::weight(&users, (first, last), least) + span::weight((first, last), window, nodes) < PUBLIC
}

/// Keeps the most used of templates that are used by the same accounts equally often.
///
/// Prefixes of four, eight and sixteen tokens of one wording give the same table three times. Candidates are found by
/// their account of most uses, so the cost is near linear.
fn drop_nested(templates: Vec<Template>) -> Vec<Template> {
    let mut kept: Vec<Template> = Vec::new();
    let mut by_top: HashMap<(bool, u32), Vec<usize>> = HashMap::new();
    for template in templates {
        let side = is_suffix(template.feature.column);
        let tops = heaviest(&template.rows);
        let twin = tops.iter().flat_map(|&a| by_top.get(&(side, a)).into_iter().flatten()).any(|&i| {
            same_kind(kept[i].feature.column, template.feature.column)
                && overlap(&kept[i].rows, &template.rows) >= NESTED
        });
        if !twin {
            for account in tops {
                by_top.entry((side, account)).or_default().push(kept.len());
            }
            kept.push(template);
        }
    }
    kept
}

fn is_suffix(column: Column) -> bool {
    matches!(column, Column::Suffix4 | Column::Suffix8 | Column::Suffix16)
}

fn same_kind(a: Column, b: Column) -> bool {
    let kind = |c| match c {
        Column::SystemKey | Column::SystemPrefix => 0,
        Column::Prefix4 | Column::Prefix8 | Column::Prefix16 => 1,
        Column::Suffix4 | Column::Suffix8 | Column::Suffix16 => 2,
    };
    kind(a) == kind(b)
}

fn heaviest(rows: &[Use]) -> Vec<u32> {
    let mut order: Vec<(u32, u32)> = rows.iter().map(|r| (r.uses, r.account)).collect();
    order.sort_unstable_by(|a, b| b.cmp(a));
    order.into_iter().take(3).map(|(_, account)| account).collect()
}

/// Weighted Jaccard of two tables of uses.
fn overlap(a: &[Use], b: &[Use]) -> f64 {
    let (mut i, mut j, mut both, mut any) = (0, 0, 0u64, 0u64);
    while i < a.len() || j < b.len() {
        let left = a.get(i).map_or(u32::MAX, |r| r.account);
        let right = b.get(j).map_or(u32::MAX, |r| r.account);
        let account = left.min(right);
        let x = if left == account { a[i].uses } else { 0 };
        let y = if right == account { b[j].uses } else { 0 };
        both += u64::from(x.min(y));
        any += u64::from(x.max(y));
        i += usize::from(left == account);
        j += usize::from(right == account);
    }
    both as f64 / any.max(1) as f64
}
