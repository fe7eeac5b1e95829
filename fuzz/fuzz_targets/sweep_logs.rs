//! Logs of resolvers and proxies: every line is counted, and nobody is named.

#![no_main]

use std::sync::LazyLock;

use sweep::{
    catalogue::Catalogue,
    egress::{List, Seen},
};

static LIST: LazyLock<List> =
    LazyLock::new(|| List::of(&Catalogue::shipped().expect("the shipped catalogue is sound"), None));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut seen = Seen::new(&LIST);
    seen.read(bytes).expect("bytes in memory can be read");
    let uses = seen.finish();
    assert!(uses.unread <= uses.lines);
});
