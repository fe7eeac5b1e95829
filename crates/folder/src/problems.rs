//! Why a folder cannot be used, as people read it.

use std::{fmt, path::Path};

/// Problems that are told one by one; of the rest only how many there are.
const TOLD: usize = 20;

/// Writes why a folder of `what` cannot be used: a single problem on the same line, several one a line.
pub fn write_problems<P: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    folder: &Path,
    problems: &[P],
) -> fmt::Result {
    write!(f, "cannot use the {what} in `{}`", folder.display())?;
    if let [problem] = problems {
        return write!(f, ": {problem}");
    }
    write!(f, ", for {} reasons:", problems.len())?;
    problems.iter().take(TOLD).try_for_each(|problem| write!(f, "\n  {problem}"))?;
    match problems.len().saturating_sub(TOLD) {
        0 => Ok(()),
        more => write!(f, "\n  and {more} more"),
    }
}
