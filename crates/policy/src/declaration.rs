//! What is declared to everyone: each signal, what it is for, how long it is kept, and the rules that read it.

use serde_json::{Value, json};

use crate::{
    rules::Rules,
    signal::{Kind, Signal},
};

/// The body of `/.well-known/ringfence/signals.json`. Every signal that can be read is in it, read by a rule or not.
pub fn declaration(rules: &Rules) -> Value {
    let signals: Vec<Value> = Signal::ALL.iter().map(|signal| declared(signal, rules)).collect();
    let texts: Vec<Value> = rules
        .rules()
        .iter()
        .map(|rule| json!({"rule": rule.id, "effect": rule.effect, "basis": rule.basis, "text": rule.text}))
        .collect();
    json!({"version": 1, "signals": signals, "rules": texts})
}

fn declared(signal: &'static Signal, rules: &Rules) -> Value {
    let used_by: Vec<&str> =
        rules.rules().iter().filter(|rule| rule.signals.contains(&signal)).map(|rule| rule.id.as_str()).collect();
    json!({
        "signal": signal.name,
        "meaning": signal.meaning,
        "values": values(signal.kind),
        "purpose": signal.purpose.text(),
        "retention": signal.retention.text(),
        "strength": signal.strength,
        "used_by": used_by,
    })
}

fn values(kind: Kind) -> Value {
    match kind {
        Kind::Word(words) => json!(words),
        Kind::Text(_) => json!("text"),
        Kind::Number(_) => json!("number"),
        Kind::Truth => json!([true, false]),
    }
}
