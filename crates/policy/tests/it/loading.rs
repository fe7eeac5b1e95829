//! What is refused at load, and what is said about it.

use expect_test::{Expect, expect};
use policy::{Limits, Rules};

use crate::support::{OPEN, file, forbid, lines};

#[track_caller]
fn check(text: &str, expected: Expect) {
    let problems = Rules::load(&[file("r.cedar", text)], &Limits::default()).unwrap_err();
    expected.assert_eq(&lines(&problems));
}

#[test]
fn all_mistakes_of_all_files_at_once() {
    let one = "\n@id(\"a\")\npermit (principal, action, resource);\n\n@text(\"Words.\")\n@efect(\"deny\")\nforbid (principal, action, resource);\n";
    let two = "permit (principal, action, resource) when { context.network. };";
    let three = "@id(\"b\") @text(\"Words.\") permit (principal, action, resource) when { context.network.langauge == \"zh\" };";
    let problems =
        Rules::load(&[file("one.cedar", one), file("two.cedar", two), file("three.cedar", three)], &Limits::default())
            .unwrap_err();
    expect![[r#"
        one.cedar:2: rule `a`: has no `@text`; say in plain words what the person who is refused will read
        one.cedar:5: `@efect` is no annotation; did you mean `@effect`?
        one.cedar:5: forbids and has no `@basis`; write @basis("legal"), @basis("tos"), @basis("risk") or @basis("limit")
        one.cedar:5: forbids and has no `@effect`; write @effect("throttle"), @effect("verify") or @effect("deny")
        one.cedar:5: has no `@id`; give it one: it is what a decision cites
        three.cedar:1: rule `b`: reads `context.network.langauge`, which is no declared signal; use only the signals of ringfence.cedarschema; what is not declared may not be used
        two.cedar:1: is no Cedar: unexpected token `}`; see docs/policy.md for how a rule is written
    "#]].assert_eq(&lines(&problems));
}

#[test]
fn annotations() {
    check(
        "@id(\"Big\") @text(\"Words.\") permit (principal, action, resource);",
        expect![[r#"
        r.cedar:1: `Big` is no id; use 1 to 64 small letters, digits and hyphens
    "#]],
    );
    check(
        "@id(\"a\") @text(\" \") permit (principal, action, resource);",
        expect![[r#"
        r.cedar:1: rule `a`: its text cannot be shown; write one line of 1 to 300 characters
    "#]],
    );
    check(
        "@id(\"a\") @text(\"Words.\") @owner(\"me\") permit (principal, action, resource);",
        expect![[r#"
        r.cedar:1: rule `a`: `@owner` is no annotation; only @id, @text, @effect and @basis mean something; use a comment for the rest
    "#]],
    );
    check(
        "@id(\"a\") @text(\"Words.\") @effcet(\"deny\") @bases(\"tos\") forbid (principal, action, resource);",
        expect![[r#"
            r.cedar:1: rule `a`: `@bases` is no annotation; did you mean `@basis`?
            r.cedar:1: rule `a`: `@effcet` is no annotation; did you mean `@effect`?
            r.cedar:1: rule `a`: forbids and has no `@basis`; write @basis("legal"), @basis("tos"), @basis("risk") or @basis("limit")
            r.cedar:1: rule `a`: forbids and has no `@effect`; write @effect("throttle"), @effect("verify") or @effect("deny")
        "#]],
    );
    check(
        "@id(\"a\") @text(\"Words.\") @effect(\"observe\") @basis(\"error\") forbid (principal, action, resource);",
        expect![[r#"
            r.cedar:1: rule `a`: `error` is no basis; write @basis("legal"), @basis("tos"), @basis("risk") or @basis("limit")
            r.cedar:1: rule `a`: `observe` is no effect of a forbid; write @effect("throttle"), @effect("verify") or @effect("deny")
        "#]],
    );
    check(
        "@id(\"a\") @text(\"Words.\") @effect(\"deny\") @basis(\"tos\") permit (principal, action, resource);",
        expect![[r#"
            r.cedar:1: rule `a`: `deny` is no effect of a permit; write @effect("allow"), @effect("observe") or @effect("restrict")
            r.cedar:1: rule `a`: a permit has no basis; take `@basis` off: it says on what ground a caller is refused
        "#]],
    );
    check(
        &format!("{OPEN}{OPEN}"),
        expect![[r#"
        r.cedar:2: rule `open`: has the id of the rule in r.cedar:1; give one of them another id
    "#]],
    );
    check(
        &format!("{OPEN}@id(\"failed-closed\") @text(\"Words.\") permit (principal, action, resource);"),
        expect![[r#"
            r.cedar:2: `failed-closed` is what decisions cite that no rule made; give it another id
        "#]],
    );
}

#[test]
fn texts_do_not_name_the_signal() {
    let rule = |text: &str, condition: &str| {
        format!(
            "@id(\"a\") @text(\"{text}\") @effect(\"verify\") @basis(\"risk\") forbid (principal, action, resource) when {{ {condition} }};"
        )
    };
    check(
        &rule("VPNs are not welcome.", r#"context.network.class == "vpn""#),
        expect![[r#"
        r.cedar:1: rule `a`: its text names `vpn`, a value that the rule looks for; say what the person can do, not which signal fired
    "#]],
    );
    check(
        &rule("Not in CN.", r#"["CN", "RU"].contains(context.network.located_country)"#),
        expect![[r#"
        r.cedar:1: rule `a`: its text names `CN`, a value that the rule looks for; say what the person can do, not which signal fired
    "#]],
    );
    check(
        &rule("Wait until you have 30 days.", "context.account.age_days < 30"),
        expect![[r#"
        r.cedar:1: rule `a`: its text names `30`, a value that the rule looks for; say what the person can do, not which signal fired
    "#]],
    );
    check(
        &rule("Hidemy Net is not served.", r#"context.network.provider like "*hidemy net*""#),
        expect![[r#"
        r.cedar:1: rule `a`: its text names `hidemy`, a value that the rule looks for; say what the person can do, not which signal fired
    "#]],
    );
    let fine = rule("This is not so in your region.", r#"["IN", "NO"].contains(context.network.located_country)"#);
    assert!(Rules::load(&[file("r.cedar", fine)], &Limits::default()).is_ok(), "a word is no country");
}

#[test]
fn undeclared_signals() {
    let rule = |condition: &str| {
        format!("@id(\"a\") @text(\"Words.\") permit (principal, action, resource) when {{ {condition} }};")
    };
    check(
        &rule("context.person.language == \"zh\""),
        expect![[r#"
        r.cedar:1: rule `a`: reads `context.person.language`, which is no declared signal; use only the signals of ringfence.cedarschema; what is not declared may not be used
    "#]],
    );
    check(
        &rule("principal.name == \"x\""),
        expect![[r#"
        r.cedar:1: rule `a`: reads `principal.name`, which is no declared signal; use only the signals of ringfence.cedarschema; what is not declared may not be used
    "#]],
    );
    check(
        &rule("context.network has tor && context.network.tor"),
        expect![[r#"
        r.cedar:1: rule `a`: reads `context.network.tor`, which is no declared signal; use only the signals of ringfence.cedarschema; what is not declared may not be used
    "#]],
    );
    check(
        &rule("Account::\"a\".age > 1"),
        expect![[r#"
        r.cedar:1: rule `a`: reads `Account::"a".age`, which is no declared signal; use only the signals of ringfence.cedarschema; what is not declared may not be used
    "#]],
    );
    check(
        &rule("context.network.class.length == 1"),
        expect![[r#"
        r.cedar:1: rule `a`: reads `context.network.class.length`, which is no declared signal; use only the signals of ringfence.cedarschema; what is not declared may not be used
    "#]],
    );
}

#[test]
fn the_schema_is_strict() {
    let rule = |condition: &str| {
        format!("@id(\"a\") @text(\"Words.\") permit (principal, action, resource) when {{ {condition} }};")
    };
    check(
        &rule("context.account.age_days == \"7\""),
        expect![[r#"
        r.cedar:1: rule `a`: the types Long and String are not compatible; see ringfence.cedarschema for names and types
    "#]],
    );
    check(
        &rule("context.account.verified > 1"),
        expect![[r#"
        r.cedar:1: rule `a`: unexpected type: expected Long but saw Bool; see ringfence.cedarschema for names and types
    "#]],
    );
    check(
        "@id(\"a\") @text(\"Words.\") permit (principal == User::\"x\", action, resource);",
        expect![[r#"
        r.cedar:1: rule `a`: unrecognized entity type `User`; see ringfence.cedarschema for names and types
    "#]],
    );
    check(
        "@id(\"a\") @text(\"Words.\") permit (principal == ?principal, action, resource);",
        expect![[r#"
        r.cedar:1: is a template; write the principal or model out: nothing fills templates in
    "#]],
    );
}

#[test]
fn limits() {
    let rule = |condition: &str| {
        format!("@id(\"a\") @text(\"Words.\") permit (principal, action, resource) when {{ {condition} }};")
    };
    check(
        &rule(&format!("{}true{}", "(".repeat(5_000), ")".repeat(5_000))),
        expect![[r#"
        r.cedar:1: nests more than 24 levels deep; split the rule, or use a list and `contains`
    "#]],
    );
    check(
        &rule(&format!("{}true{}", "if true then ".repeat(5_000), " else true".repeat(5_000))),
        expect![[r#"
        r.cedar:1: nests more than 24 levels deep; split the rule, or use a list and `contains`
    "#]],
    );
    check(
        &rule(&vec!["true"; 5_000].join(" && ")),
        expect![[r#"
        r.cedar:1: has more than 200 operators; split the rule, or use a list and `contains`
    "#]],
    );
    let many: String = (0..201).map(|n| forbid(&format!("r-{n}"), "verify", "")).collect();
    check(
        &many,
        expect![[r#"
        r.cedar: has 201 rules and 200 may be loaded; every rule is evaluated for every request: put countries, networks and owners into lists
    "#]],
    );
    let large = format!("// {}\n{OPEN}", "x".repeat(300_000));
    check(
        &large,
        expect![[r#"
        r.cedar: has 300069 bytes and 262144 may be read; split it, or shorten its lists
    "#]],
    );
    let files: Vec<_> = (0..65).map(|n| file(&format!("{n}.cedar"), "")).collect();
    expect![[r#"
        : there are 65 files and 64 may be loaded; put several rules into one file
    "#]]
    .assert_eq(&lines(&Rules::load(&files, &Limits::default()).unwrap_err()));
}

#[test]
fn a_long_list_is_no_long_rule() {
    let countries: Vec<String> = (0..20_000).map(|n| format!("{n}")).collect();
    let text = format!(
        "{OPEN}{}",
        forbid(
            "it",
            "verify",
            &format!(
                "when {{ [{}].contains(context.network.asn) }} when {{ context.behaviour.networks_last_day > 9 }}",
                countries.join(",")
            )
        )
    );
    assert!(Rules::load(&[file("r.cedar", text)], &Limits::default()).is_ok());
}
