//! How long the reasoning takes on simulated traffic of any size, without the lake.
//!
//! `cargo run --release -p hunt --example scale -- ACCOUNTS EXCHANGES`

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "an example reads the clock and prints its figures"
)]

use std::{
    collections::{BTreeMap, HashMap},
    time::Instant,
};

use hunt::Settings;
use simulate::Plan;

#[path = "../tests/it/traffic.rs"]
mod traffic;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<u64> = std::env::args().skip(1).map(|a| a.parse()).collect::<Result<_, _>>()?;
    let &[accounts, exchanges] = arguments.as_slice() else {
        return Err("usage: scale ACCOUNTS EXCHANGES".into());
    };
    let start = Instant::now();
    let plan = Plan::scale(1, u32::try_from(accounts)?, exchanges);
    let tables = traffic::Tables::of_plan(&plan);
    println!(
        "{:6.1} s to make {} exchanges, {} templates, {} exchanges that carry one",
        start.elapsed().as_secs_f64(),
        tables.traffic.exchanges,
        tables.templates.len(),
        tables.events.rows.len()
    );
    let start = Instant::now();
    let findings = hunt::hunt(&tables.case(Settings::default()), |step| {
        println!("{:6.1} s {step:?}", start.elapsed().as_secs_f64());
    });
    println!("{:6.1} s {} campaigns", start.elapsed().as_secs_f64(), findings.campaigns.len());
    let class: HashMap<String, &str> = plan.labels().map(|l| (l.account_id.as_str().to_owned(), l.class)).collect();
    for campaign in &findings.campaigns {
        let mut whose: BTreeMap<&str, usize> = BTreeMap::new();
        for account in &campaign.accounts {
            *whose.entry(class[account]).or_default() += 1;
        }
        println!(
            "  {:.1} bits, {} accounts, {} of {} exchanges: {whose:?}",
            campaign.score,
            campaign.accounts.len(),
            campaign.harvest,
            campaign.exchanges,
        );
    }
    Ok(())
}
