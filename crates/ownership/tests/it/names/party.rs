//! Identifiers decide; countries of organisations lean.

use expect_test::{Expect, expect};
use ownership::{
    Identifier, Name, NameKind, Place, Scheme,
    names::{Bearer, Party, judge},
};

fn name(text: &str) -> Vec<Name> {
    vec![Name { text: text.to_owned(), kind: NameKind::Primary }]
}

fn register(register: &str, value: &str) -> Vec<Identifier> {
    vec![Identifier { scheme: Scheme::Register(register.to_owned()), value: value.to_owned() }]
}

fn countries(codes: &[&str]) -> Vec<Place> {
    codes.iter().map(|code| code.parse().expect("a code of a place")).collect()
}

#[track_caller]
fn check(
    left: (&str, &[Identifier], &[Place]),
    right: (&str, &[Identifier], &[Place]),
    bearer: Bearer,
    expected: Expect,
) {
    let names = [name(left.0), name(right.0)];
    let party = |at: usize, identifiers, countries| Party { bearer, names: &names[at], identifiers, countries };
    let found = judge(&party(0, left.1, left.2), &party(1, right.1, right.2)).expect("both are names");
    let notes: Vec<String> = found.explanation.notes.iter().map(ToString::to_string).collect();
    expected.assert_eq(&format!("{:.3}: {}", found.score, notes.join("; ")));
}

#[test]
fn an_equal_identifier_is_a_match_whatever_the_names() {
    let (a, b) = (register("GB-COH", "01234567"), register("GB-COH", "0123 4567"));
    check(
        ("Alpha Trading", &a, &[]),
        ("Omega Shipping", &b, &[]),
        Bearer::Organisation,
        expect!["1.000: an identifier is the same"],
    );
}

#[test]
fn differing_numbers_of_one_register_are_no_match() {
    let (a, b) = (register("GB-COH", "01234567"), register("GB-COH", "07654321"));
    check(
        ("Alpha Trading", &a, &[]),
        ("Alpha Trading", &b, &[]),
        Bearer::Organisation,
        expect!["0.000: the same name; identifiers of one scheme differ"],
    );
    let (a, b) = (register("GB-COH", "01234567"), register("RA000585", "07654321"));
    check(
        ("Alpha Trading", &a, &[]),
        ("Alpha Trading", &b, &[]),
        Bearer::Organisation,
        expect!["1.000: the same name"],
    );
}

#[test]
fn numbers_of_an_unnamed_register_never_contradict() {
    let (a, b) = (register("", "01234567"), register("", "07654321"));
    check(
        ("Alpha Trading", &a, &[]),
        ("Alpha Trading", &b, &[]),
        Bearer::Organisation,
        expect!["1.000: the same name"],
    );
}

#[test]
fn countries_of_organisations_lean_and_those_of_people_do_not() {
    let (cn, ru) = (countries(&["cn-gd"]), countries(&["ru"]));
    check(
        ("Alpha Trading", &[], &cn),
        ("Alpha Trade", &[], &ru),
        Bearer::Organisation,
        expect!["0.926: the countries differ"],
    );
    check(
        ("Alpha Trading", &[], &cn),
        ("Alpha Trade", &[], &countries(&["cn"])),
        Bearer::Organisation,
        expect!["1.000: the countries agree"],
    );
    check(("Ivan Petrov", &[], &cn), ("Ivan Petrov", &[], &ru), Bearer::Person, expect!["1.000: the same name"]);
}
