//! The attribute names of the OpenTelemetry GenAI conventions, newest first, with those of older versions after them.
//!
//! The only place that knows them. <https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans>

pub(super) const OPERATION: &[&str] = &["gen_ai.operation.name", "llm.request.type"];
pub(super) const REQUEST_MODEL: &[&str] = &["gen_ai.request.model", "llm.request.model"];
pub(super) const RESPONSE_MODEL: &[&str] = &["gen_ai.response.model"];
pub(super) const PROVIDER: &[&str] = &["gen_ai.provider.name", "gen_ai.system"];
pub(super) const CONVERSATION: &[&str] = &["gen_ai.conversation.id", "session.id"];

pub(super) const SYSTEM: &[&str] = &["gen_ai.system_instructions"];
pub(super) const MESSAGES: &[&str] = &["gen_ai.input.messages", "gen_ai.prompt"];
/// Older: `gen_ai.prompt.0.role` and `gen_ai.prompt.0.content`, counted from 0.
pub(super) const NUMBERED_MESSAGES: &str = "gen_ai.prompt.";
/// Events on the span whose attributes hold the messages.
pub(super) const DETAIL_EVENTS: &[&str] = &["gen_ai.client.inference.operation.details", "gen_ai.content.prompt"];
/// Older: one event a message, the role in its name.
pub(super) const MESSAGE_EVENTS: &[(&str, &str)] =
    &[("gen_ai.system.message", "system"), ("gen_ai.user.message", "user"), ("gen_ai.assistant.message", "assistant")];
pub(super) const MESSAGE_CONTENT: &[&str] = &["content", "gen_ai.event.content"];

pub(super) const INPUT_TOKENS: &[&str] = &["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"];
pub(super) const OUTPUT_TOKENS: &[&str] = &["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"];
pub(super) const REASONING_TOKENS: &[&str] = &["gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens"];
pub(super) const MAX_TOKENS: &[&str] = &["gen_ai.request.max_tokens"];
pub(super) const TEMPERATURE: &[&str] = &["gen_ai.request.temperature"];
pub(super) const TOOLS: &[&str] = &["gen_ai.tool.definitions"];
pub(super) const STREAM: &[&str] = &["gen_ai.request.stream", "gen_ai.is_streaming"];

pub(super) const ACCOUNT: &[&str] = &["enduser.id", "user.id", "enduser.pseudo.id"];
pub(super) const ORGANIZATION: &[&str] = &["organization.id", "tenant.id"];
/// The convention lets it be a name; only an IP address is taken.
pub(super) const CLIENT_ADDRESS: &[&str] = &["client.address", "http.client_ip"];
pub(super) const USER_AGENT: &[&str] = &["user_agent.original", "http.user_agent"];
pub(super) const STATUS: &[&str] = &["http.response.status_code", "http.status_code"];
pub(super) const ERROR: &[&str] = &["error.type"];

/// What the exchange log calls an operation; `None` is no request to a model, such as a tool or an agent's frame.
pub(super) fn operation(name: &str) -> Option<&str> {
    match name {
        "chat" | "generate_content" | "messages" | "responses" => Some("chat"),
        "text_completion" | "completion" => Some("completion"),
        "embeddings" | "embedding" => Some("embeddings"),
        _ if ["execute_", "invoke_", "create_", "retriev", "plan"].iter().any(|p| name.starts_with(p)) => None,
        _ if name.contains("memory") => None,
        other => Some(other),
    }
}

/// The way in, by who provides the model.
pub(super) fn channel(provider: &str) -> &'static str {
    match provider {
        "aws.bedrock" | "aws_bedrock" | "bedrock" => "bedrock",
        "gcp.vertex_ai" | "vertex_ai" => "vertex",
        "azure.ai.inference" | "azure.ai.openai" | "az.ai.inference" | "az.ai.openai" => "foundry",
        _ => "direct",
    }
}
