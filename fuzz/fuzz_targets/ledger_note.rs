//! Notes, checkpoints and keys: no input may panic, and no note opens that the key did not sign.

#![no_main]

use ledger::{PublicKey, SaltedDigest, SecretKey, Tree, notes};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let key = SecretKey::new("fuzz".parse().expect("a name"), [0; 32]);
    let signed = key.sign_checkpoint(&Tree::default());
    if key.public().open(text).is_ok() {
        assert!(text.starts_with(signed.split("\u{2014}").next().expect("a text")), "a forged note");
    }
    if let Ok(public) = text.parse::<PublicKey>() {
        assert_eq!(public.to_string().parse(), Ok(public));
    }
    if let Ok(secret) = text.parse::<SecretKey>() {
        assert!(!format!("{secret:?}").contains(text));
    }
    if let Ok(digest) = text.parse::<SaltedDigest>() {
        assert_eq!(digest.to_string(), text);
    }
    let mut rest = text.len();
    for note in notes(text) {
        rest = rest.checked_sub(note.len()).expect("notes are parts of the text");
    }
});
