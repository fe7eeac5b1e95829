//! The thread that syncs and seals, so that the one that writes never waits for the disk.

use std::{
    fs::File,
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::sync::oneshot;

use super::{room::Room, segment::seal};
use crate::disk::Disk;

/// Syncs and seals that may wait.
const JOBS: usize = 64;

/// A segment that gets no more records.
pub(super) struct Full {
    pub(super) file: File,
    pub(super) number: u64,
    pub(super) records: u64,
    pub(super) end: u64,
}

enum Job {
    Sync(File),
    Seal(Full),
    /// Tells that everything before it was done.
    Tell(oneshot::Sender<()>),
}

/// The way to the thread; dropping it ends the thread once all is done.
pub(super) struct Syncer {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

struct Worker {
    folder: PathBuf,
    room: Arc<Room>,
    disk: Arc<dyn Disk>,
    /// Segments whose sealing failed.
    left: Vec<Full>,
}

impl Syncer {
    pub(super) fn start(
        folder: PathBuf,
        room: Arc<Room>,
        disk: Arc<dyn Disk>,
        retry: Duration,
    ) -> std::io::Result<Self> {
        let (jobs, receiver) = sync_channel(JOBS);
        let worker = Worker { folder, room, disk, left: Vec::new() };
        let thread =
            thread::Builder::new().name("capture-sync".to_owned()).spawn(move || worker.run(&receiver, retry))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Asks for a sync; says whether there was room to ask.
    pub(super) fn sync(&self, file: File) -> bool {
        let sent = self.jobs.as_ref().map(|jobs| jobs.try_send(Job::Sync(file)));
        !matches!(sent, Some(Err(TrySendError::Full(_))))
    }

    pub(super) fn seal(&self, full: Full) {
        self.send(Job::Seal(full));
    }

    pub(super) fn tell(&self, reply: oneshot::Sender<()>) {
        self.send(Job::Tell(reply));
    }

    fn send(&self, job: Job) {
        // A thread that is gone took its tickets along; the next start seals what it left.
        let _ = self.jobs.as_ref().map(|jobs| jobs.send(job));
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        self.jobs = None;
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Worker {
    fn run(mut self, jobs: &Receiver<Job>, retry: Duration) {
        loop {
            let job = if self.left.is_empty() {
                jobs.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                jobs.recv_timeout(retry)
            };
            self.room.set_syncing(true);
            match job {
                Ok(Job::Sync(file)) => {
                    if self.disk.sync(&file).is_err() {
                        self.room.sync_failed();
                    }
                }
                Ok(Job::Seal(full)) => self.seal(vec![full]),
                Ok(Job::Tell(reply)) => drop(reply.send(())),
                Err(RecvTimeoutError::Timeout) => {
                    let left = std::mem::take(&mut self.left);
                    self.seal(left);
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let left = std::mem::take(&mut self.left);
                    return self.seal(left);
                }
            }
            self.room.set_syncing(false);
        }
    }

    fn seal(&mut self, segments: Vec<Full>) {
        for full in segments {
            let synced = self.disk.sync(&full.file).map_err(|_| ());
            let sealed = synced
                .and_then(|()| seal(&self.folder, &full.file, full.number, full.records, full.end).map_err(|_| ()));
            match sealed {
                Ok(_) if full.records == 0 => self.room.freed(full.end),
                Ok(_) => {}
                Err(()) => {
                    self.room.sync_failed();
                    self.left.push(full);
                }
            }
        }
        if File::open(&self.folder).and_then(|folder| folder.sync_all()).is_err() {
            self.room.sync_failed();
        }
    }
}
