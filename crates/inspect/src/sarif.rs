//! SARIF 2.1.0, for tools that collect findings.

use serde_json::{Value, json};

use crate::axes::Severity;
use crate::findings::{Finding, Findings, Verdict};
use crate::rules::Rules;

/// The findings as a SARIF log; what was not read becomes a notification.
pub fn sarif(findings: &Findings) -> Value {
    let rules = Rules::shipped();
    let described: Vec<Value> = rules
        .rule
        .iter()
        .map(|r| {
            json!({
                "id": r.id,
                "shortDescription": { "text": r.title },
                "fullDescription": { "text": r.docs },
                "defaultConfiguration": { "level": level(r.severity) },
            })
        })
        .collect();
    let index = |id: &str| rules.rule.iter().position(|r| r.id == id);
    let results: Vec<Value> = findings.findings.iter().map(|f| result(f, index(&f.rule))).collect();
    let notes: Vec<Value> = findings
        .unknown
        .iter()
        .map(|u| json!({ "level": "warning", "message": { "text": format!("{}: {}", u.place, u.why) } }))
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "ringfence inspect", "version": findings.rules_version, "rules": described } },
            "invocations": [{ "executionSuccessful": findings.verdict != Verdict::Inconclusive, "toolExecutionNotifications": notes }],
            "results": results,
            "columnKind": "unicodeCodePoints",
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

fn result(f: &Finding, rule: Option<usize>) -> Value {
    let place = |s: &crate::findings::Step| {
        json!({
            "physicalLocation": {
                "artifactLocation": { "uri": uri(&s.file) },
                "region": { "startLine": s.line.max(1), "startColumn": s.column.max(1), "byteOffset": s.offset },
            },
            "message": { "text": s.text },
        })
    };
    let steps: Vec<Value> = f.path.iter().map(|s| json!({ "location": place(s) })).collect();
    let mut v = json!({
        "ruleId": f.rule,
        "level": level(f.severity),
        "message": { "text": f.text },
        "locations": f.path.last().map(place).into_iter().collect::<Vec<_>>(),
        "properties": {
            "severity": f.severity, "source": f.source, "transform": f.transform, "channel": f.channel, "encoding": f.encoding, "disclosure": f.disclosure,
        },
    });
    if let Some(i) = rule {
        v["ruleIndex"] = json!(i);
    }
    if !steps.is_empty() {
        v["codeFlows"] = json!([{ "threadFlows": [{ "locations": steps }] }]);
    }
    v
}

/// A path as a relative URI.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for b in path.bytes() {
        if b.is_ascii_alphanumeric() || b"-._~/".contains(&b) {
            out.push(b as char)
        } else {
            out.push_str(&format!("%{b:02X}"))
        }
    }
    out
}
