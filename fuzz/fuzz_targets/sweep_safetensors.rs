//! safetensors behind the right length, so that the JSON is reached.

#![no_main]

use std::io::Cursor;

use sweep::model;

libfuzzer_sys::fuzz_target!(|json: &str| {
    let header = format!("{{{json}");
    let bytes = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &[0; 64]].concat();
    _ = model::read(&mut Cursor::new(&bytes), &bytes[..model::PEEK], bytes.len() as u64);
});
