//! The model routes that the gateway knows, and in whose shape each one speaks.

use http::{HeaderMap, Method};

/// Whose API a route belongs to; decides the upstream and the shape of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Provider {
    OpenAi,
    Anthropic,
}

/// A model route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Route {
    pub provider: Provider,
    /// As in the exchange log: `chat`, `completion`, `embeddings`, `count_tokens`, `models`.
    pub operation: &'static str,
    /// Whether a request to it is an exchange with a model, to be captured.
    pub exchange: bool,
}

impl Route {
    /// The route of a method and a path without its query; none when the gateway does not know it.
    pub fn of(method: &Method, path: &str, headers: &HeaderMap) -> Option<Self> {
        use Provider::{Anthropic, OpenAi};
        let route = |provider, operation, exchange| Some(Self { provider, operation, exchange });
        let path = path.strip_suffix('/').unwrap_or(path);
        match (method.as_str(), path) {
            ("POST", "/v1/chat/completions" | "/v1/responses") => route(OpenAi, "chat", true),
            ("POST", "/v1/completions") => route(OpenAi, "completion", true),
            ("POST", "/v1/embeddings") => route(OpenAi, "embeddings", true),
            ("POST", "/v1/messages") => route(Anthropic, "chat", true),
            ("POST", "/v1/messages/count_tokens") => route(Anthropic, "count_tokens", false),
            ("GET", _) if path == "/v1/models" || one_below(path, "/v1/models/") => {
                route(if headers.contains_key("anthropic-version") { Anthropic } else { OpenAi }, "models", false)
            }
            ("GET" | "DELETE", _) if one_below(path, "/v1/responses/") => route(OpenAi, "responses", false),
            _ => None,
        }
    }
}

/// Exactly one more segment, of the characters that ids are made of.
fn one_below(path: &str, prefix: &str) -> bool {
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"-_.:".contains(&c);
    path.strip_prefix(prefix).is_some_and(|id| !id.is_empty() && !id.starts_with('.') && id.bytes().all(plain))
}
