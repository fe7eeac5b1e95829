//! The commit log: what one entry says, and the state that entries add up to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Day, LakeError, LogDamage, Table, Version,
    layout::{self, CHECKPOINT, log_entry},
    schema,
};

/// The newest log format that this code writes and reads.
pub(crate) const LOG_FORMAT: u32 = 1;

/// One Parquet file of the lake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFile {
    pub table: Table,
    /// Relative to the lake's root, with `/`.
    pub path: String,
    /// Only exchanges are kept by day.
    pub day: Option<Day>,
    pub rows: u64,
    pub bytes: u64,
    /// Microseconds since the Unix epoch; absent where the table has no time.
    pub min_time: Option<i64>,
    pub max_time: Option<i64>,
    /// Version of the table's schema.
    pub schema: u32,
}

/// What a commit was for; shown to people, decides nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Operation {
    Create,
    Import,
    Accounts,
    Exemplars,
}

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Commit {
    pub(crate) format: u32,
    pub(crate) version: Version,
    /// Tells a writer that an entry is its own although the store said otherwise.
    pub(crate) id: String,
    pub(crate) operation: Operation,
    pub(crate) added: Vec<DataFile>,
    pub(crate) removed: Vec<String>,
}

/// The files that make up the lake at one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) format: u32,
    pub(crate) version: Version,
    #[serde(with = "as_list")]
    pub(crate) files: BTreeMap<String, DataFile>,
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

impl Commit {
    pub(crate) fn parse(place: &str, version: Version, bytes: &[u8]) -> Result<Self, LakeError> {
        let path = log_entry(version);
        let commit: Self = parse(place, &path, bytes)?;
        if commit.version != version {
            return Err(LakeError::DamagedLog { path, source: LogDamage::OtherVersion { found: commit.version } });
        }
        check_files(&path, commit.added.iter())?;
        Ok(commit)
    }
}

impl State {
    /// The lake before its first entry.
    pub(crate) fn before(first: &Commit) -> Self {
        Self { format: LOG_FORMAT, version: first.version, files: BTreeMap::new() }
    }

    pub(crate) fn parse(place: &str, bytes: &[u8]) -> Result<Self, LakeError> {
        let state: Self = parse(place, CHECKPOINT, bytes)?;
        check_files(CHECKPOINT, state.files.values())?;
        Ok(state)
    }

    /// The state after one more entry.
    pub(crate) fn apply(&mut self, commit: &Commit) -> Result<(), LakeError> {
        for path in &commit.removed {
            if self.files.remove(path).is_none() {
                let source = LogDamage::UnknownFile { path: path.clone() };
                return Err(LakeError::DamagedLog { path: log_entry(commit.version), source });
            }
        }
        self.files.extend(commit.added.iter().map(|file| (file.path.clone(), file.clone())));
        self.version = commit.version;
        Ok(())
    }
}

fn damaged(path: &str, source: LogDamage) -> LakeError {
    let path = path.to_owned();
    if path == CHECKPOINT {
        LakeError::DamagedCheckpoint { path, source }
    } else {
        LakeError::DamagedLog { path, source }
    }
}

/// The format is looked at first, since the rest of a newer file may not parse.
fn parse<T: DeserializeOwned>(place: &str, path: &str, bytes: &[u8]) -> Result<T, LakeError> {
    let damaged = |source| damaged(path, source);
    if bytes.is_empty() {
        return Err(damaged(LogDamage::Empty));
    }
    let Format { format } = serde_json::from_slice(bytes).map_err(|e| damaged(LogDamage::Json(e)))?;
    if format > LOG_FORMAT {
        return Err(LakeError::NewerFormat { place: place.to_owned(), found: format, known: LOG_FORMAT });
    }
    serde_json::from_slice(bytes).map_err(|e| damaged(LogDamage::Json(e)))
}

fn check_files<'a>(log: &str, files: impl Iterator<Item = &'a DataFile>) -> Result<(), LakeError> {
    for file in files {
        if !layout::is_inside(file.table, &file.path) {
            let source = LogDamage::Outside { path: file.path.clone() };
            return Err(damaged(log, source));
        }
        let known = schema::version(file.table);
        if file.schema > known {
            return Err(LakeError::NewerSchema { path: file.path.clone(), found: file.schema, known });
        }
    }
    Ok(())
}

/// Files are a map in memory and a list on disk, where each names its own path.
mod as_list {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::DataFile;

    pub(super) fn serialize<S: Serializer>(files: &BTreeMap<String, DataFile>, out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq(files.values())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, DataFile>, D::Error> {
        let files = Vec::<DataFile>::deserialize(from)?;
        Ok(files.into_iter().map(|file| (file.path.clone(), file)).collect())
    }
}
