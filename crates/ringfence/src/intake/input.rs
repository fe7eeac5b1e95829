//! The files of an import, opened before any work, and accounts read from them.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::mpsc::sync_channel,
    thread,
};

use anyhow::{Context, Result, bail};
use arrow::array::RecordBatch;
use exchanges::{
    Block, Blocks, Format, Limits, Log, StreamError,
    schema::{AccountBuilder, Keyer},
};

use super::{Interrupt, Order, Receipt, Rejects, cut_short};

/// One opened file.
pub(super) struct Input {
    /// As the user named it.
    pub(super) name: String,
    pub(super) blocks: Blocks,
    /// Packed bytes; 0 for a pipe.
    pub(super) length: u64,
}

/// Opens all files: a missing one must not surface after an hour.
pub(super) fn open_all(paths: &[PathBuf], log: Log, order: &Order, interrupt: &Interrupt) -> Result<Vec<Input>> {
    paths.iter().map(|path| open(path, log, order, interrupt)).collect()
}

fn limits(order: &Order) -> Limits {
    let usual = Limits::default();
    Limits { row_bytes: order.row_bytes.unwrap_or(usual.row_bytes), ..usual }
}

fn open(path: &Path, log: Log, order: &Order, interrupt: &Interrupt) -> Result<Input> {
    let name = path.display().to_string();
    let meta = fs::metadata(path).with_context(|| format!("cannot read `{name}`"))?;
    if meta.is_dir() {
        bail!("cannot import `{name}`: it is a folder; name the files in it");
    }
    // `--format` is about exchanges; accounts have one log, told by its first bytes.
    let format = if log == Log::Accounts { Format::Auto } else { order.format };
    let (limits, owned) = (limits(order), path.to_owned());
    let begin = move || {
        let file = File::open(&owned)?;
        // Parquet needs to seek, and so does looking for it; a pipe can only be JSON.
        anyhow::Ok(match meta.is_file() {
            true => Blocks::open_file(file, log, format, limits),
            false => Blocks::open(file, log, format, limits),
        })
    };
    let opened = if path.is_file() { begin() } else { patiently(begin, interrupt)? };
    let blocks = opened.with_context(|| format!("cannot read `{name}`"))?;
    let blocks = blocks.with_context(|| format!("cannot import `{name}`"))?;
    Ok(Input { name, blocks, length: path.metadata().map_or(0, |m| m.len()) })
}

/// Opening a pipe waits for whoever writes to it, which may be never.
fn patiently<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static, interrupt: &Interrupt) -> Result<T> {
    let (send, sent) = sync_channel(1);
    thread::spawn(move || send.send(work()));
    interrupt.receive(&sent)?.context("a thread that opens a file ended early; this is a bug in ringfence")
}

/// The rows of all account logs; nothing when there are none.
pub(super) fn accounts(
    inputs: Vec<Input>,
    order: &Order,
    keyer: &Keyer,
    rejects: &mut Rejects,
    receipt: &mut Receipt,
    interrupt: &Interrupt,
) -> Result<Option<RecordBatch>> {
    let mut rows = AccountBuilder::new();
    for Input { name, blocks, .. } in inputs {
        let (send, sent) = sync_channel::<Result<Block, StreamError>>(1);
        thread::spawn(move || blocks.into_iter().try_for_each(|block| send.send(block)));
        while let Some(block) = interrupt.receive(&sent)? {
            let block = match block {
                Ok(block) => block,
                Err(error) => {
                    cut_short(order, receipt, &name, error)?;
                    break;
                }
            };
            let parsed = block.accounts();
            for account in &parsed.rows {
                rows.push(account, &keyer.account_keys(account));
            }
            receipt.accounts.imported += parsed.rows.len() as u64;
            receipt.accounts.rejected += parsed.rejects.len() as u64;
            rejects.add(&name, parsed.rejects, order.strict)?;
        }
    }
    Ok(if rows.is_empty() { None } else { Some(rows.finish()) })
}
