//! The HTTP that asks a register: matching as yente has it, reconciliation 0.2 for OpenRefine, and standings.

mod entity;
mod fault;
mod filter;
mod matching;
mod pairs;
mod reconcile;
mod server;
mod standing;

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use arc_swap::ArcSwap;
use axum::{
    Json, Router,
    body::Body,
    extract::{DefaultBodyLimit, State},
    http::{HeaderValue, Method, Request, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

pub use self::server::{ServeError, Server};
use self::{entity::Shown, fault::Fault};
use crate::Register;

/// What the HTTP is told once.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The name under which the folder is asked, beside `default`.
    pub dataset: String,
    /// The regime of `/v1/standing` where the caller names none.
    pub regime: String,
    /// Who has it may ask; without one, everybody who reaches the listener may.
    pub token: Option<String>,
    /// This server as callers see it, without a slash at its end.
    pub base: String,
}

/// A register that is asked over HTTP, and can be swapped for a newer one meanwhile.
#[derive(Debug)]
pub struct Desk {
    register: ArcSwap<Register>,
    settings: Settings,
    /// Searches that run at once; others wait.
    searches: Semaphore,
    /// When the register was loaded, in seconds since 1970.
    since: AtomicI64,
}

/// The longest body, in bytes; a hundred questions fit well.
const LONGEST_BODY: usize = 1 << 20;
/// Searches that run at once.
const SEARCHES: usize = 4;

impl Desk {
    pub fn new(register: Arc<Register>, settings: Settings) -> Arc<Self> {
        Arc::new(Self {
            register: ArcSwap::new(register),
            settings,
            searches: Semaphore::new(SEARCHES),
            since: AtomicI64::new(Timestamp::now().as_second()),
        })
    }

    pub fn register(&self) -> Arc<Register> {
        self.register.load_full()
    }

    /// Answers from another register from now on; questions that run end with the one that they began with.
    pub fn replace(&self, register: Arc<Register>) {
        self.register.store(register);
        self.since.store(Timestamp::now().as_second(), Ordering::Relaxed);
    }

    /// When the register was loaded.
    fn loaded(&self) -> Timestamp {
        Timestamp::from_second(self.since.load(Ordering::Relaxed)).unwrap_or_default()
    }

    /// Everything that is answered.
    pub fn router(self: &Arc<Self>) -> Router {
        let asked = Router::new()
            .route("/match/{dataset}", post(matching::matches))
            .route("/search/{dataset}", get(matching::search))
            .route("/entities/{id}", get(entity::one))
            .route("/entities/{id}/adjacent", get(entity::adjacent))
            .route("/entities/{id}/adjacent/{property}", get(entity::adjacent_by))
            .route("/reconcile/{dataset}", get(reconcile::asked).post(reconcile::posted))
            .route("/reconcile/{dataset}/suggest/entity", get(reconcile::suggest_entity))
            .route("/reconcile/{dataset}/suggest/property", get(reconcile::suggest_property))
            .route("/reconcile/{dataset}/suggest/type", get(reconcile::suggest_type))
            .route("/reconcile/{dataset}/preview", get(reconcile::preview))
            .route("/v1/standing", get(standing::asked).post(standing::posted))
            .route("/v1/standing/{id}/picture", get(standing::picture))
            .route("/v1/regimes", get(standing::regimes))
            .route("/catalog", get(catalog))
            .route("/manifest", get(catalog))
            .route("/algorithms", get(matching::algorithms))
            .layer(middleware::from_fn_with_state(Arc::clone(self), server::admit));
        Router::new()
            .route("/healthz", get(healthy))
            .route("/readyz", get(healthy))
            .merge(asked)
            .fallback(fault::no_route)
            .layer(DefaultBodyLimit::max(LONGEST_BODY))
            .layer(middleware::from_fn(open_to_pages))
            .with_state(Arc::clone(self))
    }

    /// Whether a caller asks for the data that is here.
    fn is_dataset(&self, name: &str) -> Result<(), Fault> {
        if name == self.settings.dataset || name == "default" {
            return Ok(());
        }
        Err(Fault::no_dataset(name, &self.settings.dataset))
    }

    /// Runs what takes a processor beside the threads that answer.
    async fn search<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Register) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let _permit = self.searches.acquire().await.map_err(|_| Fault::stopping())?;
        let register = self.register();
        tokio::task::spawn_blocking(move || ask(&register)).await.map_err(|_| Fault::broken())?
    }
}

/// Today, where days are counted in UTC.
fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

async fn healthy() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

async fn catalog(State(desk): State<Arc<Desk>>) -> Json<Value> {
    let register = desk.register();
    let updated = desk.loaded().strftime("%Y-%m-%dT%H:%M:%S").to_string();
    Json(json!({
        "datasets": [{
            "name": desk.settings.dataset,
            "title": "Statements of ownership",
            "version": updated,
            "updated_at": updated,
            "entity_count": register.graph().entities(),
            "load": true,
            "children": [],
        }],
        "current": [desk.settings.dataset],
        "outdated": [],
        "index_stale": false,
    }))
}

/// OpenRefine and other pages ask from a browser. What is answered is the same for everybody who may ask. A browser that is to send the
/// token asks first whether it may; that question carries no token.
async fn open_to_pages(request: Request<Body>, next: Next) -> Response {
    let asks_first =
        request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = match asks_first {
        true => StatusCode::NO_CONTENT.into_response(),
        false => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if asks_first {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("authorization, content-type"));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    }
    response
}
