//! The files of a folder, in order and within limits; what is plainly no data is passed over with a reason.

use std::{
    fs::{self, Metadata},
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use crate::Problem;

/// Files and folders that are looked at.
const MOST_ENTRIES: usize = 4096;
/// Folders within folders.
const DEEPEST: usize = 8;

/// What lies in a folder.
#[derive(Debug)]
pub struct Walked {
    /// By name.
    pub files: Vec<File>,
    pub skipped: Vec<Skipped>,
    pub problems: Vec<Problem>,
}

/// A file that may be data.
#[derive(Debug)]
pub struct File {
    /// Its path below the folder, with `/`.
    pub name: String,
    pub path: PathBuf,
    /// When it was last changed, where the system says so.
    pub modified: Option<SystemTime>,
    mark: Mark,
}

/// A file that is no data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its path below the folder; of a folder, everything in it.
    pub name: String,
    pub why: String,
}

/// The state of a folder: which files are there, how long they are, and when they changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    marks: Vec<(String, Mark)>,
    problems: Vec<String>,
}

/// What differs once a file was written to or replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    length: u64,
    modified: Option<SystemTime>,
    /// Device, inode, and the time of the last change of any kind, which no tool can set.
    identity: [i64; 4],
}

impl File {
    /// In bytes, as it lies there.
    pub fn length(&self) -> u64 {
        self.mark.length
    }
}

impl Walked {
    /// The state that was seen.
    pub fn stamp(&self) -> Stamp {
        Stamp {
            marks: self.files.iter().map(|file| (file.name.clone(), file.mark)).collect(),
            problems: self.problems.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Mark {
    fn of(meta: &Metadata) -> Self {
        Self { length: meta.len(), modified: meta.modified().ok(), identity: identity(meta) }
    }
}

#[cfg(unix)]
fn identity(meta: &Metadata) -> [i64; 4] {
    use std::os::unix::fs::MetadataExt;
    [meta.dev().cast_signed(), meta.ino().cast_signed(), meta.ctime(), meta.ctime_nsec()]
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> [i64; 4] {
    [0; 4]
}

/// Lists a folder and the folders in it. Links are followed, but never in a circle.
pub fn walk(folder: &Path) -> Walked {
    let mut walk = Walk {
        found: Walked { files: vec![], skipped: vec![], problems: vec![] },
        entries: 0,
        inside: Vec::with_capacity(DEEPEST),
    };
    match fs::canonicalize(folder) {
        Ok(real) if real.is_dir() => walk.folder(folder, "", real),
        Ok(_) => walk.found.problems.push(Problem::NoFolder),
        Err(error) if error.kind() == io::ErrorKind::NotFound => walk.found.problems.push(Problem::NoFolder),
        Err(error) => walk.problem_of(".", error),
    }
    walk.found.files.sort_by(|a, b| a.name.cmp(&b.name));
    walk.found
}

struct Walk {
    found: Walked,
    entries: usize,
    /// The folders around the present place, as they are really called.
    inside: Vec<PathBuf>,
}

impl Walk {
    fn folder(&mut self, path: &Path, name: &str, real: PathBuf) {
        if self.inside.contains(&real) {
            return self.found.problems.push(Problem::Circle(name.to_owned()));
        }
        if self.inside.len() > DEEPEST {
            return self.found.problems.push(Problem::TooDeep(name.to_owned(), DEEPEST));
        }
        let shown = if name.is_empty() { "." } else { name };
        let mut paths = match list(path, MOST_ENTRIES.saturating_sub(self.entries)) {
            Ok(Some(paths)) => paths,
            Ok(None) => {
                // Every folder further up runs into the same limit; one word about it is enough.
                self.entries = MOST_ENTRIES;
                if !self.found.problems.iter().any(|problem| matches!(problem, Problem::TooManyFiles(_))) {
                    self.found.problems.push(Problem::TooManyFiles(MOST_ENTRIES));
                }
                return;
            }
            Err(error) => return self.problem_of(shown, error),
        };
        paths.sort();
        self.entries += paths.len();
        self.inside.push(real);
        for path in paths {
            match path.file_name().map(|own| own.to_str()) {
                Some(Some(own)) => {
                    let name = if name.is_empty() { own.to_owned() } else { format!("{name}/{own}") };
                    self.entry(path.clone(), name);
                }
                _ => self.found.problems.push(Problem::Name(path.to_string_lossy().into_owned())),
            }
        }
        self.inside.pop();
    }

    fn entry(&mut self, path: PathBuf, name: String) {
        let own = name.rsplit('/').next().unwrap_or(&name);
        if let Some(why) = is_temporary(own) {
            return self.skip(name, why);
        }
        let meta = match fs::metadata(&path) {
            Ok(meta) => meta,
            Err(error) => return self.problem_of(&name, error),
        };
        let is_folder = meta.is_dir();
        let why = if is_folder { is_other_folder(own) } else { is_other_file(own) };
        match why {
            Some(why) => self.skip(name, why),
            None if is_folder => match fs::canonicalize(&path) {
                Ok(real) => self.folder(&path, &name, real),
                Err(error) => self.problem_of(&name, error),
            },
            // Opening a pipe would wait for whoever writes to it.
            None if !meta.is_file() => self.skip(name, "neither a file nor a folder"),
            None => {
                let (mark, modified) = (Mark::of(&meta), meta.modified().ok());
                self.found.files.push(File { name, path, modified, mark });
            }
        }
    }

    fn skip(&mut self, name: String, why: &str) {
        self.found.skipped.push(Skipped { name, why: why.to_owned() });
    }

    fn problem_of(&mut self, file: &str, error: io::Error) {
        self.found.problems.push(Problem::Unreadable { file: file.to_owned(), error });
    }
}

/// The entries of a folder; none where they are too many.
fn list(folder: &Path, limit: usize) -> io::Result<Option<Vec<PathBuf>>> {
    let paths: Vec<PathBuf> = fs::read_dir(folder)?
        .take(limit.saturating_add(1))
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    Ok((paths.len() <= limit).then_some(paths))
}

/// Names that a writer uses until a file is whole.
fn is_temporary(own: &str) -> Option<&'static str> {
    let ending = own.rsplit_once('.').map(|(_, ending)| ending);
    let temporary = ["tmp", "temp", "part", "partial", "swp", "bak"];
    match () {
        () if own.starts_with('.') => Some("a hidden name"),
        () if own.ends_with('~') || ending.is_some_and(|ending| temporary.contains(&ending)) => {
            Some("a temporary name")
        }
        () => None,
    }
}

fn is_other_folder(own: &str) -> Option<&'static str> {
    match own.to_ascii_lowercase().as_str() {
        "test-data" | "testdata" | "bad-data" | "source-data" => Some("test data"),
        "licenses" | "licences" => Some("licences"),
        _ => None,
    }
}

fn is_other_file(own: &str) -> Option<&'static str> {
    let own = own.to_ascii_lowercase();
    let (stem, ending) = own.split_once('.').unwrap_or((&own, ""));
    match (stem, ending) {
        ("license" | "licence" | "copying" | "copyright" | "notice", _) => Some("a licence"),
        ("readme" | "changelog", _) | (_, "md") => Some("a readme"),
        ("sha256sums" | "sha512sums" | "md5sums", _) => Some("checksums"),
        _ if own.ends_with(".sha256") || own.ends_with(".md5") => Some("checksums"),
        _ if own.ends_with(".sig") || own.ends_with(".asc") => Some("a signature"),
        _ => None,
    }
}
