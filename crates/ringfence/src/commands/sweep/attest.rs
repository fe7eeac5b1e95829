//! `sweep attest` and `sweep verify`.

use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow};
use clap::Args;
use sweep::{
    attest::{self, Period, SigningKey, Verdict},
    catalogue::Catalogue,
};

use super::{
    Place, found, read_ban, read_plan,
    record::{self, Book},
    scanned,
};
use crate::{outcome::Outcome, say};

#[derive(Debug, Args)]
pub(super) struct Flags {
    #[command(flatten)]
    place: Place,
    #[arg(long, value_name = "FILE.toml")]
    ban: PathBuf,
    #[arg(long, value_name = "FILE.json")]
    plan: PathBuf,
    #[arg(long, value_name = "DIR")]
    vault: PathBuf,
    /// 32 bytes in a private file; made when it is not there.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

pub(super) fn run(flags: &Flags, catalogue: &Catalogue, book: &Book) -> Result<Outcome> {
    let (ban, plan) = (read_ban(&flags.ban, catalogue)?, read_plan(&flags.plan)?);
    let key = secret(&flags.key)?;
    let done = sweeper::done(&flags.vault, plan.digest())?;
    let mut settings = flags.place.settings(None)?;
    settings.thorough = true;
    let second = scanned(&settings, catalogue)?;
    let made = plan.draft().scanned;
    let planned = Period { started: made.started, finished: made.finished };
    let statement = attest::statement(&plan, &ban, catalogue, planned, &second, done);
    let envelope = attest::sign(&statement, attest::PAYLOAD_TYPE, &key)?;
    let text = serde_json::to_string_pretty(&envelope)?;
    book.put("sweep-attestation", &record::attestation(&plan, &statement, &text))?;
    say::answer(&text)?;
    say::note(&format!(
        "ringfence: anybody can check it with `sweep verify FILE --key {}`",
        attest::public_text(&key.verifying_key())
    ));
    Ok(found(statement.predicate.verdict == Verdict::StillFound))
}

pub(super) fn verify(path: &Path, key: &str) -> Result<Outcome> {
    let bytes = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let statement = attest::verify(&bytes, &attest::public_key(key)?)?;
    say::answer(&serde_json::to_string_pretty(&statement)?)?;
    Ok(found(statement.predicate.verdict == Verdict::StillFound))
}

fn secret(path: &Path) -> Result<SigningKey> {
    if !path.exists() {
        let bytes: [u8; 32] = rand::random();
        let made = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        made.and_then(|mut file| file.write_all(&bytes))
            .with_context(|| format!("cannot make `{}`", path.display()))?;
    }
    let bytes = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| anyhow!("`{}` does not hold 32 bytes", path.display()))?;
    Ok(SigningKey::from_bytes(&bytes))
}
