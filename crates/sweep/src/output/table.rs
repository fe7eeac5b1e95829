//! For people.

use std::fmt::Write as _;

use super::size;
use crate::{scan::Scan, shown};

/// What was found, where it was looked and what could not be read.
pub fn table(scan: &Scan) -> String {
    let mut out = String::new();
    let scope = &scan.scope;
    _ = writeln!(
        out,
        "{} ({}), root {}: {} folders, {} files, {} homes, catalogue {}",
        scan.machine.name,
        scan.machine.system,
        scope.root,
        scope.folders,
        scope.files,
        scope.homes.len(),
        scope.catalogue
    );
    if !scope.complete {
        _ = writeln!(out, "INCOMPLETE: a limit cut the scan short, see below");
    }
    _ = writeln!(out);
    for item in &scan.items {
        let bytes = item.bytes.map(size).unwrap_or_default();
        _ = writeln!(
            out,
            "{:<14} {:<20} {:<6} {:>10}  {}",
            item.kind.as_str(),
            shown(item.subject.as_bytes()),
            item.confidence.as_str(),
            bytes,
            item.path
        );
        for evidence in &item.evidence {
            _ = writeln!(out, "{:15}{}: {}", "", evidence.rule, shown(evidence.text.as_bytes()));
        }
        for key in &item.keys {
            let value = key.value.as_deref().unwrap_or("(value not read)");
            _ = writeln!(out, "{:15}{} = {}", "", shown(key.key.as_bytes()), shown(value.as_bytes()));
        }
    }
    if scan.items.is_empty() {
        _ = writeln!(out, "Nothing was found within this coverage.");
    }
    for (title, places) in [("Not readable", &scan.unreadable), ("Skipped", &scope.skipped)] {
        if !places.is_empty() {
            _ = writeln!(out, "\n{title}:");
        }
        for place in places {
            _ = writeln!(out, "  {}: {}", place.path, shown(place.why.as_bytes()));
        }
    }
    out
}
