//! `tables.toml`: what the operator says of the files of the folder.
//!
//! ```toml
//! [[table]]
//! file = "lists/vpn_*.txt"     # a pattern; the first entry that matches a file stands for it
//! kind = "vpn"                 # a class, `cloud/NAME`, `registered` or `located`
//! as_of = 2026-08-22
//! max_age_days = 90
//!
//! [[table]]
//! file = "exits.csv"
//! name = "tor-exits"           # what origins cite; for one file only
//!
//! [[skip]]
//! file = "drafts/**"
//! why = "not in use yet"
//! ```

use std::{fs, io::Read};

use globset::{Glob, GlobBuilder, GlobMatcher};
use jiff::civil::Date;
use origin::{Class, Role};
use serde::Deserialize;

use folder::Walked;

use super::error::Problem;

/// The manifest's name.
pub(super) const MANIFEST: &str = "tables.toml";
const LONGEST: u64 = 1 << 20;
const MOST_ENTRIES: usize = 1024;

/// What is said of files, in the order of the manifest; nothing where there is none.
#[derive(Default)]
pub(super) struct Manifest {
    entries: Vec<(GlobMatcher, Rule)>,
}

pub(super) enum Rule {
    Table(TableRule),
    Skip { why: String },
}

/// What is said of a table; what is not said is found out.
pub(super) struct TableRule {
    pub(super) role: Option<Role>,
    pub(super) name: Option<String>,
    pub(super) as_of: Option<Date>,
    pub(super) max_age_days: Option<u16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    table: Vec<RawTable>,
    #[serde(default)]
    skip: Vec<RawSkip>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    file: String,
    kind: Option<String>,
    name: Option<String>,
    as_of: Option<toml::Value>,
    max_age_days: Option<u16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSkip {
    file: String,
    why: String,
}

impl Manifest {
    /// The manifest of a folder, with all that is wrong in it; a table cannot be of a day after `on`.
    pub(super) fn of(walked: &Walked, on: Date) -> Result<Self, Vec<Problem>> {
        let Some(file) = walked.files.iter().find(|file| file.name == MANIFEST) else { return Ok(Self::default()) };
        let one = |text: String| vec![Problem::Manifest(text)];
        let mut text = String::new();
        fs::File::open(&file.path)
            .and_then(|opened| opened.take(LONGEST + 1).read_to_string(&mut text))
            .map_err(|error| vec![folder::Problem::Unreadable { file: MANIFEST.to_owned(), error }.into()])?;
        if text.len() as u64 > LONGEST {
            return Err(one(format!("it is longer than {LONGEST} bytes")));
        }
        Self::parse(&text, on).map_err(|faults| faults.into_iter().map(Problem::Manifest).collect())
    }

    fn parse(text: &str, on: Date) -> Result<Self, Vec<String>> {
        let Raw { table, skip } =
            toml::from_str(text).map_err(|error| vec![error.to_string().trim_end().to_owned()])?;
        if table.len() + skip.len() > MOST_ENTRIES {
            return Err(vec![format!("it has more than {MOST_ENTRIES} entries; use patterns")]);
        }
        // What is skipped is said first, so that it can be cut out of a pattern.
        let skips = skip.into_iter().map(RawSkip::check);
        let checked: Vec<_> = skips.chain(table.into_iter().map(|table| table.check(on))).collect();
        let (mut entries, mut faults) = (Vec::new(), Vec::new());
        for entry in checked {
            match entry {
                Ok(entry) => entries.push(entry),
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() { Ok(Self { entries }) } else { Err(faults) }
    }

    /// The first entry that matches a name, and its place.
    pub(super) fn rule(&self, name: &str) -> Option<(usize, &Rule)> {
        let found = self.entries.iter().enumerate().find(|(_, (glob, _))| glob.is_match(name));
        found.map(|(place, (_, rule))| (place, rule))
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn globs(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(glob, _)| glob.glob().glob())
    }
}

impl RawTable {
    fn check(self, on: Date) -> Result<(GlobMatcher, Rule), String> {
        let Self { file, kind, name, as_of, max_age_days } = self;
        let told = |fault: String| format!("of `{file}`: {fault}");
        let glob = glob(&file).map_err(told)?;
        if name.is_some() && file.contains(['*', '?', '[', '{']) {
            return Err(told(
                "a pattern cannot have a name, since tables must differ in theirs; name one file".to_owned(),
            ));
        }
        if name.as_ref().is_some_and(|name| name.is_empty() || name.len() > 200 || name.contains(char::is_control)) {
            return Err(told("a name has 1 to 200 characters that can be printed".to_owned()));
        }
        let role = kind.as_deref().map(role).transpose().map_err(told)?;
        let as_of = as_of.as_ref().map(date).transpose().map_err(told)?;
        if let Some(future) = as_of.filter(|&as_of| as_of > on) {
            return Err(told(format!("{future} is yet to come; write the day of the data")));
        }
        Ok((glob, Rule::Table(TableRule { role, name, as_of, max_age_days })))
    }
}

impl RawSkip {
    fn check(self) -> Result<(GlobMatcher, Rule), String> {
        let Self { file, why } = self;
        if why.trim().is_empty() {
            return Err(format!("of `{file}`: say why it is skipped"));
        }
        Ok((glob(&file)?, Rule::Skip { why }))
    }
}

fn glob(file: &str) -> Result<GlobMatcher, String> {
    let built: Result<Glob, _> = GlobBuilder::new(file).literal_separator(true).build();
    built.map(|glob| glob.compile_matcher()).map_err(|error| format!("`{file}` is no pattern: {}", error.kind()))
}

fn role(word: &str) -> Result<Role, String> {
    match (word, word.strip_prefix("cloud/")) {
        ("registered", _) => Ok(Role::Registered),
        ("located", _) => Ok(Role::Located),
        (_, Some(name)) if is_provider(name) => Ok(Role::Cloud(name.to_owned())),
        (_, Some(_)) | ("cloud", _) => {
            Err("write the cloud's provider in small letters, such as `cloud/amazon`".to_owned())
        }
        _ => word
            .parse::<Class>()
            .map(Role::Class)
            .map_err(|error| format!("{error}; or registered, located, cloud/NAME")),
    }
}

fn is_provider(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty() && name.len() <= 64 && name.bytes().all(plain)
}

fn date(value: &toml::Value) -> Result<Date, String> {
    let text = match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.parse().map_err(|_| format!("`{text}` is no day; write it as 2026-08-22"))
}
