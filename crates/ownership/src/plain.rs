//! Plain CSV: a file of stakes and a file of entities, in any order of columns, parted by commas, semicolons or tabs.
//!
//! Stakes: `owner, owned`, then `percent`, or `percent_min, percent_max`, or `min_bp, max_bp`; `measure?, start_date?, end_date?, source?`.
//! Entities: `id`, then `name?, kind?, jurisdiction?, hq_country?, list?`. A row ends at the end of its line, also within quotes, so that a
//! stray quote spoils one row and not the rest of the file.

mod blocks;
mod header;
mod rows;

use std::io::{self, Read};

pub use self::header::delimiter;

use crate::{
    Builder, Reject, Share,
    graph::{Probe, Stake, WARMED},
};

/// Why a file cannot be read as plain CSV at all.
#[derive(Debug, thiserror::Error)]
pub enum PlainError {
    #[error("`{file}` could not be read")]
    Read { file: String, source: io::Error },
    #[error("`{file}` is empty; its first line must name the columns")]
    Empty { file: String },
    #[error("the first line of `{file}` does not name the columns: {problem}")]
    Header { file: String, problem: String },
}

/// How a file was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Loaded {
    /// Rows taken.
    pub rows: u64,
    pub rejected: u64,
    /// Columns that no name is known for; they were not read.
    pub ignored: Vec<String>,
}

/// Stakes that wait for a figure that tells whether the file writes percent or fractions; more are taken as they come, with both readings.
const WAITING: usize = 1 << 16;

/// A stake whose bare figure of at most 1 may be a fraction.
struct Waiting {
    stake: Stake,
    percent: Share,
    source: Box<str>,
    line: u64,
}

/// Reads a file of stakes; every row is taken or given to `reject`.
///
/// A bare figure of at most 1 counts as percent where the file has bare figures over 1, and otherwise for both readings.
pub fn stakes(
    file: &str,
    reader: impl Read,
    into: &mut Builder,
    mut reject: impl FnMut(Reject),
) -> Result<Loaded, PlainError> {
    let mut blocks = blocks::Blocks::new(file, reader)?;
    let columns = header::stakes(blocks.header()).map_err(|problem| blocks.header_error(problem))?;
    let mut loaded = Loaded { ignored: columns.ignored.clone(), ..Loaded::default() };
    let source = into.rows(file);
    let (mut percent, mut waiting) = (false, Vec::<Waiting>::new());
    while let Some(block) = blocks.next_block(&mut reject, &mut loaded)? {
        let halves = blocks::in_halves(block.text, |half| rows::stakes(half, &columns, into.keys()));
        let mut line = block.first_line;
        for half in halves {
            percent |= half.percent;
            loaded.rows += half.rows.len() as u64;
            loaded.rejected += half.rejects.len() as u64;
            half.rejects.into_iter().for_each(|rejected| reject(rejected.below(line)));
            let mut new = half.new.into_iter().peekable();
            for (at, row) in half.rows.into_iter().enumerate() {
                let mut stake = row.stake;
                while let Some(party) = new.next_if(|party| party.row == at) {
                    stake = party.settle(stake, into);
                }
                let line = line + u64::from(row.line);
                match row.either {
                    Some(share) if percent => into.push_row(source, stake.with_share(share), &row.source, line),
                    Some(share) if waiting.len() < WAITING => {
                        waiting.push(Waiting { stake, percent: share, source: row.source, line });
                    }
                    _ => into.push_row(source, stake, &row.source, line),
                }
            }
            line += half.lines;
        }
    }
    for Waiting { stake, percent: share, source: record, line } in waiting {
        let stake = if percent { stake.with_share(share) } else { stake };
        into.push_row(source, stake, &record, line);
    }
    Ok(loaded)
}

/// Reads a file of entities; every row is taken or given to `reject`.
pub fn entities(
    file: &str,
    reader: impl Read,
    into: &mut Builder,
    mut reject: impl FnMut(Reject),
) -> Result<Loaded, PlainError> {
    let mut blocks = blocks::Blocks::new(file, reader)?;
    let columns = header::entities(blocks.header()).map_err(|problem| blocks.header_error(problem))?;
    let mut loaded = Loaded { ignored: columns.ignored.clone(), ..Loaded::default() };
    while let Some(block) = blocks.next_block(&mut reject, &mut loaded)? {
        let halves = blocks::in_halves(block.text, |half| rows::entities(half, &columns));
        let mut line = block.first_line;
        for mut half in halves {
            loaded.rows += half.rows.len() as u64;
            loaded.rejected += half.rejects.len() as u64;
            half.rejects.drain(..).for_each(|rejected| reject(rejected.below(line)));
            line += half.lines;
            for rows in half.rows.chunks_mut(WARMED) {
                let probes: Vec<Probe<'_>> = rows.iter().map(|row| Probe::of(row.key.as_bytes())).collect();
                into.keys().warm(&probes);
                for (row, probe) in rows.iter().zip(probes) {
                    let number = into.number(probe);
                    into.describe(number, row.kind, &row.name, row.jurisdiction, row.headquarters);
                    row.lists.iter().for_each(|entry| into.list_number(number, entry.clone()));
                }
            }
        }
    }
    Ok(loaded)
}
