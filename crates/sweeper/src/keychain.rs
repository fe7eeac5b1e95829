//! Keychains: names of what they hold, where a file shows them in clear text; else that they were not looked at.

use std::ffi::CString;

use sweep::{
    MachinePath,
    catalogue::{Catalogue, Class},
    scan::{Confidence, Evidence, Item, Key, Kind, Unreadable},
};

use crate::{
    handle::{Dir, read_limited},
    homes::Accounts,
    state::state,
};

/// Where they lie in a home.
const PLACES: [&str; 5] = [
    ".local/share/keyrings",
    ".local/share/kwalletd",
    "Library/Keychains",
    "AppData/Local/Microsoft/Credentials",
    "AppData/Roaming/Microsoft/Credentials",
];
const MAX_KEYRING: u64 = 4 << 20;
/// A keyring of GNOME that is not encrypted begins so; its secrets are on lines of their own, which are passed over.
const PLAIN: &[u8] = b"[keyring]";

/// Entries of keychains that belong to tools, and the keychains that cannot be read.
pub(crate) fn look(root: &Dir, accounts: &Accounts, catalogue: &Catalogue) -> (Vec<Item>, Vec<Unreadable>) {
    let (mut items, mut closed) = (Vec::new(), Vec::new());
    for home in &accounts.homes {
        for place in PLACES {
            let mut path = home.path.clone();
            for step in place.split('/') {
                let Some(next) = path.join(step.as_bytes()) else { continue };
                path = next;
            }
            let Ok(folder) = root.descend(&path) else { continue };
            for name in folder.names().unwrap_or_default() {
                let Some(path) = path.join(name.to_bytes()) else { continue };
                match keyring(&folder, &name, &path, catalogue, accounts) {
                    Some(found) => items.extend(found),
                    None if folder.file(&name).is_ok() => {
                        closed.push(Unreadable { path, why: "a keychain: what it holds is not looked at".to_owned() });
                    }
                    None => {}
                }
            }
        }
    }
    (items, closed)
}

/// What a keyring in clear text holds of the tools; nothing when it is encrypted or none.
fn keyring(
    folder: &Dir,
    name: &CString,
    path: &MachinePath,
    catalogue: &Catalogue,
    accounts: &Accounts,
) -> Option<Vec<Item>> {
    if !name.to_bytes().ends_with(b".keyring") {
        return None;
    }
    let (file, stat) = folder.file(name).ok()?;
    let bytes = read_limited(&file, u64::try_from(stat.st_size).ok()?, MAX_KEYRING).ok()??;
    if !bytes.starts_with(PLAIN) {
        return None;
    }
    let text = String::from_utf8_lossy(&bytes);
    let names = text.lines().filter_map(|line| line.strip_prefix("display-name="));
    let names: Vec<&str> = names.map(str::trim).collect();
    let items = catalogue.tools().filter_map(|tool| {
        let service = tool.keychain.iter().find(|service| names.contains(&service.as_str()))?;
        Some(Item {
            subject: tool.id.clone(),
            kind: Kind::Credential,
            class: Class::Credential,
            path: path.clone(),
            confidence: Confidence::High,
            evidence: vec![Evidence::new("keychain", format!("an entry is named `{service}`"))],
            bytes: None,
            files: None,
            digest: None,
            owner: accounts.name(stat.st_uid),
            version: None,
            model: None,
            // Other secrets are beside it: it is told, and the file stays.
            keys: vec![Key { key: service.clone(), names: "secret".to_owned(), value: None }],
            repository: false,
            state: state(&stat),
            needed_by: vec![],
        })
    });
    Some(items.collect())
}
