//! Names: how they are read and compared, that the laws hold, and how well it goes on labelled pairs.

mod index;
mod laws;
mod pairs;
mod party;
mod quality;
mod scoring;
mod scripts;
