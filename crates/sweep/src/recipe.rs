//! What recipes of images say: Dockerfiles, which build on images, install tools and set models, and Ollama's Modelfiles.
//!
//! Recipes belong to projects: they are told by line and never edited.

use crate::{
    catalogue::{Catalogue, Tool},
    command,
    scan::Key,
    setting::{self, Format},
    shell,
};

const MAX_LINES: usize = 10_000;
const MAX_KEYS: usize = 64;

/// Whether a file of this name is a recipe.
pub fn is_recipe(name: &str) -> bool {
    let of = |base: &str| name.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let recipe = of("Dockerfile") || of("Containerfile") || of("Modelfile");
    (recipe && !name.ends_with(".md")) || name.to_ascii_lowercase().ends_with(".dockerfile")
}

/// Keys for what a recipe of this name uses.
pub fn keys(catalogue: &Catalogue, name: &str, text: &str) -> Vec<Key> {
    let of_model = name.starts_with("Modelfile");
    let mut keys = Vec::new();
    for (number, line) in lines(text) {
        if keys.len() >= MAX_KEYS {
            break;
        }
        let (instruction, rest) = line.split_once(char::is_whitespace).unwrap_or((&line, ""));
        let rest = without_flags(rest.trim());
        let place = format!("line {number}");
        match instruction.to_ascii_uppercase().as_str() {
            "FROM" if of_model => keys.extend(base_model(catalogue, place, rest)),
            _ if of_model => {}
            "FROM" => keys.extend(
                rest.split_whitespace()
                    .next()
                    .and_then(|image| command::of_image(catalogue, image).map(|tool| key(place, tool))),
            ),
            "RUN" | "CMD" | "ENTRYPOINT" => keys.extend(started(catalogue, rest).map(|tool| key(place, tool))),
            "ENV" | "ARG" => keys.extend(set(catalogue, rest)),
            "COPY" | "ADD" | "LABEL" | "EXPOSE" | "USER" | "WORKDIR" | "VOLUME" | "SHELL" | "HEALTHCHECK"
            | "STOPSIGNAL" | "ONBUILD" | "MAINTAINER" => {}
            // The body of a here-document.
            _ => keys.extend(command::line(catalogue, &line).map(|tool| key(place, tool))),
        }
    }
    keys
}

fn key(place: String, tool: &Tool) -> Key {
    Key { key: place, names: format!("tool:{}", tool.id), value: None }
}

/// Lines with those that go on joined, numbered from 1, without comments.
fn lines(text: &str) -> Vec<(usize, String)> {
    let mut all: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (at, line) in text.lines().enumerate().take(MAX_LINES) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (part, goes_on) = line.strip_suffix('\\').map_or((line, false), |part| (part, true));
        match all.last_mut().filter(|_| open) {
            Some((_, whole)) => {
                whole.push(' ');
                whole.push_str(part);
            }
            None => all.push((at + 1, part.to_owned())),
        }
        open = goes_on;
    }
    all
}

/// `--mount=…` and `--platform=…` stand before what is meant.
fn without_flags(mut rest: &str) -> &str {
    while rest.starts_with("--") {
        rest = rest.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim_start());
    }
    rest
}

/// A command as a line of a shell, or as a list of its words.
fn started<'c>(catalogue: &'c Catalogue, rest: &str) -> Option<&'c Tool> {
    if let Ok(words) = serde_json::from_str::<Vec<String>>(rest) {
        return command::tool(catalogue, &words.iter().map(String::as_str).collect::<Vec<_>>());
    }
    command::line(catalogue, rest)
}

/// Models and names of tools that the image is given: `A=b C="d"`, or `A b`.
fn set(catalogue: &Catalogue, rest: &str) -> Vec<Key> {
    let text = match rest.split_once(char::is_whitespace) {
        Some((name, value)) if !name.contains('=') => format!("{name}={}", value.trim()),
        _ => command::words(rest).join("\n"),
    };
    let uses = setting::read(catalogue, Format::Dotenv, &text).map(|found| found.uses).unwrap_or_default();
    let models = uses.into_iter().map(|found| found.key);
    let variable = |line| shell::variable(catalogue, line).map(|(name, tool)| key(name.to_owned(), tool));
    models.chain(text.lines().filter_map(variable)).collect()
}

/// The model that a Modelfile builds on; a path of a file is none.
fn base_model(catalogue: &Catalogue, place: String, rest: &str) -> Option<Key> {
    let family = catalogue.family_of_id(rest, true).filter(|_| !rest.starts_with(['/', '.']))?;
    Some(Key { key: place, names: family.id.clone(), value: Some(rest.to_owned()) })
}
