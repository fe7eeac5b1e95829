//! What callers and the writer of a capture have in common: the queue, its limits, and the counts.

use std::{
    mem,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::{
    CaptureOptions, CaptureStatus, Lost, NotTaken, WhenFull,
    records::{FRAME, HEADER, MAX_RECORD},
    writer::{Ready, Slot},
};

/// A record that waits for the writer's thread, and whom to tell once it is written.
#[derive(Debug)]
pub(super) struct Offer {
    pub(super) record: Bytes,
    pub(super) reply: oneshot::Sender<Result<(), Lost>>,
}

/// What becomes of a record that was taken.
pub(super) enum Taken<'w> {
    AtOnce(Ready<'w>, Bytes),
    Queued(oneshot::Receiver<Result<(), Lost>>),
}

#[derive(Debug)]
pub(super) enum Work {
    Write(Offer),
    Seal(oneshot::Sender<()>),
}

#[derive(Debug)]
pub(super) struct Room {
    queue_bytes: u64,
    disk_limit: u64,
    longest: u64,
    when_full: WhenFull,
    queue: Mutex<Queue>,
    wake: Condvar,
    queued: AtomicU64,
    /// Bytes of segments, and of records that are on their way there.
    taken: AtomicU64,
    /// One of the three constants below.
    health: AtomicU8,
    counts: Counts,
    /// A sync or a seal is under way, which a write to the same disk may have to wait for.
    syncing: AtomicBool,
    opened: Instant,
    /// Milliseconds since the room was opened before which nobody but the writer's thread writes.
    slow_until: AtomicU64,
}

#[derive(Debug, Default)]
struct Queue {
    work: Vec<Work>,
    closed: bool,
    /// The thread writes what it took; whoever wrote now would overtake that.
    busy: bool,
    /// There is something to look after earlier than the thread thinks.
    nudged: bool,
}

#[derive(Debug, Default)]
struct Counts {
    offered: AtomicU64,
    written: AtomicU64,
    queue_full: AtomicU64,
    disk_full: AtomicU64,
    io_error: AtomicU64,
    too_large: AtomicU64,
    closed: AtomicU64,
    cut: AtomicU64,
    sync_failures: AtomicU64,
}

/// A write into the page cache that takes longer has waited for the disk.
const SLOW: Duration = Duration::from_millis(2);
/// Milliseconds that callers leave the writing to the thread after that.
const REST: u64 = 1_000;

const HEALTHY: u8 = 0;
const FULL: u8 = 1;
const FAILING: u8 = 2;

impl Room {
    pub(super) fn new(options: &CaptureOptions, taken: u64, cut: u64) -> Self {
        let room = Self {
            queue_bytes: options.queue_bytes,
            disk_limit: options.disk_bytes,
            longest: options.segment_bytes.saturating_sub(HEADER.len() as u64).min((MAX_RECORD + FRAME) as u64),
            when_full: options.when_full,
            queue: Mutex::default(),
            wake: Condvar::new(),
            queued: AtomicU64::new(0),
            taken: AtomicU64::new(taken),
            health: AtomicU8::new(HEALTHY),
            counts: Counts::default(),
            syncing: AtomicBool::new(false),
            opened: Instant::now(),
            slow_until: AtomicU64::new(0),
        };
        room.counts.cut.store(cut, Ordering::Relaxed);
        room
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a record in: with the writer where the caller may write it at once, else into the queue.
    pub(super) fn offer<'w>(&self, record: Bytes, writer: &'w Slot) -> Result<Taken<'w>, NotTaken> {
        self.counts.offered.fetch_add(1, Ordering::Relaxed);
        let size = framed(&record);
        let mut queue = self.lock();
        let taken = if queue.closed { Err(NotTaken::Closed) } else { self.admit(size) };
        if let Err(reason) = taken {
            drop(queue);
            self.count_dropped(reason);
            return Err(reason);
        }
        self.queued.fetch_add(size, Ordering::AcqRel);
        self.taken.fetch_add(size, Ordering::AcqRel);
        // Under the queue's lock, so that a capture that is closed has no writer any more that could be had here.
        if queue.work.is_empty()
            && !queue.busy
            && self.is_quick()
            && let Some(writer) = writer.try_for(size)
        {
            return Ok(Taken::AtOnce(writer, record));
        }
        let (reply, written) = oneshot::channel();
        self.push(&mut queue, Work::Write(Offer { record, reply }));
        Ok(Taken::Queued(written))
    }

    fn is_quick(&self) -> bool {
        let slow_until = self.slow_until.load(Ordering::Acquire);
        !self.syncing.load(Ordering::Acquire) && (slow_until == 0 || self.now() >= slow_until)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn set_syncing(&self, syncing: bool) {
        self.syncing.store(syncing, Ordering::Release);
    }

    /// Leaves the writing to the thread for a while, after a write that took so long.
    pub(super) fn wrote_in(&self, took: Duration) {
        if took >= SLOW {
            self.slow_until.store(self.now().saturating_add(REST), Ordering::Release);
        }
    }

    /// Has the thread look again at what is due when.
    pub(super) fn nudge(&self) {
        self.lock().nudged = true;
        self.wake.notify_one();
    }

    fn admit(&self, size: u64) -> Result<(), NotTaken> {
        if size > self.longest || size == FRAME as u64 {
            return Err(NotTaken::TooLarge);
        }
        match self.health.load(Ordering::Acquire) {
            FULL => return Err(NotTaken::DiskFull),
            FAILING => return Err(NotTaken::IoError),
            _ => {}
        }
        if self.queued.load(Ordering::Acquire) + size > self.queue_bytes {
            return Err(NotTaken::QueueFull);
        }
        if self.taken.load(Ordering::Acquire) + size > self.disk_limit {
            return Err(NotTaken::DiskFull);
        }
        Ok(())
    }

    /// Asks for work that has no size; a closed capture drops it.
    pub(super) fn work(&self, work: Work) {
        let mut queue = self.lock();
        if !queue.closed {
            self.push(&mut queue, work);
        }
    }

    fn push(&self, queue: &mut Queue, work: Work) {
        queue.work.push(work);
        if queue.work.len() == 1 {
            self.wake.notify_one();
        }
    }

    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.wake.notify_one();
    }

    /// Takes no more, and lets go of what waits: whoever has its ticket is told.
    pub(super) fn abandon(&self) {
        let mut queue = self.lock();
        queue.closed = true;
        queue.work.clear();
    }

    /// Waits for work until a moment; also says whether it is the last.
    pub(super) fn take(&self, until: Option<Instant>) -> (Vec<Work>, bool) {
        let mut queue = self.lock();
        queue.busy = false;
        loop {
            let pause = until.map(|moment| moment.saturating_duration_since(Instant::now()));
            let nudged = mem::take(&mut queue.nudged);
            if nudged || !queue.work.is_empty() || queue.closed || pause.is_some_and(|pause| pause.is_zero()) {
                queue.busy = !queue.work.is_empty();
                return (mem::take(&mut queue.work), queue.closed);
            }
            queue = match pause {
                Some(pause) => self.wake.wait_timeout(queue, pause).unwrap_or_else(PoisonError::into_inner).0,
                None => self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Leaves a tenth free, so that requests that are let in find a place for what they become.
    pub(super) fn has_room(&self) -> bool {
        let nearly = |limit: u64| limit - limit / 10;
        self.when_full == WhenFull::Drop
            || (self.health.load(Ordering::Acquire) == HEALTHY
                && self.queued.load(Ordering::Acquire) < nearly(self.queue_bytes)
                && self.taken.load(Ordering::Acquire) < nearly(self.disk_limit))
    }

    pub(super) fn wrote(&self, record: &Bytes) {
        self.queued.fetch_sub(framed(record), Ordering::AcqRel);
        self.counts.written.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn lost(&self, record: &Bytes, reason: NotTaken) -> Lost {
        let size = framed(record);
        self.queued.fetch_sub(size, Ordering::AcqRel);
        self.taken.fetch_sub(size, Ordering::AcqRel);
        self.count_dropped(reason);
        Lost(reason)
    }

    fn count_dropped(&self, reason: NotTaken) {
        let count = match reason {
            NotTaken::QueueFull => &self.counts.queue_full,
            NotTaken::DiskFull => &self.counts.disk_full,
            NotTaken::IoError => &self.counts.io_error,
            NotTaken::TooLarge => &self.counts.too_large,
            NotTaken::Closed => &self.counts.closed,
        };
        count.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn sync_failed(&self) {
        self.counts.sync_failures.fetch_add(1, Ordering::AcqRel);
    }

    /// Counts a header or other bytes that no record brings.
    pub(super) fn used(&self, bytes: u64) {
        self.taken.fetch_add(bytes, Ordering::AcqRel);
    }

    pub(super) fn freed(&self, bytes: u64) {
        self.taken.fetch_sub(bytes, Ordering::AcqRel);
    }

    /// Says why records are not taken for now; none where they are.
    pub(super) fn set_health(&self, reason: Option<NotTaken>) {
        let health = match reason {
            None => HEALTHY,
            Some(NotTaken::DiskFull) => FULL,
            Some(_) => FAILING,
        };
        self.health.store(health, Ordering::Release);
    }

    pub(super) fn status(&self) -> CaptureStatus {
        let read = |counter: &AtomicU64| counter.load(Ordering::Acquire);
        CaptureStatus {
            offered: read(&self.counts.offered),
            written: read(&self.counts.written),
            dropped_queue_full: read(&self.counts.queue_full),
            dropped_disk_full: read(&self.counts.disk_full),
            dropped_io_error: read(&self.counts.io_error),
            dropped_too_large: read(&self.counts.too_large),
            dropped_closed: read(&self.counts.closed),
            queued_bytes: read(&self.queued),
            disk_bytes: read(&self.taken),
            cut: read(&self.counts.cut),
            sync_failures: read(&self.counts.sync_failures),
            healthy: self.health.load(Ordering::Acquire) == HEALTHY,
        }
    }
}

/// Bytes of a record in a segment.
pub(super) fn framed(record: &Bytes) -> u64 {
    (FRAME + record.len()) as u64
}
