//! A server that is killed under load has every report that it gave a receipt for.
//!
//! The child is this very test binary, told by the environment to serve until it is killed.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use fleet::{Desk, Server, Settings, spool::Client};
use store::{Limits, Store};
use sweep::{
    attest::SigningKey,
    fleet::{self as protocol, Enrolment, Status},
};

use crate::support::{give, named, on_both, report, server_key};

const DATABASE: &str = "FLEET_KILL_TEST_DATABASE";
const MACHINES: u64 = 24;
const ROUNDS: u64 = 4;

/// Serves until it is killed; without the variable it is an ordinary test that does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Ok(url) = env::var(DATABASE) else { return };
    let store = Store::open(&url.parse().unwrap(), &Limits::default()).await.unwrap();
    let settings = Settings { reports_per_minute: u32::MAX, ..Settings::default() };
    let desk = Desk::new(store, server_key(), settings, None);
    let server = Server::start(&desk, std::net::SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let mut out = std::io::stdout().lock();
    writeln!(out, "at {} ", server.address).and_then(|()| out.flush()).unwrap();
    std::future::pending::<()>().await;
}

fn serve(database: &str) -> (Child, url::Url) {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "kill::child", "--nocapture", "--test-threads=1"])
        .env(DATABASE, database)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.map_while(Result::ok).find(|line| line.contains("at 127.")).unwrap();
    let address = line.split("at ").nth(1).unwrap().trim();
    (child, format!("http://{address}").parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_confirmed_is_lost() {
    on_both(async |database| {
        let store = Store::open(&database.parse().unwrap(), &Limits::default()).await.unwrap();
        let token = give(&store, MACHINES as u32).await;
        let key = |number: u64| SigningKey::from_bytes(&[number as u8 + 1; 32]);
        // Number and name of the last report that a machine has a receipt for, and of the one that it has sent.
        let mut heads: Vec<(u64, String)> = vec![(0, String::new()); MACHINES as usize];
        let confirmed = Arc::new(AtomicU64::new(0));
        for round in 0..ROUNDS {
            let (mut child, url) = serve(&database);
            if round == 0 {
                let client = Client::new(&url).unwrap();
                for number in 0..MACHINES {
                    let envelope = Enrolment::sign(&named(&format!("m{number}")), &token, &key(number)).unwrap();
                    client.post("enrol", &envelope).await.unwrap();
                }
            }
            let before = confirmed.load(Ordering::Relaxed);
            let machines: Vec<_> = heads
                .drain(..)
                .enumerate()
                .map(|(number, head)| {
                    let (url, confirmed) = (url.clone(), Arc::clone(&confirmed));
                    tokio::spawn(load(number as u64, key(number as u64), head, url, confirmed))
                })
                .collect();
            while confirmed.load(Ordering::Relaxed) < before + 40 + round * 60 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            for machine in machines {
                heads.push(machine.await.unwrap());
            }
            // Each machine's last confirmed report is there, and at most the one more whose receipt was lost.
            for (number, (sequence, _)) in heads.iter().enumerate() {
                let id = sweep::attest::key_id(&key(number as u64).verifying_key()).parse().unwrap();
                let kept = store.machine_key(&id).await.unwrap().unwrap();
                let lost = kept.sequence < *sequence;
                assert!(
                    !lost && kept.sequence <= sequence + 1,
                    "round {round}, m{number}: {} of {sequence}",
                    kept.sequence
                );
            }
        }
        let all = confirmed.load(Ordering::Relaxed);
        assert!(all >= ROUNDS * 40, "{all} reports were confirmed");
    })
    .await;
}

/// Reports until the server is gone; what was last confirmed.
async fn load(
    number: u64,
    key: SigningKey,
    mut head: (u64, String),
    url: url::Url,
    confirmed: Arc<AtomicU64>,
) -> (u64, String) {
    let name = format!("m{number}");
    let client = Client::new(&url).unwrap();
    loop {
        let status = [Status::Clean, Status::Pending][(head.0 % 2) as usize];
        // The same report is made again after a crash: nothing in it hangs on the time.
        let at = jiff::Timestamp::from_second(1_800_000_000 + head.0 as i64).unwrap();
        let next = protocol::Report { at, ..report(&name, "friday", status) }.numbered(head.0 + 1, &head.1);
        let Ok(answer) = client.post("reports", &protocol::sign(&next, &key).unwrap()).await else { return head };
        protocol::Receipt::open(&answer, &server_key().verifying_key(), &next).unwrap();
        head = (next.sequence, protocol::name(&next));
        confirmed.fetch_add(1, Ordering::Relaxed);
    }
}
