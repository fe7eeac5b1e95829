//! Organisations on screen: a folder of ownership statements in memory, questions by name or id, and the HTTP that asks them.
//!
//! Reads files and serves; what a standing is, and whether two names are one, is for `ownership`. Knows nothing of accounts, of rules for
//! requests, or of databases.

mod change;
mod dossier;
mod folder;
mod http;
mod linking;

mod question;
mod register;

pub use change::why;
pub use dossier::Dossier;
pub use folder::{FileReport, LoadError, Loaded, Problem, StatementFolder};
pub use http::{Desk, ServeError, Server, Settings};
pub use question::{Answer, AskError, By, Hit, Question, not_found};
pub use register::{Register, UnknownRegime};
