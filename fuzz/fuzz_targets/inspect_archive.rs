//! Archives of clients: tar, gzip, zip, asar. No input may panic, loop or unpack past its limit.

#![no_main]

use inspect::{Artifact, Limits};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { unpacked_bytes: 4 << 20, files: 200, ratio_from: 1 << 20, ..Limits::default() };
    for name in ["a.tgz", "a.asar"] {
        let artifact = Artifact::open(name, bytes.to_vec(), &limits);
        assert!(artifact.files.len() <= limits.files + 8);
        assert!(artifact.files.iter().all(|f| !f.path.split(['/', '!']).any(|part| part == "..")));
    }
});
