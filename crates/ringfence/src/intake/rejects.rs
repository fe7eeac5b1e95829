//! The rejects file: made when the first row is refused, one JSON line each.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufWriter, Write},
    path::PathBuf,
};

use anyhow::{Context, Result, bail};
use exchanges::Reject;

use crate::data::private_folder;

/// Counts and writes refused rows.
#[derive(Debug)]
pub(crate) struct Rejects {
    folder: PathBuf,
    open: Option<(PathBuf, BufWriter<File>)>,
    counts: BTreeMap<&'static str, u64>,
}

impl Rejects {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, open: None, counts: BTreeMap::new() }
    }

    /// Writes the rejects of one file; with `strict`, the first is an error instead.
    pub(crate) fn add(&mut self, file: &str, rejects: Vec<Reject>, strict: bool) -> Result<()> {
        for reject in rejects {
            self.one(file, reject.line, &reject.detail, reject.reason.code(), &reject.to_line(file), strict)?;
        }
        Ok(())
    }

    /// Writes one reject as the line that says it; with `strict` it is an error instead.
    pub(crate) fn one(
        &mut self,
        file: &str,
        line: u64,
        detail: &str,
        reason: &'static str,
        written: &str,
        strict: bool,
    ) -> Result<()> {
        if strict {
            bail!(
                "`{file}` line {line}: {detail} ({reason}); nothing of this run was imported. Without --strict such rows are set aside"
            );
        }
        *self.counts.entry(reason).or_default() += 1;
        let (path, out) = self.file()?;
        writeln!(out, "{written}").with_context(|| format!("cannot write `{}`", path.display()))
    }

    fn file(&mut self) -> Result<&mut (PathBuf, BufWriter<File>)> {
        if self.open.is_none() {
            private_folder(&self.folder)
                .with_context(|| format!("cannot make the rejects folder `{}`", self.folder.display()))?;
            let name = jiff::Timestamp::now().strftime("rejects-%Y%m%dT%H%M%S");
            let path = (0..1000)
                .map(|n| self.folder.join(if n == 0 { format!("{name}.jsonl") } else { format!("{name}-{n}.jsonl") }))
                .find(|p| !p.exists())
                .context("no free name for the rejects file")?;
            let file = File::create_new(&path).with_context(|| format!("cannot make `{}`", path.display()))?;
            self.open = Some((path, BufWriter::new(file)));
        }
        self.open.as_mut().context("the rejects file was just opened")
    }

    /// Puts what was written so far on disk.
    pub(crate) fn flush(&mut self) -> Result<()> {
        match &mut self.open {
            Some((path, out)) => out.flush().with_context(|| format!("cannot write `{}`", path.display())),
            None => Ok(()),
        }
    }

    /// Removes the file: of a run that imported nothing nobody looks for rejects.
    pub(crate) fn forget(self) {
        if let Some((path, out)) = self.open {
            drop(out);
            // It does no harm where it cannot be removed.
            let _ = fs::remove_file(path);
        }
    }

    /// Counts by reason, and the file if any row was refused.
    pub(crate) fn finish(mut self) -> Result<(BTreeMap<&'static str, u64>, Option<PathBuf>)> {
        self.flush()?;
        Ok((self.counts, self.open.map(|(path, _)| path)))
    }
}
