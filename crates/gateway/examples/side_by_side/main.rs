//! Direct, nginx, the bare HTTP library, Envoy with our decisions, our proxy and LiteLLM, side by side in one run on loopback.
//!
//! `cargo build --release -p gateway --examples`, then `target/release/examples/side_by_side`. Ends with 1 where a budget is missed.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a measurement prints figures")]
#![expect(clippy::indexing_slicing, clippy::expect_used, reason = "a tool, on tables that it made itself")]

mod load;
mod peers;
mod report;
mod traffic;

use std::{fs, net::Ipv4Addr, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context, bail};

use self::{
    load::{Ask, Sample, Target},
    peers::{Peer, Place},
    report::{Closed, Open, PeerReport, Report, Round, Times},
    traffic::Traffic,
};

const USAGE: &str = "usage: side_by_side [--rounds N] [--seconds S] [--peers direct,nginx,nginx-plain,bare,envoy,ringfence,litellm]
    [--loads open,closed,stream,long] [--before SERVE] [--json FILE] [--work FOLDER] [--tables FOLDER] [--envoy FILE] [--litellm FILE]";

struct Options {
    rounds: usize,
    time: Duration,
    peers: Vec<String>,
    /// The open loop runs always.
    loads: Vec<String>,
    /// Another build of the `serve` example, to be compared with this one as the peer `before`.
    before: Option<PathBuf>,
    json: Option<PathBuf>,
    work: PathBuf,
    tables: PathBuf,
    envoy: PathBuf,
    litellm: PathBuf,
}

const RATE: u32 = 1_000;
/// Of the open loop: more than ever are needed while nobody stalls.
const OPEN_CONNECTIONS: usize = 64;
/// Addresses that callers come from, before the rules have had their say.
const CANDIDATES: usize = 4_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    let options = Options::of(std::env::args().skip(1))?;
    fs::create_dir_all(&options.work)?;
    let work = tempfile::tempdir_in(&options.work)?;
    let mut report = Report::new();
    let peers = start(&options, work.path().to_owned(), &mut report).await?;
    let measured = measure(&options, &peers, &mut report).await;
    for peer in peers {
        peer.stop().await;
    }
    measured?;
    let (text, held) = report.text();
    println!("{text}");
    if let Some(file) = &options.json {
        fs::write(file, serde_json::to_string_pretty(&report)?)?;
    }
    Ok(if held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Options {
    fn of(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut options = Self {
            rounds: 5,
            time: Duration::from_secs(4),
            peers: ["direct", "nginx", "nginx-plain", "bare", "envoy", "ringfence", "litellm"]
                .map(str::to_owned)
                .to_vec(),
            loads: ["open", "closed", "stream", "long"].map(str::to_owned).to_vec(),
            before: None,
            json: None,
            work: PathBuf::from("target/side-by-side"),
            tables: PathBuf::from("/work/shared/origin"),
            envoy: PathBuf::from("/work/peers/venv/bin/envoy"),
            litellm: PathBuf::from("/work/peers/litellm/bin/litellm"),
        };
        while let Some(name) = arguments.next() {
            let value = arguments.next().context(USAGE)?;
            match name.as_str() {
                "--rounds" => options.rounds = value.parse()?,
                "--seconds" => options.time = Duration::try_from_secs_f64(value.parse()?)?,
                "--peers" => options.peers = value.split(',').map(str::to_owned).collect(),
                "--loads" => options.loads = value.split(',').map(str::to_owned).collect(),
                "--before" => options.before = Some(value.into()),
                "--json" => options.json = Some(value.into()),
                "--work" => options.work = value.into(),
                "--tables" => options.tables = value.into(),
                "--envoy" => options.envoy = value.into(),
                "--litellm" => options.litellm = value.into(),
                _ => bail!(USAGE),
            }
        }
        Ok(options)
    }
}

async fn start(options: &Options, folder: PathBuf, report: &mut Report) -> anyhow::Result<Vec<Peer>> {
    // In memory while it is filled: tens of thousands of commits, each on disk, are not what is measured here.
    let seed = tempfile::tempdir_in("/dev/shm")?;
    let store = seed.path().join("store.db");
    traffic::fill(&store).await?;
    let tables = Some(options.tables.clone()).filter(|tables| tables.is_dir());
    if tables.is_none() {
        report.missing.push(format!("address tables: no folder `{}`", options.tables.display()));
    }
    let direct = peers::stub().await?;
    let (envoy, litellm) = (options.envoy.clone(), options.litellm.clone());
    let place = Place { folder, store, tables, stub: direct.address, envoy, litellm };
    let mut all = vec![direct];
    let before = options.before.as_deref();
    let named = options.peers.iter().map(String::as_str).filter(|name| *name != "direct");
    for name in named.chain(before.map(|_| "before")) {
        let started = match name {
            "nginx" => peers::nginx(&place).await,
            "nginx-plain" => peers::nginx_plain(&place).await,
            "bare" => peers::bare(&place).await,
            "envoy" => peers::envoy(&place).await,
            "ringfence" => peers::ringfence(&place).await,
            "before" => peers::before(&place, before.unwrap_or(&options.work)).await,
            "litellm" => peers::litellm(&place).await,
            other => bail!("there is no peer `{other}`\n{USAGE}"),
        };
        match started {
            Ok(peer) => all.push(peer),
            Err(error) => report.missing.push(format!("{name}: {error:#}")),
        }
    }
    Ok(all)
}

async fn measure(options: &Options, peers: &[Peer], report: &mut Report) -> anyhow::Result<()> {
    let traffic = Arc::new(Traffic::new(&let_in(peers).await?));
    report.peers = peers.iter().map(|p| PeerReport { name: p.name.to_owned(), rounds: Vec::new() }).collect();
    for peer in peers {
        let target = target(peer, &traffic);
        let warm = load::closed(&target, Ask::Chat, 4, options.time / 4).await?;
        if warm.answered() == 0 {
            bail!("{} answers nothing: {} requests failed", peer.name, warm.failed);
        }
    }
    for number in 0..options.rounds {
        report.load.push(report::load_average());
        for turn in 0..peers.len() {
            // Nobody always runs after the same one, nor always before it.
            let place = match number % 2 {
                0 => (turn + number) % peers.len(),
                _ => (2 * peers.len() - 1 - turn - number % peers.len()) % peers.len(),
            };
            let peer = &peers[place];
            let round = round(options, peer, &target(peer, &traffic)).await?;
            eprintln!(
                "round {} {:<16} open {:.3} / {:.3} ms, {:.0} us",
                number + 1,
                peer.name,
                round.open.times.p50,
                round.open.times.p99,
                round.open.processor_us
            );
            report.peers[place].rounds.push(round);
        }
    }
    for peer in peers {
        if let Some(metrics) = peer.metrics {
            report.records.push(format!("{}: {}", peer.name, records(metrics).await?));
        }
    }
    Ok(())
}

fn target(peer: &Peer, traffic: &Arc<Traffic>) -> Target {
    Target { address: peer.address, traffic: Arc::clone(traffic), key: peer.key }
}

/// Addresses that the rules let in, so that every peer has the same work: none of it refusals.
async fn let_in(peers: &[Peer]) -> anyhow::Result<Vec<Ipv4Addr>> {
    let candidates = traffic::candidates(CANDIDATES);
    let Some(ours) = peers.iter().find(|peer| peer.name == "ringfence") else { return Ok(candidates) };
    let everywhere = target(ours, &Arc::new(Traffic::new(&candidates)));
    let verdicts = load::let_in(&everywhere).await?;
    let kept: Vec<Ipv4Addr> =
        candidates.into_iter().zip(verdicts).filter(|(_, passed)| *passed).map(|(a, _)| a).collect();
    eprintln!("{} of {CANDIDATES} addresses are let in by the rules", kept.len());
    Ok(kept)
}

async fn round(options: &Options, peer: &Peer, target: &Target) -> anyhow::Result<Round> {
    let before = peer.processor_time();
    let open = load::open(target, RATE, OPEN_CONNECTIONS, options.time).await?;
    let used = peer.processor_time().saturating_sub(before);
    let mut closed = std::collections::BTreeMap::new();
    let wanted = |load: &str| options.loads.iter().any(|wanted| wanted == load);
    for connections in [16, 256].into_iter().filter(|_| wanted("closed")) {
        closed.insert(connections, closed_run(options, peer, target, Ask::Chat, connections).await?);
    }
    let streams = match wanted("stream") {
        true => load::closed(target, Ask::Stream, 16, options.time / 2).await?,
        false => Sample::default(),
    };
    let long = match peer.name {
        "direct" | "nginx" | "ringfence" | "before" if wanted("long") => {
            Some(closed_run(options, peer, target, Ask::Long, 4).await?)
        }
        _ => None,
    };
    // What a peer still works on must not count against the next one.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let open = Open {
        times: times(&open),
        answered_per_second: open.per_second(),
        processor_us: used.as_secs_f64() * 1e6 / open.answered().max(1) as f64,
        failed: open.failed,
        unanswered: open.unanswered,
    };
    Ok(Round { open, closed, first_token: times(&streams), long })
}

async fn closed_run(
    options: &Options,
    peer: &Peer,
    target: &Target,
    ask: Ask,
    connections: usize,
) -> anyhow::Result<Closed> {
    let time = options.time / 2;
    let near_the_end = async {
        tokio::time::sleep(time * 9 / 10).await;
        peer.resident_mb()
    };
    let (sample, resident_mb) = tokio::join!(load::closed(target, ask, connections, time), near_the_end);
    let sample = sample?;
    Ok(Closed { per_second: sample.per_second(), times: times(&sample), resident_mb, failed: sample.failed })
}

fn times(sample: &Sample) -> Times {
    Times { p50: sample.quantile(0.5), p99: sample.quantile(0.99) }
}

/// What a gateway of ours says of its decisions and exchanges: that they were recorded is a part of the measurement.
async fn records(metrics: std::net::SocketAddr) -> anyhow::Result<String> {
    let text = load::get(metrics, "/metrics").await?;
    let kept = ["decisions_total", "decisions_unrecorded_total", "exchanges_total", "requests_shed_total"];
    let lines = text.lines().filter(|line| !line.starts_with('#') && kept.iter().any(|name| line.contains(name)));
    Ok(lines.collect::<Vec<_>>().join("; "))
}
