//! Assembly: from templates to cohorts, by joining wordings that the same accounts use, and by pruning.
//!
//! Never plain connected components: two groups of templates are joined only if their accounts overlap far above chance
//! *and* the joint cohort is better evidence than either part. Public templates join nothing.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use crate::parallel;

/// Accounts that use a group of templates.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// Indices of templates.
    pub(crate) templates: BTreeSet<u32>,
    /// Sorted.
    pub(crate) accounts: Vec<u32>,
    pub(crate) score: f64,
    /// Already joined with all that it can be joined with, but for those that are not.
    pub(crate) settled: bool,
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

/// An overlap: the Jaccard index of two groups' accounts, and the groups.
type Edge = (f64, usize, usize);

/// Joins groups greedily by falling overlap; `score` weighs the cohort of a set of templates.
pub(crate) fn join(groups: Vec<Group>, population: usize, score: impl Fn(&BTreeSet<u32>) -> f64 + Sync) -> Vec<Group> {
    let edges = overlaps(&groups, population);
    // What no chain of overlaps connects can be worked on side by side.
    let mut parent: Vec<usize> = (0..groups.len()).collect();
    for &(_, i, j) in &edges {
        let (i, j) = (root(&mut parent, i), root(&mut parent, j));
        parent[j] = i;
    }
    let mut parts: BTreeMap<usize, (Vec<usize>, Vec<Edge>)> = BTreeMap::new();
    for i in 0..groups.len() {
        parts.entry(root(&mut parent, i)).or_default().0.push(i);
    }
    for edge in edges {
        parts.entry(root(&mut parent, edge.1)).or_default().1.push(edge);
    }
    let mut parts: Vec<(Vec<usize>, Vec<Edge>)> = parts.into_values().collect();
    parts.sort_by_key(|(members, edges)| (Reverse(edges.len()), members.first().copied()));
    let joined = parallel::map(&parts, |(members, edges)| join_part(&groups, members, edges, population, &score));
    joined.into_iter().flatten().collect()
}

/// Joins the groups `members` of one part, in the order of their overlaps.
fn join_part(
    groups: &[Group],
    members: &[usize],
    edges: &[Edge],
    population: usize,
    score: &impl Fn(&BTreeSet<u32>) -> f64,
) -> Vec<Group> {
    let place = |i: usize| members.binary_search(&i).expect("an edge lies inside its part");
    let mut edges: Vec<Edge> = edges.iter().map(|&(overlap, i, j)| (overlap, place(i), place(j))).collect();
    edges.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    let mut parent: Vec<usize> = (0..members.len()).collect();
    let mut refused = vec![0; members.len()];
    let mut part: Vec<Option<Group>> = members.iter().map(|&i| Some(groups[i].clone())).collect();
    for (_, i, j) in edges {
        let (i, j) = (root(&mut parent, i), root(&mut parent, j));
        if i == j || refused[i] >= REFUSALS || refused[j] >= REFUSALS {
            continue;
        }
        let (Some(a), Some(b)) = (&part[i], &part[j]) else { continue };
        if let Some(joint) = joined(a, b, population, score) {
            parent[j] = i;
            part[i] = Some(joint);
            part[j] = None;
        } else {
            refused[i] += 1;
            refused[j] += 1;
        }
    }
    part.into_iter().flatten().collect()
}

fn joined(a: &Group, b: &Group, population: usize, score: &impl Fn(&BTreeSet<u32>) -> f64) -> Option<Group> {
    let accounts = union(&a.accounts, &b.accounts);
    let both = a.accounts.len() + b.accounts.len() - accounts.len();
    if !belongs(both, a.accounts.len(), b.accounts.len(), population) {
        return None;
    }
    let templates: BTreeSet<u32> = a.templates.union(&b.templates).copied().collect();
    let joint = score(&templates);
    let accepted = joint >= a.score.max(b.score) - TOLERANCE;
    accepted.then_some(Group { templates, accounts, score: joint, settled: false })
}

/// Of two sorted lists.
fn union(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut both = [a, b].concat();
    both.sort_unstable();
    both.dedup();
    both
}

fn belongs(both: usize, a: usize, b: usize, population: usize) -> bool {
    let (n, a, b) = (both as f64, a as f64, b as f64);
    let jaccard = n / (a + b - n);
    let contained = n / a.min(b);
    let lift = n * population as f64 / (a * b);
    both >= 2 && lift >= LIFT && (jaccard >= JACCARD || contained >= CONTAINED)
}

/// Pairs of groups whose accounts overlap, with the Jaccard index; not those of two settled groups.
fn overlaps(groups: &[Group], population: usize) -> Vec<Edge> {
    let mut held: Vec<Vec<u32>> = vec![Vec::new(); population];
    for (i, group) in (0..).zip(groups) {
        for &account in &group.accounts {
            // Groups come in falling order of use, so the first ones are those that matter.
            let held = &mut held[account as usize];
            if held.len() < PAIRS_PER_ACCOUNT {
                held.push(i);
            }
        }
    }
    let mut common: Vec<u32> = vec![0; groups.len()];
    let mut met: Vec<u32> = Vec::new();
    let mut edges = Vec::new();
    for (i, group) in groups.iter().enumerate() {
        for &account in &group.accounts {
            let held = &held[account as usize];
            let after = held.partition_point(|j| *j as usize <= i);
            if after > 0 && held[after - 1] as usize == i {
                for &j in &held[after..] {
                    if common[j as usize] == 0 {
                        met.push(j);
                    }
                    common[j as usize] += 1;
                }
            }
        }
        for j in met.drain(..) {
            let other = &groups[j as usize];
            let both = std::mem::take(&mut common[j as usize]) as usize;
            let (a, b) = (group.accounts.len(), other.accounts.len());
            if !(group.settled && other.settled) && belongs(both, a, b, population) {
                edges.push((both as f64 / (a + b - both) as f64, i, j as usize));
            }
        }
    }
    edges
}

fn root(parent: &mut [usize], mut i: usize) -> usize {
    while parent[i] != i {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    i
}
