//! A fleet over real HTTP, on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "tests stop at what they did not expect")]

mod hostile;
mod kill;
mod machines;
mod pages;
mod support;
