//! Exchanges in versioned Parquet files on a disk or an object store, and the hunt's SQL over them.
//!
//! Knows nothing of statistics, of prompts, or of where rows come from.

mod commit;
mod disk;
mod error;
mod lake;
mod layout;
mod log;
mod part;
mod place;
pub mod queries;
mod read;
mod schema;
mod seen;
mod session;
mod snapshot;
mod upsert;
mod vacuum;
mod writer;

pub use error::{LakeError, LogDamage};
pub use lake::Lake;
pub use layout::{Day, Table, Version};
pub use log::DataFile;
pub use place::Place;
pub use seen::{DEFAULT_ID_LIMIT, Seen, Verdict};
pub use session::SessionLimits;
/// SQL over one version of the lake.
pub type Session = datafusion::prelude::SessionContext;
pub use snapshot::Snapshot;
pub use upsert::ExemplarRow;
pub use vacuum::Vacuumed;
pub use writer::{Writer, WriterLimits};
