//! Names: no text may panic or take long, a name is itself, and the order of two does not matter.

#![no_main]

use ownership::names::{Bearer, Parsed, score};

libfuzzer_sys::fuzz_target!(|input: (u8, &str, &str)| {
    let (bearer, left, right) = input;
    let bearer = [Bearer::Person, Bearer::Organisation, Bearer::Vessel][usize::from(bearer) % 3];
    if let (Ok(a), Ok(b)) = (Parsed::new(left, bearer), Parsed::new(right, bearer)) {
        let found = score(&a, &b).score;
        assert!((0.0..=1.0).contains(&found));
        assert_eq!(found, score(&b, &a).score);
        assert_eq!(score(&a, &a).score, 1.0);
    }
});
