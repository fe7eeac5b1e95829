//! The fleet's listener under `serve`: it shares the store and the ledger of the gateway.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use exchanges::Time;
use fleet::{Desk, Note, Record, Server, Settings};
use gateway::{FleetConfig, Gateway};
use jiff::{SignedDuration, Timestamp};
use store::Store;
use tokio::task::JoinHandle;

use crate::data::DataFolder;

/// A fleet's server at work.
pub(crate) struct Fleet {
    server: Server,
    forgetting: JoinHandle<()>,
}

/// How often old reports are let go.
const EVERY: Duration = Duration::from_secs(24 * 3600);

/// The file of the server's key.
pub(crate) fn key_file(config: Option<&FleetConfig>, data: &DataFolder) -> PathBuf {
    config.and_then(|config| config.key_file.clone()).unwrap_or_else(|| data.path().join("fleet.key"))
}

pub(crate) async fn start(gateway: &Gateway, config: &FleetConfig, data: &DataFolder) -> Result<Fleet> {
    let hours = |hours: u64| SignedDuration::from_hours(i64::try_from(hours).unwrap_or(i64::MAX / 3600));
    let settings = Settings {
        token: config.token_file.as_deref().map(token).transpose()?,
        silent_after: hours(config.silent_days.saturating_mul(24)),
        hosts: config.hosts,
        leave: hours(config.leave_hours),
        reports_per_minute: u32::try_from(config.reports_per_minute).unwrap_or(u32::MAX),
        ..Settings::default()
    };
    let key = fleet::server_key(&key_file(Some(config), data))?;
    let notes = gateway.notes();
    let record: Record = Arc::new(move |new: Vec<Note>| {
        let notes = notes.clone();
        Box::pin(async move {
            let entries: Vec<_> = new.into_iter().map(|note| (note.kind, note.body)).collect();
            notes.put(&entries).await.map_err(|error| error.to_string())
        })
    });
    let desk = Desk::new(gateway.store().clone(), key, settings, Some(record));
    let server = Server::start(&desk, config.listen).await?;
    let forgetting = tokio::spawn(forget(gateway.store().clone(), config.keep_days));
    Ok(Fleet { server, forgetting })
}

fn token(file: &Path) -> Result<String> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    match text.trim() {
        "" => bail!("`{}` is empty; it should hold the token that operators send", file.display()),
        token => Ok(token.to_owned()),
    }
}

async fn forget(store: Store, days: u64) {
    let kept = SignedDuration::from_hours(i64::try_from(days.saturating_mul(24)).unwrap_or(0));
    loop {
        let before = Timestamp::now().checked_sub(kept).ok().and_then(|at| Time::from_micros(at.as_microsecond()).ok());
        if let Some(before) = before
            && let Err(error) = store.forget_reports(before).await
        {
            tracing::warn!(%error, "old reports of the fleet could not be let go; they are tried again tomorrow");
        }
        tokio::time::sleep(EVERY).await;
    }
}

impl Fleet {
    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address
    }

    pub(crate) async fn finish(self) {
        self.forgetting.abort();
        self.server.stop().await;
    }
}
