//! What changes while a gateway runs: rules, tables, accounts, the store's book, quotas, keys and certificates.
//!
//! Each is read whole and swapped in; what cannot be read is refused, said once, and what was there before stays.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use store::Store;
use tokio::sync::watch;

use super::rules;
use crate::{
    config::{Config, LedgerGone},
    desk::Desk,
    health::{Health, State},
    metrics::Metrics,
    roster::{self, RosterError},
    server::Certificates,
    services::Public,
    tables::{Stamp, TableFolder},
};

pub(super) struct Reload {
    pub(super) config: Config,
    pub(super) file: Option<PathBuf>,
    pub(super) desk: Arc<Desk>,
    pub(super) store: Store,
    pub(super) public: Arc<Public>,
    pub(super) certificates: Option<Arc<Certificates>>,
    pub(super) capture: Option<Arc<journal::Capture>>,
    pub(super) health: Arc<Health>,
    pub(super) metrics: Arc<Metrics>,
}

/// How things were when they were last read.
pub(super) struct Seen {
    config: Option<FileStamp>,
    rules: Vec<(PathBuf, FileStamp)>,
    shadow: Vec<(PathBuf, FileStamp)>,
    tables: Option<Stamp>,
    tables_on: Option<Date>,
    accounts: Option<FileStamp>,
    keys: Option<FileStamp>,
    secrets: Vec<(PathBuf, FileStamp)>,
}

/// Enough of a file's state to see that it was replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FileStamp {
    modified: Option<SystemTime>,
    bytes: u64,
    /// A file that was moved here may keep its time and its length.
    #[cfg(unix)]
    inode: u64,
}

impl Reload {
    /// Looks for changes until the stop.
    pub(super) async fn run(mut self, mut seen: Seen, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(self.config.reload) => {}
                _ = stop.wait_for(|stop| *stop) => break,
            }
            self.config_file(&mut seen);
            self.rule_folders(&mut seen);
            self.table_folder(&mut seen).await;
            self.rosters(&mut seen).await;
            self.book().await;
            self.secrets(&mut seen);
            self.look();
        }
        self.health.set("gateway", State::Failed, "it is shutting down");
    }

    /// Notes how the parts are.
    pub(super) fn look(&self) {
        let ledger = self.desk.ledger_status();
        let (state, text) = match ledger.state {
            journal::State::Healthy => (State::Ok, format!("{} entries", ledger.entries)),
            _ => {
                let state = match self.config.ledger.when_gone {
                    LedgerGone::Refuse => State::Failed,
                    LedgerGone::Allow => State::Stale,
                };
                (state, "it cannot be written; see the log, and free the disk".to_owned())
            }
        };
        // The count of entries is no news.
        self.health.set("ledger", state, text);
        self.metrics.set("ledger_entries", number(ledger.entries));
        self.metrics.set("ledger_queued", number(ledger.queued as u64));
        self.metrics.set("ledger_lost", number(ledger.lost));
        if let Some(capture) = &self.capture {
            let status = capture.status();
            let room = capture.has_room();
            let text = if room { "it has room" } else { "queue or disk are full" };
            self.health.set("capture", if room { State::Ok } else { State::Stale }, text);
            self.metrics.set("capture_disk_bytes", number(status.disk_bytes));
            self.metrics.set("capture_written", number(status.written));
            self.metrics.set("capture_unwritten", number(status.offered.saturating_sub(status.written)));
        }
    }

    /// Quotas are taken over at once; what is bound or opened at the start needs a new start.
    fn config_file(&mut self, seen: &mut Seen) {
        let Some(file) = self.file.clone() else { return };
        let now = stamp(&file);
        if now == seen.config {
            return;
        }
        seen.config = now;
        let folder = file.parent().unwrap_or(Path::new(""));
        let read = fs::read_to_string(&file).map_err(|error| error.to_string());
        let read = read.and_then(|text| Config::read(&text, folder).map_err(|error| told(&error)));
        match read {
            Ok(config) => {
                self.desk.set_limits(config.limits.clone());
                let restart = restart_needed(&self.config, &config);
                self.config.limits = config.limits;
                let text = if restart { "read again; some of it needs a new start" } else { "read again" };
                self.done("config", text);
            }
            Err(error) => self.refused("config", &error),
        }
    }

    fn rule_folders(&self, seen: &mut Seen) {
        let now = folder_stamp(self.config.policy.rules.as_deref());
        if now != seen.rules {
            seen.rules = now;
            match rules(self.config.policy.rules.as_deref()) {
                Ok(rules) => {
                    self.desk.set_rules(rules);
                    self.done("rules", "read again");
                }
                Err(error) => self.refused("rules", &told(&error)),
            }
        }
        let now = folder_stamp(self.config.policy.shadow.as_deref());
        if now != seen.shadow {
            seen.shadow = now;
            match self.config.policy.shadow.as_deref().map(|folder| rules(Some(folder))).transpose() {
                Ok(rules) => {
                    self.desk.set_shadow(rules);
                    self.done("shadow_rules", "read again");
                }
                Err(error) => self.refused("shadow_rules", &told(&error)),
            }
        }
    }

    /// Also once a day, since tables grow too old.
    async fn table_folder(&self, seen: &mut Seen) {
        let Some(path) = self.config.tables.clone() else { return };
        let (folder, today) = (TableFolder::at(path), today());
        let changed = seen.tables.as_ref().is_none_or(|stamp| folder.changed(stamp));
        if !changed && seen.tables_on == Some(today) {
            return;
        }
        (seen.tables, seen.tables_on) = (Some(folder.stamp()), Some(today));
        let loaded = tokio::task::spawn_blocking(move || folder.load(today, &origin::Limits::default())).await;
        match loaded {
            Ok(Ok(loaded)) => {
                self.desk.set_tables(loaded.tables);
                self.done("tables", "read again");
            }
            Ok(Err(error)) => self.refused("tables", &told(&error)),
            Err(_) => self.refused("tables", "reading them failed in an unforeseen way"),
        }
    }

    async fn rosters(&self, seen: &mut Seen) {
        let config = self.config.accounts.clone();
        if let Some(path) = &config.accounts
            && stamp(path) != seen.accounts
        {
            let now = stamp(path);
            let read = roster::accounts(path, &self.store).await;
            self.roster("accounts", read, &mut seen.accounts, now);
        }
        if let Some(path) = &config.keys
            && stamp(path) != seen.keys
        {
            let now = stamp(path);
            let read = roster::keys(path, &self.store).await;
            self.roster("keys", read, &mut seen.keys, now);
        }
    }

    /// A file that is wrong waits for its next change; one that the store did not take is read again.
    fn roster(
        &self,
        what: &'static str,
        read: Result<usize, RosterError>,
        seen: &mut Option<FileStamp>,
        now: Option<FileStamp>,
    ) {
        if !matches!(read, Err(RosterError::Store { .. })) {
            *seen = now;
        }
        match read {
            Ok(rows) => self.done(what, &format!("{rows} read again")),
            Err(error) => self.refused(what, &told(&error)),
        }
    }

    async fn book(&self) {
        let patience = Duration::from_secs(10);
        let book = self.desk.book();
        match tokio::time::timeout(patience, self.store.refresh(&book)).await {
            Ok(Ok(Some(book))) => {
                self.desk.set_book(book);
                self.done("store", "up to date");
            }
            Ok(Ok(None)) => {
                self.health.set("store", State::Ok, "up to date");
            }
            Ok(Err(error)) => self.refused("store", &told(&error)),
            Err(_) => self.refused("store", "the database did not answer in 10 s"),
        }
    }

    fn secrets(&self, seen: &mut Seen) {
        let now = secret_stamps(&self.config);
        if now == seen.secrets {
            return;
        }
        seen.secrets = now;
        let keys = self.public.proxy.renew_keys().map_err(|error| told(&error));
        let certificates = self.certificates.as_ref().map_or(Ok(()), |c| c.renew().map_err(|error| told(&error)));
        match keys.and(certificates) {
            Ok(()) => self.done("secrets", "read again"),
            Err(error) => self.refused("secrets", &error),
        }
    }

    fn done(&self, what: &'static str, text: &str) {
        self.metrics.reloaded(what, true);
        self.health.set(what, State::Ok, text);
        tracing::info!(reload.what = what, "{text}");
    }

    /// What was there before stays.
    fn refused(&self, what: &'static str, error: &str) {
        self.metrics.reloaded(what, false);
        if self.health.set(what, State::Stale, error) {
            tracing::error!(reload.what = what, error, "a change was refused, what was there before stays");
        }
    }
}

impl Seen {
    /// To be taken before anything is read, so that no change falls between.
    pub(super) fn now(config: &Config, file: Option<&Path>) -> Self {
        Self {
            config: file.and_then(stamp),
            rules: folder_stamp(config.policy.rules.as_deref()),
            shadow: folder_stamp(config.policy.shadow.as_deref()),
            tables: config.tables.as_ref().map(|folder| TableFolder::at(folder).stamp()),
            tables_on: Some(today()),
            accounts: config.accounts.accounts.as_deref().and_then(stamp),
            keys: config.accounts.keys.as_deref().and_then(stamp),
            secrets: secret_stamps(config),
        }
    }
}

fn secret_stamps(config: &Config) -> Vec<(PathBuf, FileStamp)> {
    let upstreams = [&config.upstream.openai, &config.upstream.anthropic];
    let keys = upstreams.into_iter().flatten().filter_map(|upstream| upstream.key_file.clone());
    let files = config.tls.iter().flat_map(|tls| [tls.certificate.clone(), tls.key.clone()]);
    keys.chain(files).filter_map(|path| Some((path.clone(), stamp(&path)?))).collect()
}

fn restart_needed(old: &Config, new: &Config) -> bool {
    let mut compared = new.clone();
    compared.limits = old.limits.clone();
    format!("{compared:?}") != format!("{old:?}")
}

fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut inner = error.source();
    while let Some(cause) = inner {
        text = format!("{text}: {cause}");
        inner = cause.source();
    }
    text
}

fn stamp(path: &Path) -> Option<FileStamp> {
    let meta = fs::metadata(path).ok()?;
    Some(FileStamp {
        modified: meta.modified().ok(),
        bytes: meta.len(),
        #[cfg(unix)]
        inode: std::os::unix::fs::MetadataExt::ino(&meta),
    })
}

fn folder_stamp(folder: Option<&Path>) -> Vec<(PathBuf, FileStamp)> {
    let entries = folder.and_then(|folder| fs::read_dir(folder).ok());
    let paths = entries.into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let mut stamps: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "cedar"))
        .filter_map(|path| Some((path.clone(), stamp(&path)?)))
        .collect();
    stamps.sort_by(|a, b| a.0.cmp(&b.0));
    stamps
}

fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
