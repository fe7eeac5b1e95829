//! Streaming readers of outside logs: bytes in, exchanges or accounts and rejects out.
//!
//! [`Blocks`] runs on one thread: it unpacks and cuts the input into [`Block`]s of whole rows. [`Block::exchanges`] and
//! [`Block::accounts`] are pure and may run on any thread. Knows nothing of paths, sketches or the lake.

mod bedrock;
mod blocks;
mod chat;
mod detect;
mod error;
mod format;
mod json;
mod limits;
mod lines;
mod litellm;
mod otel;
mod parquet;
mod rows;
mod split;
mod unpack;
mod v1;

pub use blocks::{Block, Blocks};
pub use chat::Request;
pub use error::StreamError;
pub use format::{Format, FormatError, Log};
pub use limits::Limits;
pub use rows::Parsed;
pub use unpack::Packing;
