//! The public face of the crate, one binary.

#![expect(clippy::unwrap_used, reason = "tests")]

mod tables;
