//! The public face of the crate, one binary.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests read files, time what they read, and say what they skip"
)]

mod formats;
mod laws;
mod mmdb;
mod recognise;
mod shared;
mod support;
mod trace;
