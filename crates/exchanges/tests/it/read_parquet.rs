//! Log v1 in Parquet: round trips, column types and their messages.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float32Array, Float64Array, Int32Array, Int64Array, NullArray, RecordBatch, StringArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray, UInt16Array,
    UInt32Array, UInt64Array,
};
use bytes::Bytes;
use exchanges::{Blocks, Exchange, Format, Limits, Log, PromptText};
use expect_test::{Expect, expect};
use parquet::arrow::ArrowWriter;
use proptest::{collection::vec, prelude::*};

use crate::{
    read_support::{Outcome, collect, shown},
    read_v1::exchange,
};

fn file(columns: Vec<(&str, ArrayRef)>) -> Bytes {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true)));
    let batch = batch.expect("columns of one length");
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).expect("a schema that can be written");
    writer.write(&batch).expect("writes to memory");
    writer.into_inner().expect("writes to memory").into()
}

fn read(file: Bytes) -> Outcome {
    collect(Blocks::open_file(file, Log::Exchanges, Format::Auto, Limits::default()))
}

fn texts(values: Vec<Option<&str>>) -> ArrayRef {
    Arc::new(StringArray::from(values))
}

fn instants(rows: &[Exchange]) -> ArrayRef {
    let micros = rows.iter().map(|row| row.time.micros());
    Arc::new(TimestampMicrosecondArray::from_iter_values(micros).with_timezone("UTC"))
}

fn columns(rows: &[Exchange]) -> Vec<(&'static str, ArrayRef)> {
    fn text<'a>(rows: &'a [Exchange], of: impl Fn(&'a Exchange) -> Option<&'a str>) -> ArrayRef {
        texts(rows.iter().map(of).collect())
    }
    let addresses: Vec<Option<String>> = rows.iter().map(|r| r.client_address.map(|a| a.to_string())).collect();
    let whole = |of: fn(&Exchange) -> Option<u64>| Arc::new(rows.iter().map(of).collect::<UInt64Array>()) as ArrayRef;
    let small = |of: fn(&Exchange) -> Option<u32>| Arc::new(rows.iter().map(of).collect::<UInt32Array>()) as ArrayRef;
    let flag = |of: fn(&Exchange) -> Option<bool>| Arc::new(rows.iter().map(of).collect::<BooleanArray>()) as ArrayRef;
    vec![
        ("exchange_id", text(rows, |r| Some(r.exchange_id.as_str()))),
        ("time", instants(rows)),
        ("account_id", text(rows, |r| Some(r.account_id.as_str()))),
        ("organization_id", text(rows, |r| r.organization_id.as_ref().map(|id| id.as_str()))),
        ("credential_id", text(rows, |r| r.credential_id.as_deref())),
        ("channel", text(rows, |r| Some(&r.channel))),
        ("client_address", texts(addresses.iter().map(Option::as_deref).collect())),
        ("user_agent", text(rows, |r| r.user_agent.as_deref())),
        ("operation", text(rows, |r| Some(&r.operation))),
        ("request_model", text(rows, |r| Some(&r.request_model))),
        ("system", text(rows, |r| r.system.as_ref().map(PromptText::as_str))),
        ("prompt", text(rows, |r| r.prompt.as_ref().map(PromptText::as_str))),
        ("conversation_id", text(rows, |r| r.conversation_id.as_deref())),
        ("turn", small(|r| r.turn)),
        ("input_tokens", whole(|r| r.input_tokens)),
        ("output_tokens", whole(|r| r.output_tokens)),
        ("max_tokens", whole(|r| r.max_tokens)),
        ("temperature", Arc::new(rows.iter().map(|r| r.temperature).collect::<Float32Array>())),
        ("reasoning", flag(|r| r.reasoning)),
        ("tools", small(|r| r.tools)),
        ("stream", flag(|r| r.stream)),
        ("status", Arc::new(rows.iter().map(|r| Some(r.status)).collect::<UInt16Array>())),
        ("latency_ms", whole(|r| r.latency_ms)),
    ]
}

/// The least that makes two rows, with some columns replaced or added.
fn minimal(changed: Vec<(&'static str, ArrayRef)>) -> Bytes {
    let same = |text| texts(vec![Some(text); 2]);
    let mut columns = vec![
        ("exchange_id", texts(vec![Some("x1"), Some("x2")])),
        ("time", same("2026-08-03T00:00:00Z")),
        ("account_id", same("a1")),
        ("channel", same("direct")),
        ("operation", same("chat")),
        ("request_model", same("vela-4")),
        ("status", Arc::new(Int64Array::from(vec![200, 429])) as ArrayRef),
    ];
    for (name, array) in changed {
        match columns.iter_mut().find(|(known, _)| *known == name) {
            Some(column) => column.1 = array,
            None => columns.push((name, array)),
        }
    }
    file(columns)
}

#[track_caller]
fn check(changed: Vec<(&'static str, ArrayRef)>, expected: &Expect) {
    expected.assert_eq(&shown(&read(minimal(changed))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn exchanges_come_back_as_written(rows in vec(exchange(), 1..20)) {
        let outcome = read(file(columns(&rows)));
        prop_assert_eq!(&outcome.rows, &rows);
        prop_assert!(outcome.rejects.is_empty() && outcome.error.is_none());
    }

    #[test]
    fn damage_never_panics(rows in vec(exchange(), 1..5), edits in vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)) {
        let mut bytes = file(columns(&rows)).to_vec();
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        read(bytes.into());
    }
}

#[test]
fn times_in_every_unit() {
    let seconds = [1_785_715_200_i64, 1_785_715_201];
    let of = |scale: i64| seconds.map(|s| s * scale);
    let arrays: [ArrayRef; 5] = [
        Arc::new(TimestampSecondArray::from_iter_values(seconds).with_timezone("+00:00")),
        Arc::new(TimestampMillisecondArray::from_iter_values(of(1_000)).with_timezone("UTC")),
        Arc::new(TimestampMicrosecondArray::from_iter_values(of(1_000_000)).with_timezone("Europe/Madrid")),
        Arc::new(TimestampNanosecondArray::from_iter_values(of(1_000_000_000)).with_timezone("UTC")),
        texts(vec![Some("2026-08-03T00:00:00Z"), Some("2026-08-03T02:00:01+02:00")]),
    ];
    for array in arrays {
        let outcome = read(minimal(vec![("time", array)]));
        let micros: Vec<i64> = outcome.rows.iter().map(|row| row.time.micros()).collect();
        assert_eq!(micros, of(1_000_000), "{}", shown(&outcome));
    }
}

#[test]
fn a_timestamp_without_a_zone_is_refused() {
    check(
        vec![("time", Arc::new(TimestampMicrosecondArray::from(vec![0, 1])))],
        &expect![[r#"
        rows: 
        error: Parquet column `time` is a timestamp without a zone (isAdjustedToUTC is false); write it as a timestamp in UTC
    "#]],
    );
}

#[test]
fn a_column_of_the_wrong_type() {
    check(
        vec![("status", texts(vec![Some("200"), Some("429")]))],
        &expect![[r#"
            rows: 
            error: Parquet column `status` has the type Utf8View, expected a whole number (integer)
        "#]],
    );
    check(
        vec![("time", Arc::new(Int64Array::from(vec![1, 2])))],
        &expect![[r#"
        rows: 
        error: Parquet column `time` has the type Int64, expected a timestamp in UTC, or a text in RFC 3339
    "#]],
    );
    check(
        vec![("stream", Arc::new(Int32Array::from(vec![1, 0])))],
        &expect![[r#"
        rows: 
        error: Parquet column `stream` has the type Int32, expected true or false (boolean)
    "#]],
    );
    check(
        vec![("prompt", Arc::new(Int32Array::from(vec![1, 0])))],
        &expect![[r#"
        rows: 
        error: Parquet column `prompt` has the type Int32, expected a text (string)
    "#]],
    );
    check(
        vec![("account_id", Arc::new(NullArray::new(2)))],
        &expect![[r#"
        rows: 
        error: Parquet column `account_id` has the type Null, expected a text (string)
    "#]],
    );
}

#[test]
fn a_column_that_is_missing() {
    let error = read(file(vec![("exchange_id", texts(vec![Some("x1")]))])).error.expect("is refused");
    expect!["Parquet file of an exchange log has no column `time`, which every row needs"]
        .assert_eq(&error.to_string());
}

#[test]
fn bad_rows_have_their_number() {
    check(
        vec![("account_id", texts(vec![Some("a1"), None]))],
        &expect![[r#"
        rows: x1
        line 2 missing-field: field `account_id` is missing or null; every row needs it [144 bytes]
    "#]],
    );
    check(
        vec![("time", texts(vec![Some("2026-08-03T00:00:00"), Some("2026-08-03T00:00:00Z")]))],
        &expect![[r#"
        rows: x2
        line 1 time-without-zone: field `time`: time `2026-08-03T00:00:00` has no zone; write RFC 3339 with `Z` or an offset [143 bytes]
    "#]],
    );
    let absurd = TimestampMicrosecondArray::from(vec![0, i64::MAX]).with_timezone("UTC");
    check(
        vec![("time", Arc::new(absurd))],
        &expect![[r#"
        rows: 
        line 1 absurd-time: field `time`: time `1970-01-01T00:00:00Z` is outside 2015 to 2100; is the unit right? [144 bytes]
        line 2 bad-time: field `time`: time `9223372036854775807 us since 1970` is not RFC 3339, like 2026-08-03T00:00:22.112882Z [157 bytes]
    "#]],
    );
    check(
        vec![("input_tokens", Arc::new(Int64Array::from(vec![-1, 5])))],
        &expect![[r#"
        rows: x2
        line 1 bad-number: field `input_tokens` is -1, a count cannot be negative [162 bytes]
    "#]],
    );
    check(
        vec![("input_tokens", Arc::new(Float64Array::from(vec![f64::NAN, 1.5])))],
        &expect![[r#"
        rows: 
        line 1 wrong-type: field `input_tokens` is the text `NaN`, expected a whole number [165 bytes]
        line 2 bad-number: field `input_tokens` is 1.5, expected a whole number [163 bytes]
    "#]],
    );
}

#[test]
fn whole_floats_and_empty_columns_are_taken() {
    let floats = Float64Array::from(vec![Some(12.0), None]);
    check(
        vec![
            ("input_tokens", Arc::new(floats)),
            ("system", Arc::new(NullArray::new(2))),
            ("new", Arc::new(NullArray::new(2))),
        ],
        &expect![[r#"
            rows: x1 x2
        "#]],
    );
}

#[test]
fn a_row_over_the_limit() {
    let long = "b".repeat(5000);
    let bytes = minimal(vec![("prompt", texts(vec![Some(&long), Some("short")]))]);
    let limits = Limits { row_bytes: 1000, kept_bytes: 10, block_bytes: 100 };
    let outcome = collect(Blocks::open_file(bytes, Log::Exchanges, Format::Parquet, limits));
    expect![[r#"
        rows: x2
        line 1 row-too-long: row is 5040 bytes long, over the limit of 1000; only its first 10 bytes are kept here [10 bytes]
    "#]].assert_eq(&shown(&outcome));
}

#[test]
fn a_cut_or_empty_file() {
    let bytes = minimal(vec![]);
    let outcome = read(bytes.slice(..bytes.len() / 2));
    expect![[r#"
        rows: 
        error: Parquet file is damaged or of a kind that cannot be read; rows before the damage were read
    "#]]
    .assert_eq(&shown(&outcome));
    let outcome = read(file(vec![("exchange_id", texts(vec![]))]));
    expect![[r#"
        rows: 
        error: Parquet file of an exchange log has no column `time`, which every row needs
    "#]]
    .assert_eq(&shown(&outcome));
    let outcome = read(Bytes::new());
    expect![[r#"
        rows: 
        error: input is empty: it has no bytes; is the export finished?
    "#]]
    .assert_eq(&shown(&outcome));
}

#[test]
fn the_named_format_must_fit() {
    let open = |bytes: Bytes, format| collect(Blocks::open_file(bytes, Log::Exchanges, format, Limits::default()));
    expect![[r#"
        rows: 
        error: input is Parquet, but the format `bedrock` was named; name another one, or `auto`
    "#]]
    .assert_eq(&shown(&open(minimal(vec![]), Format::Bedrock)));
    expect![[r#"
        rows: 
        error: input is no Parquet file, but the format `parquet` was named; name another one, or `auto`
    "#]]
    .assert_eq(&shown(&open(Bytes::from("{}"), Format::Parquet)));
}

#[test]
fn accounts() {
    let bytes = file(vec![
        ("account_id", texts(vec![Some("a1"), Some("a2")])),
        ("created", texts(vec![Some("2026-08-03T00:00:00Z"), Some("2026-08-03T00:00:00Z")])),
        ("plan", texts(vec![Some("pro"), Some("free")])),
        ("signup_address", texts(vec![Some("203.0.113.1"), Some("nowhere")])),
    ]);
    let mut blocks = Blocks::open_file(bytes, Log::Accounts, Format::Auto, Limits::default()).expect("is Parquet");
    let parsed = blocks.next().expect("has a block").expect("is good").accounts();
    assert_eq!(parsed.rows.len(), 1);
    expect!["field `signup_address`: `nowhere` is no IPv4 or IPv6 address"].assert_eq(&parsed.rejects[0].detail);
}
