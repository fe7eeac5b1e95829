//! What the tests share.

use std::path::Path;

use jiff::Timestamp;
use sweep::{catalogue::Catalogue, scan::Scan};
use sweeper::Settings;

pub(crate) fn catalogue() -> Catalogue {
    Catalogue::shipped().unwrap_or_else(|mistakes| panic!("{}", mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))
}

pub(crate) fn now() -> Timestamp {
    "2026-11-27T12:00:00Z".parse().unwrap()
}

pub(crate) fn scan(root: &Path, catalogue: &Catalogue) -> Scan {
    sweeper::scan(&Settings::new(root, "testbed"), catalogue, &now).unwrap()
}
