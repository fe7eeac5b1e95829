//! When a folder is to be read again.

use std::fs;

use gateway::Watch;
use origin::Limits;

use super::{Folder, ON, class};

const TEXT: &str = "192.0.2.0/24\n";

#[test]
fn a_folder_changes_when_a_table_does() {
    let folder = Folder::new(&[("vpn.txt", TEXT), ("a/tor.txt", TEXT)]);
    let (tables, stamp) = (folder.tables(), folder.load().stamp);
    assert!(!tables.changed(&stamp));

    folder.write("vpn.txt.tmp", "half of a li");
    assert!(!tables.changed(&stamp), "a temporary name is nothing yet");
    fs::rename(folder.at("vpn.txt.tmp"), folder.at("vpn.txt")).unwrap();
    assert!(tables.changed(&stamp));
    fs::remove_dir_all(folder.at("a")).unwrap();
    folder.write("vpn.txt", TEXT);
    let stamp = folder.load().stamp;
    fs::remove_file(folder.at("vpn.txt")).unwrap();
    assert!(tables.changed(&stamp));
    fs::remove_dir(folder.at("")).unwrap();
    assert!(tables.changed(&stamp), "a folder that is gone is a change as well");
}

/// Same length and same time of change: only the system's own time tells.
#[cfg(unix)]
#[test]
fn an_edit_that_hides_is_seen() {
    let folder = Folder::new(&[("vpn.txt", TEXT)]);
    let stamp = folder.load().stamp;
    let before = fs::metadata(folder.at("vpn.txt")).unwrap().modified().unwrap();
    // The system's clock for files is coarse; the same file is written until it has moved on.
    while !folder.tables().changed(&stamp) {
        folder.write("vpn.txt", "192.0.3.0/24\n");
    }
    assert_eq!(fs::metadata(folder.at("vpn.txt")).unwrap().modified().unwrap(), before);
}

#[test]
fn each_state_is_asked_for_once_and_at_rest() {
    let folder = Folder::new(&[("vpn.txt", TEXT)]);
    let loaded = folder.load();
    let mut watch = Watch::new(folder.tables(), loaded.stamp.clone());
    assert!(!watch.poll());
    folder.write("vpn.txt", "192.0.2.0/24\n198.5");
    assert!(!watch.poll(), "it may still be written to");
    folder.write("vpn.txt", "192.0.2.0/24\n198.51.100");
    assert!(!watch.poll(), "it was");
    assert!(watch.poll());
    assert!(folder.tables().load(ON, &Limits::default()).is_err(), "the writer stopped half-way");
    assert!(!watch.poll(), "and is not asked again");
    assert_eq!(class(&loaded, "192.0.2.1"), "vpn", "what was loaded still answers");
    folder.write("vpn.txt", "192.0.2.0/24\n198.51.100.0/24\n");
    assert_eq!([watch.poll(), watch.poll(), watch.poll()], [false, true, false]);
    assert_eq!(class(&folder.load(), "198.51.100.1"), "vpn");
}
