//! The files of a lake, seen without the lake's own code.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
};

use arrow::array::{Array, AsArray, RecordBatch};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

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

/// The rows of all Parquet files of a table.
pub(crate) fn batches(lake: &Path, table: &str) -> Vec<RecordBatch> {
    let folder = lake.join(table);
    if !folder.exists() {
        return Vec::new();
    }
    let files = tree(&folder).into_keys().filter(|path| path.extension().is_some_and(|e| e == "parquet"));
    files
        .flat_map(|path| {
            let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).expect("there")).expect("Parquet");
            reader.build().expect("Parquet").map(|batch| batch.expect("sound")).collect::<Vec<_>>()
        })
        .collect()
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

/// The newest entry of the lake's log.
pub(crate) fn newest_log(lake: &Path) -> PathBuf {
    let entries = tree(&lake.join("log")).into_keys().filter(|path| path.extension().is_some_and(|e| e == "json"));
    entries.max().expect("a lake has a log")
}
