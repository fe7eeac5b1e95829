//! The one place that writes to the terminal.

use std::io::{self, IsTerminal, Write};

/// Prints an answer; a reader that went away (`| head`) is no error.
pub(crate) fn answer(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") }) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

/// Prints a remark for a person, beside the answer.
pub(crate) fn note(text: &str) {
    // Nothing can be told where telling fails.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Prints the chain of an error once.
pub(crate) fn error(error: &anyhow::Error) {
    let _ = writeln!(io::stderr(), "ringfence: {error:#}");
}

/// Whether answers are read by a person at a terminal that shows colours.
pub(crate) fn colours() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// Columns of the terminal; 100 where it is none.
pub(crate) fn width() -> usize {
    std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok()).filter(|c| *c >= 40).unwrap_or(100)
}
