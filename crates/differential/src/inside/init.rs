//! The stage that starts the client, keeps its output and its limits, and ends everything that it left.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    process::{Child, Command, ExitCode, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rustix::{
    mount::{MountFlags, UnmountFlags, mount, unmount},
    process::{Signal, chdir, pivot_root, set_child_subreaper, set_parent_process_death_signal},
};
use serde::{Deserialize, Serialize};

use super::{InsideError, client, processes, say};
use crate::cell::{End, Limits, Outcome, Spec};

/// How often limits are looked at.
const BEAT: Duration = Duration::from_millis(10);

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Watched {
    pub(super) outcome: Outcome,
    pub(super) notes: Vec<String>,
}

/// `program` is the number of an open file that is this program.
pub(super) fn run(program: Option<&str>) -> ExitCode {
    let done = program
        .and_then(|p| p.parse().ok())
        .ok_or_else(|| InsideError::Order("no program".to_owned()))
        .and_then(watched)
        .map_err(|e| e.to_string());
    if say(&done).is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn step(what: &'static str) -> impl FnOnce(rustix::io::Errno) -> InsideError {
    move |source| InsideError::Step { what, source: source.into() }
}

fn watched(program: i32) -> Result<Watched, InsideError> {
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(step("the tie to the recorder"))?;
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).map_err(|e| InsideError::Order(e.to_string()))?;
    let spec: Spec = serde_json::from_str(&text).map_err(|e| InsideError::Order(e.to_string()))?;
    let input = match &spec.stdin {
        Some(path) => {
            File::open(path).map_err(|source| InsideError::Step { what: "the file for standard input", source })?.into()
        }
        None => Stdio::null(),
    };
    let mut notes = Vec::new();
    if spec.isolate {
        notes.extend(enter(&spec.scratch)?);
    } else {
        set_child_subreaper(rustix::process::Pid::from_raw(1)).map_err(step("the tie to what the client leaves"))?;
    }
    let order = client::Order {
        command: spec.command.clone(),
        variables: spec.variables.clone(),
        folder: spec.folder.clone(),
        file_bytes: spec.limits.disk,
        isolate: spec.isolate,
    };
    let order = serde_json::to_string(&order).map_err(|e| InsideError::Order(e.to_string()))?;
    let child = Command::new(format!("/proc/self/fd/{program}"))
        .args(&spec.helper)
        .args(["client", &order])
        .env_clear()
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| InsideError::Step { what: "the client's process", source })?;
    Ok(Watched { outcome: watch(child, &spec.limits), notes })
}

/// Makes the new root the root; `/proc` shows this process namespace only, where the system lets it.
fn enter(root: &Path) -> Result<Vec<String>, InsideError> {
    chdir(root).map_err(step("the new root"))?;
    mount("proc", "proc", "proc", MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC, None)
        .map_err(step("a `/proc` of its own (in a container, allow unmasked /proc)"))?;
    pivot_root(".", ".").map_err(step("the change of root"))?;
    unmount(".", UnmountFlags::DETACH).map_err(step("leaving the old root"))?;
    chdir("/").map_err(step("the new root"))?;
    Ok(Vec::new())
}

/// What a stream gave, up to a limit.
struct Kept {
    bytes: Arc<Mutex<Vec<u8>>>,
    over: Arc<AtomicBool>,
    reader: JoinHandle<()>,
}

fn keep(mut stream: impl Read + Send + 'static, most: u64) -> Kept {
    let (bytes, over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
    let (into, flag) = (Arc::clone(&bytes), Arc::clone(&over));
    let reader = thread::spawn(move || {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(read @ 1..) = stream.read(&mut buffer) {
            let mut kept = into.lock().unwrap_or_else(PoisonError::into_inner);
            let room = (most as usize).saturating_sub(kept.len());
            kept.extend_from_slice(&buffer[..read.min(room)]);
            if read > room {
                flag.store(true, Ordering::Relaxed);
                return;
            }
        }
    });
    Kept { bytes, over, reader }
}

impl Kept {
    fn take(self) -> Vec<u8> {
        std::mem::take(&mut self.bytes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn watch(mut child: Child, limits: &Limits) -> Outcome {
    let started = Instant::now();
    let me = std::process::id() as i32;
    let pid = child.id() as i32;
    let out = child.stdout.take().map(|s| keep(s, limits.output));
    let err = child.stderr.take().map(|s| keep(s, limits.output));
    let streams: Vec<Kept> = out.into_iter().chain(err).collect();
    let mut exited: Option<(End, Instant)> = None;
    let end = loop {
        for (ended, status) in processes::reap() {
            if ended == pid {
                let end = match (status.exit_status(), status.terminating_signal()) {
                    (Some(code), _) => End::Exited(code),
                    (None, signal) => End::Signal(signal.unwrap_or(0)),
                };
                exited = Some((end, Instant::now()));
            }
        }
        let family = processes::below(me);
        if family.memory > limits.memory {
            break End::Memory;
        }
        if family.pids.len() as u64 > limits.processes {
            break End::Processes;
        }
        if streams.iter().any(|s| s.over.load(Ordering::Relaxed)) {
            break End::Output;
        }
        match &exited {
            Some((end, at)) if family.pids.is_empty() || at.elapsed() > limits.linger => break end.clone(),
            None if started.elapsed() > limits.time => break End::Time,
            _ => thread::sleep(BEAT),
        }
    };
    let milliseconds = started.elapsed().as_millis() as u64;
    let lingered = processes::kill_below(me);
    let patience = Instant::now();
    while streams.iter().any(|s| !s.reader.is_finished()) && patience.elapsed() < Duration::from_millis(500) {
        thread::sleep(Duration::from_millis(1));
    }
    let mut kept = streams.into_iter().map(Kept::take);
    let (stdout, stderr) = (kept.next().unwrap_or_default(), kept.next().unwrap_or_default());
    let told = String::from_utf8_lossy(&stderr);
    let end = match told.strip_prefix(client::NOT_STARTED) {
        Some(why) if end == End::Exited(125) => End::NotStarted(why.trim().to_owned()),
        _ => end,
    };
    Outcome { end, lingered: if exited.is_some() { lingered } else { 0 }, stdout, stderr, milliseconds }
}
