//! Heads and bodies of two requests: whatever they are, a request does not differ from itself.
#![no_main]

libfuzzer_sys::fuzz_target!(|parts: (&[u8], &[u8], &[u8])| {
    let (head, body, other) = parts;
    assert_eq!(differential::differences(head, body, head, body), 0);
    let _ = differential::differences(head, body, head, other);
});
