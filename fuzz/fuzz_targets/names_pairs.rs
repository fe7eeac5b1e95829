//! CSV of pairs of names: no bytes may panic, and every row is a score or an error that names its line.

#![no_main]

use ownership::names::Pairs;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(pairs) = Pairs::new(bytes) {
        for row in pairs {
            match row {
                Ok(scored) => assert!((0.0..=1.0).contains(&scored.score)),
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
    }
});
