//! Names of AS numbers: no input may panic, loop or allocate without bound.

#![no_main]

mod tables;

use origin::{Format, Role};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tables::table(bytes, Format::AsNames, Role::Own));
