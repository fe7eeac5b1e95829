//! Accounts, keys, labels, allow-lists, cases and appeals, in SQLite or PostgreSQL.
//!
//! Knows no rules and no HTTP. Nothing here belongs on a request's path: a gateway decides on a `Book`, an immutable copy in
//! memory that it renews when the store's version moves.

mod account;
mod allowance;
mod appeal;
mod book;
mod case;
mod copy;
mod database_url;
mod erasure;
mod error;
pub mod fleet;
mod key;
mod label;
mod limits;
mod migrate;
mod organization;
mod resolve;
mod retention;
mod sql;
mod store;
mod text;
mod verification;

pub use account::{AccountRecord, AccountStatus, Salt};
pub use allowance::{Allowance, Subject};
pub use appeal::{Appeal, Contact, NewAppeal, Opened};
pub use book::{AccountFacts, Book, Keyed, OrganizationFacts};
pub use case::{Case, CaseEvent, CaseFilter, CaseId, CaseIdError, CaseKind, CaseState, CaseStep, CaseSummary, NewCase};
pub use database_url::{DatabaseUrl, UrlError};
pub use error::{Damage, Refusal, StoreError};
pub use key::{Fingerprint, FingerprintError, Key, KeyStatus};
pub use label::Label;
pub use limits::Limits;
pub use organization::Assessment;
pub use resolve::{Outcome, Remedy, Resolved};
pub use retention::Forgotten;
pub use store::Store;
pub use text::{Line, Prose, TextError};
pub use verification::Verification;
