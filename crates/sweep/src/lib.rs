//! Finds AI clients and models, plans their removal, and proves it: catalogue and evidence in, plan and statement out.
//!
//! Owns the catalogue, the rules that match, the plan, the quarantine's journal and the statement. Knows nothing of files,
//! processes or the network: whoever walks a machine hands in names and bytes.

#![cfg_attr(not(test), warn(clippy::expect_used, clippy::indexing_slicing))]

pub mod attest;
pub mod ban;
pub mod catalogue;
pub mod command;
pub mod egress;
pub mod fleet;
mod glob;
pub mod journal;
pub mod matcher;
pub mod model;
pub mod output;
pub mod package;
pub mod patch;
mod path;
pub mod plan;
mod plist;
pub mod recipe;
pub mod scan;
pub mod setting;
pub mod shell;
pub mod starter;
pub mod text;

pub use path::{MachinePath, PathError, shown};
