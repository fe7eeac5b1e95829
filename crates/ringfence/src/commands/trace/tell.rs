//! An origin as a person reads it: each fact with the tables that say so and their days.

use std::fmt::Write;

use gateway::{Day, Loaded};
use origin::{Class, Fact, Origin, Source};

/// The address, a line for each fact, and a line for each contradiction.
pub(super) fn text(origin: &Origin<'_>, loaded: &Loaded) -> String {
    let sources: Vec<Source<'_>> = origin.sources().collect();
    let mut out = format!("{}\n", origin.address());
    let mut line = |fact: &str, value: &str, said_by: String| {
        let text = format!("  {fact:<11} {value}");
        let _ = writeln!(out, "{}", if said_by.is_empty() { text } else { format!("{text:<44} {said_by}") });
    };
    let by = |fact| said_by(sources.iter().filter(|source| source.fact == fact), loaded);
    match origin.class() {
        Class::Unknown => line("class", "unknown: no table says, which is not the same as clean", String::new()),
        class => line("class", class.as_str(), by(Fact::Class)),
    }
    for source in sources.iter().filter(|source| matches!(source.fact, Fact::Also(_))) {
        line("  also", source.fact.as_str(), said_by([source].into_iter(), loaded));
    }
    let rest = [
        ("provider", origin.provider().map(printable), Fact::Provider),
        ("registered", origin.registered_country().map(|country| country.to_string()), Fact::RegisteredCountry),
        ("located", origin.located_country().map(|country| country.to_string()), Fact::LocatedCountry),
        ("network", origin.asn().map(|asn| format!("AS{asn}")), Fact::Asn),
        ("  name", origin.as_name().map(printable), Fact::AsName),
    ];
    for (label, value, fact) in rest {
        if let Some(value) = value {
            line(label, &value, by(fact));
        }
    }
    if sources.iter().any(|source| source.fact == Fact::Expired) {
        line("not counted", "too old", by(Fact::Expired));
    }
    for contradiction in origin.contradictions() {
        line("contradicts", &printable(&contradiction.to_string()), String::new());
    }
    out
}

/// `vpn.txt of 2026-08-22, …`; a day that only the file's time speaks for says so.
fn said_by<'s>(sources: impl Iterator<Item = &'s Source<'s>>, loaded: &Loaded) -> String {
    let named: Vec<String> = sources
        .map(|source| {
            let file = loaded.files.iter().find(|file| file.name == source.table);
            let guessed = file.is_some_and(|file| file.day == Day::Modified);
            format!("{} of {}{}", printable(source.table), source.as_of, if guessed { " (file time)" } else { "" })
        })
        .collect();
    named.join(", ")
}

/// Text of a table without what a terminal would obey.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
