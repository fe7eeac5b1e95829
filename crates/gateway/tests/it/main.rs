//! The public face of the crate, one binary.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests say what they skip, and fail where they stand")]

mod support;
mod tables;
