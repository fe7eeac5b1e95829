//! The catalogue, the schema and what is served say the same.

use std::collections::BTreeSet;

use expect_test::{expect, expect_file};
use policy::{Kind, Signal, default_rules};

use crate::support::{OPEN, rules};

#[test]
fn the_shipped_schema_is_the_catalogue() {
    expect_file!["../../policies/ringfence.cedarschema"].assert_eq(&policy::schema());
}

#[test]
fn every_fact_is_declared() {
    let facts = serde_json::to_value(policy::everyday()).unwrap();
    let campaign = serde_json::json!({"id": 0, "confidence_permille": 0, "recommended": 0, "confirmed": 0});
    let mut paths = BTreeSet::new();
    for (record, fields) in facts.as_object().unwrap() {
        let fields = if record == "campaign" { &campaign } else { fields };
        // The time of a request is no signal: when people sleep says where they live.
        paths.extend(fields.as_object().into_iter().flatten().map(|(name, _)| format!("{record}.{name}")));
    }
    let declared: BTreeSet<String> = Signal::ALL.iter().map(|signal| signal.name.to_owned()).collect();
    assert_eq!(declared, paths);
}

#[test]
fn what_is_excluded_is_no_signal() {
    for word in ["language", "locale", "zone", "nationality", "name", "gender", "user_agent"] {
        assert!(Signal::ALL.iter().all(|signal| !signal.name.contains(word)), "{word}");
    }
}

#[test]
fn the_declaration_covers_every_signal_that_a_rule_reads() {
    let rules = default_rules().unwrap();
    let declaration = policy::declaration(&rules);
    for rule in rules.rules() {
        for signal in rules.signals_of(&rule.id) {
            let declared =
                declaration["signals"].as_array().unwrap().iter().find(|d| d["signal"] == signal.name).unwrap();
            assert!(
                declared["used_by"].as_array().unwrap().contains(&rule.id.as_str().into()),
                "{} {}",
                rule.id,
                signal.name
            );
        }
    }
    expect![[r#"
        {
          "signal": "network.class",
          "meaning": "The kind of network that the address is in.",
          "values": [
            "access",
            "mobile",
            "hosting",
            "cloud",
            "relay",
            "vpn",
            "tor",
            "proxy",
            "unknown"
          ],
          "purpose": "to find and stop coordinated harvesting and stolen access",
          "retention": "among the facts of the decisions that it was a fact of, as long as the record of decisions is kept",
          "strength": "weak",
          "used_by": [
            "network-hidden-and-new",
            "network-hidden-and-moving",
            "network-hidden",
            "network-unknown"
          ]
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&declaration["signals"][7]).unwrap());
}

#[test]
fn a_record_that_is_read_whole_counts_as_all_of_it() {
    let names = |text: &str| {
        rules(&format!("{OPEN}{text}")).signals_of("it").iter().map(|s| s.name).collect::<Vec<_>>().join(" ")
    };
    let rule = |clauses: &str| format!("@id(\"it\") @text(\"Words.\") permit (principal, action, resource) {clauses};");
    expect!["behaviour.requests_last_minute behaviour.requests_last_day behaviour.tokens_last_day behaviour.networks_last_day"].assert_eq(&names(&rule("when { context has behaviour }")));
    expect!["request.stream organization.id organization.standing organization.regime"].assert_eq(&names(&rule("when { (if context.request.stream then context.organization else context.organization).standing == \"clear\" }")));
    expect!["request.model account.id"].assert_eq(&names(
        "@id(\"it\") @text(\"Words.\") permit (principal == Account::\"a\", action, resource == Model::\"m\");",
    ));
    expect![[""]]
        .assert_eq(&names("@id(\"it\") @text(\"Words.\") permit (principal is Account, action, resource is Model);"));
    expect!["request.operation request.model request.channel request.body request.reasoning request.tools request.stream network.class network.provider network.registered_country network.located_country network.asn network.contradictory network.expired account.id account.key account.age_days account.plan account.verified account.allow_listed account.declared_country organization.id organization.standing organization.regime campaign.id campaign.confidence_permille campaign.recommended campaign.confirmed behaviour.requests_last_minute behaviour.requests_last_day behaviour.tokens_last_day behaviour.networks_last_day"].assert_eq(&names(&rule("when { context == context }")));
}

/// The words of a signal are those that the facts' own type reads, in either direction.
#[track_caller]
fn check_words<T: serde::de::DeserializeOwned + serde::Serialize>(signal: &str, all: &[T]) {
    let Some(Kind::Word(words)) = Signal::named(signal).map(|signal| signal.kind) else { panic!("{signal}") };
    let written: BTreeSet<String> =
        all.iter().map(|value| serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()).collect();
    assert_eq!(words.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>(), written);
    for word in words {
        assert!(serde_json::from_value::<T>((*word).into()).is_ok(), "{word}");
    }
}

#[test]
fn closed_words_are_those_of_the_facts() {
    use policy::{AddressClass as Class, Body, Effect, KeyState as Key, Standing};
    let classes = [
        Class::Access,
        Class::Mobile,
        Class::Hosting,
        Class::Cloud,
        Class::Relay,
        Class::Vpn,
        Class::Tor,
        Class::Proxy,
        Class::Unknown,
    ];
    check_words("network.class", &classes);
    check_words("account.key", &[Key::Missing, Key::Unknown, Key::Active, Key::Revoked]);
    check_words("organization.standing", &[Standing::Caught, Standing::Possible, Standing::Clear, Standing::Unknown]);
    check_words("campaign.recommended", &Effect::ALL);
    check_words("request.body", &[Body::None, Body::Partial, Body::Whole]);
}
