//! The first message of a TLS connection: any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = differential::hello_name(bytes);
});
