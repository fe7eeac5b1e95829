//! What becomes of a text: tokens, placeholders, shape, and which hashes there are.

use exchanges::sketch::{Form, Secret, SecretError};
use expect_test::{Expect, expect};

use crate::sketch_support::{exchange, skeleton, sketch, sketcher};

#[track_caller]
fn check(text: &str, expected: Expect) {
    expected.assert_eq(&skeleton(text));
}

#[test]
fn words_are_lower_case_and_spaces_do_not_count() {
    check("\u{feff}  Explain\tthe\n\n TIDES,  please ", expect!["explain the tides, please"]);
    check("Don't re-read it.", expect!["don't re-read it."]);
}

#[test]
fn numbers_and_addresses_are_masked() {
    check("In 1,250.50 days at 9:30", expect!["in ⟨number⟩ days at ⟨number⟩: ⟨number⟩"]);
    check("٤٢ apples and ４２ pears", expect!["⟨number⟩ apples and ⟨number⟩ pears"]);
    check("See https://example.org/a?b=1, then go on", expect!["see ⟨url⟩, then go on"]);
    check("See www.example.org/x.", expect!["see ⟨url⟩."]);
    check("Write to jane.doe42+x@mail.example.org.", expect!["write to ⟨mail⟩."]);
    check("ask @jane or a@b", expect!["ask@jane or a@b"]);
}

#[test]
fn identifiers_are_masked_and_words_are_not() {
    check("id 3f2a77c0-1b2c-4d5e-8f90-abcdef012345 ok", expect!["id ⟨id⟩ ok"]);
    check("commit deadbeef01 landed", expect!["commit ⟨id⟩ landed"]);
    check("a facade in 2024-01-02", expect!["a facade in ⟨number⟩-⟨number⟩-⟨number⟩"]);
    check("use gpt4 or v2b", expect!["use gpt ⟨number⟩ or v ⟨number⟩ b"]);
}

#[test]
fn long_quotations_and_code_are_masked() {
    check("Sum up \"it was a dark and stormy night\" now", expect!["sum up ⟨quote⟩ now"]);
    check("Say \"yes\" or \"no\" to it", expect![[r#"say"yes"or"no"to it"#]]);
    check("Sum up “it was a dark and stormy night” now", expect!["sum up ⟨quote⟩ now"]);
    check("a 5\" pipe and a 6\" pipe of good steel", expect![[r#"a ⟨number⟩"pipe and a ⟨number⟩"pipe of good steel"#]]);
    check("\"the whole text is one quotation here\"", expect![[r#""the whole text is one quotation here""#]]);
    check("Fix:\n```rust\nfn main() {}\n```\nthanks", expect!["fix: ⟨code⟩ thanks"]);
    check("Fix:\n```\nnever closed", expect!["fix: ⟨code⟩"]);
}

#[test]
fn scripts_without_spaces_are_cut_into_characters() {
    check("请解释ＡＢＣ，海洋有3个", expect!["请解释 abc,海洋有 ⟨number⟩ 个"]);
    let eight = sketch("为什么海洋会有潮汐现象呢");
    assert_eq!(eight.prompt_tokens, 12);
    assert!(eight.prefix[1].is_some() && eight.prefix[2].is_none());
}

#[test]
fn hashes_are_absent_where_there_is_too_little_text() {
    let none = sketcher().sketch(&exchange(None, None));
    assert_eq!(none, exchanges::sketch::Sketch::default());
    assert_eq!(sketch(" \n ").prompt_key, None);
    let five = sketch("one of the five words");
    assert_eq!((five.prefix, five.suffix, five.bands), ([None; 3], [None; 3], None));
    assert!(five.items.is_some());
    let six = sketch("one more than the five words");
    assert!(six.prefix[0].is_some() && six.suffix[0].is_some() && six.prefix[1].is_none());
    assert_eq!(sketch("two words").items, None);
    let system = sketcher().sketch(&exchange(Some("You help."), None));
    assert!(system.system_key.is_some() && system.system_prefix.is_none());
}

#[test]
fn suffixes_come_from_the_end() {
    let a = sketch("alpha beta gamma delta epsilon zeta answer with one word only");
    let b = sketch("quite another beginning of a text answer with one word only");
    assert_eq!(a.suffix[0], b.suffix[0]);
    assert_ne!(a.suffix[1], b.suffix[1]);
    assert_ne!(a.prefix[0], b.prefix[0]);
}

#[test]
fn items_see_the_middle_with_its_numbers() {
    let wrapped = |item: &str| {
        sketch(&format!(
            "You are given one item from a long list and you must work on it now: {item} . When you have done so, \
             write the result on a line of its own and then stop there."
        ))
    };
    let (three, four) =
        (wrapped("a train leaves at 3 with 30 coaches"), wrapped("a train leaves at 4 with 40 coaches"));
    assert_eq!((three.prefix, three.suffix, three.bands), (four.prefix, four.suffix, four.bands));
    assert_ne!(three.items, four.items);
    assert_ne!(three.prompt_key, four.prompt_key);
}

#[test]
fn only_the_ends_of_a_huge_text_are_read() {
    let filler = "lorem ipsum ".repeat(20_000);
    let text = |middle: &str| format!("the same beginning of it all {filler}{middle}{filler} and the same end of it");
    let (a, b) = (sketch(&text("here")), sketch(&text("there")));
    assert_eq!(a.prompt_key, b.prompt_key);
    assert!(a.shape.has(Form::Cut));
    assert_eq!(b.prompt_chars, a.prompt_chars + 1);
}

#[test]
fn shapes_are_seen() {
    let forms = |text: &str| {
        let shape = sketch(text).shape;
        [
            Form::Code,
            Form::List,
            Form::Question,
            Form::Tags,
            Form::ShortLastLine,
            Form::NonAscii,
            Form::OpenEnd,
            Form::Paragraphs,
            Form::Quotation,
            Form::Number,
            Form::Address,
            Form::Braces,
        ]
        .into_iter()
        .filter(|f| shape.has(*f))
        .map(|f| format!("{f:?} "))
        .collect::<String>()
    };
    let cases = [
        "plain words",
        "is it?",
        "- one\n- two",
        "1. one\n2) two",
        "put it in <answer> tags",
        "first part\n\nsecond part:",
        "今日は良い天気ですか？",
        "{\"a\": 1}",
        "```\nx\n``` and \"more than three words here\" of me@example.org",
    ];
    let seen: String = cases.iter().map(|c| format!("{c:?}: {}\n", forms(c))).collect();
    expect![[r#"
        "plain words": 
        "is it?": Question 
        "- one\n- two": List ShortLastLine 
        "1. one\n2) two": List ShortLastLine Number 
        "put it in <answer> tags": Tags 
        "first part\n\nsecond part:": ShortLastLine OpenEnd Paragraphs 
        "今日は良い天気ですか？": Question NonAscii 
        "{\"a\": 1}": Number Braces 
        "```\nx\n``` and \"more than three words here\" of me@example.org": Code ShortLastLine Quotation Address 
    "#]]
    .assert_eq(&seen);
}

#[test]
fn a_secret_is_read_from_hexadecimal_and_never_shown() {
    let secret = Secret::from_bytes(std::array::from_fn(|i| i as u8 * 7));
    assert_eq!(Secret::from_hex(&secret.to_hex()), Ok(secret.clone()));
    assert_eq!(format!("{secret:?}"), "Secret(redacted)");
    assert_eq!(Secret::from_hex("ab"), Err(SecretError::Length { digits: 2 }));
    let error = Secret::from_hex(&format!("{}g", &secret.to_hex()[1..])).unwrap_err();
    expect!["secret has a character that is no hexadecimal digit at position 63"].assert_eq(&error.to_string());
}
