//! Reports of a fleet, over HTTP into a store. `cargo bench -p fleet --bench ingest -- [MACHINES] [DATABASE URL]`
//!
//! Without a URL it takes a new SQLite file. A PostgreSQL database must be empty.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints figures, and stops at what it did not expect"
)]

use std::{env, net::SocketAddr, time::Instant};

use exchanges::Time;
use fleet::{Desk, Server, Settings, spool::Client};
use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use store::{
    DatabaseUrl, Limits, Store,
    fleet::{MachineFilter, NewToken},
};
use sweep::{
    attest::{Envelope, Finding, SigningKey},
    fleet::{self as protocol, Enrolment, Receipt, Report, Status, Token},
};

/// Machines that talk at once.
const AT_ONCE: usize = 64;

fn main() {
    let mut args = env::args().skip(1).filter(|arg| arg != "--bench");
    let machines: usize = args.next().map_or(10_000, |count| count.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let url =
        args.next().map_or_else(|| DatabaseUrl::sqlite(folder.path().join("bench.db")), |url| url.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(measure(&url, machines));
}

fn time(after: i64) -> Time {
    Time::from_micros(Timestamp::now().as_microsecond() + after * 1_000_000).unwrap()
}

fn key(number: usize) -> SigningKey {
    let mut seed = [3; 32];
    seed[..8].copy_from_slice(&(number as u64).to_be_bytes());
    SigningKey::from_bytes(&seed)
}

async fn measure(url: &DatabaseUrl, machines: usize) {
    println!("{machines} machines, {AT_ONCE} at once, into {url}");
    let store = Store::open(url, &Limits::default()).await.unwrap();
    let server_key = SigningKey::from_bytes(&[42; 32]);
    let public = server_key.verifying_key();
    let token = Token::new(&[9; 32], public);
    let uses = u32::try_from(machines).unwrap();
    let new = NewToken {
        digest: token.digest(),
        label: "bench".parse().unwrap(),
        machine: None,
        uses,
        expires: time(86_400),
    };
    store.put_fleet_token(&new, time(0)).await.unwrap();
    let settings = Settings { reports_per_minute: u32::MAX, ..Settings::default() };
    let desk = Desk::new(store.clone(), server_key, settings, None);
    let server = Server::start(&desk, SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let client = Client::new(&format!("http://{}", server.address).parse().unwrap()).unwrap();

    let enrolments: Vec<Envelope> =
        (0..machines).map(|n| Enrolment::sign(&name(n), &token, &key(n)).unwrap()).collect();
    let start = Instant::now();
    let client = &client;
    stream::iter(&enrolments)
        .for_each_concurrent(AT_ONCE, |one| async move {
            client.post("enrol", one).await.unwrap();
        })
        .await;
    told("enrolments, each its own change", machines, start);

    let mut heads = vec![String::new(); machines];
    for (round, (what, items)) in
        [("first reports, with 5 findings", 5), ("second reports, clean", 0)].into_iter().enumerate()
    {
        let reports: Vec<Report> =
            (0..machines).map(|n| report(n, items).numbered(round as u64 + 1, &heads[n])).collect();
        let envelopes: Vec<Envelope> =
            reports.iter().enumerate().map(|(n, report)| protocol::sign(report, &key(n)).unwrap()).collect();
        let start = Instant::now();
        stream::iter(reports.iter().zip(&envelopes))
            .for_each_concurrent(AT_ONCE, |(report, envelope)| async move {
                let answer = client.post("reports", envelope).await.unwrap();
                Receipt::open(&answer, &public, report).unwrap();
            })
            .await;
        told(what, machines, start);
        heads = reports.iter().map(protocol::name).collect();
    }

    let silent = time(-86_400);
    let start = Instant::now();
    let states = store.fleet_states(silent).await.unwrap();
    let counted: u64 = states.values().sum();
    assert_eq!(counted, machines as u64, "every machine is there");
    println!("count the states: {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    let start = Instant::now();
    let overview = fleet::overview(&store, MachineFilter::default(), silent, Timestamp::now()).await.unwrap();
    let page = fleet::html(&overview);
    println!("the page: {:.1} ms, {} bytes", start.elapsed().as_secs_f64() * 1e3, page.len());
    server.stop().await;
    store.close().await;
}

fn told(what: &str, count: usize, start: Instant) {
    let took = start.elapsed().as_secs_f64();
    println!("{what}: {:.0}/s ({took:.1} s)", count as f64 / took);
}

fn name(number: usize) -> protocol::MachineName {
    format!("laptop-{number:05}").parse().unwrap()
}

fn report(number: usize, items: usize) -> Report {
    let finding = |at: usize| Finding {
        subject: "cursor".into(),
        kind: "config".into(),
        path: format!("/home/user{number}/.config/Cursor/{at}").parse().unwrap(),
        confidence: "medium".into(),
        why: "still there".into(),
    };
    Report {
        version: 1,
        machine: name(number),
        sequence: 0,
        previous: String::new(),
        at: Timestamp::now(),
        ban: "Cursor".to_owned(),
        plan: None,
        status: if items == 0 { Status::Clean } else { Status::Pending },
        objects: items as u64,
        bytes: 1 << 20,
        unreadable: 0,
        catalogue: "0123456789abcdef".to_owned(),
        items: (0..items).map(finding).collect(),
        left_out: 0,
        dropped: 0,
    }
}
