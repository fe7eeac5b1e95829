//! Item sharding: do the accounts split one list, draw from a shared benchmark, or work on unrelated things?
//!
//! `k` counts item collisions over pairs of accounts, `s` is the number of chances. Three models of `k`:
//! a public pool of finite size (everyone meets the same items; negative binomial, since everyone starts at the top),
//! independent draws (Poisson at the rate of unlinked accounts), disjoint shards (Poisson at the retry rate).
//! Where `s` times the independent rate is under 5, independent draws and shards cannot be told apart, and the answer is
//! *uninformative*.

use statrs::function::gamma::ln_gamma;

use crate::{
    campaign::{Evidence, Family},
    cohort::Cohort,
    item,
    weight::{bits, clamp, log_mean},
};

/// Sizes of public benchmarks whose users meet each other's items: from 80 (MT-bench) up.
const POOLS: [f64; 5] = [80.0, 200.0, 500.0, 1_300.0, 3_000.0];
/// Collisions per chance between unlinked accounts on one subject, log-uniform.
const INDEPENDENT: [f64; 4] = [2e-6, 1e-5, 5e-5, 2e-4];
/// Collisions per chance between the shards of one list: retries only.
const SHARDS: [f64; 3] = [1e-9, 1e-8, 1e-7];
/// Shape of the pool model: how unevenly people walk through a benchmark.
const POOL_SHAPE: f64 = 2.0;
/// Shared items in this share of the exchanges explain nothing, and in this share everything else.
const SHARED: (f64, f64) = (0.2, 0.6);

/// Collisions and chances of a cohort's items.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Collisions {
    pub(crate) k: f64,
    pub(crate) s: f64,
    /// Share of exchanges whose item another account worked on too.
    pub(crate) shared: f64,
    pub(crate) items: usize,
}

pub(crate) fn collisions(cohort: &Cohort<'_>) -> Collisions {
    let mut uses = vec![0_u32; cohort.seats.len()];
    let mut met: Vec<(u64, u32)> = Vec::with_capacity(cohort.events.len());
    for (event, &seat) in cohort.events.iter().zip(&cohort.seat_of).filter(|(e, _)| e.item != item::UNKNOWN) {
        met.push((event.item, seat));
        uses[seat as usize] += 1;
    }
    met.sort_unstable();
    let (mut k, mut shared, mut items) = (0.0, 0usize, 0usize);
    for one in met.chunk_by(|a, b| a.0 == b.0) {
        let n = one.chunk_by(|a, b| a.1 == b.1).count() as f64;
        k += n * (n - 1.0) / 2.0;
        shared += if n > 1.0 { one.len() } else { 0 };
        items += 1;
    }
    let n: f64 = uses.iter().map(|u| f64::from(*u)).sum();
    let squares: f64 = uses.iter().map(|u| f64::from(*u).powi(2)).sum();
    Collisions { k, s: (n * n - squares) / 2.0, shared: shared as f64 / n.max(1.0), items }
}

impl Collisions {
    /// How much of what the accounts do alike is left unexplained by a common list of items: 1 = all, 0 = nothing.
    pub(crate) fn unexplained(&self) -> f64 {
        ((SHARED.1 - self.shared) / (SHARED.1 - SHARED.0)).clamp(0.0, 1.0)
    }
}

pub(crate) fn weigh(c: &Collisions) -> Evidence {
    let pool = log_mean(&POOLS.map(|m| negative_binomial(c.k, c.s / m)));
    let independent = log_mean(&INDEPENDENT.map(|rate| poisson(c.k, c.s * rate)));
    let shards = log_mean(&SHARDS.map(|rate| poisson(c.k, c.s * rate)));
    let against_pool = bits(independent.max(shards) - pool);
    let against_draws = bits(shards - independent);
    let informative = c.s * INDEPENDENT[0] >= 5.0;
    let benchmark = clamp(against_pool.min(0.0), -8.0, 0.0) * (c.shared / SHARED.0).min(1.0);
    let split = if informative { clamp(against_draws, 0.0, 2.0) } else { 0.0 };
    let weight = benchmark + split;
    let verdict = if informative {
        format!("one list in shards against independent draws: {against_draws:+.1} bits")
    } else {
        "too few chances to tell shards from independent draws: uninformative".to_owned()
    };
    let text = format!(
        "{} distinct items; {:.1} % of the exchanges are on one that another account has too ({:.0} collisions in {:.0} \
         chances); against a public benchmark: {against_pool:+.1} bits; {verdict}",
        c.items,
        c.shared * 100.0,
        c.k,
        c.s
    );
    Evidence { family: Family::Text, signal: "item sharding".into(), weight, p_value: None, text }
}

fn negative_binomial(k: f64, mean: f64) -> f64 {
    let mean = mean.max(1e-9);
    ln_gamma(k + POOL_SHAPE) - ln_gamma(POOL_SHAPE) - ln_gamma(k + 1.0)
        + POOL_SHAPE * (POOL_SHAPE / (POOL_SHAPE + mean)).ln()
        + k * (mean / (POOL_SHAPE + mean)).ln()
}

fn poisson(k: f64, mean: f64) -> f64 {
    let mean = mean.max(1e-9);
    k * mean.ln() - mean - ln_gamma(k + 1.0)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::{collisions, weigh};
    use crate::{
        cohort::Cohort,
        tables::{Account, Event},
    };

    /// A cohort of accounts that work the items given, in turn.
    fn judged(items: &[Vec<u64>]) -> (f64, String) {
        let account = |i: usize| Account {
            account_id: format!("a{i}"),
            facts: None,
            exchanges: 0,
            first: 0,
            last: 0,
            output_tokens: 0,
        };
        let accounts: Vec<Account> = (0..items.len()).map(account).collect();
        let mut events: Vec<Event> = (0..)
            .zip(items)
            .flat_map(|(account, list)| {
                (0..).zip(list).map(move |(time, &item)| Event { item, ..Event::bare(account, time) })
            })
            .collect();
        events.sort_by_key(|e| e.time);
        let events: Vec<&Event> = events.iter().collect();
        let cohort = Cohort::gather(&events, &accounts, 1).expect("enough accounts");
        let items = collisions(&cohort);
        let evidence = weigh(&items);
        assert!(evidence.text.contains(&format!("{} distinct items", items.items)));
        (evidence.weight, evidence.text)
    }

    #[test]
    fn a_common_benchmark_speaks_against_a_campaign() {
        let everyone_from_the_top: Vec<Vec<u64>> = (1..12).map(|i| (0..40 * i).collect()).collect();
        let (weight, text) = judged(&everyone_from_the_top);
        assert!(weight <= -6.0, "{weight}: {text}");
    }

    #[test]
    fn shards_of_a_long_list_speak_for_one() {
        let shards: Vec<Vec<u64>> = (0..40).map(|i| (i * 400..(i + 1) * 400).collect()).collect();
        let (weight, text) = judged(&shards);
        assert!(weight > 1.0, "{weight}: {text}");
    }

    #[test]
    fn independent_draws_are_no_shards() {
        // Everybody draws from a million items on one subject, so that some meet by chance.
        let mut dice = ChaCha8Rng::seed_from_u64(1);
        let draws: Vec<Vec<u64>> =
            (0..40).map(|_| (0..400).map(|_| dice.random_range(0..1_000_000)).collect()).collect();
        let (weight, text) = judged(&draws);
        assert!((-1.0..0.5).contains(&weight), "{weight}: {text}");
    }

    #[test]
    fn a_short_list_is_uninformative() {
        let shards: Vec<Vec<u64>> = (0..10).map(|i| (i * 30..(i + 1) * 30).collect()).collect();
        let (weight, text) = judged(&shards);
        assert!(weight.abs() < 0.1 && text.ends_with("uninformative"), "{weight}: {text}");
    }
}
