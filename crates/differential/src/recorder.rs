//! The recorder: answers as the model APIs do, keeps every request byte by byte, and lists the hosts that were tried.

mod answers;
mod names;
mod serve;
mod stream;
mod tls;

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    net::{TcpListener, UdpSocket},
    task::spawn_local,
};

use crate::cell::{Call, Peer};

pub use names::question;
pub use tls::hello_name;

/// Ports that clients and their libraries go to without being told.
const USUAL_PORTS: [u16; 9] = [80, 443, 3128, 4317, 4318, 7890, 8080, 8443, 11434];
const CALLS_MAX: usize = 2_000;
const PEERS_MAX: usize = 10_000;
const BYTES_MAX: usize = 128 << 20;

/// What was seen so far, in the order of arrival.
#[derive(Default)]
struct Seen {
    calls: Vec<Call>,
    peers: Vec<Peer>,
    notes: Vec<String>,
    bytes: usize,
}

/// Shared by all connections of a run.
#[derive(Clone)]
struct Record {
    seen: Arc<Mutex<Seen>>,
    /// Names and addresses that stand for the recorder.
    hosts: Arc<[String]>,
}

pub(crate) struct Recorder {
    record: Record,
    port: u16,
}

impl Recorder {
    /// Listens on these ports and the usual ones; without ports, on one free port of loopback. Connections are served by the local task set.
    pub(crate) async fn listen(hosts: &[String], ports: Option<&[u16]>) -> io::Result<Self> {
        let mut own: Vec<String> = hosts.iter().map(|h| h.to_ascii_lowercase()).collect();
        own.extend(["127.0.0.1", "localhost", "::1"].map(str::to_owned));
        let record = Record { seen: Arc::default(), hosts: own.into() };
        let port = match ports {
            Some(asked) => {
                let mut all: Vec<u16> = USUAL_PORTS.iter().chain(asked).copied().collect();
                all.sort_unstable();
                all.dedup();
                for port in all {
                    serve::accept(both(port).await?, record.clone());
                }
                name_server(&record).await?;
                80
            }
            None => {
                let listener = TcpListener::bind("127.0.0.1:0").await?;
                let port = listener.local_addr()?.port();
                serve::accept(listener, record.clone());
                port
            }
        };
        Ok(Self { record, port })
    }

    /// Where the APIs are.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What was seen; empties the recorder.
    pub(crate) fn take(&self) -> (Vec<Call>, Vec<Peer>, Vec<String>) {
        let seen = std::mem::take(&mut *self.record.seen());
        (seen.calls, seen.peers, seen.notes)
    }
}

/// IPv6 and IPv4 together where there is IPv6.
async fn both(port: u16) -> io::Result<TcpListener> {
    match TcpListener::bind(("::", port)).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind(("0.0.0.0", port)).await,
    }
}

async fn name_server(record: &Record) -> io::Result<()> {
    let socket = match UdpSocket::bind("[::]:53").await {
        Ok(socket) => socket,
        Err(_) => UdpSocket::bind("0.0.0.0:53").await?,
    };
    let record = record.clone();
    spawn_local(async move {
        let mut buffer = vec![0; 4096];
        while let Ok((read, from)) = socket.recv_from(&mut buffer).await {
            if let Some((name, answer)) = question(&buffer[..read]) {
                record.peer(Peer::Dns(name));
                // A client that does not get its answer asks again.
                let _ = socket.send_to(&answer, from).await;
            }
        }
    });
    Ok(())
}

impl Record {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_own(&self, host: &str) -> bool {
        self.hosts.iter().any(|h| h == host)
            || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
    }

    fn peer(&self, peer: Peer) {
        let mut seen = self.seen();
        if seen.peers.len() < PEERS_MAX {
            seen.peers.push(peer);
        }
    }

    fn note(&self, text: String) {
        let mut seen = self.seen();
        if seen.notes.len() < 100 && !seen.notes.contains(&text) {
            seen.notes.push(text);
        }
    }

    /// Keeps a call whose body is still to come; nothing where there are too many.
    fn begin(&self, call: Call) -> Option<usize> {
        let mut seen = self.seen();
        if seen.calls.len() >= CALLS_MAX {
            drop(seen);
            self.note(format!("more than {CALLS_MAX} requests in one run; the rest was answered and not kept"));
            return None;
        }
        seen.bytes += call.head.len();
        seen.calls.push(call);
        Some(seen.calls.len() - 1)
    }

    fn end(&self, index: usize, body: &[u8], whole: bool) {
        let mut seen = self.seen();
        let fits = seen.bytes + body.len() <= BYTES_MAX;
        if fits {
            seen.bytes += body.len();
        }
        if let Some(call) = seen.calls.get_mut(index) {
            call.cut = !(whole && fits);
            if fits {
                call.body = body.to_vec();
            }
        }
    }
}
