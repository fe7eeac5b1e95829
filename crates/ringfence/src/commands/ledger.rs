//! `ringfence ledger`: that no decision was changed or taken out, and the proof for a third party.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use ledger::{ConsistencyProof, InclusionProof, PublicKey};
use policy::DecisionId;
use serde_json::json;

use crate::{data::DataFolder, outcome::Outcome, record, say};

/// Verify the ledger, prove that an entry is in it, or export its entries.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// The ledger's folder; by default that of the data folder.
    #[arg(long, global = true, value_name = "DIR")]
    ledger: Option<PathBuf>,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Every byte of every segment against the signed checkpoints, or a proof against its key. Exit code 1 when something was changed.
    Verify {
        /// The public key, `name+hash+base64`, or a file with it; by default the one beside the ledger, which proves less.
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
        /// A proof that `prove` printed, in place of a ledger.
        #[arg(long, value_name = "FILE")]
        proof: Option<PathBuf>,
    },
    /// That an entry is under the newest checkpoint; or, with --since-size, that the ledger only grew.
    Prove {
        /// A decision's id, or the number of an entry.
        #[arg(value_name = "DECISION", required_unless_present = "since_size")]
        entry: Option<String>,
        /// Size of an older checkpoint.
        #[arg(long, value_name = "ENTRIES", conflicts_with = "entry")]
        since_size: Option<u64>,
    },
    /// Entries as JSON Lines.
    Export {
        /// Entries from this time on.
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
    },
    /// The public key, for those who verify.
    Key,
}

pub(crate) fn run(flags: &Flags, data: &DataFolder, json: bool) -> Result<Outcome> {
    let folder = flags.ledger.clone().unwrap_or_else(|| data.ledger());
    let there = || -> Result<()> {
        if !folder.is_dir() {
            bail!(
                "there is no ledger in `{}`; `ringfence serve` writes one, and --ledger names another",
                folder.display()
            );
        }
        Ok(())
    };
    match &flags.what {
        What::Verify { key, proof: Some(proof) } => {
            let Some(key) = key else { bail!("a proof is verified with the public key: name it with --key") };
            verify_proof(&read_key(key)?, proof, json)
        }
        What::Verify { key, proof: None } => {
            there()?;
            let key = match key {
                Some(key) => read_key(key)?,
                None => journal::public_key(&folder)?,
            };
            verify(&folder, &key, json)
        }
        What::Prove { since_size: Some(old), .. } => {
            there()?;
            let newest = journal::signed(&folder)?;
            let proof = journal::consistency(&folder, *old, newest)?;
            say::answer(&if json { serde_json::to_string(&proof)? } else { proof.to_string() })?;
            Ok(Outcome::Nothing)
        }
        What::Prove { entry, .. } => {
            there()?;
            let proof = journal::prove(&folder, index(entry.as_deref().unwrap_or_default(), &folder)?)?;
            say::answer(&if json { serde_json::to_string(&proof)? } else { proof.to_string() })?;
            Ok(Outcome::Nothing)
        }
        What::Export { since } => {
            there()?;
            let since = since.as_deref().map(record::moment).transpose()?;
            export(&folder, since)
        }
        What::Key => {
            there()?;
            let key = journal::public_key(&folder)?.to_string();
            say::answer(&if json { json!({ "key": key }).to_string() } else { key })?;
            Ok(Outcome::Nothing)
        }
    }
}

fn verify(folder: &std::path::Path, key: &PublicKey, json: bool) -> Result<Outcome> {
    let verified = match journal::verify(folder, key) {
        Ok(verified) => verified,
        // A changed ledger is what was looked for, not a failure to look.
        Err(error) if error.is_damage() => {
            let error = anyhow::Error::from(error);
            let told = if json {
                json!({"sound": false, "damage": format!("{error:#}")}).to_string()
            } else {
                format!("NOT SOUND: {error:#}")
            };
            say::answer(&told)?;
            return Ok(Outcome::Found);
        }
        Err(error) => return Err(error.into()),
    };
    let told = if json {
        let (entries, signed) = (verified.entries, verified.signed);
        json!({"sound": true, "entries": entries, "signed": signed, "root": verified.root.to_string(), "key": key.to_string()}).to_string()
    } else {
        format!(
            "sound: {} entries, {} of them under a signed checkpoint\nroot {}\nkey  {key}",
            verified.entries, verified.signed, verified.root
        )
    };
    say::answer(&told)?;
    Ok(Outcome::Nothing)
}

fn verify_proof(key: &PublicKey, file: &PathBuf, json: bool) -> Result<Outcome> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    let checked = match (InclusionProof::parse(&text), ConsistencyProof::parse(&text)) {
        (Ok(proof), _) => proof.verify(key).map(|(leaf, checkpoint)| {
            let body = String::from_utf8_lossy(leaf.body()).into_owned();
            format!(
                "entry {} is one of {} in `{}`:\n{body}",
                proof.index,
                checkpoint.size(),
                checkpoint.origin().as_str()
            )
        }),
        (_, Ok(proof)) => proof.verify(key).map(|(old, new)| {
            format!("`{}` only grew from {} to {} entries", new.origin().as_str(), old.size(), new.size())
        }),
        (Err(error), Err(_)) => return Err(error).with_context(|| format!("`{}` holds no proof", file.display())),
    };
    let (sound, text) = match checked {
        Ok(text) => (true, text),
        Err(error) => (false, format!("NOT SOUND: {:#}", anyhow::Error::from(error))),
    };
    say::answer(&if json { json!({"sound": sound, "text": text}).to_string() } else { text })?;
    Ok(if sound { Outcome::Nothing } else { Outcome::Found })
}

fn export(folder: &std::path::Path, since: Option<Timestamp>) -> Result<Outcome> {
    say::answers(journal::entries(folder, since)?.map(|record| Ok(ledger::line(&record?)?)))?;
    Ok(Outcome::Nothing)
}

/// The entry's number, which for a decision is looked up.
fn index(entry: &str, folder: &std::path::Path) -> Result<u64> {
    if let Ok(index) = entry.parse() {
        return Ok(index);
    }
    let id: DecisionId = entry.parse().context("an entry is named by its number or by its decision")?;
    for record in journal::entries(folder, None)? {
        let record = record?;
        if gateway::Recorded::read(record.leaf.body()).is_ok_and(|recorded| recorded.decision.decision_id == id) {
            return Ok(record.index);
        }
    }
    bail!("the ledger in `{}` has no decision `{id}`", folder.display())
}

fn read_key(key: &str) -> Result<PublicKey> {
    let text = match fs::read_to_string(key) {
        Ok(text) => text,
        Err(_) => key.to_owned(),
    };
    text.trim().parse().with_context(|| format!("`{key}` is no public key and no file with one"))
}
