//! The screening crate through its public face.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod asking;
mod listening;
mod loading;
mod support;
