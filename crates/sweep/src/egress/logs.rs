//! Use of listed hosts in logs: Zeek (dns, ssl, http; TSV and JSON), dnsmasq, squid in any format; packed with gzip or not. Hosts are
//! counted, and nobody is named.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufRead, BufReader, Read as _},
    net::IpAddr,
};

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::List;

/// Longest line that is read; what follows of a longer one is passed over.
const MAX_LINE: u64 = 64 << 10;

/// Most clients that are told apart for one tool.
const MAX_CLIENTS: usize = 1 << 20;

/// Names that the columns and keys have in Zeek's logs, by what they say.
const HOSTS: [&str; 3] = ["query", "server_name", "host"];

/// Methods by which a line of a proxy's log is known.
const METHODS: [&str; 8] = ["CONNECT", "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"];

const GZIP: &[u8] = &[0x1f, 0x8b];

#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("the log cannot be read")]
    Read(#[from] io::Error),
}

/// What was seen of one tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Use {
    pub subject: String,
    /// `core`: use of the tool. `shared`: may be anybody's.
    pub group: &'static str,
    pub domains: BTreeMap<String, u64>,
    /// How many machines, without saying which.
    pub hosts: usize,
    pub first: Option<String>,
    pub last: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Uses {
    pub uses: Vec<Use>,
    pub lines: u64,
    /// Lines that are of no known log.
    pub unread: u64,
}

#[derive(Default)]
struct Tally {
    domains: BTreeMap<String, u64>,
    clients: BTreeSet<[u8; 8]>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    first_text: Option<String>,
    last_text: Option<String>,
}

/// Logs being read.
pub struct Seen<'a> {
    list: &'a List,
    tallies: BTreeMap<(String, bool), Tally>,
    columns: Option<Columns>,
    lines: u64,
    unread: u64,
}

struct Columns {
    time: Option<usize>,
    client: Option<usize>,
    host: Option<usize>,
}

struct Event<'a> {
    time: Option<Timestamp>,
    /// For logs that leave out the year.
    time_text: Option<&'a str>,
    client: &'a str,
    host: &'a str,
}

impl<'a> Seen<'a> {
    pub fn new(list: &'a List) -> Self {
        Self { list, tallies: BTreeMap::new(), columns: None, lines: 0, unread: 0 }
    }

    /// Reads one log to its end.
    pub fn read(&mut self, mut log: impl BufRead) -> Result<(), LogError> {
        if log.fill_buf()?.starts_with(GZIP) {
            return self.text(BufReader::new(flate2::bufread::MultiGzDecoder::new(log)));
        }
        self.text(log)
    }

    fn text(&mut self, mut log: impl BufRead) -> Result<(), LogError> {
        self.columns = None;
        let mut line = Vec::new();
        loop {
            line.clear();
            if log.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            if !line.ends_with(b"\n") && line.len() as u64 >= MAX_LINE {
                pass_over(&mut log)?;
            }
            self.line(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']));
        }
    }

    fn line(&mut self, line: &str) {
        if let Some(rest) = line.strip_prefix("#fields\t") {
            let place = |names: &[&str]| rest.split('\t').position(|name| names.contains(&name));
            self.columns = Some(Columns { time: place(&["ts"]), client: place(&["id.orig_h"]), host: place(&HOSTS) });
            return;
        }
        if line.is_empty() || line.starts_with('#') {
            return;
        }
        self.lines += 1;
        if line.starts_with('{') {
            return self.json(line);
        }
        let event = match &self.columns {
            Some(columns) => tsv(line, columns),
            None => dnsmasq(line).or_else(|| squid(line)).or_else(|| proxy(line)),
        };
        match event {
            Some(event) => self.count(&event),
            None => self.unread += 1,
        }
    }

    fn json(&mut self, line: &str) {
        let value: Option<serde_json::Value> = serde_json::from_str(line).ok();
        let text = |key: &str| value.as_ref().and_then(|v| v.get(key)).and_then(|v| v.as_str());
        let Some(host) = HOSTS.iter().find_map(|key| text(key)) else {
            self.unread += 1;
            return;
        };
        let stamp = value.as_ref().and_then(|v| v.get("ts"));
        let time =
            stamp.and_then(|v| v.as_f64().and_then(seconds).or_else(|| v.as_str().and_then(|text| text.parse().ok())));
        self.count(&Event { time, time_text: None, client: text("id.orig_h").unwrap_or_default(), host });
    }

    fn count(&mut self, event: &Event<'_>) {
        let host = event.host.to_ascii_lowercase();
        let Some((domain, of, core)) = self.list.find(&host) else { return };
        for subject in of {
            let tally = self.tallies.entry((subject.clone(), core)).or_default();
            *tally.domains.entry(domain.to_owned()).or_default() += 1;
            if tally.clients.len() < MAX_CLIENTS && !event.client.is_empty() {
                let hash = Sha256::digest(event.client);
                tally.clients.insert(hash.first_chunk().copied().unwrap_or_default());
            }
            if let Some(time) = event.time {
                tally.first = Some(tally.first.map_or(time, |first| first.min(time)));
                tally.last = Some(tally.last.map_or(time, |last| last.max(time)));
            }
            if let Some(text) = event.time_text {
                tally.first_text.get_or_insert_with(|| text.to_owned());
                tally.last_text = Some(text.to_owned());
            }
        }
    }

    /// What was seen.
    pub fn finish(self) -> Uses {
        let row = |((subject, core), tally): ((String, bool), Tally)| Use {
            subject,
            group: if core { "core" } else { "shared" },
            domains: tally.domains,
            hosts: tally.clients.len(),
            first: tally.first.map(|t| t.to_string()).or(tally.first_text),
            last: tally.last.map(|t| t.to_string()).or(tally.last_text),
        };
        Uses { uses: self.tallies.into_iter().map(row).collect(), lines: self.lines, unread: self.unread }
    }
}

fn pass_over(log: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = log.fill_buf()?;
        let end = buffer.iter().position(|&b| b == b'\n');
        let used = end.map_or(buffer.len(), |at| at + 1);
        let done = end.is_some() || buffer.is_empty();
        log.consume(used);
        if done {
            return Ok(());
        }
    }
}

fn seconds(seconds: f64) -> Option<Timestamp> {
    if !(0.0..1e11).contains(&seconds) {
        return None;
    }
    Timestamp::from_millisecond((seconds * 1000.0) as i64).ok()
}

fn tsv<'l>(line: &'l str, columns: &Columns) -> Option<Event<'l>> {
    let fields: Vec<&str> = line.split('\t').collect();
    let field = |at: Option<usize>| at.and_then(|at| fields.get(at)).copied();
    let host = field(columns.host)?;
    if matches!(host, "-" | "(empty)") {
        // A connection without a name: read, and of nobody.
        return Some(Event { time: None, time_text: None, client: "", host: "" });
    }
    let time = field(columns.time).and_then(|text| text.parse().ok()).and_then(seconds);
    Some(Event { time, time_text: None, client: field(columns.client).unwrap_or_default(), host })
}

/// `Nov 27 10:00:01 dnsmasq[7]: query[A] api.example.com from 10.0.0.5`.
fn dnsmasq(line: &str) -> Option<Event<'_>> {
    let (head, rest) = line.split_once("dnsmasq[")?;
    let (_, message) = rest.split_once("]: ")?;
    // With `log-queries=extra` a number and the client come first.
    let query = message.find("query[")?;
    let mut words = message.get(query..)?.split(' ');
    let (_, host, from, client) = (words.next()?, words.next()?, words.next()?, words.next()?);
    // `2026-11-27T10:00:01+01:00 gateway`: a system log that writes whole dates.
    let time = head.split(' ').next().and_then(|word| word.parse().ok());
    let time_text = head.get(..15).map(str::trim).filter(|text| time.is_none() && !text.is_empty());
    (from == "from").then_some(Event { time, time_text, client, host })
}

/// Squid's own format: time, elapsed, client, result, bytes, method, address.
fn squid(line: &str) -> Option<Event<'_>> {
    let mut words = line.split_ascii_whitespace();
    let time = words.next()?.parse().ok().and_then(seconds)?;
    let (_, client) = (words.next()?, words.next()?);
    let (_, _, method, address) = (words.next()?, words.next()?, words.next()?, words.next()?);
    Some(Event { time: Some(time), time_text: None, client, host: asked(method, address)? })
}

/// The host that a request names.
fn asked<'l>(method: &str, address: &'l str) -> Option<&'l str> {
    let host = if method == "CONNECT" { address } else { address.split_once("://")?.1.split(['/', '?']).next()? };
    let port = |(_, port): &(&str, &str)| port.bytes().all(|b| b.is_ascii_digit());
    Some(host.rsplit_once(':').filter(port).map_or(host, |(host, _)| host))
}

/// A proxy's log of another format, `combined` among them: a method with an address behind it, a client, a time.
fn proxy(line: &str) -> Option<Event<'_>> {
    let words = || line.split([' ', '\t', '"']).filter(|word| !word.is_empty());
    let mut found = words().skip_while(|word| !METHODS.contains(word));
    let host = asked(found.next()?, found.next()?)?;
    let client = words().find(|word| word.parse::<IpAddr>().is_ok()).unwrap_or_default();
    let stamp = words().find_map(|word| word.parse::<f64>().ok().filter(|at| *at > 1e9).and_then(seconds));
    let clock = || {
        let (_, rest) = line.split_once('[')?;
        let date = rest.split_once(']')?.0;
        jiff::fmt::strtime::parse("%d/%b/%Y:%H:%M:%S %z", date).ok()?.to_timestamp().ok()
    };
    Some(Event { time: stamp.or_else(clock), time_text: None, client, host })
}
