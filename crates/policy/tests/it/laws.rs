//! What holds for all rules and all facts.

use std::sync::LazyLock;

use policy::{
    AddressClass, Basis, Body, Campaign, Effect, Facts, KeyState, Limits, Outcome, Rules, Standing, default_files,
    default_rules, explain,
};
use proptest::{prelude::*, sample::select};

use crate::support::{OPEN, file, forbid, rules};

static DEFAULT: LazyLock<Rules> = LazyLock::new(|| default_rules().unwrap());

/// Rules, what they do, and when they hold: by Cedar, and by hand.
type Row = (&'static str, Effect, &'static str, fn(&Facts) -> bool);
const POOL: [Row; 8] = [
    ("p-open", Effect::Allow, "", |_| true),
    // What these leave out is left out on strong ground, as the lint wants it.
    ("p-observe", Effect::Observe, "unless { context.campaign.confirmed }", |f| {
        !f.campaign.as_ref().is_some_and(|c| c.confirmed)
    }),
    ("p-restrict", Effect::Restrict, "when { context.organization.standing != \"caught\" }", |f| {
        f.organization.standing != Standing::Caught
    }),
    ("f-throttle", Effect::Throttle, "when { context.behaviour.tokens_last_day > 1000 }", |f| {
        f.behaviour.tokens_last_day > 1000
    }),
    ("f-verify", Effect::Verify, "when { context.account.key != \"active\" }", |f| f.account.key != KeyState::Active),
    ("f-age", Effect::Verify, "when { context.account.age_days == -1 }", |f| f.account.age_days.is_none()),
    ("f-deny", Effect::Deny, "when { context.organization.standing == \"caught\" }", |f| {
        f.organization.standing == Standing::Caught
    }),
    (
        "f-region",
        Effect::Deny,
        "when { [\"KP\", \"IR\"].containsAll([context.network.registered_country, context.network.located_country]) }",
        |f| {
            let is_in = |country: &Option<String>| matches!(country.as_deref(), Some("KP" | "IR"));
            is_in(&f.network.registered_country) && is_in(&f.network.located_country)
        },
    ),
];

/// Rules whose sum, product or negation overflows for large counts.
const FAILING: [&str; 4] = [
    "when { context.behaviour.tokens_last_day + 1 < 0 }",
    "when { context.behaviour.requests_last_day * 4 < 0 }",
    "when { context.behaviour.requests_last_minute + context.behaviour.tokens_last_day < 0 }",
    "when { context.network.class == \"vpn\" && -2 * context.behaviour.tokens_last_day > 0 }",
];

fn text_of(row: &Row) -> String {
    let (id, effect, clauses, _) = row;
    if effect.passes() {
        let effect = effect.as_str();
        return format!(
            "@id(\"{id}\") @text(\"Words.\") @effect(\"{effect}\") permit (principal, action, resource) {clauses};\n"
        );
    }
    forbid(id, effect.as_str(), clauses)
}

fn count() -> impl Strategy<Value = u64> {
    prop_oneof![0..2000u64, Just(u64::MAX), Just(i64::MAX as u64), any::<u64>()]
}

fn country() -> impl Strategy<Value = Option<String>> {
    prop::option::of(select(vec!["KP", "IR", "US", "DE", "CN", "unknown", ""]).prop_map(str::to_owned))
}

fn any_facts() -> impl Strategy<Value = Facts> {
    use AddressClass::{Access, Cloud, Hosting, Mobile, Proxy, Relay, Tor, Unknown, Vpn};
    let network = (
        select(vec![Access, Mobile, Hosting, Cloud, Relay, Vpn, Tor, Proxy, Unknown]),
        country(),
        country(),
        prop::option::of(any::<u32>()),
        any::<(bool, bool)>(),
        prop::option::of(".{0,20}"),
    );
    let account = (
        select(vec![KeyState::Missing, KeyState::Unknown, KeyState::Active, KeyState::Revoked]),
        prop::option::of(any::<u32>()),
        any::<(bool, bool)>(),
        prop::option::of(".{0,20}"),
        country(),
    );
    let campaign = prop::option::of((any::<u16>(), select(Effect::ALL.to_vec()), any::<bool>()));
    let standing = select(vec![Standing::Caught, Standing::Possible, Standing::Clear, Standing::Unknown]);
    let request = (".{0,20}", any::<(bool, bool, bool)>(), select(vec![Body::None, Body::Partial, Body::Whole]));
    let behaviour = (count(), count(), count(), any::<u32>());
    (network, account, campaign, standing, request, behaviour).prop_map(|(n, a, c, standing, r, b)| {
        let mut facts = Facts::unknown(jiff::Timestamp::UNIX_EPOCH);
        (facts.network.class, facts.network.registered_country, facts.network.located_country) = (n.0, n.1, n.2);
        (facts.network.asn, facts.network.provider) = (n.3, n.5);
        (facts.network.contradictory, facts.network.expired) = n.4;
        (facts.account.key, facts.account.age_days, facts.account.id, facts.account.declared_country) =
            (a.0, a.1, a.3, a.4);
        (facts.account.verified, facts.account.allow_listed) = a.2;
        facts.campaign = c.map(|(confidence_permille, recommended, confirmed)| Campaign {
            id: "c".to_owned(),
            confidence_permille,
            recommended,
            confirmed,
        });
        facts.organization.standing = standing;
        (facts.request.model, facts.request.body) = (r.0, r.2);
        (facts.request.reasoning, facts.request.tools, facts.request.stream) = r.1;
        (facts.behaviour.requests_last_minute, facts.behaviour.requests_last_day) = (b.0, b.1);
        (facts.behaviour.tokens_last_day, facts.behaviour.networks_last_day) = (b.2, b.3);
        facts
    })
}

/// Conditions over every kind of signal, put together in every way that rules can.
fn condition() -> impl Strategy<Value = String> {
    let leaf = select(vec![
        "true",
        "context.request.stream",
        "context.network.contradictory == false",
        "context.network.class == \"vpn\"",
        "\"tor\" != context.network.class",
        "[\"hosting\", \"cloud\", \"unknown\"].contains(context.network.class)",
        "context.account.key != \"active\"",
        "context.organization.standing == \"caught\"",
        "context.campaign.recommended == \"deny\"",
        "context.campaign.id == \"none\"",
        "context.campaign.confidence_permille >= 900",
        "context.account.age_days < 7",
        "0 <= context.account.age_days",
        "context.account.age_days == -1",
        "context.account.age_days >= -3",
        "context.behaviour.tokens_last_day > 1000",
        "1000 > context.behaviour.requests_last_day",
        "context.behaviour.requests_last_minute <= 9223372036854775807",
        "[0, 1, 2].contains(context.behaviour.networks_last_day)",
        "context.network.asn != 0",
        "context.network.registered_country == context.network.located_country",
        "context.network.located_country != \"unknown\"",
        "[\"KP\", \"IR\"].containsAll([context.network.registered_country, context.network.located_country])",
        "[\"KP\", \"IR\"].containsAny([context.network.registered_country, context.account.declared_country])",
        "context.network.registered_country like \"*R*\"",
        "context.behaviour.tokens_last_day + 1 > 1000",
        "principal == Account::\"unknown\"",
        "context.account.id == \"unknown\"",
        "context has network",
        "(context.request.tools == true) == false",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("(if {a} then {b} else {c})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_severest_of_any_subset_wins(facts in any_facts(), taken in any::<[bool; 8]>()) {
        let rows: Vec<&Row> = POOL.iter().zip(taken).filter(|(_, taken)| *taken).map(|(row, _)| row).collect();
        let text: String = rows.iter().map(|row| text_of(row)).collect();
        let verdict = rules(&text).decide(&facts);
        let holding: Vec<&&Row> = rows.iter().filter(|(_, _, _, holds)| holds(&facts)).collect();
        // Without a permit it is a denial, and what is milder has no say.
        let permitted = holding.iter().any(|row| row.1.passes());
        let severest = holding.iter().map(|row| row.1).max().filter(|effect| permitted || *effect == Effect::Deny);
        prop_assert_eq!(verdict.effect, severest.unwrap_or(Effect::Deny));
        let cited: Vec<&str> = verdict.reasons.iter().map(|reason| reason.rule.as_str()).collect();
        let wanted: Vec<&str> = holding.iter().filter(|row| Some(row.1) == severest).map(|row| row.0).collect();
        prop_assert_eq!(cited, if wanted.is_empty() { vec![policy::NOT_PERMITTED] } else { wanted });
    }

    #[test]
    fn another_forbid_never_makes_it_milder(facts in any_facts(), taken in any::<[bool; 8]>(), more in 3usize..8) {
        let rows = POOL.iter().zip(taken).enumerate().filter(|(n, (_, taken))| *taken && *n != more);
        let before: String = rows.map(|(_, (row, _))| text_of(row)).collect();
        let after = format!("{before}{}", text_of(&POOL[more]));
        prop_assert!(rules(&after).decide(&facts).effect >= rules(&before).decide(&facts).effect);
    }

    #[test]
    fn no_rule_is_left_out_that_holds_or_fails(
        facts in prop::collection::vec(any_facts(), 16),
        when in condition(),
        unless in condition(),
    ) {
        let text = format!("{OPEN}{}", forbid("it", "verify", &format!("when {{ {when} }} unless {{ {unless} }}")));
        let set = rules(&text);
        for facts in &facts {
            let explanation = explain(&set, facts);
            let effect = match &explanation.rules[1].outcome {
                Outcome::Decides => Effect::Verify,
                Outcome::DoesNotHold => Effect::Allow,
                Outcome::Failed(_) => Effect::Deny,
                Outcome::Holds => return Err(TestCaseError::fail("Cedar says that it holds, and it was left out")),
            };
            prop_assert_eq!(explanation.verdict.effect, effect);
        }
    }

    #[test]
    fn no_error_allows(facts in any_facts(), effect in select(vec!["throttle", "verify"]), which in 0usize..4, permit in any::<bool>()) {
        let failing = if permit {
            format!("@id(\"fails\") @text(\"Words.\") permit (principal, action, resource) {};", FAILING[which])
        } else {
            forbid("fails", effect, FAILING[which])
        };
        let set = rules(&format!("{OPEN}{failing}"));
        let verdict = set.decide(&facts);
        let explanation = explain(&set, &facts);
        let failed = explanation.rules.iter().any(|rule| matches!(rule.outcome, Outcome::Failed(_)));
        prop_assert_eq!(failed, !verdict.errors.is_empty());
        if failed {
            prop_assert_eq!((verdict.effect, verdict.basis()), (Effect::Deny, Some(Basis::Error)));
            prop_assert_eq!(&verdict.reasons[0].rule, policy::FAILED_CLOSED);
        }
    }

    #[test]
    fn the_shipped_rules_never_fail_and_deny_only_on_strong_ground(facts in any_facts()) {
        let verdict = DEFAULT.decide(&facts);
        prop_assert!(verdict.errors.is_empty());
        prop_assert!(!verdict.reasons.is_empty());
        if verdict.effect == Effect::Deny {
            let known = ["key-unknown", "key-revoked", "region-unsupported", "ownership-caught", "campaign-harvest"];
            prop_assert!(verdict.reasons.iter().all(|reason| known.contains(&reason.rule.as_str())));
        }
        // A relay changes nothing, and neither does a class without anything else.
        let mut relayed = facts.clone();
        relayed.network.class = AddressClass::Relay;
        let mut at_home = facts;
        at_home.network.class = AddressClass::Access;
        prop_assert_eq!(DEFAULT.decide(&relayed), DEFAULT.decide(&at_home));
    }

    #[test]
    fn the_order_of_files_changes_no_effect(facts in any_facts(), seed in any::<prop::sample::Index>()) {
        let mut files = default_files();
        let by = seed.index(files.len());
        files.rotate_left(by);
        let rotated = Rules::load(&files, &Limits::default()).unwrap();
        prop_assert_eq!(rotated.decide(&facts).effect, DEFAULT.decide(&facts).effect);
    }

    #[test]
    fn what_decides_holds_and_its_evidence_is_declared(facts in any_facts()) {
        let explanation = explain(&DEFAULT, &facts);
        let deciding: Vec<_> = explanation.rules.iter().filter(|rule| rule.outcome == Outcome::Decides).collect();
        let cited: Vec<_> = explanation.verdict.reasons.iter().map(|reason| &reason.rule).collect();
        prop_assert_eq!(deciding.iter().map(|rule| &rule.rule).collect::<Vec<_>>(), cited);
        for evidence in &explanation.verdict.evidence {
            prop_assert!(policy::Signal::named(&evidence.signal).is_some());
        }
    }

    #[test]
    fn loading_anything_never_panics(text in "(@id\\(\"[a-z]{1,3}\"\\)|permit|forbid|\\(principal, action, resource\\)|when|\\{|\\}|;|!|context\\.network\\.class|==|\"vpn\"|&&|if|then|else|[a-z(\\[{}\\])\"\\\\/\n ]){0,60}") {
        let _ = Rules::load(&[file("any.cedar", text)], &Limits::default());
    }
}
