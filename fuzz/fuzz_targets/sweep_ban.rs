//! Bans: refused with reasons, or read.

#![no_main]

use std::sync::LazyLock;

use sweep::{ban, catalogue::Catalogue};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::shipped().expect("the shipped catalogue is sound"));

libfuzzer_sys::fuzz_target!(|text: &str| {
    match ban::parse(text, &CATALOGUE) {
        Ok(ban) => assert!(!ban.subjects.is_empty()),
        Err(error) => assert!(!error.mistakes.is_empty(), "refused without a reason"),
    }
});
