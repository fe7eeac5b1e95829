//! `ringfence cases`: what people work on, appeals and campaigns.

mod file;

use std::{fmt::Write, path::PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use exchanges::{AccountId, Time};
use jiff::Timestamp;
use serde_json::{Value, json};
use store::{
    Allowance, Case, CaseFilter, CaseId, CaseKind, CaseState, CaseSummary, Line, Outcome as End, Prose, Remedy,
    Resolved, Store, Subject,
};

pub(crate) use self::file::file_campaigns;
use self::file::tell_filed;
use super::serve;
use crate::{data::DataFolder, outcome::Outcome, record, say};

/// List, show and resolve cases; take campaigns of a hunt in.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// The configuration that names the store.
    #[arg(long, global = true, env = "RINGFENCE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Cases, oldest first. Exit code 1 when there is one.
    List {
        #[arg(long)]
        kind: Option<Kind>,
        /// Open ones and those in review, unless another state is named.
        #[arg(long)]
        state: Option<State>,
        #[arg(long, value_name = "ID")]
        account: Option<AccountId>,
        /// Those after this case.
        #[arg(long, value_name = "CASE")]
        after: Option<CaseId>,
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
    },
    /// A case with everything that was done in it, and the decision that it is about.
    Show {
        #[arg(value_name = "CASE")]
        case: CaseId,
    },
    /// Ends a case.
    Resolve {
        #[arg(value_name = "CASE")]
        case: CaseId,
        /// What was decided stands, was wrong, or is no longer a question.
        #[arg(value_enum)]
        outcome: Ending,
        /// Your name, for the record.
        #[arg(long, env = "USER")]
        who: String,
        #[arg(long)]
        note: Option<String>,
        /// With `overturn`: the account goes on the allow-list until this day.
        #[arg(long, value_name = "DAY")]
        allow_until: Option<String>,
        /// With `overturn`: the account that the remedies are for; by default the case's own.
        #[arg(long, value_name = "ID")]
        account: Option<AccountId>,
        /// With `overturn`: this campaign's label is taken off the account.
        #[arg(long, value_name = "CAMPAIGN")]
        unlabel: Option<String>,
    },
    /// Opens a case for each campaign of a hunt, and labels its accounts, so that the rules see it.
    File {
        /// What `ringfence hunt --out` wrote.
        #[arg(value_name = "FILE")]
        campaigns: PathBuf,
        #[arg(long, env = "USER")]
        who: String,
        /// You have looked at them: rules may take the labels for confirmed.
        #[arg(long)]
        confirmed: bool,
        /// Days until the labels lapse.
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=3650))]
        days: u16,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Appeal,
    Campaign,
    Review,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum State {
    Open,
    InReview,
    Upheld,
    Overturned,
    Closed,
    Any,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Ending {
    Uphold,
    Overturn,
    Close,
}

pub(crate) fn run(flags: &Flags, data: &DataFolder, json: bool) -> Result<Outcome> {
    let (config, _) = serve::configuration(flags.config.as_ref(), data)?;
    crate::run(async {
        data.make()?;
        let store = gateway::store_of(&config, data.path()).await?;
        let done = what(&flags.what, &store, data, json).await;
        store.close().await;
        done
    })
}

async fn what(what: &What, store: &Store, data: &DataFolder, json: bool) -> Result<Outcome> {
    match what {
        What::List { kind, state, account, after, limit } => {
            let states = states(*state);
            let mut cases = Vec::new();
            for state in states {
                let kind = kind.map(CaseKind::from);
                let filter = CaseFilter { kind, state, account: account.clone() };
                cases.extend(store.list_cases(&filter, *after, *limit).await?);
            }
            cases.sort_by_key(|case| case.id.number());
            cases.truncate(usize::try_from(*limit)?);
            list(&cases, json)?;
            Ok(if cases.is_empty() { Outcome::Nothing } else { Outcome::Found })
        }
        What::Show { case } => {
            let case = store.case(*case).await?;
            say::answer(&if json { told_json(&case).to_string() } else { told(&case, data)? })?;
            Ok(Outcome::Nothing)
        }
        What::Resolve { case, outcome, who, note, allow_until, account, unlabel } => {
            let who = line("--who", who)?;
            let note = note.clone().map(Prose::try_from).transpose().context("--note is not taken")?;
            let end = match outcome {
                Ending::Uphold => End::Upheld,
                Ending::Close => End::Closed,
                Ending::Overturn => {
                    let own = store.case(*case).await?.summary.account;
                    let account = account.clone().or(own);
                    End::Overturned(remedies(account, allow_until.as_deref(), unlabel.as_deref(), &who)?)
                }
            };
            if !matches!(end, End::Overturned(_)) && (allow_until.is_some() || unlabel.is_some()) {
                bail!("--allow-until and --unlabel go with `overturn`");
            }
            let resolved = store.resolve_case(*case, &end, &who, note.as_ref(), now()?).await?;
            let text = match resolved {
                Resolved::Now => "resolved",
                Resolved::Already => "was resolved so before",
            };
            say::answer(&if json {
                json!({"case": case.to_string(), "text": text}).to_string()
            } else {
                format!("{case} {text}")
            })?;
            Ok(Outcome::Nothing)
        }
        What::File { campaigns, who, confirmed, days } => {
            let filed = file_campaigns(campaigns, who, *confirmed, *days, store).await?;
            tell_filed(&filed, json)?;
            Ok(if filed.is_empty() { Outcome::Nothing } else { Outcome::Found })
        }
    }
}

fn remedies(account: Option<AccountId>, until: Option<&str>, unlabel: Option<&str>, who: &Line) -> Result<Vec<Remedy>> {
    let mut remedies = Vec::new();
    if until.is_none() && unlabel.is_none() {
        return Ok(remedies);
    }
    let Some(account) = account else { bail!("the case names no account: say whom it is about with --account") };
    if let Some(until) = until {
        let until = Time::from_micros(record::moment(until)?.as_microsecond())?;
        remedies.push(Remedy::Allow(Allowance {
            subject: Subject::Account(account.clone()),
            reason: line("the reason", "an appeal was right")?,
            granted_by: who.clone(),
            set_at: now()?,
            until,
        }));
    }
    if let Some(campaign) = unlabel {
        remedies.push(Remedy::RemoveLabel { account, campaign: line("--unlabel", campaign)? });
    }
    Ok(remedies)
}

fn list(cases: &[CaseSummary], json: bool) -> Result<()> {
    if json {
        let told: Vec<Value> = cases.iter().map(summary).collect();
        return say::answer(&Value::from(told).to_string());
    }
    if cases.is_empty() {
        return say::answer("no case");
    }
    let mut text = String::new();
    for case in cases {
        let account = case.account.as_ref().map_or("", AccountId::as_str);
        let (kind, state) = (case.kind.as_str(), case.state.as_str());
        writeln!(
            text,
            "{:<8} {kind:<9} {state:<11} {}  {}  {account}",
            case.id.to_string(),
            case.opened,
            case.subject.as_str()
        )?;
    }
    say::answer(&text)
}

fn summary(case: &CaseSummary) -> Value {
    json!({
        "case": case.id.to_string(), "kind": case.kind.as_str(), "state": case.state.as_str(),
        "subject": case.subject.as_str(), "account": case.account.as_ref().map(AccountId::as_str),
        "opened": case.opened.to_string(), "changed": case.changed.to_string(),
    })
}

fn told_json(case: &Case) -> Value {
    let mut told = summary(&case.summary);
    if let Some(appeal) = &case.appeal {
        told["appeal"] = json!({
            "decision_id": appeal.decision, "contact": appeal.contact.as_ref().map(store::Contact::as_str),
            "statement": appeal.statement.as_ref().map(Prose::as_str),
        });
    }
    let events = case.events.iter().map(|event| {
        json!({"at": event.at.to_string(), "who": event.who.as_str(), "what": event.what.as_str(),
            "note": event.note.as_ref().map(Prose::as_str)})
    });
    told["events"] = events.collect();
    told
}

fn told(case: &Case, data: &DataFolder) -> Result<String> {
    let about = &case.summary;
    let mut text =
        format!("{}  {} about {}  {}\n", about.id, about.kind.as_str(), about.subject.as_str(), about.state.as_str());
    if let Some(account) = &about.account {
        writeln!(text, "account   {}", account.as_str())?;
    }
    if let Some(appeal) = &case.appeal {
        let statement = appeal.statement.as_ref().map_or("(erased)", Prose::as_str);
        let contact = appeal.contact.as_ref().map_or("none", store::Contact::as_str);
        writeln!(text, "contact   {}\nstatement {}", visible(contact), visible(statement))?;
        match record::decision(data, appeal.decision) {
            Ok(Some(recorded)) => {
                writeln!(text, "decision  {} of {}", recorded.decision.effect.as_str(), recorded.decision.time)?;
                for reason in &recorded.decision.reasons {
                    writeln!(text, "  {}: {}", reason.rule, reason.text)?;
                }
            }
            Ok(None) => writeln!(text, "decision  the ledger here has none of this id")?,
            Err(error) => writeln!(text, "decision  cannot be read: {error:#}")?,
        }
    }
    for event in &case.events {
        let note = event.note.as_ref().map_or_else(String::new, |note| format!(": {}", visible(note.as_str())));
        writeln!(text, "{}  {} {}{note}", event.at, event.who.as_str(), event.what.as_str())?;
    }
    Ok(text)
}

/// What a stranger wrote, without anything that a terminal would obey.
fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

fn states(state: Option<State>) -> Vec<Option<CaseState>> {
    match state {
        None => vec![Some(CaseState::Open), Some(CaseState::InReview)],
        Some(State::Any) => vec![None],
        Some(State::Open) => vec![Some(CaseState::Open)],
        Some(State::InReview) => vec![Some(CaseState::InReview)],
        Some(State::Upheld) => vec![Some(CaseState::Upheld)],
        Some(State::Overturned) => vec![Some(CaseState::Overturned)],
        Some(State::Closed) => vec![Some(CaseState::Closed)],
    }
}

fn line(what: &str, text: &str) -> Result<Line> {
    Line::try_from(text.to_owned()).with_context(|| format!("{what} is not taken"))
}

fn now() -> Result<Time> {
    Ok(Time::from_micros(Timestamp::now().as_microsecond())?)
}

impl From<Kind> for CaseKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Appeal => Self::Appeal,
            Kind::Campaign => Self::Campaign,
            Kind::Review => Self::Review,
        }
    }
}
