//! The public face of the crate, one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bans;
mod catalogue;
mod commands;
mod egress;
mod fleet;
mod journal;
mod models;
mod packages;
mod plans;
mod settings;
