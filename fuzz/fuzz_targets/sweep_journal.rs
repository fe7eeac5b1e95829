//! The quarantine's journal, plans and envelopes: what is not whole is refused.

#![no_main]

use sweep::{attest, fleet, journal, plan::Plan};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(replayed) = journal::replay(bytes) {
        assert!(replayed.whole <= bytes.len());
    }
    if let Ok(plan) = Plan::parse(bytes) {
        assert_eq!(Plan::parse(plan.to_json().as_bytes()).expect("a plan reads its own text"), plan);
    }
    let key = attest::public_key("O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik=").expect("a key");
    assert!(attest::verify(bytes, &key).is_err());
    assert!(fleet::accept(bytes, &key, None).is_err());
});
