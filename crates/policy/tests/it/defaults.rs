//! The shipped rules, each both ways.

use expect_test::expect;
use policy::{
    Basis, Effect, Facts, Limits, Rules, default_cases, default_files, default_rules, run_cases, sanctions_example,
};
use serde_json::json;

use crate::support::{facts, lines};

#[test]
fn the_shipped_rules_pass_the_shipped_cases_and_each_decides_one() {
    let rules = default_rules().unwrap_or_else(|problems| panic!("{}", lines(&problems)));
    let report = run_cases(&rules, default_cases()).unwrap();
    assert!(report.all_passed() && report.untested.is_empty(), "{report}");
    assert_eq!(lines(rules.warnings()), "");
}

#[test]
fn the_lists_of_regions_are_one_list() {
    let files = default_files();
    let regions = &files.iter().find(|file| file.name == "regions.cedar").unwrap().text;
    let lists: Vec<&str> =
        regions.split('[').skip(1).map(|rest| rest.split(']').next().unwrap()).filter(|l| l.starts_with('"')).collect();
    assert_eq!(lists.len(), 3);
    assert!(lists.iter().all(|list| *list == lists[0]));
}

#[test]
fn nothing_known_is_asked_for_a_key() {
    let unknown = Facts::unknown(jiff::Timestamp::UNIX_EPOCH);
    let verdict = default_rules().unwrap().decide(&unknown);
    expect![[r#"
        {
          "effect": "verify",
          "reasons": [
            {
              "rule": "key-missing",
              "text": "Show an API key of an account of this service.",
              "basis": "tos"
            }
          ],
          "evidence": [
            {
              "signal": "account.key",
              "value": "missing"
            }
          ],
          "errors": []
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&verdict).unwrap());
}

#[test]
fn everything_unknown_but_the_key_is_only_marked() {
    let mut facts = Facts::unknown(jiff::Timestamp::UNIX_EPOCH);
    facts.account.id = Some("account-1".to_owned());
    facts.account.key = policy::KeyState::Active;
    let verdict = default_rules().unwrap().decide(&facts);
    assert_eq!(verdict.effect, Effect::Observe);
    let cited: Vec<_> = verdict.reasons.iter().map(|reason| reason.rule.as_str()).collect();
    assert_eq!(cited, ["region-unknown", "ownership-unknown", "network-unknown"]);
}

#[test]
fn the_allow_list_does_not_lift_the_law() {
    let mut files = default_files();
    files.push(sanctions_example());
    let rules = Rules::load(&files, &Limits::default()).unwrap_or_else(|problems| panic!("{}", lines(&problems)));
    let listed = json!({"allow_listed": true, "verified": true});
    let owner = json!({"account": listed, "organization": {"standing": "caught", "regime": "sanctions"}});
    let region = json!({"account": listed, "network": {"registered_country": "IR", "located_country": "KP"}});
    for changes in [owner, region] {
        let verdict = rules.decide(&facts(&changes));
        assert_eq!((verdict.effect, verdict.basis()), (Effect::Deny, Some(Basis::Legal)));
    }
    // Both grounds hold: the legal one is cited first.
    let both = json!({"network": {"registered_country": "IR", "located_country": "IR"}});
    let verdict = rules.decide(&facts(&both));
    let cited: Vec<_> = verdict.reasons.iter().map(|reason| reason.rule.as_str()).collect();
    assert_eq!(cited, ["legal-region", "region-unsupported"]);
}
