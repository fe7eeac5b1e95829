//! The report through its public face: pages and terminal text of hand-made findings.

mod browser;
mod fixture;
mod markup;
mod page;
mod text;
