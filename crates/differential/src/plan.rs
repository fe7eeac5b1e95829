//! Which environments a client is run in.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    environment::{Environment, Factor, Vary},
    hints::Hints,
};

/// Values of a factor that are tried together with those of others: known ones, and ones that the client names.
const TOGETHER: usize = 4;
const TOGETHER_NAMED: usize = 3;

/// Values to try, by factor, the most telling first.
pub(crate) type Values = BTreeMap<Factor, Vec<String>>;

/// What was asked for in place of what is known, and what the client's own files name before both.
pub(crate) fn values(vary: &[Vary], hints: &Hints, isolate: bool) -> Values {
    let mut all = Values::new();
    for factor in Factor::ALL {
        let asked: Vec<String> = vary.iter().filter(|v| v.factor == factor).flat_map(|v| v.values.clone()).collect();
        let mut values = if asked.is_empty() {
            let named = hints.of(factor).iter().cloned();
            named.chain(factor.known().iter().map(|v| (*v).to_owned())).collect()
        } else {
            asked
        };
        if !isolate {
            values = match factor {
                Factor::Hostname => Vec::new(),
                Factor::BaseUrl => vec!["localhost".to_owned()],
                Factor::Proxy => vec!["http://127.0.0.1:0".to_owned(), "http://localhost:0".to_owned()],
                _ => values,
            };
        }
        let mut seen = BTreeSet::new();
        values.retain(|v| v != factor.usual() && seen.insert(v.clone()));
        all.insert(factor, values);
    }
    all
}

/// Each value by itself.
pub(crate) fn singles(values: &Values) -> Vec<Environment> {
    values.iter().flat_map(|(factor, all)| all.iter().map(|v| Environment::of(*factor, v))).collect()
}

/// The values of a factor that are tried together with those of others.
fn first(factor: Factor, all: &[String]) -> Vec<String> {
    let few = matches!(factor, Factor::Username | Factor::Hostname);
    let (known, named): (Vec<&String>, Vec<&String>) = all.iter().partition(|v| factor.known().contains(&v.as_str()));
    let (known_most, named_most) = if few { (1, 1) } else { (TOGETHER, TOGETHER_NAMED) };
    let known_most = if named.is_empty() { known_most + usize::from(few) } else { known_most };
    named
        .into_iter()
        .take(if known.is_empty() { known_most + named_most } else { named_most })
        .chain(known.into_iter().take(known_most))
        .cloned()
        .collect()
}

/// Environments in which every two of the first values of two factors occur together.
pub(crate) fn together(values: &Values) -> Vec<Environment> {
    let first: Vec<(Factor, Vec<String>)> =
        values.iter().filter(|(_, all)| !all.is_empty()).map(|(f, all)| (*f, first(*f, all))).collect();
    let mut open: BTreeSet<((usize, usize), (usize, usize))> = BTreeSet::new();
    for (i, (_, a)) in first.iter().enumerate() {
        for (j, (_, b)) in first.iter().enumerate().skip(i + 1) {
            open.extend((0..a.len()).flat_map(|x| (0..b.len()).map(move |y| ((i, x), (j, y)))));
        }
    }
    let pair = |a: (usize, usize), b: (usize, usize)| if a < b { (a, b) } else { (b, a) };
    let mut rows = Vec::new();
    while let Some((a, b)) = open.first().copied() {
        let mut row = BTreeMap::from([a, b]);
        for (i, (_, all)) in first.iter().enumerate().filter(|(i, _)| *i != a.0 && *i != b.0) {
            let gain = |x: usize| row.iter().filter(|(j, y)| open.contains(&pair((i, x), (**j, **y)))).count();
            let best = (0..all.len()).max_by_key(|x| (gain(*x), std::cmp::Reverse(*x))).unwrap_or(0);
            row.insert(i, best);
        }
        let cells: Vec<(usize, usize)> = row.iter().map(|(i, x)| (*i, *x)).collect();
        for (k, a) in cells.iter().enumerate() {
            for b in &cells[k + 1..] {
                open.remove(&pair(*a, *b));
            }
        }
        rows.push(Environment(cells.iter().map(|(i, x)| (first[*i].0, first[*i].1[*x].clone())).collect()));
    }
    rows
}

/// Keeps at most so many values of each factor; gives those that were left out.
pub(crate) fn trim(values: &mut Values, most: usize) -> Vec<(Factor, Vec<String>)> {
    values.iter_mut().filter(|(_, all)| all.len() > most).map(|(factor, all)| (*factor, all.split_off(most))).collect()
}
