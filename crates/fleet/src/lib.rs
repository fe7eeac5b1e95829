//! A fleet over HTTP: the server that takes signed reports and gives leave, and the machine's spool that sends them.
//!
//! What is signed, and what follows what, is decided in `sweep::fleet`; what is kept, in `store`.

#![cfg_attr(not(test), warn(clippy::expect_used, clippy::indexing_slicing))]

mod desk;
mod export;
mod fault;
mod intake;
mod key;
mod machine;
mod operator;
mod page;
mod rate;
mod server;
pub mod spool;

pub use desk::{Desk, Note, Record, Settings};
pub use export::{atc, osquery};
pub use key::{KeyFileError, server_key};
pub use page::{Overview, html, overview};
pub use server::{ServeError, Server};
