//! Exchanges and accounts: their types, their log formats, the sketch of a prompt, and the lake's row.
//!
//! Knows nothing of where bytes come from (readers take `impl Read`), of SQL, or of the network.

mod account;
mod exchange;
mod id;
mod read;
mod reject;
pub mod schema;
pub mod sketch;
mod time;
mod write;

pub use account::Account;
pub use exchange::{Exchange, PromptText};
pub use id::{AccountId, ExchangeId, IdError, OrganizationId};
pub use read::{Block, Blocks, Format, FormatError, Limits, Log, Packing, Parsed, Request, StreamError};
pub use reject::{Reason, Reject};
pub use time::{Time, TimeError};
pub use write::{OpenLine, Outcome, write_account, write_exchange};
