//! LiteLLM spend logs: rows of its `LiteLLM_SpendLogs` table.
//!
//! The account is the user that owns the key, or else the key. `end_user` names neither: callers write it as they like. Times
//! without a zone are UTC, as LiteLLM writes that table. The prompt is there only where the proxy stores prompts.

use std::net::IpAddr;

use serde_json::Value;

use super::{
    chat::{self, Request},
    json::{self, Fault, Object},
};
use crate::{AccountId, Exchange, OrganizationId, Time, TimeError, reject::Reason};

/// The owner of keys that nobody owns.
const NO_USER: &str = "default_user_id";
/// Calls that go to the proxy's own stores, not to a model.
const NO_EXCHANGE: [&str; 6] = ["_file", "_batch", "vector_store", "mcp_tool", "fine_tuning", "list_"];

pub(super) fn exchange(row: &str) -> Result<Option<Exchange>, Fault> {
    let value = json::value(row)?;
    let row = Object::of(&value)?;
    let call = row.text("call_type")?.unwrap_or_default();
    if NO_EXCHANGE.iter().any(|part| call.contains(part)) {
        return Ok(None);
    }
    let key = key(row)?;
    let time = time(row, "startTime")?.ok_or_else(|| row.missing("startTime"))?;
    let ended = time_or_none(row, "endTime")?;
    let metadata = row.value("metadata").and_then(chat::unwrapped);
    let request = request(row);
    let model = match row.filled("model_group")? {
        Some(group) => group,
        None => row.need_text("model")?,
    };
    Ok(Some(Exchange {
        exchange_id: row.need_id("request_id")?,
        time,
        account_id: account(row, key)?,
        organization_id: organization(row)?,
        credential_id: key.map(str::to_owned),
        channel: channel(row.text("custom_llm_provider")?.unwrap_or_default()).to_owned(),
        client_address: address(row, metadata.as_ref())?,
        user_agent: user_agent(row),
        operation: operation(call).to_owned(),
        request_model: model.to_owned(),
        system: request.system,
        prompt: request.prompt,
        conversation_id: row.filled("session_id")?.map(str::to_owned),
        turn: request.turn,
        input_tokens: row.whole("prompt_tokens", u64::MAX)?,
        output_tokens: row.whole("completion_tokens", u64::MAX)?,
        max_tokens: request.max_tokens,
        temperature: request.temperature,
        reasoning: request.reasoning,
        tools: request.tools,
        stream: request.stream,
        status: status(row, metadata.as_ref())?,
        latency_ms: ended.and_then(|end| u64::try_from((end.micros() - time.micros()) / 1000).ok()),
    }))
}

/// The hash of the key; a row with the key itself is refused.
fn key(row: Object<'_>) -> Result<Option<&str>, Fault> {
    let key = row.filled("api_key")?;
    if key.is_some_and(|key| key.starts_with("sk-")) {
        let detail = "field `api_key` holds a secret key, where LiteLLM puts its hash; hash it before importing";
        return Err(Fault::new(Reason::PlainSecret, detail));
    }
    Ok(key)
}

fn account(row: Object<'_>, key: Option<&str>) -> Result<AccountId, Fault> {
    let user = row.filled("user")?.filter(|user| *user != NO_USER);
    match (user, key) {
        (Some(user), _) => json::id("", "user", user),
        (None, Some(key)) => json::id("", "api_key", key),
        (None, None) => {
            let detail = "fields `user` and `api_key` are both missing or empty; one must say which account called";
            Err(Fault::new(Reason::MissingField, detail))
        }
    }
}

fn organization(row: Object<'_>) -> Result<Option<OrganizationId>, Fault> {
    for name in ["organization_id", "team_id"] {
        if let Some(text) = row.filled(name)? {
            return json::id("", name, text).map(Some);
        }
    }
    Ok(None)
}

fn time(row: Object<'_>, name: &str) -> Result<Option<Time>, Fault> {
    let Some(text) = row.text(name)? else { return Ok(None) };
    let read = match text.parse::<Time>() {
        Err(TimeError::NoZone { .. }) => format!("{text}Z").parse::<Time>(),
        read => read,
    };
    read.map(Some).map_err(|error| json::bad_time("", name, &error))
}

fn time_or_none(row: Object<'_>, name: &str) -> Result<Option<Time>, Fault> {
    if row.value(name).and_then(Value::as_str) == Some("") { Ok(None) } else { time(row, name) }
}

/// `messages` where it is filled, else the stored request, each as JSON or as JSON in a text.
fn request(row: Object<'_>) -> Request {
    let stored = row.value("proxy_server_request").and_then(chat::unwrapped);
    let mut request = stored.as_ref().map(Request::of_body).unwrap_or_default();
    if request.prompt.is_none() {
        let messages = row.value("messages").and_then(chat::unwrapped);
        if let Some(messages) = messages.as_ref().and_then(chat::conversation) {
            let said = Request::of_messages(messages);
            request.system = said.system.or(request.system);
            (request.prompt, request.turn) = (said.prompt, said.turn);
        }
    }
    request
}

/// The address of the caller; behind proxies the first of the list.
fn address(row: Object<'_>, metadata: Option<&Value>) -> Result<Option<IpAddr>, Fault> {
    let name = "requester_ip_address";
    let listed = match row.filled(name)? {
        Some(text) => Some(text),
        None => metadata.and_then(|m| m.get(name)?.as_str()).filter(|text| !text.is_empty()),
    };
    let first = listed.map(|text| text.split(',').next().unwrap_or(text).trim());
    first.map(|text| json::address("", name, text)).transpose()
}

/// LiteLLM keeps it among the tags, short and long; the long one says more.
fn user_agent(row: Object<'_>) -> Option<String> {
    let tags = row.value("request_tags").and_then(chat::unwrapped)?;
    let agents = tags.as_array()?.iter().filter_map(|tag| tag.as_str()?.strip_prefix("User-Agent: "));
    agents.max_by_key(|agent| agent.len()).map(str::to_owned)
}

fn channel(provider: &str) -> &'static str {
    match provider {
        "bedrock" | "bedrock_converse" | "sagemaker" => "bedrock",
        "vertex_ai" | "vertex_ai_beta" => "vertex",
        "azure" | "azure_ai" | "azure_text" => "foundry",
        _ => "direct",
    }
}

/// `acompletion`, `atext_completion`, `anthropic_messages`, `aembedding`, ...; others keep their name.
fn operation(call: &str) -> &str {
    match call {
        _ if call.contains("embedding") => "embeddings",
        _ if call.contains("text_completion") => "completion",
        _ if call.contains("completion") || call.contains("messages") || call.contains("responses") => "chat",
        _ if call.contains("generate_content") || call.is_empty() => "chat",
        other => other,
    }
}

/// A failure without a readable code counts as 500.
fn status(row: Object<'_>, metadata: Option<&Value>) -> Result<u16, Fault> {
    if row.text("status")? != Some("failure") {
        return Ok(200);
    }
    let code = metadata.and_then(|m| m.pointer("/error_information/error_code"));
    let code = code.and_then(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()));
    Ok(code.and_then(|code| u16::try_from(code).ok()).filter(|code| (100..=999).contains(code)).unwrap_or(500))
}
