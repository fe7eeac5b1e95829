//! Test files for rules.

use expect_test::{Expect, expect};
use policy::{default_rules, run_cases};

#[track_caller]
fn check(text: &str, expected: Expect) {
    let told = match run_cases(&default_rules().unwrap(), text) {
        Ok(report) => report.to_string(),
        Err(error) => {
            let source = std::error::Error::source(&error).map(|s| format!(": {s}")).unwrap_or_default();
            format!("{error}{source}\n")
        }
    };
    expected.assert_eq(&told);
}

#[test]
fn a_case_that_goes_otherwise_says_what_came() {
    check(
        r#"[{"name": "a VPN", "facts": {"network": {"class": "vpn"}}, "expect": "deny", "rules": ["region-unsupported"]}]"#,
        expect![[r#"
            FAILED a VPN
                expected deny by region-unsupported, got observe by network-hidden
            0 passed, 1 failed
            no case makes these rules decide: open-use, key-missing, key-unknown, key-revoked, region-unsupported, region-disputed, region-declared, region-unknown, region-contradictory, ownership-caught, ownership-possible, ownership-unknown, network-hidden-and-new, network-hidden-and-moving, network-unknown, campaign-harvest, campaign-likely, campaign-slowed, campaign-possible, campaign-named, account-new, account-age-unknown
        "#]],
    );
}

#[test]
fn files_that_cannot_be_run() {
    check(
        "{",
        expect![[r#"
        the cases are no list of {name, facts, expect, rules}; see docs/policy.md: invalid type: map, expected a sequence at line 1 column 0
    "#]],
    );
    check(
        r#"[{"name": "a", "expect": "refuse"}]"#,
        expect![[r#"
        the cases are no list of {name, facts, expect, rules}; see docs/policy.md: unknown variant `refuse`, expected one of `allow`, `observe`, `restrict`, `throttle`, `verify`, `deny` at line 1 column 33
    "#]],
    );
    check(
        r#"[{"name": "a", "expect": "deny", "fact": {}}]"#,
        expect![[r#"
        the cases are no list of {name, facts, expect, rules}; see docs/policy.md: unknown field `fact`, expected one of `name`, `facts`, `expect`, `rules` at line 1 column 39
    "#]],
    );
    check(
        r#"[{"name": "a", "expect": "deny", "facts": {"network": {"clas": "vpn"}}}]"#,
        expect![[r#"
        case 1 (`a`) names `network.clas`, which is no fact; facts are in docs/policy.md
    "#]],
    );
    check(
        r#"[{"name": "a", "expect": "deny", "facts": {"network": {"class": "vnp"}}}]"#,
        expect![[r#"
        the facts of case 1 (`a`) have a value that does not fit: unknown variant `vnp`, expected one of `access`, `mobile`, `hosting`, `cloud`, `relay`, `vpn`, `tor`, `proxy`, `unknown`
    "#]],
    );
    check(
        r#"[{"name": "a", "expect": "deny", "facts": {"campaign": {"id": "c"}}}]"#,
        expect![[r#"
        the facts of case 1 (`a`) have a value that does not fit: missing field `confidence_permille`
    "#]],
    );
    check(
        r#"[{"name": "a", "expect": "deny", "facts": 3}]"#,
        expect![[r#"
        the facts of case 1 (`a`) have a value that does not fit: invalid type: integer `3`, expected struct Facts
    "#]],
    );
    check(
        r#"[{"name": "a", "expect": "deny", "rules": ["gone"]}]"#,
        expect![[r#"
        case 1 (`a`) expects rule `gone`, and there is no such rule
    "#]],
    );
    check(
        &" ".repeat((4 << 20) + 1),
        expect![[r#"
        the cases have 4194305 bytes and 4194304 may be read; split the file
    "#]],
    );
}
