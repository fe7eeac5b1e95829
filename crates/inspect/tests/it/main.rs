//! The public face of the crate, one binary.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests read fixtures, run tools, and say what they leave out"
)]

mod artifacts;
mod big;
mod fixtures;
mod hostile;
mod ordinary;
mod outputs;
mod rules;
mod support;
mod text;
mod variants;
