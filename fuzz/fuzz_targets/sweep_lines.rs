//! Shells' files and recipes of images, in whatever encoding: bounded keys, each with a line or a name.

#![no_main]

use std::sync::LazyLock;

use sweep::{catalogue::Catalogue, command, recipe, shell, text};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::shipped().expect("the shipped catalogue is sound"));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some(text) = text::decoded(bytes) else { return };
    let nobody = |_: &str| None;
    for keys in [
        shell::keys(&CATALOGUE, &text, &nobody),
        recipe::keys(&CATALOGUE, "Dockerfile", &text),
        recipe::keys(&CATALOGUE, "Modelfile", &text),
    ] {
        assert!(keys.len() <= 128);
        assert!(keys.iter().all(|key| !key.key.is_empty() && !key.names.is_empty()));
    }
    _ = command::line(&CATALOGUE, &text);
});
