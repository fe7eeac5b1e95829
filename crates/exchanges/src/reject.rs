//! Rows that could not be read: why, where, and their bytes, so that none is lost in silence.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;

/// Why a row was refused; the code is stable and is what is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    BadJson,
    MissingField,
    WrongType,
    BadNumber,
    BadTime,
    TimeWithoutZone,
    AbsurdTime,
    BadId,
    BadAddress,
    InvalidUtf8,
    NulByte,
    RowTooLong,
    /// The row was cut off where the file ends.
    Truncated,
    /// An id that was seen before, with other content.
    DuplicateDiffers,
    /// A secret stands where its fingerprint should.
    PlainSecret,
}

/// One refused row. `Debug` hides the bytes, since they may hold a prompt.
#[derive(Clone, PartialEq, Eq)]
pub struct Reject {
    /// Line in the unpacked text, from 1; in Parquet the number of the row, from 1.
    pub line: u64,
    pub reason: Reason,
    /// What is wrong and what to do, with the row's own text in backticks and clipped.
    pub detail: String,
    /// The row as it stood; only its beginning when it was too long.
    pub original: Vec<u8>,
}

impl Reason {
    pub const ALL: [Self; 15] = [
        Self::BadJson,
        Self::MissingField,
        Self::WrongType,
        Self::BadNumber,
        Self::BadTime,
        Self::TimeWithoutZone,
        Self::AbsurdTime,
        Self::BadId,
        Self::BadAddress,
        Self::InvalidUtf8,
        Self::NulByte,
        Self::RowTooLong,
        Self::Truncated,
        Self::DuplicateDiffers,
        Self::PlainSecret,
    ];

    /// The name under which rejects are counted, such as `missing-field`.
    pub fn code(self) -> &'static str {
        match self {
            Self::BadJson => "bad-json",
            Self::MissingField => "missing-field",
            Self::WrongType => "wrong-type",
            Self::BadNumber => "bad-number",
            Self::BadTime => "bad-time",
            Self::TimeWithoutZone => "time-without-zone",
            Self::AbsurdTime => "absurd-time",
            Self::BadId => "bad-id",
            Self::BadAddress => "bad-address",
            Self::InvalidUtf8 => "invalid-utf8",
            Self::NulByte => "nul-byte",
            Self::RowTooLong => "row-too-long",
            Self::Truncated => "truncated",
            Self::DuplicateDiffers => "duplicate-differs",
            Self::PlainSecret => "plain-secret",
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

/// The beginning of a text of the user's, for a message.
pub(crate) fn clip(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        None => text.escape_debug().to_string(),
        Some((end, _)) => format!("{}…", text[..end].escape_debug()),
    }
}
