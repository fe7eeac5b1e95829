//! `ringfence screen`: who controls an organisation, under which rule, and the proof.

mod batch;
mod compare;
mod everyone;
mod load;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use ownership::{Place, Verdict};
use screening::{Answer, By, Question, Register, not_found};

use crate::{data::DataFolder, outcome::Outcome, say};

/// An organisation by name or id: its standing under a regime, with the path, the arithmetic, the margin, and what is not known.
/// Exit code 1 when it is caught, or may be; an organisation of which nothing is stated is unknown, not clear.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Flags {
    /// Names, keys of the graph, LEIs, or `REGISTER:NUMBER`.
    #[arg(value_name = "NAME|ID")]
    asked: Vec<String>,
    #[command(flatten)]
    load: load::Folder,
    /// The rule; `--regimes` lists them.
    #[arg(long, default_value = "model-vendor-2025", value_name = "REGIME")]
    regime: String,
    /// The day whose statements count; today without it.
    #[arg(long, value_name = "YYYY-MM-DD")]
    as_of: Option<Date>,
    /// Where the organisation is registered or has its head office, to tell those of one name apart.
    #[arg(long, value_name = "CODE")]
    country: Option<Place>,
    /// A picture of the proof; for one organisation.
    #[arg(long, value_name = "FILE.svg")]
    svg: Option<PathBuf>,
    /// Every organisation that the graph describes, one JSON line each.
    #[arg(long, conflicts_with_all = ["asked", "batch", "svg"])]
    all: bool,
    /// Organisations from a CSV with a column `name` or `id`, and `country` where known; one JSON line each into `--out`. The same
    /// command again goes on where it was stopped.
    #[arg(long, value_name = "FILE.csv", conflicts_with_all = ["asked", "svg"], requires = "out")]
    batch: Option<PathBuf>,
    /// Where the lines of `--all` and `--batch` go.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Say which regimes there are, and what each of them says.
    #[arg(long, conflicts_with_all = ["asked", "batch", "all"])]
    regimes: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Pairs of names from a CSV: whether they are names of one and the same, and why.
    Compare(compare::Flags),
}

/// What every question of one run shares.
#[derive(Debug, Clone)]
struct Under {
    regime: String,
    on: Date,
}

pub(crate) fn run(flags: &Flags, data: &DataFolder, json: bool) -> Result<Outcome> {
    if let Some(Command::Compare(flags)) = &flags.command {
        return compare::run(flags);
    }
    if flags.regimes {
        return list_regimes(&load::regimes(&flags.load)?, json);
    }
    if flags.asked.is_empty() && !flags.all && flags.batch.is_none() {
        bail!("name an organisation, or ask for --all or --batch FILE.csv");
    }
    if flags.svg.is_some() && flags.asked.len() != 1 {
        bail!("--svg draws one organisation; name one");
    }
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let under = Under { regime: flags.regime.clone(), on: flags.as_of.unwrap_or(today) };
    // A wrong regime is told before a large graph is loaded.
    if load::regimes(&flags.load)?.get(&under.regime).is_none() {
        bail!("there is no regime `{}`; `ringfence screen --regimes` lists them", under.regime.escape_debug());
    }
    let register = load::register(&flags.load, data, json)?;
    match (&flags.batch, &flags.out) {
        (Some(batch), Some(out)) => batch::run(batch, out, &register, &under),
        _ if flags.all => everyone::run(flags.out.as_deref(), &register, &under),
        _ => ask(flags, &register, &under, json),
    }
}

fn ask(flags: &Flags, register: &Register, under: &Under, json: bool) -> Result<Outcome> {
    let mut outcome = Outcome::Nothing;
    let lines = flags.asked.iter().map(|asked| {
        let question = Question { countries: flags.country.into_iter().collect(), ..Question::typed(asked) };
        let answer = register.answer(&question, &under.regime, under.on)?;
        if is_found(answer.verdict()) {
            outcome = Outcome::Found;
        }
        if let Some(file) = &flags.svg {
            draw(&answer, asked, file)?;
        }
        match json {
            true => Ok(answer.to_value(register, asked, &under.regime, under.on).to_string()),
            false => Ok(tell(&answer, register, asked)),
        }
    });
    say::answers(lines)?;
    Ok(outcome)
}

fn draw(answer: &Answer, asked: &str, file: &std::path::Path) -> Result<()> {
    let Answer::Found { standing, .. } = answer else {
        bail!("nothing is stated of `{}`, so there is nothing to draw", asked.escape_debug());
    };
    std::fs::write(file, standing.to_svg()).with_context(|| format!("cannot write `{}`", file.display()))
}

fn tell(answer: &Answer, register: &Register, asked: &str) -> String {
    let near = |hit: &screening::Hit| {
        let (name, key) = (hit.name.escape_debug(), register.graph().key(hit.entity).escape_debug());
        format!("\n  {:.2}  {name}  ({key})", hit.found.score)
    };
    match answer {
        Answer::Found { standing, by: By::Id, .. } => standing.text.clone(),
        Answer::Found { standing, by: By::Name { name, score }, others } => {
            let mut text = format!(
                "Found by name: `{}` for `{}`, {score:.2} alike. Make sure that it is the one that you mean.\n\n{}",
                name.escape_debug(),
                asked.escape_debug(),
                standing.text
            );
            if !others.is_empty() {
                text.push_str("\n\nOthers that may be meant:");
                others.iter().for_each(|hit| text.push_str(&near(hit)));
            }
            text
        }
        Answer::NotFound { nearest } => {
            let mut text = not_found(asked);
            if !nearest.is_empty() {
                text.push_str("\n\nThe nearest names, none of them near enough:");
                nearest.iter().for_each(|hit| text.push_str(&near(hit)));
            }
            text
        }
    }
}

fn list_regimes(regimes: &ownership::Regimes, json: bool) -> Result<Outcome> {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let lines = regimes.iter().map(|regime| {
        let (threshold, force) = (regime.threshold(today), regime.force(today));
        if json {
            let line = serde_json::json!({
                "id": regime.id, "title": regime.title, "source": regime.source, "explanation": regime.explanation,
                "threshold_bp": threshold.basis_points, "strict": threshold.strict, "force": force, "confirm": regime.confirm,
            });
            return Ok(line.to_string());
        }
        let force = match force {
            ownership::Force::InForce => "in force",
            ownership::Force::Suspended => "suspended",
            ownership::Force::NotInForce => "not in force",
        };
        let confirm = regime.confirm.as_ref().map_or_else(String::new, |what| format!("\n  Confirm before use: {what}"));
        Ok(format!("{}  ({force} today)\n  {}\n  {}\n  Source: {}{confirm}\n", regime.id, regime.title, regime.explanation, regime.source))
    });
    say::answers(lines)?;
    Ok(Outcome::Nothing)
}

/// Whether a verdict is one that somebody has to look at.
fn is_found(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Seed | Verdict::Caught | Verdict::Possible => true,
        Verdict::Clear | Verdict::Unknown => false,
    }
}
