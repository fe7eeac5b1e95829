//! What changes while a gateway runs: rules, tables, accounts, the store's book, quotas, keys and certificates.
//!
//! Each is read whole and swapped in; what cannot be read is refused, said once, and what was there before stays.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use folder::Settled;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use store::Store;
use tokio::sync::watch;

use super::parts::rules;
use crate::{
    chain::chain,
    config::{Config, LedgerGone},
    desk::Desk,
    health::{Health, State},
    metrics::Metrics,
    roster::{self, RosterError},
    server::Certificates,
    services::Public,
    tables::{TableFolder, Watch},
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

/// What was read of everything that may change.
pub(super) struct Seen {
    config: Settled<Option<FileStamp>>,
    rules: Settled<Vec<(PathBuf, FileStamp)>>,
    shadow: Settled<Vec<(PathBuf, FileStamp)>>,
    tables: Option<Watch>,
    tables_on: Date,
    accounts: Settled<Option<FileStamp>>,
    keys: Settled<Option<FileStamp>>,
    secrets: Settled<Vec<(PathBuf, FileStamp)>>,
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
        if !seen.config.is_due(stamp(&file)) {
            return;
        }
        let folder = file.parent().unwrap_or(Path::new(""));
        let read = fs::read_to_string(&file).map_err(|error| error.to_string());
        let read = read.and_then(|text| Config::read(&text, folder).map_err(|error| chain(&error)));
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
        let (folder, shadow) = (self.config.policy.rules.as_deref(), self.config.policy.shadow.as_deref());
        if seen.rules.is_due(folder_stamp(folder)) {
            match rules(folder) {
                Ok(rules) => {
                    self.desk.set_rules(rules);
                    self.done("rules", "read again");
                }
                Err(error) => self.refused("rules", &chain(&error)),
            }
        }
        if seen.shadow.is_due(folder_stamp(shadow)) {
            match shadow.map(|folder| rules(Some(folder))).transpose() {
                Ok(rules) => {
                    self.desk.set_shadow(rules);
                    self.done("shadow_rules", "read again");
                }
                Err(error) => self.refused("shadow_rules", &chain(&error)),
            }
        }
    }

    /// Also once a day, since tables grow too old.
    async fn table_folder(&self, seen: &mut Seen) {
        let (Some(watch), today) = (&mut seen.tables, today()) else { return };
        if !watch.poll() && seen.tables_on == today {
            return;
        }
        seen.tables_on = today;
        let folder = watch.folder().clone();
        let loaded = tokio::task::spawn_blocking(move || folder.load(today, &origin::Limits::default())).await;
        match loaded {
            Ok(Ok(loaded)) => {
                self.desk.set_tables(loaded.tables);
                self.done("tables", "read again");
            }
            Ok(Err(error)) => self.refused("tables", &chain(&error)),
            Err(_) => self.refused("tables", "reading them failed in an unforeseen way"),
        }
    }

    async fn rosters(&self, seen: &mut Seen) {
        let config = &self.config.accounts;
        if let Some(path) = &config.accounts
            && seen.accounts.is_due(stamp(path))
        {
            let read = roster::accounts(path, &self.store).await;
            self.roster("accounts", read, &mut seen.accounts);
        }
        if let Some(path) = &config.keys
            && seen.keys.is_due(stamp(path))
        {
            let read = roster::keys(path, &self.store).await;
            self.roster("keys", read, &mut seen.keys);
        }
    }

    /// A file that is wrong waits for its next change; one that the store did not take is read again.
    fn roster(&self, what: &'static str, read: Result<usize, RosterError>, seen: &mut Settled<Option<FileStamp>>) {
        if matches!(read, Err(RosterError::Store { .. })) {
            seen.again();
        }
        match read {
            Ok(rows) => self.done(what, &format!("{rows} read again")),
            Err(error) => self.refused(what, &chain(&error)),
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
            Ok(Err(error)) => self.refused("store", &chain(&error)),
            Err(_) => self.refused("store", "the database did not answer in 10 s"),
        }
    }

    fn secrets(&self, seen: &mut Seen) {
        if !seen.secrets.is_due(secret_stamps(&self.config)) {
            return;
        }
        let keys = self.public.proxy.renew_keys().map_err(|error| chain(&error));
        let certificates = self.certificates.as_ref().map_or(Ok(()), |c| c.renew().map_err(|error| chain(&error)));
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
        let tables = config.tables.as_ref().map(|path| {
            let folder = TableFolder::at(path);
            let stamp = folder.stamp();
            Watch::new(folder, stamp)
        });
        Self {
            config: Settled::at(file.and_then(stamp)),
            rules: Settled::at(folder_stamp(config.policy.rules.as_deref())),
            shadow: Settled::at(folder_stamp(config.policy.shadow.as_deref())),
            tables,
            tables_on: today(),
            accounts: Settled::at(config.accounts.accounts.as_deref().and_then(stamp)),
            keys: Settled::at(config.accounts.keys.as_deref().and_then(stamp)),
            secrets: Settled::at(secret_stamps(config)),
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
