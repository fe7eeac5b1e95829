//! Wordings are fresh for every seed, vary with the paraphrase level, and unrelated prompts rarely share a run of words.

use std::collections::HashSet;

use simulate::{Archetype, Campaign, Plan, Purpose};

fn words(text: &str) -> Vec<String> {
    let spaced: String = text.chars().map(|c| if c.is_alphabetic() { c.to_ascii_lowercase() } else { ' ' }).collect();
    spaced.split_whitespace().map(str::to_owned).collect()
}

fn shingles(text: &str) -> HashSet<Vec<String>> {
    words(text).windows(4).map(<[String]>::to_vec).collect()
}

/// Harvest prompts of one campaign.
fn prompts(seed: u64, paraphrase: u8, purpose: Purpose, count: usize) -> Vec<String> {
    let usual = Campaign::new(Archetype::CotHarvest, 12, seed);
    let campaign = Campaign { paraphrase, purpose, place: Some(simulate::Place::Prefix), ..usual };
    let plan = Plan { campaigns: vec![campaign], ..Plan::benign(seed, 30) };
    let harvest = plan.exchanges().filter(|l| l.harvest).filter_map(|l| l.exchange.prompt);
    harvest.take(count).map(|p| p.as_str().to_owned()).collect()
}

#[test]
fn no_two_seeds_share_a_wrapper() {
    for purpose in
        [Purpose::Reasoning, Purpose::Rubric, Purpose::ThoughtTranslation, Purpose::Knowledge, Purpose::Agentic]
    {
        let heads: Vec<HashSet<_>> = (0..24)
            .map(|seed| {
                let prompt = prompts(seed, 0, purpose, 1).remove(0);
                shingles(prompt.split("\n\n").next().expect("a split has a first part"))
            })
            .collect();
        let mut shared = 0;
        for (i, a) in heads.iter().enumerate() {
            for b in &heads[..i] {
                let common = a.intersection(b).count() as f64 / a.len().min(b.len()) as f64;
                assert!(common < 0.5, "{purpose:?}: {common}");
                shared += usize::from(common > 0.25);
            }
        }
        assert!(shared < 15, "{purpose:?}: {shared} of 276 pairs of seeds are alike");
    }
}

#[test]
fn paraphrase_levels_are_ever_looser() {
    let kept = |level: u8| {
        let prompts = prompts(5, level, Purpose::Reasoning, 200);
        let heads: HashSet<_> = prompts.iter().map(|p| words(p)[..8].to_vec()).collect();
        heads.len()
    };
    let levels: Vec<_> = (0..4).map(kept).collect();
    assert!(levels.is_sorted() && levels[0] == 1 && levels[3] > 40, "{levels:?}");
}

#[test]
fn unrelated_prompts_rarely_share_four_words() {
    let plan = Plan::benign(6, 300);
    let rows: Vec<_> = plan
        .exchanges()
        .step_by(23)
        .filter_map(|l| Some((l.exchange.account_id, shingles(l.exchange.prompt?.as_str()))))
        .filter(|(_, shingles)| shingles.len() >= 8)
        .collect();
    let (mut pairs, mut alike) = (0, 0);
    for (i, (a, left)) in rows.iter().enumerate() {
        for (b, right) in rows[..i].iter().rev().take(40).filter(|(b, _)| b != a) {
            assert_ne!(a, b);
            pairs += 1;
            alike += u32::from(left.intersection(right).count() * 10 > left.len().min(right.len()));
        }
    }
    // Public templates and benchmarks are in there too, and they are meant to be alike.
    let share = f64::from(alike) / f64::from(pairs);
    assert!(share < 0.03, "{share} of {pairs}");
}
