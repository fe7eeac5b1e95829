//! Rows that could not be read: why, where, and their bytes, so that none is lost in silence.

use std::{borrow::Cow, fmt};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;

use crate::PercentError;

/// Why a row, or a part of one, was refused; the code is stable and is what is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    BadJson,
    BadXml,
    BadCsv,
    MissingField,
    WrongType,
    /// A percentage that cannot be read.
    BadPercent,
    /// A percentage over 100.
    OverWhole,
    /// A percentage below nothing.
    Negative,
    BadDate,
    /// An end before its beginning.
    DateOrder,
    BadId,
    /// A code of a country or territory that is none.
    BadPlace,
    /// An LEI whose shape or check digits are wrong.
    BadLei,
    /// An owner that is what it owns.
    SelfOwnership,
    InvalidUtf8,
    NulByte,
    RowTooLong,
    NameTooLong,
    TooManyValues,
    /// The row was cut off where the file ends.
    Truncated,
    /// A kind of record, interest or code that no reader knows.
    UnknownSchema,
}

/// One refused row, or one refused part of a row of which the rest was read.
#[derive(Clone, PartialEq, Eq)]
pub struct Reject {
    /// Line in the unpacked text, from 1, on which the row begins.
    pub line: u64,
    pub reason: Reason,
    /// What is wrong and what to do, with the row's own text in backticks and clipped.
    pub detail: String,
    /// The row as it stood; only its beginning when it was too long.
    pub original: Vec<u8>,
}

/// Why a row is refused, before its place is known.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) reason: Reason,
    pub(crate) detail: String,
}

impl Reason {
    pub const ALL: [Self; 21] = [
        Self::BadJson,
        Self::BadXml,
        Self::BadCsv,
        Self::MissingField,
        Self::WrongType,
        Self::BadPercent,
        Self::OverWhole,
        Self::Negative,
        Self::BadDate,
        Self::DateOrder,
        Self::BadId,
        Self::BadPlace,
        Self::BadLei,
        Self::SelfOwnership,
        Self::InvalidUtf8,
        Self::NulByte,
        Self::RowTooLong,
        Self::NameTooLong,
        Self::TooManyValues,
        Self::Truncated,
        Self::UnknownSchema,
    ];

    /// Why a percentage cannot be taken.
    pub(crate) fn of_percent(error: &PercentError) -> Self {
        match error {
            PercentError::Negative { .. } => Self::Negative,
            PercentError::OverWhole { .. } => Self::OverWhole,
            PercentError::Empty
            | PercentError::TooLong { .. }
            | PercentError::Unreadable { .. }
            | PercentError::NoValue { .. } => Self::BadPercent,
        }
    }

    /// The name under which rejects are counted, such as `missing-field`.
    pub fn code(self) -> &'static str {
        match self {
            Self::BadJson => "bad-json",
            Self::BadXml => "bad-xml",
            Self::BadCsv => "bad-csv",
            Self::MissingField => "missing-field",
            Self::WrongType => "wrong-type",
            Self::BadPercent => "bad-percent",
            Self::OverWhole => "over-whole",
            Self::Negative => "negative",
            Self::BadDate => "bad-date",
            Self::DateOrder => "date-order",
            Self::BadId => "bad-id",
            Self::BadPlace => "bad-place",
            Self::BadLei => "bad-lei",
            Self::SelfOwnership => "self-ownership",
            Self::InvalidUtf8 => "invalid-utf8",
            Self::NulByte => "nul-byte",
            Self::RowTooLong => "row-too-long",
            Self::NameTooLong => "name-too-long",
            Self::TooManyValues => "too-many-values",
            Self::Truncated => "truncated",
            Self::UnknownSchema => "unknown-schema",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Reject {
    /// One line of the rejects file, without the line end.
    ///
    /// `{file, line, reason, detail, original}`; bytes that are not UTF-8 stand in `original_base64` instead.
    pub fn to_line(&self, file: &str) -> String {
        let text = std::str::from_utf8(&self.original).ok();
        let line = Line {
            file,
            line: self.line,
            reason: self.reason.code(),
            detail: &self.detail,
            original: text,
            original_base64: text.is_none().then(|| STANDARD.encode(&self.original)),
        };
        serde_json::to_string(&line).expect("strings and numbers always serialise")
    }
}

impl fmt::Debug for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reject")
            .field("line", &self.line)
            .field("reason", &self.reason)
            .field("detail", &self.detail)
            .field("original", &format_args!("<{} bytes>", self.original.len()))
            .finish()
    }
}

#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    line: u64,
    reason: &'static str,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    original: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    original_base64: Option<String>,
}

impl Fault {
    pub(crate) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }

    pub(crate) fn missing(field: &str) -> Self {
        Self::new(
            Reason::MissingField,
            format!("field `{}` is missing or empty, and the record says nothing without it", clip(field)),
        )
    }
}

/// The beginning of a text of the user's, for a message.
pub(crate) fn clip(text: &str) -> Cow<'_, str> {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        None if text.bytes().all(|b| matches!(b, b' '..=b'~') && !matches!(b, b'"' | b'\'' | b'\\')) => text.into(),
        None => text.escape_debug().to_string().into(),
        Some((end, _)) => format!("{}…", text[..end].escape_debug()).into(),
    }
}
