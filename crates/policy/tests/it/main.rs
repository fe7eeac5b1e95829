//! The public face of the crate, one binary.

#![expect(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

mod backtests;
mod cases;
mod catalogue;
mod defaults;
mod explained;
mod laws;
mod lint;
mod loading;
mod support;
