//! What a sweep does, in the ledger: hosts, plans and counts, never paths or people.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use jiff::Timestamp;
use journal::{Ledger, LedgerOptions};
use ledger::{Entry, Name};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sweep::{attest::Statement, plan::Plan};
use sweeper::Outcome;

use crate::data::DataFolder;

/// A ledger that is written to, or none.
pub(super) struct Book(Option<Ledger>);

/// The name of a ledger that is begun here.
const NAME: &str = "ringfence.local/sweep";

impl Book {
    /// The ledger that was named, which is made if it is not there; else that of the data folder, if there is one.
    pub(super) fn open(named: Option<&Path>, data: &DataFolder) -> Result<Self> {
        let usual = data.ledger();
        let (folder, is_named) = match named {
            Some(folder) => (folder.to_owned(), true),
            None if usual.is_dir() => (usual, false),
            None => return Ok(Self(None)),
        };
        let name: Name = match journal::public_key(&folder) {
            Ok(key) => key.name().clone(),
            Err(_) if is_named => NAME.parse::<Name>().map_err(|error| anyhow!("{NAME}: {error}"))?,
            Err(error) => return Err(error).context("the ledger of the data folder cannot be used"),
        };
        let opened = Ledger::open(LedgerOptions::new(&folder, name));
        let opened = opened.with_context(|| {
            format!("the ledger `{}` cannot be written to; --ledger DIR names another one", folder.display())
        })?;
        Ok(Self(Some(opened)))
    }

    /// Puts an entry in; it is on disk when this returns.
    pub(super) fn put(&self, kind: &'static str, body: &Value) -> Result<()> {
        let Some(ledger) = &self.0 else { return Ok(()) };
        let entry = Entry { time: Timestamp::now(), kind: kind.parse()?, body: serde_json::to_vec(body)? };
        let synced = ledger.append_synced(&entry).map_err(|error| anyhow!("{error}"))?;
        synced.wait().map_err(|error| anyhow!("{error}")).with_context(|| {
            format!("`{kind}` is not in the ledger; the same command again records it, and does nothing twice")
        })?;
        Ok(())
    }
}

pub(super) fn plan(plan: &Plan) -> Value {
    let draft = plan.draft();
    json!({
        "plan": plan.digest(), "machine": draft.machine, "ban": draft.ban, "catalogue": draft.catalogue,
        "objects": draft.totals.objects, "bytes": draft.totals.bytes, "reported": draft.totals.reported, "left": draft.totals.left,
    })
}

pub(super) fn done(digest: &str, done: &Outcome) -> Value {
    json!({
        "plan": digest, "done": done.done, "bytes": done.bytes, "not_done": done.not_done.len(), "stopped": done.stopped.len(),
    })
}

/// The statement itself is with whoever asked for it; its digest says which one it was.
pub(super) fn attestation(plan: &Plan, statement: &Statement, envelope: &str) -> Value {
    let digest: String = Sha256::digest(envelope.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    json!({
        "plan": plan.digest(), "machine": plan.draft().machine, "ban": statement.predicate.ban,
        "verdict": statement.predicate.verdict, "journal": statement.predicate.done.journal,
        "statement": format!("sha256:{digest}"),
    })
}
