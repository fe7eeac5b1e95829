//! `ringfence demo`: simulate, import, hunt and report, end to end.

mod border;

use std::{fs, path::PathBuf, time::Instant};

use anyhow::{Context, Result};
use clap::Args;
use hunt::campaign::Findings;
use serde::Serialize;
use simulate::Plan;

use super::{
    hunt::{Tuning, in_lake},
    import::Reading,
    simulate::{self as simulated, Written},
};
use crate::{data::DataFolder, intake, interrupt::Interrupt, outcome::Outcome, say};

/// Shows what the hunt does, on traffic that is made up on the spot. Nothing leaves the machine.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Keep everything here instead of in a temporary folder.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Keep the gateway and its model stub up on loopback afterwards, until Ctrl-C.
    #[arg(long)]
    serve: bool,
}

#[derive(Debug, Serialize)]
struct Shown {
    folder: PathBuf,
    report: PathBuf,
    findings: PathBuf,
    planted: u64,
    found: u64,
    accounts_found: u64,
    /// What the gateway decided on a handful of requests.
    decisions: Vec<border::Decided>,
    /// Exchanges that the gateway captured and put into the lake.
    captured: u64,
}

pub(crate) fn run(flags: &Flags, json: bool) -> Result<Outcome> {
    let folder = match &flags.dir {
        Some(dir) => {
            fs::create_dir_all(dir).with_context(|| format!("cannot make the folder `{}`", dir.display()))?;
            dir.clone()
        }
        // The report is there to be opened afterwards, so the folder stays.
        None => tempfile::Builder::new()
            .prefix("ringfence-demo-")
            .tempdir()
            .context("cannot make a temporary folder; set TMPDIR or name one with --dir")?
            .keep(),
    };
    let begun = Instant::now();
    let tell = |text: String| {
        if !json {
            say::note(&format!("{:5.1} s  {text}", begun.elapsed().as_secs_f64()));
        }
    };
    let written = simulated::write(&Plan::demo(flags.seed), &folder)?;
    tell(format!(
        "simulated {} exchanges of {} accounts, with {} campaigns planted",
        written.exchange_count, written.account_count, written.campaign_count
    ));
    let findings = import_and_hunt(&written, &DataFolder::at(&folder.join("ringfence-data")), &tell)?;
    let report = folder.join("report.html");
    let found = folder.join("found.json");
    fs::write(&report, report::html(&findings)).with_context(|| format!("cannot write `{}`", report.display()))?;
    fs::write(&found, serde_json::to_string_pretty(&findings)?)
        .with_context(|| format!("cannot write `{}`", found.display()))?;
    tell("asking a gateway on loopback, before a model stub".to_owned());
    let border = border::show(&folder, &found, &findings, flags.serve, json)?;
    let shown = Shown {
        folder,
        report,
        findings: found,
        planted: written.campaign_count,
        found: findings.totals.campaigns,
        accounts_found: findings.totals.accounts_in_campaigns,
        decisions: border.decided,
        captured: border.captured,
    };
    if json {
        say::answer(&serde_json::to_string_pretty(&shown)?)?;
    } else {
        say::answer(&told(&shown, &findings))?;
    }
    // A demo that finds what it planted has done its job: that is no alarm.
    Ok(Outcome::Nothing)
}

fn import_and_hunt(written: &Written, data: &DataFolder, tell: &impl Fn(String)) -> Result<Findings> {
    let reading = Reading { format: exchanges::Format::Auto, strict: true, keep_text: false, max_row: 16 };
    let order = reading.order(vec![written.exchanges.clone()], vec![written.accounts.clone()]);
    let tuning = Tuning { fdr: 0.05, min_accounts: 4, min_uses: 2, seed: 1, memory: 1024 };
    crate::run(async {
        let interrupt = Interrupt::listen("what was made so far stays in the demo's folder")?;
        let receipt = intake::take_in(&order, data, &interrupt).await?;
        tell(format!(
            "imported {} exchanges as sketches; {} masked templates kept, no prompt",
            receipt.exchanges.imported, receipt.exemplars
        ));
        let findings = in_lake(&data.lake().await?, data, tuning, &interrupt).await?;
        tell(format!("weighed {} cohorts", findings.totals.cohorts_tested));
        Ok(findings)
    })
}

fn told(shown: &Shown, findings: &Findings) -> String {
    format!(
        "{}\n{}\n{} exchanges were captured and are in the lake\n\nfound {} campaigns of {} accounts; {} were planted\nreport:   {}\nfindings: {}",
        report::text(findings, say::colours(), say::width()),
        border::told(&shown.decisions, say::colours()),
        shown.captured,
        shown.found,
        shown.accounts_found,
        shown.planted,
        shown.report.display(),
        shown.findings.display()
    )
}
