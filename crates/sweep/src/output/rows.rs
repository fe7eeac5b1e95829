//! Rows as an osquery table gives them: one JSON object of strings per item.

use serde_json::{Map, Value};

use crate::scan::Scan;

/// One line per item; every value is a string, as osquery has it.
pub fn rows(scan: &Scan) -> String {
    let mut out = String::new();
    for item in &scan.items {
        let mut row = Map::new();
        let mut put = |key: &str, value: String| {
            row.insert(key.to_owned(), Value::String(value));
        };
        put("hostIdentifier", scan.machine.name.clone());
        put("subject", item.subject.clone());
        put("kind", item.kind.as_str().to_owned());
        put("class", item.class.as_str().to_owned());
        put("path", item.path.to_string());
        put("confidence", item.confidence.as_str().to_owned());
        put("owner", item.owner.clone());
        put("version", item.version.clone().unwrap_or_default());
        put("bytes", item.bytes.map(|b| b.to_string()).unwrap_or_default());
        put("digest", item.digest.clone().unwrap_or_default());
        let evidence: Vec<String> = item.evidence.iter().map(|e| format!("{}: {}", e.rule, e.text)).collect();
        put("evidence", evidence.join("; "));
        let keys: Vec<&str> = item.keys.iter().map(|key| key.key.as_str()).collect();
        put("keys", keys.join(","));
        out.push_str(&Value::Object(row).to_string());
        out.push('\n');
    }
    out
}
