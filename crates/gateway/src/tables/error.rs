//! How a folder of tables is refused: with every problem in it.

use std::{fmt, io, path::PathBuf};

use origin::{Refusal, TableError, Unrecognised};

/// A folder of tables that cannot be used; tables that were loaded before stay good.
#[derive(Debug)]
pub struct LoadError {
    pub folder: PathBuf,
    /// At least one.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong with a folder of tables, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error(transparent)]
    Folder(#[from] folder::Problem),
    #[error("there is no table in it, and {skipped} files were passed over; put tables into it")]
    NoTables { skipped: usize },
    #[error(
        "it changed while it was read; write a file under a temporary name such as `vpn.txt.tmp`, and rename it when it is whole"
    )]
    Changing,
    #[error("`{file}` is larger than the {limit} bytes that are allowed; see whether it is the right file")]
    TooLarge { file: String, limit: usize },
    #[error("`{file}` unpacks to more than the {limit} bytes that are allowed; see whether it is the right file")]
    Bomb { file: String, limit: usize },
    #[error("`{file}` cannot be unpacked ({error}); fetch it again")]
    Packed { file: String, error: io::Error },
    #[error("`{0}` is empty; fetch it again, since an empty table would hide what it used to say")]
    Empty(String),
    #[error("`{0}` is a tar archive; unpack it and keep the table in it")]
    Archive(String),
    #[error(transparent)]
    Unrecognised(#[from] Unrecognised),
    #[error(transparent)]
    Broken(#[from] TableError),
    #[error("`{file}` would bring all tables to more than {limit} rows; take some away")]
    TooManyRows { file: String, limit: usize },
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("`tables.toml` is not what it should be: {0}")]
    Manifest(String),
    #[error(
        "`tables.toml` has an entry for `{0}` that stands for no file; correct it, move it before an entry for the same files, or remove it"
    )]
    Unused(String),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        folder::write_problems(f, "tables", &self.folder, &self.problems)
    }
}

impl std::error::Error for LoadError {}
