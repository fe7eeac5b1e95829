//! Settings files: use of models, names of secrets, MCP servers of tools that nobody knows.

use sweep::{
    MachinePath,
    catalogue::{Class, Tool},
    matcher::Entry,
    scan::{Confidence, Evidence, Item, Key, Kind},
    setting::{self, Format, MAX_SETTINGS},
    shell, shown, text,
};

use super::{packages, read_here};
use crate::walk::{At, Found, Worker, reason};

pub(super) fn settings(worker: &mut Worker<'_, '_>, at: &At<'_>, mcp: bool) {
    let Ok(name) = std::str::from_utf8(at.name.to_bytes()) else { return };
    // `.claude.json.backup` and the like are JSON too, but nobody's settings.
    let Some(format) = setting::format_of(name) else { return };
    let project = mcp.then(|| worker.walk.matcher.project_tool(at.path.name(), name)).flatten();
    match project.filter(|_| is_project(at)) {
        Some(tool) => {
            read(worker, at, format, Of::Project);
            packages::project(worker, at, tool, &mut vec![]);
        }
        None => read(worker, at, format, if mcp { Of::Mcp } else { Of::Settings }),
    }
}

/// Not in a tool's own folder, and not a person's settings in the home itself.
fn is_project(at: &At<'_>) -> bool {
    at.position.inside.is_none() && (at.position.repository || !at.position.is_home())
}

pub(super) fn shell(worker: &mut Worker<'_, '_>, at: &At<'_>) {
    read(worker, at, Format::Dotenv, Of::Shell);
}

/// Whose a file of settings is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Settings,
    Mcp,
    /// A project's, whether a repository is around it or not: its owners decide.
    Project,
    Shell,
}

fn read(worker: &mut Worker<'_, '_>, at: &At<'_>, format: Format, of: Of) {
    let (bytes, stat) = match read_here(at, MAX_SETTINGS) {
        Ok(Some((bytes, stat, _))) => (bytes, stat),
        Ok(None) => return,
        Err(rustix::io::Errno::NOENT | rustix::io::Errno::INVAL) => return,
        Err(errno) => {
            if let Some(path) = at.own() {
                worker.out.unreadable(&path, reason(errno));
            }
            return;
        }
    };
    worker.out.opened += 1;
    let Some(text) = text::decoded(&bytes) else { return };
    let Some(found) = setting::read(worker.walk.looker.catalogue, format, &text) else { return };
    let set_up = if of == Of::Shell { set_up(worker, at, &text) } else { vec![] };
    let Some(path) = at.own() else { return };
    let looker = &worker.walk.looker;
    let make = |subject: &str, class: Class, confidence, evidence| -> Item {
        let mut item = looker.item(subject, class, path.clone(), confidence, evidence, Some(&stat));
        item.repository = at.position.repository || of == Of::Project || is_pipeline(&path);
        item
    };
    let mut items = Vec::new();
    if let Some((subject, confidence, evidence)) = used(&found.uses, &set_up) {
        let mut item = make(&subject, Class::ModelUse, confidence, evidence);
        item.keys = found.uses.iter().map(|found| found.key.clone()).chain(set_up).collect();
        if text::is_utf16(&bytes) {
            item.evidence.push(Evidence::new("utf-16", "written in UTF-16"));
        }
        items.push(item);
    }
    if !found.secrets.is_empty() {
        let names: Vec<&str> = found.secrets.iter().map(String::as_str).collect();
        let tool = looker
            .catalogue
            .secrets()
            .find(|(name, tool)| tool.is_some() && names.first() == Some(name))
            .and_then(|(_, tool)| tool);
        let subject = tool.map_or("model-keys", |tool| tool.id.as_str()).to_owned();
        let mut item =
            make(&subject, Class::Credential, Confidence::High, Evidence::new("secret-name", names.join(", ")));
        item.keys =
            names.iter().map(|name| Key { key: (*name).to_owned(), names: "secret".to_owned(), value: None }).collect();
        items.push(item);
    }
    let of_nobody = at.position.inside.is_none() && !at.position.repository;
    if of == Of::Mcp
        && of_nobody
        && !found.mcp_servers.is_empty()
        && !worker.walk.matcher.knows_mcp(at.position, at.name.to_bytes())
    {
        let servers =
            found.mcp_servers.iter().take(8).map(|name| shown(name.as_bytes())).collect::<Vec<_>>().join(", ");
        let subject = shown(at.path.name());
        let mut item = make(
            &subject,
            Class::Configuration,
            Confidence::Low,
            Evidence::new("mcp-configuration", format!("starts the servers {servers}")),
        );
        item.kind = Kind::UnknownClient;
        items.push(item);
    }
    for item in items {
        worker.push(Found { item, measure: None, weak: false, inherited: false });
    }
}

/// What a shell's file sets up or starts.
fn set_up(worker: &Worker<'_, '_>, at: &At<'_>, text: &str) -> Vec<Key> {
    let home = at.position.home.and_then(|home| worker.walk.looker.accounts.homes.get(home));
    let owner = |path: &str| {
        let path = match (path.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => format!("{}/{rest}", home.path),
            (Some(_), None) => return None,
            (None, _) => path.to_owned(),
        };
        owner(worker, &path.trim_end_matches('/').parse().ok()?)
    };
    shell::keys(worker.walk.looker.catalogue, text, &owner)
}

/// The tool whose place a path is or lies in, by words alone: what is started may be gone.
fn owner<'c>(worker: &Worker<'_, 'c>, path: &MachinePath) -> Option<&'c Tool> {
    let matcher = worker.walk.matcher;
    let mut position = matcher.root();
    let mut steps = path.steps().peekable();
    while let Some(step) = steps.next() {
        let (next, below) = (matcher.step(&position, step, Entry::Folder), steps.peek().copied());
        let own = next.hits.iter().filter(|_| !next.inherited).find_map(|hit| {
            let tool = *worker.walk.looker.tools.get(hit.tool)?;
            let spot = tool.paths.get(hit.spot).filter(|spot| !spot.weak)?;
            let proven = || spot.proof.iter().any(|proof| below == Some(proof.as_bytes()));
            (spot.proof.is_empty() || proven()).then_some(tool)
        });
        if own.is_some() {
            return own;
        }
        position = next.position;
    }
    None
}

/// What an item of use says: what settings name goes before what is set up, and a line that starts something is surer than a name.
fn used(uses: &[setting::Found], set_up: &[Key]) -> Option<(String, Confidence, Evidence)> {
    if let Some(first) = uses.first() {
        let evidence = Evidence::new("model-in-settings", format!("{} setting(s) name models", uses.len()));
        return Some((first.key.names.clone(), Confidence::High, evidence));
    }
    let is_line = |key: &&Key| key.key.starts_with("line ");
    let (confidence, rule, key) = match set_up.iter().find(is_line) {
        Some(line) => (Confidence::High, "starts", line),
        None => (Confidence::Medium, "environment-name", set_up.first()?),
    };
    let told: Vec<&str> = set_up.iter().take(8).map(|key| key.key.as_str()).collect();
    Some((key.names.trim_start_matches("tool:").to_owned(), confidence, Evidence::new(rule, told.join(", "))))
}

/// Definitions of pipelines and of containers for development belong to repositories even where no `.git` is beside them.
fn is_pipeline(path: &MachinePath) -> bool {
    let name = path.name();
    let folders: Vec<Vec<u8>> = path.above().map(|folder| folder.name().to_vec()).collect();
    let within = |wanted: &[u8]| folders.iter().any(|folder| folder == wanted);
    within(b".devcontainer")
        || within(b".github")
        || within(b".circleci")
        || within(b".buildkite")
        || name == b".gitlab-ci.yml"
        || matches!(name, b"devcontainer.json" | b".devcontainer.json")
        || name.starts_with(b"azure-pipelines")
        || name.starts_with(b"bitbucket-pipelines")
}
