//! The screening crate through its public face.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod asking;
mod loading;
mod support;
