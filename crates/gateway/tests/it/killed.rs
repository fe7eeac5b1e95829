//! A gateway that is killed under load: no exchange that was answered whole is lost, and no denial.

use std::{
    collections::BTreeSet,
    env, fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use gateway::stub::Stub;
use http::{Method, StatusCode};
use serde_json::Value;

use crate::running::{chat, config, start, try_send, until, write_roster};

const FOLDER: &str = "GATEWAY_TEST_FOLDER";

/// Not a test of its own: serves until it is killed when it is started as a child.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_that_serves() {
    let Some(folder) = env::var_os(FOLDER).map(PathBuf::from) else { return };
    let text = fs::read_to_string(folder.join("child.toml")).unwrap();
    let gateway = start(&text, &folder).await;
    println!("serving {} {}", gateway.addresses.public, gateway.addresses.admin);
    std::future::pending::<()>().await;
}

/// Starts this binary again as a gateway; ends with its value.
pub(crate) struct Served {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
}

impl Served {
    pub(crate) fn start(folder: &Path, environment: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["killed::child_that_serves", "--exact", "--nocapture"])
            .env(FOLDER, folder)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let addresses = lines.find_map(|line| Some(line.ok()?.split_once("serving ")?.1.to_owned()));
        let addresses = addresses.expect("the child serves");
        let (address, admin) = addresses.split_once(' ').unwrap();
        Self { child, address: address.parse().unwrap(), admin: admin.parse().unwrap() }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// What callers saw whole.
#[derive(Default)]
struct Seen {
    exchanges: Mutex<BTreeSet<String>>,
    denials: Mutex<BTreeSet<String>>,
    stop: AtomicBool,
}

async fn load(address: SocketAddr, seen: Arc<Seen>, caller: usize) {
    for turn in 0_usize.. {
        if seen.stop.load(Ordering::Acquire) {
            return;
        }
        let (key, stream) =
            (if (caller + turn).is_multiple_of(4) { "key-of-nobody" } else { "key-old" }, turn.is_multiple_of(2));
        let headers = [("authorization", format!("Bearer {key}"))];
        let body = chat("stub", stream).to_string().into_bytes();
        let Some(got) = try_send(address, Method::POST, "/v1/chat/completions", &headers, body).await else { continue };
        let id = got.headers["x-ringfence-decision-id"].to_str().unwrap().to_owned();
        match got.status {
            StatusCode::OK => {
                assert!(!stream || got.body.ends_with(b"data: [DONE]\n\n"));
                seen.exchanges.lock().unwrap().insert(id.replacen("dec_", "exc_", 1));
            }
            StatusCode::UNAUTHORIZED => drop(seen.denials.lock().unwrap().insert(id)),
            status => panic!("{status}: {:?}", got.body),
        }
    }
}

pub(crate) fn captured(folder: &Path) -> BTreeSet<String> {
    let capture = journal::Capture::open(journal::CaptureOptions::new(folder)).unwrap();
    let records =
        capture.sealed().unwrap().into_iter().flat_map(|sealed| journal::capture::records(&sealed.path).unwrap());
    let rows = records.map(|record| serde_json::from_slice::<Value>(&record.unwrap()).unwrap());
    rows.map(|row| row["exchange_id"].as_str().unwrap().to_owned()).collect()
}

/// Reopens the ledger, which cuts a torn end, verifies it, and gives the decisions in it.
pub(crate) fn decided(folder: &Path) -> BTreeSet<String> {
    let name = "ringfence.local/ledger".parse().unwrap();
    let ledger = journal::Ledger::open(journal::LedgerOptions::new(folder, name)).unwrap();
    ledger.close().unwrap();
    journal::verify(folder, ledger.public_key()).unwrap();
    let entries = journal::entries(folder, None).unwrap();
    let bodies = entries.map(|entry| serde_json::from_slice::<Value>(entry.unwrap().leaf.body()).unwrap());
    bodies.map(|body| body["decision"]["decision_id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_answered_is_lost() {
    let stub = Stub::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    write_roster(folder.path());
    // Where exchanges may pass without a record, one may be lost that took longer to write than an answer waits for it.
    let text = config(stub.address, "") + "[capture]\nwhen_full = 'refuse'\n";
    fs::write(folder.path().join("child.toml"), text).unwrap();
    let seen = Arc::new(Seen::default());
    for round in 1..=4 {
        seen.stop.store(false, Ordering::Release);
        let served = Served::start(folder.path(), &[]);
        let callers: Vec<_> =
            (0..8).map(|caller| tokio::spawn(load(served.address, Arc::clone(&seen), caller))).collect();
        let enough = 60 * round + 17;
        until("answers", async || {
            tokio::time::sleep(Duration::from_millis(5)).await;
            seen.exchanges.lock().unwrap().len() >= enough && seen.denials.lock().unwrap().len() >= enough / 6
        })
        .await;
        drop(served);
        seen.stop.store(true, Ordering::Release);
        for caller in callers {
            caller.await.unwrap();
        }
        let kept = captured(&folder.path().join("data/capture"));
        let lost: Vec<_> = seen.exchanges.lock().unwrap().difference(&kept).cloned().collect();
        assert!(lost.is_empty(), "round {round}: {lost:?} were answered and are not on record");
        let kept = decided(&folder.path().join("data/ledger"));
        let lost: Vec<_> = seen.denials.lock().unwrap().difference(&kept).cloned().collect();
        assert!(lost.is_empty(), "round {round}: {lost:?} were denied and are not in the ledger");
    }
}
