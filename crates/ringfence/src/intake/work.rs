//! The threads of an import: one reads blocks, the others parse and sketch them; pieces come back in order.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use anyhow::{Result, bail};
use arrow::array::RecordBatch;
use exchanges::{
    Block, Exchange, Reason, Reject, StreamError,
    schema::{Keyer, RowBuilder, Text},
    sketch::{Exemplar, ExemplarTable, Secret, Sketcher},
    write_exchange,
};

use super::{Input, Interrupt};

/// Blocks that wait between two threads.
const QUEUE: usize = 4;

/// What the workers of one import have in common.
#[derive(Clone)]
pub(super) struct Shared {
    sketcher: Sketcher,
    keyer: Keyer,
    text: Text,
    exemplars: Arc<Mutex<(ExemplarTable, Vec<Exemplar>)>>,
}

impl Shared {
    pub(super) fn new(secret: &Secret, keyer: Keyer, text: Text, table: ExemplarTable) -> Self {
        Self { sketcher: Sketcher::new(secret), keyer, text, exemplars: Arc::new(Mutex::new((table, Vec::new()))) }
    }

    pub(super) fn into_exemplars(self) -> (ExemplarTable, Vec<Exemplar>) {
        let mut held = lock(&self.exemplars);
        let found = std::mem::take(&mut held.1);
        (held.0.clone(), found)
    }
}

/// A worker that panicked has ended the run; what it left is only counted, never imported.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The rows of one block, ready to be written.
pub(super) struct Sketched {
    pub(super) file: String,
    pub(super) batch: RecordBatch,
    pub(super) rows: Rows,
    pub(super) rejects: Vec<Reject>,
    pub(super) passed_over: u64,
    /// Packed bytes read so far, over all files.
    pub(super) position: u64,
}

/// The rows as they were read, for those that clash.
pub(super) struct Rows {
    exchanges: Vec<Exchange>,
    lines: Vec<u64>,
}

impl Rows {
    /// The reject of a row whose id was used before with other content.
    pub(super) fn clash(&self, row: usize) -> Reject {
        let exchange = &self.exchanges[row];
        let mut original = Vec::new();
        // Writing to memory cannot fail; if it did, the reject would still say which row it is.
        let _ = write_exchange(exchange, &mut original);
        original.pop();
        let id = exchange.exchange_id.as_str();
        let detail = format!(
            "exchange_id `{id}` was imported before with other content; the first stays. Give each exchange its own id"
        );
        Reject { line: self.lines.get(row).copied().unwrap_or(0), reason: Reason::DuplicateDiffers, detail, original }
    }
}

/// What comes back, in the order of the files.
pub(super) enum Piece {
    Rows(Box<Sketched>),
    CutShort { file: String, error: StreamError },
}

type Numbered<T> = (u64, T);

enum Job {
    Parse {
        file: Arc<str>,
        block: Block,
        position: u64,
    },
    CutShort {
        file: Arc<str>,
        error: StreamError,
    },
    /// Every file was read to its end.
    End,
}

enum Done {
    Piece(Piece),
    End,
}

/// A running import. Dropping it lets the threads end, each when it next has something to pass on.
pub(super) struct Running {
    pieces: Receiver<Numbered<Done>>,
    /// Pieces that came before their turn: as many as there are workers and places in the queue.
    early: BTreeMap<u64, Done>,
    next: u64,
}

/// Begins to read.
pub(super) fn start(inputs: Vec<Input>, shared: &Shared, interrupt: &Interrupt) -> Running {
    let (send_jobs, jobs) = sync_channel::<Numbered<Job>>(QUEUE);
    let (send_pieces, pieces) = sync_channel::<Numbered<Done>>(QUEUE);
    let heard = interrupt.clone();
    thread::spawn(move || read(inputs, &send_jobs, &heard));
    let jobs = Arc::new(Mutex::new(jobs));
    let workers = thread::available_parallelism().map_or(1, |n| n.get()).min(16);
    for _ in 0..workers {
        let (jobs, pieces, shared) = (Arc::clone(&jobs), send_pieces.clone(), shared.clone());
        thread::spawn(move || work(&jobs, &pieces, shared));
    }
    Running { pieces, early: BTreeMap::new(), next: 0 }
}

impl Running {
    /// The next piece in the order of the files; nothing once all were read, and never because a thread died.
    pub(super) fn next(&mut self, interrupt: &Interrupt) -> Result<Option<Piece>> {
        loop {
            interrupt.check()?;
            if let Some(done) = self.early.remove(&self.next) {
                self.next += 1;
                return Ok(match done {
                    Done::Piece(piece) => Some(piece),
                    Done::End => None,
                });
            }
            let Some((number, done)) = interrupt.receive(&self.pieces)? else {
                interrupt.check()?;
                bail!("a thread of the import failed, so nothing of this run was imported; this is a bug in ringfence");
            };
            self.early.insert(number, done);
        }
    }
}

fn read(inputs: Vec<Input>, jobs: &SyncSender<Numbered<Job>>, interrupt: &Interrupt) {
    let (mut number, mut before) = (0, 0);
    for Input { name, blocks, length } in inputs {
        let file: Arc<str> = name.into();
        for block in blocks {
            if interrupt.heard() {
                return;
            }
            let job = match block {
                Ok(block) => {
                    let position = before + block.consumed();
                    Job::Parse { file: Arc::clone(&file), block, position }
                }
                Err(error) => Job::CutShort { file: Arc::clone(&file), error },
            };
            if jobs.send((number, job)).is_err() {
                return;
            }
            number += 1;
        }
        before += length;
    }
    // Where nobody listens any more, nobody waits for the end.
    let _ = jobs.send((number, Job::End));
}

fn work(jobs: &Mutex<Receiver<Numbered<Job>>>, pieces: &SyncSender<Numbered<Done>>, mut shared: Shared) {
    loop {
        let Ok((number, job)) = lock(jobs).recv() else { return };
        let done = match job {
            Job::Parse { file, block, position } => {
                Done::Piece(Piece::Rows(Box::new(sketch(&file, &block, position, &mut shared))))
            }
            Job::CutShort { file, error } => Done::Piece(Piece::CutShort { file: file.to_string(), error }),
            Job::End => Done::End,
        };
        if pieces.send((number, done)).is_err() {
            return;
        }
    }
}

fn sketch(file: &str, block: &Block, position: u64, shared: &mut Shared) -> Sketched {
    let parsed = block.exchanges();
    let mut builder = RowBuilder::new(shared.text);
    let mut sketches = Vec::with_capacity(parsed.rows.len());
    for exchange in &parsed.rows {
        let sketch = shared.sketcher.sketch(exchange);
        let keys = shared.keyer.keys(exchange);
        builder.push(exchange, &sketch, &keys);
        sketches.push((sketch, keys.account_key));
    }
    // One lock a block keeps the threads apart.
    let due: Vec<_> = {
        let mut held = lock(&shared.exemplars);
        sketches
            .iter()
            .enumerate()
            .flat_map(|(row, (sketch, account))| held.0.due(sketch, *account).into_iter().map(move |part| (row, part)))
            .collect()
    };
    let texts: Vec<Exemplar> =
        due.into_iter().filter_map(|(row, part)| shared.sketcher.exemplar(&parsed.rows[row], part)).collect();
    lock(&shared.exemplars).1.extend(texts);
    Sketched {
        file: file.to_owned(),
        batch: builder.finish(),
        rows: Rows { lines: parsed.lines, exchanges: parsed.rows },
        rejects: parsed.rejects,
        passed_over: parsed.passed_over,
        position,
    }
}
