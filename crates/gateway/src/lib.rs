//! The HTTP and gRPC faces of Ringfence: a reverse proxy for model APIs, and decision endpoints for the proxies of others.
//!
//! Assembles facts, asks the policy, enforces and records. Knows nothing of how a decision is reached, or of the hunt.

mod ask;
mod behaviour;
mod client;
mod config;
mod credential;
mod decide;
mod limits;
mod proxy;
pub mod faces;
pub mod refusal;
mod route;
mod seen;
mod tables;

pub use ask::{Ask, Face, Limit, Outcome, Ruling, Unavailable};
pub use config::{Config, ConfigError, EXAMPLE as EXAMPLE_CONFIG, Mistake};
pub use client::{MARK_PREFIX, TrustedProxies, client_address, strip_marks};
pub use credential::{Credential, Fingerprint};
pub use decide::Decide;
pub use route::{Provider, Route};
pub use seen::{Seen, request_facts};
pub use tables::{Day, LoadError, Loaded, LoadedFile, Problem, Skipped, Stamp, TableFolder, Watch};
