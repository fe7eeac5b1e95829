//! Writes a plan's traffic and truth to a folder: `dump FOLDER [demo|benign|parade|scale] [SEED] [ACCOUNTS] [EXCHANGES]`.
//!
//! With `-` for the folder it only counts, to measure the simulation alone.

#![expect(clippy::disallowed_methods, reason = "an example reads the clock and writes files")]

use std::{
    env,
    error::Error,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::Path,
    time::Instant,
};

use serde::Serialize;
use simulate::{Labelled, Plan};

#[derive(Serialize)]
struct ExchangeLabel<'a> {
    exchange_id: &'a str,
    time: exchanges::Time,
    account_id: &'a str,
    campaign_id: Option<&'a str>,
    harvest: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let number = |at: usize, otherwise: u64| arguments.get(at).map_or(Ok(otherwise), |text| text.parse::<u64>());
    let folder = arguments.first().ok_or("name a folder, or `-` to count only")?;
    let seed = number(2, 1)?;
    let accounts = u32::try_from(number(3, 1_000)?)?;
    let plan = match arguments.get(1).map_or("demo", String::as_str) {
        "demo" => Plan::demo(seed),
        "benign" => Plan::benign(seed, accounts),
        "parade" => Plan::parade(seed, accounts),
        "scale" => Plan::scale(seed, accounts, number(4, 100_000)?),
        other => return Err(format!("`{other}` is no plan; choose demo, benign, parade or scale").into()),
    };
    let begun = Instant::now();
    let count = if folder == "-" { plan.exchanges().count() } else { dump(&plan, Path::new(folder))? };
    let seconds = begun.elapsed().as_secs_f64();
    writeln!(io::stderr(), "{count} exchanges in {seconds:.1} s, {:.0} a second", count as f64 / seconds)?;
    Ok(())
}

fn dump(plan: &Plan, folder: &Path) -> Result<usize, Box<dyn Error>> {
    let truth = folder.join("truth");
    fs::create_dir_all(&truth)?;
    let mut exchanges = lines(&folder.join("exchanges.jsonl"))?;
    let mut harvest = lines(&truth.join("exchange_labels.jsonl"))?;
    let mut emitted = plan.exchanges();
    let mut count = 0;
    for Labelled { exchange, campaign, harvest: harvested } in emitted.by_ref() {
        line(&mut exchanges, &exchange)?;
        let label = ExchangeLabel {
            exchange_id: exchange.exchange_id.as_str(),
            time: exchange.time,
            account_id: exchange.account_id.as_str(),
            campaign_id: campaign.as_deref(),
            harvest: harvested,
        };
        line(&mut harvest, &label)?;
        count += 1;
    }
    all(&folder.join("accounts.jsonl"), plan.accounts())?;
    all(&truth.join("labels.jsonl"), plan.labels())?;
    all(&truth.join("campaigns.jsonl"), plan.campaigns(&emitted).into_iter())?;
    exchanges.flush()?;
    harvest.flush()?;
    Ok(count)
}

fn lines(path: &Path) -> io::Result<BufWriter<File>> {
    Ok(BufWriter::new(File::create(path)?))
}

fn line(out: &mut impl Write, row: &impl Serialize) -> Result<(), Box<dyn Error>> {
    serde_json::to_writer(&mut *out, row)?;
    out.write_all(b"\n")?;
    Ok(())
}

fn all(path: &Path, rows: impl Iterator<Item = impl Serialize>) -> Result<(), Box<dyn Error>> {
    let mut out = lines(path)?;
    for row in rows {
        line(&mut out, &row)?;
    }
    out.flush()?;
    Ok(())
}
