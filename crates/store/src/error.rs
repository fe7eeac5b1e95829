//! What can go wrong with a store, and what to do about it.

use std::{error::Error, io};

use crate::text::TextError;

/// Why a store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is gone, full, busy or closed to us. Keep the last book, and say that it is stale.
    ///
    /// A change may have been made although its answer was lost: every call can be made again.
    #[error("the database could not {action}; {advice}")]
    Unavailable {
        action: &'static str,
        advice: &'static str,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// What is there says otherwise.
    #[error("{thing} {why}")]
    Conflict { thing: String, why: &'static str },
    #[error("there is no {thing}")]
    NotFound { thing: String },
    /// The request itself is not taken; nothing was changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// What the database holds was not written by this ringfence.
    #[error("the database is damaged: it could not {action}; restore it from a backup")]
    Damaged {
        action: &'static str,
        #[source]
        source: Damage,
    },
}

/// Why a request is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the {field} is not taken")]
    Text {
        field: &'static str,
        #[source]
        source: TextError,
    },
    #[error("a confidence of {permille} thousandths is more than all; give 0 to 1000")]
    Confidence { permille: u16 },
    #[error("it ends before it begins; give a later end")]
    EndsBeforeItBegins,
    #[error("{found} {what} in one call, the limit is {limit}; split them")]
    Batch { what: &'static str, found: usize, limit: usize },
    #[error("{thing} has {limit} {what} already; remove some first")]
    Full { thing: String, what: &'static str, limit: u32 },
    #[error("{limit} appeals against {decision} are open or decided; wait for the answer")]
    AppealsOfDecision { decision: String, limit: u32 },
    #[error("there were {limit} appeals {whose} within a day; try again tomorrow")]
    AppealsOfDay { whose: &'static str, limit: u32 },
    #[error("a page of {asked} cases is not given; ask for 1 to {limit}")]
    Page { asked: u32, limit: u32 },
    #[error("{asked} rows are not given at once; ask for 1 to {limit}")]
    Rows { asked: u32, limit: u32 },
    #[error(
        "the store holds {found} accounts, a book takes {limit}; raise the limit of accounts if there is memory, or erase accounts that are gone"
    )]
    TooManyAccounts { found: u64, limit: usize },
    #[error("the database has schema version {found}, this ringfence knows up to {known}; use a newer ringfence")]
    NewerSchema { found: i64, known: i64 },
    #[error("the PostgreSQL server keeps texts as {encoding}; create the database with ENCODING 'UTF8'")]
    Encoding { encoding: String },
    #[error("the folder `{folder}` of the SQLite file does not exist; create it first")]
    NoFolder { folder: String },
}

/// What about the database is damaged.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    #[error("{column} holds `{found}`")]
    Value { column: &'static str, found: String },
    #[error("the database says so")]
    Database(#[source] Box<dyn Error + Send + Sync>),
}

impl StoreError {
    pub(crate) fn not_found(what: &str, id: impl std::fmt::Display) -> Self {
        Self::NotFound { thing: format!("{what} `{id}`") }
    }

    pub(crate) fn conflict(what: &str, id: impl std::fmt::Display, why: &'static str) -> Self {
        Self::Conflict { thing: format!("{what} `{id}`"), why }
    }

    pub(crate) fn value(action: &'static str, column: &'static str, found: impl std::fmt::Display) -> Self {
        let found = found.to_string().chars().take(64).flat_map(char::escape_debug).collect();
        Self::Damaged { action, source: Damage::Value { column, found } }
    }

    /// Sorts an error of the driver by what the caller can do about it.
    pub(crate) fn sql(action: &'static str, error: sqlx::Error) -> Self {
        let damaged = |error: sqlx::Error| Self::Damaged { action, source: Damage::Database(Box::new(error)) };
        let untrusted =
            "its certificate is not trusted; give `sslrootcert=FILE` in its URL, or choose another `sslmode`";
        let advice = match &error {
            sqlx::Error::Io(cause) if cause.kind() == io::ErrorKind::InvalidData => untrusted,
            sqlx::Error::Io(cause) if cause.kind() == io::ErrorKind::PermissionDenied => {
                "this user may not; change the rights of the file and its folder"
            }
            sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Protocol(_) => {
                "check that it runs and can be reached, then try again"
            }
            sqlx::Error::Tls(_) => untrusted,
            sqlx::Error::PoolTimedOut | sqlx::Error::BeginFailed => {
                "it refuses connections, has too many clients, or did not answer in time; check that it runs and can be reached, \
                 lower the connections here or raise `max_connections` there"
            }
            sqlx::Error::Configuration(_) => "a parameter in its URL is wrong",
            sqlx::Error::Database(cause) => match code_advice(cause.code().as_deref()) {
                Some(advice) => advice,
                None => return damaged(error),
            },
            _ => return damaged(error),
        };
        Self::Unavailable { action, advice, source: Box::new(error) }
    }
}

/// What to do about a SQLSTATE or a code of SQLite; none where data or schema are not ours.
fn code_advice(code: Option<&str>) -> Option<&'static str> {
    let code = code?;
    if let Ok(number) = code.parse::<u32>()
        && code.len() < 5
    {
        // The low byte of an extended code is the primary one.
        return match number & 0xff {
            5 | 6 => Some("another process is writing to it, try again"),
            8 => Some("it cannot be written to; check the rights of the file and its folder"),
            10 => Some("the disk reports errors; check it, then try again"),
            13 => Some("the disk is full; free some space, then try again"),
            14 => Some("the file cannot be opened; check its path and rights"),
            9 | 15 | 7 => Some("it was interrupted, try again"),
            _ => None,
        };
    }
    match code {
        "53300" => Some("it has too many clients; lower the connections here or raise `max_connections` there"),
        "53100" => Some("its disk is full; free some space, then try again"),
        "55P03" | "57014" | "40001" | "40P01" => Some("another client held what was needed for too long, try again"),
        "25006" => Some("it is a read-only replica; give the URL of the primary"),
        "3D000" => Some("no database has that name; create it first"),
        "42501" => Some("the user may not; grant it the rights on the schema"),
        _ => match code.get(..2) {
            Some("08" | "53" | "57" | "58" | "25") => Some("check that it runs and can be reached, then try again"),
            Some("28") => Some("user or password are wrong"),
            _ => None,
        },
    }
}
