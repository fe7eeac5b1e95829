//! What is opened during the walk, and what it says. Files are read up to a limit; folders are asked for known names only.

mod model;
mod packages;
mod settings;
mod starters;

use std::{ffi::CString, os::fd::OwnedFd};

use rustix::fs::Stat;
use sweep::{
    MachinePath,
    catalogue::{Catalogue, Class, Tool},
    matcher::{Entry, Look, Step},
    scan::{Confidence, Evidence, Item, Kind},
};

use crate::{
    handle::{Dir, read_limited},
    homes::Accounts,
    state::state,
    walk::{At, Found, Worker},
};

/// Largest metadata file that is read.
const MAX_METADATA: u64 = 1 << 20;

/// What looking needs to know.
pub(crate) struct Looker<'a> {
    pub catalogue: &'a Catalogue,
    pub tools: Vec<&'a Tool>,
    pub accounts: &'a Accounts,
    pub root: &'a Dir,
}

impl Looker<'_> {
    fn item(
        &self,
        subject: &str,
        class: Class,
        path: MachinePath,
        confidence: Confidence,
        evidence: Evidence,
        stat: Option<&Stat>,
    ) -> Item {
        let state = stat.and_then(state);
        Item {
            subject: subject.to_owned(),
            kind: Kind::of(class),
            class,
            path,
            confidence,
            evidence: vec![evidence],
            bytes: state.as_ref().filter(|s| s.shape != sweep::scan::Shape::Folder).map(|s| s.size),
            files: None,
            digest: None,
            owner: stat.map(|stat| self.accounts.name(stat.st_uid)).unwrap_or_default(),
            version: None,
            model: None,
            keys: vec![],
            repository: false,
            state,
            needed_by: vec![],
        }
    }
}

/// A name below a folder, by several steps; `None` when one of them is missing or a link.
fn below(folder: &Dir, path: &str) -> Option<(Dir, CString)> {
    let (steps, name) = path.rsplit_once('/').map_or(("", path), |(steps, name)| (steps, name));
    let mut at = folder.again().ok()?;
    for step in steps.split('/').filter(|step| !step.is_empty()) {
        at = at.folder(&CString::new(step).ok()?).ok()?;
    }
    Some((at, CString::new(name).ok()?))
}

/// A small file below a folder.
fn read_below(folder: &Dir, path: &str, limit: u64) -> Option<Vec<u8>> {
    let (at, name) = below(folder, path)?;
    let (file, stat) = at.file(&name).ok()?;
    read_limited(&file, u64::try_from(stat.st_size).ok()?, limit).ok()?
}

/// A whole file of this folder, up to a limit.
fn read_here(at: &At<'_>, limit: u64) -> Result<Option<(Vec<u8>, Stat, OwnedFd)>, rustix::io::Errno> {
    let (file, stat) = at.folder.file(at.name)?;
    let bytes = read_limited(&file, u64::try_from(stat.st_size).unwrap_or(u64::MAX), limit)?;
    Ok(bytes.map(|bytes| (bytes, stat, file)))
}

impl Worker<'_, '_> {
    /// Places of the catalogue that this name is.
    pub(crate) fn places(&mut self, at: &At<'_>, entry: Entry, step: &mut Step, measures: &mut Vec<u32>) {
        if step.hits.is_empty() || entry == Entry::Other {
            return;
        }
        let looker = &self.walk.looker;
        let mut kept = false;
        for hit in std::mem::take(&mut step.hits) {
            let Some(spot) = looker.tools.get(hit.tool).and_then(|tool| tool.paths.get(hit.spot)) else { continue };
            if !step.inherited && !spot.proof.is_empty() && !proven(at, &spot.proof) {
                continue;
            }
            kept = true;
            let Ok(stat) = at.folder.stat_of(at.name) else { continue };
            let Some(path) = at.own() else { continue };
            let (rule, confidence) = match (step.inherited, spot.proof.is_empty()) {
                (true, _) => ("within", Confidence::Medium),
                (false, true) => ("place", Confidence::Medium),
                (false, false) => ("place-and-content", Confidence::High),
            };
            let tool = self.walk.matcher.tool(hit.tool);
            let item =
                looker.item(tool, spot.class, path, confidence, Evidence::new(rule, spot.at.as_str()), Some(&stat));
            let measure = (entry == Entry::Folder).then(|| self.measure()).flatten();
            measures.extend(measure);
            self.push(Found { item, measure, weak: spot.weak && !step.inherited, inherited: step.inherited });
        }
        if !kept {
            // Not the tool's after all: what lies below is nobody's.
            step.position.inside = at.position.inside.map(|inside| sweep::matcher::Inside { split: false, ..inside });
        }
    }

    /// An item for the name that is looked at, with its size when it is a folder.
    fn found(
        &mut self,
        at: &At<'_>,
        subject: &str,
        class: Class,
        confidence: Confidence,
        evidence: Evidence,
        measures: &mut Vec<u32>,
    ) -> Option<Found> {
        let stat = at.folder.stat_of(at.name).ok()?;
        let item = self.walk.looker.item(subject, class, at.own()?, confidence, evidence, Some(&stat));
        let folder = rustix::fs::FileType::from_raw_mode(stat.st_mode) == rustix::fs::FileType::Directory;
        let measure = folder.then(|| self.measure()).flatten();
        measures.extend(measure);
        Some(Found { item, measure, weak: false, inherited: false })
    }
}

fn proven(at: &At<'_>, proofs: &[String]) -> bool {
    let Ok(folder) = at.folder.folder(at.name) else { return false };
    proofs.iter().any(|proof| below(&folder, proof).is_some_and(|(at, name)| at.has(&name)))
}

pub(crate) fn look(worker: &mut Worker<'_, '_>, at: &At<'_>, look: Look, measures: &mut Vec<u32>) {
    match look {
        Look::NpmPackage { global } => packages::npm(worker, at, global, measures),
        Look::Python => packages::python(worker, at, measures),
        Look::CratesToml => packages::crates(worker, at),
        Look::EditorExtension => packages::editor_extension(worker, at, measures),
        Look::BrowserExtension(tool) => {
            packages::named(worker, at, tool, Kind::Extension, "browser-extension-id", Confidence::High, measures)
        }
        Look::GlobalStorage(tool) => packages::storage(worker, at, tool, measures),
        Look::Formula(tool) => packages::formula(worker, at, tool, measures),
        Look::Cask(tool) => {
            packages::named(worker, at, tool, Kind::Client, "homebrew-cask", Confidence::High, measures)
        }
        Look::WinGet(tool) => {
            packages::named(worker, at, tool, Kind::Client, "winget-package", Confidence::High, measures)
        }
        Look::Bundle => packages::bundle(worker, at, measures),
        Look::Plugin => packages::plugin(worker, at, measures),
        Look::GoBinary(tool) => {
            packages::named(worker, at, tool, Kind::Client, "go-binary", Confidence::Medium, measures)
        }
        Look::AppImage(tool) => packages::appimage(worker, at, tool, measures),
        Look::Settings => settings::settings(worker, at, false),
        Look::Shell => settings::shell(worker, at),
        Look::Mcp => settings::settings(worker, at, true),
        Look::Project(tool) => packages::project(worker, at, tool, measures),
        Look::Instructions => packages::instructions(worker, at, measures),
        Look::OllamaManifest => model::manifest(worker, at, measures),
        Look::HubModel => model::hub(worker, at, measures),
        Look::ModelFile => model::file(worker, at, false),
        Look::LargeFile => model::file(worker, at, true),
        Look::Starter => starters::starter(worker, at),
        Look::Jobs => starters::jobs(worker, at),
        Look::Command(tool) => starters::command(worker, at, tool),
        Look::Volume(tool) => packages::volume(worker, at, tool, measures),
        Look::NativeHost(tool) => packages::native_host(worker, at, tool, measures),
        Look::VimPlugin(tool) => packages::vim(worker, at, tool, measures),
        Look::Packed(tool) => {
            packages::named(worker, at, tool, Kind::Extension, "packed-extension", Confidence::Medium, measures)
        }
        Look::Link => worker.link(at),
    }
}
