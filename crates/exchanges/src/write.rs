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

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Outcome {
    pub input_tokens: Option<u64>,
    pub output_tokens: Option<u64>,
    /// HTTP status of the answer.
    pub status: u16,
    pub latency_ms: Option<u64>,
}

/// A line of exchange log v1 of which the end is missing, for an exchange that has not ended.
#[derive(Debug, Clone)]
pub struct OpenLine(Vec<u8>);

impl OpenLine {
    /// The line of an exchange up to its outcome; whatever it holds of one is left out.
    pub fn of(mut exchange: Exchange) -> io::Result<Self> {
        let Outcome { input_tokens, output_tokens, status, latency_ms } = Outcome::default();
        exchange = Exchange { input_tokens, output_tokens, status, latency_ms, ..exchange };
        let mut line = Vec::with_capacity(1024);
        serde_json::to_writer(&mut line, &exchange)?;
        let fields = outcome_fields(&Outcome::default())?;
        let begun = line.strip_suffix(fields.as_slice()).map(<[u8]>::len);
        line.truncate(begun.ok_or_else(|| io::Error::other("the outcome is not the end of the line"))?);
        Ok(Self(line))
    }

    /// The whole line, its line feed included.
    pub fn close(self, outcome: &Outcome) -> io::Result<Vec<u8>> {
        let Self(mut line) = self;
        line.extend(outcome_fields(outcome)?);
        line.push(b'\n');
        Ok(line)
    }
}

/// As they end a line: without the brace that opens an object.
fn outcome_fields(outcome: &Outcome) -> io::Result<Vec<u8>> {
    let mut fields = serde_json::to_vec(outcome)?;
    fields.drain(..1);
    Ok(fields)
}

fn write_line(row: &impl Serialize, mut out: impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut out, row)?;
    out.write_all(b"\n")
}
