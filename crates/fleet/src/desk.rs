//! What the fleet's server knows while it runs, and everything that it answers.

use std::{net::IpAddr, sync::Arc};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use exchanges::Time;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use store::{Fingerprint, Store};
use sweep::{attest::SigningKey, fleet::MAX_REPORT};
use tokio::sync::{Semaphore, mpsc};

use crate::{
    fault::{self, Fault},
    intake::{self, Job},
    machine, operator,
    rate::Rate,
    server,
};

/// What the server is told once.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who has it may look and revoke; without one, everybody who reaches the listener may.
    pub token: Option<String>,
    /// A machine that has not reported for so long is silent.
    pub silent_after: SignedDuration,
    /// Most machines that hold leave under one ban at a time; a ban's own limit may be lower.
    pub hosts: u64,
    /// How long a quarantine may be begun on a leave.
    pub leave: SignedDuration,
    /// Of one machine.
    pub reports_per_minute: u32,
    /// Of one address: keys and tokens that are not known, envelopes that are none.
    pub failures_per_minute: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            token: None,
            silent_after: SignedDuration::from_hours(7 * 24),
            hosts: 50,
            leave: SignedDuration::from_hours(24),
            reports_per_minute: 120,
            failures_per_minute: 60,
        }
    }
}

/// Something for the ledger: a kind and its body, one JSON value on one line.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    pub kind: &'static str,
    pub body: serde_json::Value,
}

/// Puts notes on record; they are on disk when it is done.
pub type Record = Arc<dyn Fn(Vec<Note>) -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// A fleet that is asked over HTTP.
pub struct Desk {
    pub(crate) store: Store,
    pub(crate) key: SigningKey,
    pub(crate) settings: Settings,
    pub(crate) record: Option<Record>,
    pub(crate) jobs: mpsc::Sender<Job>,
    pub(crate) reports: Rate<Fingerprint>,
    pub(crate) failures: Rate<IpAddr>,
    /// Requests that are in work at once; others are sent away.
    pub(crate) room: Semaphore,
}

/// Requests in work at once, and reports that wait to be taken.
const ROOM: usize = 512;

impl Desk {
    /// Must be called within a runtime: reports are taken by a task of it.
    pub fn new(store: Store, key: SigningKey, settings: Settings, record: Option<Record>) -> Arc<Self> {
        let (jobs, waiting) = mpsc::channel(ROOM);
        tokio::spawn(intake::work(store.clone(), record.clone(), waiting));
        Arc::new(Self {
            store,
            key,
            reports: Rate::new(settings.reports_per_minute),
            failures: Rate::new(settings.failures_per_minute),
            settings,
            record,
            jobs,
            room: Semaphore::new(ROOM),
        })
    }

    pub(crate) fn router(self: &Arc<Self>) -> Router {
        let from_machines = Router::new()
            .route("/v1/fleet/enrol", post(machine::enrol))
            .route("/v1/fleet/reports", post(machine::report))
            .route("/v1/fleet/leave", post(machine::leave));
        let from_operators = Router::new()
            .route("/fleet", get(operator::page))
            .route("/fleet/machines/{machine}", get(operator::machine_page))
            .route("/v1/fleet", get(operator::summary))
            .route("/v1/fleet/machines", get(operator::machines))
            .route("/v1/fleet/machines/{machine}", get(operator::machine))
            .route("/v1/fleet/machines/{machine}/revoke", post(operator::revoke))
            .route("/v1/fleet/machines/{machine}/free", post(operator::free))
            .route("/v1/fleet/bans", get(operator::bans))
            .route("/v1/fleet/days", get(operator::days))
            .route("/v1/fleet/items", get(operator::items))
            .route("/v1/fleet/leaves", get(operator::leaves))
            .layer(middleware::from_fn_with_state(Arc::clone(self), server::operators_only));
        Router::new()
            .merge(from_machines)
            .merge(from_operators)
            .layer(middleware::from_fn_with_state(Arc::clone(self), server::admit))
            .route("/healthz", get(|| async { "ok" }))
            .fallback(fault::no_route)
            .layer(DefaultBodyLimit::max(MAX_REPORT))
            .with_state(Arc::clone(self))
    }

    pub(crate) fn now(&self) -> Result<Time, Fault> {
        now()
    }

    /// Who was not seen since then is silent.
    pub(crate) fn silent(&self) -> Result<Time, Fault> {
        let then = Timestamp::now().checked_sub(self.settings.silent_after).unwrap_or(Timestamp::UNIX_EPOCH);
        time(then)
    }

    pub(crate) async fn note(&self, note: Note) -> Result<(), Fault> {
        put(self.record.as_ref(), vec![note]).await
    }
}

pub(crate) fn now() -> Result<Time, Fault> {
    time(Timestamp::now())
}

fn time(at: Timestamp) -> Result<Time, Fault> {
    Time::from_micros(at.as_microsecond()).map_err(|error| {
        tracing::error!(%error, "the clock of this machine is absurd");
        Fault::busy()
    })
}

/// A time of the store, as it is told.
pub(crate) fn told(time: Time) -> Timestamp {
    Timestamp::from_microsecond(time.micros()).unwrap_or_default()
}

pub(crate) async fn put(record: Option<&Record>, notes: Vec<Note>) -> Result<(), Fault> {
    let Some(record) = record.filter(|_| !notes.is_empty()) else { return Ok(()) };
    record(notes).await.map_err(|error| {
        tracing::error!(error, "the fleet's ledger cannot be written");
        Fault::unrecorded()
    })
}
