//! Logs into the lake: read, parse and sketch on worker threads, judge repeats and write in the order of the files.
//!
//! Nothing of a run is visible in the lake before all of it is; an error or Ctrl-C leaves the lake as it was. Queues
//! between the threads hold a few blocks each.

mod input;
pub(crate) mod rejects;
mod work;

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use arrow::{array::BooleanArray, compute::filter_record_batch};
use exchanges::{
    Format, Log, Time,
    schema::{Keyer, Text},
    sketch::{ExemplarLimits, ExemplarTable},
};
use indicatif::ProgressBar;
use lake::{DEFAULT_ID_LIMIT, ExemplarRow, Lake, Verdict, WriterLimits};
use serde::Serialize;

use self::{input::Input, rejects::Rejects};
use crate::{data::DataFolder, interrupt::Interrupt, progress};

/// What to import, and how.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) exchanges: Vec<PathBuf>,
    pub(crate) accounts: Vec<PathBuf>,
    pub(crate) format: Format,
    /// Stop at the first row that cannot be read.
    pub(crate) strict: bool,
    pub(crate) text: Text,
    pub(crate) row_bytes: Option<usize>,
}

/// What an import came to.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Receipt {
    pub(crate) exchanges: Count,
    pub(crate) accounts: Count,
    /// Rejects by reason, over both logs.
    pub(crate) rejected: BTreeMap<&'static str, u64>,
    /// Where the rejects were written; absent when there were none.
    pub(crate) rejects_file: Option<PathBuf>,
    pub(crate) exemplars: u64,
    /// The lake's version afterwards.
    pub(crate) version: u64,
    /// Inputs that ended early, with the message; their complete rows were imported.
    pub(crate) cut_short: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Count {
    pub(crate) imported: u64,
    /// Rows that were there already with the same content.
    pub(crate) repeated: u64,
    pub(crate) rejected: u64,
    /// Rows in good order that are no request to a model.
    pub(crate) passed_over: u64,
}

/// Imports everything that is ordered.
pub(crate) async fn take_in(order: &Order, data: &DataFolder, interrupt: &Interrupt) -> Result<Receipt> {
    let exchange_logs = input::open_all(&order.exchanges, Log::Exchanges, order, interrupt)?;
    let account_logs = input::open_all(&order.accounts, Log::Accounts, order, interrupt)?;
    data.make()?;
    let secret = data.secret()?;
    let lake = data.lake().await?;
    let keyer = Keyer::new(&secret);
    let mut rejects = Rejects::new(data.rejects());
    let mut receipt = Receipt::default();
    let taken = async {
        let known = input::accounts(account_logs, order, &keyer, &mut rejects, &mut receipt, interrupt)?;
        let table = exemplar_table(&data.exemplar_state())?;
        let shared = work::Shared::new(&secret, keyer, order.text, table);
        exchanges(exchange_logs, order, &lake, &shared, &mut rejects, &mut receipt, interrupt).await?;
        anyhow::Ok((known, shared))
    }
    .await;
    let (known, shared) = match taken {
        Ok(taken) => taken,
        Err(error) => {
            rejects.forget();
            return Err(error);
        }
    };
    if receipt.cut_short.is_empty() && receipt.exchanges == Count::default() && receipt.accounts == Count::default() {
        rejects.forget();
        bail!(
            "no row was found in what was given; if --format was named, check it, or leave it out to have it found by looking"
        );
    }
    if let Some(rows) = known {
        lake.put_accounts(rows)
            .await
            .context("the exchanges are in the lake, but not the accounts; run the import again")?;
    }
    let kept = keep_exemplars(&lake, shared, &data.exemplar_state(), &mut receipt).await;
    kept.context("the rows are in the lake, but not the templates' masked texts; run the import again")?;
    receipt.version = lake.snapshot().await?.version().0;
    (receipt.rejected, receipt.rejects_file) = rejects.finish()?;
    if receipt.version.is_multiple_of(SWEPT) {
        sweep(&lake).await;
    }
    Ok(receipt)
}

/// Versions between two sweeps of the lake.
const SWEPT: u64 = 16;
/// What is younger may belong to an import or a hunt that is at work.
const AT_WORK: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// Removes what killed imports left and what no version names any more. The rows are in the lake by now: a failure is told and no more.
async fn sweep(lake: &Lake) {
    let before = (jiff::Timestamp::now() - AT_WORK).as_microsecond();
    let Ok(before) = Time::from_micros(before) else { return };
    if let Err(error) = lake.vacuum(before).await {
        crate::say::note(&format!("ringfence: old files of the lake could not be removed: {error}"));
    }
}

/// An input that ends early: its complete rows count, the end is told. With `--strict` it is an error.
fn cut_short(order: &Order, receipt: &mut Receipt, name: &str, error: exchanges::StreamError) -> Result<()> {
    if order.strict {
        return Err(error).with_context(|| format!("cannot import `{name}`; nothing of this run was imported"));
    }
    let told = anyhow::Error::new(error).context(format!("`{name}` was read in part"));
    receipt.cut_short.push(format!("{told:#}"));
    Ok(())
}

async fn exchanges(
    inputs: Vec<Input>,
    order: &Order,
    lake: &Lake,
    shared: &work::Shared,
    rejects: &mut Rejects,
    receipt: &mut Receipt,
    interrupt: &Interrupt,
) -> Result<()> {
    if inputs.is_empty() {
        return rejects.flush();
    }
    let base = lake.snapshot().await?;
    let mut seen = lake.seen(&base, DEFAULT_ID_LIMIT);
    let mut writer = lake.writer(&base, WriterLimits::default());
    let bar = progress::bytes("importing exchanges", inputs.iter().map(|input| input.length).sum());
    let mut sketched = work::start(inputs, shared, interrupt);
    let outcome = async {
        while let Some(piece) = sketched.next(interrupt)? {
            match piece {
                work::Piece::Rows(piece) => {
                    settle(*piece, &mut seen, &mut writer, rejects, receipt, order, &bar).await?;
                }
                work::Piece::CutShort { file, error } => cut_short(order, receipt, &file, error)?,
            }
        }
        // What was refused must be on disk before its neighbours are in the lake.
        rejects.flush()?;
        interrupt.check()
    }
    .await;
    drop(sketched);
    bar.finish_and_clear();
    if let Err(error) = outcome {
        writer.abort().await;
        return Err(error);
    }
    writer.finish(Some(&seen)).await?;
    Ok(())
}

/// Writes the new rows of a piece; repeats are counted, clashes are rejects.
async fn settle(
    piece: work::Sketched,
    seen: &mut lake::Seen,
    writer: &mut lake::Writer,
    rejects: &mut Rejects,
    receipt: &mut Receipt,
    order: &Order,
    bar: &ProgressBar,
) -> Result<()> {
    bar.set_position(piece.position);
    let count = &mut receipt.exchanges;
    count.passed_over += piece.passed_over;
    let mut refused = piece.rejects;
    let verdicts = seen.judge(&piece.batch).await?;
    let fresh: Vec<bool> = verdicts.iter().map(|v| *v == Verdict::New).collect();
    for (row, verdict) in verdicts.iter().enumerate() {
        match verdict {
            Verdict::New => count.imported += 1,
            Verdict::Again => count.repeated += 1,
            Verdict::Clash => refused.push(piece.rows.clash(row)),
        }
    }
    count.rejected += refused.len() as u64;
    rejects.add(&piece.file, refused, order.strict)?;
    let batch = if fresh.iter().all(|f| *f) {
        piece.batch
    } else {
        filter_record_batch(&piece.batch, &BooleanArray::from(fresh))?
    };
    if batch.num_rows() > 0 {
        writer.write(batch).await?;
    }
    Ok(())
}

fn exemplar_table(path: &Path) -> Result<ExemplarTable> {
    let limits = ExemplarLimits::default();
    match std::fs::read(path) {
        Ok(bytes) => ExemplarTable::from_bytes(&bytes, limits)
            .with_context(|| format!("`{}` is damaged; remove it, and templates are counted anew", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(ExemplarTable::new(limits)),
        Err(error) => Err(error).with_context(|| format!("cannot read `{}`", path.display())),
    }
}

async fn keep_exemplars(lake: &Lake, shared: work::Shared, path: &Path, receipt: &mut Receipt) -> Result<()> {
    let (table, found) = shared.into_exemplars();
    let rows: HashMap<(String, u64), ExemplarRow> = found
        .into_iter()
        .map(|e| {
            let row =
                ExemplarRow { template_column: e.part.column().to_owned(), template_key: e.key, masked_text: e.text };
            ((row.template_column.clone(), row.template_key), row)
        })
        .collect();
    receipt.exemplars = rows.len() as u64;
    if !rows.is_empty() {
        let mut rows: Vec<ExemplarRow> = rows.into_values().collect();
        rows.sort_by(|a, b| (&a.template_column, a.template_key).cmp(&(&b.template_column, b.template_key)));
        lake.put_exemplars(&rows).await?;
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let write = || -> std::io::Result<()> {
        let file = tempfile::NamedTempFile::new_in(folder)?;
        std::fs::write(file.path(), table.to_bytes())?;
        file.persist(path).map_err(|e| e.error)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write `{}`", path.display()))
}
