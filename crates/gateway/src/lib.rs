//! The HTTP and gRPC faces of Ringfence: a reverse proxy for model APIs, and decision endpoints for the proxies of others.
//!
//! Assembles facts, asks the policy, enforces and records. Knows nothing of how a decision is reached, or of the hunt.

mod ask;
mod behaviour;
mod config;
mod credential;
mod limits;
mod proxy;
mod route;

pub use ask::{Ask, Face, Limit, Outcome, Ruling, Unavailable};
pub use config::{Config, ConfigError, EXAMPLE as EXAMPLE_CONFIG, Mistake};
pub use credential::{Credential, Fingerprint};
pub use route::{Provider, Route};
