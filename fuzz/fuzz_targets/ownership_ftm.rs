//! FollowTheMoney: no input may panic, pass its limits or read differently in pieces.

#![no_main]

mod stating;

use ownership::Format;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| stating::all(bytes, Format::Ftm));
