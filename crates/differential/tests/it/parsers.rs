//! Readers of what a client sends that are no HTTP.

use differential::{hello_name, question};

#[test]
fn names_are_answered_and_rubbish_is_not() {
    let asked = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03api\x07example\x03com\x00\x00\x01\x00\x01";
    let (name, answer) = question(asked).expect("a question");
    assert_eq!(name, "api.example.com");
    assert_eq!(&answer[..2], b"\x12\x34");
    assert!(answer.ends_with(&[127, 0, 0, 1]));
    assert_eq!(question(&answer), None);
    for end in 0..asked.len() {
        assert_eq!(question(&asked[..end]), None, "{end}");
    }
}

#[test]
fn a_hello_that_is_not_one_has_no_name() {
    assert_eq!(hello_name(b""), None);
    assert_eq!(hello_name(b"\x16\x03\x01"), None);
    assert_eq!(hello_name(b"\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00"), Some(None));
}
