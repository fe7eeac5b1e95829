//! What a request to a model says, from the body shapes of the common APIs.
//!
//! A body is written by the client, who must not be able to have a row rejected by sending nonsense in it: whatever is not of
//! the expected shape counts as not given.

use serde_json::Value;

use crate::PromptText;

/// What the exchange log keeps of a request.
#[derive(Debug, Default)]
pub struct Request {
    pub system: Option<PromptText>,
    pub prompt: Option<PromptText>,
    pub turn: Option<u32>,
    pub max_tokens: Option<u64>,
    pub temperature: Option<f32>,
    pub reasoning: Option<bool>,
    pub tools: Option<u32>,
    pub stream: Option<bool>,
    /// Whether it was a conversation, rather than a text to complete or embed.
    pub chat: bool,
}

const SYSTEM: [&str; 2] = ["/system", "/instructions"];
/// OpenAI and Anthropic, Cohere, OpenAI responses.
const MESSAGES: [&str; 2] = ["/messages", "/input"];
/// Llama, Mistral and older Claude; Titan; Cohere; OpenAI.
const PROMPT: [&str; 5] = ["/prompt", "/inputText", "/message", "/texts", "/input"];
const MAX_TOKENS: [&str; 8] = [
    "/max_tokens",
    "/max_completion_tokens",
    "/max_output_tokens",
    "/max_tokens_to_sample",
    "/max_gen_len",
    "/inferenceConfig/maxTokens",
    "/inferenceConfig/max_new_tokens",
    "/textGenerationConfig/maxTokenCount",
];
const TEMPERATURE: [&str; 3] = ["/temperature", "/inferenceConfig/temperature", "/textGenerationConfig/temperature"];
const TOOLS: [&str; 2] = ["/tools", "/toolConfig/tools"];
const THINKING: [&str; 4] = [
    "/thinking/type",
    "/additionalModelRequestFields/thinking/type",
    "/additionalModelRequestFields/reasoning_config/type",
    "/additionalModelRequestFields/reasoningConfig/type",
];
const EFFORT: [&str; 2] = ["/reasoning_effort", "/reasoning/effort"];

impl Request {
    /// From the body of a request.
    pub fn of_body(body: &Value) -> Self {
        let first = |paths: &[&str]| paths.iter().filter_map(|path| body.pointer(path)).find(|v| !v.is_null());
        let messages = MESSAGES.iter().filter_map(|path| body.pointer(path)).find_map(conversation);
        let mut request = messages.map(Self::of_messages).unwrap_or_default();
        if !request.chat {
            request.prompt = first(&PROMPT).and_then(text).map(PromptText::new);
        }
        if let Some(system) = first(&SYSTEM).and_then(text) {
            request.system = Some(PromptText::new(system));
        }
        request.max_tokens = first(&MAX_TOKENS).and_then(Value::as_u64);
        request.temperature = first(&TEMPERATURE).and_then(Value::as_f64).map(|t| t as f32).filter(|t| t.is_finite());
        request.tools = first(&TOOLS).and_then(Value::as_array).and_then(|tools| u32::try_from(tools.len()).ok());
        request.stream = body.get("stream").and_then(Value::as_bool);
        request.reasoning = match (first(&THINKING), first(&EFFORT)) {
            (Some(Value::String(kind)), _) => Some(kind != "disabled"),
            (_, Some(Value::String(effort))) => Some(effort != "none"),
            _ => None,
        };
        request
    }

    /// From the messages of a conversation: the last thing that the user said is the prompt.
    pub fn of_messages(messages: &[Value]) -> Self {
        let mut system: Vec<String> = Vec::new();
        let (mut prompt, mut turns) = (None, 0_u32);
        for message in messages {
            let Some(said) = message.get("content").or_else(|| message.get("parts")).and_then(text) else { continue };
            match message.get("role").and_then(Value::as_str) {
                Some("system" | "developer") => system.push(said),
                Some("user" | "human") => {
                    turns = turns.saturating_add(1);
                    prompt = Some(said);
                }
                _ => {}
            }
        }
        Self {
            system: (!system.is_empty()).then(|| PromptText::new(system.join("\n"))),
            prompt: prompt.map(PromptText::new),
            turn: (turns > 0).then_some(turns),
            chat: true,
            ..Self::default()
        }
    }
}

/// The messages, where a value is a list of them.
pub(super) fn conversation(value: &Value) -> Option<&[Value]> {
    let list = value.as_array()?;
    list.iter().any(|message| message.get("role").is_some()).then_some(list.as_slice())
}

/// The text of a content: plain, or the text parts of a list.
pub(super) fn text(content: &Value) -> Option<String> {
    match content {
        Value::String(said) => Some(said.clone()),
        Value::Array(parts) => {
            let said: Vec<&str> = parts.iter().filter_map(part).collect();
            (!said.is_empty()).then(|| said.join("\n"))
        }
        part_alone => part(part_alone).map(str::to_owned),
    }
}

fn part(part: &Value) -> Option<&str> {
    if let Value::String(said) = part {
        return Some(said);
    }
    match part.get("type").and_then(Value::as_str) {
        None | Some("text" | "input_text") => part.get("text").or_else(|| part.get("content"))?.as_str(),
        Some(_) => None,
    }
}

/// A value that some writers put as JSON inside a text.
pub(super) fn unwrapped(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(inner) => serde_json::from_str(inner).ok(),
        other => Some(other.clone()),
    }
}
