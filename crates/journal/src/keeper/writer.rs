//! The thread that writes the ledger.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use jiff::Timestamp;
use ledger::{Leaf, PublicKey};

use super::{
    AppendError, LedgerOptions, State, Status, after,
    checkpoints::Checkpoints,
    queue::{Item, Queue},
    segments::Segments,
};
use crate::{error::JournalError, folder::Folder, key, read::segments};

/// What callers and the writer have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) queue: Queue,
    pub(super) refused: AtomicU64,
    entries: AtomicU64,
    signed: AtomicU64,
    bytes: AtomicU64,
    held: AtomicU64,
    lost: AtomicU64,
    failures: AtomicU64,
    checkpoint_failures: AtomicU64,
    cut: AtomicU64,
    last_sync: AtomicU64,
    closed: AtomicBool,
    healthy: AtomicBool,
    failing: Mutex<Option<(Timestamp, String)>>,
}

impl Shared {
    pub(super) fn new(queue: Queue) -> Self {
        let zero = AtomicU64::default;
        Self {
            queue,
            refused: zero(),
            entries: zero(),
            signed: zero(),
            bytes: zero(),
            held: zero(),
            lost: zero(),
            failures: zero(),
            checkpoint_failures: zero(),
            cut: zero(),
            last_sync: zero(),
            closed: AtomicBool::new(false),
            healthy: AtomicBool::new(true),
            failing: Mutex::default(),
        }
    }

    pub(super) fn status(&self) -> Status {
        let read = |counter: &AtomicU64| counter.load(Ordering::Acquire);
        let failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let state = match failing {
            _ if self.closed.load(Ordering::Acquire) => State::Closed,
            Some((since, why)) => State::Failing { since, why },
            None => State::Healthy,
        };
        Status {
            state,
            entries: read(&self.entries),
            signed: read(&self.signed),
            bytes: read(&self.bytes),
            queued: self.queue.len() + usize::try_from(read(&self.held)).unwrap_or(usize::MAX),
            refused: read(&self.refused),
            lost: read(&self.lost),
            failures: read(&self.failures),
            checkpoint_failures: read(&self.checkpoint_failures),
            cut: read(&self.cut),
            last_sync: Duration::from_micros(read(&self.last_sync)),
        }
    }

    pub(super) fn is_healthy(&self) -> bool {
        self.healthy.load(Ordering::Acquire) && !self.closed.load(Ordering::Acquire)
    }

    fn set_failing(&self, error: Option<&JournalError>) {
        self.healthy.store(error.is_none(), Ordering::Release);
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        *failing = error.map(|error| {
            let since = failing.take().map_or_else(Timestamp::now, |(since, _)| since);
            (since, with_sources(error))
        });
    }
}

pub(super) struct Writer {
    shared: Arc<Shared>,
    segments: Segments,
    checkpoints: Checkpoints,
    /// Entries that nobody waits for and that a failing disk did not take.
    held: VecDeque<Leaf>,
    held_bytes: usize,
    failure: Option<Failure>,
    retry: Duration,
    checkpoint_every: Duration,
    next_checkpoint: Option<Instant>,
}

struct Failure {
    error: Arc<JournalError>,
    try_again: Option<Instant>,
}

/// Nobody may wait for a thread that is gone, whatever ended it.
impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Release);
        self.shared.queue.abandon();
    }
}

impl Writer {
    pub(super) fn open(options: LedgerOptions, shared: Arc<Shared>) -> Result<(Self, PublicKey), JournalError> {
        let LedgerOptions {
            folder,
            name,
            segment_bytes,
            disk,
            checkpoint_every,
            retry,
            queue: _,
            queue_bytes: _,
            soon: _,
        } = options;
        let folder = Folder::open(&folder)?;
        let has_entries = !segments(folder.path())?.is_empty();
        let key = key::load(&folder, &name, has_entries)?;
        let public = key.public().clone();
        let (segments, cut) = Segments::open(folder, Arc::clone(&disk), segment_bytes)?;
        let checkpoints = Checkpoints::open(segments.folder(), key, disk, segments.tree())?;
        shared.cut.store(cut, Ordering::Release);
        shared.entries.store(segments.tree().size(), Ordering::Release);
        shared.signed.store(checkpoints.signed(), Ordering::Release);
        let next_checkpoint = after(checkpoint_every);
        let (held, held_bytes, failure) = (VecDeque::new(), 0, None);
        let writer =
            Self { shared, segments, checkpoints, held, held_bytes, failure, retry, checkpoint_every, next_checkpoint };
        Ok((writer, public))
    }

    /// Writes until the queue is closed; gives the number of entries that were lost then.
    pub(super) fn run(mut self) -> u64 {
        loop {
            let taken = self.shared.queue.take(self.next_turn());
            self.turn(taken.items, taken.closed);
            self.sign(taken.closed);
            if taken.closed {
                let left = self.held.len() as u64;
                self.shared.lost.fetch_add(left, Ordering::AcqRel);
                self.shared.held.store(0, Ordering::Release);
                return left;
            }
        }
    }

    /// When there is something to do though no entry comes.
    fn next_turn(&self) -> Option<Instant> {
        match &self.failure {
            Some(failure) => failure.try_again,
            None if self.checkpoints.signed() < self.segments.tree().size() => self.next_checkpoint,
            None => None,
        }
    }

    fn turn(&mut self, items: Vec<Item>, last: bool) {
        if let Some(failure) = &self.failure {
            if !last && failure.try_again.is_none_or(|moment| Instant::now() < moment) {
                return self.put_off(items);
            }
            if let Err(error) = self.segments.recover() {
                return self.fail(error, items);
            }
        }
        if items.is_empty() && self.held.is_empty() && self.failure.is_none() {
            return;
        }
        let first = self.segments.tree().size();
        let start = Instant::now();
        let leaves = self.held.iter().chain(items.iter().map(|item| &item.leaf));
        match self.segments.append(leaves) {
            Ok(bytes) => self.done(first, bytes, start.elapsed(), items),
            Err(error) => self.fail(error, items),
        }
    }

    fn done(&mut self, first: u64, bytes: u64, took: Duration, items: Vec<Item>) {
        if self.failure.take().is_some() {
            self.shared.set_failing(None);
        }
        let first = first + self.held.len() as u64;
        self.held.clear();
        self.held_bytes = 0;
        self.shared.held.store(0, Ordering::Release);
        self.shared.entries.store(self.segments.tree().size(), Ordering::Release);
        self.shared.bytes.fetch_add(bytes, Ordering::AcqRel);
        self.shared.last_sync.store(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Release);
        for (index, item) in (first..).zip(items) {
            if let Some(reply) = item.reply {
                // Whoever no longer waits has not lost anything.
                let _ = reply.send(Ok(index));
            }
        }
    }

    fn fail(&mut self, error: JournalError, items: Vec<Item>) {
        self.shared.failures.fetch_add(1, Ordering::AcqRel);
        self.shared.set_failing(Some(&error));
        self.failure = Some(Failure { error: Arc::new(error), try_again: after(self.retry) });
        self.put_off(items);
    }

    /// While the disk fails: who waits is told so, what nobody waits for is held.
    fn put_off(&mut self, items: Vec<Item>) {
        for Item { leaf, reply } in items {
            let bytes = self.held_bytes + leaf.as_bytes().len();
            match (reply, &self.failure) {
                (Some(reply), Some(failure)) => {
                    let _ = reply.send(Err(AppendError::Disk(Arc::clone(&failure.error))));
                }
                _ if self.shared.queue.holds(self.held.len() + 1, bytes) => {
                    self.held.push_back(leaf);
                    self.held_bytes = bytes;
                }
                _ => {
                    self.shared.lost.fetch_add(1, Ordering::AcqRel);
                }
            }
        }
        self.shared.held.store(self.held.len() as u64, Ordering::Release);
    }

    /// Signs a checkpoint when one is due.
    fn sign(&mut self, last: bool) {
        let due = last || self.next_checkpoint.is_some_and(|moment| moment <= Instant::now());
        if !due || self.checkpoints.signed() == self.segments.tree().size() {
            return;
        }
        self.next_checkpoint = after(self.checkpoint_every);
        match self.checkpoints.sign(self.segments.folder(), self.segments.tree()) {
            Ok(()) => self.shared.signed.store(self.checkpoints.signed(), Ordering::Release),
            Err(_) => {
                self.shared.checkpoint_failures.fetch_add(1, Ordering::AcqRel);
            }
        }
    }
}

fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
