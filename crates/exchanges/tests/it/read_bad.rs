//! Every bad input has a message that says what, where and what to do.

use std::io::{self, Read};

use exchanges::{Blocks, Format, Limits, Log, Reason};
use expect_test::{Expect, expect};

use crate::read_support::{collect, gzip, read, read_as, row, row_with, shown, zstd};

#[track_caller]
fn check(bytes: impl AsRef<[u8]>, expected: &Expect) {
    expected.assert_eq(&shown(&read_as(bytes.as_ref(), Format::Jsonl, Limits::default())));
}

#[track_caller]
fn check_auto(bytes: impl AsRef<[u8]>, expected: &Expect) {
    expected.assert_eq(&shown(&read(bytes.as_ref())));
}

#[track_caller]
fn check_field(field: &str, json: &str, expected: &Expect) {
    check(row_with(field, Some(json)), expected);
}

#[test]
fn an_empty_file_is_an_error() {
    check(
        "",
        &expect![[r#"
        rows: 
        error: input is empty: it has no bytes; is the export finished?
    "#]],
    );
}

#[test]
fn an_empty_packed_file_is_an_error() {
    check(
        gzip(b""),
        &expect![[r#"
        rows: 
        error: input is empty: it has no bytes; is the export finished?
    "#]],
    );
    check(
        zstd(b""),
        &expect![[r#"
        rows: 
        error: input is empty: it has no bytes; is the export finished?
    "#]],
    );
}

#[test]
fn white_space_alone_is_an_error() {
    check(
        " \n\n",
        &expect![[r#"
        rows: 
        error: input has no rows: nothing is in it but white space
    "#]],
    );
}

#[test]
fn a_file_of_rejects_alone_is_no_error() {
    check(
        "nonsense\n{}\n",
        &expect![[r#"
            rows: 
            line 1 bad-json: row is not JSON: it begins with `nonsense` [8 bytes]
            line 2 missing-field: field `exchange_id` is missing or null; every row needs it [2 bytes]
        "#]],
    );
}

#[test]
fn unknown_formats_say_what_was_seen() {
    check_auto(
        "hello, world\n",
        &expect![[r#"
        rows: 
        error: input is no exchange log that we know: it begins with the text `hello, world`. Understood are log v1 as JSON Lines or Parquet, AWS Bedrock model invocation logs, OpenTelemetry GenAI spans as OTLP/JSON, and LiteLLM spend logs, each plain, .gz or .zst; name one with --format if it is
    "#]],
    );
    check_auto(
        r#"{"foo":1,"bar":{"time":2}}"#,
        &expect![[r#"
        rows: 
        error: input is no exchange log that we know: it is JSON whose first object has the keys `foo`, `bar`. Understood are log v1 as JSON Lines or Parquet, AWS Bedrock model invocation logs, OpenTelemetry GenAI spans as OTLP/JSON, and LiteLLM spend logs, each plain, .gz or .zst; name one with --format if it is
    "#]],
    );
    check_auto(
        b"PK\x03\x04rest",
        &expect![[r#"
        rows: 
        error: input is no exchange log that we know: it is a zip archive; unpack it first. Understood are log v1 as JSON Lines or Parquet, AWS Bedrock model invocation logs, OpenTelemetry GenAI spans as OTLP/JSON, and LiteLLM spend logs, each plain, .gz or .zst; name one with --format if it is
    "#]],
    );
    check_auto(
        b"\xff\xfe{\0",
        &expect![[r#"
        rows: 
        error: input is no exchange log that we know: it is UTF-16 text; convert it to UTF-8. Understood are log v1 as JSON Lines or Parquet, AWS Bedrock model invocation logs, OpenTelemetry GenAI spans as OTLP/JSON, and LiteLLM spend logs, each plain, .gz or .zst; name one with --format if it is
    "#]],
    );
    check_auto(
        b"\x00\x01\x02\x03\x04",
        &expect![[r#"
        rows: 
        error: input is no exchange log that we know: it begins with the bytes 00 01 02 03 04. Understood are log v1 as JSON Lines or Parquet, AWS Bedrock model invocation logs, OpenTelemetry GenAI spans as OTLP/JSON, and LiteLLM spend logs, each plain, .gz or .zst; name one with --format if it is
    "#]],
    );
}

#[test]
fn an_account_log_is_no_exchange_log() {
    check_auto(
        r#"{"account_id":"a1","created":"2026-05-19T17:30:14Z","plan":"pro"}"#,
        &expect![[r#"
            rows: 
            error: input looks like an account log, where an exchange log is wanted; give it as the other kind
        "#]],
    );
}

#[test]
fn an_exchange_log_is_no_account_log() {
    let input = io::Cursor::new(row("x1").into_bytes());
    let error = Blocks::open(input, Log::Accounts, Format::Auto, Limits::default()).err();
    expect!["input looks like an exchange log, where an account log is wanted; give it as the other kind"]
        .assert_eq(&error.expect("is refused").to_string());
}

#[test]
fn other_formats_have_no_accounts() {
    let error = Blocks::open(io::Cursor::new("{}"), Log::Accounts, Format::Otel, Limits::default()).err();
    expect!["format `otel` has no account log; accounts are read from log v1 as jsonl or parquet"]
        .assert_eq(&error.expect("is refused").to_string());
}

#[test]
fn parquet_does_not_come_through_a_pipe() {
    check_auto(
        b"PAR1....PAR1",
        &expect![[r#"
        rows: 
        error: input is Parquet, which is read from its end and cannot come from a pipe; give it as a file
    "#]],
    );
}

#[test]
fn format_names() {
    let error = "csv".parse::<Format>().expect_err("is refused");
    expect!["format `csv` is unknown; use one of auto, jsonl, parquet, bedrock, otel, litellm"]
        .assert_eq(&error.to_string());
    assert!(Format::ALL.into_iter().all(|format| format.to_string().parse() == Ok(format)));
}

#[test]
fn broken_json() {
    check(
        format!("{}\n{{\"exchange_id\":\"x\" oops}}\n{}\n", row("x1"), row("x2")),
        &expect![[r#"
        rows: x1 x2
        line 2 bad-json: row is not JSON: expected `,` or `}`, at byte 20 of the row [24 bytes]
    "#]],
    );
    check(
        "[1,2]\n",
        &expect![[r#"
        rows: 
        line 1 wrong-type: row is the number `1`, expected an object [1 bytes]
        line 1 wrong-type: row is the number `2`, expected an object [1 bytes]
    "#]],
    );
    check(
        "{}\n17\n\"text\"\n",
        &expect![[r#"
        rows: 
        line 1 missing-field: field `exchange_id` is missing or null; every row needs it [2 bytes]
        line 2 wrong-type: row is the number `17`, expected an object [2 bytes]
        line 3 wrong-type: row is the text `text`, expected an object [6 bytes]
    "#]],
    );
}

#[test]
fn a_row_cut_at_the_end_of_a_plain_file() {
    let whole = row("x2");
    check(
        format!("{}\n{}", row("x1"), &whole[..whole.len() - 20]),
        &expect![[r#"
        rows: x1
        line 2 truncated: row ends inside a JSON value, after 148 bytes; was the file cut? [148 bytes]
    "#]],
    );
}

#[test]
fn missing_fields() {
    for field in ["exchange_id", "time", "account_id", "channel", "operation", "request_model", "status"] {
        let outcome = read_as(row_with(field, None).as_bytes(), Format::Jsonl, Limits::default());
        assert_eq!(outcome.rejects[0].reason, Reason::MissingField, "{field}");
        assert!(outcome.rejects[0].detail.contains(&format!("`{field}`")), "{field}");
    }
    check(
        row_with("account_id", None),
        &expect![[r#"
        rows: 
        line 1 missing-field: field `account_id` is missing or null; every row needs it [150 bytes]
    "#]],
    );
    check_field(
        "account_id",
        "null",
        &expect![[r#"
        rows: 
        line 1 missing-field: field `account_id` is missing or null; every row needs it [168 bytes]
    "#]],
    );
}

#[test]
fn times() {
    check_field(
        "time",
        r#""2026-08-03T00:00:22""#,
        &expect![[r#"
        rows: 
        line 1 time-without-zone: field `time`: time `2026-08-03T00:00:22` has no zone; write RFC 3339 with `Z` or an offset [160 bytes]
    "#]],
    );
    check_field(
        "time",
        r#""yesterday""#,
        &expect![[r#"
        rows: 
        line 1 bad-time: field `time`: time `yesterday` is not RFC 3339, like 2026-08-03T00:00:22.112882Z [150 bytes]
    "#]],
    );
    check_field(
        "time",
        r#""1970-01-01T00:00:00Z""#,
        &expect![[r#"
        rows: 
        line 1 absurd-time: field `time`: time `1970-01-01T00:00:00Z` is outside 2015 to 2100; is the unit right? [161 bytes]
    "#]],
    );
    check_field(
        "time",
        r#""9999-01-01T00:00:00+00:00""#,
        &expect![[r#"
        rows: 
        line 1 absurd-time: field `time`: time `9999-01-01T00:00:00+00:00` is outside 2015 to 2100; is the unit right? [166 bytes]
    "#]],
    );
    check_field(
        "time",
        "1785715222",
        &expect![[r#"
        rows: 
        line 1 wrong-type: field `time` is the number `1785715222`, expected a text [149 bytes]
    "#]],
    );
    check_field(
        "time",
        r#""2026-08-03T00:00:22+99:00""#,
        &expect![[r#"
        rows: 
        line 1 bad-time: field `time`: time `2026-08-03T00:00:22+99:00` is not RFC 3339, like 2026-08-03T00:00:22.112882Z [166 bytes]
    "#]],
    );
}

#[test]
fn numbers() {
    check_field(
        "input_tokens",
        "1e3",
        &expect![[r#"
        rows: x1
    "#]],
    );
    check_field(
        "input_tokens",
        "12.0",
        &expect![[r#"
        rows: x1
    "#]],
    );
    check_field(
        "input_tokens",
        "12.5",
        &expect![[r#"
        rows: 
        line 1 bad-number: field `input_tokens` is 12.5, expected a whole number [188 bytes]
    "#]],
    );
    check_field(
        "input_tokens",
        "-3",
        &expect![[r#"
        rows: 
        line 1 bad-number: field `input_tokens` is -3, a count cannot be negative [186 bytes]
    "#]],
    );
    check_field(
        "input_tokens",
        "1e300",
        &expect![[r#"
        rows: 
        line 1 bad-number: field `input_tokens` is 1e+300, expected a whole number [189 bytes]
    "#]],
    );
    check_field(
        "input_tokens",
        "1e999",
        &expect![[r#"
            rows: 
            line 1 bad-number: a number is out of range, at byte 188 of the row [189 bytes]
        "#]],
    );
    check_field(
        "input_tokens",
        "99999999999999999999999",
        &expect![[r#"
        rows: 
        line 1 bad-number: field `input_tokens` is 1e+23, expected a whole number [207 bytes]
    "#]],
    );
    check_field(
        "input_tokens",
        r#""12""#,
        &expect![[r#"
        rows: 
        line 1 wrong-type: field `input_tokens` is the text `12`, expected a whole number [188 bytes]
    "#]],
    );
    check_field(
        "turn",
        "5000000000",
        &expect![[r#"
        rows: 
        line 1 bad-number: field `turn` is 5000000000, expected at most 4294967295 [186 bytes]
    "#]],
    );
    check_field(
        "temperature",
        "1e300",
        &expect![[r#"
        rows: 
        line 1 bad-number: field `temperature` is 1e300, too large for a 32-bit number [188 bytes]
    "#]],
    );
    check_field(
        "status",
        "70000",
        &expect![[r#"
        rows: 
        line 1 bad-number: field `status` is 70000, expected an HTTP status like 200 [170 bytes]
    "#]],
    );
    check_field(
        "status",
        "7",
        &expect![[r#"
        rows: 
        line 1 bad-number: field `status` is 7, expected an HTTP status like 200 [166 bytes]
    "#]],
    );
    check_field(
        "status",
        "\"ok\"",
        &expect![[r#"
        rows: 
        line 1 wrong-type: field `status` is the text `ok`, expected a whole number [169 bytes]
    "#]],
    );
}

#[test]
fn other_types() {
    check_field(
        "stream",
        "1",
        &expect![[r#"
        rows: 
        line 1 wrong-type: field `stream` is the number `1`, expected true or false [179 bytes]
    "#]],
    );
    check_field(
        "prompt",
        "[\"a\"]",
        &expect![[r#"
        rows: 
        line 1 wrong-type: field `prompt` is a list, expected a text [166 bytes]
    "#]],
    );
    check_field(
        "client_address",
        "\"localhost\"",
        &expect![[r#"
        rows: 
        line 1 bad-address: field `client_address`: `localhost` is no IPv4 or IPv6 address [197 bytes]
    "#]],
    );
    check_field(
        "exchange_id",
        "\"\"",
        &expect![[r#"
        rows: 
        line 1 bad-id: field `exchange_id`: identifier is empty [166 bytes]
    "#]],
    );
    check_field(
        "account_id",
        "\"a\\u0000b\"",
        &expect![[r#"
        rows: 
        line 1 bad-id: field `account_id`: identifier `a\0b` holds a control character [174 bytes]
    "#]],
    );
    check_field(
        "account_id",
        "7",
        &expect![[r#"
        rows: 
        line 1 wrong-type: field `account_id` is the number `7`, expected a text [165 bytes]
    "#]],
    );
}

#[test]
fn a_field_twice() {
    let row = row("x1").replace(r#""status":200"#, r#""status":200,"status":500"#);
    check(
        row,
        &expect![[r#"
        rows: 
        line 1 bad-json: field `status` stands twice in the row; keep one [181 bytes]
    "#]],
    );
}

#[test]
fn bytes_that_are_no_text() {
    let mut bytes = row("x1").into_bytes();
    bytes.extend(b"\n{\"exchange_id\":\"\xff\xfe\"}\n\0\0\0\0\n");
    bytes.extend(row("x2").as_bytes());
    check(
        bytes,
        &expect![[r#"
        rows: x1 x2
        line 2 invalid-utf8: row is not UTF-8: byte 0xff at byte 17; convert the file to UTF-8 [20 bytes]
        line 3 nul-byte: row holds a NUL byte at byte 1; was the file preallocated or damaged? [4 bytes]
    "#]],
    );
}

#[test]
fn long_user_input_is_clipped_in_messages() {
    let long = format!("\"{}\"", "é".repeat(5000));
    check_field(
        "time",
        &long,
        &expect![[r#"
        rows: 
        line 1 bad-time: field `time`: time `éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé` is not RFC 3339, like 2026-08-03T00:00:22.112882Z [10141 bytes]
    "#]],
    );
    check_field(
        "client_address",
        &long,
        &expect![[r#"
        rows: 
        line 1 bad-address: field `client_address`: `éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé…` is no IPv4 or IPv6 address [10188 bytes]
    "#]],
    );
}

#[test]
fn a_row_over_the_limit() {
    let limits = Limits { row_bytes: 400, kept_bytes: 20, block_bytes: 1000 };
    let long = row_with("prompt", Some(&format!("\"{}\"", "a".repeat(3000))));
    let text = format!("{}\n{long}\n{}\n", row("x1"), row("x2"));
    expect![[r#"
        rows: x1 x2
        line 2 row-too-long: row is 3163 bytes long, over the limit of 400; only its first 20 bytes are kept here [20 bytes]
    "#]].assert_eq(&shown(&read_as(text.as_bytes(), Format::Jsonl, limits)));
    let text = format!("{}\n{long}", row("x1"));
    expect![[r#"
        rows: x1
        line 2 row-too-long: row is 3163 bytes long, over the limit of 400; only its first 20 bytes are kept here [20 bytes]
    "#]].assert_eq(&shown(&read_as(text.as_bytes(), Format::Jsonl, limits)));
}

/// A row of 100 MB between two good ones, made while it is read.
#[test]
fn a_row_of_100_mb_is_not_held() {
    let (first, last) = (format!("{}\n", row("x1")), format!("\n{}\n", row("x2")));
    let huge = io::repeat(b'a').take(100_000_000);
    let input = io::Cursor::new(first).chain(huge).chain(io::Cursor::new(last));
    let outcome = collect(Blocks::open(input, Log::Exchanges, Format::Auto, Limits::default()));
    expect![[r#"
        rows: x1 x2
        line 2 row-too-long: row is 100000000 bytes long, over the limit of 16777216; only its first 65536 bytes are kept here [65536 bytes]
    "#]].assert_eq(&shown(&outcome));
}

#[test]
fn a_truncated_packed_file_gives_the_rows_before_the_cut() {
    let text: String = (0..20_000).map(|n| format!("{}\n", row(&format!("x{n}")))).collect();
    for packed in [zstd(text.as_bytes()), gzip(text.as_bytes())] {
        let cut = packed.len() * 2 / 3;
        let outcome = read(&packed[..cut]);
        assert!(outcome.rows.len() > 5_000, "{} rows", outcome.rows.len());
        assert!(outcome.rejects.len() <= 1);
        assert!(outcome.rejects.iter().all(|reject| reject.reason == Reason::Truncated));
        let error = outcome.error.expect("says that it was cut").to_string();
        assert!(error.starts_with("truncated: the ") && error.contains(&format!("at byte {cut};")), "{error}");
    }
    let packed = zstd(text.as_bytes());
    let outcome = read(&packed[..100]);
    expect![[r#"
        rows: 
        error: truncated: the zstd stream ends early, at byte 100; rows before the cut were read, fetch the file again for the rest
    "#]].assert_eq(&shown(&outcome));
}

#[test]
fn a_damaged_packed_file() {
    let mut packed = gzip(format!("{}\n", row("x1")).repeat(2000).as_bytes());
    let middle = packed.len() / 2;
    packed[middle..middle + 40].fill(0xff);
    let error = read(&packed).error.expect("is damaged");
    expect!["damaged: the gzip stream cannot be unpacked near byte 4467; rows before it were read"]
        .assert_eq(&error.to_string());
}

#[test]
fn a_disk_error_says_where() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::from_raw_os_error(5))
        }
    }
    let input = io::Cursor::new(format!("{}\n", row("x1"))).chain(Failing);
    let outcome = collect(Blocks::open(input, Log::Exchanges, Format::Auto, Limits::default()));
    expect![[r#"
        rows: x1
        error: input could not be read at byte 169
    "#]]
    .assert_eq(&shown(&outcome));
}

#[test]
fn rejects_as_json_lines() {
    let outcome = read_as(b"nonsense\n{\"\xff\":1}\n", Format::Jsonl, Limits::default());
    let lines: Vec<String> = outcome.rejects.iter().map(|reject| reject.to_line("logs/a.jsonl")).collect();
    expect![[r#"
        {"file":"logs/a.jsonl","line":1,"reason":"bad-json","detail":"row is not JSON: it begins with `nonsense`","original":"nonsense"}
        {"file":"logs/a.jsonl","line":2,"reason":"invalid-utf8","detail":"row is not UTF-8: byte 0xff at byte 3; convert the file to UTF-8","original_base64":"eyL/IjoxfQ=="}"#]].assert_eq(&lines.join("\n"));
    expect![[r#"Reject { line: 1, reason: BadJson, detail: "row is not JSON: it begins with `nonsense`", original: <8 bytes> }"#]].assert_eq(&format!("{:?}", outcome.rejects[0]));
}
