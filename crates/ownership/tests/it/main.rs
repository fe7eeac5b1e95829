//! The ownership crate through its public face.

mod oracles;
mod standing;
mod support;
