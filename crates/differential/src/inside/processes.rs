//! The processes below this one, from `/proc`.

use std::{collections::HashMap, fs};

use rustix::process::{Pid, Signal, kill_process};

/// What they are and use together.
#[derive(Debug, Default)]
pub(super) struct Family {
    pub(super) pids: Vec<i32>,
    /// Resident, without what is a file's, in bytes.
    pub(super) memory: u64,
}

/// All that descend from a process, without it; zombies are none.
pub(super) fn below(ancestor: i32) -> Family {
    let mut children: HashMap<i32, Vec<(i32, u64)>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|n| n.parse().ok()) else { continue };
        if let Some((parent, memory)) = status(pid) {
            children.entry(parent).or_default().push((pid, memory));
        }
    }
    let mut family = Family::default();
    let mut open = vec![ancestor];
    while let Some(pid) = open.pop() {
        for (child, memory) in children.remove(&pid).unwrap_or_default() {
            family.pids.push(child);
            family.memory += memory;
            open.push(child);
        }
    }
    family
}

/// Parent and memory; nothing for one that is gone.
fn status(pid: i32) -> Option<(i32, u64)> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let field = |name: &str| text.lines().find_map(|l| l.strip_prefix(name)).map(str::trim);
    let kilobytes =
        |name: &str| field(name).and_then(|v| v.split(' ').next()).and_then(|v| v.parse::<u64>().ok()).unwrap_or(0);
    if field("State:").is_some_and(|s| s.starts_with('Z') || s.starts_with('X')) {
        return None;
    }
    Some((field("PPid:")?.parse().ok()?, (kilobytes("RssAnon:") + kilobytes("RssShmem:")) << 10))
}

/// Kills them, and what they start meanwhile; gives how many there were at first.
pub(super) fn kill_below(ancestor: i32) -> u64 {
    let mut first = None;
    for _ in 0..200 {
        let family = below(ancestor);
        first.get_or_insert(family.pids.len() as u64);
        if family.pids.is_empty() {
            break;
        }
        // Stopped first, so that none of them starts another one while the list is gone through.
        for signal in [Signal::STOP, Signal::KILL] {
            for pid in family.pids.iter().filter_map(|p| Pid::from_raw(*p)) {
                let _ = kill_process(pid, signal);
            }
        }
        reap();
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    first.unwrap_or(0)
}

/// Takes the exit codes of children that ended; gives each.
pub(super) fn reap() -> Vec<(i32, rustix::process::WaitStatus)> {
    let mut all = Vec::new();
    while let Ok(Some((pid, status))) = rustix::process::wait(rustix::process::WaitOptions::NOHANG) {
        all.push((pid.as_raw_nonzero().get(), status));
    }
    all
}
