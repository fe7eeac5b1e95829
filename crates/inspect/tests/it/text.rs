use expect_test::{Expect, expect};
use inspect::text;

#[track_caller]
fn check(input: &str, expected: Expect) {
    let all: Vec<String> =
        text(input).marks.iter().map(|m| format!("{}:{} {}: {}\n", m.line, m.column, m.kind.word(), m.text)).collect();
    expected.assert_eq(&all.concat());
}

#[test]
fn ordinary_typography_passes() {
    for t in [
        "L\u{2019}été, c\u{2019}est fini\u{a0}! «\u{a0}Bon\u{a0}» — 12\u{202f}000\u{a0}€",
        "It\u{2019}s “quoted” – and that\u{2019}s it…",
        "It's plain, don't worry.",
        "日本語\u{3000}の文章。「引用」",
        "می\u{200c}خواهم کتاب\u{200c}ها",
        "क्\u{200d}ष और न्\u{200c}न",
        "👩\u{200d}👩\u{200d}👧 ❤\u{fe0f} ✔\u{fe0e} 1\u{fe0f}\u{20e3}",
        "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
        "co\u{ad}operation",
        "ʻOkina: Hawai\u{2bb}i",
        "2026-01-02 and 2026-03-04",
        "שלום \u{200f}(test)\u{200f}",
    ] {
        assert_eq!(text(t).marks, [], "{t:?}");
    }
}

#[test]
fn what_a_reader_does_not_see_is_named() {
    check("Be brief.\u{200b} Then stop.", expect![["1:10 zero-width character: U+200B ZERO WIDTH SPACE\n"]]);
    check(
        "ok\u{e0061}\u{e0062}",
        expect![["1:3 tag characters: U+E0061 TAG LATIN SMALL LETTER A, U+E0062 TAG LATIN SMALL LETTER B\n"]],
    );
    check("a\u{fe01}b", expect![["1:2 variation selector: U+FE01 VARIATION SELECTOR-2\n"]]);
    check("two\u{2003}words", expect![["1:4 unusual space: U+2003 EM SPACE\n"]]);
    check("x \u{202e}y", expect![["1:3 direction or control character: U+202E RIGHT-TO-LEFT OVERRIDE\n"]]);
}

#[test]
fn apostrophes_that_alternate_are_named() {
    check(
        "Today\u{2bc}s date is 2026-01-02.",
        expect![["1:6 look-alike punctuation: U+02BC MODIFIER LETTER APOSTROPHE inside a word, where ' is usual\n"]],
    );
    check(
        "Today's date.\nToday\u{2019}s date.",
        expect![["2:6 look-alike punctuation: “today's” is also written with U+0027\n"]],
    );
    assert_eq!(text("Today\u{2b9}s date").normalised, "Today's date");
}

#[test]
fn separators_that_alternate_are_named() {
    check(
        "date is 2026-01-02\ndate is 2026/01/03\ndate is 2026-01-04",
        expect![["2:9 date separators that alternate: 2026/01/03 where other dates have another separator\n"]],
    );
}
