//! Exchanges around a prompt, for the tests of sketches and rows.

use exchanges::{
    Exchange, PromptText,
    sketch::{Part, Secret, Sketch, Sketcher},
};

pub(crate) fn sketcher() -> Sketcher {
    Sketcher::new(&Secret::from_bytes([42; 32]))
}

pub(crate) fn exchange(system: Option<&str>, prompt: Option<&str>) -> Exchange {
    Exchange {
        exchange_id: "x-1".parse().expect("the fixture is good"),
        time: "2026-08-03T00:00:22.112882Z".parse().expect("the fixture is good"),
        account_id: "a-1".parse().expect("the fixture is good"),
        organization_id: None,
        credential_id: None,
        channel: "direct".to_owned(),
        client_address: None,
        user_agent: None,
        operation: "chat".to_owned(),
        request_model: "large-2".to_owned(),
        system: system.map(PromptText::new),
        prompt: prompt.map(PromptText::new),
        conversation_id: None,
        turn: None,
        input_tokens: None,
        output_tokens: None,
        max_tokens: None,
        temperature: None,
        reasoning: None,
        tools: None,
        stream: None,
        status: 200,
        latency_ms: None,
    }
}

pub(crate) fn sketch(prompt: &str) -> Sketch {
    sketcher().sketch(&exchange(None, Some(prompt)))
}

/// The whole skeleton of a text, as an exemplar would show it.
pub(crate) fn skeleton(text: &str) -> String {
    sketcher().exemplar(&exchange(Some(text), None), Part::SystemKey).map(|e| e.text).unwrap_or_default()
}
