//! Which tool of the catalogue a command line starts: by its word, its package, a package's folder, the image of a container or the address
//! of its installer. Nothing is run and nothing looked up.
//!
//! Words that other programs have as well (`goose`, `q`, `amp`) say nothing here; for them the path that is started has to be one that was found.

use crate::{
    catalogue::{Catalogue, Family, Tool},
    egress::is_within,
};

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

/// Programs that run images, and programs that fetch what an address names.
const CONTAINER_RUNNERS: &[&str] = &["docker", "podman", "nerdctl"];
const FETCHERS: &[&str] = &["curl", "wget", "irm", "iwr", "Invoke-RestMethod", "Invoke-WebRequest"];

/// Words after which a command names a model.
const MODEL_FLAGS: &[&str] =
    &["-m", "--model", "--model-id", "--model_id", "-hf", "-hfr", "--hf-repo", "--hf_repo", "run", "pull", "serve"];

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
        if word.contains(char::is_whitespace) && !is_windows_program(word) {
            // `sh -c "…"`
            return if wrapped { line(catalogue, word) } else { None };
        }
        if let Some(tool) = of_folder(catalogue, word).or_else(|| of_word(catalogue, name)) {
            return Some(tool);
        }
        if CONTAINER_RUNNERS.contains(&name) {
            return words.find_map(|(_, word)| of_image(catalogue, word));
        }
        if FETCHERS.contains(&name) {
            return words.find_map(|(_, word)| of_installer(catalogue, word));
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

/// The tool that an image of a container is.
pub fn of_image<'c>(catalogue: &'c Catalogue, image: &str) -> Option<&'c Tool> {
    let image = image.split('@').next()?;
    // A colon before the last slash is that of a port.
    let cut = image.rfind(':').filter(|at| image.get(*at..).is_some_and(|rest| !rest.contains('/')));
    let image = image.get(..cut.unwrap_or(image.len()))?;
    let image = image.strip_prefix("docker.io/").unwrap_or(image);
    catalogue.tools().find(|tool| tool.packages.image.iter().any(|known| known == image))
}

/// The first model that a tool is given on its command line, and the word before it.
pub fn model<'c, 'w>(catalogue: &'c Catalogue, words: &[&'w str]) -> Option<(&'w str, &'c Family, &'w str)> {
    words.iter().enumerate().take(MAX_WORDS).find_map(|(at, word)| {
        let (flag, value) = match word.split_once('=').filter(|_| word.starts_with("--")) {
            Some(parts) => parts,
            None => (*word, *words.get(at + 1)?),
        };
        // `podman run IMAGE` and `python -m MODULE` name something else.
        let before = at.checked_sub(1).and_then(|at| words.get(at)).map(|word| base(word)).unwrap_or_default();
        if !MODEL_FLAGS.contains(&flag) || CONTAINER_RUNNERS.contains(&before) || before.starts_with("python") {
            return None;
        }
        let family = named(catalogue, value)?;
        Some((flag, family, value))
    })
}

/// The family that a value is an id of, as clouds, registries or hubs write it; a path of a file is none.
fn named<'c>(catalogue: &'c Catalogue, value: &str) -> Option<&'c Family> {
    if value.starts_with(['/', '.', '-']) || value.contains('\\') {
        return None;
    }
    let hub = || catalogue.family_of_weight(None, &[value]).filter(|_| value.contains('/'));
    catalogue.family_of_id(value, true).or_else(hub)
}

/// Absolute paths that a command starts: its own, and the script that an interpreter is given. Those of a drive are told from its root.
pub fn paths(words: &[&str]) -> Vec<String> {
    words.iter().take(8).filter_map(|word| absolute(word.trim_matches('"'))).collect()
}

/// A path of any system as one of the tree: the drive is its root.
pub fn absolute(word: &str) -> Option<String> {
    if word.starts_with('/') {
        return Some(word.to_owned());
    }
    is_of_drive(word).then(|| word.get(2..).unwrap_or_default().replace('\\', "/"))
}

/// `C:\…`
fn is_of_drive(word: &str) -> bool {
    matches!(word.as_bytes(), [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic())
}

/// A path with blanks in it, as Windows has them, is one word.
fn is_windows_program(word: &str) -> bool {
    is_of_drive(word) && [".exe", ".cmd", ".bat"].iter().any(|end| word.to_ascii_lowercase().ends_with(end))
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

/// The name of the program that a word starts.
pub fn base(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    [".exe", ".EXE", ".cmd", ".ps1"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
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

/// An address that a vendor's own host hands an installer out at: `https://VENDOR/install.sh`.
fn of_installer<'c>(catalogue: &'c Catalogue, word: &str) -> Option<&'c Tool> {
    let (host, path) = word.strip_prefix("https://")?.split_once('/')?;
    let last = path.split(['?', '#']).next()?.trim_end_matches('/').rsplit('/').next()?;
    if !last.starts_with("install") {
        return None;
    }
    let host = host.to_ascii_lowercase();
    let own = |tool: &&Tool| tool.domains.core.iter().any(|domain| is_within(&host, domain));
    // Of several tools of one vendor it is the one with a command.
    catalogue.tools().filter(own).find(|tool| !tool.commands.is_empty()).or_else(|| catalogue.tools().find(own))
}

/// A path into the folder of a package.
fn of_folder<'c>(catalogue: &'c Catalogue, word: &str) -> Option<&'c Tool> {
    let word = &word.replace('\\', "/");
    let below = word.split("node_modules/").last().filter(|rest| rest.len() < word.len())?;
    let steps = if below.starts_with('@') { 2 } else { 1 };
    let name: Vec<&str> = below.split('/').take(steps).collect();
    of_npm(catalogue, &name.join("/"))
}
