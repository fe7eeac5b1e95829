//! Inputs that are cut, damaged, too large or something else.

use expect_test::expect;
use ownership::{Feed, Format, Limits};

use super::support::{all, check, check_as, gzip, told, zstd};

const ROW: &str = r#"{"id":"c1","schema":"Company","properties":{"name":["Acme"]}}"#;

#[test]
fn nothing_and_strange_things_are_told() {
    check(
        "",
        expect![[r#"
        failed: input is empty: it has no bytes; is the export finished?
    "#]],
    );
    check(
        " \n ",
        expect![[r#"
        failed: input has no rows: nothing is in it but white space
    "#]],
    );
    check(
        "hello world\n",
        expect![[r#"
        failed: input is of no format that we know: it begins with `hello world`. Understood are FollowTheMoney JSON Lines, BODS 0.4, GLEIF Level 1, Level 2 and reporting exceptions (XML, CSV, JSON), the Companies House PSC snapshot, OFAC CSV and CSV of names, each plain, .gz or .zst; name one with --format if it is
    "#]],
    );
    check(
        r#"{"a":1}"#,
        expect![[r#"
        failed: input is of no format that we know: it is JSON with the keys a. Understood are FollowTheMoney JSON Lines, BODS 0.4, GLEIF Level 1, Level 2 and reporting exceptions (XML, CSV, JSON), the Companies House PSC snapshot, OFAC CSV and CSV of names, each plain, .gz or .zst; name one with --format if it is
    "#]],
    );
    check(
        "<html><body>404</body></html>",
        expect![[r#"
        failed: input is of no format that we know: it is XML that begins with `<html><body>404</body></html>`. Understood are FollowTheMoney JSON Lines, BODS 0.4, GLEIF Level 1, Level 2 and reporting exceptions (XML, CSV, JSON), the Companies House PSC snapshot, OFAC CSV and CSV of names, each plain, .gz or .zst; name one with --format if it is
    "#]],
    );
    check_as(
        Format::Ftm,
        "<lei:LEIData/>",
        expect![[r#"
        failed: input is XML, but the format `ftm` was named; name another one, or `auto`
    "#]],
    );
    check_as(
        Format::OfacSdn,
        ROW,
        expect![[r#"
        failed: input is JSON, but the format `ofac-sdn` was named; name another one, or `auto`
    "#]],
    );
    assert_eq!(
        "parquet".parse::<Format>().expect_err("is no format").to_string(),
        "format `parquet` is unknown; use one of auto, ftm, bods, gleif-entities, gleif-relationships, gleif-exceptions, psc, ofac-sdn, \
         ofac-consolidated, ofac-aliases, ofac-addresses, names"
    );
}

#[test]
fn packed_text_is_unpacked_and_its_cuts_are_told() {
    let rows = (0..2000).map(|n| ROW.replace("c1", &format!("c{n}")) + "\n").collect::<String>();
    for packed in [gzip(rows.as_bytes()), zstd(rows.as_bytes()), [gzip(b" "), gzip(rows.as_bytes())].concat()] {
        let (statements, rejects, outcome) = all(&packed, &Feed::of("f"));
        assert_eq!((statements.len(), rejects.len()), (2000, 0));
        assert!(outcome.failure.is_none());
        let (statements, _, outcome) = all(&packed[..packed.len() - 20], &Feed::of("f"));
        assert!(statements.len() <= 2000);
        let failure = outcome.failure.expect("a cut stream is an error").to_string();
        assert!(failure.starts_with("truncated: the "), "{failure}");
    }
    let mut damaged = gzip(rows.as_bytes());
    let middle = damaged.len() / 2;
    damaged[middle..middle + 40].fill(0xff);
    let failure = all(&damaged, &Feed::of("f")).2.failure.expect("a damaged stream is an error").to_string();
    assert!(failure.starts_with("damaged: the gzip stream") || failure.starts_with("truncated"), "{failure}");
}

#[test]
fn long_names_and_rows_are_refused_and_clipped() {
    let long = ROW.replace("Acme", &"x".repeat(10 << 20));
    let (statements, rejects, _) = all(format!("{long}\n{ROW}\n").as_bytes(), &Feed::of("f"));
    assert_eq!(statements.len(), 1);
    expect![[r#"[Reject { line: 1, reason: NameTooLong, detail: "field `name`: a name of 10485760 bytes is over the limit of 8192: `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…`", original: <65536 bytes> }]"#]].assert_eq(&format!("{:?}", rejects));
    let small = Feed {
        limits: Limits { row_bytes: 50, kept_bytes: 10, ..Limits::default() },
        format: Format::Ftm,
        ..Feed::of("f")
    };
    expect![[r#"
        ! line 1 row-too-long: row is 61 bytes long, over the limit of 50; only its first 10 bytes are kept here
        ! line 2 missing-field: field `schema` is missing or empty, and the record says nothing without it
    "#]]
    .assert_eq(&told(format!("{ROW}\n{{}}\n").as_bytes(), &small));
    let many = Feed { limits: Limits { values: 2, ..Limits::default() }, ..Feed::of("f") };
    expect![[r#"
        ! line 1 too-many-values: field `properties.name` has 3 values, over the limit of 2
    "#]]
    .assert_eq(&told(ROW.replace(r#""Acme""#, r#""a","b","c""#).as_bytes(), &many));
    let held = Feed { limits: Limits { held_bytes: 100, ..Limits::default() }, ..Feed::of("f") };
    let row = r#"{"recordType":"entity","recordId":"r","statementDate":"2020-01-01","recordDetails":{"name":"A"}}"#;
    expect![[r#"
        failed: the statements that may still be replaced take more than 100 bytes; split the file by its declarations, or raise the limit
    "#]].assert_eq(&told(row.as_bytes(), &held));
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let bytes = [ROW.as_bytes(), b"\n{\"id\":\"\xff\"}\n{\"id\":\"\0\"}\n"].concat();
    let (_, rejects, _) = all(&bytes, &Feed::of("f"));
    expect![[r#"
        [
            (
                2,
                "invalid-utf8",
                "row is not UTF-8: byte 0xff at byte 8; convert the file to UTF-8",
            ),
            (
                3,
                "nul-byte",
                "row holds a NUL byte at byte 8; was the file preallocated or damaged?",
            ),
        ]"#]]
    .assert_eq(&format!("{:#?}", rejects.iter().map(|r| (r.line, r.reason.code(), &r.detail)).collect::<Vec<_>>()));
    expect![[r#"{"file":"dir/f","line":2,"reason":"invalid-utf8","detail":"row is not UTF-8: byte 0xff at byte 8; convert the file to UTF-8","original_base64":"eyJpZCI6Iv8ifQ=="}"#]].assert_eq(&rejects[0].to_line("dir/f"));
}

#[test]
fn deep_json_is_refused() {
    check(
        &format!("{ROW}\n{}", "[".repeat(1000)),
        expect![[r#"
        c1 Company Primary `Acme`
        ! line 2 bad-json: row is not JSON: it is nested more than 128 deep
    "#]],
    );
}

#[test]
fn a_broken_list_goes_on_at_the_next_element() {
    let row = |id: &str| ROW.replace("c1", id);
    check(
        &format!(
            "[\n{},\n{}\n{},\n{},\n{}\n,{}]",
            row("a"),
            row("b"),
            row("c").replace("]}}", "}}"),
            row("d").replace("Acme\"", "Acme"),
            row("e"),
            row("f")
        ),
        expect![[r#"
            a Company Primary `Acme`
            b Company Primary `Acme`
            e Company Primary `Acme`
            f Company Primary `Acme`
            ! line 3 bad-json: a comma is missing between two elements of the list; both were read
            ! line 4 bad-json: element of the list is broken: its brackets do not match; 61 bytes were skipped, up to the next line that begins like a row
            ! line 5 bad-json: element of the list is broken: a text in quotes is not closed on its line; 61 bytes were skipped, up to the next line that begins like a row
        "#]],
    );
    check(
        &format!("[{}\n", row("a")),
        expect![[r#"
        a Company Primary `Acme`
        ! line 2 truncated: document ends before its closing brackets; rows before the cut were read, fetch the file again
    "#]],
    );
    check(
        &format!("[{}] tail", row("a")),
        expect![[r#"
        a Company Primary `Acme`
        ! line 1 bad-json: element of the list is broken: something stands after the end of the list; 4 bytes were skipped, up to the next line that begins like a row
    "#]],
    );
    check(
        &format!("[{},", &row("a")[..20]),
        expect![[r#"
        ! line 1 truncated: row is cut off after 21 bytes, where the file ends or is damaged; fetch the file again
    "#]],
    );
}

#[test]
fn an_open_quote_is_told() {
    check(
        "name,id\n\"Acme,1\nB,2\n",
        expect![[r#"
        ! line 2 bad-csv: a quote is opened and not closed within 12 bytes, rows after it included; close or double it
        - 1 header
    "#]],
    );
    let long = format!("name,id\n\"Acme,1\n{}C,3\n", "B,2\n".repeat(100_000));
    expect![[r#"
        - 1 header
        ! line 2 bad-csv: a quote is opened and not closed within 262147 bytes, rows after it included; close or double it
        3 Company Primary `C` on names/-
        2 Company Primary `B` on names/-"#]].assert_eq(&told(long.as_bytes(), &Feed::of("f")).lines().rev().take(4).collect::<Vec<_>>().join("\n"));
}

#[test]
fn what_is_packed_otherwise_or_is_no_text_is_called_by_its_name() {
    let failure = |bytes: &[u8]| all(bytes, &Feed::of("f")).2.failure.expect("is no text of ours").to_string();
    let utf16: Vec<u8> = "\u{feff}owner,owned,percent\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    expect![[r#"
        input is a zip archive (or a spreadsheet); unpack it, or save the sheet as CSV in UTF-8
        input is UTF-16; save it as UTF-8, in Excel as `CSV UTF-8`
        input is packed by bzip2; unpack it, or pack it by gzip or zstd
        input is packed by xz; unpack it, or pack it by gzip or zstd
        input is a PDF; fetch the list as CSV, XML or JSON"#]]
    .assert_eq(&[&b"PK\x03\x04rest"[..], &utf16, b"BZh91AY", b"\xfd7zXZ\0rest", b"%PDF-1.7"].map(failure).join("\n"));
}
