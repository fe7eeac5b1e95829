//! Where captured records are written: by whoever has one while the disk is quick, else by a thread.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;

use super::{
    CaptureOptions, Lost, NotTaken,
    records::{HEADER, write_record},
    room::{Offer, Room, Work, framed},
    segment::{next_number, open_name},
    syncer::{Full, Syncer},
};
use crate::{disk::Disk, error::JournalError};

/// A writer that callers and its thread share; none once the capture is closed.
pub(super) struct Slot(Mutex<Option<Writer>>);

/// The writer, with room for a record in the segment at hand.
pub(super) struct Ready<'w>(MutexGuard<'w, Option<Writer>>);

pub(super) struct Writer {
    room: Arc<Room>,
    folder: PathBuf,
    disk: Arc<dyn Disk>,
    syncer: Syncer,
    segment_bytes: u64,
    segment_age: Duration,
    sync_every: Duration,
    retry: Duration,
    number: u64,
    open: Option<Open>,
    /// Since when the disk fails, until when it is left alone.
    try_again: Option<Instant>,
    buffer: Vec<u8>,
}

struct Open {
    file: File,
    number: u64,
    since: Instant,
    records: u64,
    /// Where the last whole record ends.
    end: u64,
    /// When what was written since the last sync must be synced.
    sync: Option<Instant>,
    /// A write failed, so that bytes may lie behind the end.
    torn: bool,
}

/// Bytes that a disk must take before it counts as sound again.
const PROBE: usize = 256 << 10;

/// Whoever waits for a writer that is gone is told so.
impl Drop for Writer {
    fn drop(&mut self) {
        self.room.abandon();
    }
}

impl Slot {
    pub(super) fn new(writer: Writer) -> Self {
        Self(Mutex::new(Some(writer)))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Writer>> {
        // A write that panicked has left its segment marked as torn.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The writer, where nobody has it and so many bytes are one write to the segment at hand.
    pub(super) fn try_for(&self, bytes: u64) -> Option<Ready<'_>> {
        let writer = self.0.try_lock().ok()?;
        writer.as_ref().is_some_and(|writer| writer.is_ready_for(bytes)).then_some(Ready(writer))
    }

    /// Does what waits and what is due until the capture is closed.
    pub(super) fn run(&self, room: &Room) {
        let _end = End(self);
        loop {
            let until = self.lock().as_ref().and_then(Writer::next_turn);
            let (work, last) = room.take(until);
            let mut writer = self.lock();
            let Some(writer) = writer.as_mut() else { return };
            writer.turn(work);
            if last {
                return writer.seal();
            }
        }
    }
}

/// Nobody may wait for a thread that is gone, whatever ended it.
struct End<'w>(&'w Slot);

impl Drop for End<'_> {
    fn drop(&mut self) {
        drop(self.0.lock().take());
    }
}

impl Ready<'_> {
    /// Writes a record; waits for the page cache and not for the disk, as far as the system keeps to that.
    pub(super) fn write(mut self, record: &Bytes) -> Result<(), Lost> {
        let Some(writer) = self.0.as_mut() else { return Err(Lost(NotTaken::Closed)) };
        let due = writer.next_turn();
        let written = match writer.write_together(std::iter::once(record), framed(record)) {
            Ok(()) => {
                writer.room.wrote(record);
                Ok(())
            }
            Err(error) => {
                let reason = writer.fail(&error);
                Err(writer.room.lost(record, reason))
            }
        };
        // What is due later than before finds the thread too early, which does no harm.
        let earlier = writer.next_turn().is_some_and(|turn| due.is_none_or(|due| turn < due));
        let room = earlier.then(|| Arc::clone(&writer.room));
        drop(self);
        room.iter().for_each(|room| room.nudge());
        written
    }
}

impl Writer {
    pub(super) fn new(options: CaptureOptions, room: Arc<Room>) -> Result<Self, JournalError> {
        let CaptureOptions {
            folder,
            segment_bytes,
            segment_age,
            sync_every,
            retry,
            disk,
            queue_bytes: _,
            disk_bytes: _,
            when_full: _,
        } = options;
        let number = next_number(&folder)?;
        let syncer = Syncer::start(folder.clone(), Arc::clone(&room), Arc::clone(&disk), retry);
        let syncer = syncer.map_err(JournalError::io("start the syncs of", &folder))?;
        Ok(Self {
            room,
            folder,
            disk,
            syncer,
            segment_bytes,
            segment_age,
            sync_every,
            retry,
            number,
            open: None,
            try_again: None,
            buffer: Vec::new(),
        })
    }

    fn turn(&mut self, work: Vec<Work>) {
        let mut offers = Vec::new();
        for work in work {
            match work {
                Work::Write(offer) => offers.push(offer),
                Work::Seal(reply) => {
                    self.write(std::mem::take(&mut offers));
                    self.seal();
                    self.syncer.tell(reply);
                }
            }
        }
        self.write(offers);
        self.look_after();
    }

    fn is_ready_for(&self, bytes: u64) -> bool {
        let fits = |open: &Open| !open.torn && open.end + bytes <= self.segment_bytes;
        self.try_again.is_none() && self.open.as_ref().is_some_and(fits)
    }

    /// When there is something to do though no record comes.
    fn next_turn(&self) -> Option<Instant> {
        let aged = |open: &Open| open.since.checked_add(self.segment_age);
        let open = self.open.as_ref();
        [open.and_then(aged), open.and_then(|open| open.sync), self.try_again].into_iter().flatten().min()
    }

    /// Does what is due: a sync, the sealing of an old segment, another try after a failure.
    fn look_after(&mut self) {
        let now = Instant::now();
        if self.try_again.is_some_and(|moment| moment <= now) {
            self.try_again = None;
            match self.probe() {
                Ok(()) => self.room.set_health(None),
                Err(error) => drop(self.fail(&error)),
            }
        }
        if let Some(open) = &mut self.open
            && open.sync.is_some_and(|moment| moment <= now)
        {
            let asked = open.file.try_clone().is_ok_and(|file| self.syncer.sync(file));
            open.sync = if asked { None } else { now.checked_add(self.sync_every) };
        }
        if self.open.as_ref().is_some_and(|open| open.records > 0 && now.duration_since(open.since) >= self.segment_age)
        {
            self.seal();
        }
    }

    /// Writes records, as many in one write as fit the segment.
    fn write(&mut self, offers: Vec<Offer>) {
        let mut offers = offers.into_iter().peekable();
        while let Some(first) = offers.next() {
            let mut bytes = framed(&first.record);
            if let Err(error) = self.segment(bytes) {
                let reason = self.fail(&error);
                std::iter::once(first).chain(offers).for_each(|offer| self.lost(offer, reason));
                return;
            }
            let room = self.segment_bytes.saturating_sub(self.open.as_ref().map_or(0, |open| open.end));
            let mut together = vec![first];
            while let Some(next) = offers.next_if(|next| bytes + framed(&next.record) <= room) {
                bytes += framed(&next.record);
                together.push(next);
            }
            match self.write_together(together.iter().map(|offer| &offer.record), bytes) {
                Ok(()) => together.into_iter().for_each(|offer| self.wrote(offer)),
                Err(error) => {
                    let reason = self.fail(&error);
                    together.into_iter().chain(offers).for_each(|offer| self.lost(offer, reason));
                    return;
                }
            }
        }
    }

    fn wrote(&self, Offer { record, reply }: Offer) {
        self.room.wrote(&record);
        // Whoever no longer waits has not lost anything.
        let _ = reply.send(Ok(()));
    }

    fn lost(&self, Offer { record, reply }: Offer, reason: NotTaken) {
        let _ = reply.send(Err(self.room.lost(&record, reason)));
    }

    fn write_together<'r>(&mut self, records: impl Iterator<Item = &'r Bytes>, bytes: u64) -> io::Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        self.buffer.clear();
        let written = records.map(|record| write_record(record, &mut self.buffer)).count();
        let begun = Instant::now();
        open.torn = true;
        self.disk.write(&mut open.file, &self.buffer)?;
        open.torn = false;
        self.room.wrote_in(begun.elapsed());
        open.records += written as u64;
        open.end += bytes;
        open.sync = open.sync.or_else(|| begun.checked_add(self.sync_every));
        // A burst must not keep its memory.
        self.buffer.shrink_to(1 << 20);
        Ok(())
    }

    /// Sees to it that a sound segment is open that has room for so many bytes.
    fn segment(&mut self, bytes: u64) -> io::Result<()> {
        if let Some(open) = &mut self.open
            && open.torn
        {
            open.file.set_len(open.end)?;
            open.torn = false;
        }
        if self.open.as_ref().is_some_and(|open| open.records > 0 && open.end + bytes > self.segment_bytes) {
            self.seal();
        }
        if self.open.is_some() {
            return Ok(());
        }
        let path = self.folder.join(open_name(self.number));
        let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        // An earlier try may have left a part of a header.
        file.set_len(0)?;
        self.disk.write(&mut file, HEADER)?;
        let end = HEADER.len() as u64;
        self.room.used(end);
        let (number, since) = (self.number, Instant::now());
        self.open = Some(Open { file, number, since, records: 0, end, sync: None, torn: false });
        self.number += 1;
        Ok(())
    }

    /// Whether records can be written again: a disk that took half of one would take the next half only.
    fn probe(&mut self) -> io::Result<()> {
        self.segment(0)?;
        let Some(open) = &mut self.open else { return Ok(()) };
        open.torn = true;
        self.disk.write(&mut open.file, &[0; PROBE])?;
        self.segment(0)
    }

    /// Hands the segment at hand over to be sealed.
    fn seal(&mut self) {
        if let Some(Open { file, number, records, end, .. }) = self.open.take() {
            self.syncer.seal(Full { file, number, records, end });
        }
    }

    fn fail(&mut self, error: &io::Error) -> NotTaken {
        let reason = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                NotTaken::DiskFull
            }
            _ => NotTaken::IoError,
        };
        self.room.set_health(Some(reason));
        self.try_again = Instant::now().checked_add(self.retry);
        reason
    }
}
