//! Assembly: from templates to cohorts, by joining wordings that the same accounts use, and by pruning.
//!
//! Never plain connected components: two groups of templates are joined only if their accounts overlap far above chance
//! *and* the joint cohort is better evidence than either part. Public templates join nothing.

use std::collections::{BTreeSet, HashMap};

/// Accounts that use a group of templates.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// Indices of templates.
    pub(crate) templates: BTreeSet<u32>,
    pub(crate) accounts: BTreeSet<u32>,
    pub(crate) score: f64,
}

/// Joint use under this Jaccard index joins nothing.
const JACCARD: f64 = 0.25;
/// Joint use of a small group inside a larger one needs this share of the smaller.
const CONTAINED: f64 = 0.6;
/// Overlap against chance.
const LIFT: f64 = 3.0;
/// A template whose accounts use more templates than this is no key for pairing (cost stays linear).
const PAIRS_PER_ACCOUNT: usize = 400;
/// A join may cost this much evidence: groups are often joined before the evidence of either is worth anything.
const TOLERANCE: f64 = 0.5;

/// After so many joins that made the evidence worse, a group is complete.
const REFUSALS: u32 = 12;

/// Joins groups greedily by falling overlap; `score` weighs the cohort of a set of templates.
pub(crate) fn join(groups: Vec<Group>, population: usize, score: impl Fn(&BTreeSet<u32>) -> f64) -> Vec<Group> {
    let mut edges = overlaps(&groups, population);
    edges.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    let mut parent: Vec<usize> = (0..groups.len()).collect();
    let mut refused = vec![0; groups.len()];
    let mut groups: Vec<Option<Group>> = groups.into_iter().map(Some).collect();
    for (_, i, j) in edges {
        let (i, j) = (root(&mut parent, i), root(&mut parent, j));
        if i == j || refused[i] >= REFUSALS || refused[j] >= REFUSALS {
            continue;
        }
        let (Some(a), Some(b)) = (&groups[i], &groups[j]) else { continue };
        if let Some(joint) = joined(a, b, population, &score) {
            parent[j] = i;
            groups[i] = Some(joint);
            groups[j] = None;
        } else {
            refused[i] += 1;
            refused[j] += 1;
        }
    }
    groups.into_iter().flatten().collect()
}

fn joined(a: &Group, b: &Group, population: usize, score: &impl Fn(&BTreeSet<u32>) -> f64) -> Option<Group> {
    let both = a.accounts.intersection(&b.accounts).count();
    if !belongs(both, a.accounts.len(), b.accounts.len(), population) {
        return None;
    }
    let templates: BTreeSet<u32> = a.templates.union(&b.templates).copied().collect();
    let joint = score(&templates);
    let accepted = joint >= a.score.max(b.score) - TOLERANCE;
    accepted.then(|| Group { templates, accounts: a.accounts.union(&b.accounts).copied().collect(), score: joint })
}

fn belongs(both: usize, a: usize, b: usize, population: usize) -> bool {
    let (n, a, b) = (both as f64, a as f64, b as f64);
    let jaccard = n / (a + b - n);
    let contained = n / a.min(b);
    let lift = n * population as f64 / (a * b);
    both >= 2 && lift >= LIFT && (jaccard >= JACCARD || contained >= CONTAINED)
}

/// Pairs of groups whose accounts overlap, with the Jaccard index.
fn overlaps(groups: &[Group], population: usize) -> Vec<(f64, usize, usize)> {
    let mut by_account: HashMap<u32, Vec<usize>> = HashMap::new();
    for (i, group) in groups.iter().enumerate() {
        for &account in &group.accounts {
            by_account.entry(account).or_default().push(i);
        }
    }
    let mut common: HashMap<(usize, usize), usize> = HashMap::new();
    for held in by_account.values() {
        // Groups come in falling order of use, so the first ones are those that matter.
        let held = &held[..held.len().min(PAIRS_PER_ACCOUNT)];
        for (x, &i) in held.iter().enumerate() {
            for &j in &held[x + 1..] {
                *common.entry((i, j)).or_default() += 1;
            }
        }
    }
    common
        .into_iter()
        .filter(|((i, j), both)| belongs(*both, groups[*i].accounts.len(), groups[*j].accounts.len(), population))
        .map(|((i, j), both)| {
            let union = groups[i].accounts.len() + groups[j].accounts.len() - both;
            (both as f64 / union as f64, i, j)
        })
        .collect()
}

fn root(parent: &mut [usize], mut i: usize) -> usize {
    while parent[i] != i {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    i
}
