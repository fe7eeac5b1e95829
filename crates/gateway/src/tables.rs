//! The folder of tables that origins are read from: found, unpacked, dated, read and compiled, all of it or nothing.
//!
//! What a file is, its name and its day come from `tables.toml` in the folder where that names the file; else the kind
//! comes from path and content, the name is the path, and the day is that of the content or of the file's last change.
//! A folder that cannot be used as a whole is refused with every problem in it, and whoever asked keeps what was loaded.

mod error;
mod manifest;
mod unpack;
mod watch;

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

use folder::{File, Walked};
pub use folder::{Skipped, Stamp};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use origin::{Kind, Limits, Table, Tables};

use self::manifest::{MANIFEST, Manifest, Rule};
pub use self::{
    error::{LoadError, Problem},
    watch::Watch,
};

/// Rows of all tables together; each takes 48 bytes while they are compiled.
const MOST_ROWS: usize = 64_000_000;

/// A folder of tables.
#[derive(Debug, Clone)]
pub struct TableFolder {
    path: PathBuf,
}

/// All tables of a folder, and what they came from.
pub struct Loaded {
    pub tables: Tables,
    pub files: Vec<LoadedFile>,
    /// Files that are no tables, with why they were passed over.
    pub skipped: Vec<Skipped>,
    /// The folder as it was when it was read.
    pub stamp: Stamp,
}

/// A file that became a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedFile {
    pub path: PathBuf,
    /// What origins cite.
    pub name: String,
    pub kind: Kind,
    pub as_of: Date,
    pub day: Day,
    /// The last day on which its word counts.
    pub good_until: Date,
    pub rows: usize,
}

/// Who says of which day a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// `tables.toml`.
    Manifest,
    /// The table itself.
    Content,
    /// The file's last change: right for a file that was fetched, wrong for one that was copied or checked out.
    Modified,
}

impl TableFolder {
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads every table of the folder and compiles them for a day.
    ///
    /// A folder that changes meanwhile is refused, so that a file that is being written is never taken for a whole one.
    pub fn load(&self, on: Date, limits: &Limits) -> Result<Loaded, LoadError> {
        let walked = folder::walk(&self.path);
        let stamp = walked.stamp();
        let refuse = |problems| LoadError { folder: self.path.clone(), problems };
        let manifest = Manifest::of(&walked, on).map_err(refuse)?;
        let mut reading = Reading::new(&manifest, on, limits);
        let Walked { files, skipped, problems } = walked;
        reading.skipped = skipped;
        reading.problems = problems.into_iter().map(Problem::from).collect();
        files.iter().filter(|file| file.name != MANIFEST).for_each(|file| reading.add(file));
        let Reading { tables, files, skipped, problems, .. } = reading.finish();
        if !problems.is_empty() {
            return Err(refuse(problems));
        }
        if self.stamp() != stamp {
            return Err(refuse(vec![Problem::Changing]));
        }
        let tables = Tables::compile(tables, on).map_err(|refusal| refuse(vec![refusal.into()]))?;
        Ok(Loaded { tables, files, skipped, stamp })
    }

    /// The folder as it is now; reads names and times, no content.
    pub fn stamp(&self) -> Stamp {
        folder::walk(&self.path).stamp()
    }

    /// Whether a file came, went or changed. Cheap enough to ask every second; see [`Watch`] for when to load.
    pub fn changed(&self, since: &Stamp) -> bool {
        self.stamp() != *since
    }
}

/// A folder being read.
struct Reading<'m> {
    manifest: &'m Manifest,
    on: Date,
    limits: &'m Limits,
    used: Vec<bool>,
    rows: usize,
    tables: Vec<Table>,
    files: Vec<LoadedFile>,
    skipped: Vec<Skipped>,
    problems: Vec<Problem>,
}

impl<'m> Reading<'m> {
    fn new(manifest: &'m Manifest, on: Date, limits: &'m Limits) -> Self {
        let used = vec![false; manifest.len()];
        Self { manifest, on, limits, used, rows: 0, tables: vec![], files: vec![], skipped: vec![], problems: vec![] }
    }

    fn add(&mut self, file: &File) {
        let rule = self.manifest.rule(&file.name).map(|(place, rule)| {
            self.used.get_mut(place).into_iter().for_each(|used| *used = true);
            rule
        });
        if let Some(Rule::Skip { why }) = rule {
            self.skipped.push(Skipped { name: file.name.clone(), why: why.clone() });
            return;
        }
        match self.read(file, rule) {
            Ok((table, loaded)) => {
                self.rows = self.rows.saturating_add(table.len());
                self.tables.push(table);
                self.files.push(loaded);
            }
            Err(problem) => self.problems.push(problem),
        }
    }

    fn read(&self, file: &File, rule: Option<&Rule>) -> Result<(Table, LoadedFile), Problem> {
        if self.rows > MOST_ROWS {
            return Err(Problem::TooManyRows { file: file.name.clone(), limit: MOST_ROWS });
        }
        let bytes = unpack::read(file, self.limits)?;
        // Unpacked, a file is called as if it had never been packed.
        let name = file.name.strip_suffix(".gz").or_else(|| file.name.strip_suffix(".zst")).unwrap_or(&file.name);
        let settings = match rule {
            Some(Rule::Table(table)) => Some(table),
            Some(Rule::Skip { .. }) | None => None,
        };
        let role = settings.and_then(|table| table.role.clone());
        let kind = match role {
            Some(role) => Kind::with_role(name, &bytes, role)?,
            None => Kind::recognise(name, &bytes)?,
        };
        let name = settings.and_then(|table| table.name.as_deref()).unwrap_or(name);
        let given = settings.and_then(|table| table.as_of);
        let as_of = given.unwrap_or_else(|| file.modified.and_then(day).map_or(self.on, |day| day.min(self.on)));
        let mut table = Table::read(name, kind.clone(), as_of, &bytes, self.limits)?;
        if let Some(days) = settings.and_then(|table| table.max_age_days) {
            table = table.max_age_days(days);
        }
        let day = match given {
            Some(given) if given == table.as_of() => Day::Manifest,
            _ if table.knows_its_day() => Day::Content,
            _ => Day::Modified,
        };
        let loaded = LoadedFile {
            path: file.path.clone(),
            name: name.to_owned(),
            kind,
            as_of: table.as_of(),
            day,
            good_until: table.good_until(),
            rows: table.len(),
        };
        Ok((table, loaded))
    }

    /// What is wrong with the whole, once all files were read.
    fn finish(mut self) -> Self {
        let unused = self.manifest.globs().zip(&self.used).filter(|(_, used)| !**used).map(|(glob, _)| glob);
        self.problems.extend(unused.map(|glob| Problem::Unused(glob.to_owned())));
        if self.problems.is_empty() && self.tables.is_empty() {
            self.problems.push(Problem::NoTables { skipped: self.skipped.len() });
        }
        self
    }
}

/// The day of a time in UTC; none where it is past all dates.
fn day(time: SystemTime) -> Option<Date> {
    Timestamp::try_from(time).ok().map(|time| time.to_zoned(TimeZone::UTC).date())
}
