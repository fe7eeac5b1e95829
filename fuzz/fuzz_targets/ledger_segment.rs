//! Segments of a ledger: no input may panic, loop or allocate without bound, and what is read is written the same.

#![no_main]

use ledger::{Appender, SecretKey, SegmentReader, Source, verify};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let key = SecretKey::new("fuzz".parse().expect("a name"), [0; 32]);
    let verified = verify([Source { name: String::new(), reader: bytes }], [] as [&str; 0], key.public());
    let resumed = Appender::resume(u64::MAX, bytes);
    if let Ok(verified) = verified {
        let resumed = resumed.expect("a whole segment can be gone on with");
        assert_eq!((resumed.appender.tree().root(), resumed.end), (verified.root, bytes.len() as u64));
        let mut reader = SegmentReader::open(bytes).expect("it was verified");
        let mut leaves = Vec::new();
        while let Some(record) = reader.next_record().expect("it was verified") {
            leaves.push(record.leaf.entry().to_leaf().expect("it was read"));
        }
        let written: Vec<u8> =
            Appender::new(u64::MAX).append(&leaves).into_iter().flat_map(|piece| piece.bytes).collect();
        assert!(leaves.is_empty() || written == bytes);
    }
});
