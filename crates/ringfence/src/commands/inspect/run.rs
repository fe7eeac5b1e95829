//! `ringfence inspect run`: a client run in many environments against a recorder, and what its requests say about them.

use std::{env, fs, path::PathBuf, thread, time::Duration};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use differential::{Helper, Job, Limits, Vary, Watch, receipt, study};
use inspect::Verdict;

use crate::{interrupt::Interrupt, outcome::Outcome, progress, say};

/// The hidden first word that makes this program a stage of a run.
pub(crate) const STAGE: &str = "inspect-run-stage";

/// Runs a client once per time zone, locale, proxy, base address, user and host name, each in namespaces of its own without a network but
/// for a recorder that speaks the OpenAI, Anthropic and Gemini APIs, and compares what it sends byte by byte. Exit code 1 when something
/// medium or worse follows the environment, 2 when the client made no request. Only a client that you are willing to run belongs here.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Values of a factor in place of the usual ones: timezone, locale, proxy, base-url, username or hostname.
    #[arg(long, value_name = "FACTOR=VALUE,…")]
    vary: Vec<Vary>,
    /// Runs of each environment that shows a difference.
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u8).range(3..=50))]
    repeat: u8,
    /// One more variable that tells the client the recorder's address.
    #[arg(long, value_name = "NAME", value_parser = variable_name)]
    base_url_env: Vec<String>,
    /// One more variable for the client; without a value it is passed on. A value may hold `{recorder}` for the recorder's address.
    #[arg(long, value_name = "NAME[=VALUE]")]
    env: Vec<String>,
    /// Ends a run after so many seconds.
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    /// Ends a run whose processes use more than so many MiB together.
    #[arg(long, default_value_t = 2048, value_name = "MIB", value_parser = clap::value_parser!(u64).range(16..=1_048_576))]
    memory: u64,
    /// Ends a run that prints more than so many MiB.
    #[arg(long, default_value_t = 4, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=1_024))]
    max_output: u64,
    /// What the client reads from its standard input.
    #[arg(long, value_name = "FILE")]
    stdin: Option<PathBuf>,
    /// A path below /tmp, /home, /root or /run that the client needs; those that the command names are shown anyway.
    #[arg(long, value_name = "PATH")]
    show: Vec<PathBuf>,
    /// Keep every request, and what each run printed, in this folder.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Run without namespaces: the client reaches the network and your files, and fewer values can be tried.
    #[arg(long)]
    no_isolation: bool,
    /// Runs at the same time; as many as there are processors without it.
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// What the vendor documents: hosts, facts, switches; see docs/inspect.md.
    #[arg(long, value_name = "FILE.toml")]
    disclosures: Option<PathBuf>,
    /// The client's command, with something to ask where it takes that.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

pub(crate) fn run(flags: &Flags, json: bool) -> Result<Outcome> {
    if !cfg!(target_os = "linux") {
        bail!("clients are run on Linux only");
    }
    let job = job(flags)?;
    let report = crate::run(async {
        let interrupt = Interrupt::listen("nothing is said of a client from a part of its runs")?;
        let bar = progress::count("run", 0);
        let work = {
            let bar = bar.clone();
            tokio::task::spawn_blocking(move || {
                let watch =
                    Watch { planned: &|n| bar.inc_length(n), done: &|| bar.inc(1), stopped: &|| interrupt.heard() };
                study(&job, &watch)
            })
        };
        let report = work.await.context("the runs ended before their time");
        bar.finish_and_clear();
        Ok(report??)
    })?;
    say::answer(&if json { serde_json::to_string_pretty(&report)? } else { receipt(&report) })?;
    if !report.was_heard() {
        let why =
            report.unknown.iter().find(|u| u.place == "the client").map_or("it made no request", |u| u.why.as_str());
        bail!("unknown: the client {why}");
    }
    if report.verdict == Verdict::Inconclusive {
        say::note("ringfence: inconclusive: what could not be seen is under `unknown`, so this is not a pass");
    }
    Ok(if report.verdict == Verdict::Findings { Outcome::Found } else { Outcome::Nothing })
}

fn job(flags: &Flags) -> Result<Job> {
    let folder = env::current_dir().context("cannot tell the current folder")?;
    let absolute = |path: &PathBuf| path.canonicalize().with_context(|| format!("cannot open `{}`", path.display()));
    if let Some(keep) = &flags.keep {
        fs::create_dir_all(keep).with_context(|| format!("cannot make `{}`", keep.display()))?;
    }
    let disclosures = super::disclosures(flags.disclosures.as_deref())?;
    Ok(Job {
        helper: Helper {
            program: env::current_exe().context("cannot tell this program's file")?,
            arguments: vec![STAGE.to_owned()],
        },
        command: flags.command.clone(),
        folder,
        stdin: flags.stdin.as_ref().map(absolute).transpose()?,
        variables: flags.env.iter().map(|text| variable(text)).collect::<Result<_>>()?,
        base_names: flags.base_url_env.clone(),
        shown: flags.show.iter().map(absolute).collect::<Result<_>>()?,
        limits: Limits {
            time: Duration::from_secs(flags.timeout),
            memory: flags.memory << 20,
            output: flags.max_output << 20,
            ..Limits::default()
        },
        isolate: !flags.no_isolation,
        repeat: usize::from(flags.repeat),
        vary: flags.vary.clone(),
        workers: flags.jobs.unwrap_or_else(|| thread::available_parallelism().map_or(2, usize::from)).clamp(1, 64),
        keep: flags.keep.clone(),
        disclosures,
    })
}

fn variable(text: &str) -> Result<(String, String)> {
    if let Some((name, value)) = text.split_once('=') {
        return Ok((variable_name(name).map_err(|e| anyhow!(e))?, value.to_owned()));
    }
    let name = variable_name(text).map_err(|e| anyhow!(e))?;
    let value = env::var(&name).with_context(|| format!("`--env {name}` passes on a variable that is not set here"))?;
    Ok((name, value))
}

fn variable_name(text: &str) -> Result<String, String> {
    let fits = !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if fits { Ok(text.to_owned()) } else { Err(format!("`{text}` cannot be the name of a variable")) }
}
