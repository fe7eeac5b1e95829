//! What writing, loading, renewing and looking up cost. `cargo bench -p store --bench store -- [ACCOUNTS] [DATABASE URL]`
//!
//! Without a URL it takes a new SQLite file. A PostgreSQL database must be empty.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints figures, and stops at what it did not expect"
)]

use std::{env, fs, hint::black_box, time::Instant};

use exchanges::{Account, AccountId, Time};
use policy::Effect;
use store::{Book, DatabaseUrl, Fingerprint, Label, Limits, Store};

const BATCH: usize = 10_000;
const SINGLE: usize = 500;

fn main() {
    let mut args = env::args().skip(1).filter(|arg| arg != "--bench");
    let accounts: usize = args.next().map_or(100_000, |count| count.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let url =
        args.next().map_or_else(|| DatabaseUrl::sqlite(folder.path().join("bench.db")), |url| url.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(measure(&url, accounts));
}

async fn measure(url: &DatabaseUrl, accounts: usize) {
    println!("{accounts} accounts in {url}");
    let store = Store::open(url, &Limits { accounts: accounts + SINGLE, ..Limits::default() }).await.unwrap();

    let start = Instant::now();
    for first in (0..accounts).step_by(BATCH) {
        let batch: Vec<Account> = (first..(first + BATCH).min(accounts)).map(account).collect();
        store.put_accounts(&batch).await.unwrap();
    }
    println!("put, {BATCH} in a change: {:.0} accounts/s", accounts as f64 / start.elapsed().as_secs_f64());

    let mut took: Vec<f64> = Vec::new();
    for number in 0..SINGLE.min(accounts) {
        let start = Instant::now();
        store.add_key(&fingerprint(number), &id(number), time(1)).await.unwrap();
        took.push(start.elapsed().as_secs_f64() * 1e3);
    }
    took.sort_by(f64::total_cmp);
    println!(
        "add a key, each its own change: {:.2} ms median, {:.2} ms p99",
        took[took.len() / 2],
        took[took.len() * 99 / 100]
    );

    let before = resident();
    let start = Instant::now();
    let book = store.book().await.unwrap();
    println!(
        "load a book: {:.2} s, {:.0} bytes an account in memory",
        start.elapsed().as_secs_f64(),
        (resident() - before) / accounts as f64
    );

    let start = Instant::now();
    for _ in 0..1000 {
        black_box(store.version().await.unwrap());
    }
    println!("ask for the version: {:.0} us", start.elapsed().as_secs_f64() * 1e3);

    let labels: Vec<Label> = (0..SINGLE.min(accounts)).map(label).collect();
    store.put_labels(&labels).await.unwrap();
    let start = Instant::now();
    let labelled = store.refresh(&book).await.unwrap().unwrap();
    println!("renew it after {} labels: {:.1} ms", labels.len(), start.elapsed().as_secs_f64() * 1e3);
    store.put_account(&account(accounts)).await.unwrap();
    let start = Instant::now();
    let grown = store.refresh(&labelled).await.unwrap().unwrap();
    println!("renew it after a new account: {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    look_up(&grown, accounts);
}

fn look_up(book: &Book, accounts: usize) {
    const LOOKUPS: usize = 1_000_000;
    let ids: Vec<AccountId> = (0..4096).map(|n| id(n * 7919 % accounts)).collect();
    let start = Instant::now();
    for number in 0..LOOKUPS {
        black_box(book.account(&ids[number % ids.len()]).unwrap());
    }
    println!("look up an account: {:.0} ns", start.elapsed().as_secs_f64() * 1e9 / LOOKUPS as f64);
    let keys: Vec<Fingerprint> = (0..SINGLE.min(accounts)).map(fingerprint).collect();
    let start = Instant::now();
    for number in 0..LOOKUPS {
        black_box(book.account_by_key(&keys[number % keys.len()]).unwrap());
    }
    println!("look up a key: {:.0} ns", start.elapsed().as_secs_f64() * 1e9 / LOOKUPS as f64);
}

fn resident() -> f64 {
    let status = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    status.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok()).unwrap_or(0.0) * 4096.0
}

fn time(seconds: i64) -> Time {
    Time::from_micros(1_788_220_800_000_000 + seconds * 1_000_000).unwrap()
}

fn id(number: usize) -> AccountId {
    format!("account-{number:08}").parse().unwrap()
}

fn account(number: usize) -> Account {
    Account {
        account_id: id(number),
        organization_id: Some(format!("organization-{}", number % 5000).parse().unwrap()),
        created: time(0),
        plan: "pro".to_owned(),
        email_domain: Some(format!("d{}.example", number % 3000)),
        payment_id: Some(format!("pay-{number}")),
        phone_country: Some("DE".to_owned()),
        signup_address: Some("192.0.2.7".parse().unwrap()),
        device_id: None,
        declared_country: Some("DE".to_owned()),
    }
}

fn fingerprint(number: usize) -> Fingerprint {
    let mut bytes = [0x5a; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    Fingerprint::new(bytes)
}

fn label(number: usize) -> Label {
    Label {
        account: id(number),
        campaign: "cmp-1".parse().unwrap(),
        confidence_permille: 900,
        recommended: Effect::Verify,
        confirmed_by: None,
        set_at: time(0),
        expires: time(1_000_000),
    }
}
