//! GGUF behind its magic, so that the fuzzer need not find it.

#![no_main]

use std::io::Cursor;

use sweep::model;

libfuzzer_sys::fuzz_target!(|rest: &[u8]| {
    let bytes = [b"GGUF", rest].concat();
    _ = model::read(&mut Cursor::new(&bytes), &bytes[..bytes.len().min(model::PEEK)], bytes.len() as u64);
});
