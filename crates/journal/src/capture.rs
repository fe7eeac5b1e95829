//! Write-ahead segments for records on their way elsewhere: exchanges that go to the lake.
//!
//! A record survives a killed process once its ticket resolves, and a lost machine a second later. Records are bytes.

mod records;
mod room;
mod segment;
mod syncer;
mod writer;

use std::{
    fmt, fs,
    future::Future,
    io,
    path::PathBuf,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    thread::{self, JoinHandle},
    time::Duration,
};

use bytes::Bytes;
use tokio::sync::oneshot;

pub use self::records::{MAX_RECORD, Records, records};
use self::{
    room::{Room, Taken, Work},
    segment::sealed_in,
    writer::{Slot, Writer},
};
use crate::{
    disk::{Disk, OsDisk},
    error::JournalError,
    folder::Folder,
};

/// How records are captured. [`CaptureOptions::new`] has values that work.
pub struct CaptureOptions {
    pub folder: PathBuf,
    /// Bytes of a segment before it is sealed.
    pub segment_bytes: u64,
    /// Age of a segment with records before it is sealed.
    pub segment_age: Duration,
    /// Bytes that may wait for the disk.
    pub queue_bytes: u64,
    /// Bytes that all segments may take, sealed ones that nobody fetched yet included.
    pub disk_bytes: u64,
    pub when_full: WhenFull,
    /// Within this time a record that was written is synced.
    pub sync_every: Duration,
    /// After a failure of the disk, when to try again.
    pub retry: Duration,
    pub disk: Arc<dyn Disk>,
}

impl CaptureOptions {
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            segment_bytes: 64 << 20,
            segment_age: Duration::from_secs(60),
            queue_bytes: 64 << 20,
            disk_bytes: 8 << 30,
            when_full: WhenFull::Drop,
            sync_every: Duration::from_millis(500),
            retry: Duration::from_secs(1),
            disk: Arc::new(OsDisk),
        }
    }
}

impl fmt::Debug for CaptureOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaptureOptions").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// What gives way when there is no room for records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// The record: traffic goes on, and the loss is counted.
    Drop,
    /// The traffic: [`Capture::has_room`] says no until there is room again.
    Refuse,
}

/// A record that was not taken. Each is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    #[error("too many bytes wait for the disk")]
    QueueFull,
    #[error("the disk, or the share of it that captured records may take, is full")]
    DiskFull,
    #[error("the disk fails")]
    IoError,
    #[error("the record is longer than {MAX_RECORD} bytes or than a segment, or empty")]
    TooLarge,
    #[error("the capture is closed")]
    Closed,
}

/// A record that was taken and then not written. Each is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the record could not be written: {0}")]
pub struct Lost(pub NotTaken);

/// Resolves once the operating system has the record, so that a killed process does not lose it.
#[derive(Debug)]
#[must_use = "a record survives a crash once this has resolved"]
pub struct Written(Reply);

#[derive(Debug)]
enum Reply {
    Here(Result<(), Lost>),
    Awaited(oneshot::Receiver<Result<(), Lost>>),
}

/// A segment that is complete and synced; fetch its records, then remove it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub path: PathBuf,
    pub bytes: u64,
    pub records: u64,
}

/// What became of records since the capture was opened; `dropped_…` are those that were not kept, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CaptureStatus {
    pub offered: u64,
    pub written: u64,
    pub dropped_queue_full: u64,
    pub dropped_disk_full: u64,
    pub dropped_io_error: u64,
    pub dropped_too_large: u64,
    pub dropped_closed: u64,
    /// Bytes that wait for the disk.
    pub queued_bytes: u64,
    /// Bytes of all segments.
    pub disk_bytes: u64,
    /// Bytes of torn ends that were cut off at the start.
    pub cut: u64,
    /// Times that a sync failed: what was written before it may not survive the machine.
    pub sync_failures: u64,
    pub healthy: bool,
}

/// An open capture; share it by reference or in an `Arc`.
pub struct Capture {
    folder: Folder,
    room: Arc<Room>,
    writer: Arc<Slot>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").field("folder", &self.folder).field("room", &self.room).finish_non_exhaustive()
    }
}

impl Capture {
    /// Opens the capture of a folder, or begins one; seals what an earlier process left.
    pub fn open(options: CaptureOptions) -> Result<Self, JournalError> {
        let folder = Folder::open(&options.folder)?;
        let cut = segment::seal_left_over(&folder)?;
        let taken = sealed_in(folder.path())?.iter().map(|sealed| sealed.bytes).sum();
        let room = Arc::new(Room::new(&options, taken, cut));
        let writer = Arc::new(Slot::new(Writer::new(options, Arc::clone(&room))?));
        let shared = (Arc::clone(&writer), Arc::clone(&room));
        let spawned = thread::Builder::new().name("capture".to_owned()).spawn(move || shared.0.run(&shared.1));
        let thread = spawned.map_err(JournalError::io("start the writer of", folder.path()))?;
        Ok(Self { folder, room, writer, thread: Mutex::new(Some(thread)) })
    }

    /// Takes a record, or says why not.
    ///
    /// The caller writes it, which is one write into the page cache, unless somebody else is writing, a sync is under way, a segment
    /// has to be begun, or the disk was slow within the last second: then it is left to a thread, and the caller waits for nothing.
    pub fn offer(&self, record: Bytes) -> Result<Written, NotTaken> {
        let reply = match self.room.offer(record, &self.writer)? {
            Taken::AtOnce(writer, record) => Reply::Here(writer.write(&record)),
            Taken::Queued(written) => Reply::Awaited(written),
        };
        Ok(Written(reply))
    }

    /// Whether traffic may go on: always under [`WhenFull::Drop`].
    pub fn has_room(&self) -> bool {
        self.room.has_room()
    }

    /// The sealed segments, oldest first.
    pub fn sealed(&self) -> Result<Vec<Sealed>, JournalError> {
        sealed_in(self.folder.path())
    }

    /// Seals the segment at hand; the future resolves once [`Self::sealed`] has all records offered before.
    pub fn seal_now(&self) -> impl Future<Output = ()> + use<> {
        let (reply, sealed) = oneshot::channel();
        self.room.work(Work::Seal(reply));
        async move {
            // A closed capture has sealed everything.
            let _ = sealed.await;
        }
    }

    /// Removes a sealed segment whose records have reached their place.
    pub fn remove(&self, sealed: &Sealed) -> Result<(), JournalError> {
        let found = sealed_in(self.folder.path())?.into_iter().find(|found| found.path == sealed.path);
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        let found = found.ok_or_else(missing).map_err(JournalError::io("find the sealed segment", &sealed.path))?;
        fs::remove_file(&found.path).map_err(JournalError::io("remove", &found.path))?;
        self.folder.sync().map_err(JournalError::io("sync", self.folder.path()))?;
        self.room.freed(found.bytes);
        Ok(())
    }

    pub fn status(&self) -> CaptureStatus {
        self.room.status()
    }

    /// Writes what waits, seals the segment at hand, and ends the writer. Blocks until then.
    pub fn close(&self) {
        self.room.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A thread that panicked has dropped its tickets, which says so to whoever waits.
        let _ = thread.map(JoinHandle::join);
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        self.close();
    }
}

impl Written {
    /// What became of the record where that is known already, else the ticket.
    pub fn known(self) -> Result<Result<(), Lost>, Self> {
        match self.0 {
            Reply::Here(written) => Ok(written),
            Reply::Awaited(_) => Err(self),
        }
    }

    /// Blocks until the record is written; not for async code.
    pub fn wait(self) -> Result<(), Lost> {
        match self.0 {
            Reply::Here(written) => written,
            Reply::Awaited(written) => written.blocking_recv().unwrap_or(Err(Lost(NotTaken::Closed))),
        }
    }
}

impl Future for Written {
    type Output = Result<(), Lost>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Reply::Here(written) => Poll::Ready(*written),
            Reply::Awaited(written) => {
                Pin::new(written).poll(context).map(|reply| reply.unwrap_or(Err(Lost(NotTaken::Closed))))
            }
        }
    }
}
