//! The ledger in its folder: takes entries without ever blocking, and says when they are durable.

mod checkpoints;
mod queue;
mod segments;
mod writer;

use std::{
    fmt,
    future::Future,
    io,
    path::PathBuf,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    task::{Context, Poll},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use ledger::{Entry, EntryError, Leaf, Name, PublicKey};
use tokio::sync::oneshot;

use self::{
    queue::{Item, Queue},
    writer::{Shared, Writer},
};
use crate::{
    disk::{Disk, OsDisk},
    error::JournalError,
};

/// How a ledger is kept. [`LedgerOptions::new`] has values that work.
pub struct LedgerOptions {
    pub folder: PathBuf,
    /// What the ledger calls itself in its checkpoints; it cannot change later.
    pub name: Name,
    /// Bytes of a segment before the next one begins.
    pub segment_bytes: u64,
    /// Entries that may wait for the disk.
    pub queue: usize,
    /// Bytes of entries that may wait for the disk.
    pub queue_bytes: usize,
    /// Within this time an entry of [`Ledger::append_soon`] is durable.
    pub soon: Duration,
    /// How long entries may go without a signed checkpoint.
    pub checkpoint_every: Duration,
    /// After a failure of the disk, when to try again.
    pub retry: Duration,
    pub disk: Arc<dyn Disk>,
}

impl LedgerOptions {
    pub fn new(folder: impl Into<PathBuf>, name: Name) -> Self {
        Self {
            folder: folder.into(),
            name,
            segment_bytes: 64 << 20,
            queue: 65_536,
            queue_bytes: 64 << 20,
            soon: Duration::from_millis(100),
            checkpoint_every: Duration::from_secs(5),
            retry: Duration::from_secs(1),
            disk: Arc::new(OsDisk),
        }
    }
}

impl fmt::Debug for LedgerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LedgerOptions").field("folder", &self.folder).field("name", &self.name).finish_non_exhaustive()
    }
}

/// An open ledger; share it by reference or in an `Arc`.
#[derive(Debug)]
pub struct Ledger {
    shared: Arc<Shared>,
    public: PublicKey,
    writer: Mutex<Option<JoinHandle<u64>>>,
}

/// An entry that was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("the queue of the ledger is full: the disk is too slow or failing")]
    QueueFull,
    #[error("the ledger is closed")]
    Closed,
    #[error("the entry cannot be kept")]
    Entry(#[source] EntryError),
}

/// An entry that was taken and is not durable.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    #[error("the ledger cannot write to its disk; nothing of the entry counts as kept")]
    Disk(#[source] Arc<JournalError>),
    #[error("the ledger was closed before the entry was durable")]
    Closed,
}

/// Resolves to the entry's index once it is durable.
#[derive(Debug)]
#[must_use = "an entry is durable once this has resolved"]
pub struct Synced(oneshot::Receiver<Result<u64, AppendError>>);

/// How the ledger fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    pub state: State,
    /// Durable entries, from the first one.
    pub entries: u64,
    /// Entries that the newest checkpoint covers.
    pub signed: u64,
    /// Bytes of entries that this process has made durable.
    pub bytes: u64,
    /// Entries that wait.
    pub queued: usize,
    /// Entries that were refused because the queue was full.
    pub refused: u64,
    /// Entries that were taken and that the disk never got.
    pub lost: u64,
    /// Times that writing failed.
    pub failures: u64,
    /// Times that a checkpoint could not be written.
    pub checkpoint_failures: u64,
    /// Bytes of a torn end that were cut off at the start.
    pub cut: u64,
    /// How long the last write and sync took.
    pub last_sync: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Healthy,
    /// Nothing becomes durable; it tries again on its own.
    Failing {
        since: Timestamp,
        why: String,
    },
    Closed,
}

impl Ledger {
    /// Opens the ledger of a folder, or begins one: locks it, cuts a torn end off, and starts the writer.
    pub fn open(options: LedgerOptions) -> Result<Self, JournalError> {
        let queue = Queue::new(options.queue, options.queue_bytes, options.soon / 2);
        let shared = Arc::new(Shared::new(queue));
        let (writer, public) = Writer::open(options, Arc::clone(&shared))?;
        let spawned = thread::Builder::new().name("ledger".to_owned()).spawn(move || writer.run());
        let writer = spawned.map_err(JournalError::io("start the writer of", "ledger"))?;
        Ok(Self { shared, public, writer: Mutex::new(Some(writer)) })
    }

    /// Takes an entry, to be durable as soon as possible; entries that wait together share one sync.
    pub fn append_synced(&self, entry: &Entry) -> Result<Synced, Refused> {
        self.append_leaf_synced(entry.to_leaf().map_err(Refused::Entry)?)
    }

    /// As [`Self::append_synced`], for a leaf that was made already.
    pub fn append_leaf_synced(&self, leaf: Leaf) -> Result<Synced, Refused> {
        let (reply, synced) = oneshot::channel();
        self.push(leaf, Some(reply))?;
        Ok(Synced(synced))
    }

    /// Takes an entry, to be durable within [`LedgerOptions::soon`] on a sound disk.
    ///
    /// While the disk fails such entries wait, as many as the queue may hold; what is lost is counted.
    pub fn append_soon(&self, entry: &Entry) -> Result<(), Refused> {
        self.append_leaf_soon(entry.to_leaf().map_err(Refused::Entry)?)
    }

    /// As [`Self::append_soon`], for a leaf that was made already.
    pub fn append_leaf_soon(&self, leaf: Leaf) -> Result<(), Refused> {
        self.push(leaf, None)
    }

    fn push(&self, leaf: Leaf, reply: Option<oneshot::Sender<Result<u64, AppendError>>>) -> Result<(), Refused> {
        let pushed = self.shared.queue.push(Item { leaf, reply });
        if matches!(pushed, Err(Refused::QueueFull)) {
            self.shared.refused.fetch_add(1, Ordering::Relaxed);
        }
        pushed
    }

    /// The key that checks this ledger.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    pub fn status(&self) -> Status {
        self.shared.status()
    }

    /// Whether its disk took the last entries; cheap enough to ask for every request.
    pub fn is_healthy(&self) -> bool {
        self.shared.is_healthy()
    }

    /// Makes everything durable, signs a checkpoint, and lets the folder go. Blocks until then.
    pub fn close(&self) -> Result<(), JournalError> {
        self.shared.queue.close();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        match writer.map(JoinHandle::join) {
            None | Some(Ok(0)) => Ok(()),
            Some(Ok(lost)) => Err(JournalError::Lost(lost)),
            Some(Err(_)) => Err(JournalError::io("finish writing", "ledger")(io::Error::other("the writer panicked"))),
        }
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        // Whoever wants to know calls `close`.
        let _ = self.close();
    }
}

impl Synced {
    /// Blocks until the entry is durable; not for async code.
    pub fn wait(self) -> Result<u64, AppendError> {
        self.0.blocking_recv().unwrap_or(Err(AppendError::Closed))
    }
}

impl Future for Synced {
    type Output = Result<u64, AppendError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|reply| reply.unwrap_or(Err(AppendError::Closed)))
    }
}

/// The moment after a pause; the far future where there is none.
fn after(pause: Duration) -> Option<Instant> {
    Instant::now().checked_add(pause)
}
