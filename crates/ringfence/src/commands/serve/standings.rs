//! Standings of the organisations behind accounts, kept up to date with the folder of statements; and the HTTP that asks them.
//!
//! Where a standing changes, the store has the new one as a fact for the rules, `standings.jsonl` in the data folder has the whole event, and
//! the ledger has it without names.

mod assess;
mod organizations;

use std::{fs, io::Write, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use folder::{Settled, Stamp};
use gateway::{Gateway, ScreeningConfig, StandingsRecord};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use ownership::Regimes;
use screening::{Desk, Register, Server, Settings, StatementFolder};
use store::Store;
use tokio::{sync::watch, task::JoinHandle};

use self::{
    assess::{Assessed, assess},
    organizations::Organizations,
};
use crate::{data::DataFolder, intake::rejects::Rejects};

/// Screening at work.
pub(crate) struct Screening {
    pub(crate) server: Server,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// How often the folder, the accounts and the calendar are looked at.
const EVERY: Duration = Duration::from_secs(1);

/// Loads the statements, assesses every organisation, and serves.
pub(crate) async fn start(gateway: &Gateway, config: &ScreeningConfig, data: DataFolder) -> Result<Screening> {
    let token = config.token_file.as_ref().map(|file| {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
        match text.trim() {
            "" => bail!("`{}` is empty; it should hold the token that callers send", file.display()),
            token => Ok(token.to_owned()),
        }
    });
    let folder = Watched { folder: StatementFolder::at(&config.graph), data, regime_file: config.regime_file.clone() };
    let (folder, (register, stamp)) = load(folder).await?;
    register.regime(&config.regime)?;
    let settings = Settings {
        dataset: config.dataset.clone(),
        regime: config.regime.clone(),
        token: token.transpose()?,
        base: format!("http://{}", config.listen),
    };
    let desk = Desk::new(Arc::new(register), settings);
    let server = Server::start(&desk, config.listen).await?;
    let (stop, stopped) = watch::channel(false);
    let mut work = Work {
        organizations: Organizations::new(config.organizations.clone()),
        regime: config.regime.clone(),
        store: gateway.store().clone(),
        record: gateway.standings(),
        before: None,
        settled: Settled::at(stamp),
        assessed: None,
        desk,
        folder,
    };
    work.look().await;
    Ok(Screening { server, stop, task: tokio::spawn(work.run(stopped)) })
}

impl Screening {
    pub(crate) async fn finish(self) {
        self.stop.send_replace(true);
        // A task that panicked has put nothing half into the store.
        let _ = self.task.await;
        self.server.stop().await;
    }
}

/// The folder, and where its rejects go.
struct Watched {
    folder: StatementFolder,
    regime_file: Option<PathBuf>,
    data: DataFolder,
}

impl Watched {
    fn load(&self) -> Result<(Register, Stamp)> {
        let mut rejects = Rejects::new(self.data.rejects());
        let mut failed = None;
        let loaded = self.folder.load(
            &mut |file, reject| {
                let put =
                    rejects.one(file, reject.line, &reject.detail, reject.reason.code(), &reject.to_line(file), false);
                failed = failed.take().or(put.err());
            },
            &mut |_, _| {},
        )?;
        if let Some(error) = failed {
            return Err(error);
        }
        let (counts, file) = rejects.finish()?;
        if let Some(file) = file {
            tracing::warn!(rows = counts.values().sum::<u64>(), rejects = %file.display(), "statements that cannot be read count for nothing");
        }
        let mut regimes = Regimes::shipped();
        if let Some(file) = &self.regime_file {
            let text = fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
            regimes.add(&file.display().to_string(), &text)?;
        }
        let register = loaded.register.with_regimes(regimes);
        // The first search would wait for it otherwise.
        let names = register.names();
        tracing::info!(
            entities = register.graph().entities(),
            names,
            alike = register.alike(),
            "statements of ownership are loaded"
        );
        Ok((register, loaded.stamp))
    }
}

/// Reading takes a processor for a while, so it has a thread of its own.
async fn load(folder: Watched) -> Result<(Watched, (Register, Stamp))> {
    let done = tokio::task::spawn_blocking(move || {
        let loaded = folder.load();
        (folder, loaded)
    });
    let (folder, loaded) = done.await.context("reading the statements failed")?;
    Ok((folder, loaded?))
}

struct Work {
    desk: Arc<Desk>,
    folder: Watched,
    settled: Settled<Stamp>,
    organizations: Organizations,
    regime: String,
    store: Store,
    record: StandingsRecord,
    /// The register that the last assessment was made with, where a newer one has taken its place.
    before: Option<Arc<Register>>,
    assessed: Option<Looked>,
}

/// What an assessment depends on.
#[derive(Debug, Clone, PartialEq)]
struct Looked {
    version: u64,
    day: Date,
    organizations: Option<std::time::SystemTime>,
}

impl Work {
    async fn run(mut self, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            if self.settled.is_due(self.folder.folder.stamp()) {
                self.reload().await;
            }
            self.look().await;
        }
    }

    /// What cannot be read leaves what was loaded in place.
    async fn reload(&mut self) {
        let folder = Watched {
            folder: self.folder.folder.clone(),
            regime_file: self.folder.regime_file.clone(),
            data: self.folder.data.clone(),
        };
        match load(folder).await {
            Ok((_, (register, _))) if register.regime(&self.regime).is_ok() => {
                self.before = Some(self.desk.register());
                self.desk.replace(Arc::new(register));
                self.assessed = None;
            }
            Ok(_) => tracing::error!(regime = self.regime, "the regime is gone from its file; what was loaded stays"),
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(error, "the folder of statements cannot be used; what was loaded stays");
            }
        }
    }

    /// Assesses every organisation anew where something changed that it hangs on.
    async fn look(&mut self) {
        if let Err(error) = self.try_look().await {
            let error = format!("{error:#}");
            tracing::error!(error, "organisations could not be assessed; what is known of them stays");
        }
    }

    async fn try_look(&mut self) -> Result<()> {
        let version = self.store.version().await?;
        let day = Timestamp::now().to_zoned(TimeZone::UTC).date();
        let now = Looked { version, day, organizations: self.organizations.changed() };
        if self.assessed.as_ref() == Some(&now) {
            return Ok(());
        }
        self.organizations.read()?;
        let book = self.store.book().await?;
        let (register, before) = (self.desk.register(), self.before.clone());
        for (id, known) in book.organizations() {
            let entity = self.organizations.entity(id, &register)?;
            let assessed = assess(&register, before.as_deref(), &self.regime, day, id, entity, &known.assessment)?;
            if let Some(assessed) = assessed {
                self.put(id, assessed).await?;
            }
        }
        self.before = None;
        // What was put has raised the version; the next look sees whether anybody else did.
        self.assessed = Some(Looked { version: self.store.version().await?, ..now });
        Ok(())
    }

    /// First the event, then the fact: a crash in between tells the event twice rather than never.
    async fn put(&self, id: &exchanges::OrganizationId, assessed: Assessed) -> Result<()> {
        let Assessed { assessment, change } = assessed;
        if let Some(change) = change {
            let path = self.folder.data.path().join("standings.jsonl");
            let line = serde_json::json!({
                "time": Timestamp::now(), "organization_id": id, "regime": change.regime, "as_of": change.as_of,
                "before": change.before.as_str(), "after": change.after.as_str(), "why": change.why,
            });
            let mut options = fs::OpenOptions::new();
            options.create(true).append(true);
            let mut file = options.open(&path).with_context(|| format!("cannot write `{}`", path.display()))?;
            writeln!(file, "{line}")
                .and_then(|()| file.sync_data())
                .with_context(|| format!("cannot write `{}`", path.display()))?;
            self.record.put(&change).await.map_err(|error| anyhow::anyhow!("{error}"))?;
            tracing::warn!(
                organization.id = id.as_str(),
                before = change.before.as_str(),
                after = change.after.as_str(),
                "an organisation's standing has changed"
            );
        }
        Ok(self.store.put_organization(id, &assessment).await?)
    }
}
