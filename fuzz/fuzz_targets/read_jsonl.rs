//! Log v1 as JSON Lines: no input may panic or lose its place.

#![no_main]

mod reading;

use exchanges::{Format, Log};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| reading::all(bytes, Log::Exchanges, Format::Jsonl));
