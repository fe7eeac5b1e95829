//! Explanations, shadows, and decisions made of verdicts.

use expect_test::expect;
use policy::{Basis, DecisionId, Effect, Shadow, default_rules, explain};
use serde_json::json;

use crate::support::{OPEN, facts, forbid, rules};

#[test]
fn an_explanation_names_each_rule() {
    let rules = default_rules().unwrap();
    let changes = json!({"network": {"class": "tor", "registered_country": "IR", "located_country": "IR"}, "account": {"age_days": 3}});
    expect![[r#"
        deny (tos)
          region-unsupported: This service is not offered in your country or region.

        holds open-use -> allow  (base.cedar:4)

        decides region-unsupported -> deny  (regions.cedar:5)
            network.registered_country = "IR"
            network.located_country = "IR"
            account.allow_listed = false

        holds region-disputed -> verify  (regions.cedar:17)
            network.registered_country = "IR"
            network.located_country = "IR"
            account.verified = false
            account.allow_listed = false

        holds network-hidden-and-new -> verify  (networks.cedar:4)
            network.class = "tor"
            account.age_days = 3
            account.verified = false
            account.allow_listed = false

        holds network-hidden -> observe  (networks.cedar:22)
            network.class = "tor"

        do not hold: key-missing, key-unknown, key-revoked, region-declared, region-unknown, region-contradictory, ownership-caught, ownership-possible, ownership-unknown, network-hidden-and-moving, network-unknown, campaign-harvest, campaign-likely, campaign-slowed, campaign-possible, campaign-named, account-new, account-age-unknown
    "#]].assert_eq(&explain(&rules, &facts(&changes)).to_string());
}

#[test]
fn a_rule_that_fails_is_named() {
    let text = format!("{OPEN}{}", forbid("sum", "verify", "when { context.behaviour.tokens_last_day + 1 > 7 }"));
    let changes = json!({"behaviour": {"tokens_last_day": u64::MAX}});
    let explanation = explain(&rules(&text), &facts(&changes));
    expect![[r#"
        deny (error)
          failed-closed: This request could not be checked, and what cannot be checked is refused.
          could not be evaluated: rule `sum`: integer overflow while attempting to add the values `9223372036854775807` and `1`

        holds open -> allow  (rules.cedar:1)

        failed sum -> verify  (rules.cedar:2)
            behaviour.tokens_last_day = 9223372036854775807
    "#]].assert_eq(&explanation.to_string());
    expect![[r#"{"effect":"deny","reasons":[{"rule":"failed-closed","text":"This request could not be checked, and what cannot be checked is refused.","basis":"error"}],"evidence":[],"errors":[{"rule":"sum","text":"integer overflow while attempting to add the values `9223372036854775807` and `1`"}]}"#]].assert_eq(&serde_json::to_string(&explanation.verdict).unwrap());
}

/// Cedar evaluates `when` before `unless`: a rule that can never hold can still fail, and what fails is refused.
#[test]
fn a_rule_that_cannot_hold_can_fail() {
    let clauses = "when { context.behaviour.tokens_last_day + 1 > 7 } unless { context.request.stream || true }";
    let set = rules(&format!("{OPEN}{}", forbid("sum", "verify", clauses)));
    let verdict = set.decide(&facts(&json!({"behaviour": {"tokens_last_day": u64::MAX}})));
    assert_eq!((verdict.effect, verdict.basis()), (Effect::Deny, Some(Basis::Error)));
    assert_eq!(set.decide(&facts(&json!({}))).effect, Effect::Allow);
}

#[test]
fn a_fact_that_is_too_long_is_refused() {
    let text = format!("{OPEN}{}", forbid("m", "verify", "when { context.request.model == \"x\" }"));
    let verdict = rules(&text).decide(&facts(&json!({"request": {"model": "x".repeat(2000)}})));
    expect![[r#"{"effect":"deny","reasons":[{"rule":"failed-closed","text":"This request could not be checked, and what cannot be checked is refused.","basis":"error"}],"evidence":[],"errors":[{"rule":null,"text":"request.model has 2000 bytes and rules look at 1024 at most"}]}"#]].assert_eq(&serde_json::to_string(&verdict).unwrap());
}

#[test]
fn a_shadow_tells_only_differences() {
    let live = rules(OPEN);
    let candidate = rules(&format!("{OPEN}{}", forbid("vpn", "verify", r#"when { context.network.class == "vpn" }"#)));
    let shadow = Shadow { live: &live, candidate: &candidate };
    assert_eq!(shadow.decide(&facts(&json!({}))).1, None);
    let (verdict, difference) = shadow.decide(&facts(&json!({"network": {"class": "vpn"}})));
    assert_eq!(verdict.effect, Effect::Allow);
    expect![[r#"{"decided":"allow","would":"verify","rules":["vpn"]}"#]]
        .assert_eq(&serde_json::to_string(&difference).unwrap());
}

#[test]
fn a_verdict_becomes_a_decision() {
    let verdict = default_rules().unwrap().decide(&facts(&json!({"organization": {"standing": "caught"}})));
    let time = jiff::Timestamp::from_second(1_790_000_000).unwrap();
    let decision = verdict.into_decision(DecisionId::new(time, 7), time, "https://example.com/appeals".to_owned());
    expect![[r#"
        {
          "decision_id": "dec_01M3250V000000000000000007",
          "time": "2026-09-21T14:13:20Z",
          "effect": "deny",
          "reasons": [
            {
              "rule": "ownership-caught",
              "text": "This service is not offered to organisations that are controlled from where it is not offered.",
              "basis": "tos"
            }
          ],
          "evidence": [
            {
              "signal": "account.allow_listed",
              "value": false
            },
            {
              "signal": "organization.standing",
              "value": "caught"
            }
          ],
          "appeal": "https://example.com/appeals"
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&decision).unwrap());
}
