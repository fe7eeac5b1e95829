//! The part of the sweep that touches a machine: walks it, seals plans, moves into the vault and back.
//!
//! Works by handles of folders, one step at a time, and follows no link. Runs nothing that it finds, opens no name that it reads.
//! What a match means is decided in `sweep`.

#![cfg_attr(not(test), warn(clippy::expect_used, clippy::indexing_slicing))]

mod container;
mod copy;
mod edit;
mod error;
mod handle;
mod homes;
mod keychain;
mod look;
mod machine;
mod process;
mod quarantine;
mod restore;
mod seal;
pub mod seed;
mod state;
mod vault;
mod walk;

pub use error::SweepError;
pub use machine::{Settings, scan};
pub use process::running;
pub use quarantine::{Confirmed, Order, Outcome, quarantine};
pub use restore::{purge, restore};
pub use seal::seal;
pub use vault::{Vault, begun, done};

/// Whether this process may look into every home.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
