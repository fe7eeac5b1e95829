//! Settings: an edit takes out what it was asked for, leaves valid settings, and can be undone.

#![no_main]

use std::sync::LazyLock;

use sweep::{
    catalogue::Catalogue,
    patch,
    setting::{self, Format},
};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::shipped().expect("the shipped catalogue is sound"));

libfuzzer_sys::fuzz_target!(|input: (u8, &str)| {
    let (kind, text) = input;
    let format = [Format::Json, Format::Toml, Format::Yaml, Format::Dotenv][usize::from(kind) % 4];
    let Ok(Some(edited)) = setting::without(&CATALOGUE, format, text, &|_| true) else { return };
    let left = setting::read(&CATALOGUE, format, &edited).expect("an edit leaves valid settings");
    assert!(left.uses.is_empty());
    let undone = patch::undo(&edited, &patch::between(text, &edited));
    assert!(undone.is_none_or(|undone| undone == text));
});
