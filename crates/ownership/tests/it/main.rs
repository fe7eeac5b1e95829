//! The ownership crate through its public face.

mod laws;
mod live;
mod oracles;
mod standing;
mod support;
