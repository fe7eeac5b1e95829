//! Files that start programs: units, desktop files, launch agents, tables of cron, hooks; and commands where commands are.

use rustix::fs::Stat;
use sweep::{
    MachinePath,
    catalogue::{Catalogue, Class, Tool},
    command,
    matcher::Context,
    recipe,
    scan::{Confidence, Evidence, Key},
    shown,
    starter::{self, Form},
    text,
};

use super::{MAX_METADATA, read_here};
use crate::walk::{At, Found, Starter, Worker};

/// Largest script that is read for what it starts.
const MAX_SCRIPT: u64 = 64 << 10;

pub(super) fn starter(worker: &mut Worker<'_, '_>, at: &At<'_>) {
    let Ok(Some((bytes, stat, _))) = read_here(at, MAX_METADATA) else { return };
    worker.out.opened += 1;
    let Some(path) = at.own() else { return };
    let form = match at.position.context {
        Context::Tasks => Form::Task,
        _ if at.name.to_bytes().ends_with(b".plist") => Form::LaunchAgent,
        _ => Form::Unit,
    };
    let commands = starter::commands(form, &bytes);
    let class = match at.path.name() {
        b"applications" | b"Applications" => Class::Program,
        // A task of several actions does other work besides: it is told and stays.
        _ if form == Form::Task && commands.len() > 1 => Class::ModelUse,
        _ => Class::Service,
    };
    let home = at.position.home.and_then(|home| worker.walk.looker.accounts.homes.get(home));
    for words in commands {
        let words: Vec<String> = match home {
            Some(home) => words.iter().map(|word| word.replace("%h", &home.path.to_string())).collect(),
            None => words,
        };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if let Some((tool, confidence)) = started(worker, &words) {
            let evidence = Evidence::new("starts", format!("starts {}", tool.name));
            let mut item = worker.walk.looker.item(&tool.id, class, path.clone(), confidence, evidence, Some(&stat));
            if class == Class::ModelUse {
                item.keys = vec![Key { key: "run".to_owned(), names: format!("tool:{}", tool.id), value: None }];
            }
            worker.push(Found { item, measure: None, weak: false, inherited: false });
            model_of(worker, &words, path.clone(), &stat);
            // An image that is there says more than its name.
            if confidence == Confidence::High {
                return;
            }
        }
        let paths = command::paths(&words);
        let targets: Vec<MachinePath> = paths.iter().filter_map(|word| word.parse().ok()).collect();
        if !targets.is_empty() {
            worker.starter(Starter { path: path.clone(), targets, class, stat });
        }
    }
}

/// The tool that a command starts: by what it says, or by the name of an image of a program that may be gone by now.
fn started<'c>(worker: &Worker<'_, 'c>, words: &[&str]) -> Option<(&'c Tool, Confidence)> {
    let looker = &worker.walk.looker;
    if let Some(tool) = command::tool(looker.catalogue, words) {
        return Some((tool, Confidence::High));
    }
    let image = words.iter().take(8).find_map(|word| worker.walk.matcher.appimage(command::base(word)));
    image.and_then(|tool| looker.tools.get(tool)).map(|tool| (*tool, Confidence::Medium))
}

/// The model that a tool is started with.
fn model_of(worker: &mut Worker<'_, '_>, words: &[&str], path: MachinePath, stat: &Stat) {
    let looker = &worker.walk.looker;
    let Some((flag, family, value)) = command::model(looker.catalogue, words) else { return };
    let evidence = Evidence::new("model-in-command", format!("starts with {}", family.name));
    let mut item = looker.item(&family.id, Class::ModelUse, path, Confidence::High, evidence, Some(stat));
    item.keys = vec![Key { key: flag.to_owned(), names: family.id.clone(), value: Some(value.to_owned()) }];
    worker.push(Found { item, measure: None, weak: false, inherited: false });
}

/// Tables of cron, hooks of Git and recipes of images: other things stand beside, so they are told and never moved.
pub(super) fn jobs(worker: &mut Worker<'_, '_>, at: &At<'_>) {
    let Ok(Some((bytes, stat, _))) = read_here(at, MAX_SCRIPT) else { return };
    let Some(text) = text::decoded(&bytes) else { return };
    worker.out.opened += 1;
    let table = matches!(at.path.name(), b"cron.d" | b"crontabs" | b"cron") || at.name.to_bytes() == b"crontab";
    let catalogue = worker.walk.looker.catalogue;
    let recipe = at.name.to_str().ok().filter(|name| recipe::is_recipe(name));
    let keys = match recipe {
        Some(name) => recipe::keys(catalogue, name, &text),
        None => jobs_in(catalogue, &text, table),
    };
    let (Some(first), Some(path)) = (keys.first(), at.own()) else { return };
    let subject = first.names.trim_start_matches("tool:").to_owned();
    let evidence = Evidence::new("starts", format!("{} line(s) start or use it", keys.len()));
    let mut item = worker.walk.looker.item(&subject, Class::ModelUse, path, Confidence::High, evidence, Some(&stat));
    // A recipe belongs to a project even where no `.git` is beside it.
    item.repository = recipe.is_some() || at.position.repository && !table;
    item.keys = keys;
    worker.push(Found { item, measure: None, weak: false, inherited: false });
}

/// Lines of a table or a script that start tools.
fn jobs_in(catalogue: &Catalogue, text: &str, table: bool) -> Vec<Key> {
    let of_line = |(number, line)| {
        let found = match table {
            true => scheduled(line).find_map(|rest| command::line(catalogue, rest)),
            false => command::line(catalogue, line),
        };
        found.map(|tool| Key { key: format!("line {}", number + 1), names: format!("tool:{}", tool.id), value: None })
    };
    text.lines().enumerate().take(10_000).filter_map(of_line).take(64).collect()
}

/// What a line of a table runs: after five fields or one word of time, with and without the name of an account.
fn scheduled(line: &str) -> impl Iterator<Item = &str> {
    let line = line.trim_start();
    let times = if line.starts_with('@') { 1 } else { 5 };
    let comment = line.starts_with('#');
    [times, times + 1].into_iter().filter(move |_| !comment).filter_map(move |fields| {
        let mut rest = line;
        for _ in 0..fields {
            rest = rest.split_once(char::is_whitespace)?.1.trim_start();
        }
        Some(rest)
    })
}

/// A program with a tool's name, or a script among commands that starts it.
pub(super) fn command(worker: &mut Worker<'_, '_>, at: &At<'_>, tool: usize) {
    let Ok((file, stat)) = at.folder.file(at.name) else { return };
    let mut head = [0; 4];
    let Ok(4) = rustix::io::pread(&file, &mut head, 0) else { return };
    worker.out.opened += 1;
    let binary =
        head == *b"\x7fELF" || head.starts_with(b"MZ") || matches!(u32::from_le_bytes(head), 0xfeed_facf | 0xbeba_feca);
    let subject = worker.walk.matcher.tool(tool).to_owned();
    let (confidence, why) = match binary {
        true => (Confidence::Medium, "a program of this name"),
        false if head.starts_with(b"#!") && starts(worker, at, &subject) => {
            (Confidence::High, "a script that starts it")
        }
        false => return,
    };
    let Some(path) = at.own() else { return };
    let evidence = Evidence::new("command", format!("{}: {why}", shown(at.name.to_bytes())));
    let item = worker.walk.looker.item(&subject, Class::Program, path, confidence, evidence, Some(&stat));
    worker.push(Found { item, measure: None, weak: false, inherited: false });
}

/// Whether a script in a folder of commands hands over to the tool: by its package's folder, or through a manager of versions.
fn starts(worker: &Worker<'_, '_>, at: &At<'_>, subject: &str) -> bool {
    let Ok(Some((bytes, ..))) = read_here(at, MAX_SCRIPT) else { return false };
    let Ok(text) = std::str::from_utf8(&bytes) else { return false };
    let catalogue = worker.walk.looker.catalogue;
    let of_package = |line: &str| {
        line.split(['"', '\'', ' '])
            .filter(|word| word.contains("node_modules/"))
            .any(|word| command::tool(catalogue, &["node", word]).is_some_and(|tool| tool.id == subject))
    };
    text.lines().any(|line| {
        of_package(line) || ["asdf exec", "mise x", "volta run"].iter().any(|manager| line.contains(manager))
    })
}
