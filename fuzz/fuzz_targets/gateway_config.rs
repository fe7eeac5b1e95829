//! The configuration: no text may panic, and every mistake is told with its key.

#![no_main]

use std::path::Path;

use gateway::{Config, ConfigError};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Err(ConfigError::Mistakes(mistakes)) = Config::read(text, Path::new("/etc")) {
        assert!(!mistakes.is_empty());
        assert!(mistakes.iter().all(|mistake| !mistake.key.is_empty() && !mistake.what.is_empty()));
    }
});
