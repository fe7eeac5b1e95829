//! Where the hunt loses sight of a campaign: attack size x cover x identity overlap, as a Markdown table.
//!
//! `cargo run --release -p hunt --example boundary`

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example prints its figures and its progress")]

use std::{collections::HashSet, sync::Mutex, thread};

use hunt::{Settings, campaign::Campaign};
use simulate::{Grid, Plan, Timing};

#[path = "../tests/it/traffic.rs"]
mod traffic;

const SEEDS: [u64; 3] = [9_001, 9_002, 9_003];
const HONEST: u32 = 300;
const SIZES: [u32; 3] = [10, 30, 100];
const COVERS: [f64; 4] = [0.0, 0.5, 0.8, 0.95];
const OVERLAPS: [f64; 3] = [0.0, 0.25, 0.6];

/// One variation of how the campaign works, which the whole grid is run for.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Style {
    name: &'static str,
    paraphrase: u8,
    timing: Timing,
}

const STYLES: [Style; 3] = [
    Style { name: "a synonym here and there, jittered", paraphrase: 1, timing: Timing::Jittered { minutes: 30 } },
    Style { name: "another wording each time, jittered", paraphrase: 3, timing: Timing::Jittered { minutes: 30 } },
    Style { name: "a synonym here and there, a person's day", paraphrase: 1, timing: Timing::DailyMimicry },
];

/// What one run gave.
#[derive(Debug, Clone, Copy)]
struct Outcome {
    recalled: bool,
    accounts: f64,
    /// Share of the harvest sent before the first alert; all of it where there was none.
    spent: f64,
    false_accounts: usize,
}

fn main() {
    let cells: Vec<(Style, Grid)> = STYLES.into_iter().flat_map(|style| grid(style).map(move |g| (style, g))).collect();
    let outcomes = run(&cells);
    println!(
        "Campaigns of 40 harvest exchanges an account among {HONEST} honest accounts, {} seeds a row. *Recalled*: at least a \
         fifth of its accounts is in finds that are 80 % pure. **Bold**: recalled in less than half of the runs.\n",
        SEEDS.len()
    );
    println!(
        "| wording and timing | accounts | cover | identity overlap | recalled | account recall | spent | honest accounts raised |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    for ((style, grid), runs) in cells.iter().zip(outcomes) {
        print_row(style, grid, &runs);
    }
}

fn grid(style: Style) -> impl Iterator<Item = Grid> {
    SIZES.into_iter().flat_map(move |accounts| {
        COVERS.into_iter().flat_map(move |cover| {
            OVERLAPS.into_iter().map(move |identity_overlap| Grid {
                accounts,
                harvest_per_account: 40,
                cover,
                identity_overlap,
                paraphrase: style.paraphrase,
                timing: style.timing,
                honest: HONEST,
            })
        })
    })
}

/// Outcomes of every cell, in order; cells are taken from a common queue by as many threads as there are cores.
fn run(cells: &[(Style, Grid)]) -> Vec<Vec<Outcome>> {
    let jobs: Vec<(usize, u64)> = (0..cells.len()).flat_map(|i| SEEDS.map(|seed| (i, seed))).collect();
    let queue = Mutex::new(jobs.iter().enumerate());
    let outcomes = Mutex::new(vec![Vec::new(); cells.len()]);
    let work = || {
        loop {
            let Some((done, &(cell, seed))) = queue.lock().expect("no holder panics").next() else { return };
            let outcome = judge(&Plan::grid(seed, cells[cell].1));
            outcomes.lock().expect("no holder panics")[cell].push(outcome);
            eprintln!("{} of {}: {outcome:?}", done + 1, jobs.len());
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    outcomes.into_inner().expect("no holder panicked")
}

fn judge(plan: &Plan) -> Outcome {
    let tables = traffic::Tables::of_plan(plan);
    let findings = hunt::hunt(&tables.case(Settings::default()), |_| ());
    let guilty: HashSet<String> =
        plan.labels().filter(|l| l.campaign_id.is_some()).map(|l| l.account_id.as_str().to_owned()).collect();
    let inside = |c: &Campaign| c.accounts.iter().filter(|a| guilty.contains(*a)).count();
    let pure: Vec<&Campaign> = findings.campaigns.iter().filter(|c| inside(c) * 10 >= c.accounts.len() * 8).collect();
    let caught: HashSet<&String> = pure.iter().flat_map(|c| &c.accounts).filter(|a| guilty.contains(*a)).collect();
    let accounts = caught.len() as f64 / guilty.len() as f64;
    let raised: HashSet<&String> = findings.campaigns.iter().flat_map(|c| &c.accounts).collect();
    Outcome {
        recalled: accounts >= 0.2,
        accounts,
        spent: spent(plan, &pure),
        false_accounts: raised.iter().filter(|a| !guilty.contains(**a)).count(),
    }
}

/// Alerts are written in one fixed RFC 3339 form, in which the order of texts is the order of times.
fn spent(plan: &Plan, pure: &[&Campaign]) -> f64 {
    let Some(alert) = pure.iter().filter_map(|c| c.first_alert.as_deref()).min() else { return 1.0 };
    let alert: jiff::Timestamp = alert.parse().expect("the hunt writes RFC 3339");
    let (mut before, mut all) = (0u64, 0u64);
    for labelled in plan.exchanges().filter(|l| l.harvest) {
        all += 1;
        before += u64::from(labelled.exchange.time.micros() < alert.as_microsecond());
    }
    before as f64 / all.max(1) as f64
}

fn print_row(style: &Style, grid: &Grid, runs: &[Outcome]) {
    let mean = |of: fn(&Outcome) -> f64| runs.iter().map(of).sum::<f64>() / runs.len() as f64;
    let recalled = runs.iter().filter(|r| r.recalled).count();
    let share = format!("{recalled}/{}", runs.len());
    let share = if recalled * 2 < runs.len() { format!("**{share}**") } else { share };
    let caught: Vec<f64> = runs.iter().filter(|r| r.recalled).map(|r| r.spent).collect();
    let spent = if caught.is_empty() {
        "–".to_owned()
    } else {
        format!("{:.2}", caught.iter().sum::<f64>() / caught.len() as f64)
    };
    println!(
        "| {} | {} | {:.2} | {:.2} | {share} | {:.2} | {spent} | {} |",
        style.name,
        grid.accounts,
        grid.cover,
        grid.identity_overlap,
        mean(|r| r.accounts),
        runs.iter().map(|r| r.false_accounts).sum::<usize>()
    );
}
