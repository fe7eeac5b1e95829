//! The store through its public face, on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "tests stop at what they did not expect")]

mod accounts;
mod book;
mod cases;
mod copying;
mod erasure;
mod fleet;
mod hostile;
mod kill;
mod laws;
mod opening;
mod outage;
mod support;
mod writers;
