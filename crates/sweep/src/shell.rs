//! What a shell's file says of tools: names of theirs that it sets, lines that start them, and their folders on the way to programs.
//!
//! Everything is told by its line or its name. Nothing of it is ever edited: other things stand beside.

use crate::{
    catalogue::{Catalogue, Tool},
    command,
    scan::Key,
    setting,
};

const MAX_LINES: usize = 10_000;
const MAX_KEYS: usize = 64;

/// Words before the name of an alias.
const ALIASES: &[&str] = &["alias ", "abbr ", "Set-Alias ", "New-Alias ", "doskey "];

/// Ways to write the home.
const HOMES: &[&str] = &["${HOME}", "$HOME", "$env:USERPROFILE", "$Env:USERPROFILE", "%USERPROFILE%"];

/// Keys for what tools the file sets up or starts. `owner` says whose folder a path is, where `~/` is the home.
pub fn keys<'c>(catalogue: &'c Catalogue, text: &str, owner: &dyn Fn(&str) -> Option<&'c Tool>) -> Vec<Key> {
    let mut keys = Vec::new();
    for (number, line) in text.lines().enumerate().take(MAX_LINES) {
        let line = line.trim();
        if line.starts_with('#') || keys.len() >= MAX_KEYS {
            continue;
        }
        if let Some((name, tool)) = variable(catalogue, line) {
            keys.push(key(name.to_owned(), tool));
        }
        if let Some(tool) = started(catalogue, line).or_else(|| on_the_way(line, owner)) {
            keys.push(key(format!("line {}", number + 1), tool));
        }
    }
    keys
}

fn key(key: String, tool: &Tool) -> Key {
    Key { key, names: format!("tool:{}", tool.id), value: None }
}

/// A name that only this tool reads, with a value.
pub fn variable<'c, 'l>(catalogue: &'c Catalogue, line: &'l str) -> Option<(&'l str, &'c Tool)> {
    let (name, _) = setting::assignment(line).filter(|(_, value)| !value.is_empty())?;
    let tool = catalogue.tools().find(|tool| tool.environment.names.iter().any(|known| known == name))?;
    Some((name, tool))
}

/// The tool that a line starts, or that an alias stands for.
fn started<'c>(catalogue: &'c Catalogue, line: &str) -> Option<&'c Tool> {
    match ALIASES.iter().find_map(|word| line.strip_prefix(word)) {
        Some(rest) => command::line(catalogue, alias(rest.trim())),
        None => command::line(catalogue, without_pattern(line)),
    }
}

/// What an alias stands for: `name='body'`, `name body`, `-Name name -Value body`.
fn alias(rest: &str) -> &str {
    if let Some((_, body)) = rest.split_once("-Value ") {
        return body.trim();
    }
    let rest =
        rest.trim_start_matches("-g ").trim_start_matches("-s ").trim_start_matches("-a ").trim_start_matches("-- ");
    let body = rest.split_once(['=', ' ']).map_or("", |(_, body)| body).trim();
    body.trim_matches(['"', '\''])
}

/// A branch of `case` begins with what is compared, which starts nothing.
fn without_pattern(line: &str) -> &str {
    match line.split_once(')') {
        Some((before, rest)) if !before.contains('(') => rest,
        _ => line,
    }
}

/// The tool whose folder a line adds to the way to programs, or whose file it reads in.
fn on_the_way<'c>(line: &str, owner: &dyn Fn(&str) -> Option<&'c Tool>) -> Option<&'c Tool> {
    let reads = line.starts_with("source ") || line.starts_with(". ");
    if !reads && !line.to_ascii_lowercase().contains("path") {
        return None;
    }
    let line = HOMES.iter().fold(line.to_owned(), |line, home| line.replace(home, "~")).replace('\\', "/");
    let parts = line.split(|c: char| c.is_whitespace() || ":;,=()'\"".contains(c));
    parts.filter(|part| part.starts_with("~/") || part.starts_with('/') && !part.starts_with("//")).find_map(owner)
}
