//! The files of a lake, seen without the lake's own code.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    path::{Path, PathBuf},
};

use arrow::array::{Array, AsArray, RecordBatch};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

/// All files below a folder, with their content.
pub(crate) fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(tree(&path));
        } else {
            let bytes = fs::read(&path).expect("a file");
            found.insert(path, bytes);
        }
    }
    found
}

/// The Parquet files of a table that the log names; others are left for readers of older versions.
fn named(lake: &Path, table: &str) -> BTreeSet<PathBuf> {
    let mut named = BTreeSet::new();
    for entry in log(lake) {
        let entry: Value = serde_json::from_slice(&fs::read(entry).expect("there")).expect("JSON");
        let list = |name: &str| entry[name].as_array().cloned().unwrap_or_default();
        let added = list("added").into_iter().filter(|file| file["table"] == table);
        named.extend(added.filter_map(|file| file["path"].as_str().map(|path| lake.join(path))));
        for removed in list("removed") {
            named.remove(&lake.join(removed.as_str().expect("a path")));
        }
    }
    named
}

/// The rows of a table.
pub(crate) fn batches(lake: &Path, table: &str) -> Vec<RecordBatch> {
    let read = |path| {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).expect("there")).expect("Parquet");
        reader.build().expect("Parquet").map(|batch| batch.expect("sound")).collect::<Vec<_>>()
    };
    named(lake, table).into_iter().flat_map(read).collect()
}

pub(crate) fn count(lake: &Path, table: &str) -> usize {
    batches(lake, table).iter().map(RecordBatch::num_rows).sum()
}

/// The values of a column of text, sorted.
pub(crate) fn texts(lake: &Path, table: &str, column: &str) -> Vec<Option<String>> {
    let mut values: Vec<Option<String>> = Vec::new();
    for batch in batches(lake, table) {
        let column = batch.column_by_name(column).expect("the column is there").as_string::<i32>().clone();
        values.extend((0..column.len()).map(|row| column.is_valid(row).then(|| column.value(row).to_owned())));
    }
    values.sort();
    values
}

/// Every value of every column of every table, as text.
pub(crate) fn everything(lake: &Path) -> String {
    let tables = ["exchanges", "accounts", "exemplars"].map(|table| batches(lake, table));
    let batches: Vec<RecordBatch> = tables.into_iter().flatten().collect();
    batches.iter().map(|batch| format!("{batch:?}\n")).collect()
}

/// The entries of the lake's log, oldest first.
fn log(lake: &Path) -> Vec<PathBuf> {
    let digits = |path: &PathBuf| path.file_stem().is_some_and(|n| n.as_encoded_bytes().iter().all(u8::is_ascii_digit));
    let folder = lake.join("log");
    if folder.exists() { tree(&folder).into_keys().filter(digits).collect() } else { Vec::new() }
}

/// The newest entry of the lake's log.
pub(crate) fn newest_log(lake: &Path) -> PathBuf {
    log(lake).pop().expect("a lake has a log")
}
