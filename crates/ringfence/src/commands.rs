//! One file a command: its flags, and what it does with them.

pub(crate) mod cases;
pub(crate) mod demo;
pub(crate) mod fleet;
pub(crate) mod hunt;
pub(crate) mod import;
pub(crate) mod inspect;
pub(crate) mod ledger;
pub(crate) mod policy;
pub(crate) mod screen;
pub(crate) mod serve;
pub(crate) mod simulate;
pub(crate) mod sweep;
pub(crate) mod trace;
