//! What a catalogue must keep, so that a match means what it says.

use std::collections::BTreeMap;

use super::{Anchor, Catalogue, Class, Mistake, Tool};

/// Registrable domains that serve many: to block one of them would block others.
const SHARED: &[&str] = &[
    "amazonaws.com",
    "auth0.com",
    "azure.com",
    "azureedge.net",
    "cloudflare.com",
    "cloudfront.net",
    "datadoghq.com",
    "default.exp-tas.com",
    "docker.com",
    "fastly.net",
    "ghcr.io",
    "github.com",
    "githubusercontent.com",
    "google.com",
    "googleapis.com",
    "googletagmanager.com",
    "growthbook.io",
    "intercom.io",
    "launchdarkly.com",
    "microsoft.com",
    "npmjs.org",
    "play.googleapis.com",
    "posthog.com",
    "pypi.org",
    "segment.io",
    "sentry.io",
    "statsig.com",
    "statsigapi.net",
    "storage.googleapis.com",
    "stripe.com",
    "us.i.posthog.com",
    "aliyuncs.com",
    "windows.net",
];

/// Words of which a place must not consist, unless it has a proof or is weak.
const ORDINARY: &[&str] = &[
    "agent", "agents", "amp", "aider", "claude", "cline", "continue", "cursor", "forge", "goose", "jan", "models",
    "pi", "q", "zed",
];

/// Commands that other programs have as well.
const SHARED_WORDS: &[&str] = &[
    "agent", "amp", "cn", "code", "continue", "copilot", "crush", "cursor", "forge", "goose", "grok", "hermes", "jan",
    "llm", "pi", "q", "zed",
];

pub(super) fn tool(file: &str, tool: &Tool, mistakes: &mut Vec<Mistake>) {
    let mut wrong = |text: String| mistakes.push(Mistake { file: file.to_owned(), text });
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if tool.id.is_empty() || !tool.id.chars().all(plain) {
        wrong(format!("id `{}` must be lower-case letters, digits and `-`", tool.id));
    }
    if tool.vendor.trim().is_empty() || tool.name.trim().is_empty() {
        wrong("name and vendor must not be empty".to_owned());
    }
    if tool.sources.is_empty() {
        wrong("sources: name at least one".to_owned());
    }
    for source in &tool.sources {
        if !source.starts_with("https://") {
            wrong(format!("source `{source}` is no https address"));
        }
    }
    for domain in &tool.domains.core {
        if SHARED.contains(&domain.as_str()) {
            wrong(format!("core domain `{domain}` serves others as well: it belongs under `shared`"));
        }
    }
    for domain in tool.domains.core.iter().chain(&tool.domains.shared) {
        if !is_domain(domain) {
            wrong(format!("`{domain}` is no domain: write it in lower case, without scheme, path or `*`"));
        }
        if tool.domains.core.contains(domain) && tool.domains.shared.contains(domain) {
            wrong(format!("`{domain}` is core and shared"));
        }
    }
    let environment = &tool.environment;
    for name in environment.names.iter().chain(&environment.shared).chain(&environment.secrets) {
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_') {
            wrong(format!("`{name}` is no name of an environment variable"));
        }
    }
    for name in &tool.packages.appimage {
        if name.len() < 3 || name.chars().any(|c| c.is_uppercase() || c == '/' || c == '*') {
            wrong(format!(
                "`{name}` is no beginning of the name of an AppImage: at least three characters in lower case"
            ));
        }
    }
    for name in &tool.packages.portable {
        if name.split('*').next().is_none_or(|begin| begin.len() < 6) || name.chars().any(char::is_uppercase) {
            wrong(format!(
                "`{name}` is no name of a program that runs from any folder: it begins with six characters in lower case"
            ));
        }
    }
    for id in &tool.extensions.chrome {
        if id.len() != 32 || !id.bytes().all(|b| (b'a'..=b'p').contains(&b)) {
            wrong(format!("`{id}` is no id of a browser extension: 32 letters from a to p"));
        }
    }
    for id in &tool.extensions.vscode {
        if id.split('.').count() != 2 || id.chars().any(|c| c.is_uppercase() || c.is_whitespace()) {
            wrong(format!("`{id}` is no id of an editor extension: `publisher.name` in lower case"));
        }
    }
    for name in &tool.packages.npm {
        if name.matches('/').count() > 1 || name.starts_with('@') != name.contains('/') || name.contains('*') {
            wrong(format!("`{name}` is no npm name"));
        }
    }
    for word in &tool.commands {
        if SHARED_WORDS.contains(&word.as_str()) || word.contains(['/', ' ']) || word.len() < 2 {
            wrong(format!("command `{word}` is also that of other programs, or no command"));
        }
    }
    spots(tool, &mut wrong);
}

fn spots(tool: &Tool, wrong: &mut impl FnMut(String)) {
    for spot in &tool.paths {
        let at = &spot.at;
        // `~/jan`, `/usr/bin/zed`: an ordinary word in plain sight.
        let last = at.steps().last().map(String::as_str).unwrap_or_default();
        let plain_sight = at.steps().len() == 1 || at.as_str().contains("/bin/");
        if plain_sight && ORDINARY.contains(&last) && spot.proof.is_empty() && !spot.weak && tool.id != "claude-code" {
            wrong(format!("`{at}` is an ordinary word: give it a `proof` or make it `weak`"));
        }
        if at.anchor() == Anchor::Any && at.steps().len() == 1 && spot.proof.is_empty() {
            wrong(format!("`{at}` counts in any folder: give it a `proof`"));
        }
        if matches!(spot.class, Class::Model | Class::ModelUse | Class::Project) {
            wrong(format!("`{at}`: class `{}` is found by content, not by place", spot.class.as_str()));
        }
        for proof in &spot.proof {
            if proof.is_empty()
                || proof.starts_with('/')
                || proof.split('/').any(|step| matches!(step, "" | "." | ".."))
            {
                wrong(format!("proof `{proof}` of `{at}` must be a path below it"));
            }
        }
    }
    for name in &tool.project {
        if name.is_empty() || name.starts_with('/') || name.split('/').any(|step| matches!(step, "" | "." | "..")) {
            wrong(format!("project file `{name}` must be a path below a repository"));
        }
    }
}

/// What no file can see alone: ids and places of several tools.
pub(super) fn across(catalogue: &Catalogue, mistakes: &mut Vec<Mistake>) {
    type Names<'a> = Box<dyn Iterator<Item = &'a String> + 'a>;
    type Of = fn(&Tool) -> Names<'_>;
    let kinds: [(&str, Of); 16] = [
        ("npm package", |tool| Box::new(tool.packages.npm.iter())),
        ("Python package", |tool| Box::new(tool.packages.pip.iter())),
        ("cask", |tool| Box::new(tool.packages.cask.iter())),
        ("editor extension", |tool| Box::new(tool.extensions.vscode.iter())),
        ("browser extension", |tool| Box::new(tool.extensions.chrome.iter())),
        ("AppImage", |tool| Box::new(tool.packages.appimage.iter())),
        ("bundle", |tool| Box::new(tool.mac.bundles.iter())),
        ("command", |tool| Box::new(tool.commands.iter())),
        ("image", |tool| Box::new(tool.packages.image.iter())),
        ("action", |tool| Box::new(tool.packages.action.iter())),
        ("portable program", |tool| Box::new(tool.packages.portable.iter())),
        ("volume", |tool| Box::new(tool.packages.volume.iter())),
        ("native host", |tool| Box::new(tool.extensions.native.iter())),
        ("feature", |tool| Box::new(tool.packages.feature.iter())),
        ("repository", |tool| Box::new(tool.packages.cargo_git.iter())),
        ("Vim plugin", |tool| Box::new(tool.extensions.vim.iter())),
    ];
    for (what, names) in kinds {
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for tool in catalogue.tools() {
            for name in names(tool) {
                if let Some(other) = seen.insert(name, &tool.id) {
                    let text = format!("{what} `{name}` is also of `{other}`");
                    mistakes.push(Mistake { file: format!("{}.toml", tool.id), text });
                }
            }
        }
    }
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for tool in catalogue.tools() {
        for spot in &tool.paths {
            if let Some(other) = seen.insert(spot.at.as_str(), &tool.id) {
                let text = format!("place `{}` is also of `{other}`", spot.at);
                mistakes.push(Mistake { file: format!("{}.toml", tool.id), text });
            }
        }
    }
    for family in catalogue.families() {
        for pattern in family.ids.iter().chain(&family.loose).chain(&family.names) {
            if pattern.trim_matches('*').len() < 2 {
                let text = format!("pattern `{pattern}` of family `{}` fits anything", family.id);
                mistakes.push(Mistake { file: "families.toml".to_owned(), text });
            }
        }
    }
}

fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() < 64
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    text.len() < 254 && text.contains('.') && text.split('.').all(label)
}
