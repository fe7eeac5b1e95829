//! The ownership crate through its public face.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod laws;
mod live;
mod oracles;
mod standing;
mod support;
mod traps;
