//! Weights by their header: whatever lies there, a bounded answer, and no more than the file has.

#![no_main]

use std::io::Cursor;

use sweep::model;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let size = bytes.len() as u64;
    let head = &bytes[..bytes.len().min(model::PEEK)];
    let read = model::read(&mut Cursor::new(bytes), head, size);
    if let Ok(facts) = read {
        assert_eq!(Some(facts.format), model::suspect(head, size));
        assert!(facts.identity.starts_with("header:"));
        assert!(facts.name.is_none_or(|name| !name.contains(char::is_control)));
    }
});
