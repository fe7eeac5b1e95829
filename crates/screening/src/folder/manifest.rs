//! `ownership.toml`: what an operator says of files whose content does not say it.

use std::{collections::BTreeMap, fs, io::Read};

use ::folder::File;
use ownership::Format;
use serde::Deserialize;

use super::Problem;

pub(super) const MANIFEST: &str = "ownership.toml";
/// The longest manifest that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// Entries by the path of their file below the folder.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    entries: BTreeMap<String, Entry>,
}

/// What is said of one file.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) format: Option<Format>,
    /// The list that the names in it are on.
    pub(super) list: Option<String>,
    /// What proofs cite in place of the file's name.
    pub(super) source: Option<String>,
    pub(super) skip: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    files: BTreeMap<String, RawEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    format: Option<String>,
    list: Option<String>,
    source: Option<String>,
    #[serde(default)]
    skip: bool,
}

impl Manifest {
    /// Of the folder that the files lie in; without one, everything is found by looking.
    pub(super) fn of(files: &[File]) -> Result<Self, Problem> {
        let Some(file) = files.iter().find(|file| file.name == MANIFEST) else { return Ok(Self::default()) };
        let mut text = String::new();
        let opened = fs::File::open(&file.path).map(|opened| opened.take(LONGEST));
        opened
            .and_then(|mut opened| opened.read_to_string(&mut text))
            .map_err(|error| Problem::unreadable(MANIFEST, error))?;
        let raw: Raw = toml::from_str(&text).map_err(|error| Problem::Manifest(error.to_string()))?;
        let entries = raw.files.into_iter().map(|(name, raw)| Entry::of(raw).map(|entry| (name, entry)));
        Ok(Self { entries: entries.collect::<Result<_, _>>()? })
    }

    pub(super) fn entry(&self, file: &str) -> Option<&Entry> {
        self.entries.get(file)
    }

    /// Entries that stand for no file.
    pub(super) fn unused(&self, files: &[File]) -> Vec<Problem> {
        let missing = |name: &&String| !files.iter().any(|file| file.name == **name);
        self.entries.keys().filter(missing).map(|name| Problem::Unused(name.clone())).collect()
    }
}

impl Entry {
    fn of(raw: RawEntry) -> Result<Self, Problem> {
        let RawEntry { format, list, source, skip } = raw;
        let format = format.map(|name| name.parse::<Format>()).transpose();
        let format = format.map_err(|error| Problem::Manifest(error.to_string()))?;
        Ok(Self { format, list, source, skip })
    }
}
