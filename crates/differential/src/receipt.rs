//! What is told of a client that was run: for programs, and for people.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs::File,
    io::{self, Read},
    path::Path,
};

use inspect::{Disclosure, Endpoint, FileDigest, Finding, Rules, Severity, Subject, Verdict, group_of, name_of};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    cell::{End, Recording},
    compare::{Model, clipped, host_of},
    environment::Environment,
    study::{Cells, Job, named_files},
};

/// The same findings as static inspection gives, each with the difference that shows it.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub artifact: Subject,
    pub rules_version: String,
    pub verdict: Verdict,
    pub coverage: Coverage,
    /// Hosts outside that were tried; none was reached.
    pub endpoints: Vec<Endpoint>,
    pub findings: Vec<RunFinding>,
    pub unknown: Vec<Unknown>,
    /// Requests that the usual environment shows.
    pub requests: Vec<String>,
    pub files: Vec<FileDigest>,
}

#[derive(Clone, Debug, Serialize)]
pub struct RunFinding {
    #[serde(flatten)]
    pub finding: Finding,
    pub difference: Difference,
}

/// What differs, byte by byte, and how sure it is that it follows the factor.
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    pub factor: String,
    /// Values that bring it.
    pub values: Vec<String>,
    /// Values that were tried and do not.
    pub other_values: Vec<String>,
    /// Values of other factors without which it does not come.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub together_with: Vec<String>,
    pub request: String,
    /// A JSON pointer into the body, or what of the head.
    pub place: String,
    /// Of the value, in the body or the head, in bytes.
    pub offset: usize,
    /// Pieces of the usual request; `variant` has what stands in the place of each.
    pub usual: Vec<Side>,
    pub variant: Vec<Side>,
    pub runs_with: u64,
    pub runs_without: u64,
    /// An upper bound for such a coincidence, over all environments that were tried.
    pub chance: f64,
    /// Further places with the same change, of which `also` names some.
    #[serde(skip_serializing_if = "is_zero")]
    pub further: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    pub text: String,
    /// UTF-8, in hexadecimal.
    pub bytes: String,
    pub code_points: Vec<String>,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub struct Coverage {
    pub runs: u64,
    pub environments: u64,
    pub requests: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unknown {
    #[serde(rename = "where")]
    pub place: String,
    pub why: String,
}

impl Side {
    pub(crate) fn of(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            bytes: text.bytes().map(|b| format!("{b:02x}")).collect(),
            code_points: text.chars().take(64).map(name_of).collect(),
        }
    }
}

impl Report {
    /// Of a client that made no request in its usual environment.
    pub(crate) fn silent(job: &Job, cells: &Cells) -> Self {
        let mut report = Self::with(job, cells);
        let last = cells.values().flatten().next();
        let said = last.map(|r| {
            tail(&r.outcome.stderr)
                .or_else(|| tail(&r.outcome.stdout))
                .map_or_else(String::new, |t| format!("; it said: {t}"))
        });
        let end = last.map_or_else(String::new, |r| format!(" ({})", end_word(&r.outcome.end)));
        report.unknown.push(Unknown {
            place: "the client".to_owned(),
            why: format!("made no request to the recorder{end}, so nothing is known of it: it may need a command that asks something, --base-url-env for its address, or a sign-in{}", said.unwrap_or_default()),
        });
        report.unknown.sort();
        report
    }

    pub(crate) fn of(
        job: &Job,
        cells: &Cells,
        findings: Vec<RunFinding>,
        model: &Model,
        unknown: Vec<(String, String)>,
    ) -> Self {
        let mut report = Self::with(job, cells);
        report.requests = model.requests().iter().map(|r| r.name.clone()).collect();
        report.unknown.extend(unknown.into_iter().map(|(place, why)| Unknown { place, why }));
        for request in model.requests().iter().filter(|r| r.cut) {
            report.unknown.push(Unknown {
                place: request.name.clone(),
                why: "the body was not kept whole, and was compared as far as it was".to_owned(),
            });
        }
        report.unknown.sort();
        report.unknown.dedup();
        let grave = findings.iter().any(|f| f.finding.severity >= Severity::Medium);
        report.verdict = match (grave, report.unknown.is_empty()) {
            (true, _) => Verdict::Findings,
            (false, true) => Verdict::Clean,
            (false, false) => Verdict::Inconclusive,
        };
        report.findings = findings;
        report
    }

    fn with(job: &Job, cells: &Cells) -> Self {
        let runs: Vec<&Recording> = cells.values().flatten().collect();
        let files = digests(job);
        let mut all = Sha256::new();
        for word in &job.command {
            all.update(word);
            all.update([0]);
        }
        files.iter().for_each(|f| all.update(&f.sha256));
        Self {
            artifact: Subject {
                name: job.command.join(" "),
                version: None,
                digest: format!("sha256:{}", hex(&all.finalize())),
                kind: if job.isolate { "differential execution" } else { "differential execution without isolation" }
                    .to_owned(),
            },
            rules_version: Rules::shipped().version,
            verdict: Verdict::Inconclusive,
            coverage: Coverage {
                runs: runs.len() as u64,
                environments: cells.len() as u64,
                requests: runs.iter().map(|r| r.calls.len() as u64).sum(),
            },
            endpoints: endpoints(job, cells),
            findings: Vec::new(),
            unknown: unknown(cells),
            requests: Vec::new(),
            files,
        }
    }

    /// Whether the client was heard at all.
    pub fn was_heard(&self) -> bool {
        self.coverage.requests > 0
    }
}

/// What could not be seen in some run.
fn unknown(cells: &Cells) -> Vec<Unknown> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let usual_calls = cells.get(&Environment::default()).is_some_and(|runs| runs.iter().any(|r| !r.calls.is_empty()));
    for (environment, runs) in cells {
        for run in runs {
            if usual_calls && run.calls.is_empty() {
                all.entry("made no request there".to_owned()).or_default().insert(environment.to_string());
            }
            if let Some(why) = match run.outcome.end {
                End::Time => Some("was ended at its time limit (--timeout)"),
                End::Memory => Some("was ended at its memory limit (--memory)"),
                End::Output => Some("was ended at its output limit (--max-output)"),
                End::Processes => Some("was ended at its limit of processes"),
                _ => None,
            } {
                all.entry(format!("the client {why}")).or_default().insert(environment.to_string());
            }
            for note in &run.notes {
                all.entry(note.clone()).or_default().insert(environment.to_string());
            }
        }
    }
    all.into_iter()
        .map(|(why, places)| {
            let shown: Vec<&str> = places.iter().take(4).map(String::as_str).collect();
            let more =
                if places.len() > 4 { format!(" and {} more environments", places.len() - 4) } else { String::new() };
            Unknown { place: format!("{}{more}", shown.join("; ")), why }
        })
        .collect()
}

fn endpoints(job: &Job, cells: &Cells) -> Vec<Endpoint> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for (environment, runs) in cells {
        let own = environment.hosts();
        for run in runs {
            let tried = run
                .peers
                .iter()
                .filter_map(host_of)
                .chain(run.calls.iter().filter(|c| !c.answered).map(|c| c.host.clone()));
            for host in tried.filter(|h| !own.contains(h)) {
                *counts.entry(host).or_default() += 1;
            }
        }
    }
    let disclosure =
        |host: &str| if job.disclosures.host.is_empty() { Disclosure::Unknown } else { job.disclosures.of_host(host) };
    counts
        .into_iter()
        .map(|(host, count)| Endpoint { group: group_of(&host), disclosure: disclosure(&host), host, count })
        .collect()
}

fn digests(job: &Job) -> Vec<FileDigest> {
    let one = |path: &Path| -> io::Result<FileDigest> {
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 1 << 16];
        let (mut file, mut bytes) = (File::open(path)?, 0);
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                read => {
                    hash.update(&buffer[..read]);
                    bytes += read as u64;
                }
            }
        }
        Ok(FileDigest { path: path.display().to_string(), sha256: hex(&hash.finalize()), bytes })
    };
    named_files(job).iter().filter_map(|p| one(p).ok()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn tail(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
    let last = lines[lines.len().saturating_sub(3)..].join(" / ");
    (!last.is_empty()).then(|| clipped(&printable(&last), 300))
}

/// Text of a client, safe for a terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || inspect::is_invisible(c) { '\u{fffd}' } else { c }).collect()
}

fn end_word(end: &End) -> String {
    match end {
        End::Exited(code) => format!("it ended with code {code}"),
        End::Signal(signal) => format!("signal {signal} ended it"),
        End::Time => "it was ended at its time limit".to_owned(),
        End::Memory => "it was ended at its memory limit".to_owned(),
        End::Output => "it was ended at its output limit".to_owned(),
        End::Processes => "it was ended at its limit of processes".to_owned(),
        End::NotStarted(why) => format!("it was not started: {why}"),
    }
}

/// A page for people.
pub fn receipt(report: &Report) -> String {
    let mut out = String::new();
    let c = &report.coverage;
    let _ = writeln!(out, "{} ({})", printable(&report.artifact.name), report.artifact.kind);
    let _ = writeln!(out, "verdict: {}", report.verdict.word());
    let _ = writeln!(out, "{} runs in {} environments, {} requests recorded\n", c.runs, c.environments, c.requests);
    let (grave, facts): (Vec<&RunFinding>, Vec<&RunFinding>) =
        report.findings.iter().partition(|f| f.finding.severity >= Severity::Medium);
    for f in grave {
        one(&mut out, f);
    }
    if !facts.is_empty() {
        let _ = writeln!(out, "what it states openly:");
        for f in facts {
            let _ = writeln!(out, "  {:<8} {}", f.finding.severity.word(), printable(&f.finding.text));
        }
        out.push('\n');
    }
    if !report.requests.is_empty() {
        let _ = writeln!(out, "requests: {}", printable(&clipped(&report.requests.join(", "), 600)));
    }
    if !report.endpoints.is_empty() {
        let all: Vec<String> = report
            .endpoints
            .iter()
            .map(|e| format!("{} ×{} ({})", printable(&e.host), e.count, e.disclosure))
            .collect();
        let _ = writeln!(out, "other hosts tried, none reached: {}", all.join(", "));
    }
    if !report.unknown.is_empty() {
        let _ = writeln!(out, "\nnot known:");
        for u in &report.unknown {
            let _ = writeln!(out, "  {}: {}", printable(&u.place), printable(&u.why));
        }
    }
    out
}

fn one(out: &mut String, f: &RunFinding) {
    let (x, d) = (&f.finding, &f.difference);
    let _ = writeln!(out, "{} {}: {}", x.severity.word().to_uppercase(), x.rule, printable(&x.text));
    let _ = writeln!(out, "  disclosure: {}; such a coincidence by chance: at most {:.1e}", x.disclosure, d.chance);
    if !d.other_values.is_empty() {
        let _ = writeln!(out, "  not with: {}", clipped(&d.other_values.join(", "), 160));
    }
    for (usual, variant) in d.usual.iter().zip(&d.variant).take(8) {
        let _ = writeln!(
            out,
            "  {:?} [{}] → {:?} [{}]",
            usual.text,
            short(&usual.code_points),
            variant.text,
            short(&variant.code_points)
        );
    }
    for v in &x.variants {
        let _ = writeln!(out, "    {:?} reads {:?}", v.text, v.normalised);
    }
    out.push('\n');
}

fn short(points: &[String]) -> String {
    clipped(&points.join(", "), 160)
}
