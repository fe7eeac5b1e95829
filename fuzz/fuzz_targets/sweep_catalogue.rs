//! Files of the operator for the catalogue: refused with reasons, or taken.

#![no_main]

use sweep::catalogue::Catalogue;

libfuzzer_sys::fuzz_target!(|text: &str| {
    match Catalogue::with(&[("fuzz.toml".to_owned(), text.to_owned())]) {
        Ok(catalogue) => assert!(catalogue.tools().count() >= 60),
        Err(mistakes) => assert!(!mistakes.is_empty(), "refused without a reason"),
    }
});
