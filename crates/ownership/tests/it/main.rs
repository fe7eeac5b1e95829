//! The ownership crate through its public face.

#![expect(clippy::print_stderr, clippy::disallowed_methods, reason = "tests read shared files, and say what they skip")]

mod laws;
mod live;
mod names;
mod oracles;
mod read;
mod standing;
mod support;
mod traps;
