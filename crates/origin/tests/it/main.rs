//! The public face of the crate, one binary.

mod formats;
mod laws;
mod mmdb;
mod recognise;
mod shared;
mod support;
mod trace;
