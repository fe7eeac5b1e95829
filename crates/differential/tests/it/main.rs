//! Small clients of our own, run as a user's would be: what hides in each encoding is found, its honest twin is not accused, and what
//! misbehaves is ended.
#![cfg(target_os = "linux")]

mod bench;
mod benign;
mod encodings;
mod limits;
mod parsers;
