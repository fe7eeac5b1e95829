//! A row of either database, read column by column.

use std::fmt::Display;

use sqlx::{Row as _, postgres::PgRow, sqlite::SqliteRow};

use crate::StoreError;

const ACTION: &str = "be read";

/// A row of an answer; columns are counted from zero and named for messages.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl From<SqliteRow> for Row {
    fn from(row: SqliteRow) -> Self {
        Self::Sqlite(row)
    }
}

impl From<PgRow> for Row {
    fn from(row: PgRow) -> Self {
        Self::Postgres(row)
    }
}

macro_rules! get {
    ($row:expr, $at:expr, $column:expr) => {
        match $row {
            Row::Sqlite(row) => row.try_get($at),
            Row::Postgres(row) => row.try_get($at),
        }
        .map_err(|error| StoreError::value(ACTION, $column, error))
    };
}

impl Row {
    pub(crate) fn whole(&self, at: usize, column: &'static str) -> Result<i64, StoreError> {
        get!(self, at, column)
    }

    pub(crate) fn maybe_whole(&self, at: usize, column: &'static str) -> Result<Option<i64>, StoreError> {
        get!(self, at, column)
    }

    pub(crate) fn text(&self, at: usize, column: &'static str) -> Result<String, StoreError> {
        get!(self, at, column)
    }

    pub(crate) fn maybe_text(&self, at: usize, column: &'static str) -> Result<Option<String>, StoreError> {
        get!(self, at, column)
    }

    pub(crate) fn maybe_bytes(&self, at: usize, column: &'static str) -> Result<Option<Vec<u8>>, StoreError> {
        get!(self, at, column)
    }

    /// A text that was checked before it was written, checked again.
    pub(crate) fn parse<T>(&self, at: usize, column: &'static str) -> Result<T, StoreError>
    where
        T: TryFrom<String>,
        T::Error: Display,
    {
        let text = self.text(at, column)?;
        T::try_from(text).map_err(|error| StoreError::value(ACTION, column, error))
    }

    pub(crate) fn maybe_parse<T>(&self, at: usize, column: &'static str) -> Result<Option<T>, StoreError>
    where
        T: TryFrom<String>,
        T::Error: Display,
    {
        let text = self.maybe_text(at, column)?;
        text.map(T::try_from).transpose().map_err(|error| StoreError::value(ACTION, column, error))
    }

    /// A word out of a closed list.
    pub(crate) fn word<T>(
        &self,
        at: usize,
        column: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        let text = self.text(at, column)?;
        read(&text).ok_or_else(|| StoreError::value(ACTION, column, text))
    }

    pub(crate) fn time(&self, at: usize, column: &'static str) -> Result<exchanges::Time, StoreError> {
        let micros = self.whole(at, column)?;
        exchanges::Time::from_micros(micros).map_err(|error| StoreError::value(ACTION, column, error))
    }

    pub(crate) fn maybe_time(&self, at: usize, column: &'static str) -> Result<Option<exchanges::Time>, StoreError> {
        let micros = self.maybe_whole(at, column)?;
        let time = micros.map(exchanges::Time::from_micros).transpose();
        time.map_err(|error| StoreError::value(ACTION, column, error))
    }

    pub(crate) fn bytes32(&self, at: usize, column: &'static str) -> Result<[u8; 32], StoreError> {
        let bytes: Vec<u8> = get!(self, at, column)?;
        bytes.try_into().map_err(|bytes: Vec<u8>| StoreError::value(ACTION, column, format!("{} bytes", bytes.len())))
    }

    /// A count or a version, which is never below zero.
    pub(crate) fn unsigned<T: TryFrom<i64>>(&self, at: usize, column: &'static str) -> Result<T, StoreError> {
        let found = self.whole(at, column)?;
        T::try_from(found).map_err(|_| StoreError::value(ACTION, column, found))
    }
}
