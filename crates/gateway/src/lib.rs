//! The HTTP and gRPC faces of Ringfence: a reverse proxy for model APIs, and decision endpoints for the proxies of others.
//!
//! Assembles facts, asks the policy, enforces and records. Knows nothing of how a decision is reached, or of the hunt.

#![cfg_attr(not(test), warn(clippy::expect_used, clippy::indexing_slicing))]

mod appeal;
mod ask;
mod behaviour;
mod chain;
mod client;
mod config;
mod credential;
mod decide;
mod desk;
pub mod faces;
mod fault;
mod health;
mod lanes;
mod limits;
mod metrics;
mod proxy;
pub mod refusal;
mod roster;
mod route;
mod run;
mod seen;
mod server;
mod services;
#[expect(clippy::indexing_slicing, reason = "on JSON objects that are written right there")]
pub mod stub;
mod tables;
mod telemetry;

pub use ask::{Ask, Face, Limit, Outcome, Ruling, Unavailable};
pub use client::{MARK_PREFIX, TrustedProxies, client_address, strip_marks};
pub use config::{
    Config, ConfigError, EXAMPLE as EXAMPLE_CONFIG, Fleet as FleetConfig, Mistake, Screening as ScreeningConfig,
};
pub use credential::{Credential, Fingerprint};
pub use decide::Decide;
pub use desk::record::{KIND as DECISION_KIND, Recorded, STANDING_KIND, StandingChange, Tried};
pub use limits::FleetError;
pub use metrics::Metrics;
pub use proxy::{Framing, UpstreamError, Usage, UsageReader};
pub use roster::RosterError;
pub use route::{Provider, Route};
pub use run::{Addresses, Gateway, Notes, StandingsRecord, StartError, rule_files, rules, store_of};
pub use seen::{Seen, request_facts};
pub use server::{ListenError, TlsError};
pub use tables::{Day, LoadError, Loaded, LoadedFile, Problem, Skipped, Stamp, TableFolder, Watch};
pub use telemetry::TelemetryError;
