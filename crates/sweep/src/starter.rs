//! What a file that starts programs starts: units, desktop files, Podman's quadlets, launch agents and scheduled tasks. Text in, words out.

use crate::{command, package};

/// Most commands of one file.
const MAX_COMMANDS: usize = 64;

/// Forms of files that start programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A unit of systemd, a desktop file, or a quadlet.
    Unit,
    LaunchAgent,
    /// What the scheduler of Windows keeps, as XML.
    Task,
}

/// Its commands, each as its words.
pub fn commands(form: Form, bytes: &[u8]) -> Vec<Vec<String>> {
    match form {
        Form::LaunchAgent => {
            vec![package::plist_strings(bytes, "ProgramArguments"), package::plist_strings(bytes, "Program")]
        }
        Form::Unit => unit(&String::from_utf8_lossy(bytes)),
        Form::Task => crate::text::decoded(bytes).map(|text| task(&text)).unwrap_or_default(),
    }
}

fn unit(text: &str) -> Vec<Vec<String>> {
    let of_line = |line: &str| {
        let (key, value) = line.split_once('=')?;
        let (key, value) = (key.trim(), value.trim());
        // A quadlet runs an image; what it executes is within.
        if key == "Image" {
            return Some(vec!["podman".to_owned(), "run".to_owned(), value.to_owned()]);
        }
        let value = value.trim_start_matches(['-', '@', ':', '+', '!', '|']);
        (key == "TryExec" || key.starts_with("Exec")).then(|| command::words(value))
    };
    text.lines().take(10_000).filter_map(of_line).take(MAX_COMMANDS).collect()
}

fn task(text: &str) -> Vec<Vec<String>> {
    let of_action = |action: &str| {
        let mut words = vec![unescaped(element(action, "Command")?).trim().trim_matches('"').to_owned()];
        words.extend(windows_words(&unescaped(element(action, "Arguments").unwrap_or_default())));
        Some(words)
    };
    text.split("<Exec").skip(1).filter_map(of_action).take(MAX_COMMANDS).collect()
}

/// The text of the first element of a name.
fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(inner, _)| inner)
}

fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&apos;", "'").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Words as Windows parts them: a backslash is a part of a path, only `"` keeps blanks.
fn windows_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in text.split('"').enumerate() {
        match at % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}
