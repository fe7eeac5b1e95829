//! Test files for rules: no input may panic or allocate without bound.

#![no_main]

use std::sync::LazyLock;

use policy::Rules;

static RULES: LazyLock<Rules> = LazyLock::new(|| policy::default_rules().expect("the shipped rules load"));

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(report) = policy::run_cases(&RULES, text) {
        assert!(!report.to_string().is_empty());
    }
});
