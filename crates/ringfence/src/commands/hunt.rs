//! `ringfence hunt`: campaigns in the lake, or straight from files.

use std::{
    fs,
    io::{self, Write},
    num::NonZeroUsize,
    path::{Path, PathBuf},
    thread,
};

use anyhow::{Context, Result, bail};
use clap::Args;
use hunt::{Case, Settings, Step, calibrate::Calibration, campaign::Findings, template};
use indicatif::ProgressBar;
use lake::{Lake, SessionLimits, Table};
use tempfile::{NamedTempFile, TempDir};

use super::import::Reading;
use crate::{
    data::{DataFolder, private_folder},
    intake,
    interrupt::Interrupt,
    outcome::Outcome,
    progress, say, tables,
};

/// Finds accounts that harvest a model together. Exit code 1 when a campaign was found.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Exchange logs to hunt in, instead of the lake; they are read into a temporary folder that is removed. The secret of
    /// the data folder is used if it has one, so that campaigns are called the same.
    #[arg(long, num_args = 1.., value_name = "FILE")]
    exchanges: Vec<PathBuf>,
    /// Account logs that belong to them.
    #[arg(long, num_args = 1.., value_name = "FILE", requires = "exchanges")]
    accounts: Vec<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    tuning: Tuning,
    /// Write the findings as JSON.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write a self-contained HTML report.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// What is asked of a campaign.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Tuning {
    /// Bound on the expected share of false campaigns among those raised.
    #[arg(long, default_value_t = 0.05, value_parser = share)]
    pub(crate) fdr: f64,
    /// Fewest independent accounts that make a cohort.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(3..=1000))]
    pub(crate) min_accounts: u32,
    /// Fewest uses of a wording by an account that count.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) min_uses: u32,
    /// Seed of the random sets that cohorts are held against.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Memory of the queries over the lake, in MiB; what does not fit is spilled to disk.
    #[arg(long, default_value_t = 2048, value_parser = clap::value_parser!(u32).range(64..), value_name = "MIB")]
    pub(crate) memory: u32,
}

impl Tuning {
    fn settings(self) -> Settings {
        Settings { fdr: self.fdr, min_accounts: self.min_accounts, min_uses: self.min_uses, seed: self.seed }
    }
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value > 0.0 && value < 1.0 => Ok(value),
        _ => Err("must be between 0 and 1, such as 0.05".to_owned()),
    }
}

pub(crate) fn run(flags: &Flags, data: &DataFolder, json: bool) -> Result<Outcome> {
    for file in flags.out.iter().chain(&flags.report) {
        writable(file)?;
    }
    if flags.out.is_some() && flags.out == flags.report {
        bail!("--out and --report name the same file; give each its own");
    }
    let findings = crate::run(async {
        let interrupt = Interrupt::listen("nothing was written")?;
        if flags.exchanges.is_empty() {
            return in_lake(&data.existing_lake().await?, data, flags.tuning, &interrupt).await;
        }
        let folder = tempfile::tempdir().context("cannot make a temporary folder; set TMPDIR to a writable one")?;
        let temporary = DataFolder::at(folder.path());
        temporary.adopt_secret(data)?;
        let order = flags.reading.order(flags.exchanges.clone(), flags.accounts.clone());
        let receipt = intake::take_in(&order, &temporary, &interrupt).await?;
        remark(&receipt);
        in_lake(&temporary.lake().await?, &temporary, flags.tuning, &interrupt).await
    })?;
    if let Some(path) = &flags.out {
        write(path, &serde_json::to_string_pretty(&findings)?)?;
    }
    if let Some(path) = &flags.report {
        write(path, &report::html(&findings))?;
    }
    if json {
        say::answer(&serde_json::to_string_pretty(&findings)?)?;
    } else {
        say::answer(&report::text(&findings, say::colours(), say::width()))?;
    }
    Ok(if findings.campaigns.is_empty() { Outcome::Nothing } else { Outcome::Found })
}

/// A temporary import has no receipt of its own: what it left out is told here.
fn remark(receipt: &intake::Receipt) {
    for (reason, count) in &receipt.rejected {
        say::note(&format!("ringfence: {count} rows were rejected: {reason}; see them with `ringfence import`"));
    }
    for message in &receipt.cut_short {
        say::note(&format!("ringfence: {message}"));
    }
}

/// Says before the work, not after it, that an answer cannot be written.
fn writable(path: &Path) -> Result<()> {
    let shown = path.display();
    if path.is_dir() {
        bail!("cannot write `{shown}`: it is a folder");
    }
    if path.file_name().is_none() {
        bail!("cannot write `{shown}`: it is no name of a file");
    }
    let folder = folder_of(path);
    if !folder.is_dir() {
        bail!("cannot write `{shown}`: there is no folder `{}`", folder.display());
    }
    if !replaced(path) {
        return Ok(());
    }
    staged(path).map(drop).with_context(|| {
        format!("cannot write `{shown}`: the folder `{}` takes no new file; name another", folder.display())
    })
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A pipe or a device is written to, not replaced.
fn replaced(path: &Path) -> bool {
    !path.exists() || path.is_file()
}

fn staged(path: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(".ringfence-").tempfile_in(folder_of(path))
}

/// Writes all of a file or nothing of it.
fn write(path: &Path, text: &str) -> Result<()> {
    let done = (|| {
        if !replaced(path) {
            return fs::write(path, text);
        }
        let mut file = staged(path)?;
        file.write_all(text.as_bytes())?;
        file.persist(path).map(drop).map_err(|e| e.error)
    })();
    done.with_context(|| format!("cannot write `{}`", path.display()))
}

/// Hunts in the newest version of a lake.
pub(crate) async fn in_lake(lake: &Lake, data: &DataFolder, tuning: Tuning, interrupt: &Interrupt) -> Result<Findings> {
    let wheel = progress::wheel("reading accounts");
    let findings = interrupt.or(search(lake, data, tuning, &wheel)).await;
    wheel.finish_and_clear();
    findings
}

async fn search(lake: &Lake, data: &DataFolder, tuning: Tuning, wheel: &ProgressBar) -> Result<Findings> {
    let settings = tuning.settings();
    let snapshot = lake.snapshot().await?;
    lake.check(&snapshot).await?;
    if snapshot.rows(Table::Exchanges) == 0 {
        // An all-clear over nothing would be taken for one.
        bail!("there are no exchanges to search; import some first, or name files with --exchanges");
    }
    let spill = spill(data)?;
    let limits = SessionLimits {
        memory_bytes: (tuning.memory as usize) << 20,
        spill_folder: spill.path().to_owned(),
        spill_bytes: 256 << 30,
        threads: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
    };
    let session = lake.session(&snapshot, &limits)?;
    let (traffic, index) = tables::traffic(&session).await?;
    let expected = snapshot.rows(Table::Exchanges);
    if traffic.exchanges != expected {
        bail!(
            "the lake has {expected} exchanges by its log, but its files hold {}; restore them from a backup, or import into a new folder",
            traffic.exchanges
        );
    }
    wheel.set_message("looking for shared wordings");
    let uses = tables::uses(&session, &index, &settings, |column| {
        wheel.set_message(format!("looking for shared wordings: {}", column.name()));
    })
    .await?;
    wheel.set_message("choosing templates");
    let (traffic, templates) = apart(move || {
        let templates = template::mine(&uses, &traffic.accounts, settings.min_accounts);
        (traffic, templates)
    })
    .await?;
    wheel.set_message("fetching the exchanges that carry them");
    let events = tables::events(&session, &index, &templates).await?;
    let exemplars = tables::exemplars(&session).await?;
    drop(session);
    let generated = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let told = wheel.clone();
    apart(move || {
        let calibration = Calibration::shipped();
        let case = Case {
            traffic: &traffic,
            templates: &templates,
            events: &events,
            exemplars: &exemplars,
            settings,
            calibration: &calibration,
            generated,
        };
        hunt::hunt(&case, |step| match step {
            Step::Weighing => told.set_message("weighing evidence"),
            Step::Replaying { done, of } => told.set_message(format!("replaying campaign {} of {of}", done + 1)),
        })
    })
    .await
}

/// A folder for what queries cannot hold in memory, removed afterwards. A lake on a disk that is read-only can still be searched.
fn spill(data: &DataFolder) -> Result<TempDir> {
    let beside = private_folder(&data.spill()).and_then(|()| tempfile::tempdir_in(data.spill()));
    beside.or_else(|error| {
        let other = tempfile::tempdir().context("cannot make a temporary folder; set TMPDIR to a writable one")?;
        say::note(&format!(
            "ringfence: `{}` cannot be written ({error}); queries that need room on disk use `{}`",
            data.spill().display(),
            other.path().display()
        ));
        Ok(other)
    })
}

/// Long computations leave the thread on which Ctrl-C is heard.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.context("the hunt ended early; this is a bug in ringfence")
}
