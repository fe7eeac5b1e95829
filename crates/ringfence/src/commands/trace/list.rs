//! The tables of a folder, and what was passed over.

use gateway::{Day, Loaded, LoadedFile};
use origin::{Format, Kind, Role};
use serde_json::json;

use super::tell::printable;

/// One line for each file.
pub(super) fn lines(loaded: &Loaded, json: bool) -> Vec<String> {
    let tables = loaded.files.iter().map(|file| match json {
        true => {
            let LoadedFile { path, name, kind, as_of, day, good_until, rows } = file;
            let (kind, day) = (word(kind), day_word(*day));
            json!({"table": name, "path": path.to_string_lossy(), "kind": kind, "as_of": as_of, "day": day, "good_until": good_until, "rows": rows})
                .to_string()
        }
        false => table(file),
    });
    let skipped = loaded.skipped.iter().map(|skipped| match json {
        true => json!({"passed_over": skipped.name, "why": skipped.why}).to_string(),
        false => format!("passed over {}: {}", printable(&skipped.name), printable(&skipped.why)),
    });
    tables.chain(skipped).collect()
}

fn table(file: &LoadedFile) -> String {
    let (name, kind, rows) = (printable(&file.name), word(&file.kind), file.rows);
    let (as_of, day, until) = (file.as_of, day_word(file.day), file.good_until);
    format!("{name}: {kind}, {rows} rows of {as_of} by the {day}, good until {until}")
}

/// As the manifest writes it; of a table that says itself what it means, the format.
fn word(kind: &Kind) -> String {
    match (&kind.role, kind.format) {
        (Role::Class(class), _) => class.to_string(),
        (Role::Cloud(provider), _) => format!("cloud/{provider}"),
        (Role::Registered, _) => "registered".to_owned(),
        (Role::Located, _) => "located".to_owned(),
        (Role::Own, Format::Mmdb) => "database".to_owned(),
        (Role::Own, Format::AsNames) => "network names".to_owned(),
        (Role::Own, _) => "networks".to_owned(),
    }
}

fn day_word(day: Day) -> &'static str {
    match day {
        Day::Manifest => "manifest",
        Day::Content => "content",
        Day::Modified => "file time",
    }
}
