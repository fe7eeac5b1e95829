//! Answers of an upstream: no bytes may panic, and how they are cut must not change what is read.

#![no_main]

use gateway::{Framing, UsageReader};

libfuzzer_sys::fuzz_target!(|input: (u8, u8, &[u8])| {
    let (framing, cut, bytes) = input;
    let framing = [Framing::Events, Framing::Whole, Framing::Opaque][usize::from(framing) % 3];
    let read = |size: usize| {
        let mut reader = UsageReader::new(framing);
        bytes.chunks(size.max(1)).for_each(|piece| reader.read(piece));
        (reader.usage(), reader.events(), reader.ended())
    };
    assert_eq!(read(bytes.len()), read(usize::from(cut)));
});
