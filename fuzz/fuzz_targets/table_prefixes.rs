//! Lists of prefixes: no input may panic, loop or allocate without bound.

#![no_main]

mod tables;

use origin::{Class, Format, Role};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tables::table(bytes, Format::Prefixes, Role::Class(Class::Vpn)));
