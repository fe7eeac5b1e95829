//! What can go wrong with a lake, and what to do about it.

use std::{error::Error, io, sync::Arc};

use crate::{Day, Version};

/// Why a lake could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    #[error("`{place}` cannot be used as the folder of a lake; give a folder that this user may create and write")]
    Place {
        place: String,
        #[source]
        source: io::Error,
    },
    #[error("there is no lake in `{place}`; run `ringfence import` first, or check --data")]
    Absent { place: String },
    #[error("the lake `{place}` has log format {found}, this ringfence reads up to {known}; use a newer ringfence")]
    NewerFormat { place: String, found: u32, known: u32 },
    #[error("`{path}` has rows of schema version {found}, this ringfence reads up to {known}; use a newer ringfence")]
    NewerSchema { path: String, found: u32, known: u32 },
    #[error(
        "the lake's log file `{path}` is damaged; restore it from a backup, or import into a new folder (data files are intact)"
    )]
    DamagedLog {
        path: String,
        #[source]
        source: LogDamage,
    },
    #[error("the lake's checkpoint `{path}` is damaged; delete this file, the next commits make it again from the log")]
    DamagedCheckpoint {
        path: String,
        #[source]
        source: LogDamage,
    },
    #[error("the lake's log file `{path}` is missing although a later one is there; restore it from a backup")]
    MissingLog { path: String },
    #[error("cannot {action} `{path}`; {advice}; the lake is as it was before")]
    Store {
        action: &'static str,
        path: String,
        advice: &'static str,
        #[source]
        source: Box<object_store::Error>,
    },
    #[error("cannot write rows to `{path}`; {advice}; the lake is as it was before")]
    WriteParquet {
        path: String,
        advice: &'static str,
        #[source]
        source: parquet::errors::ParquetError,
    },
    #[error("cannot read `{path}`; restore it from a backup, or import into a new folder")]
    ReadParquet {
        path: String,
        #[source]
        source: parquet::errors::ParquetError,
    },
    #[error(
        "`{path}` has {found} by now, the lake's log says {expected} bytes; restore it from a backup, or import into a new folder"
    )]
    ChangedFile { path: String, found: String, expected: u64 },
    #[error("an earlier write failed, so nothing was committed; start the import again")]
    Poisoned,
    #[error("rows do not have the lake's schema: {difference}")]
    Schema { difference: String },
    #[error("rows could not be rearranged")]
    Arrow {
        #[source]
        source: arrow::error::ArrowError,
    },
    #[error(
        "version {version} by another process added rows of {day} meanwhile; run the import again, rows that are there are skipped"
    )]
    Overtaken { day: Day, version: Version },
    #[error("version {version} by another process wrote the {table} meanwhile; run the command again")]
    Replaced { table: &'static str, version: Version },
    #[error("{attempts} commits by other processes came first; run the command again when they are done")]
    Crowded { attempts: u32 },
    #[error("looking for repeated ids needs {rows} ids in memory, the limit is {limit}; import fewer files in one run")]
    TooManyIds { rows: u64, limit: u64 },
    #[error("cannot use `{path}` for the query's temporary files; give a folder that this user may write")]
    Spill {
        path: String,
        #[source]
        source: io::Error,
    },
    #[error("the query {query} failed; {advice}")]
    Query {
        query: &'static str,
        advice: &'static str,
        #[source]
        source: Arc<datafusion::error::DataFusionError>,
    },
    #[error("the query {query} has more than {limit} rows; raise its thresholds")]
    LargeAnswer { query: &'static str, limit: usize },
    #[error("the query {query} gave no column `{column}` of the expected type; the lake and this ringfence disagree")]
    Column { query: &'static str, column: &'static str },
}

/// Why the bytes of a log file make no sense.
#[derive(Debug, thiserror::Error)]
pub enum LogDamage {
    #[error("it is empty")]
    Empty,
    #[error("it is not the JSON of a commit")]
    Json(#[source] serde_json::Error),
    #[error("it says that it is version {found}")]
    OtherVersion { found: Version },
    #[error("it removes `{path}`, which is not in the lake")]
    UnknownFile { path: String },
    #[error("it names `{path}`, which points outside the lake")]
    Outside { path: String },
}

impl LakeError {
    pub(crate) fn store(action: &'static str, path: impl ToString, source: object_store::Error) -> Self {
        Self::Store { action, path: path.to_string(), advice: advice(&source), source: Box::new(source) }
    }

    pub(crate) fn write(path: impl ToString, source: parquet::errors::ParquetError) -> Self {
        Self::WriteParquet { path: path.to_string(), advice: advice(&source), source }
    }

    pub(crate) fn query(query: &'static str, source: datafusion::error::DataFusionError) -> Self {
        use datafusion::error::DataFusionError as E;
        let advice = match source.find_root() {
            E::ResourcesExhausted(_) => "give it more memory, or more room for temporary files",
            _ => "the cause follows",
        };
        Self::Query { query, advice, source: Arc::new(source) }
    }
}

/// The first input/output error in a chain decides what to tell the user.
fn advice(error: &(dyn Error + 'static)) -> &'static str {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(cause) = error.downcast_ref::<io::Error>() {
            match cause.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => return "free some space and run it again",
                io::ErrorKind::ReadOnlyFilesystem => return "the disk is read-only: mount it writable and run it again",
                io::ErrorKind::PermissionDenied => return "this user may not: change the rights of the folder",
                io::ErrorKind::NotADirectory => return "a file is where a folder should be: move it away",
                _ => {}
            }
        }
        next = error.source();
    }
    "check the disk or the object store and run it again"
}
