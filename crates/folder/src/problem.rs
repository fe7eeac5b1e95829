//! What is wrong with a folder, whatever its files hold.

use std::io;

/// Why a folder cannot be listed whole.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("there is no such folder; name one that holds the files")]
    NoFolder,
    #[error("it holds more than {0} files and folders; is it the right one?")]
    TooManyFiles(usize),
    #[error("`{0}` lies more than {1} folders deep; is it the right folder?")]
    TooDeep(String, usize),
    #[error("`{0}` leads back to a folder that it lies in; remove the link")]
    Circle(String),
    #[error("`{0}` has a name that is not UTF-8; rename it")]
    Name(String),
    #[error("`{file}` cannot be read ({error}); see whether it is there and this user may read it, or take it away")]
    Unreadable { file: String, error: io::Error },
}
