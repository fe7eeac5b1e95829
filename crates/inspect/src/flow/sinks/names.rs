//! What names promise: channels, telemetry, models, what stays at the machine.

use super::tail;
use crate::axes::Channel;
use crate::flow::machine::Machine;
use crate::flow::value::{Shape, Value};

/// The channel that a name promises.
pub(crate) fn channel_of_name(name: &str) -> Option<Channel> {
    let n: String = name.chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>().to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| n.contains(w));
    Some(
        if n.starts_with("system") && has(&["prompt", "message", "instruction", "text"])
            || n == "system"
            || has(&["systemprompt", "preamble", "sysprompt"])
        {
            Channel::SystemPrompt
        } else if has(&["tooldesc", "tooldef", "toolschema", "toolspec"]) || n == "tools" {
            Channel::ToolDescription
        } else if has(&["prompt", "instructions", "usermessage", "promptline", "reminder"]) {
            Channel::UserPrompt
        } else if has(&["header", "useragent"]) {
            Channel::Header
        } else if has(&["filename", "filepath", "logname"]) {
            Channel::FileName
        } else if has(&["querystring", "searchparams", "queryparams"]) {
            Channel::Query
        } else if has(&["telemetry", "analytics", "payload", "metric", "requestbody"]) {
            Channel::Telemetry
        } else {
            return None;
        },
    )
}

pub(super) fn is_system_role(v: &Value) -> bool {
    v.as_text().is_some_and(|t| matches!(&**t, "system" | "developer"))
}

fn is_user_role(v: &Value) -> bool {
    v.as_text().is_some_and(|t| matches!(&**t, "user" | "human"))
}

pub(super) fn channel_of_key(key: &str, outer: Channel, role: Option<&Value>) -> Channel {
    match key {
        "system" | "systemPrompt" | "system_prompt" | "systemInstruction" | "system_instruction" | "instructions"
        | "systemMessage" | "preamble" | "developer" => Channel::SystemPrompt,
        "tools" | "functions" | "functionDeclarations" | "function_declarations" | "toolConfig" => {
            Channel::ToolDescription
        }
        "messages" | "prompt" | "contents" | "input" | "history" | "userPrompt" | "user_prompt" => {
            if outer == Channel::SystemPrompt { outer } else { Channel::UserPrompt }
        }
        "content" | "parts" | "text" if role.is_some_and(is_system_role) => Channel::SystemPrompt,
        "content" | "parts" if outer == Channel::Telemetry && role.is_some_and(is_user_role) => Channel::UserPrompt,
        "headers" => Channel::Header,
        "params" | "searchParams" | "query" | "qs" => Channel::Query,
        "filename" | "fileName" | "file_name" => Channel::FileName,
        _ => outer,
    }
}

pub(super) fn has_prompt_keys(m: &Machine<'_>, v: &Value) -> bool {
    v.alternatives().iter().any(|v| {
        let inner = match &v.shape {
            Shape::Json(inner) => inner,
            _ => v,
        };
        inner.as_object().is_some_and(|id| {
            let o = m.store.get(id);
            [
                "messages",
                "system",
                "systemPrompt",
                "instructions",
                "prompt",
                "contents",
                "systemInstruction",
                "system_prompt",
                "tools",
            ]
            .iter()
            .any(|k| o.properties.contains_key(*k))
        })
    })
}

pub(super) fn is_telemetry(path: &str) -> bool {
    let p = path.to_ascii_lowercase();
    let name = tail(&p);
    matches!(
        name,
        "capture"
            | "track"
            | "identify"
            | "trackevent"
            | "logevent"
            | "capturemessage"
            | "setuser"
            | "settag"
            | "settags"
            | "setattribute"
            | "setattributes"
            | "recordevent"
            | "sendevent"
            | "sendtelemetryevent"
            | "captureexception"
            | "setcontext"
            | "setextra"
            | "addevent"
            | "addbreadcrumb"
            | "startspan"
            | "startactivespan"
            | "updatename"
            | "resourcefromattributes"
            | "setattributeonspan"
            | "increment"
            | "histogram"
            | "page"
            | "group"
    ) && !p.starts_with("console")
        || matches!(name, "add" | "record")
            && ["createcounter()", "createhistogram()", "createupdowncounter()"].iter().any(|c| p.contains(c))
        || name == "register" && ["posthog", "mixpanel"].iter().any(|c| p.contains(c))
        || ["rollbar", "bugsnag", "newrelic", "datadog"].iter().any(|c| p.contains(c))
        || p.contains("telemetry") && !matches!(name, "includes" | "get" | "tostring")
}

/// Whether a call puts a question to the person at the machine.
pub(crate) fn asks_a_person(path: &str) -> bool {
    ["readline", "inquirer", "enquirer", "prompts", "@clack/prompts"].iter().any(|p| path.starts_with(p))
}

pub(crate) fn is_local(path: &str) -> bool {
    let p = path.to_ascii_lowercase();
    p.starts_with("console.")
        || p.starts_with("process.stdout")
        || p.starts_with("process.stderr")
        || p.starts_with("document.")
        || p.contains("logger.")
        || p.contains("log.")
        || p.starts_with("?log")
        || p.contains("debug")
        || p.contains("stdout")
        || p.contains("chalk")
        || p.contains("readline")
        || matches!(
            tail(&p),
            "log"
                | "info"
                | "warn"
                | "error"
                | "print"
                | "println"
                | "showinformationmessage"
                | "showerrormessage"
                | "alert"
                | "render"
                | "settext"
                | "settitle"
                | "appendchild"
                | "createtextnode"
                | "assert"
                | "expect"
                | "createelement"
                | "setstatus"
        )
}

pub(super) fn is_model_call(p: &str, name: &str) -> bool {
    const ENDS: &[&str] = &[
        "messages.create",
        "messages.stream",
        "completions.create",
        "responses.create",
        "completions.stream",
        "responses.stream",
        "messages.counttokens",
        "embeddings.create",
        "chat.complete",
        "chat.stream",
        "completions.parse",
        "responses.parse",
        "messages.batches.create",
    ];
    ENDS.iter().any(|e| p.ends_with(e))
        || matches!(
            name,
            "generateContent"
                | "generateContentStream"
                | "generateText"
                | "streamText"
                | "generateObject"
                | "streamObject"
                | "createChatCompletion"
                | "createMessage"
                | "createCompletion"
                | "chatCompletion"
                | "InvokeModelCommand"
                | "ConverseCommand"
                | "startChat"
                | "getGenerativeModel"
                | "sendPrompt"
                | "askModel"
                | "callModel"
                | "complete"
                | "chatStream"
                | "completion"
                | "systemPrompt"
                | "setSystemPrompt"
                | "fromMessages"
                | "HumanMessage"
                | "AIMessage"
                | "textGeneration"
                | "chatCompletionStream"
                | "createResponse"
                | "converse"
                | "sendUserMessage"
                | "queryModel"
                | "callLLM"
                | "invokeModel"
        )
        || (name == "invoke"
            || name == "stream"
            || name == "chat"
            || name == "sendMessage"
            || name == "generate"
            || name == "prompt")
            && (p.contains("chat")
                || p.contains("model")
                || p.contains("llm")
                || p.contains("openai")
                || p.contains("anthropic")
                || p.contains("ollama")
                || p.contains("claude")
                || p.contains("gemini")
                || p.contains("agent"))
}
