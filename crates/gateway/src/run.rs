//! A gateway from its configuration: read everything, bind, serve, reload, stop.

mod reload;

use std::{
    fs, io,
    path::{Path, PathBuf},
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use policy::{Problem, RuleFile, Rules};
use store::{DatabaseUrl, Store, StoreError};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinHandle,
};
use url::Url;

use self::reload::{Reload, Seen};
use crate::{
    ask::{Ask, Ruling, Unavailable},
    client::TrustedProxies,
    config::{self, Config},
    decide::Decide,
    desk::{Desk, Meter, Parts, Settings},
    faces::{self, Recent},
    health::Health,
    limits::FleetError,
    metrics::Metrics,
    proxy::{Proxy, Upstream, UpstreamError},
    refusal::Links,
    roster::{self, RosterError},
    route::Provider,
    server::{Certificates, ListenError, Listener, Shared, TlsError},
    services::{Admin, Public, Questions},
    tables::{LoadError, TableFolder},
    telemetry::{Telemetry, TelemetryError},
};

/// A gateway that is serving.
pub struct Gateway {
    pub addresses: Addresses,
    desk: Arc<Desk>,
    capture: Option<Arc<journal::Capture>>,
    store: Store,
    metrics: Arc<Metrics>,
    telemetry: Option<Arc<Telemetry>>,
    health: Arc<Health>,
    listeners: Vec<Listener>,
    reload: JoinHandle<()>,
    stop: watch::Sender<bool>,
    cut: watch::Sender<bool>,
    drain: Duration,
}

/// Where a gateway listens; ports that were 0 are filled in.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    pub public: std::net::SocketAddr,
    pub admin: std::net::SocketAddr,
    pub decisions: Option<std::net::SocketAddr>,
}

/// Why a gateway cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the folder `{path}` cannot be used")]
    Folder {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the rules cannot be used:{}", .0.iter().map(|p| format!("\n  {p}")).collect::<String>())]
    Rules(Vec<Problem>),
    #[error("the address tables cannot be used")]
    Tables(#[source] LoadError),
    #[error("no tables cannot be compiled: {0}")]
    NoTables(String),
    #[error("the address of the store is wrong")]
    StoreUrl(#[source] store::UrlError),
    #[error("the store cannot be used")]
    Store(#[source] StoreError),
    #[error(transparent)]
    Roster(#[from] RosterError),
    #[error("the name of the ledger is wrong: {0}")]
    LedgerName(String),
    #[error("the ledger or the capture cannot be used")]
    Journal(#[source] journal::JournalError),
    #[error("the quotas of a fleet cannot be used")]
    Redis(#[source] FleetError),
    #[error("an upstream cannot be used")]
    Upstream(#[source] UpstreamError),
    #[error("traces cannot be sent")]
    Telemetry(#[source] TelemetryError),
    #[error("tls cannot be used")]
    Tls(#[source] TlsError),
    #[error("`{address}` is no address for callers; set `links.base` in the configuration")]
    Base {
        address: String,
        #[source]
        source: url::ParseError,
    },
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error("the metrics cannot be set up")]
    Metrics(#[source] prometheus::Error),
}

/// Refusals that nginx may come back for.
const RECENT: usize = 16_384;
/// The longest that a stop waits for the collector of traces.
const FLUSH: Duration = Duration::from_secs(5);

impl Gateway {
    /// Starts a gateway that keeps its state under `data`. Nothing is bound before everything has been read.
    pub async fn start(config: Config, data: &Path, file: Option<&Path>) -> Result<Self, StartError> {
        let seen = Seen::now(&config, file);
        let metrics = Arc::new(Metrics::new().map_err(StartError::Metrics)?);
        let health = Arc::new(Health::default());
        let certificates = config.tls.as_ref().map(Certificates::read).transpose().map_err(StartError::Tls)?;
        let certificates = certificates.map(Arc::new);
        let openai = upstream(config.upstream.openai.as_ref(), Provider::OpenAi)?;
        let anthropic = upstream(config.upstream.anthropic.as_ref(), Provider::Anthropic)?;
        let (store, desk) = desk(&config, data, &metrics).await?;
        let desk = Arc::new(desk);
        let capture = capture(&config, data)?.map(Arc::new);
        let links = links(&config)?;
        let clients = TrustedProxies { networks: config.clients.trusted_proxies.clone(), hops: config.clients.hops };
        let (stop, stopped) = watch::channel(false);
        let (cut, when_cut) = watch::channel(false);
        let shared = Shared {
            metrics: Arc::clone(&metrics),
            connections: Arc::new(Semaphore::new(config.admission.connections)),
            admission: config.admission.clone(),
            stop: stopped.clone(),
            cut: when_cut,
        };
        let telemetry = config.telemetry.as_ref().map(|url| Telemetry::to(url, Arc::clone(&metrics)));
        let telemetry = telemetry.transpose().map_err(StartError::Telemetry)?.map(Arc::new);
        let proxy = Proxy {
            desk: Arc::clone(&desk),
            metrics: Arc::clone(&metrics),
            telemetry: telemetry.clone(),
            openai,
            anthropic,
            clients,
            links: links.clone(),
            admission: config.admission.clone(),
            room: Arc::new(Semaphore::new(config.admission.requests)),
            capture: capture.clone(),
            when_full: config.capture.when_full,
        };
        let public = Arc::new(Public { proxy, store: store.clone(), health: Arc::clone(&health) });
        let admin = Arc::new(Admin { metrics: Arc::clone(&metrics), health: Arc::clone(&health) });
        let reload = Reload {
            config: config.clone(),
            file: file.map(Path::to_owned),
            desk: Arc::clone(&desk),
            store: store.clone(),
            public: Arc::clone(&public),
            certificates: certificates.clone(),
            capture: capture.clone(),
            health: Arc::clone(&health),
            metrics: Arc::clone(&metrics),
        };
        let mut listeners = vec![Listener::bind(config.listen, "listen", certificates, public, shared.clone()).await?];
        // Health and metrics have places of their own: a gateway that is full must still be able to say so.
        let own = Shared { connections: Arc::new(Semaphore::new(256)), ..shared.clone() };
        listeners.push(Listener::bind(config.admin, "admin", None, admin, own).await?);
        if let Some(decisions) = &config.decisions {
            let options = faces::Options {
                trusted: TrustedProxies { networks: decisions.trusted.clone(), hops: config.clients.hops },
                links,
                body_bytes: config.admission.body_bytes,
                body_time: config.admission.body_time,
                evaluations: 256,
                recent: Arc::new(Recent::new(RECENT)),
            };
            let asked = Questions {
                desk: Arc::clone(&desk),
                options: Arc::new(options),
                telemetry: telemetry.clone(),
                health: Arc::clone(&health),
            };
            listeners.push(Listener::bind(decisions.listen, "decisions.listen", None, Arc::new(asked), shared).await?);
        }
        let address = |n: usize| listeners.get(n).map(|listener| listener.address);
        let addresses = Addresses {
            public: address(0).unwrap_or(config.listen),
            admin: address(1).unwrap_or(config.admin),
            decisions: address(2),
        };
        reload.look();
        let reload = tokio::spawn(reload.run(seen, stopped));
        Ok(Self {
            addresses,
            desk,
            capture,
            store,
            metrics,
            telemetry,
            health,
            listeners,
            reload,
            stop,
            cut,
            drain: config.drain,
        })
    }

    /// Exchanges on their way to the lake.
    pub fn capture(&self) -> Option<Arc<journal::Capture>> {
        self.capture.clone()
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    pub fn health(&self) -> serde_json::Value {
        self.health.told()
    }

    /// Takes nothing new, lets what runs end within the configured time, and puts the last entries on disk.
    pub async fn stop(self) -> Result<(), StartError> {
        let begun = Instant::now();
        self.stop.send_replace(true);
        let mut ended = pin!(async {
            for listener in self.listeners {
                listener.ended().await;
            }
        });
        if tokio::time::timeout(self.drain, &mut ended).await.is_err() {
            tracing::warn!("answers are cut off: they took longer than `drain` allows");
            self.cut.send_replace(true);
            ended.await;
        }
        drop(self.reload.await);
        let left = self.drain.saturating_sub(begun.elapsed()).min(FLUSH);
        if let Some(telemetry) = self.telemetry {
            drop(tokio::task::spawn_blocking(move || telemetry.close(left)).await);
        }
        let (desk, capture) = (self.desk, self.capture);
        let closed = tokio::task::spawn_blocking(move || {
            let ledger = desk.close();
            if let Some(capture) = capture {
                capture.close();
            }
            ledger
        });
        self.store.close().await;
        match closed.await {
            Ok(closed) => closed.map_err(StartError::Journal),
            Err(_) => Ok(()),
        }
    }
}

/// Decisions without a request on the wire, recorded like all others.
impl Decide for Gateway {
    async fn decide(&self, ask: Ask) -> Result<Ruling, Unavailable> {
        self.desk.decide(ask).await
    }
}

async fn desk(config: &Config, data: &Path, metrics: &Arc<Metrics>) -> Result<(Store, Desk), StartError> {
    let rules = rules(config.policy.rules.as_deref())?;
    let shadow = config.policy.shadow.as_deref().map(|folder| self::rules(Some(folder))).transpose()?;
    let tables = tables(config.tables.as_deref())?;
    private_folder(data)?;
    let store = open_store(config.store.as_ref(), data).await?;
    if let Some(path) = &config.accounts.accounts {
        roster::accounts(path, &store).await?;
    }
    if let Some(path) = &config.accounts.keys {
        roster::keys(path, &store).await?;
    }
    let book = store.book().await.map_err(StartError::Store)?;
    let name = config.ledger.origin.parse().map_err(|_| StartError::LedgerName(config.ledger.origin.clone()))?;
    let folder = data.join("ledger");
    private_folder(&folder)?;
    let ledger = journal::Ledger::open(journal::LedgerOptions::new(folder, name)).map_err(StartError::Journal)?;
    let meter = Meter::new(config.limits.clone(), Arc::clone(metrics)).map_err(StartError::Redis)?;
    let settings = Settings {
        unknown_keys: config.accounts.unknown_keys,
        ledger_gone: config.ledger.when_gone,
        appeal: appeal(config)?,
        accounts: config.limits.accounts,
    };
    let salt = salt(&data.join("salt"))?;
    let metrics = Arc::clone(metrics);
    let desk = Desk::new(Parts { rules, shadow, tables, book, meter, ledger, metrics, settings, salt });
    Ok((store, desk))
}

/// The rules of a folder, or the built-in ones.
pub fn rules(folder: Option<&Path>) -> Result<Rules, StartError> {
    let Some(folder) = folder else {
        return policy::default_rules().map_err(StartError::Rules);
    };
    Rules::load(&rule_files(folder)?, &policy::Limits::default()).map_err(StartError::Rules)
}

/// The `*.cedar` files of a folder, by name.
pub fn rule_files(folder: &Path) -> Result<Vec<RuleFile>, StartError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| StartError::Folder { path, source }
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        if path.extension().is_some_and(|extension| extension == "cedar") {
            let text = fs::read_to_string(&path).map_err(failed(&path))?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.push(RuleFile { name, text });
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

fn tables(folder: Option<&Path>) -> Result<origin::Tables, StartError> {
    let today = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    match folder {
        Some(folder) => {
            let loaded = TableFolder::at(folder).load(today, &origin::Limits::default()).map_err(StartError::Tables)?;
            Ok(loaded.tables)
        }
        None => origin::Tables::compile(Vec::new(), today).map_err(|refusal| StartError::NoTables(refusal.to_string())),
    }
}

async fn open_store(url: Option<&config::StoreUrl>, data: &Path) -> Result<Store, StartError> {
    let url: DatabaseUrl = match url {
        Some(url) => url.0.parse().map_err(StartError::StoreUrl)?,
        None => DatabaseUrl::sqlite(data.join("store.db")),
    };
    Store::open(&url, &store::Limits::default()).await.map_err(StartError::Store)
}

/// The store that `serve` would use with this configuration.
pub async fn store_of(config: &Config, data: &Path) -> Result<Store, StartError> {
    open_store(config.store.as_ref(), data).await
}

fn capture(config: &Config, data: &Path) -> Result<Option<journal::Capture>, StartError> {
    if !config.capture.enabled {
        return Ok(None);
    }
    let folder = data.join("capture");
    private_folder(&folder)?;
    let mut options = journal::CaptureOptions::new(folder);
    options.segment_bytes = config.capture.segment_bytes;
    options.segment_age = config.capture.segment_age;
    options.queue_bytes = config.capture.queue_bytes;
    options.when_full = match config.capture.when_full {
        config::WhenFull::Drop => journal::WhenFull::Drop,
        config::WhenFull::Refuse => journal::WhenFull::Refuse,
    };
    options.disk_bytes = config.capture.disk_bytes;
    journal::Capture::open(options).map(Some).map_err(StartError::Journal)
}

fn upstream(config: Option<&config::Upstream>, provider: Provider) -> Result<Option<Upstream>, StartError> {
    config.map(|config| Upstream::new(config, provider)).transpose().map_err(StartError::Upstream)
}

/// This gateway as callers see it.
fn base(config: &Config) -> Result<Url, StartError> {
    if let Some(base) = &config.links.base {
        return Ok(base.clone());
    }
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let own = format!("{scheme}://{}/", config.listen);
    Url::parse(&own).map_err(|source| StartError::Base { address: own, source })
}

fn appeal(config: &Config) -> Result<String, StartError> {
    match &config.links.appeal {
        Some(appeal) => Ok(appeal.to_string()),
        None => Ok(format!("{}/v1/appeals", base(config)?.as_str().trim_end_matches('/'))),
    }
}

fn links(config: &Config) -> Result<Links, StartError> {
    let base = base(config)?;
    let or_base = |url: &Option<Url>| url.clone().unwrap_or_else(|| base.clone());
    Ok(Links {
        terms: or_base(&config.links.terms),
        verify: or_base(&config.links.verify),
        blocked_by: or_base(&config.links.blocked_by),
        step_up: config.links.step_up.clone(),
        base,
    })
}

/// 32 random bytes of this deployment, for digests of those who have no salt of their own.
fn salt(path: &Path) -> Result<ledger::Salt, StartError> {
    let failed = |source| StartError::Folder { path: path.to_owned(), source };
    match fs::read(path) {
        Ok(bytes) => {
            let wrong = |_| failed(io::Error::other("it should hold 32 bytes; restore it from a backup"));
            Ok(ledger::Salt::new(<[u8; 32]>::try_from(bytes.as_slice()).map_err(wrong)?))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let bytes: [u8; 32] = rand::random();
            private_file(path, &bytes).map_err(failed)?;
            Ok(ledger::Salt::new(bytes))
        }
        Err(error) => Err(failed(error)),
    }
}

fn private_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    io::Write::write_all(&mut file, bytes)?;
    file.sync_all()
}

fn private_folder(folder: &Path) -> Result<(), StartError> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|source| StartError::Folder { path: folder.to_owned(), source })
}
