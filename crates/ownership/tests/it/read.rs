//! Readers of outside formats, each from small records of our own, and from shared files where they are.

mod bad;
mod bods;
mod ftm;
mod gleif;
mod laws;
mod lists;
mod psc;
mod shared;
mod support;
