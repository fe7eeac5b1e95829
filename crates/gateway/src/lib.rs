//! The HTTP and gRPC faces of Ringfence: a reverse proxy for model APIs, and decision endpoints for the proxies of others.
//!
//! Assembles facts, asks the policy, enforces and records. Knows nothing of how a decision is reached, or of the hunt.

mod ask;
mod credential;
mod route;
mod tables;

pub use ask::{Ask, Face, Limit, Outcome, Ruling, Unavailable};
pub use credential::{Credential, Fingerprint};
pub use route::{Provider, Route};
pub use tables::{Day, LoadError, Loaded, LoadedFile, Problem, Skipped, Stamp, TableFolder, Watch};
