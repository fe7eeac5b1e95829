//! How a folder of statements is refused: with every problem in it.

use std::{fmt, io, path::PathBuf};

use ownership::{ReadError, plain::PlainError};

/// A folder of statements that cannot be used; what was loaded before stays good.
#[derive(Debug)]
pub struct LoadError {
    pub folder: PathBuf,
    /// At least one.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong with a folder of statements, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error(transparent)]
    Folder(#[from] ::folder::Problem),
    #[error("there are no statements in it, and {skipped} files were passed over; put files of statements into it")]
    Nothing { skipped: usize },
    #[error(
        "it changed while it was read; write a file under a temporary name such as `gleif.csv.tmp`, and rename it when it is whole"
    )]
    Changing,
    #[error("{source}{}", beneath(source))]
    Plain { source: PlainError },
    #[error("`{file}` cannot be read: {source}{}", beneath(source))]
    Read { file: String, source: ReadError },
    #[error(
        "`{file}` is OpenSanctions' simplified table, which says neither the lists in the words of regimes nor who owns whom; load \
         `entities.ftm.json` of the same dataset"
    )]
    Summary { file: String },
    #[error("`ownership.toml` is not what it should be: {0}")]
    Manifest(String),
    #[error("`ownership.toml` has an entry for `{0}`, and there is no such file; correct it or remove it")]
    Unused(String),
}

impl Problem {
    pub(super) fn unreadable(file: &str, error: io::Error) -> Self {
        Self::Folder(::folder::Problem::Unreadable { file: file.to_owned(), error })
    }
}

/// What lies under an error, since the list of problems is printed line by line.
fn beneath(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(String::new, |source| format!(" ({source})"))
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        folder::write_problems(f, "statements", &self.folder, &self.problems)
    }
}

impl std::error::Error for LoadError {}
