//! Files that are damaged, hostile or of another kind: the message, the exit code, and what was imported all the same.

use std::{
    fs::File,
    io::{BufWriter, Write},
    sync::Arc,
};

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use expect_test::{Expect, expect};
use parquet::arrow::ArrowWriter;
use serde_json::json;

use crate::{
    folder::Folder,
    lake_files,
    rows::{account, exchange, exchanges, with, zst},
};

/// Imports one file.
#[track_caller]
fn check(name: &str, bytes: impl AsRef<[u8]>, expect: Expect) -> Folder {
    let folder = Folder::new();
    folder.write(name, bytes);
    folder.check(&format!("import {name}"), expect);
    folder
}

/// The reasons and details of the only rejects file.
fn refused(folder: &Folder) -> String {
    let files = lake_files::tree(&folder.at("ringfence-data/rejects"));
    assert_eq!(files.len(), 1, "one rejects file");
    let text = String::from_utf8(files.into_values().next().expect("counted")).expect("text");
    let line = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        format!("{}:{} {}: {}\n", text("file"), row["line"], text("reason"), text("detail"))
    };
    text.lines().map(line).collect()
}

#[test]
fn an_empty_file() {
    let folder = check(
        "x.jsonl",
        "",
        expect![[r#"
        ringfence: cannot import `x.jsonl`: input is empty: it has no bytes; is the export finished?
        exit code 2
    "#]],
    );
    assert!(!folder.at("ringfence-data").exists(), "nothing is made for nothing");
}

#[test]
fn a_file_of_white_space() {
    check(
        "x.jsonl",
        "\n  \n",
        expect![[r#"
        ringfence: cannot import `x.jsonl`: input has no rows: nothing is in it but white space
        exit code 2
    "#]],
    );
}

#[test]
fn a_missing_file() {
    Folder::new().check(
        "import none.jsonl",
        expect![[r#"
        ringfence: cannot read `none.jsonl`: No such file or directory (os error 2)
        exit code 2
    "#]],
    );
}

#[test]
fn a_folder_instead_of_a_file() {
    Folder::new().check(
        "import .",
        expect![[r#"
        ringfence: cannot import `.`: it is a folder; name the files in it
        exit code 2
    "#]],
    );
}

#[test]
fn no_file_at_all() {
    Folder::new().check(
        "import",
        expect![[r#"
        ringfence: name at least one exchange log, or an account log with --accounts; see `ringfence import --help`
        exit code 2
    "#]],
    );
}

#[test]
fn a_picture() {
    check(
        "x.png",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        expect![[r#"
        ringfence: cannot import `x.png`: input is no exchange log that we know: it begins with the bytes 89 50 4e 47 0d 0a 1a 0a. Understood are log v1 as JSON Lines or Parquet, AWS Bedrock model invocation logs, OpenTelemetry GenAI spans as OTLP/JSON, and LiteLLM spend logs, each plain, .gz or .zst; name one with --format if it is
        exit code 2
    "#]],
    );
}

#[test]
fn an_account_log_as_exchanges() {
    check(
        "x.jsonl",
        account("a1"),
        expect![[r#"
        ringfence: cannot import `x.jsonl`: input looks like an account log, where an exchange log is wanted; give it as the other kind
        exit code 2
    "#]],
    );
}

#[test]
fn a_truncated_zst_keeps_its_complete_rows() {
    let packed = zst(&exchanges(0..5000));
    let folder = check(
        "x.jsonl.zst",
        &packed[..packed.len() / 2],
        expect![[r#"
        imported 2747 exchanges and 0 accounts
        rejected 1: truncated
        rejected rows are in ringfence-data/rejects/rejects-TIME.jsonl
        warning: `x.jsonl.zst` was read in part: truncated: the zstd stream ends early, at byte N; rows before the cut were read, fetch the file again for the rest
        the lake is at version 2
        exit code 0
    "#]],
    );
    let rows = lake_files::count(&folder.at("ringfence-data/lake"), "exchanges");
    assert!((1..5000).contains(&rows), "{rows}");
}

#[test]
fn a_truncated_zst_with_strict_imports_nothing() {
    let folder = Folder::new();
    let packed = zst(&exchanges(0..5000));
    folder.write("x.jsonl.zst", &packed[..packed.len() / 2]);
    folder.check("import x.jsonl.zst --strict", expect![[r#"
        ringfence: `x.jsonl.zst` line 2748: row is cut off after 263 bytes, where the file ends or is damaged (truncated); nothing of this run was imported. Without --strict such rows are set aside
        exit code 2
    "#]]);
    assert_eq!(lake_files::count(&folder.at("ringfence-data/lake"), "exchanges"), 0);
}

fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).expect("a schema that can be written");
    writer.write(&batch).expect("writes to memory");
    writer.into_inner().expect("writes to memory")
}

fn required(changed: (&'static str, ArrayRef)) -> Vec<u8> {
    let time = TimestampMicrosecondArray::from(vec![1_785_715_200_000_000]).with_timezone("UTC");
    let mut columns: Vec<(&str, ArrayRef)> =
        vec![("time", Arc::new(time)), ("status", Arc::new(Int64Array::from(vec![200])))];
    for name in ["exchange_id", "account_id", "channel", "operation", "request_model"] {
        columns.push((name, Arc::new(StringArray::from(vec!["x"]))));
    }
    for column in &mut columns {
        if column.0 == changed.0 {
            column.1 = Arc::clone(&changed.1);
        }
    }
    parquet(columns)
}

#[test]
fn a_parquet_column_of_the_wrong_type() {
    check(
        "x.parquet",
        required(("account_id", Arc::new(Int64Array::from(vec![7])))),
        expect![[r#"
        ringfence: cannot import `x.parquet`: Parquet column `account_id` has the type Int64, expected a text (string)
        exit code 2
    "#]],
    );
}

#[test]
fn a_parquet_time_without_a_zone() {
    let bare = TimestampMicrosecondArray::from(vec![1_785_715_200_000_000]);
    check(
        "x.parquet",
        required(("time", Arc::new(bare))),
        expect![[r#"
        ringfence: cannot import `x.parquet`: Parquet column `time` is a timestamp without a zone (isAdjustedToUTC is false); write it as a timestamp in UTC
        exit code 2
    "#]],
    );
}

#[test]
fn a_parquet_file_that_is_cut() {
    let whole = required(("none", Arc::new(Int64Array::from(vec![0]))));
    check(
        "x.parquet",
        &whole[..whole.len() - 20],
        expect![[r#"
        ringfence: cannot import `x.parquet`: Parquet file is damaged or of a kind that cannot be read; rows before the damage were read: Parquet error: Invalid Parquet file. Corrupt footer
        exit code 2
    "#]],
    );
}

#[test]
fn times_without_a_zone_or_absurd() {
    let text = [
        with(1, "time", json!("2026-08-03 10:00:00")),
        with(2, "time", json!("0001-01-01T00:00:00Z")),
        with(3, "time", json!("yesterday")),
        with(4, "time", json!("2026-08-03T10:00:00+99:99")),
        with(5, "time", json!(1_785_715_200)),
        with(6, "time", json!("2026-08-03T12:00:00+02:00")),
    ];
    let folder = check(
        "x.jsonl",
        text.concat(),
        expect![[r#"
        imported 1 exchanges and 0 accounts
        rejected 1: absurd-time
        rejected 2: bad-time
        rejected 1: time-without-zone
        rejected 1: wrong-type
        rejected rows are in ringfence-data/rejects/rejects-TIME.jsonl
        the lake is at version 1
        exit code 0
    "#]],
    );
    expect![[r#"
        x.jsonl:1 time-without-zone: field `time`: time `2026-08-03 10:00:00` has no zone; write RFC 3339 with `Z` or an offset
        x.jsonl:2 absurd-time: field `time`: time `0001-01-01T00:00:00Z` is outside 2015 to 2100; is the unit right?
        x.jsonl:3 bad-time: field `time`: time `yesterday` is not RFC 3339, like 2026-08-03T00:00:22.112882Z
        x.jsonl:4 bad-time: field `time`: time `2026-08-03T10:00:00+99:99` is not RFC 3339, like 2026-08-03T00:00:22.112882Z
        x.jsonl:5 wrong-type: field `time` is the number `1785715200`, expected a text
    "#]].assert_eq(&refused(&folder));
}

#[test]
fn a_row_of_100_mb() {
    let folder = Folder::new();
    let mut file = BufWriter::new(File::create(folder.at("x.jsonl")).expect("writable"));
    let row = exchange(2, "a1", "LONG");
    let (before, after) = row.split_once("LONG").expect("is in the row");
    write!(file, "{}{before}", exchange(1, "a1", "hello")).expect("writable");
    for _ in 0..100 {
        file.write_all(&[b'a'; 1 << 20]).expect("writable");
    }
    write!(file, "{after}{}", exchange(3, "a1", "hello")).expect("writable");
    file.into_inner().expect("writable");
    folder.check(
        "import x.jsonl",
        expect![[r#"
        imported 2 exchanges and 0 accounts
        rejected 1: row-too-long
        rejected rows are in ringfence-data/rejects/rejects-TIME.jsonl
        the lake is at version 1
        exit code 0
    "#]],
    );
    expect![[r#"
        x.jsonl:2 row-too-long: row is 104857851 bytes long, over the limit of 16777216; only its first 65536 bytes are kept here
    "#]].assert_eq(&refused(&folder));
    folder.check("import x.jsonl --strict", expect![[r#"
        ringfence: `x.jsonl` line 2: row is 104857851 bytes long, over the limit of 16777216; only its first 65536 bytes are kept here (row-too-long); nothing of this run was imported. Without --strict such rows are set aside
        exit code 2
    "#]]);
}

#[test]
fn bytes_that_are_no_text() {
    let mut bytes = exchange(1, "a1", "hello").into_bytes();
    bytes.extend(exchange(2, "a1", "he?lo").into_bytes().into_iter().map(|b| if b == b'?' { 0xff } else { b }));
    bytes.extend(exchange(3, "a1", "he?lo").into_bytes().into_iter().map(|b| if b == b'?' { 0 } else { b }));
    bytes.extend(exchange(4, "a1\0", "hello").into_bytes());
    let folder = check(
        "x.jsonl",
        bytes,
        expect![[r#"
        imported 1 exchanges and 0 accounts
        rejected 1: bad-id
        rejected 1: invalid-utf8
        rejected 1: nul-byte
        rejected rows are in ringfence-data/rejects/rejects-TIME.jsonl
        the lake is at version 1
        exit code 0
    "#]],
    );
    expect![[r#"
        x.jsonl:2 invalid-utf8: row is not UTF-8: byte 0xff at byte 202; convert the file to UTF-8
        x.jsonl:3 nul-byte: row holds a NUL byte at byte 202; was the file preallocated or damaged?
        x.jsonl:4 bad-id: field `account_id`: identifier `a1\0` holds a control character
    "#]]
    .assert_eq(&refused(&folder));
}

#[test]
fn one_id_with_two_contents() {
    let text = [exchange(1, "a1", "hello"), exchange(1, "a1", "something else"), exchange(1, "a1", "hello")].concat();
    let folder = check(
        "x.jsonl",
        text,
        expect![[r#"
        imported 1 exchanges and 0 accounts
        1 exchanges were there already
        rejected 1: duplicate-differs
        rejected rows are in ringfence-data/rejects/rejects-TIME.jsonl
        the lake is at version 1
        exit code 0
    "#]],
    );
    expect![[r#"
        x.jsonl:2 duplicate-differs: exchange_id `x1` was imported before with other content; the first stays. Give each exchange its own id
    "#]].assert_eq(&refused(&folder));
}

#[test]
fn exchanges_without_accounts_and_the_reverse() {
    let folder = Folder::new();
    folder.write("x.jsonl", exchanges(0..20));
    folder.write("a.jsonl", account("nobody") + &account("a1"));
    folder.check(
        "import x.jsonl",
        expect![[r#"
        imported 20 exchanges and 0 accounts
        the lake is at version 2
        exit code 0
    "#]],
    );
    folder.check(
        "hunt",
        expect![[r#"
        No coordinated harvest campaign was found.
        Searched 20 exchanges of 7 accounts, 2026-08-03 00:00 to 2026-08-03 00:19 UTC; 3 cohorts tested;
        false discovery rate 5 %.

        cleared  common phrase 3
        exit code 0
    "#]],
    );
    folder.check(
        "import --accounts a.jsonl",
        expect![[r#"
        imported 0 exchanges and 2 accounts
        the lake is at version 3
        exit code 0
    "#]],
    );
    folder.check(
        "hunt",
        expect![[r#"
        No coordinated harvest campaign was found.
        Searched 20 exchanges of 7 accounts, 2026-08-03 00:00 to 2026-08-03 00:19 UTC; 3 cohorts tested;
        false discovery rate 5 %.

        cleared  common phrase 3
        exit code 0
    "#]],
    );
    let only_accounts = Folder::new();
    only_accounts.write("a.jsonl", account("nobody"));
    only_accounts.check(
        "import --accounts a.jsonl",
        expect![[r#"
        imported 0 exchanges and 1 accounts
        the lake is at version 1
        exit code 0
    "#]],
    );
    only_accounts.check(
        "hunt",
        expect![[r#"
        ringfence: there are no exchanges to search; import some first, or name files with --exchanges
        exit code 2
    "#]],
    );
}

#[test]
fn a_bad_account_stops_a_strict_import_of_everything() {
    let folder = Folder::new();
    folder.write("x.jsonl", exchanges(0..3) + "{}\n");
    folder.write("a.jsonl", account("a1"));
    folder.write("b.jsonl", account("a1") + "{}\n");
    folder.check("import --strict --accounts b.jsonl --exchanges x.jsonl", expect![[r#"
        ringfence: `b.jsonl` line 2: field `account_id` is missing or null; every row needs it (missing-field); nothing of this run was imported. Without --strict such rows are set aside
        exit code 2
    "#]]);
    folder.check("import --strict --accounts a.jsonl --exchanges x.jsonl", expect![[r#"
        ringfence: `x.jsonl` line 4: field `exchange_id` is missing or null; every row needs it (missing-field); nothing of this run was imported. Without --strict such rows are set aside
        exit code 2
    "#]]);
    let lake = folder.at("ringfence-data/lake");
    assert_eq!((lake_files::count(&lake, "accounts"), lake_files::count(&lake, "exchanges")), (0, 0));
}

/// Rows that the named format does not know must not vanish.
#[test]
fn a_format_that_finds_no_row() {
    let folder = Folder::new();
    folder.write("x.jsonl", exchanges(0..3));
    folder.check("import --format otel x.jsonl", expect![[r#"
        ringfence: no row was found in what was given; if --format was named, check it, or leave it out to have it found by looking
        exit code 2
    "#]]);
}
