//! The public face of the crate, one binary.

#![expect(clippy::print_stderr, clippy::disallowed_methods, reason = "tests read shared files, and say what they skip")]

mod read;
