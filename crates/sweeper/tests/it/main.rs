//! The public face of the crate, one binary.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on fails, and one that is skipped says so"
)]

mod crash;
mod hostile;
mod recall;
mod round;
mod running;
mod shapes;
mod support;
mod traces;
