//! Which tool of the catalogue a command line starts: by its word, its package, or a package's folder. Nothing is run and nothing looked up.
//!
//! Words that other programs have as well (`goose`, `q`, `amp`) say nothing here; for them the path that is started has to be one that was found.

use crate::catalogue::{Catalogue, Tool};

/// Words of a command that are looked at.
const MAX_WORDS: usize = 64;

/// Programs that start what follows.
const WRAPPERS: &[&str] = &[
    "sudo",
    "doas",
    "env",
    "nice",
    "ionice",
    "nohup",
    "exec",
    "time",
    "timeout",
    "setsid",
    "stdbuf",
    "command",
    "xargs",
    "sh",
    "bash",
    "zsh",
    "dash",
    "ash",
    "fish",
    "cmd",
    "cmd.exe",
    "/c",
    "systemd-run",
    "xvfb-run",
    "caffeinate",
];

/// Programs that run or install packages of npm, and such of Python.
const NODE_RUNNERS: &[&str] =
    &["npx", "npm", "pnpm", "pnpx", "yarn", "bun", "bunx", "node", "nodejs", "deno", "volta", "mise"];
const PYTHON_RUNNERS: &[&str] = &["uvx", "uv", "pipx", "pip", "pip3", "python", "python3", "conda", "mamba", "poetry"];

/// The tool that a command starts or installs.
pub fn tool<'c>(catalogue: &'c Catalogue, words: &[&str]) -> Option<&'c Tool> {
    let mut words = words.iter().take(MAX_WORDS).map(|word| word.trim_matches(['"', '\''])).enumerate();
    let mut wrapped = false;
    while let Some((_, word)) = words.next() {
        let name = base(word);
        if is_assignment(word) || (wrapped && (word.starts_with('-') || word.starts_with(|c: char| c.is_ascii_digit())))
        {
            continue;
        }
        if WRAPPERS.contains(&name) {
            wrapped = true;
            continue;
        }
        if word.contains(char::is_whitespace) {
            // `sh -c "…"`
            return if wrapped { line(catalogue, word) } else { None };
        }
        if let Some(tool) = of_folder(catalogue, word).or_else(|| of_word(catalogue, name)) {
            return Some(tool);
        }
        let (node, python) = (NODE_RUNNERS.contains(&name), PYTHON_RUNNERS.contains(&name));
        if !node && !python {
            return None;
        }
        return words.find_map(|(_, word)| {
            let of_package = if node { of_npm(catalogue, word) } else { of_pip(catalogue, word) };
            of_folder(catalogue, word).or(of_package)
        });
    }
    None
}

/// The first tool that a line of a shell starts.
pub fn line<'c>(catalogue: &'c Catalogue, text: &str) -> Option<&'c Tool> {
    let text = text.trim_start();
    if text.starts_with('#') {
        return None;
    }
    text.split([';', '|', '&', '`', '(', ')', '{', '}']).find_map(|part| {
        let words: Vec<&str> = part.split_whitespace().skip_while(|word| is_keyword(word)).take(MAX_WORDS).collect();
        tool(catalogue, &words)
    })
}

fn is_keyword(word: &str) -> bool {
    matches!(word, "if" | "then" | "else" | "do" | "while" | "until" | "!" | "-" | "@" | "$")
}

/// Absolute paths that a command starts: its own, and the script that an interpreter is given.
pub fn paths<'w>(words: &[&'w str]) -> Vec<&'w str> {
    words.iter().take(8).copied().filter(|word| word.starts_with('/')).collect()
}

/// Words of a command as desktop files and units quote them.
pub fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    let mut letters = text.chars();
    while let Some(c) = letters.next() {
        match (c, quote) {
            ('\\', _) => word.extend(letters.next()),
            (c, Some(open)) if c == open => quote = None,
            (c, Some(_)) => word.push(c),
            ('"' | '\'', None) => quote = Some(c),
            (c, None) if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            (c, None) => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn base(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    [".exe", ".cmd", ".ps1"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=')
        .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

fn of_word<'c>(catalogue: &'c Catalogue, word: &str) -> Option<&'c Tool> {
    catalogue.tools().find(|tool| tool.commands.iter().any(|command| command == word))
}

fn of_npm<'c>(catalogue: &'c Catalogue, word: &str) -> Option<&'c Tool> {
    let word = word.strip_prefix("--package=").unwrap_or(word);
    let word = word.strip_prefix("npm:").unwrap_or(word);
    let name = match word.rfind('@') {
        Some(at) if at > 0 => word.get(..at)?,
        _ => word,
    };
    catalogue.tools().find(|tool| tool.packages.npm.iter().any(|known| known == name))
}

fn of_pip<'c>(catalogue: &'c Catalogue, word: &str) -> Option<&'c Tool> {
    let end = word.find(['=', '<', '>', '[', '~', '@', '.']).unwrap_or(word.len());
    let name = crate::matcher::python_name(word.get(..end)?);
    catalogue.tools().find(|tool| tool.packages.pip.iter().any(|known| crate::matcher::python_name(known) == name))
}

/// A path into the folder of a package.
fn of_folder<'c>(catalogue: &'c Catalogue, word: &str) -> Option<&'c Tool> {
    let below = word.split("node_modules/").last().filter(|rest| rest.len() < word.len())?;
    let steps = if below.starts_with('@') { 2 } else { 1 };
    let name: Vec<&str> = below.split('/').take(steps).collect();
    of_npm(catalogue, &name.join("/"))
}
