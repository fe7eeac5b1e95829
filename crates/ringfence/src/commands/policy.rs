//! `ringfence policy`: the operator's rules, held against themselves, against cases and against the past.

use std::{fmt::Write, fs, path::PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use gateway::Recorded;
use jiff::Timestamp;
use policy::{Baseline, DecisionId, Past, Rules};
use serde_json::json;

use super::serve;
use crate::{data::DataFolder, outcome::Outcome, record, say};

/// Check rules, explain a decision, run cases, and see what new rules would change.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Folder of `*.cedar` files; by default those of the configuration, else the built-in ones.
    #[arg(long, global = true, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// The configuration that names the rules.
    #[arg(long, global = true, env = "RINGFENCE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Every mistake in the rules, at once. Exit code 1 when there is one.
    Check,
    /// Why a decision was made: its record, and each rule on its facts. Exit code 1 when it was refused.
    Explain {
        #[arg(value_name = "DECISION")]
        decision: DecisionId,
    },
    /// Cases of facts and the effect that they should have. Exit code 1 when one fails.
    Test {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Which past decisions new rules would change. Exit code 1 when one would.
    Backtest {
        /// Decisions from this time on: `2026-11-01T00:00:00Z`, or a day.
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
        /// Folder of the new rules.
        #[arg(long, value_name = "DIR")]
        policy: PathBuf,
        /// Compare with what today's rules say, in place of what was decided then.
        #[arg(long)]
        against_rules: bool,
        /// Changed decisions that are named.
        #[arg(long, default_value_t = 10, value_name = "N")]
        examples: usize,
    },
}

pub(crate) fn run(flags: &Flags, data: &DataFolder, json: bool) -> Result<Outcome> {
    let rules = || -> Result<Rules> {
        let folder = match &flags.rules {
            Some(folder) => Some(folder.clone()),
            None => serve::configuration(flags.config.as_ref(), data)?.0.policy.rules,
        };
        Ok(gateway::rules(folder.as_deref())?)
    };
    match &flags.what {
        What::Check => check(flags, data, json),
        What::Explain { decision } => explain(*decision, &rules()?, data, json),
        What::Test { file } => test(file, &rules()?, json),
        What::Backtest { since, policy, against_rules, examples } => {
            let since = since.as_deref().map(record::moment).transpose()?;
            let new = gateway::rules(Some(policy))?;
            let old = if *against_rules { Some(rules()?) } else { None };
            backtest(since, &new, old.as_ref(), *examples, data, json)
        }
    }
}

fn check(flags: &Flags, data: &DataFolder, json: bool) -> Result<Outcome> {
    let folder = match &flags.rules {
        Some(folder) => Some(folder.clone()),
        None => serve::configuration(flags.config.as_ref(), data)?.0.policy.rules,
    };
    let files = match &folder {
        Some(folder) => gateway::rule_files(folder)?,
        None => policy::default_files(),
    };
    let loaded = Rules::load(&files, &policy::Limits::default());
    let (rules, problems) = match &loaded {
        Ok(rules) => (rules.rules(), rules.warnings()),
        Err(problems) => (&[][..], problems.as_slice()),
    };
    if json {
        let told: Vec<_> =
            rules.iter().map(|rule| json!({"rule": rule.id, "effect": rule.effect, "basis": rule.basis})).collect();
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        say::answer(&json!({"sound": loaded.is_ok(), "rules": told, "problems": problems}).to_string())?;
    } else {
        let mut text = String::new();
        for problem in problems {
            writeln!(text, "{problem}")?;
        }
        match &loaded {
            Ok(rules) => writeln!(text, "{} rules in {} files are sound", rules.rules().len(), files.len())?,
            Err(problems) => writeln!(text, "{} mistakes; nothing of this would be loaded", problems.len())?,
        }
        say::answer(&text)?;
    }
    Ok(if loaded.is_ok() { Outcome::Nothing } else { Outcome::Found })
}

fn explain(id: DecisionId, rules: &Rules, data: &DataFolder, json: bool) -> Result<Outcome> {
    let Some(recorded) = record::decision(data, id)? else {
        bail!("the ledger in `{}` has no decision `{id}`", data.ledger().display());
    };
    let explanation = policy::explain(rules, &recorded.facts);
    if json {
        let told = json!({"decision": recorded.decision, "facts": recorded.facts, "face": recorded.face, "today": explanation});
        say::answer(&told.to_string())?;
    } else {
        say::answer(&told(&recorded, &explanation.to_string())?)?;
    }
    Ok(if recorded.decision.effect.passes() { Outcome::Nothing } else { Outcome::Found })
}

fn told(recorded: &Recorded, today: &str) -> Result<String> {
    let decision = &recorded.decision;
    let mut text = format!(
        "{}  {}  {} by way of {}\n",
        decision.decision_id,
        decision.time,
        decision.effect.as_str(),
        recorded.face
    );
    for reason in &decision.reasons {
        let basis = reason.basis.map_or("", |basis| basis.as_str());
        writeln!(text, "  {:<24} {basis:<6} {}", reason.rule, reason.text)?;
    }
    for evidence in &decision.evidence {
        writeln!(text, "    {} = {}", evidence.signal, evidence.value)?;
    }
    if let Some(tried) = &recorded.shadow {
        writeln!(text, "  the rules on trial would have said: {}", tried.effect.as_str())?;
    }
    write!(text, "\nwhat today's rules say of the same facts:\n{today}")?;
    Ok(text)
}

fn test(file: &PathBuf, rules: &Rules, json: bool) -> Result<Outcome> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    let report = policy::run_cases(rules, &text).with_context(|| format!("`{}` holds no cases", file.display()))?;
    let passed = report.all_passed();
    say::answer(&if json { serde_json::to_string(&report)? } else { report.to_string() })?;
    Ok(if passed { Outcome::Nothing } else { Outcome::Found })
}

fn backtest(
    since: Option<Timestamp>,
    new: &Rules,
    old: Option<&Rules>,
    examples: usize,
    data: &DataFolder,
    json: bool,
) -> Result<Outcome> {
    let mut failed = None;
    let past = record::decisions(data, since)?.map_while(|recorded| match recorded {
        Ok(recorded) => Some(recorded),
        Err(error) => {
            failed = Some(error);
            None
        }
    });
    let past = past.map(|recorded| Past {
        decision_id: recorded.decision.decision_id,
        effect: recorded.decision.effect,
        facts: recorded.facts,
    });
    let found = policy::backtest(old.map_or(Baseline::Recorded, Baseline::Rules), new, past, examples);
    if let Some(error) = failed {
        return Err(error);
    }
    say::answer(&if json { serde_json::to_string(&found)? } else { found.to_string() })?;
    Ok(if found.changed == 0 { Outcome::Nothing } else { Outcome::Found })
}
