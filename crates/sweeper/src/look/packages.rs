//! Installed packages, extensions and applications, by the metadata that lies beside them.

use std::ffi::CString;

use sweep::{
    MachinePath,
    catalogue::Class,
    package,
    scan::{Confidence, Evidence, Kind},
    shown,
};

use super::{MAX_METADATA, read_below, read_here};
use crate::walk::{At, Found, Worker};

/// Hosts whose mention in a program speaks for a client of models.
const PROVIDERS: &[&str] = &[
    "api.anthropic.com",
    "api.openai.com",
    "generativelanguage.googleapis.com",
    "api.deepseek.com",
    "openrouter.ai/api",
    "dashscope.aliyuncs.com",
    "api.moonshot",
    "api.mistral.ai",
    "api.x.ai",
    "api.groq.com",
];

/// How much of an unknown program is looked through for them.
const MAX_PROGRAM: u64 = 4 << 20;

pub(super) fn npm(worker: &mut Worker<'_, '_>, at: &At<'_>, global: bool, measures: &mut Vec<u32>) {
    let Ok(folder) = at.folder.folder(at.name) else { return };
    let Some(package) = read_below(&folder, "package.json", MAX_METADATA).and_then(|bytes| package::node(&bytes))
    else {
        return;
    };
    // The folder says the same name, or somebody's copy lies here.
    if package.name.rsplit('/').next().map(str::as_bytes) != Some(at.name.to_bytes()) {
        return;
    }
    let version = package.version.clone();
    let text = format!("{} {}", package.name, version.as_deref().unwrap_or("without a version"));
    if let Some(tool) = worker.walk.matcher.npm_tool(&package.name) {
        let subject = worker.walk.matcher.tool(tool).to_owned();
        let found =
            worker.found(at, &subject, Class::Program, Confidence::High, Evidence::new("npm-package", text), measures);
        if let Some(mut found) = found {
            found.item.version = version;
            let path = found.item.path.clone();
            worker.push(found);
            shims(worker, at, &package, &subject, &path);
        }
        return;
    }
    if !global || package.binaries.is_empty() {
        return;
    }
    let mut evidence = Vec::new();
    if !package.model_sdks.is_empty() {
        evidence.push(Evidence::new(
            "model-sdk-and-command",
            format!("{text} depends on {}", package.model_sdks.join(", ")),
        ));
    }
    let main = package.main.as_deref().map(|path| path.trim_start_matches("./").to_owned());
    if let Some(program) = main.and_then(|main| read_below(&folder, &main, MAX_PROGRAM)) {
        let hosts: Vec<&str> = PROVIDERS.iter().copied().filter(|host| contains(&program, host.as_bytes())).collect();
        if !hosts.is_empty() {
            evidence.push(Evidence::new("provider-in-program", format!("{text} names {}", hosts.join(", "))));
        }
    }
    unknown(worker, at, &package.name, evidence, version, measures);
}

fn contains(text: &[u8], wanted: &[u8]) -> bool {
    let Some(first) = wanted.first() else { return false };
    let mut left = text;
    while let Some(found) = left.iter().position(|b| b == first) {
        let Some(rest) = left.get(found..) else { return false };
        if rest.starts_with(wanted) {
            return true;
        }
        left = rest.get(1..).unwrap_or_default();
    }
    false
}

fn unknown(
    worker: &mut Worker<'_, '_>,
    at: &At<'_>,
    name: &str,
    evidence: Vec<Evidence>,
    version: Option<String>,
    measures: &mut Vec<u32>,
) {
    let mut evidence = evidence.into_iter();
    let Some(first) = evidence.next() else { return };
    let subject = shown(name.as_bytes());
    if let Some(mut found) = worker.found(at, &subject, Class::Program, Confidence::Low, first, measures) {
        found.item.kind = Kind::UnknownClient;
        found.item.version = version;
        found.item.evidence.extend(evidence);
        worker.push(found);
    }
}

/// Commands that npm writes on Windows beside `node_modules`, where there are no links.
fn shims(worker: &mut Worker<'_, '_>, at: &At<'_>, package: &package::NodePackage, subject: &str, path: &MachinePath) {
    let Some(prefix) = path.above().find(|folder| folder.name() == b"node_modules").and_then(|folder| folder.parent())
    else {
        return;
    };
    if prefix.name() != b"npm" || at.position.repository {
        return;
    }
    for name in &package.binaries {
        for ending in ["", ".cmd", ".ps1"] {
            let Some(shim) = prefix.join(format!("{name}{ending}").as_bytes()) else { continue };
            exact(worker, shim, subject, Evidence::new("npm-shim", format!("starts {}", package.name)));
        }
    }
}

/// An item at a path that metadata named, if something is there.
fn exact(worker: &mut Worker<'_, '_>, path: MachinePath, subject: &str, evidence: Evidence) {
    let looker = &worker.walk.looker;
    let Ok((parent, name)) = looker.root.parent_of(&path) else { return };
    let Ok(stat) = parent.stat_of(&name) else { return };
    let item = looker.item(subject, Class::Program, path, Confidence::High, evidence, Some(&stat));
    worker.push(Found { item, measure: None, weak: false, inherited: false });
}

pub(super) fn python(worker: &mut Worker<'_, '_>, at: &At<'_>, measures: &mut Vec<u32>) {
    let Ok(folder) = at.folder.folder(at.name) else { return };
    let metadata =
        read_below(&folder, "METADATA", MAX_METADATA).or_else(|| read_below(&folder, "PKG-INFO", MAX_METADATA));
    let Some(package) = metadata.and_then(|bytes| package::python(&bytes)) else { return };
    let text = format!("{} {}", package.name, package.version.as_deref().unwrap_or("without a version"));
    let Some(tool) = worker.walk.matcher.pip_tool(&package.name) else {
        let scripts = read_below(&folder, "entry_points.txt", MAX_METADATA)
            .is_some_and(|bytes| contains(&bytes, b"[console_scripts]"));
        if scripts && !package.model_sdks.is_empty() {
            let evidence =
                Evidence::new("model-sdk-and-command", format!("{text} depends on {}", package.model_sdks.join(", ")));
            unknown(worker, at, &package.name, vec![evidence], package.version, measures);
        }
        return;
    };
    let subject = worker.walk.matcher.tool(tool).to_owned();
    let evidence = Evidence::new("python-package", text.clone());
    let Some(mut found) = worker.found(at, &subject, Class::Program, Confidence::High, evidence, measures) else {
        return;
    };
    found.item.version = package.version.clone();
    worker.push(found);
    let record = read_below(&folder, "RECORD", 16 << 20).unwrap_or_default();
    for path in package::python_objects(&record, at.path) {
        if at.own().as_ref() != Some(&path) {
            exact(worker, path, &subject, Evidence::new("python-record", format!("listed by {text}")));
        }
    }
    // pipx and uv give a tool an environment of its own, named after it.
    let names = [b"venvs".as_slice(), b"tools".as_slice()];
    let own = at.path.above().find(|folder| folder.parent().is_some_and(|parent| names.contains(&parent.name())));
    if let Some(venv) = own.filter(|venv| {
        std::str::from_utf8(venv.name()).is_ok_and(|name| worker.walk.matcher.pip_tool(name) == Some(tool))
    }) {
        exact(
            worker,
            venv,
            &subject,
            Evidence::new("python-environment", format!("an environment of its own for {text}")),
        );
    }
}

pub(super) fn crates(worker: &mut Worker<'_, '_>, at: &At<'_>) {
    let Ok(Some((bytes, ..))) = read_here(at, MAX_METADATA) else { return };
    for package::Crate { name, version, repository, binaries } in package::crates(&bytes) {
        let of_repository =
            || repository.as_ref().and_then(|repository| worker.walk.matcher.cargo_git_tool(repository));
        let Some(tool) = worker.walk.matcher.cargo_tool(&name).or_else(of_repository) else { continue };
        let subject = worker.walk.matcher.tool(tool).to_owned();
        let from = repository.map(|repository| format!(" from {}", shown(repository.as_bytes()))).unwrap_or_default();
        for binary in binaries {
            let path = at.path.join(b"bin").and_then(|bin| bin.join(binary.as_bytes()));
            let text = format!("{name} {}{from}", version.as_deref().unwrap_or_default());
            if let Some(path) = path {
                exact(worker, path, &subject, Evidence::new("cargo-package", text));
            }
        }
    }
}

pub(super) fn editor_extension(worker: &mut Worker<'_, '_>, at: &At<'_>, measures: &mut Vec<u32>) {
    let Ok(name) = std::str::from_utf8(at.name.to_bytes()) else { return };
    let Ok(folder) = at.folder.folder(at.name) else { return };
    let metadata = read_below(&folder, "package.json", MAX_METADATA).and_then(|bytes| package::node(&bytes));
    let id = metadata.as_ref().and_then(|m| m.publisher.as_ref().map(|publisher| format!("{publisher}.{}", m.name)));
    // What an editor brings along has no publisher in its folder's name: its manifest alone says what it is.
    let by_name = worker.walk.matcher.extension(name);
    let by_manifest = || id.as_ref().and_then(|id| worker.walk.matcher.vscode_tool(id));
    let Some(tool) = by_name.or_else(by_manifest) else { return };
    let confidence = match &id {
        Some(id) if worker.walk.matcher.vscode_tool(id) == Some(tool) => Confidence::High,
        // The manifest says that it is something else.
        Some(_) => return,
        None => Confidence::Medium,
    };
    let subject = worker.walk.matcher.tool(tool).to_owned();
    let evidence = Evidence::new("editor-extension", id.unwrap_or_else(|| shown(name.as_bytes())));
    if let Some(mut found) = worker.found(at, &subject, Class::Program, confidence, evidence, measures) {
        found.item.kind = Kind::Extension;
        found.item.version = metadata.and_then(|m| m.version);
        worker.push(found);
    }
}

pub(super) fn named(
    worker: &mut Worker<'_, '_>,
    at: &At<'_>,
    tool: usize,
    kind: Kind,
    rule: &str,
    confidence: Confidence,
    measures: &mut Vec<u32>,
) {
    let subject = worker.walk.matcher.tool(tool).to_owned();
    let text = shown(at.name.to_bytes());
    if let Some(mut found) = worker.found(at, &subject, Class::Program, confidence, Evidence::new(rule, text), measures)
    {
        found.item.kind = kind;
        worker.push(found);
    }
}

/// A thing of a tool, for its name and where it lies.
fn push_named(
    worker: &mut Worker<'_, '_>,
    at: &At<'_>,
    tool: usize,
    (rule, class, confidence): (&str, Class, Confidence),
    measures: &mut Vec<u32>,
) {
    let subject = worker.walk.matcher.tool(tool).to_owned();
    let evidence = Evidence::new(rule, shown(at.name.to_bytes()));
    if let Some(found) = worker.found(at, &subject, class, confidence, evidence, measures) {
        worker.push(found);
    }
}

/// What an extension keeps for itself: tasks and their transcripts.
pub(super) fn storage(worker: &mut Worker<'_, '_>, at: &At<'_>, tool: usize, measures: &mut Vec<u32>) {
    push_named(worker, at, tool, ("editor-storage", Class::Data, Confidence::High), measures);
}

pub(super) fn formula(worker: &mut Worker<'_, '_>, at: &At<'_>, tool: usize, measures: &mut Vec<u32>) {
    let Ok(folder) = at.folder.folder(at.name) else { return };
    let versions = folder.names().unwrap_or_default();
    let receipt = |name: &CString| folder.folder(name).is_ok_and(|version| version.has(c"INSTALL_RECEIPT.json"));
    if let Some(version) = versions.iter().find(|name| receipt(name)) {
        let text = format!("{} {}", shown(at.name.to_bytes()), shown(version.as_bytes()));
        let subject = worker.walk.matcher.tool(tool).to_owned();
        if let Some(mut found) = worker.found(
            at,
            &subject,
            Class::Program,
            Confidence::High,
            Evidence::new("homebrew-formula", text),
            measures,
        ) {
            found.item.version = Some(shown(version.as_bytes()));
            worker.push(found);
        }
    }
}

pub(super) fn bundle(worker: &mut Worker<'_, '_>, at: &At<'_>, measures: &mut Vec<u32>) {
    let Ok(folder) = at.folder.folder(at.name) else { return };
    let Some(plist) = read_below(&folder, "Contents/Info.plist", MAX_METADATA) else { return };
    let Some(id) = package::plist_value(&plist, "CFBundleIdentifier") else { return };
    let Some(tool) = worker.walk.matcher.bundle_tool(&id) else { return };
    let subject = worker.walk.matcher.tool(tool).to_owned();
    if let Some(mut found) =
        worker.found(at, &subject, Class::Program, Confidence::High, Evidence::new("bundle-identifier", id), measures)
    {
        found.item.version = package::plist_value(&plist, "CFBundleShortVersionString");
        worker.push(found);
    }
}

pub(super) fn plugin(worker: &mut Worker<'_, '_>, at: &At<'_>, measures: &mut Vec<u32>) {
    let Ok(folder) = at.folder.folder(at.name) else { return };
    let mut found = read_below(&folder, "META-INF/plugin.xml", MAX_METADATA).and_then(|bytes| package::plugin(&bytes));
    if found.is_none()
        && let Ok(library) = folder.folder(c"lib")
    {
        let jars = library.names().unwrap_or_default();
        found = jars.iter().filter(|name| name.as_bytes().ends_with(b".jar")).take(64).find_map(|name| {
            let bytes = read_below(&library, std::str::from_utf8(name.as_bytes()).ok()?, 64 << 20)?;
            package::plugin(&package::zip_member(&bytes, "META-INF/plugin.xml")?)
        });
    }
    let Some((id, version)) = found else { return };
    let Some(tool) = worker.walk.matcher.jetbrains_tool(&id) else { return };
    let subject = worker.walk.matcher.tool(tool).to_owned();
    if let Some(mut found) =
        worker.found(at, &subject, Class::Program, Confidence::High, Evidence::new("jetbrains-plugin", id), measures)
    {
        found.item.kind = Kind::Extension;
        found.item.version = version;
        worker.push(found);
    }
}

/// A plugin of Vim, where Vim's managers put them; a checkout elsewhere is somebody's work.
pub(super) fn vim(worker: &mut Worker<'_, '_>, at: &At<'_>, tool: usize, measures: &mut Vec<u32>) {
    let of_vim = |step: &[u8]| matches!(step, b"nvim" | b"vim" | b".vim" | b"vimfiles" | b".nvim");
    if at.path.steps().any(of_vim) {
        named(worker, at, tool, Kind::Extension, "vim-plugin", Confidence::Medium, measures);
    }
}

/// What a container of a tool keeps: people's work, and the runtime's to remove.
pub(super) fn volume(worker: &mut Worker<'_, '_>, at: &At<'_>, tool: usize, measures: &mut Vec<u32>) {
    let Ok(folder) = at.folder.folder(at.name) else { return };
    if !folder.has(c"_data") {
        return;
    }
    push_named(worker, at, tool, ("container-volume", Class::Data, Confidence::Medium), measures);
}

/// A file that lets an extension of a browser start a tool.
pub(super) fn native_host(worker: &mut Worker<'_, '_>, at: &At<'_>, tool: usize, measures: &mut Vec<u32>) {
    push_named(worker, at, tool, ("native-messaging-host", Class::Configuration, Confidence::Medium), measures);
}

/// What a repository holds for a tool.
pub(super) fn project(worker: &mut Worker<'_, '_>, at: &At<'_>, tool: usize, measures: &mut Vec<u32>) {
    let folder = std::str::from_utf8(at.name.to_bytes()).ok().and_then(|name| worker.walk.matcher.project_folder(name));
    if folder.is_some_and(|folder| at.path.name() != folder.as_bytes()) {
        return;
    }
    let subject = worker.walk.matcher.tool(tool).to_owned();
    let evidence = Evidence::new("project-file", shown(at.name.to_bytes()));
    if let Some(mut found) = worker.found(at, &subject, Class::Project, Confidence::Medium, evidence, measures) {
        found.item.repository = at.position.repository;
        worker.push(found);
    }
}

pub(super) fn instructions(worker: &mut Worker<'_, '_>, at: &At<'_>, measures: &mut Vec<u32>) {
    let evidence = vec![Evidence::new("agent-instructions", "AGENTS.md: instructions that many agents read")];
    unknown(worker, at, "agents-md", evidence, None, measures);
}

/// An image of a program, by its name and by what an AppImage begins with: an ELF file with `AI` and its type in the padding.
pub(super) fn appimage(worker: &mut Worker<'_, '_>, at: &At<'_>, tool: usize, measures: &mut Vec<u32>) {
    let Ok((file, _)) = at.folder.file(at.name) else { return };
    let mut head = [0; 11];
    let read = rustix::io::pread(&file, &mut head, 0);
    let is_image = read == Ok(head.len()) && head.starts_with(b"\x7fELF") && matches!(head, [.., b'A', b'I', 1 | 2]);
    if !is_image {
        return;
    }
    let subject = worker.walk.matcher.tool(tool).to_owned();
    let evidence = Evidence::new("appimage", shown(at.name.to_bytes()));
    if let Some(found) = worker.found(at, &subject, Class::Program, Confidence::Medium, evidence, measures) {
        worker.push(found);
    }
}
