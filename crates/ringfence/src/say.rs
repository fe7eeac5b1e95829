//! The one place that writes to the terminal.

use std::io::{self, IsTerminal, Write};

use anyhow::Context;

/// Prints an answer; a reader that went away (`| head`) is no error.
pub(crate) fn answer(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") })
    {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done.context("cannot print the answer"),
    }
}

/// Prints answers as they come, each with its line break; where the reader went away, no more are asked for.
pub(crate) fn answers(lines: impl Iterator<Item = anyhow::Result<String>>) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    for line in lines {
        match writeln!(out, "{}", line?) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            done => done.context("cannot print the answer")?,
        }
    }
    Ok(())
}

/// Prints a remark for a person, beside the answer.
pub(crate) fn note(text: &str) {
    // Nothing can be told where telling fails.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Prints the chain of an error once; a cause that was repeated in what it caused is left out.
pub(crate) fn error(error: &anyhow::Error) {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string).filter(|cause| !cause.is_empty()) {
        if !text.ends_with(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    note(&format!("ringfence{text}"));
}

/// Whether answers are read by a person at a terminal that shows colours.
pub(crate) fn colours() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// Columns of the terminal; 100 where it is none.
pub(crate) fn width() -> usize {
    std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok()).filter(|c| *c >= 40).unwrap_or(100)
}
