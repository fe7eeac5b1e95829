//! What runs on the machine, by `/proc` of the root: programs, scripts they were given, files that are gone, ports that are listened on.
//!
//! Of a command line only words that are paths are looked at; they are compared, and never told.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ffi::CString,
    path::Path,
};

use sweep::{
    MachinePath,
    catalogue::{Catalogue, Class},
    matcher::{Entry, Matcher},
    plan::{Plan, Running},
    scan::{Confidence, Evidence, Item, Kind},
};

use crate::{
    handle::{Dir, read_limited},
    homes::Accounts,
};

/// Most processes that are looked at, and most words of a command line.
const MAX_PROCESSES: usize = 65_536;
const MAX_WORDS: usize = 16;
const MAX_LINE: u64 = 128 << 10;
const MAX_TABLE: u64 = 32 << 20;
/// Ends the name of a program whose file is gone.
const GONE: &[u8] = b" (deleted)";

/// One process, as far as it matters.
pub(crate) struct Process {
    pub pid: u32,
    name: String,
    uid: u32,
    /// Its program, and whether the file is gone.
    program: Option<(MachinePath, bool)>,
    /// Paths on its command line: a script of an interpreter.
    words: Vec<MachinePath>,
    sockets: BTreeSet<u64>,
}

/// Processes of a root that has a `/proc`; none where there is no such folder.
pub(crate) fn processes(root: &Dir) -> Vec<Process> {
    let Ok(proc) = root.folder(c"proc") else { return Vec::new() };
    let Ok(names) = proc.names() else { return Vec::new() };
    let pids = names.iter().filter_map(|name| name.to_str().ok()?.parse::<u32>().ok());
    pids.take(MAX_PROCESSES).filter_map(|pid| read(&proc, pid)).collect()
}

fn read(proc: &Dir, pid: u32) -> Option<Process> {
    let folder = proc.folder(&CString::new(pid.to_string()).ok()?).ok()?;
    let uid = folder.stat().ok()?.st_uid;
    let text = |name| {
        let (file, _) = folder.file(name).ok()?;
        read_limited(&file, 0, MAX_LINE).ok()?
    };
    let name = String::from_utf8_lossy(&text(c"comm")?).trim().chars().filter(|c| !c.is_control()).collect();
    let link = rustix::fs::readlinkat(&folder, c"exe", Vec::new()).ok().map(CString::into_bytes);
    let program = link.and_then(|link| {
        let gone = link.ends_with(GONE);
        let path = if gone { link.strip_suffix(GONE)? } else { &link };
        Some((MachinePath::from_bytes(path).ok()?, gone))
    });
    let line = text(c"cmdline").unwrap_or_default();
    let words = line.split(|byte| *byte == 0).skip(1).take(MAX_WORDS);
    let words = words.filter_map(|word| MachinePath::from_bytes(word).ok()).collect();
    Some(Process { pid, name, uid, program, words, sockets: sockets(&folder) })
}

/// Inodes of its sockets; none where this user may not ask.
fn sockets(folder: &Dir) -> BTreeSet<u64> {
    let Ok(handles) = folder.folder(c"fd") else { return BTreeSet::new() };
    let inode = |name: &CString| {
        let link = rustix::fs::readlinkat(&handles, name, Vec::new()).ok()?;
        link.to_str().ok()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
    };
    handles.names().unwrap_or_default().iter().filter_map(inode).collect()
}

impl Process {
    /// Paths by which it may be known.
    fn paths(&self) -> impl Iterator<Item = &MachinePath> {
        self.program.iter().map(|(path, _)| path).chain(&self.words)
    }

    fn told(&self) -> String {
        let gone = if self.program.as_ref().is_some_and(|(_, gone)| *gone) { ", its file is gone" } else { "" };
        format!("pid {} ({}){gone}", self.pid, self.name)
    }
}

/// A port that something listens on, and the inode of its socket.
struct Listener {
    port: u16,
    inode: u64,
}

/// Listening sockets of the network that this process sees.
fn listeners(root: &Dir) -> Vec<Listener> {
    let mut all = Vec::new();
    let Ok(own) = CString::new(std::process::id().to_string()) else { return all };
    let net = root.folder(c"proc").and_then(|proc| proc.folder(&own)).and_then(|own| own.folder(c"net"));
    let Ok(net) = net else { return all };
    for table in [c"tcp", c"tcp6"] {
        let Ok((file, _)) = net.file(table) else { continue };
        let Ok(Some(bytes)) = read_limited(&file, 0, MAX_TABLE) else { continue };
        all.extend(String::from_utf8_lossy(&bytes).lines().skip(1).filter_map(listener));
    }
    all
}

/// `sl local_address rem_address st … inode`: state 0A listens.
fn listener(line: &str) -> Option<Listener> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let [_, local, _, "0A", _, _, _, _, _, inode, ..] = fields[..] else { return None };
    let (_, port) = local.rsplit_once(':')?;
    Some(Listener { port: u16::from_str_radix(port, 16).ok()?, inode: inode.parse().ok()? })
}

/// Adds what runs to what was found: evidence of items, and items of their own for programs whose files are gone and for ports.
pub(crate) fn add(items: &mut Vec<Item>, root: &Dir, catalogue: &Catalogue, matcher: &Matcher, accounts: &Accounts) {
    let processes = processes(root);
    if processes.is_empty() {
        return;
    }
    let mut by_path: HashMap<MachinePath, usize> = HashMap::new();
    for (at, item) in items.iter().enumerate().filter(|(_, item)| is_program(item)) {
        by_path.entry(item.path.clone()).or_insert(at);
    }
    let mut of_tool: BTreeMap<u32, String> = BTreeMap::new();
    let mut gone = Vec::new();
    for process in &processes {
        let hit = process.paths().find_map(|path| within(path, &by_path));
        if let Some(item) = hit.and_then(|at| items.get_mut(at)) {
            of_tool.insert(process.pid, item.subject.clone());
            // A busy program may have hundreds of processes.
            if item.evidence.iter().filter(|evidence| evidence.rule == "running").count() < 16 {
                item.evidence.push(Evidence::new("running", process.told()));
            }
            continue;
        }
        let Some((path, true)) = &process.program else { continue };
        if let Some(tool) = place(path, matcher) {
            of_tool.insert(process.pid, tool.clone());
            let why = Evidence::new("running", process.told());
            gone.push(item(tool, Kind::Client, path.clone(), Confidence::Medium, why, accounts.name(process.uid)));
        }
    }
    items.extend(gone);
    ports(items, root, catalogue, &processes, &of_tool, accounts);
}

fn is_program(item: &Item) -> bool {
    matches!(item.kind, Kind::Client | Kind::Service | Kind::Extension) && item.confidence > Confidence::Low
}

fn within(path: &MachinePath, items: &HashMap<MachinePath, usize>) -> Option<usize> {
    items.get(path).copied().or_else(|| path.above().find_map(|folder| items.get(&folder).copied()))
}

/// The tool whose program's place a path is or lies in, by words alone.
fn place(path: &MachinePath, matcher: &Matcher) -> Option<String> {
    let mut position = matcher.root();
    let mut left = path.steps().count();
    for step in path.steps() {
        left -= 1;
        let entry = if left == 0 { Entry::File } else { Entry::Folder };
        let next = matcher.step(&position, step, entry);
        let program = next.hits.iter().find(|hit| matcher.spot(**hit) == (Class::Program, false));
        if let Some(hit) = program {
            return Some(matcher.tool(hit.tool).to_owned());
        }
        position = next.position;
    }
    None
}

/// A port of the catalogue that is listened on: surer when the program behind it is known to be the tool's.
fn ports(
    items: &mut Vec<Item>,
    root: &Dir,
    catalogue: &Catalogue,
    processes: &[Process],
    of_tool: &BTreeMap<u32, String>,
    accounts: &Accounts,
) {
    let mut told: BTreeSet<(String, u16)> = BTreeSet::new();
    for Listener { port, inode } in listeners(root) {
        for tool in catalogue.tools().filter(|tool| tool.ports.contains(&port)) {
            if !told.insert((tool.id.clone(), port)) {
                continue;
            }
            let process = processes.iter().find(|process| process.sockets.contains(&inode));
            let text = match process {
                Some(process) => format!("port {port} is listened on by {}", process.told()),
                None => format!("port {port} is listened on; by whom cannot be seen"),
            };
            let own = process.is_some_and(|process| of_tool.get(&process.pid) == Some(&tool.id));
            let known = items.iter_mut().find(|item| own && item.subject == tool.id && is_program(item));
            if let Some(item) = known {
                item.evidence.push(Evidence::new("port", text));
                continue;
            }
            // A port alone is anybody's.
            let program = process.and_then(|process| process.program.as_ref()).map(|(path, _)| path.clone());
            let Some(path) = program.or_else(|| "/proc/net/tcp".parse().ok()) else { continue };
            let owner = process.map(|process| accounts.name(process.uid)).unwrap_or_default();
            let why = Evidence::new("port", text);
            items.push(item(tool.id.clone(), Kind::Service, path, Confidence::Low, why, owner));
        }
    }
}

fn item(subject: String, kind: Kind, path: MachinePath, confidence: Confidence, why: Evidence, owner: String) -> Item {
    Item {
        subject,
        kind,
        class: if kind == Kind::Service { Class::Service } else { Class::Program },
        path,
        confidence,
        evidence: vec![why],
        bytes: None,
        files: None,
        digest: None,
        owner,
        version: None,
        model: None,
        keys: vec![],
        repository: false,
        state: None,
        needed_by: vec![],
    }
}

/// Processes that still run what a plan takes, from where it was or out of the vault.
pub fn running(root: &Path, vault: &Path, plan: &Plan) -> Vec<Running> {
    let Ok(folder) = Dir::open(root) else { return Vec::new() };
    let objects: HashMap<MachinePath, usize> = plan
        .objects()
        .iter()
        .enumerate()
        .filter(|(_, o)| o.action.acts())
        .map(|(at, o)| (o.path.clone(), at))
        .collect();
    // A file that was renamed goes by its new name.
    let hex = plan.digest().trim_start_matches("sha256:");
    let taken = std::fs::canonicalize(vault).ok().map(|vault| vault.join(hex).join("objects"));
    let taken = taken.and_then(|path| MachinePath::from_bytes(path.as_os_str().as_encoded_bytes()).ok());
    let of_vault = |path: &MachinePath| {
        let inside = taken.as_ref().is_some_and(|taken| path.is_within(taken));
        let number = path.steps().nth(taken.as_ref()?.steps().count())?;
        inside.then(|| std::str::from_utf8(number).ok()?.parse::<usize>().ok()).flatten()
    };
    let mut found = Vec::new();
    for process in processes(&folder) {
        let hit = process.paths().find_map(|path| within(path, &objects).or_else(|| of_vault(path)));
        if let Some(object) = hit.and_then(|at| plan.objects().get(at)) {
            let (subject, path) = (object.subject.clone(), object.path.clone());
            found.push(Running { subject, path, what: process.told() });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::listener;

    #[test]
    fn only_sockets_that_listen_count() {
        let line =
            "   0: 0100007F:2CAA 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 51234 1 0";
        let found = listener(line).expect("it listens");
        assert_eq!((found.port, found.inode), (11434, 51234));
        assert!(listener(&line.replace(" 0A ", " 01 ")).is_none());
        for bad in ["", "sl local", "0: x 0 0A 0 0 0 0 0 1", "0: 0:10000 0 0A 0 0 0 0 0 1"] {
            assert!(listener(bad).is_none(), "{bad}");
        }
    }
}
