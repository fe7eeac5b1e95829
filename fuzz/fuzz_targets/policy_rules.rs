//! Files of rules: refused with reasons, or loaded and then never failing open.

#![no_main]

use policy::{Basis, Effect, Facts, Limits, RuleFile, Rules};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let file = RuleFile { name: "fuzz.cedar".to_owned(), text: text.to_owned() };
    let rules = match Rules::load(&[file], &Limits::default()) {
        Ok(rules) => rules,
        Err(problems) => return assert!(!problems.is_empty(), "refused without a reason"),
    };
    for facts in [policy::everyday(), Facts::unknown(jiff::Timestamp::UNIX_EPOCH)] {
        let explanation = policy::explain(&rules, &facts);
        let verdict = explanation.verdict;
        assert!(!verdict.reasons.is_empty());
        if !verdict.errors.is_empty() {
            assert_eq!((verdict.effect, verdict.basis()), (Effect::Deny, Some(Basis::Error)));
        }
        if rules.rules().iter().all(|rule| !rule.effect.passes()) {
            assert_eq!(verdict.effect, Effect::Deny);
        }
    }
});
