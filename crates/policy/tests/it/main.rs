//! The public face of the crate, one binary.

mod catalogue;
