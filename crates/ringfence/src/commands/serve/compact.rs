//! Captured exchanges from sealed segments into the lake.
//!
//! The import is idempotent by exchange id, so a segment that was imported and not yet removed is imported again without harm.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result};
use exchanges::{Format, schema::Text};
use gateway::Gateway;
use journal::{Capture, Sealed};
use tokio::{sync::watch, task::JoinHandle};

use crate::{
    data::DataFolder,
    intake::{self, Order},
    interrupt::Interrupt,
};

/// Compaction at work.
pub(crate) struct Compaction {
    stop: watch::Sender<bool>,
    task: JoinHandle<u64>,
}

/// How often sealed segments are looked for.
const EVERY: Duration = Duration::from_secs(1);
/// After a failure, such as a full disk or another import at the same time.
const PAUSE: Duration = Duration::from_secs(5);
/// Of exchanges in one import: the lake grows by large files, not by many.
const BATCH_BYTES: u64 = 256 << 20;

/// Starts it, where exchanges are captured. The accounts go along once, and again whenever their file changes.
pub(crate) fn start(gateway: &Gateway, data: DataFolder, accounts: Option<PathBuf>) -> Option<Compaction> {
    let capture = gateway.capture()?;
    let (stop, stopped) = watch::channel(false);
    let work = Work { capture, data, accounts, taken: None };
    let task = tokio::spawn(work.run(stopped));
    Some(Compaction { stop, task })
}

impl Compaction {
    /// Takes in what was sealed until now; how many exchanges it was in all.
    pub(crate) async fn finish(self) -> u64 {
        self.stop.send_replace(true);
        // A task that panicked has left its segments where they are; the next start takes them in.
        self.task.await.unwrap_or(0)
    }
}

struct Work {
    capture: Arc<Capture>,
    data: DataFolder,
    accounts: Option<PathBuf>,
    /// The change of the accounts' file that is in the lake.
    taken: Option<std::time::SystemTime>,
}

impl Work {
    async fn run(mut self, mut stop: watch::Receiver<bool>) -> u64 {
        let (mut pause, mut imported) = (EVERY, 0);
        loop {
            let last = tokio::select! {
                () = tokio::time::sleep(pause) => false,
                _ = stop.wait_for(|stop| *stop) => true,
            };
            pause = match self.take_in(last).await {
                Ok(count) => {
                    imported += count;
                    EVERY
                }
                Err(error) => {
                    let error = format!("{error:#}");
                    tracing::error!(error, "captured exchanges stay in their segments for now");
                    PAUSE
                }
            };
            if last {
                return imported;
            }
        }
    }

    async fn take_in(&mut self, last: bool) -> Result<u64> {
        let mut sealed = self.capture.sealed()?;
        let mut bytes = 0;
        sealed.retain(|segment| {
            bytes += segment.bytes;
            last || bytes <= BATCH_BYTES || bytes == segment.bytes
        });
        let changed = self.accounts.as_deref().and_then(|path| fs::metadata(path).ok()?.modified().ok());
        let accounts = if changed == self.taken { None } else { self.accounts.clone() };
        if sealed.is_empty() && accounts.is_none() {
            return Ok(0);
        }
        let folder = self.data.path().join("compact");
        fs::create_dir_all(&folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
        let rows = folder.join("captured.jsonl");
        let count = write(&sealed, &rows)?;
        let order = Order {
            exchanges: if count == 0 { Vec::new() } else { vec![rows.clone()] },
            accounts: accounts.into_iter().collect(),
            format: Format::Jsonl,
            strict: false,
            text: Text::Dropped,
            row_bytes: None,
        };
        let receipt = intake::take_in(&order, &self.data, &Interrupt::deaf()).await?;
        for segment in &sealed {
            self.capture.remove(segment)?;
        }
        fs::remove_file(&rows).with_context(|| format!("cannot remove `{}`", rows.display()))?;
        self.taken = changed;
        tracing::info!(
            lake.imported = receipt.exchanges.imported,
            lake.repeated = receipt.exchanges.repeated,
            lake.rejected = receipt.exchanges.rejected,
            lake.version = receipt.version,
            "captured exchanges are in the lake"
        );
        Ok(receipt.exchanges.imported)
    }
}

fn write(sealed: &[Sealed], to: &Path) -> Result<u64> {
    let failed = || format!("cannot write `{}`", to.display());
    let mut out = BufWriter::new(File::create(to).with_context(failed)?);
    let mut count = 0;
    for segment in sealed {
        for record in journal::capture::records(&segment.path)? {
            out.write_all(record?.trim_ascii_end()).and_then(|()| out.write_all(b"\n")).with_context(failed)?;
            count += 1;
        }
    }
    out.flush().with_context(failed)?;
    Ok(count)
}
