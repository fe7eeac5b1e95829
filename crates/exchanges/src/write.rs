//! Exchanges and accounts as lines of log v1.

use std::io::{self, Write};

use serde::Serialize;

use crate::{Account, Exchange};

/// Writes one exchange as a line of exchange log v1.
pub fn write_exchange(exchange: &Exchange, out: impl Write) -> io::Result<()> {
    write_line(exchange, out)
}

/// Writes one account as a line of account log v1.
pub fn write_account(account: &Account, out: impl Write) -> io::Result<()> {
    write_line(account, out)
}

fn write_line(row: &impl Serialize, mut out: impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut out, row)?;
    out.write_all(b"\n")
}
