//! The finding rules: data, in `rules.toml`; each has an id, a severity for a combination, and an example either way.

use serde::Deserialize;

use crate::axes::{Channel, Encoding, Severity, Source, Transform};

const DATA: &str = include_str!("rules.toml");

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    pub version: String,
    pub rule: Vec<Rule>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub id: String,
    pub title: String,
    pub severity: Severity,
    when: When,
    pub docs: String,
    /// Code that the rule names.
    pub positive: String,
    /// Code that is like it, and that the rule does not name.
    pub negative: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct When {
    covert: Option<bool>,
    channels: Option<Vec<String>>,
    transforms: Option<Vec<String>>,
    sources: Option<Vec<Source>>,
    put_together: Option<bool>,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct Combination {
    pub source: Source,
    pub transform: Option<Transform>,
    pub channel: Channel,
    pub encoding: Encoding,
    /// Whether it is part of a name that is looked up and that changes from call to call.
    pub is_put_together: bool,
}

impl Rules {
    /// The rules that ship with the program.
    pub fn shipped() -> Self {
        toml::from_str(DATA).expect("the shipped rules parse; a test holds them")
    }

    /// The first rule that a combination meets.
    pub fn of(&self, c: &Combination) -> Option<&Rule> {
        self.rule.iter().find(|r| r.when.meets(c))
    }

    /// The rule for what is sent as what it is.
    pub(crate) fn plain(&self) -> Option<&Rule> {
        self.rule.iter().find(|r| r.id == "plain")
    }

    /// The pages under `docs/findings/`: file name and text.
    pub fn pages(&self) -> Vec<(String, String)> {
        let mut index = String::from(
            "# Findings\n\nGenerated from `crates/inspect/src/rules.toml`; a test holds both together.\n\n| rule | severity | says |\n|---|---|---|\n",
        );
        let mut pages = Vec::new();
        for r in &self.rule {
            index.push_str(&format!("| [{0}]({0}.md) | {1} | {2} |\n", r.id, r.severity, r.title));
            let text = format!(
                "# {}\n\n{}.\n\nSeverity: **{}**.\n\n{}\n\nNamed:\n\n```js\n{}\n```\n\nNot named:\n\n```js\n{}\n```\n",
                r.id, r.title, r.severity, r.docs, r.positive, r.negative
            );
            pages.push((format!("{}.md", r.id), text));
        }
        pages.push(("README.md".to_owned(), index));
        pages
    }
}

impl When {
    fn meets(&self, c: &Combination) -> bool {
        self.covert.is_none_or(|covert| covert == c.encoding.is_covert())
            && self.put_together.is_none_or(|p| p == c.is_put_together)
            && self.sources.as_ref().is_none_or(|s| s.contains(&c.source))
            && self.channels.as_ref().is_none_or(|all| all.iter().any(|w| is_channel(w, c.channel)))
            && self.transforms.as_ref().is_none_or(|all| all.iter().any(|w| is_transform(w, c.transform)))
    }
}

fn is_channel(word: &str, channel: Channel) -> bool {
    match word {
        "prompt" => channel.is_prompt(),
        "wire" => !channel.is_prompt() && channel != Channel::Unknown,
        other => channel.word() == other,
    }
}

fn is_transform(word: &str, transform: Option<Transform>) -> bool {
    match (word, transform) {
        ("none", None) | ("format", Some(Transform::Format)) => true,
        ("hidden", Some(t)) => matches!(t, Transform::Encoded | Transform::Hash),
        ("list", Some(t)) => t != Transform::Format,
        (other, Some(t)) => t.word() == other,
        _ => false,
    }
}
