//! Trees of machines for tests and trials: every entry of the catalogue in its real shape, and names that only look alike.
//!
//! The same seed plants the same tree. Nothing here is a real program, model or secret.

mod decoys;
pub mod files;
mod models;
mod packages;
mod places;
mod starters;
mod uses;

use std::{
    io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use sweep::{MachinePath, catalogue::Catalogue, scan::Kind};

/// Whose paths a tree has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    Linux,
    MacOs,
    Windows,
}

/// One thing that a scan must find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planted {
    pub subject: String,
    pub kind: Kind,
    pub path: MachinePath,
}

/// What was planted, and what must not be found.
#[derive(Debug, Default)]
pub struct Seeded {
    pub planted: Vec<Planted>,
    pub decoys: Vec<MachinePath>,
}

/// Plants a machine below an empty folder.
pub fn plant(root: &Path, catalogue: &Catalogue, layout: Layout, seed: u64) -> io::Result<Seeded> {
    let users: &[&str] = &["alice", "bob"];
    let mut garden =
        Garden { root: root.to_path_buf(), layout, chance: Chance(seed), out: Seeded::default(), homes: vec![] };
    garden.homes = users
        .iter()
        .map(|user| format!("{}/{user}", if layout == Layout::Linux { "/home" } else { "/Users" }))
        .collect();
    if layout != Layout::Windows {
        garden.write("/etc/passwd", b"root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\nollama:x:999:999::/usr/share/ollama:/bin/false\n")?;
    } else {
        garden.folder("/ProgramData")?;
    }
    for home in garden.homes.clone() {
        garden.folder(&home)?;
    }
    for tool in catalogue.tools() {
        places::plant(&mut garden, tool)?;
        packages::plant(&mut garden, tool)?;
        starters::plant(&mut garden, tool)?;
    }
    models::plant(&mut garden)?;
    uses::plant(&mut garden)?;
    decoys::plant(&mut garden)?;
    Ok(garden.out)
}

/// A tree that grows.
struct Garden {
    root: PathBuf,
    layout: Layout,
    chance: Chance,
    out: Seeded,
    homes: Vec<String>,
}

/// Numbers that look random and are not (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> io::Result<T> {
        let at = usize::try_from(self.next() % (of.len().max(1) as u64)).unwrap_or(0);
        of.get(at).cloned().ok_or_else(|| io::Error::other("nothing to choose from"))
    }
}

impl Garden {
    fn real(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    fn folder(&self, path: &str) -> io::Result<()> {
        std::fs::create_dir_all(self.real(path))
    }

    fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let real = self.real(path);
        if let Some(parent) = real.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(real, bytes).map_err(|error| io::Error::other(format!("{path}: {error}")))
    }

    fn link(&self, path: &str, target: &str) -> io::Result<()> {
        let real = self.real(path);
        if let Some(parent) = real.parent() {
            std::fs::create_dir_all(parent)?;
        }
        match symlink(target, real) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        }
    }

    fn expect(&mut self, subject: &str, kind: Kind, path: &str) -> io::Result<()> {
        let path = path.parse().map_err(io::Error::other)?;
        self.out.planted.push(Planted { subject: subject.to_owned(), kind, path });
        Ok(())
    }

    fn decoy(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.write(path, bytes)?;
        self.out.decoys.push(path.parse().map_err(io::Error::other)?);
        Ok(())
    }

    fn home(&mut self) -> io::Result<String> {
        let homes = self.homes.clone();
        self.chance.pick(&homes)
    }
}
