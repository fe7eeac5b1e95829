//! What a new set would have changed.

use expect_test::expect;
use policy::{Baseline, DecisionId, Effect, Past, backtest};
use serde_json::json;

use crate::support::{OPEN, facts, forbid, rules};

fn past() -> Vec<Past> {
    let classes = ["access", "vpn", "vpn", "tor", "cloud"];
    let effects = [Effect::Allow, Effect::Allow, Effect::Verify, Effect::Deny, Effect::Allow];
    let time = jiff::Timestamp::from_second(1_790_000_000).unwrap();
    (0u128..)
        .zip(classes.into_iter().zip(effects))
        .map(|(n, (class, effect))| Past {
            decision_id: DecisionId::new(time, n),
            effect,
            facts: facts(&json!({"network": {"class": class}})),
        })
        .collect()
}

#[test]
fn against_what_was_decided_and_against_other_rules() {
    let new = rules(&format!(
        "{OPEN}{}",
        forbid("hidden", "verify", r#"when { ["vpn", "tor"].contains(context.network.class) }"#)
    ));
    expect![[r#"
        2 of 5 decisions would change
          allow     -> verify            1
          deny      -> verify            1

        by network           milder   severer        of
          tor                     1         0         1
          vpn                     0         1         2

        by the rule that would decide
          hidden                                           2

        examples
          dec_01M3250V000000000000000001  allow -> verify  hidden
          dec_01M3250V000000000000000003  deny -> verify  hidden
    "#]]
    .assert_eq(&backtest(Baseline::Recorded, &new, past(), 1).to_string());
    let old = rules(OPEN);
    let report = backtest(Baseline::Rules(&old), &new, past(), 2);
    expect![[r#"
        {
          "decisions": 5,
          "changed": 3,
          "effects": [
            {
              "from": "allow",
              "to": "allow",
              "decisions": 2
            },
            {
              "from": "allow",
              "to": "verify",
              "decisions": 3
            }
          ],
          "classes": [
            {
              "class": "tor",
              "milder": 0,
              "severer": 1,
              "decisions": 1
            },
            {
              "class": "vpn",
              "milder": 0,
              "severer": 2,
              "decisions": 2
            }
          ],
          "rules": [
            {
              "rule": "hidden",
              "decisions": 3
            }
          ],
          "examples": [
            {
              "decision_id": "dec_01M3250V000000000000000001",
              "from": "allow",
              "to": "verify",
              "rules": [
                "hidden"
              ]
            },
            {
              "decision_id": "dec_01M3250V000000000000000002",
              "from": "allow",
              "to": "verify",
              "rules": [
                "hidden"
              ]
            }
          ]
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&report).unwrap());
    assert_eq!(backtest(Baseline::Rules(&new), &new, past(), 2).to_string(), "0 of 5 decisions would change\n");
}
