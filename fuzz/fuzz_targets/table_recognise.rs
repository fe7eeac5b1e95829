//! What kind of table a file is: no content may panic.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| drop(origin::Kind::recognise("fuzz/vpn.txt", bytes)));
