//! The walk: two threads over a shared stack of folders, by handles, with bounded memory and every limit told.

use std::{
    ffi::{CStr, CString},
    mem::MaybeUninit,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use rustix::{fs::Stat, io::Errno};
use sweep::{
    MachinePath,
    catalogue::Class,
    matcher::{Entry, Look, Matcher, Position},
    scan::{Item, Unreadable},
};

use crate::{
    handle::{Dir, kind},
    look::Looker,
    state::MAX_DEPTH,
};

/// What a walk may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub threads: usize,
    pub cross_file_systems: bool,
    pub thorough: bool,
    pub items: usize,
    pub entries: u64,
}

/// A folder that waits to be read.
struct Task {
    parent: Arc<Dir>,
    name: CString,
    path: MachinePath,
    position: Position,
    /// Items that what lies here counts for.
    measures: Arc<[u32]>,
    depth: usize,
}

/// A link whose target may lie in something that was found.
pub(crate) struct Link {
    pub path: MachinePath,
    pub target: Vec<u8>,
    pub stat: Stat,
}

/// A file that starts programs; it counts when one of them is found.
pub(crate) struct Starter {
    pub path: MachinePath,
    pub targets: Vec<MachinePath>,
    pub class: Class,
    pub stat: Stat,
}

/// An item, and the number under which its size is counted.
pub(crate) struct Found {
    pub item: Item,
    pub measure: Option<u32>,
    pub weak: bool,
    /// In a folder whose parts are told one by one.
    pub inherited: bool,
}

/// What one thread gathered.
#[derive(Default)]
pub(crate) struct Gathered {
    pub found: Vec<Found>,
    pub links: Vec<Link>,
    pub starters: Vec<Starter>,
    pub sizes: Vec<(u32, u64, u64)>,
    pub unreadable: Vec<Unreadable>,
    pub skipped: Vec<Unreadable>,
    pub manifests: Vec<(MachinePath, sweep::model::store::Manifest)>,
    pub folders: u64,
    pub files: u64,
    pub opened: u64,
    /// Small files that were not opened, since too many had been.
    pub passed_over: u64,
    pub cut: bool,
}

const MAX_TOLD: usize = 10_000;
const MAX_LINKS: usize = 200_000;

impl Gathered {
    pub(crate) fn unreadable(&mut self, path: &MachinePath, why: impl Into<String>) {
        if self.unreadable.len() < MAX_TOLD {
            self.unreadable.push(Unreadable { path: path.clone(), why: why.into() });
        }
    }

    pub(crate) fn skip(&mut self, path: &MachinePath, why: &str) {
        if self.skipped.len() < MAX_TOLD {
            self.skipped.push(Unreadable { path: path.clone(), why: why.to_owned() });
        }
    }
}

/// What the threads share.
pub(crate) struct Walk<'a> {
    pub matcher: &'a Matcher,
    pub looker: Looker<'a>,
    pub bounds: Bounds,
    root_device: u64,
    waiting: Mutex<Waiting>,
    woken: Condvar,
    hungry: AtomicBool,
    entries: AtomicU64,
    /// Small files that were opened although nothing about them speaks for a model.
    pub small: AtomicU64,
    /// Files with names of text that were asked for their size.
    pub text: AtomicU64,
    items: AtomicU64,
    next_measure: AtomicU64,
}

struct Waiting {
    tasks: Vec<Task>,
    busy: usize,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(matcher: &'a Matcher, looker: Looker<'a>, bounds: Bounds, root_device: u64) -> Self {
        let waiting = Mutex::new(Waiting { tasks: vec![], busy: 0 });
        let zero = || AtomicU64::new(0);
        let (hungry, woken) = (AtomicBool::new(false), Condvar::new());
        Self {
            matcher,
            looker,
            bounds,
            root_device,
            waiting,
            woken,
            hungry,
            entries: zero(),
            small: zero(),
            text: zero(),
            items: zero(),
            next_measure: zero(),
        }
    }

    /// Walks the whole tree.
    pub(crate) fn run(&self, root: &Arc<Dir>) -> Vec<Gathered> {
        let mut first = Worker { walk: self, out: Gathered::default(), stack: vec![], buffer: buffer(), sizes: vec![] };
        first.read(root, &MachinePath::root(), &self.matcher.root(), &Arc::from([]), 0);
        self.lock().tasks.append(&mut first.stack);
        let mut all = vec![first.finish()];
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..self.bounds.threads.max(1)).map(|_| scope.spawn(|| self.work())).collect();
            for worker in workers {
                match worker.join() {
                    Ok(gathered) => all.push(gathered),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        all
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) -> Gathered {
        let mut worker =
            Worker { walk: self, out: Gathered::default(), stack: vec![], buffer: buffer(), sizes: vec![] };
        while let Some(task) = self.next() {
            worker.stack.push(task);
            while let Some(task) = worker.stack.pop() {
                worker.enter(task);
                worker.share();
            }
            self.lock().busy -= 1;
            self.woken.notify_all();
        }
        worker.finish()
    }

    fn next(&self) -> Option<Task> {
        let mut waiting = self.lock();
        loop {
            if let Some(task) = waiting.tasks.pop() {
                waiting.busy += 1;
                self.hungry.store(false, Ordering::Relaxed);
                return Some(task);
            }
            if waiting.busy == 0 {
                return None;
            }
            self.hungry.store(true, Ordering::Relaxed);
            waiting = self.woken.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn buffer() -> Vec<MaybeUninit<u8>> {
    vec![MaybeUninit::uninit(); 64 << 10]
}

pub(crate) struct Worker<'w, 'a> {
    pub walk: &'w Walk<'a>,
    pub out: Gathered,
    stack: Vec<Task>,
    buffer: Vec<MaybeUninit<u8>>,
    /// Bytes and files by measure, of this thread.
    sizes: Vec<(u64, u64)>,
}

/// One name in a folder that is being read.
pub(crate) struct At<'e> {
    pub folder: &'e Dir,
    pub name: &'e CStr,
    pub path: &'e MachinePath,
    pub position: &'e Position,
}

impl At<'_> {
    /// The path of the name itself.
    pub(crate) fn own(&self) -> Option<MachinePath> {
        self.path.join(self.name.to_bytes())
    }
}

impl Worker<'_, '_> {
    fn finish(mut self) -> Gathered {
        let rows = self.sizes.iter().enumerate().filter(|(_, (_, files))| *files > 0);
        self.out.sizes =
            rows.filter_map(|(at, (bytes, files))| Some((u32::try_from(at).ok()?, *bytes, *files))).collect();
        self.out
    }

    /// Gives half of the folders away when somebody waits.
    fn share(&mut self) {
        if self.stack.len() > 1 && self.walk.hungry.load(Ordering::Relaxed) {
            let given: Vec<Task> = self.stack.drain(..self.stack.len() / 2).collect();
            self.walk.lock().tasks.extend(given);
            self.walk.woken.notify_all();
        }
    }

    fn enter(&mut self, mut task: Task) {
        let opened = task.parent.folder(&task.name);
        let folder = match opened {
            Ok(folder) => folder,
            // It went away, or became a link, while the walk was on its way.
            Err(Errno::NOENT) => return,
            Err(errno) => return self.out.unreadable(&task.path, reason(errno)),
        };
        match folder.stat() {
            Ok(stat) if stat.st_dev != self.walk.root_device && !self.walk.bounds.cross_file_systems => {
                return self.out.skip(&task.path, "another file system");
            }
            Ok(_) => {}
            Err(errno) => return self.out.unreadable(&task.path, reason(errno)),
        }
        if task.depth > MAX_DEPTH {
            self.out.cut = true;
            return self.out.skip(&task.path, "deeper than 200 folders");
        }
        if !task.position.dense && !task.position.repository && folder.has(c".git") {
            task.position.repository = true;
        }
        let folder = Arc::new(folder);
        self.read(&folder, &task.path, &task.position, &task.measures, task.depth);
    }

    fn read(
        &mut self,
        folder: &Arc<Dir>,
        path: &MachinePath,
        position: &Position,
        measures: &Arc<[u32]>,
        depth: usize,
    ) {
        self.out.folders += 1;
        let mut buffer = std::mem::take(&mut self.buffer);
        let (before, mut vault) = (self.stack.len(), false);
        let listed = folder.entries(&mut buffer, |name, entry| {
            if self.walk.entries.fetch_add(1, Ordering::Relaxed) > self.walk.bounds.entries {
                if !self.out.cut {
                    self.out.skip(path, "more names than the scan may look at");
                }
                self.out.cut = true;
                return false;
            }
            vault = name == crate::vault::MARK;
            if !vault {
                self.entry(At { folder, name, path, position }, folder, entry, measures, depth);
            }
            !vault
        });
        self.buffer = buffer;
        if vault {
            self.stack.truncate(before);
            self.out.skip(path, "a vault of Ringfence");
        }
        if let Err(errno) = listed {
            self.out.unreadable(path, reason(errno));
        }
    }

    fn entry(&mut self, at: At<'_>, folder: &Arc<Dir>, entry: Option<Entry>, measures: &Arc<[u32]>, depth: usize) {
        let entry = match entry {
            Some(entry) => entry,
            // Some file systems do not tell kinds in listings.
            None => match at
                .folder
                .stat_of(at.name)
                .ok()
                .and_then(|stat| kind(rustix::fs::FileType::from_raw_mode(stat.st_mode)))
            {
                Some(entry) => entry,
                None => return,
            },
        };
        let name = at.name.to_bytes();
        let mut step = self.walk.matcher.step(at.position, name, entry);
        if entry == Entry::File {
            self.out.files += 1;
        }
        let mut own: Vec<u32> = Vec::new();
        self.places(&at, entry, &mut step, &mut own);
        if let Some(look) = step.look {
            self.look(&at, look, &mut own);
        }
        match entry {
            Entry::Folder => {
                let Some(path) = at.own() else { return };
                let measures =
                    if own.is_empty() { Arc::clone(measures) } else { measures.iter().copied().chain(own).collect() };
                let name = at.name.to_owned();
                self.stack.push(Task {
                    parent: Arc::clone(folder),
                    name,
                    path,
                    position: step.position,
                    measures,
                    depth: depth + 1,
                });
            }
            Entry::File | Entry::Link if !measures.is_empty() => {
                if let Ok(stat) = at.folder.stat_of(at.name) {
                    let bytes = u64::try_from(stat.st_size).unwrap_or(0);
                    for measure in measures.iter() {
                        self.count(*measure, bytes);
                    }
                }
            }
            _ => {}
        }
    }

    fn count(&mut self, measure: u32, bytes: u64) {
        let Ok(at) = usize::try_from(measure) else { return };
        if self.sizes.len() <= at {
            self.sizes.resize(at + 1, (0, 0));
        }
        if let Some((all, files)) = self.sizes.get_mut(at) {
            *all += bytes;
            *files += 1;
        }
    }

    /// A measure for a new folder, and room for its item; `None` when there are too many.
    pub(crate) fn measure(&self) -> Option<u32> {
        u32::try_from(self.walk.next_measure.fetch_add(1, Ordering::Relaxed)).ok()
    }

    /// Keeps an item.
    pub(crate) fn push(&mut self, found: Found) {
        if self.walk.items.fetch_add(1, Ordering::Relaxed) as usize >= self.walk.bounds.items {
            if !self.out.cut {
                self.out.skip(&found.item.path, "more finds than the scan may hold");
            }
            self.out.cut = true;
            return;
        }
        self.out.found.push(found);
    }

    pub(crate) fn starter(&mut self, starter: Starter) {
        if self.out.starters.len() < MAX_LINKS {
            self.out.starters.push(starter);
        } else {
            self.out.cut = true;
        }
    }

    pub(crate) fn link(&mut self, at: &At<'_>) {
        if self.out.links.len() >= MAX_LINKS {
            self.out.cut = true;
            return;
        }
        let (Some(path), Ok(stat)) = (at.own(), at.folder.stat_of(at.name)) else { return };
        if let Ok(target) = rustix::fs::readlinkat(at.folder, at.name, Vec::new()) {
            self.out.links.push(Link { path, target: target.into_bytes(), stat });
        }
    }

    fn look(&mut self, at: &At<'_>, look: Look, measures: &mut Vec<u32>) {
        crate::look::look(self, at, look, measures);
    }
}

pub(crate) fn reason(errno: Errno) -> String {
    match errno {
        Errno::ACCESS | Errno::PERM => "no permission".to_owned(),
        Errno::LOOP | Errno::NOTDIR => "became a link or something else while it was looked at".to_owned(),
        other => std::io::Error::from(other).to_string(),
    }
}
