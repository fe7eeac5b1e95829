//! How well the hunt does on resampled labelled traffic: honest accounts of one folder, campaigns of another, cut down at random.
//!
//! `cargo run --release -p hunt --example resample -- FIRST_SEED LAST_SEED FOLDER…`
//!
//! Each folder holds `exchanges.jsonl.zst`, `accounts.jsonl.zst` and `truth/`. A seed takes part of the honest accounts of
//! one folder and some of the campaigns of one, whole or in part, with or without what identifies their payers; times are
//! shifted by whole days so that the windows lie on each other.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "an example reads files and prints its figures")]

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs::File,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use exchanges::{Account, AccountId, Blocks, Exchange, Format, Limits, Log, Time};
use hunt::{Settings, campaign::Campaign};
use parquet::{
    file::{reader::FileReader, serialized_reader::SerializedFileReader},
    record::RowAccessor,
};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;

#[path = "../tests/it/traffic.rs"]
#[expect(dead_code, reason = "the traffic comes from files, not from a plan")]
mod traffic;

type Failure = Box<dyn std::error::Error>;

const DAY: i64 = 86_400_000_000;

/// One folder of labelled traffic, its account names made unique by its number.
struct Labelled {
    accounts: HashMap<AccountId, Account>,
    /// In time order; true where the exchange is part of a harvest.
    exchanges: Vec<(Exchange, bool)>,
    truth: HashMap<AccountId, Truth>,
}

#[derive(Clone)]
struct Truth {
    class: String,
    campaign: Option<String>,
}

#[derive(Deserialize)]
struct Label {
    account_id: String,
    class: String,
    campaign_id: Option<String>,
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [first, last, folders @ ..] = arguments.as_slice() else {
        return Err("usage: resample FIRST_SEED LAST_SEED FOLDER…".into());
    };
    let (first, last): (u64, u64) = (first.parse()?, last.parse()?);
    let folders = (0..).zip(folders).map(|(i, f)| read(i, Path::new(f))).collect::<Result<Vec<_>, _>>()?;
    let next = AtomicU64::new(first);
    let work = || {
        let mut outcomes = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed > last {
                return outcomes;
            }
            let outcome = judge(seed, &folders);
            print!("{}", outcome.lines);
            outcomes.push(outcome);
        }
    };
    let outcomes: Vec<Outcome> = thread::scope(|scope| {
        let workers = [scope.spawn(work), scope.spawn(work)];
        workers.into_iter().flat_map(|w| w.join().expect("a worker only computes")).collect()
    });
    summarise(&outcomes);
    Ok(())
}

fn read(number: usize, folder: &Path) -> Result<Labelled, Failure> {
    let open = |name: &str, log| {
        Ok::<_, Failure>(Blocks::open_file(File::open(folder.join(name))?, log, Format::Auto, Limits::default())?)
    };
    let own = |id: &str| format!("{number}-{id}").parse::<AccountId>();
    let mut accounts = HashMap::new();
    for block in open("accounts.jsonl.zst", Log::Accounts)? {
        for mut account in block?.accounts().rows {
            account.account_id = own(account.account_id.as_str())?;
            accounts.insert(account.account_id.clone(), account);
        }
    }
    let harvest = harvest(&folder.join("truth/exchange_labels.parquet"))?;
    let mut exchanges = Vec::new();
    for block in open("exchanges.jsonl.zst", Log::Exchanges)? {
        for mut exchange in block?.exchanges().rows {
            exchange.account_id = own(exchange.account_id.as_str())?;
            let harvested = harvest.contains(exchange.exchange_id.as_str());
            exchanges.push((exchange, harvested));
        }
    }
    exchanges.sort_by_key(|(e, _)| e.time);
    let mut truth = HashMap::new();
    for line in std::fs::read_to_string(folder.join("truth/labels.jsonl"))?.lines() {
        let label: Label = serde_json::from_str(line)?;
        truth.insert(own(&label.account_id)?, Truth { class: label.class, campaign: label.campaign_id });
    }
    Ok(Labelled { accounts, exchanges, truth })
}

/// The exchanges that are part of a harvest.
fn harvest(path: &Path) -> Result<HashSet<String>, Failure> {
    let reader = SerializedFileReader::new(File::open(path)?)?;
    let schema = reader.metadata().file_metadata().schema_descr();
    let column = |name: &str| (0..schema.num_columns()).find(|&i| schema.column(i).name() == name);
    let (id, flag) = (column("exchange_id").ok_or("no exchange_id")?, column("harvest").ok_or("no harvest")?);
    let mut found = HashSet::new();
    for row in reader.get_row_iter(None)? {
        let row = row?;
        if row.get_bool(flag)? {
            found.insert(row.get_string(id)?.clone());
        }
    }
    Ok(found)
}

/// Which accounts take part, and which of them lose what identifies them.
struct Draw {
    base: usize,
    taken: HashSet<AccountId>,
    bare: bool,
    guilty: HashMap<AccountId, String>,
}

fn draw(seed: u64, folders: &[Labelled]) -> Draw {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let base = dice.random_range(0..folders.len());
    let honest = pick(&mut dice, &[0.4, 0.7, 1.0]);
    let bare = dice.random_range(0..2) == 0;
    // Every fifth draw has no campaign.
    let some = !seed.is_multiple_of(5);
    let with: Vec<usize> =
        (0..folders.len()).filter(|&i| folders[i].truth.values().any(|t| t.campaign.is_some())).collect();
    let source = if some { with.get(dice.random_range(0..with.len().max(1))).copied() } else { None };
    let mut taken = HashSet::new();
    let mut guilty = HashMap::new();
    for (number, folder) in folders.iter().enumerate() {
        let mut names: Vec<_> = folder.truth.iter().collect();
        names.sort_by(|a, b| a.0.cmp(b.0));
        let mut shares: BTreeMap<&str, f64> = BTreeMap::new();
        let mut campaigns: Vec<&str> = names.iter().filter_map(|(_, t)| t.campaign.as_deref()).collect();
        campaigns.sort_unstable();
        campaigns.dedup();
        for campaign in campaigns {
            let share = pick(&mut dice, &[0.0, 0.0, 0.35, 0.6, 1.0]);
            shares.insert(campaign, if source == Some(number) { share } else { 0.0 });
        }
        for (name, truth) in names {
            let luck = dice.random_range(0.0..1.0);
            let share = match &truth.campaign {
                Some(campaign) => shares[campaign.as_str()],
                None if number == base => honest,
                None => 0.0,
            };
            if luck < share {
                taken.insert(name.clone());
                if let Some(campaign) = &truth.campaign {
                    guilty.insert(name.clone(), campaign.clone());
                }
            }
        }
    }
    Draw { base, taken, bare, guilty }
}

fn pick(dice: &mut impl Rng, from: &[f64]) -> f64 {
    from[dice.random_range(0..from.len())]
}

struct Outcome {
    lines: String,
    finds: usize,
    true_finds: usize,
    honest: usize,
    /// Falsely raised accounts by class.
    false_classes: BTreeMap<String, usize>,
    campaigns: Vec<Fate>,
    empty: bool,
    strict: usize,
}

struct Fate {
    name: String,
    accounts: usize,
    share: f64,
    spent: f64,
}

fn judge(seed: u64, folders: &[Labelled]) -> Outcome {
    let draw = draw(seed, folders);
    let (tables, harvest) = tables(&draw, folders);
    let findings = hunt::hunt(&tables.case(Settings::default()), |_| ());
    let strict = if draw.guilty.is_empty() {
        hunt::hunt(&tables.case(Settings { fdr: 0.01, ..Settings::default() }), |_| ()).campaigns.len()
    } else {
        0
    };
    let truth: HashMap<&str, &Truth> = folders.iter().flat_map(|f| &f.truth).map(|(a, t)| (a.as_str(), t)).collect();
    let mut members: BTreeMap<&str, usize> = BTreeMap::new();
    for campaign in draw.guilty.values() {
        *members.entry(campaign).or_default() += 1;
    }
    let mut held: BTreeMap<&str, (HashSet<&str>, Vec<i64>)> = BTreeMap::new();
    let mut outcome = Outcome {
        lines: format!(
            "seed {seed}: base {}, {} accounts{}\n",
            draw.base,
            draw.taken.len(),
            if draw.bare { ", bare" } else { "" }
        ),
        finds: findings.campaigns.len(),
        true_finds: 0,
        honest: draw.taken.len() - draw.guilty.len(),
        false_classes: BTreeMap::new(),
        campaigns: Vec::new(),
        empty: draw.guilty.is_empty(),
        strict,
    };
    for found in &findings.campaigns {
        outcome.take(found, &truth, &mut held);
    }
    for (name, accounts) in members {
        let (caught, alerts) = held.remove(name).unwrap_or_default();
        let share = caught.len() as f64 / accounts as f64;
        let times = &harvest[name];
        let spent = match alerts.iter().min() {
            Some(alert) if share >= 0.2 => times.iter().filter(|t| *t < alert).count() as f64 / times.len() as f64,
            _ => 1.0,
        };
        if accounts >= 2 {
            outcome.lines.push_str(&format!("  {name}: {accounts} accounts, found {share:.2}, spent {spent:.2}\n"));
            outcome.campaigns.push(Fate { name: name.to_owned(), accounts, share, spent });
        }
    }
    outcome
}

impl Outcome {
    fn take<'a>(
        &mut self,
        found: &'a Campaign,
        truth: &HashMap<&str, &'a Truth>,
        held: &mut BTreeMap<&'a str, (HashSet<&'a str>, Vec<i64>)>,
    ) {
        let mut whose: BTreeMap<&str, usize> = BTreeMap::new();
        for account in &found.accounts {
            match &truth[account.as_str()].campaign {
                Some(campaign) => *whose.entry(campaign).or_default() += 1,
                None => *self.false_classes.entry(truth[account.as_str()].class.clone()).or_default() += 1,
            }
        }
        let best = whose.into_iter().max_by_key(|(_, n)| *n);
        match best {
            Some((campaign, n)) if n * 10 >= found.accounts.len() * 8 => {
                self.true_finds += 1;
                let entry = held.entry(campaign).or_default();
                entry.0.extend(
                    found
                        .accounts
                        .iter()
                        .map(String::as_str)
                        .filter(|a| truth[a].campaign.as_deref() == Some(campaign)),
                );
                entry.1.extend(
                    found
                        .first_alert
                        .as_ref()
                        .map(|t| t.parse::<jiff::Timestamp>().expect("the hunt writes RFC 3339").as_microsecond()),
                );
            }
            _ => {
                let mut classes: BTreeMap<&str, usize> = BTreeMap::new();
                for account in &found.accounts {
                    *classes.entry(&truth[account.as_str()].class).or_default() += 1;
                }
                self.lines.push_str(&format!("  FALSE {:.1} bits, {classes:?}\n", found.score));
                for e in &found.evidence {
                    self.lines.push_str(&format!("      {:+.1} {:?} {}: {}\n", e.weight, e.family, e.signal, e.text));
                }
            }
        }
    }
}

/// The tables of a draw, and the times of each campaign's harvest.
fn tables(draw: &Draw, folders: &[Labelled]) -> (traffic::Tables, HashMap<String, Vec<i64>>) {
    let span = |f: &Labelled| {
        let times = f.exchanges.iter().map(|(e, _)| e.time.micros());
        (times.clone().min().unwrap_or(0), times.max().unwrap_or(0))
    };
    let (from, to) = span(&folders[draw.base]);
    let mut rows = Vec::new();
    let mut accounts = Vec::new();
    let mut harvest: HashMap<String, Vec<i64>> = HashMap::new();
    for folder in folders {
        let shift = (from.div_euclid(DAY) - span(folder).0.div_euclid(DAY)) * DAY;
        let moved = |time: Time| Time::from_micros(time.micros() + shift).expect("a shift of weeks");
        for (exchange, harvested) in &folder.exchanges {
            let time = moved(exchange.time);
            if !draw.taken.contains(&exchange.account_id) || time.micros() > to {
                continue;
            }
            if let (true, Some(campaign)) = (*harvested, draw.guilty.get(&exchange.account_id)) {
                harvest.entry(campaign.clone()).or_default().push(time.micros());
            }
            rows.push(Exchange { time, ..exchange.clone() });
        }
        for account in folder.accounts.values().filter(|a| draw.taken.contains(&a.account_id)) {
            let mut account = Account { created: moved(account.created), ..account.clone() };
            if draw.bare && draw.guilty.contains_key(&account.account_id) {
                (account.payment_id, account.device_id) = (None, None);
            }
            accounts.push(account);
        }
    }
    for campaign in draw.guilty.values() {
        harvest.entry(campaign.clone()).or_default();
    }
    rows.sort_by_key(|e| e.time);
    (traffic::Tables::of_rows(&accounts, rows.into_iter()), harvest)
}

fn summarise(outcomes: &[Outcome]) {
    let sum = |of: fn(&Outcome) -> usize| outcomes.iter().map(of).sum::<usize>();
    let fates: Vec<&Fate> = outcomes.iter().flat_map(|o| &o.campaigns).collect();
    let recalled = |f: &&&Fate| f.share >= 0.2;
    println!("finds {} of them true {}", sum(|o| o.finds), sum(|o| o.true_finds));
    println!("campaigns {} recalled {}", fates.len(), fates.iter().filter(recalled).count());
    let accounts: usize = fates.iter().map(|f| f.accounts).sum();
    let caught: f64 = fates.iter().map(|f| f.accounts as f64 * f.share).sum();
    println!("account recall {:.3} of {accounts}", caught / accounts as f64);
    let mut spent: Vec<f64> = fates.iter().map(|f| f.spent).collect();
    spent.sort_by(f64::total_cmp);
    println!("median spent {:.3}", spent.get(spent.len() / 2).copied().unwrap_or(f64::NAN));
    let honest = sum(|o| o.honest);
    let wrong: usize = outcomes.iter().flat_map(|o| o.false_classes.values()).sum();
    println!("false actions {:.1} per 10,000 of {honest}", wrong as f64 * 1e4 / honest as f64);
    let empty: Vec<&Outcome> = outcomes.iter().filter(|o| o.empty).collect();
    println!(
        "draws without campaigns {}, raised {} in all, at most {} at once, {} at 0.01",
        empty.len(),
        empty.iter().map(|o| o.finds).sum::<usize>(),
        empty.iter().map(|o| o.finds).max().unwrap_or(0),
        empty.iter().map(|o| o.strict).sum::<usize>()
    );
    let mut by_name: BTreeMap<&str, Vec<&Fate>> = BTreeMap::new();
    for fate in &fates {
        by_name.entry(&fate.name).or_default().push(fate);
    }
    for (name, fates) in by_name {
        let spent: f64 = fates.iter().map(|f| f.spent).sum::<f64>() / fates.len() as f64;
        let found = fates.iter().filter(recalled).count();
        println!("  {name}: recalled {found} of {}, mean spent {spent:.2}", fates.len());
    }
    let mut classes: BTreeMap<&str, usize> = BTreeMap::new();
    for (class, n) in outcomes.iter().flat_map(|o| &o.false_classes) {
        *classes.entry(class).or_default() += n;
    }
    println!("  false by class: {classes:?}");
}
