//! What may be kept.

use expect_test::{Expect, expect};
use ledger::{Entry, Kind, Leaf, MAX_BODY, SegmentReader, line};

use crate::support::{Stored, chain, entry};

#[track_caller]
fn refused(body: impl Into<Vec<u8>>, says: Expect) {
    says.assert_eq(&chain(&Entry { body: body.into(), ..entry(0) }.to_leaf().unwrap_err()));
}

#[test]
fn bodies_are_one_line_of_json() {
    refused("", expect!["the body is not one JSON value: EOF while parsing a value at line 1 column 0"]);
    refused("{} {}", expect!["the body is not one JSON value: trailing characters at line 1 column 4"]);
    refused("{\n}", expect!["the body has a line break or another control character; write the JSON on one line"]);
    refused(*b"\"\xff\"", expect!["the body is not UTF-8: invalid utf-8 sequence of 1 bytes from index 1"]);
    refused(
        format!("\"{}\"", "x".repeat(MAX_BODY)),
        expect!["the body has 1048578 bytes where 1048576 are allowed; keep a digest of what is long"],
    );
    let largest = Entry { body: format!("\"{}\"", "x".repeat(MAX_BODY - 2)).into_bytes(), ..entry(0) };
    assert_eq!(Leaf::try_from(largest.to_leaf().unwrap().as_bytes().to_vec()).unwrap().entry(), largest);
}

#[test]
fn kinds_are_short_lower_case_words() {
    for good in ["a", "decision", "policy.set", "case-2_x", &"k".repeat(Kind::MAX)] {
        assert_eq!(good.parse::<Kind>().unwrap().as_str(), good);
    }
    for bad in ["", "A", "1a", "a b", "ä", "a/b", &"k".repeat(Kind::MAX + 1)] {
        bad.parse::<Kind>().unwrap_err();
    }
    expect!["`No Kind` is no kind; write a lower-case word of at most 32 letters, digits, `-`, `_` and `.`"]
        .assert_eq(&"No Kind".parse::<Kind>().unwrap_err().to_string());
}

#[track_caller]
fn unreadable(change: impl FnOnce(&mut Vec<u8>), says: Expect) {
    let mut bytes = entry(5).to_leaf().unwrap().as_bytes().to_vec();
    change(&mut bytes);
    says.assert_eq(&chain(&Leaf::try_from(bytes).unwrap_err()));
}

#[test]
fn leaves_have_one_spelling() {
    unreadable(Vec::clear, expect!["the leaf has 0 bytes, which is too few or too many"]);
    unreadable(|b| b.truncate(13), expect!["the leaf has 13 bytes, which is too few or too many"]);
    unreadable(|b| b[0] = 2, expect!["the leaf has version 2; this program reads version 1, so use a newer one"]);
    unreadable(
        |b| b[1] = 0,
        expect![
            "the leaf has a bad kind: `` is no kind; write a lower-case word of at most 32 letters, digits, `-`, `_` and `.`"
        ],
    );
    unreadable(|b| b[9] = 0x7f, expect!["the leaf has a time that does not exist"]);
    // A billion nanoseconds, or nanoseconds before a second that is after the epoch.
    unreadable(
        |b| b[10..14].copy_from_slice(&1_000_000_000_i32.to_le_bytes()),
        expect!["the leaf has a time that does not exist"],
    );
    unreadable(
        |b| b[10..14].copy_from_slice(&(-1_i32).to_le_bytes()),
        expect!["the leaf has a time that does not exist"],
    );
    unreadable(
        |b| b[14] = b'D',
        expect![
            "the leaf has a bad kind: `Decision` is no kind; write a lower-case word of at most 32 letters, digits, `-`, `_` and `.`"
        ],
    );
}

#[test]
fn a_leaf_has_these_bytes() {
    let leaf = Entry {
        time: "1970-01-01T00:00:01.000000002Z".parse().unwrap(),
        kind: "ab".parse().unwrap(),
        body: b"{}".to_vec(),
    };
    assert_eq!(leaf.to_leaf().unwrap().as_bytes(), b"\x01\x02\x01\0\0\0\0\0\0\0\x02\0\0\0ab{}");
}

#[test]
fn a_line_for_other_programs() {
    let stored = Stored::of(1, 1 << 20, 1);
    let record = SegmentReader::open(stored.segments[0].as_slice()).unwrap().next_record().unwrap().unwrap();
    expect![[r#"{"index":0,"time":"2026-09-21T14:13:20Z","kind":"decision","leaf_hash":"rtFYsEXrRJ7IfjgEkDtyPe+sjjT5NMA+QcqxqUMhKos=","body":{"number":0}}"#]]
        .assert_eq(&line(&record).unwrap());
}
