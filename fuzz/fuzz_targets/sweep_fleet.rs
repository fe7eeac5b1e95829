//! What machines send, and tokens: as it comes, and as somebody signs it who has a key.

#![no_main]

use sweep::{
    attest::{self, SigningKey},
    fleet::{self, ENROLMENT_TYPE, Enrolment, LEAVE_REQUEST_TYPE, LeaveRequest, PAYLOAD_TYPE, Token},
};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let key = SigningKey::from_bytes(&[7; 32]);
    let public = key.verifying_key();
    let bytes = text.as_bytes();
    assert!(fleet::open(bytes, &public).is_err(), "a report without a signature");
    assert!(LeaveRequest::open(bytes, &public).is_err(), "a request without a signature");
    _ = fleet::key_id(bytes);
    _ = Enrolment::open(bytes);
    if let Ok(token) = text.parse::<Token>() {
        assert_eq!(token.reveal().parse::<Token>().expect("its own text").digest(), token.digest());
    }
    let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else { return };
    for kind in [PAYLOAD_TYPE, LEAVE_REQUEST_TYPE, ENROLMENT_TYPE] {
        let Ok(envelope) = attest::sign(&value, kind, &key) else { continue };
        let json = serde_json::to_vec(&envelope).expect("an envelope is JSON");
        if let Ok(report) = fleet::open(&json, &public) {
            assert!(report.items.len() <= fleet::MAX_ITEMS);
            let again = fleet::sign(&report, &key).expect("it was read");
            let again = serde_json::to_vec(&again).expect("an envelope is JSON");
            assert_eq!(fleet::open(&again, &public).expect("its own text"), report);
            _ = fleet::follows(&report, Some((report.sequence, "x")));
        }
        _ = LeaveRequest::open(&json, &public);
        _ = Enrolment::open(&json);
    }
});
