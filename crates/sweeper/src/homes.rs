//! Homes of a machine and names of its accounts, from the table of users under the root and from the usual folders.

use std::{collections::BTreeMap, ffi::CString};

use rustix::fs::FileType;
use sweep::{MachinePath, scan::Home};

use crate::handle::{Dir, read_limited};

/// Accounts of the swept machine.
pub(crate) struct Accounts {
    names: BTreeMap<u32, String>,
    pub homes: Vec<Home>,
    pub system: &'static str,
}

impl Accounts {
    /// `only`: one home, when not all of them may be read.
    pub(crate) fn read(root: &Dir, only: Option<&MachinePath>) -> Self {
        let mut accounts = Self { names: BTreeMap::new(), homes: vec![], system: system(root) };
        let mut homes: BTreeMap<MachinePath, String> = BTreeMap::new();
        for (name, uid, home) in passwd(root) {
            accounts.names.entry(uid).or_insert_with(|| name.clone());
            // Service accounts have `/`, `/nonexistent` or a system folder for a home; those hold no person's files.
            if is_home(root, &home)
                && !matches!(
                    home.as_bytes(),
                    b"/" | b"/bin" | b"/sbin" | b"/usr" | b"/dev" | b"/proc" | b"/etc" | b"/var"
                )
            {
                homes.insert(home, name);
            }
        }
        for base in ["/home", "/Users"] {
            let Ok(base) = base.parse::<MachinePath>() else { continue };
            let Ok(folder) = root.descend(&base) else { continue };
            for name in folder.names().unwrap_or_default() {
                let Some(home) = base.join(name.as_bytes()) else { continue };
                if !matches!(name.as_bytes(), b"Shared" | b"Public" | b"lost+found") && is_home(root, &home) {
                    homes.entry(home).or_insert_with(|| String::from_utf8_lossy(name.as_bytes()).into_owned());
                }
            }
        }
        for home in ["/root", "/var/root"].iter().filter_map(|home| home.parse::<MachinePath>().ok()) {
            if is_home(root, &home) {
                homes.entry(home).or_insert_with(|| "root".to_owned());
            }
        }
        if homes.is_empty() || accounts.system == "unknown" {
            homes.entry(MachinePath::root()).or_default();
        }
        let wanted = |home: &MachinePath| only.is_none_or(|only| home == only);
        if let Some(only) = only {
            homes.entry(only.clone()).or_default();
        }
        accounts.homes =
            homes.into_iter().filter(|(home, _)| wanted(home)).map(|(path, owner)| Home { path, owner }).collect();
        accounts
    }

    pub(crate) fn name(&self, uid: u32) -> String {
        self.names.get(&uid).cloned().unwrap_or_else(|| uid.to_string())
    }
}

fn is_home(root: &Dir, path: &MachinePath) -> bool {
    root.descend(path).is_ok()
}

fn passwd(root: &Dir) -> Vec<(String, u32, MachinePath)> {
    let read = || {
        let etc = root.folder(c"etc").ok()?;
        let (file, stat) = etc.file(c"passwd").ok()?;
        read_limited(&file, u64::try_from(stat.st_size).ok()?, 8 << 20).ok()?
    };
    let bytes = read().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let row = |line: &str| {
        let mut fields = line.split(':');
        let (name, uid) = (fields.next()?, fields.nth(1)?.parse().ok()?);
        let home = fields.nth(2)?.trim_end_matches('/').parse().ok()?;
        Some((name.to_owned(), uid, home))
    };
    text.lines().filter_map(row).collect()
}

fn system(root: &Dir) -> &'static str {
    let has = |name: &str| {
        CString::new(name).is_ok_and(|name| {
            root.stat_of(&name).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory)
        })
    };
    match () {
        () if has("Windows")
            || has("ProgramData")
            || (has("Users") && !has("Library") && !has("Applications") && !has("etc") && windows_users(root)) =>
        {
            "windows"
        }
        () if has("Library") || has("Applications") || has("Users") => "macos",
        () if has("etc") || has("home") || has("usr") || has("root") => "linux",
        () => "unknown",
    }
}

fn windows_users(root: &Dir) -> bool {
    let Ok(users) = root.folder(c"Users") else { return false };
    users.names().unwrap_or_default().iter().any(|name| users.folder(name).is_ok_and(|user| user.has(c"AppData")))
}
