//! The Cedar schema, written from the catalogue.
//!
//! `policies/ringfence.cedarschema` is its text, for editors and for `cedar validate`; a test holds the two together.

use std::fmt::Write;

use crate::signal::{Kind, Signal};

pub(crate) const PRINCIPAL: &str = "Account";
pub(crate) const ACTION: &str = "Use";
pub(crate) const RESOURCE: &str = "Model";

/// The schema that rules are held against, as Cedar reads it.
pub fn schema() -> String {
    let mut text = format!(
        "// What rules may read. Written from the catalogue of signals in crates/policy/src/signal/catalogue.rs.\n\
         entity {PRINCIPAL};\nentity {RESOURCE};\n\naction \"{ACTION}\" appliesTo {{\n    principal: {PRINCIPAL},\n    resource: {RESOURCE},\n    context: {{\n"
    );
    for (record, signals) in records(Signal::ALL.iter()) {
        let _ = writeln!(text, "        {record}: {{");
        for (attribute, signal) in signals {
            for line in [signal.meaning, &values(signal.kind)] {
                let _ = writeln!(text, "            // {line}");
            }
            let _ = writeln!(text, "            {attribute}: {},", type_of(signal.kind));
        }
        text.push_str("        },\n");
    }
    text.push_str("    },\n};\n");
    text
}

/// A record of the context, with its attributes.
pub(crate) type Record = (&'static str, Vec<(&'static str, &'static Signal)>);

/// Signals by the record that they are in, in the order given; signals of a record come together.
pub(crate) fn records(signals: impl Iterator<Item = &'static Signal>) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    for signal in signals {
        let (record, attribute) = signal.place();
        match records.iter_mut().find(|(name, _)| *name == record) {
            Some((_, attributes)) => attributes.push((attribute, signal)),
            None => records.push((record, vec![(attribute, signal)])),
        }
    }
    records
}

fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Word(_) | Kind::Text(_) => "String",
        Kind::Number(_) => "Long",
        Kind::Truth => "Bool",
    }
}

fn values(kind: Kind) -> String {
    match kind {
        Kind::Word(words) => words.join(", "),
        Kind::Text(unknown) => format!("text; {unknown} when there is none"),
        Kind::Number(from) => format!("from {from}"),
        Kind::Truth => "true, false".to_owned(),
    }
}
