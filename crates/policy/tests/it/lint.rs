//! No denial on one weak signal alone, however it is written.

use expect_test::{Expect, expect};
use policy::{Limits, Rules};

use crate::support::{OPEN, file, forbid, lines};

/// What the lint says of a rule that denies under these clauses: problems, or warnings after `accepted`.
#[track_caller]
fn check(clauses: &str, expected: Expect) {
    told(&format!("{OPEN}{}", forbid("it", "deny", clauses)), expected);
}

#[track_caller]
fn told(text: &str, expected: Expect) {
    let told = match Rules::load(&[file("r.cedar", text)], &Limits::default()) {
        Ok(rules) => "accepted\n".to_owned() + &lines(rules.warnings()),
        Err(problems) => lines(&problems),
    };
    expected.assert_eq(&told);
}

#[test]
fn one_weak_signal_alone() {
    for class in ["vpn", "tor", "proxy", "hosting", "cloud"] {
        let rule =
            format!("{OPEN}{}", forbid("it", "deny", &format!("when {{ context.network.class == \"{class}\" }}")));
        let problems = Rules::load(&[file("r.cedar", rule)], &Limits::default()).unwrap_err();
        assert!(problems[0].what.contains("one weak signal, network.class, alone"), "{problems:?}");
    }
    check(
        r#"when { context.network.class == "vpn" }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on one weak signal, network.class, alone, where network.class is vpn; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { context.network.class == "relay" }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on no ground, where network.class is relay; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { context.network.contradictory }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on one weak signal, network.contradictory, alone, where network.contradictory is true; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { context.network.registered_country == "CN" }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on one weak signal, network.registered_country, alone, where network.registered_country is CN; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { context.network.registered_country != context.network.located_country }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on no ground, where network.registered_country is not network.located_country; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { context.behaviour.requests_last_day > 100000 }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on one weak signal, behaviour.requests_last_day, alone, where behaviour.requests_last_day is at least 100001; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { context.account.age_days >= 0 && context.account.age_days < 7 }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on one weak signal, account.age_days, alone, where account.age_days is 0 to 6; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { context.account.age_days < 7 }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on no ground, where account.age_days is -1 to 6; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { context.account.declared_country == "RU" }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on one weak signal, account.declared_country, alone, where account.declared_country is RU; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { context.organization.standing == "possible" }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on one weak signal, organization.standing, alone, where organization.standing is possible; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { context.campaign.confidence_permille > 980 && context.campaign.recommended == "deny" }"#,
        expect![[r#"
            r.cedar:2: rule `it`: denies on signals of one family, campaign.confidence_permille and campaign.recommended, alone, where campaign.confidence_permille is at least 981 and campaign.recommended is deny; add a signal of another family, use @effect("verify"), or leave the decision to a person
        "#]],
    );
    check(
        r#"when { context.campaign.confidence_permille >= 990 }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on one weak signal, campaign.confidence_permille, alone, where campaign.confidence_permille is at least 990; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
}

#[test]
fn a_strong_ground_or_two_families() {
    for clauses in [
        r#"when { context.organization.standing == "caught" }"#,
        r#"when { context.campaign.confirmed }"#,
        r#"when { context.campaign.confirmed == true }"#,
        r#"when { context.campaign.confidence_permille >= 990 && context.campaign.recommended == "deny" }"#,
        r#"when { context.account.key == "revoked" }"#,
        r#"when { context.account.key != "active" }"#,
        r#"unless { context.account.key == "active" }"#,
        r#"when { ["CN","RU"].containsAll([context.network.registered_country, context.network.located_country]) }"#,
        r#"when { ["CN","RU"].contains(context.network.registered_country) } when { ["CN","RU"].contains(context.network.located_country) }"#,
        r#"when { context.network.located_country == "CN" && context.network.located_country == context.network.registered_country }"#,
        r#"unless { ["US","DE","unknown"].containsAny([context.network.registered_country, context.network.located_country]) }"#,
        r#"when { context.network.class == "vpn" && context.account.age_days >= 0 && context.account.age_days < 7 }"#,
        r#"when { context.network.class == "vpn" } when { context.behaviour.networks_last_day > 50 }"#,
        r#"when { if context.network.class == "tor" then context.behaviour.requests_last_day > 10 else context.organization.standing == "caught" }"#,
        // Nobody is judged: what is asked for, and what was agreed.
        r#"when { context.request.model == "retired" }"#,
        r#"when { context.account.plan == "free" && context.request.reasoning }"#,
    ] {
        check(
            clauses,
            expect![[r#"
            accepted
        "#]],
        );
    }
}

#[test]
fn padding_is_no_second_ground() {
    check(
        r#"when { context.network.class == "vpn" && context.request.stream }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on one weak signal, network.class, alone, where network.class is vpn and request.stream is true; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { context.network.class == "vpn" && context.account.plan == "free" }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on one weak signal, network.class, alone, where account.plan is free and network.class is vpn; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { context.network.class == "vpn" } unless { context.account.verified }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on one weak signal, network.class, alone, where account.verified is false and network.class is vpn; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { context.network.class == "vpn" && context.account.key == "active" }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on one weak signal, network.class, alone, where account.key is active and network.class is vpn; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { context.network.class == "vpn" && context.organization.standing != "caught" }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on one weak signal, network.class, alone, where network.class is vpn and organization.standing is clear or possible or unknown; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { context.network.class == "vpn" && context.behaviour.requests_last_day >= 0 }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on one weak signal, network.class, alone, where behaviour.requests_last_day is at least 0 and network.class is vpn; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { context.network.class == "vpn" && context.behaviour.requests_last_day + 1 > 0 }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on one weak signal, network.class, alone, where network.class is vpn and something is computed from behaviour.requests_last_day; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { context.network.class == "vpn" && context.account.age_days < 100000 }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on one weak signal, network.class, alone, where account.age_days is -1 to 99999 and network.class is vpn; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { context.network.class == "vpn" && context.network.asn == 64500 }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on signals of one family, network.asn and network.class, alone, where network.asn is 64500 and network.class is vpn; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { context.network.class == "vpn" && context.account.declared_country != "US" }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on one weak signal, network.class, alone, where account.declared_country is not US and network.class is vpn; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { context.network.class == "vpn" && context.campaign.id == "none" }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on one weak signal, network.class, alone, where campaign.id is none and network.class is vpn; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { context.network.provider like "*hide*" && context.account.age_days == 1 }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on one weak signal, account.age_days, alone, where account.age_days is 1 and something is computed from network.provider; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { context.network == {} || true }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on no ground, where something is computed from network.asn, network.class, network.contradictory, network.expired, network.located_country, network.provider, network.registered_country; add a signal of another family, use @effect("verify"), or leave the decision to a person
        r.cedar:2: rule `it`: the types {} and {asn: Long,class: String,contradictory: Bool,expired: Bool,located_country: String,provider: String,reg…; see ringfence.cedarschema for names and types
    "#]],
    );
}

#[test]
fn every_alternative_stands_by_itself() {
    check(
        r#"when { context.organization.standing == "caught" || context.network.class == "tor" }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on one weak signal, network.class, alone, where network.class is tor; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { !(context.network.class != "tor" && context.organization.standing != "caught") }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on one weak signal, network.class, alone, where network.class is tor; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { context.behaviour.networks_last_day > 9 } unless { context.network.class == "access" || context.network.class == "mobile" }"#,
        expect![[r#"
            r.cedar:2: rule `it`: denies on one weak signal, behaviour.networks_last_day, alone, where behaviour.networks_last_day is at least 10 and network.class is cloud or hosting or proxy or relay or …; add a signal of another family, use @effect("verify"), or leave the decision to a person
        "#]],
    );
    check(
        r#"when { if context.request.stream then context.network.class == "vpn" else false }"#,
        expect![[r#"
        r.cedar:2: rule `it`: denies on one weak signal, network.class, alone, where network.class is vpn and request.stream is true; add a signal of another family, use @effect("verify"), or leave the decision to a person
    "#]],
    );
    check(
        r#"when { ["CN"].containsAny([context.network.registered_country, context.network.located_country]) }"#,
        expect![[r#"
            r.cedar:2: rule `it`: denies on one weak signal, network.located_country, alone, where network.located_country is CN; add a signal of another family, use @effect("verify"), or leave the decision to a person
            r.cedar:2: rule `it`: denies on one weak signal, network.registered_country, alone, where network.registered_country is CN; add a signal of another family, use @effect("verify"), or leave the decision to a person
        "#]],
    );
    check(
        r#"when { context.network.registered_country == "CN" && context.network.located_country == "US" }"#,
        expect![[r#"
            r.cedar:2: rule `it`: denies on signals of one family, network.located_country and network.registered_country, alone, where network.located_country is US and network.registered_country is CN; add a signal of another family, use @effect("verify"), or leave the decision to a person
        "#]],
    );
    check(
        r#"when { (context.network.class == "vpn" && context.network.class == "tor") || context.campaign.confirmed }"#,
        expect![[r#"
            accepted
        "#]],
    );
}

#[test]
fn warnings() {
    check(
        "",
        expect![[r#"
        accepted
        r.cedar:2: rule `it`: denies every request; fine as a kill switch, and as nothing else
    "#]],
    );
    check(
        r#"when { context.network.class == "vpn" && context.network.class == "tor" }"#,
        expect![[r#"
        accepted
        r.cedar:2: rule `it`: can never hold; take it out, or look at its conditions again
    "#]],
    );
    told(
        &format!("{OPEN}{}", forbid("it", "verify", r#"when { context.network.class == "vpn" }"#)),
        expect![[r#"
        accepted
        r.cedar:2: rule `it`: asks callers to verify on one weak signal, network.class, alone, where network.class is vpn; a second signal keeps honest callers out of it
    "#]],
    );
    told(
        &format!("{OPEN}{}", forbid("it", "throttle", r#"when { context.account.age_days < 3 }"#)),
        expect![[r#"
        accepted
        r.cedar:2: rule `it`: takes an unknown age (-1) for a young one; ask for `context.account.age_days >= 0` as well
    "#]],
    );
    told(
        "",
        expect![[r#"
        accepted
        : no rule permits anything, so every request is denied; add a permit, such as base.cedar
    "#]],
    );
}

#[test]
fn what_no_rule_permits_is_a_denial_too() {
    let permit = |id: &str, clauses: &str| {
        format!("@id(\"{id}\") @text(\"Open.\") permit (principal, action, resource) {clauses};\n")
    };
    told(
        &permit("a", r#"unless { context.network.class == "vpn" }"#),
        expect![[r#"
            r.cedar:1: rule `a`: what no rule permits is denied, here on one weak signal, network.class, alone, where network.class is vpn; permit all use in one rule, and forbid what is not allowed
        "#]],
    );
    told(
        &permit("a", r#"when { context.network.located_country == "US" }"#),
        expect![[r#"
            r.cedar:1: rule `a`: what no rule permits is denied, here on no ground, where network.located_country is not US; permit all use in one rule, and forbid what is not allowed
        "#]],
    );
    told(
        &permit("a", r#"when { context.account.key == "active" }"#),
        expect![[r#"
        accepted
    "#]],
    );
    let both = permit("a", r#"when { context.network.class == "vpn" }"#)
        + &permit("b", r#"when { context.network.class != "vpn" }"#);
    told(
        &both,
        expect![[r#"
        accepted
    "#]],
    );
}

#[test]
fn too_many_alternatives() {
    let any = |n: usize| {
        format!(
            "({})",
            (0..8)
                .map(|k| format!("context.behaviour.requests_last_day == {}", n * 8 + k))
                .collect::<Vec<_>>()
                .join(" || ")
        )
    };
    let alternatives = format!(
        "when {{ {} && {} }} when {{ {} }}",
        any(1),
        any(1).replace("requests_last_day", "tokens_last_day"),
        any(1).replace("requests_last_day", "networks_last_day"),
    );
    check(
        &alternatives,
        expect![[r#"
        r.cedar:2: rule `it`: has more than 128 alternatives; split it into several rules, or use a list and `contains`
    "#]],
    );
}
