//! Settings files: use of models, names of secrets, MCP servers of tools that nobody knows.

use sweep::{
    catalogue::Class,
    scan::{Confidence, Evidence, Item, Key, Kind},
    setting::{self, Format, MAX_SETTINGS},
    shown,
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
            read(worker, at, format, false);
            packages::project(worker, at, tool, &mut vec![]);
        }
        None => read(worker, at, format, mcp),
    }
}

/// Not in a tool's own folder, and not a person's settings in the home itself.
fn is_project(at: &At<'_>) -> bool {
    at.position.inside.is_none() && !(at.position.is_home() && !at.position.repository)
}

pub(super) fn shell(worker: &mut Worker<'_, '_>, at: &At<'_>) {
    read(worker, at, Format::Dotenv, false);
}

fn read(worker: &mut Worker<'_, '_>, at: &At<'_>, format: Format, mcp: bool) {
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
    let Ok(text) = std::str::from_utf8(&bytes) else { return };
    let Some(found) = setting::read(worker.walk.looker.catalogue, format, text) else { return };
    let Some(path) = at.own() else { return };
    let looker = &worker.walk.looker;
    let make = |subject: &str, class: Class, confidence, evidence| -> Item {
        let mut item = looker.item(subject, class, path.clone(), confidence, evidence, Some(&stat));
        item.repository = at.position.repository || is_pipeline(&path);
        item
    };
    let mut items = Vec::new();
    if let Some(first) = found.uses.first() {
        let subject = first.key.names.clone();
        let mut item = make(
            &subject,
            Class::ModelUse,
            Confidence::High,
            Evidence::new("model-in-settings", format!("{} setting(s) name models", found.uses.len())),
        );
        item.keys = found.uses.iter().map(|found| found.key.clone()).collect();
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
    if mcp
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

/// Definitions of pipelines belong to repositories even where no `.git` is beside them.
fn is_pipeline(path: &sweep::MachinePath) -> bool {
    let name = path.name();
    let folders: Vec<Vec<u8>> = path.above().map(|folder| folder.name().to_vec()).collect();
    let within = |wanted: &[u8]| folders.iter().any(|folder| folder == wanted);
    within(b".github")
        || within(b".circleci")
        || within(b".buildkite")
        || name == b".gitlab-ci.yml"
        || name.starts_with(b"azure-pipelines")
        || name.starts_with(b"bitbucket-pipelines")
}
