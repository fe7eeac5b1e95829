//! A gateway from its configuration: read everything, bind, serve, reload, stop.

mod parts;
mod reload;

use std::{
    io,
    path::{Path, PathBuf},
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use policy::Problem;
use store::{Store, StoreError};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinHandle,
};

pub use self::parts::{rule_files, rules, store_of};
use self::{
    parts::{capture, desk, links, upstream},
    reload::{Reload, Seen},
};
use crate::{
    ask::{Ask, Ruling, Unavailable},
    client::TrustedProxies,
    config::Config,
    decide::Decide,
    desk::{Desk, record::StandingChange},
    faces::{self, Recent},
    health::Health,
    lanes::{self, Lanes},
    limits::FleetError,
    metrics::Metrics,
    proxy::{Proxy, UpstreamError},
    roster::RosterError,
    route::Provider,
    server::{Certificates, ListenError, Listener, Served, Shared, TlsError},
    services::{Admin, Public, Questions},
    tables::LoadError,
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
    lanes: Arc<Lanes>,
    reload: JoinHandle<()>,
    stop: watch::Sender<bool>,
    cut: watch::Sender<bool>,
    drain: Duration,
}

/// The ledger, as far as whoever assesses organisations may write to it.
#[derive(Clone)]
pub struct StandingsRecord(Arc<Desk>);

impl StandingsRecord {
    /// Puts a change into the ledger; it is on disk when this returns.
    pub async fn put(&self, change: &StandingChange) -> Result<(), Unavailable> {
        self.0.standing_changed(change).await
    }
}

/// The ledger, as far as other parts of the server may write to it.
#[derive(Clone)]
pub struct Notes(Arc<Desk>);

impl Notes {
    /// Puts entries into the ledger, each a kind and its body; they are on disk when this returns.
    pub async fn put(&self, entries: &[(&'static str, serde_json::Value)]) -> Result<(), Unavailable> {
        self.0.noted(entries).await
    }
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
    #[error(
        "the folder `{0}` holds no rules: put `*.cedar` files there, or leave `policy.rules` out for the built-in ones"
    )]
    NoRules(PathBuf),
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
    #[error("the threads for connections cannot be started")]
    Threads(#[source] io::Error),
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
        let admin = Admin { metrics: Arc::clone(&metrics), health: Arc::clone(&health) };
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
        let lanes = Arc::new(Lanes::start(lanes::cores()).map_err(StartError::Threads)?);
        let public = Served::each(&lanes, |lane| match lane {
            0 => Arc::clone(&public),
            _ => Arc::new(public.for_another_lane()),
        });
        let mut listeners = vec![Listener::bind(config.listen, "listen", certificates, public, shared.clone()).await?];
        // Health and metrics have places and threads of their own: a gateway that is full must still be able to say so.
        let own = Shared { connections: Arc::new(Semaphore::new(256)), ..shared.clone() };
        let admin = Served::alike(&Arc::new(Lanes::here()), admin);
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
            let asked = Served::alike(&lanes, asked);
            listeners.push(Listener::bind(decisions.listen, "decisions.listen", None, asked, shared).await?);
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
            lanes,
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

    /// Where changed standings are put on record.
    pub fn standings(&self) -> StandingsRecord {
        StandingsRecord(Arc::clone(&self.desk))
    }

    /// Where other parts of the server put what they do on record.
    pub fn notes(&self) -> Notes {
        Notes(Arc::clone(&self.desk))
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
        // The last answers are counted and charged, and their traces ended.
        self.lanes.settled().await;
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
        let closed = closed.await;
        // What a lane opened, such as a connection to the store, works for as long as the lane runs.
        drop(self.lanes);
        match closed {
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
