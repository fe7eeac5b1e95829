//! The public face of the crate, one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod capturing;
mod faults;
mod full_disk;
mod keeping;
mod killed;
mod reading;
mod support;
