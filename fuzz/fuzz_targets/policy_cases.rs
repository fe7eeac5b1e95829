//! Any text as a test file for the shipped rules.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use policy::Rules;

static RULES: LazyLock<Rules> = LazyLock::new(|| policy::default_rules().expect("the shipped rules load"));

fuzz_target!(|text: &str| {
    if let Ok(report) = policy::run_cases(&RULES, text) {
        let _ = report.to_string();
    }
});
