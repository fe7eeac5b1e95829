//! Request bodies: no bytes may panic, and a model's name that is read is one that may be shown.

#![no_main]

use gateway::{Route, Seen, request_facts};
use http::{HeaderMap, Method};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for path in ["/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/embeddings"] {
        let route = Route::of(&Method::POST, path, &HeaderMap::new());
        let facts = request_facts(route, "direct", &Seen::Whole(bytes.to_vec().into()));
        assert!(facts.model.len() <= 256 && !facts.model.chars().any(char::is_control));
    }
});
