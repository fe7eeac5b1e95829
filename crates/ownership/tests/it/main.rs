//! The crate through its public face.

mod names;
