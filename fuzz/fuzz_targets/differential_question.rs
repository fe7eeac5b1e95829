//! Names that a client asks for: any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some((_, answer)) = differential::question(bytes) {
        assert!(differential::question(&answer).is_none(), "an answer is no question");
    }
});
