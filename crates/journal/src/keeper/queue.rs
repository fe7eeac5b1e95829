//! Entries on their way to the writer.

use std::{
    mem,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use ledger::Leaf;
use tokio::sync::oneshot;

use super::{AppendError, Refused};

/// An entry, and whom to tell once it is durable.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) leaf: Leaf,
    pub(super) reply: Option<oneshot::Sender<Result<u64, AppendError>>>,
}

/// What was waiting.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) items: Vec<Item>,
    /// Nothing comes after this.
    pub(super) closed: bool,
}

#[derive(Debug)]
pub(super) struct Queue {
    entries: usize,
    bytes: usize,
    /// How long an entry may wait for company when nobody waits for it.
    linger: Duration,
    waiting: Mutex<Waiting>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    items: Vec<Item>,
    bytes: usize,
    /// When the first of them came.
    since: Option<Instant>,
    urgent: bool,
    closed: bool,
}

impl Queue {
    pub(super) fn new(entries: usize, bytes: usize, linger: Duration) -> Self {
        Self { entries, bytes, linger, waiting: Mutex::default(), wake: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn len(&self) -> usize {
        self.lock().items.len()
    }

    /// Whether so many entries and bytes have room in it, for what waits elsewhere under the same limit.
    pub(super) fn holds(&self, entries: usize, bytes: usize) -> bool {
        entries <= self.entries && bytes <= self.bytes
    }

    pub(super) fn push(&self, item: Item) -> Result<(), Refused> {
        let mut waiting = self.lock();
        let bytes = waiting.bytes + item.leaf.as_bytes().len();
        if waiting.closed {
            return Err(Refused::Closed);
        }
        if !self.holds(waiting.items.len() + 1, bytes) {
            return Err(Refused::QueueFull);
        }
        // The writer is woken for the first entry, for an entry that somebody waits for, and before the queue is full.
        let urgent = item.reply.is_some() || !self.holds(2 * waiting.items.len() + 2, 2 * bytes);
        let wake = waiting.items.is_empty() || (urgent && !waiting.urgent);
        waiting.since.get_or_insert_with(Instant::now);
        waiting.urgent |= urgent;
        waiting.bytes = bytes;
        waiting.items.push(item);
        drop(waiting);
        if wake {
            self.wake.notify_one();
        }
        Ok(())
    }

    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.wake.notify_one();
    }

    /// Takes no more, and lets go of what waits: whoever has its ticket is told.
    pub(super) fn abandon(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        waiting.items.clear();
    }

    /// Waits until entries are due, or until the moment given, and takes all.
    pub(super) fn take(&self, until: Option<Instant>) -> Taken {
        let mut waiting = self.lock();
        loop {
            let due = waiting.since.and_then(|since| since.checked_add(self.linger));
            let first = [due, until].into_iter().flatten().min();
            let pause = first.map(|moment| moment.saturating_duration_since(Instant::now()));
            if waiting.urgent || waiting.closed || pause == Some(Duration::ZERO) {
                let closed = waiting.closed;
                let items = mem::take(&mut *waiting).items;
                waiting.closed = closed;
                return Taken { items, closed };
            }
            waiting = match pause {
                Some(pause) => self.wake.wait_timeout(waiting, pause).unwrap_or_else(PoisonError::into_inner).0,
                None => self.wake.wait(waiting).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}
