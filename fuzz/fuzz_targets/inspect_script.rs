//! Scripts: whatever a parser takes is followed to its end or to the end of the budget.

#![no_main]

use inspect::{Artifact, Disclosures, Limits, Verdict, inspect};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { fuel: 100_000, workers: 1, ..Limits::default() };
    for name in ["a.js", "a.tsx"] {
        // A file that reads nothing about the machine is not followed.
        let content = [b"const zone = process.env.TZ;\n".as_slice(), bytes].concat();
        let found = inspect(&Artifact::open(name, content, &limits), &Disclosures::default(), &limits);
        assert!(found.unknown.is_empty() || found.verdict != Verdict::Clean);
    }
});
