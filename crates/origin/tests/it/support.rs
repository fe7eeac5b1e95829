//! Small tables and where the large ones lie.

use std::{
    fs,
    path::{Path, PathBuf},
};

use jiff::civil::{Date, date};
use origin::{Kind, Limits, Table, TableError, Tables};

pub(crate) const ON: Date = date(2026, 9, 1);

/// A table of the kind that its path and text show, as of 2026-08-22.
pub(crate) fn read(path: &str, bytes: impl AsRef<[u8]>) -> Result<Table, TableError> {
    let kind = Kind::recognise(path, bytes.as_ref()).expect("is a table");
    Table::read(path, kind, date(2026, 8, 22), bytes.as_ref(), &Limits::default())
}

pub(crate) fn compile(tables: &[(&str, &str)]) -> Tables {
    let tables = tables.iter().map(|(path, text)| read(path, text).expect("is sound")).collect();
    Tables::compile(tables, ON).expect("is sane")
}

/// The folder of real tables beside the workspace; says so when it is missing.
pub(crate) fn shared() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/origin");
    let found = beside.is_dir().then_some(beside);
    if found.is_none() {
        eprintln!("SKIPPED: ../shared/origin is missing, so nothing was tested on real tables");
    }
    found
}

/// All files below a folder, by name.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("can be listed") {
        let path = entry.expect("can be listed").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}
