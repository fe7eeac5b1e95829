//! Disclosure files, and the questions that are asked of them.

#![no_main]

use inspect::{Channel, Disclosures, Source};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(said) = Disclosures::parse(text) {
        for name in ["example.invalid", "a.example.invalid", "", "."] {
            _ = said.of_host(name);
            _ = said.of_name(name);
        }
        for source in Source::ALL {
            for channel in Channel::ALL {
                _ = said.of_flow(*source, *channel);
            }
        }
    }
});
