//! ELF, Mach-O and PE files, with and without a script runtime's modules: no offset is believed.

#![no_main]

use inspect::{Artifact, Limits};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { unpacked_bytes: 4 << 20, files: 200, ..Limits::default() };
    for magic in [b"\x7fELF".as_slice(), b"MZ\x90\0", &[0xcf, 0xfa, 0xed, 0xfe]] {
        let plain = [magic, bytes].concat();
        let bun = [&plain, b"\n---- Bun! ----\n".as_slice()].concat();
        for content in [plain, bun] {
            let artifact = Artifact::open("client", content, &limits);
            assert!(artifact.files.iter().all(|f| !f.path.split(['/', '!']).any(|part| part == "..")));
        }
    }
});
