//! Everything that is planted is found, and nothing that only looks alike.

use sweep::scan::Kind;
use sweeper::seed::{Layout, plant};

use crate::support;

fn check(layout: Layout, seed: u64) {
    let root = tempfile::tempdir().unwrap();
    let catalogue = support::catalogue();
    let seeded = plant(root.path(), &catalogue, layout, seed).unwrap();
    let scan = support::scan(root.path(), &catalogue);
    let missing: Vec<_> = seeded
        .planted
        .iter()
        .filter(|planted| {
            !scan.items.iter().any(|item| {
                item.path == planted.path
                    && item.kind == planted.kind
                    && (item.subject == planted.subject
                        || item.kind == Kind::UnknownClient
                        || item.kind == Kind::ModelUse)
            })
        })
        .collect();
    let wrong: Vec<_> = seeded
        .decoys
        .iter()
        .filter(|decoy| {
            scan.items.iter().any(|item| decoy.is_within(&item.path) && item.path.depth() > 2 || item.path == **decoy)
        })
        .collect();
    let near: Vec<_> = missing
        .iter()
        .map(|m| {
            scan.items.iter().filter(|i| i.path == m.path).map(|i| (i.subject.clone(), i.kind)).collect::<Vec<_>>()
        })
        .collect();
    assert!(
        missing.is_empty(),
        "{layout:?} {seed}: {} of {} missing: {:#?}\n{near:?}",
        missing.len(),
        seeded.planted.len(),
        missing
    );
    let items: Vec<_> = scan
        .items
        .iter()
        .filter(|item| wrong.iter().any(|decoy| decoy.is_within(&item.path)))
        .map(|item| (&item.subject, &item.path, &item.evidence))
        .collect();
    assert!(wrong.is_empty(), "{layout:?} {seed}: decoys found: {wrong:#?} {items:#?}");
    eprintln!(
        "{layout:?} {seed}: {} planted found, {} decoys passed over, {} items",
        seeded.planted.len(),
        seeded.decoys.len(),
        scan.items.len()
    );
}

#[test]
fn linux() {
    (1..=4).for_each(|seed| check(Layout::Linux, seed));
}

#[test]
fn macos() {
    (11..=13).for_each(|seed| check(Layout::MacOs, seed));
}

#[test]
fn windows() {
    (21..=23).for_each(|seed| check(Layout::Windows, seed));
}
