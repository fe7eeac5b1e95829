//! What is said: items, wrappers around them, and talk. Every text is a function of numbers.

pub(crate) mod code;
pub(crate) mod frames;
pub(crate) mod item;
pub(crate) mod talk;
pub(crate) mod template;
