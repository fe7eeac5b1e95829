//! Proofs in text and JSON: no input may panic, and none holds for a tree that nobody signed.

#![no_main]

use ledger::{ConsistencyProof, InclusionProof, SecretKey};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let key = SecretKey::new("fuzz".parse().expect("a name"), [0; 32]);
    let inclusion = InclusionProof::parse(text).ok().or_else(|| serde_json::from_str(text).ok());
    if let Some(proof) = inclusion {
        assert!(proof.verify(key.public()).is_err(), "a forged proof");
    }
    let consistency = ConsistencyProof::parse(text).ok().or_else(|| serde_json::from_str(text).ok());
    if let Some(proof) = consistency {
        assert!(proof.verify(key.public()).is_err(), "a forged proof");
    }
});
