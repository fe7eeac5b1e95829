//! Rows of a fleet as JSON, CSV and osquery's results log.

use serde_json::{Map, Value, json};
use store::fleet::{BanRow, ConditionRow, DayCount, ItemRow, LeaveRow, MachineRow};

use crate::{desk::told, operator::shown};

/// Rows under names.
pub(crate) struct Table {
    names: &'static [&'static str],
    rows: Vec<Vec<Value>>,
}

impl Table {
    pub(crate) fn to_json(&self) -> Value {
        let row = |row: &Vec<Value>| {
            let pairs = self.names.iter().zip(row).map(|(name, value)| ((*name).to_owned(), value.clone()));
            Value::Object(pairs.collect::<Map<_, _>>())
        };
        Value::Array(self.rows.iter().map(row).collect())
    }

    pub(crate) fn to_csv(&self) -> Result<String, csv::Error> {
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record(self.names)?;
        for row in &self.rows {
            out.write_record(row.iter().map(cell))?;
        }
        let bytes = out.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// A cell that no spreadsheet takes for a formula.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

pub(crate) fn machines(rows: &[MachineRow]) -> Table {
    let row = |row: &MachineRow| {
        vec![
            json!(row.machine),
            json!(row.state.as_str()),
            json!(shown(row.enrolled)),
            json!(row.seen.map(shown)),
            json!(row.bans),
            json!(row.objects),
            json!(row.bytes),
            json!(row.unreadable),
        ]
    };
    let names = &["machine", "state", "enrolled", "seen", "bans", "objects", "bytes", "unreadable"];
    Table { names, rows: rows.iter().map(row).collect() }
}

pub(crate) fn conditions(rows: &[ConditionRow]) -> Table {
    let row = |row: &ConditionRow| {
        vec![
            json!(row.machine),
            json!(row.ban),
            json!(row.status),
            json!(shown(row.since)),
            json!(shown(row.received)),
            json!(row.objects),
            json!(row.bytes),
            json!(row.unreadable),
            json!(row.left_out),
            json!(row.dropped),
            json!(row.plan),
            json!(row.catalogue),
        ]
    };
    let names = &[
        "machine",
        "ban",
        "status",
        "since",
        "received",
        "objects",
        "bytes",
        "unreadable",
        "left_out",
        "dropped",
        "plan",
        "catalogue",
    ];
    Table { names, rows: rows.iter().map(row).collect() }
}

pub(crate) fn bans(rows: &[BanRow]) -> Table {
    let row = |row: &BanRow| {
        vec![
            json!(row.ban),
            json!(row.clean),
            json!(row.pending),
            json!(row.failing),
            json!(row.silent),
            json!(row.objects),
            json!(row.bytes),
            json!(row.leaves),
        ]
    };
    let names = &["ban", "clean", "pending", "failing", "silent", "objects", "bytes", "leaves"];
    Table { names, rows: rows.iter().map(row).collect() }
}

pub(crate) fn days(rows: &[DayCount]) -> Table {
    let row =
        |row: &DayCount| vec![json!(row.day.to_string()), json!(row.clean), json!(row.pending), json!(row.failing)];
    Table { names: &["day", "clean", "pending", "failing"], rows: rows.iter().map(row).collect() }
}

pub(crate) fn leaves(rows: &[LeaveRow]) -> Table {
    let row = |row: &LeaveRow| {
        vec![json!(row.machine), json!(row.ban), json!(row.plan), json!(shown(row.granted)), json!(shown(row.expires))]
    };
    Table { names: &["machine", "ban", "plan", "granted", "expires"], rows: rows.iter().map(row).collect() }
}

pub(crate) fn items(rows: &[ItemRow]) -> Table {
    let row = |row: &ItemRow| {
        vec![
            json!(row.machine),
            json!(row.ban),
            json!(row.subject),
            json!(row.kind),
            json!(row.path),
            json!(row.confidence),
            json!(row.why),
            json!(shown(row.received)),
        ]
    };
    let names = &["machine", "ban", "subject", "kind", "path", "confidence", "why", "received"];
    Table { names, rows: rows.iter().map(row).collect() }
}

/// Findings as lines of osquery's results log, one snapshot row each, so that a collector for that log takes them as they are.
pub fn osquery(rows: &[ItemRow]) -> String {
    let mut out = String::new();
    for row in rows {
        let at = told(row.received);
        let calendar = at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%a %b %e %H:%M:%S %Y UTC").to_string();
        let line = json!({
            "name": "pack_ringfence_sweep",
            "hostIdentifier": row.machine,
            "calendarTime": calendar,
            "unixTime": at.as_second(),
            "epoch": 0,
            "counter": 0,
            "numerics": false,
            "columns": {
                "ban": row.ban, "subject": row.subject, "kind": row.kind, "path": row.path, "confidence": row.confidence,
                "why": row.why,
            },
            "action": "snapshot",
        });
        out.push_str(&line.to_string());
        out.push('\n');
    }
    out
}

/// Configuration for osquery's automatic table construction over a SQLite store: the findings of a fleet as a table of osquery.
pub fn atc(store: &str) -> Value {
    json!({"auto_table_construction": {"ringfence_sweep": {
        "query": "SELECT machine, ban, subject, kind, path, confidence, why FROM fleet_items",
        "path": store,
        "columns": ["machine", "ban", "subject", "kind", "path", "confidence", "why"],
        "platform": "linux",
    }, "ringfence_machines": {
        "query": "SELECT c.machine, c.ban, c.status, c.objects, c.bytes, c.received / 1000000 AS received FROM fleet_conditions c",
        "path": store,
        "columns": ["machine", "ban", "status", "objects", "bytes", "received"],
        "platform": "linux",
    }}})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_none_breaks_the_row() {
        let table = Table { names: &["a", "b"], rows: vec![vec![json!("=cmd|' /C calc'!A0"), json!("x,\"y\"\nz")]] };
        assert_eq!(table.to_csv().unwrap(), "a,b\n'=cmd|' /C calc'!A0,\"x,\"\"y\"\"\nz\"\n");
    }
}
