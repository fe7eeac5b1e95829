//! A folder of statements and lists: found, unpacked, read, and made into a register, all of it or nothing.
//!
//! What a file is comes from its content, or from `ownership.toml` in the folder where that names the file. A file that cannot be read
//! refuses the folder; a row that cannot be read is handed to the caller, and counted.

mod error;
mod manifest;
mod opened;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use ::folder::{File, Stamp, Walked, walk};
use ownership::{
    Builder, EntityKey, Feed, Format, Item, Reject, Statement,
    plain::{self, PlainError},
};
use rustc_hash::FxHashMap;

pub use self::error::{LoadError, Problem};
use self::{
    manifest::{Entry, MANIFEST, Manifest},
    opened::{Opened, Shape},
};
use crate::{Dossier, Register, dossier::binding};

/// A folder that holds statements of ownership and lists of names.
#[derive(Debug, Clone)]
pub struct StatementFolder {
    path: PathBuf,
}

/// A register, and what it came from.
#[derive(Debug)]
pub struct Loaded {
    pub register: Register,
    pub files: Vec<FileReport>,
    /// Files that hold no statements, with why they were passed over.
    pub skipped: Vec<::folder::Skipped>,
    /// The folder as it was when it was read.
    pub stamp: Stamp,
}

/// How one file was read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FileReport {
    pub name: String,
    pub format: String,
    pub statements: u64,
    pub rejected: u64,
    /// What is in good order and says nothing of ownership, by what it is.
    pub passed_over: BTreeMap<String, u64>,
    /// Columns that no name is known for.
    pub ignored_columns: Vec<String>,
}

impl StatementFolder {
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads every file. Each row that cannot be read goes to `reject` with its file's name.
    ///
    /// `step` is told how many bytes of how many were read, from time to time.
    pub fn load(
        &self,
        reject: &mut dyn FnMut(&str, Reject),
        step: &mut dyn FnMut(u64, u64),
    ) -> Result<Loaded, LoadError> {
        let walked = walk(&self.path);
        let stamp = walked.stamp();
        let refuse = |problems| LoadError { folder: self.path.clone(), problems };
        let Walked { files, skipped, problems } = walked;
        let mut problems: Vec<Problem> = problems.into_iter().map(Problem::from).collect();
        let manifest = Manifest::of(&files).unwrap_or_else(|problem| {
            problems.push(problem);
            Manifest::default()
        });
        let mut load = Load::new(reject, step, &files);
        for file in files.iter().filter(|file| file.name != MANIFEST) {
            let entry = manifest.entry(&file.name);
            if let Err(problem) = load.file(file, entry) {
                problems.push(problem);
            }
        }
        problems.extend(manifest.unused(&files));
        if problems.is_empty() && load.reports.is_empty() {
            problems.push(Problem::Nothing { skipped: skipped.len() });
        }
        if !problems.is_empty() {
            return Err(refuse(problems));
        }
        if walk(&self.path).stamp() != stamp {
            return Err(refuse(vec![Problem::Changing]));
        }
        let Load { builder, dossiers, keys, reports, .. } = load;
        let register = Register::new(builder.build(), dossiers, keys);
        Ok(Loaded { register, files: reports, skipped, stamp })
    }

    /// The folder as it is now; reads names and times, no content.
    pub fn stamp(&self) -> Stamp {
        walk(&self.path).stamp()
    }
}

/// A folder being read.
struct Load<'a> {
    builder: Builder,
    dossiers: FxHashMap<EntityKey, Dossier>,
    /// Binding identifiers, and the entity that each means.
    keys: FxHashMap<String, EntityKey>,
    reports: Vec<FileReport>,
    reject: &'a mut dyn FnMut(&str, Reject),
    step: &'a mut dyn FnMut(u64, u64),
    done: u64,
    total: u64,
}

impl<'a> Load<'a> {
    fn new(reject: &'a mut dyn FnMut(&str, Reject), step: &'a mut dyn FnMut(u64, u64), files: &[File]) -> Self {
        Self {
            builder: Builder::new(),
            dossiers: FxHashMap::default(),
            keys: FxHashMap::default(),
            reports: Vec::new(),
            reject,
            step,
            done: 0,
            total: files.iter().map(File::length).sum(),
        }
    }

    fn file(&mut self, file: &File, entry: Option<&Entry>) -> Result<(), Problem> {
        if entry.is_some_and(|entry| entry.skip) {
            return Ok(());
        }
        let name = entry.and_then(|entry| entry.source.as_deref()).unwrap_or(&file.name).to_owned();
        let opened = Opened::at(&file.path).map_err(|error| Problem::unreadable(&file.name, error))?;
        let shape = match entry.and_then(|entry| entry.format) {
            Some(format) => Shape::Other(format),
            // Its content is that of `sdn.csv`, and its parties are not blocked.
            None if is_consolidated(&file.name) => Shape::Other(Format::OfacConsolidated),
            None => opened.shape(),
        };
        match shape {
            Shape::Stakes | Shape::Entities => self.plain(&name, shape, opened),
            Shape::Other(format) => self.read(file, &name, format, entry),
            Shape::Summary => Err(Problem::Summary { file: file.name.clone() }),
        }?;
        self.done += file.length();
        (self.step)(self.done, self.total);
        Ok(())
    }

    fn plain(&mut self, name: &str, shape: Shape, opened: Opened) -> Result<(), Problem> {
        let (reject, builder) = (&mut *self.reject, &mut self.builder);
        let (format, loaded) = match shape {
            Shape::Stakes => ("stakes", plain::stakes(name, opened, builder, |row| reject(name, row))),
            _ => ("entities", plain::entities(name, opened, builder, |row| reject(name, row))),
        };
        let loaded = loaded.map_err(|source: PlainError| Problem::Plain { source })?;
        self.reports.push(FileReport {
            name: name.to_owned(),
            format: format.to_owned(),
            statements: loaded.rows,
            rejected: loaded.rejected,
            passed_over: BTreeMap::new(),
            ignored_columns: loaded.ignored,
        });
        Ok(())
    }

    fn read(&mut self, file: &File, name: &str, format: Format, entry: Option<&Entry>) -> Result<(), Problem> {
        // Packed as it lies there: these readers unpack by themselves, and say where a stream is cut or damaged.
        let opened = fs::File::open(&file.path).map_err(|error| Problem::unreadable(&file.name, error))?;
        let list = entry.and_then(|entry| entry.list.clone());
        let feed = Feed { format, list, ..Feed::of(name) };
        let (builder, dossiers, keys) = (&mut self.builder, &mut self.dossiers, &mut self.keys);
        let reject = &mut *self.reject;
        let outcome = ownership::read(opened, &feed, &mut |item| match item {
            Item::Reject(row) => reject(name, row),
            Item::Statement(statement) => {
                builder.state(&statement);
                if let Statement::Entity(entity) = &statement {
                    describe(dossiers, keys, builder, entity);
                }
            }
        });
        if let Some(source) = outcome.failure {
            return Err(Problem::Read { file: file.name.clone(), source });
        }
        let totals = &outcome.totals;
        self.reports.push(FileReport {
            name: name.to_owned(),
            format: outcome.format.unwrap_or(format).name().to_owned(),
            statements: totals.statements(),
            rejected: totals.rejected(),
            passed_over: totals.passed_over.iter().map(|(what, count)| (what.to_string(), *count)).collect(),
            ignored_columns: Vec::new(),
        });
        Ok(())
    }
}

/// Whether a file has the name under which OFAC publishes its consolidated non-SDN list.
fn is_consolidated(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    ["cons_prim.csv", "cons_prim.csv.gz", "cons_prim.csv.zst"].contains(&name.as_str())
}

/// Keeps what is said of an entity, and ties it to the one that the same identifier means.
fn describe(
    dossiers: &mut FxHashMap<EntityKey, Dossier>,
    keys: &mut FxHashMap<String, EntityKey>,
    builder: &mut Builder,
    entity: &ownership::Entity,
) {
    for identifier in entity.identifiers.iter().filter_map(binding) {
        match keys.get(&identifier) {
            Some(known) if *known != entity.key => builder.same(known.as_str(), entity.key.as_str()),
            Some(_) => {}
            None => {
                keys.insert(identifier, entity.key.clone());
            }
        }
    }
    dossiers.entry(entity.key.clone()).or_default().add(entity);
}

impl std::fmt::Debug for Load<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Load").field("done", &self.done).field("total", &self.total).finish_non_exhaustive()
    }
}
