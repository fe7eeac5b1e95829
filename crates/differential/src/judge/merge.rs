//! The same change at several places, told once.

use crate::receipt::RunFinding;

/// Places beyond these are counted only.
const NAMED: usize = 32;

/// Puts findings together that differ in nothing but their place; each member of the request keeps its own.
pub(super) fn merge(all: Vec<RunFinding>) -> Vec<RunFinding> {
    let mut out: Vec<RunFinding> = Vec::new();
    for one in all {
        match out.iter_mut().find(|first| same(first, &one)) {
            Some(first) => {
                first.difference.further += 1;
                if first.difference.also.len() < NAMED {
                    first.difference.also.push(format!("{}, {}", one.difference.request, one.difference.place));
                }
            }
            None => out.push(one),
        }
    }
    for finding in out.iter_mut().filter(|f| f.difference.further > 0) {
        let more = finding.difference.further;
        finding.finding.text.push_str(&format!(" The same at {more} more place{}.", if more == 1 { "" } else { "s" }));
    }
    out
}

fn same(first: &RunFinding, other: &RunFinding) -> bool {
    let (a, b) = (&first.finding, &other.finding);
    let (x, y) = (&first.difference, &other.difference);
    (&a.rule, a.severity, a.source, a.channel, a.encoding) == (&b.rule, b.severity, b.source, b.channel, b.encoding)
        && a.compared == b.compared
        && x.together_with == y.together_with
        && name(&x.place) == name(&y.place)
        && (&x.usual, &x.variant) == (&y.usual, &y.variant)
}

fn name(place: &str) -> &str {
    place.rsplit('/').next().unwrap_or(place)
}
