//! A fleet over real HTTP, on SQLite and on PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests stop at what they did not expect, and say what they skip"
)]

mod hostile;
mod kill;
mod machines;
mod pages;
mod support;
