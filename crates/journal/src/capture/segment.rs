//! Segments of a capture by their names: `NUMBER.open` is being written, `NUMBER-RECORDS.sealed` is complete.

use std::{
    fs::{self, File, OpenOptions},
    io::ErrorKind,
    path::{Path, PathBuf},
};

use super::{
    Sealed,
    records::{HEADER, records},
};
use crate::{
    error::JournalError,
    folder::{Folder, names},
};

pub(super) fn open_name(number: u64) -> String {
    format!("{number:016}.open")
}

fn sealed_name(number: u64, records: u64) -> String {
    format!("{number:016}-{records}.sealed")
}

fn open_number(name: &str) -> Option<u64> {
    name.strip_suffix(".open")?.parse().ok().filter(|&number| open_name(number) == name)
}

fn sealed_numbers(name: &str) -> Option<(u64, u64)> {
    let (number, records) = name.strip_suffix(".sealed")?.split_once('-')?;
    let (number, records) = (number.parse().ok()?, records.parse().ok()?);
    (sealed_name(number, records) == name).then_some((number, records))
}

/// The sealed segments of a folder, oldest first.
pub(super) fn sealed_in(folder: &Path) -> Result<Vec<Sealed>, JournalError> {
    let mut sealed = Vec::new();
    for (name, path) in names(folder)? {
        let Some((_, records)) = sealed_numbers(&name) else { continue };
        match fs::metadata(&path) {
            Ok(metadata) => sealed.push(Sealed { path, bytes: metadata.len(), records }),
            // It was removed since the folder was listed.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(JournalError::io("look at", path)(error)),
        }
    }
    Ok(sealed)
}

/// The number of the next segment of a folder.
pub(super) fn next_number(folder: &Path) -> Result<u64, JournalError> {
    let number = |name: &str| open_number(name).or_else(|| Some(sealed_numbers(name)?.0));
    let last = names(folder)?.iter().filter_map(|(name, _)| number(name)).max();
    Ok(last.map_or(0, |last| last.saturating_add(1)))
}

/// Cuts the torn ends of the segments that an earlier process left open, and seals them; gives the bytes cut off.
pub(super) fn seal_left_over(folder: &Folder) -> Result<u64, JournalError> {
    let mut cut = 0;
    for (name, path) in names(folder.path())? {
        let Some(number) = open_number(&name) else { continue };
        let length = fs::metadata(&path).map_err(JournalError::io("look at", &path))?.len();
        let (count, end) = match records(&path) {
            Ok(mut records) => {
                let mut count = 0;
                for record in records.by_ref() {
                    match record {
                        Ok(_) => count += 1,
                        Err(JournalError::Record { .. }) => break,
                        Err(error) => return Err(error),
                    }
                }
                (count, records.offset())
            }
            // A segment whose header was not written has no record.
            Err(JournalError::NotCapture(_)) if length <= HEADER.len() as u64 => (0, 0),
            Err(error) => return Err(error),
        };
        cut += length - end;
        let file = OpenOptions::new().write(true).open(&path).map_err(JournalError::io("open", &path))?;
        seal(folder.path(), &file, number, count, end)?;
    }
    folder.sync().map_err(JournalError::io("sync", folder.path()))?;
    Ok(cut)
}

/// Makes a segment of so many records and bytes a sealed one, or removes it where it has none; gives its new name.
///
/// The caller syncs the folder.
pub(super) fn seal(
    folder: &Path,
    file: &File,
    number: u64,
    records: u64,
    end: u64,
) -> Result<Option<PathBuf>, JournalError> {
    let path = folder.join(open_name(number));
    if records == 0 {
        fs::remove_file(&path).map_err(JournalError::io("remove", &path))?;
        return Ok(None);
    }
    file.set_len(end).map_err(JournalError::io("cut the torn end off", &path))?;
    file.sync_all().map_err(JournalError::io("sync", &path))?;
    let sealed = folder.join(sealed_name(number, records));
    fs::rename(&path, &sealed).map_err(JournalError::io("seal", &path))?;
    Ok(Some(sealed))
}
