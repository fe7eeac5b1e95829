//! CycloneDX 1.6: clients as applications, weights as machine-learning models with a model card.

use serde_json::{Value, json};

use crate::{
    catalogue::Catalogue,
    scan::{Item, Kind, Scan},
};

/// The bill of materials of one machine. `serial` is a UUID that the caller draws.
pub fn cyclonedx(scan: &Scan, catalogue: &Catalogue, serial: &str) -> Value {
    let wanted = |item: &&Item| !matches!(item.kind, Kind::Config | Kind::Credential | Kind::Service);
    let components: Vec<Value> =
        scan.items.iter().filter(wanted).enumerate().map(|(at, item)| component(at, item, catalogue)).collect();
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": format!("urn:uuid:{serial}"),
        "version": 1,
        "metadata": {
            "timestamp": scan.scope.finished.to_string(),
            "tools": { "components": [{ "type": "application", "name": "ringfence", "version": env!("CARGO_PKG_VERSION") }] },
            "component": { "type": "device", "bom-ref": "machine", "name": scan.machine.name },
        },
        "components": components,
    })
}

fn component(at: usize, item: &Item, catalogue: &Catalogue) -> Value {
    let mut properties = vec![
        json!({ "name": "ringfence:kind", "value": item.kind.as_str() }),
        json!({ "name": "ringfence:confidence", "value": item.confidence.as_str() }),
    ];
    for evidence in &item.evidence {
        properties.push(json!({ "name": format!("ringfence:evidence:{}", evidence.rule), "value": evidence.text }));
    }
    for key in &item.keys {
        properties.push(json!({ "name": format!("ringfence:key:{}", key.key), "value": key.value.as_deref().unwrap_or(&key.names) }));
    }
    let model = matches!(item.kind, Kind::Model | Kind::ModelUse);
    let tool = catalogue.tool(&item.subject);
    let family = catalogue.family(&item.subject);
    let name = item.model.as_ref().and_then(|facts| facts.name.clone()).or_else(|| tool.map(|tool| tool.name.clone()));
    let mut value = json!({
        "type": if model { "machine-learning-model" } else { "application" },
        "bom-ref": format!("item-{at}"),
        "name": name.unwrap_or_else(|| item.subject.clone()),
        "evidence": { "occurrences": [{ "location": item.path.to_string() }] },
        "properties": properties,
    });
    let Some(object) = value.as_object_mut() else { return value };
    if let Some(vendor) = tool.map(|tool| &tool.vendor).or_else(|| family.map(|family| &family.vendor)) {
        object.insert("supplier".to_owned(), json!({ "name": vendor }));
    }
    if let Some(version) = &item.version {
        object.insert("version".to_owned(), json!(version));
    }
    if let Some(hex) = item.digest.as_deref().and_then(|digest| digest.strip_prefix("sha256:")) {
        object.insert("hashes".to_owned(), json!([{ "alg": "SHA-256", "content": hex }]));
    }
    if let Some(facts) = &item.model {
        if let Some(licence) = &facts.licence {
            object.insert("licenses".to_owned(), json!([{ "license": { "name": licence } }]));
        }
        let mut card = json!({ "properties": [
            { "name": "ringfence:format", "value": facts.format.as_str() },
            { "name": "ringfence:parameters", "value": facts.parameters.map(|p| p.to_string()).unwrap_or_default() },
            { "name": "ringfence:quantisation", "value": facts.quantisation.as_deref().unwrap_or("") },
            { "name": "ringfence:identity", "value": facts.identity },
        ]});
        if let (Some(card), Some(architecture)) = (card.as_object_mut(), &facts.architecture) {
            let parameters = json!({ "architectureFamily": family.map(|f| f.name.as_str()).unwrap_or("unknown"), "modelArchitecture": architecture });
            card.insert("modelParameters".to_owned(), parameters);
        }
        object.insert("modelCard".to_owned(), card);
    }
    value
}
