//! What was measured: medians over the rounds, as tables, as budget lines, as JSON.

use std::{collections::BTreeMap, fs};

use serde::Serialize;

/// All rounds of all peers.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) machine: String,
    /// Load averages, as the rounds began.
    pub(crate) load: Vec<f64>,
    pub(crate) peers: Vec<PeerReport>,
    /// What is missing from the run, and why.
    pub(crate) missing: Vec<String>,
    /// What gateways of ours counted.
    pub(crate) records: Vec<String>,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct PeerReport {
    pub(crate) name: String,
    pub(crate) rounds: Vec<Round>,
}

/// One turn of a peer. Times in milliseconds.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Round {
    pub(crate) open: Open,
    pub(crate) closed: BTreeMap<usize, Closed>,
    pub(crate) first_token: Times,
    pub(crate) long: Option<Closed>,
}

#[derive(Debug, Default, Clone, Copy, Serialize)]
pub(crate) struct Times {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Open {
    pub(crate) times: Times,
    pub(crate) answered_per_second: f64,
    /// Processor time of the peer's own processes for one request, in microseconds.
    pub(crate) processor_us: f64,
    pub(crate) failed: usize,
    pub(crate) unanswered: usize,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Closed {
    pub(crate) per_second: f64,
    pub(crate) times: Times,
    pub(crate) resident_mb: f64,
    pub(crate) failed: usize,
}

/// The promise, and what nginx adds at most a half of.
const ADDED_P50_MS: f64 = 0.5;
const ADDED_P99_MS: f64 = 2.0;
const TIMES_NGINX: f64 = 2.0;

impl Report {
    pub(crate) fn new() -> Self {
        Self { machine: machine(), ..Self::default() }
    }

    /// The tables, and whether every budget was held.
    pub(crate) fn text(&self) -> (String, bool) {
        let mut text = format!("{}\n", self.machine);
        text.push_str("Generator, stub and every peer share these processors: read the ratios. Medians over ");
        text.push_str(&format!("{} rounds in turn; load average {}.\n", self.rounds(), listed(&self.load)));
        for missing in &self.missing {
            text.push_str(&format!("\n!!! MISSING FROM THIS RUN: {missing}\n"));
        }
        text.push_str(&self.open_table());
        for connections in [16, 256] {
            text.push_str(&self.closed_table(connections));
        }
        text.push_str(&self.first_token_table());
        text.push_str(&self.long_table());
        for record in &self.records {
            text.push_str(&format!("{record}\n"));
        }
        let (lines, held) = self.budgets();
        text.push_str(&lines);
        (text, held)
    }

    fn rounds(&self) -> usize {
        self.peers.iter().map(|peer| peer.rounds.len()).max().unwrap_or(0)
    }

    fn peer(&self, name: &str) -> Option<&PeerReport> {
        self.peers.iter().find(|peer| peer.name == name)
    }

    /// What a peer adds to the direct way of the same round: the median over the rounds.
    fn added(&self, peer: &PeerReport, of: impl Fn(&Round) -> f64) -> f64 {
        let direct = self.peer("direct").map(|direct| direct.rounds.as_slice()).unwrap_or_default();
        median(peer.rounds.iter().zip(direct).map(|(round, direct)| of(round) - of(direct)).collect())
    }

    fn open_table(&self) -> String {
        let mut text = String::from(
            "\nopen loop, 1,000 requests a second, from the scheduled moment\n\
             peer                 p50 ms   p99 ms  added p50  added p99   answered/s  CPU us/request  failed  unanswered\n",
        );
        for peer in &self.peers {
            let of = |what: fn(&Round) -> f64| median(peer.rounds.iter().map(what).collect());
            let sum = |what: fn(&Round) -> usize| peer.rounds.iter().map(what).sum::<usize>();
            text.push_str(&format!(
                "{:<18} {:>8.3} {:>8.3} {:>10.3} {:>10.3} {:>12.0} {:>15.0} {:>7} {:>11}\n",
                peer.name,
                of(|r| r.open.times.p50),
                of(|r| r.open.times.p99),
                self.added(peer, |r| r.open.times.p50),
                self.added(peer, |r| r.open.times.p99),
                of(|r| r.open.answered_per_second),
                of(|r| r.open.processor_us),
                sum(|r| r.open.failed),
                sum(|r| r.open.unanswered),
            ));
        }
        text
    }

    fn closed_table(&self, connections: usize) -> String {
        let mut text = format!(
            "\nclosed loop, {connections} connections\npeer               requests/s   p50 ms   p99 ms   RSS MB  failed\n"
        );
        for peer in &self.peers {
            let runs: Vec<&Closed> = peer.rounds.iter().filter_map(|round| round.closed.get(&connections)).collect();
            text.push_str(&closed_line(&peer.name, &runs));
        }
        text
    }

    fn long_table(&self) -> String {
        let mut text = String::from(
            "\nprompts of 100,000 tokens (400 KB), closed loop, 4 connections\n\
             peer               requests/s   p50 ms   p99 ms   RSS MB  failed\n",
        );
        for peer in &self.peers {
            let runs: Vec<&Closed> = peer.rounds.iter().filter_map(|round| round.long.as_ref()).collect();
            if !runs.is_empty() {
                text.push_str(&closed_line(&peer.name, &runs));
            }
        }
        text
    }

    fn first_token_table(&self) -> String {
        let mut text = String::from(
            "\ntime to the first piece of a stream, 16 connections, 20 ms between pieces\n\
             peer                 p50 ms   p99 ms  added p50  added p99\n",
        );
        for peer in &self.peers {
            let of = |what: fn(&Round) -> f64| median(peer.rounds.iter().map(what).collect());
            text.push_str(&format!(
                "{:<18} {:>8.3} {:>8.3} {:>10.3} {:>10.3}\n",
                peer.name,
                of(|r| r.first_token.p50),
                of(|r| r.first_token.p99),
                self.added(peer, |r| r.first_token.p50),
                self.added(peer, |r| r.first_token.p99),
            ));
        }
        text
    }

    fn budgets(&self) -> (String, bool) {
        let Some(ours) = self.peer("ringfence") else { return (String::new(), true) };
        let p50 = self.added(ours, |r| r.open.times.p50);
        let p99 = self.added(ours, |r| r.open.times.p99);
        let mut lines = vec![("added p50 ms", p50, ADDED_P50_MS), ("added p99 ms", p99, ADDED_P99_MS)];
        for (name, times_p50, times_p99) in [
            ("nginx", "added p50, times what nginx adds", "added p99, times what nginx adds"),
            ("nginx plain", "the same, nginx plain, p50", "the same, nginx plain, p99"),
        ] {
            let Some(nginx) = self.peer(name) else { continue };
            // Where nginx adds nothing that can be told from noise there is no ratio, and so nothing that was held.
            let ratio = |figure: f64, of: fn(&Round) -> f64| {
                let base = self.added(nginx, of);
                if base > 0.0 { figure / base } else { f64::NAN }
            };
            lines.push((times_p50, ratio(p50, |r| r.open.times.p50), TIMES_NGINX));
            lines.push((times_p99, ratio(p99, |r| r.open.times.p99), TIMES_NGINX));
        }
        let mut text = String::from("\nbudgets, at 1,000 requests a second\n");
        for (what, figure, most) in &lines {
            let verdict = match figure {
                _ if figure.is_nan() => "no figure: add rounds",
                _ if figure <= most => "held",
                _ => "MISSED",
            };
            text.push_str(&format!("{what:<34} {figure:>8.3}  at most {most:<5} {verdict}\n"));
        }
        let held = lines.iter().all(|(_, figure, most)| figure <= most);
        (text, held)
    }
}

fn closed_line(name: &str, runs: &[&Closed]) -> String {
    let of = |what: fn(&Closed) -> f64| median(runs.iter().map(|run| what(run)).collect());
    let failed: usize = runs.iter().map(|run| run.failed).sum();
    format!(
        "{name:<18} {:>10.0} {:>8.3} {:>8.3} {:>8.1} {failed:>7}\n",
        of(|run| run.per_second),
        of(|run| run.times.p50),
        of(|run| run.times.p99),
        of(|run| run.resident_mb),
    )
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

fn listed(figures: &[f64]) -> String {
    figures.iter().map(|figure| format!("{figure:.1}")).collect::<Vec<_>>().join(", ")
}

fn machine() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown");
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    format!(
        "{cores} processors,{}",
        model.trim_start_matches([' ', '\t', ':']).split("  ").next().map_or(String::new(), |m| format!(" {m}"))
    )
}

/// The load average of the last minute.
pub(crate) fn load_average() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|one| one.parse().ok()).unwrap_or(f64::NAN)
}
