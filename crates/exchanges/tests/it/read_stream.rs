//! Packing, shapes, line numbers and positions.

use std::io::Cursor;

use exchanges::{Blocks, Format, Limits, Log};
use expect_test::{Expect, expect};
use proptest::{collection::vec, prelude::*, sample::Index};

use crate::read_formats::documents;
use crate::read_support::{collect, gzip, read, read_as, row, shown, zstd};

#[track_caller]
fn check(bytes: impl AsRef<[u8]>, expected: &Expect) {
    expected.assert_eq(&shown(&read(bytes.as_ref())));
}

#[test]
fn every_packing_is_found_by_its_bytes() {
    let (one, two) = (format!("{}\n", row("x1")), format!("{}\n", row("x2")));
    let plain = format!("{one}{two}");
    let members = [gzip(one.as_bytes()), gzip(two.as_bytes())].concat();
    let frames = [zstd(one.as_bytes()), b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec(), zstd(two.as_bytes())].concat();
    let skippable_first = [b"\x5f\x2a\x4d\x18\x01\0\0\0a".to_vec(), zstd(plain.as_bytes())].concat();
    for bytes in [plain.clone().into_bytes(), gzip(plain.as_bytes()), members, frames, skippable_first] {
        check(
            bytes,
            &expect![[r#"
            rows: x1 x2
        "#]],
        );
    }
}

#[test]
fn a_line_may_span_members() {
    let text = format!("{}\n", row("x1"));
    let (head, tail) = text.as_bytes().split_at(30);
    check(
        [gzip(head), gzip(tail)].concat(),
        &expect![[r#"
        rows: x1
    "#]],
    );
}

#[test]
fn byte_order_mark_crlf_blank_lines_and_unknown_fields() {
    let known = row("x3").replace(r#""status""#, r#""something":{"new":[1]},"status""#);
    let text = format!("\u{feff}{}\r\n\r\n  \n{}\r\n{known}\r\nbroken\r\n", row("x1"), row("x2"));
    check(
        text,
        &expect![[r#"
            rows: x1 x2 x3
            line 6 bad-json: row is not JSON: it begins with `broken` [6 bytes]
        "#]],
    );
}

#[test]
fn the_last_line_needs_no_end() {
    check(
        format!("{}\n{}", row("x1"), row("x2")),
        &expect![[r#"
        rows: x1 x2
    "#]],
    );
}

#[test]
fn lists_and_pretty_printed_rows() {
    check(
        format!("[{},{}\n,\n{}]", row("x1"), row("x2"), row("x3")),
        &expect![[r#"
        rows: x1 x2 x3
    "#]],
    );
    let value: serde_json::Value = serde_json::from_str(&row("x4")).expect("the good row is JSON");
    let pretty = serde_json::to_string_pretty(&value).expect("JSON serialises");
    check(
        format!("{pretty}\n{pretty}\n"),
        &expect![[r#"
        rows: x4 x4
    "#]],
    );
    check(
        format!("[\n{pretty},\n{{\"exchange_id\": 7}}, 12, \"}}]\", [\"{{\"]\n]"),
        &expect![[r#"
        rows: x4
        line 12 wrong-type: field `exchange_id` is the number `7`, expected a text [18 bytes]
        line 12 wrong-type: row is the number `12`, expected an object [2 bytes]
        line 12 wrong-type: row is the text `}]`, expected an object [4 bytes]
        line 12 wrong-type: row is a list, expected an object [5 bytes]
    "#]],
    );
}

#[test]
fn a_broken_list_goes_on_at_the_next_row() {
    check(
        format!("[{}\n:: junk\n{},\n{}\n]\n", row("x1"), row("x2"), row("x3")),
        &expect![[r#"
        rows: x1 x2 x3
        line 2 bad-json: JSON around the rows is broken: expected a comma or the closing bracket, found `:`; 8 bytes were skipped, up to the next line that begins a value [8 bytes]
    "#]],
    );
    check(
        format!("[{},\n{}", row("x1"), &row("x2")[..40]),
        &expect![[r#"
        rows: x1
        line 2 truncated: document ends before its closing brackets; rows before the cut were read [40 bytes]
    "#]],
    );
    check(
        format!("[{},\n", row("x1")),
        &expect![[r#"
        rows: x1
        line 1 truncated: document ends before its closing brackets; rows before the cut were read [0 bytes]
    "#]],
    );
}

#[test]
fn an_element_over_the_limit() {
    let limits = Limits { row_bytes: 400, kept_bytes: 20, block_bytes: 500 };
    let long = row("x2").replace("hello", &"a".repeat(200_000));
    let text = format!("[{},\n{long},\n{}]", row("x1"), row("x3"));
    expect![[r#"
        rows: x1 x3
        line 2 row-too-long: row is 200163 bytes long, over the limit of 400; only its first 20 bytes are kept here [20 bytes]
    "#]].assert_eq(&shown(&read_as(text.as_bytes(), Format::Jsonl, limits)));
}

#[test]
fn small_blocks_change_nothing() {
    let text: String = (0..500).map(|n| format!("{}\n", row(&format!("x{n}")))).collect();
    let listed = format!("[{}]", text.trim_end().replace('\n', ",\n"));
    for text in [text, listed] {
        let limits = Limits { block_bytes: 300, ..Limits::default() };
        let (small, large) =
            (read_as(text.as_bytes(), Format::Auto, limits), read_as(text.as_bytes(), Format::Auto, Limits::default()));
        assert_eq!(small.rows, large.rows);
        assert_eq!(small.rows.len(), 500);
        assert_eq!(large.blocks, 1);
    }
}

#[test]
fn line_numbers_go_on_across_blocks() {
    let good = format!("{}\n", row("x1"));
    let text = format!("{}broken\n", good.repeat(20_000));
    let outcome = read(text.as_bytes());
    assert!(outcome.blocks > 1);
    assert_eq!(outcome.rejects[0].line, 20_001);
}

#[test]
fn the_position_ends_at_the_packed_length() {
    let packed = zstd(format!("{}\n", row("x1")).repeat(50_000).as_bytes());
    let length = packed.len() as u64;
    let mut blocks =
        Blocks::open(Cursor::new(packed), Log::Exchanges, Format::Auto, Limits::default()).expect("is a good log");
    let mut before = 0;
    for block in blocks.by_ref() {
        let at = block.expect("is a good log").consumed();
        assert!(at >= before && at <= length);
        before = at;
    }
    assert_eq!(blocks.consumed(), length);
}

#[test]
fn a_file_is_read_like_a_pipe() {
    let bytes = zstd(format!("{}\n", row("x1")).as_bytes());
    let file = bytes::Bytes::from(bytes);
    let outcome = collect(Blocks::open_file(file, Log::Exchanges, Format::Auto, Limits::default()));
    expect![[r#"
        rows: x1
    "#]]
    .assert_eq(&shown(&outcome));
}

/// A document of any format with a few bytes replaced, taken out or doubled.
fn damaged() -> impl Strategy<Value = (Format, Vec<u8>)> {
    let mut seeds = documents();
    seeds.push((Format::Jsonl, format!("{}\n{}\n", row("x1"), row("x2"))));
    seeds.push((Format::Jsonl, format!("[{},\n{}]", row("x1"), row("x2"))));
    let byte = prop_oneof![any::<u8>(), prop::sample::select(b"\"\\{}[],:\n\r 0".to_vec())];
    let edits = vec((any::<Index>(), byte, 0..3_u8), 0..6);
    (prop::sample::select(seeds), edits).prop_map(|((format, text), edits)| {
        let mut bytes = text.into_bytes();
        for (at, byte, kind) in edits {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => bytes.truncate(at + 1),
            }
        }
        (format, bytes)
    })
}

proptest! {
    /// How the input is cut into blocks changes nothing, however damaged it is.
    #[test]
    fn damage_is_the_same_in_blocks_of_any_size((format, bytes) in damaged(), block_bytes in 1..3000_usize) {
        let large = Limits { row_bytes: 1200, kept_bytes: 100, ..Limits::default() };
        let (small, large) =
            (read_as(&bytes, format, Limits { block_bytes, ..large }), read_as(&bytes, format, large));
        prop_assert_eq!(&small.rows, &large.rows);
        prop_assert_eq!(small.passed_over, large.passed_over);
        let lines = |outcome: &crate::read_support::Outcome| {
            let mut lines: Vec<_> = outcome.rejects.iter().map(|r| (r.line, r.reason, r.detail.clone())).collect();
            lines.sort();
            lines
        };
        prop_assert_eq!(lines(&small), lines(&large));
    }
}
