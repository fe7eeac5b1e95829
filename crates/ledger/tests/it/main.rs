//! The public face of the crate, one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod digests;
mod entries;
mod laws;
mod notes;
mod resume;
mod support;
mod tamper;
mod trees;
