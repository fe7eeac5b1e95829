//! Which request of one run is which of another one.

use std::collections::HashMap;

use super::request::Request;

/// For each usual request the same one of another run; and the requests that the usual run has not.
pub(super) fn align(usual: &[Request], other: &[Request]) -> (Vec<Option<usize>>, Vec<usize>) {
    let mut groups: HashMap<&str, Vec<usize>> = HashMap::new();
    for (i, request) in other.iter().enumerate() {
        groups.entry(&request.key).or_default().push(i);
    }
    let mut found = vec![None; usual.len()];
    for (i, request) in usual.iter().enumerate() {
        let Some(open) = groups.get_mut(request.key.as_str()).filter(|o| !o.is_empty()) else { continue };
        // Requests that are sent at the same time come in any order: the most similar one, the earlier one where several are.
        let best = (0..open.len()).max_by(|a, b| {
            let (x, y) = (likeness(request, &other[open[*a]]), likeness(request, &other[open[*b]]));
            x.total_cmp(&y).then(b.cmp(a))
        });
        found[i] = best.map(|b| open.remove(b));
    }
    let mut left: Vec<usize> = groups.into_values().flatten().collect();
    left.sort_unstable();
    (found, left)
}

/// The share of words that two bodies have in common.
fn likeness(a: &Request, b: &Request) -> f64 {
    let both = a.words.intersection(&b.words).count();
    let all = a.words.len() + b.words.len() - both;
    if all == 0 { 1.0 } else { both as f64 / all as f64 }
}
