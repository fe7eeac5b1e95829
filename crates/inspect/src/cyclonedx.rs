//! The artefact as a CycloneDX component, with the verdict and the findings as properties.

use serde_json::{Value, json};

use crate::findings::Findings;

/// A CycloneDX 1.6 bill of materials with the artefact alone.
pub fn bill(findings: &Findings) -> Value {
    let component = component(findings);
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "tools": { "components": [{ "type": "application", "name": "ringfence inspect", "version": findings.rules_version }] } },
        "components": [component],
    })
}

/// A component of a CycloneDX 1.6 bill of materials.
pub fn component(findings: &Findings) -> Value {
    let a = &findings.artifact;
    let digest = a.digest.trim_start_matches("sha256:");
    let mut properties = vec![
        json!({ "name": "ringfence:inspect:verdict", "value": findings.verdict.word() }),
        json!({ "name": "ringfence:inspect:rules", "value": findings.rules_version }),
        json!({ "name": "ringfence:inspect:kind", "value": a.kind }),
    ];
    for f in findings.grave() {
        properties.push(json!({ "name": format!("ringfence:inspect:{}", f.rule), "value": f.text }));
    }
    for e in &findings.endpoints {
        properties.push(json!({ "name": "ringfence:inspect:host", "value": e.host }));
    }
    let mut c = json!({
        "type": "application",
        "bom-ref": format!("{}@{digest}", a.name),
        "name": a.name,
        "hashes": [{ "alg": "SHA-256", "content": digest }],
        "properties": properties,
    });
    if let Some(v) = &a.version {
        c["version"] = json!(v);
    }
    c
}
