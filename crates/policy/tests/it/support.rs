//! Rules and facts for tests.

use policy::{Facts, Limits, RuleFile, Rules, everyday};
use serde_json::{Value, json};

/// A permit for everything, so that the rule under test decides.
pub(crate) const OPEN: &str = "@id(\"open\") @text(\"Open.\") permit (principal, action, resource);\n";

pub(crate) fn file(name: &str, text: impl Into<String>) -> RuleFile {
    RuleFile { name: name.to_owned(), text: text.into() }
}

#[track_caller]
pub(crate) fn rules(text: &str) -> Rules {
    match Rules::load(&[file("rules.cedar", text)], &Limits::default()) {
        Ok(rules) => rules,
        Err(problems) => panic!("{}", lines(&problems)),
    }
}

pub(crate) fn lines(problems: &[impl ToString]) -> String {
    problems.iter().map(|problem| problem.to_string() + "\n").collect()
}

/// Everyday facts with some of them changed.
#[track_caller]
pub(crate) fn facts(changes: &Value) -> Facts {
    let mut facts = json!(everyday());
    for (record, fields) in changes.as_object().unwrap() {
        match fields.as_object() {
            Some(fields) if facts[record].is_object() => {
                for (name, value) in fields {
                    facts[record][name] = value.clone();
                }
            }
            _ => facts[record] = fields.clone(),
        }
    }
    serde_json::from_value(facts).unwrap()
}

pub(crate) fn forbid(id: &str, effect: &str, clauses: &str) -> String {
    format!(
        "@id(\"{id}\") @text(\"Not now.\") @effect(\"{effect}\") @basis(\"risk\") forbid (principal, action, resource) {clauses};\n"
    )
}
