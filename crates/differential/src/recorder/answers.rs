//! Answers in the shapes of the model APIs: short, without tools, the same for the same request.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Response, StatusCode,
    header::{CONNECTION, CONTENT_TYPE, HeaderValue},
    http::request::Parts,
};
use serde_json::{Value, json};

const TEXT: &str = "Done.";
/// The day that answers are from: 2026-01-01.
const CREATED: u64 = 1_767_225_600;

/// Which API a path belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Api {
    Chat,
    Completions,
    Responses,
    Messages,
    CountTokens,
    Embeddings,
    Models,
    Gemini,
    GeminiTokens,
    OllamaChat,
    OllamaGenerate,
    OllamaTags,
    Other,
}

pub(super) fn answer(request: &Parts, body: &[u8]) -> Response<Full<Bytes>> {
    let asked: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let path = request.uri.path().trim_end_matches('/');
    let api = api_of(
        &request.method,
        path,
        &asked,
        request.headers.contains_key("x-api-key") || request.headers.contains_key("anthropic-version"),
    );
    let stream = asked["stream"].as_bool() == Some(true) || path.ends_with(":streamGenerateContent");
    let (kind, text) = match (api, stream) {
        (Api::Chat, true) => events(chat_events(&asked), true),
        (Api::Completions, true) => events(completion_events(&asked), true),
        (Api::Responses, true) => named_events(responses_events(&asked)),
        (Api::Messages, true) => named_events(message_events(&asked)),
        (Api::Gemini, true) => gemini_stream(request),
        (Api::OllamaChat | Api::OllamaGenerate, _) if asked["stream"].as_bool() != Some(false) => {
            ("application/x-ndjson", format!("{}\n", plain(api, &asked)))
        }
        _ => ("application/json", plain(api, &asked).to_string()),
    };
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

fn api_of(method: &Method, path: &str, asked: &Value, anthropic: bool) -> Api {
    let ends = |end: &str| path.ends_with(end);
    match path {
        _ if ends("/count_tokens") => Api::CountTokens,
        _ if ends(":countTokens") => Api::GeminiTokens,
        _ if ends(":generateContent") || ends(":streamGenerateContent") => Api::Gemini,
        _ if ends("/chat/completions") => Api::Chat,
        _ if ends("/completions") => Api::Completions,
        _ if ends("/responses") => Api::Responses,
        _ if ends("/messages") => Api::Messages,
        _ if ends("/embeddings") => Api::Embeddings,
        _ if ends("/api/chat") => Api::OllamaChat,
        _ if ends("/api/generate") => Api::OllamaGenerate,
        _ if ends("/api/tags") => Api::OllamaTags,
        _ if ends("/models") || path.contains("/models/") => Api::Models,
        _ if *method == Method::POST && asked["messages"].is_array() => {
            if anthropic {
                Api::Messages
            } else {
                Api::Chat
            }
        }
        _ if *method == Method::POST && asked.get("input").is_some() => Api::Responses,
        _ => Api::Other,
    }
}

fn model(asked: &Value) -> &str {
    asked["model"].as_str().unwrap_or("recorded-model")
}

/// The text, or an empty object where JSON was asked for.
fn text(asked: &Value) -> &'static str {
    let form = asked["response_format"]["type"].as_str().or_else(|| asked["text"]["format"]["type"].as_str());
    match form {
        Some("json_object" | "json_schema") => "{}",
        _ => TEXT,
    }
}

fn plain(api: Api, asked: &Value) -> Value {
    let model = model(asked);
    match api {
        Api::Chat => {
            json!({"id": "chatcmpl-recorded0001", "object": "chat.completion", "created": CREATED, "model": model,
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text(asked), "refusal": null}, "logprobs": null, "finish_reason": "stop"}],
            "usage": usage()})
        }
        Api::Completions => {
            json!({"id": "cmpl-recorded0001", "object": "text_completion", "created": CREATED, "model": model,
            "choices": [{"index": 0, "text": text(asked), "logprobs": null, "finish_reason": "stop"}], "usage": usage()})
        }
        Api::Responses => response(asked, "completed", json!([response_item(asked, "completed")])),
        Api::Messages => message(asked, json!([{"type": "text", "text": TEXT}]), json!("end_turn")),
        Api::CountTokens => json!({"input_tokens": 42}),
        Api::Embeddings => {
            let count = asked["input"].as_array().map_or(1, |a| a.len().min(2048));
            let size = asked["dimensions"].as_u64().unwrap_or(16).min(4096) as usize;
            let data: Vec<Value> = (0..count)
                .map(|i| json!({"object": "embedding", "index": i, "embedding": vec![0.125; size]}))
                .collect();
            json!({"object": "list", "data": data, "model": model, "usage": {"prompt_tokens": 42, "total_tokens": 42}})
        }
        Api::Models => {
            let one = |id: &str| {
                json!({"id": id, "object": "model", "type": "model", "created": CREATED, "owned_by": "recorder", "display_name": id,
                "created_at": "2026-01-01T00:00:00Z", "name": format!("models/{id}"), "supportedGenerationMethods": ["generateContent"]})
            };
            let all: Vec<Value> =
                ["recorded-model", "gpt-5", "claude-sonnet-4-5", "gemini-2.5-pro"].into_iter().map(one).collect();
            json!({"object": "list", "data": all, "models": all, "has_more": false, "first_id": "recorded-model", "last_id": "gemini-2.5-pro"})
        }
        Api::Gemini => gemini(),
        Api::GeminiTokens => json!({"totalTokens": 42}),
        Api::OllamaChat => {
            json!({"model": model, "created_at": "2026-01-01T00:00:00Z", "message": {"role": "assistant", "content": TEXT},
            "done": true, "done_reason": "stop", "prompt_eval_count": 42, "eval_count": 2})
        }
        Api::OllamaGenerate => {
            json!({"model": model, "created_at": "2026-01-01T00:00:00Z", "response": TEXT, "done": true, "done_reason": "stop"})
        }
        Api::OllamaTags => {
            json!({"models": [{"name": "recorded-model", "model": "recorded-model", "size": 1, "digest": "0"}]})
        }
        Api::Other => json!({}),
    }
}

fn usage() -> Value {
    json!({"prompt_tokens": 42, "completion_tokens": 2, "total_tokens": 44})
}

fn message(asked: &Value, content: Value, stop: Value) -> Value {
    json!({"id": "msg_recorded0001", "type": "message", "role": "assistant", "model": model(asked), "content": content, "stop_reason": stop,
        "stop_sequence": null, "usage": {"input_tokens": 42, "output_tokens": 2, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}})
}

fn message_events(asked: &Value) -> Vec<Value> {
    vec![
        json!({"type": "message_start", "message": message(asked, json!([]), Value::Null)}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": TEXT}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null}, "usage": {"output_tokens": 2}}),
        json!({"type": "message_stop"}),
    ]
}

fn chat_events(asked: &Value) -> Vec<Value> {
    let chunk = |delta: Value, finish: Value| {
        json!({"id": "chatcmpl-recorded0001", "object": "chat.completion.chunk", "created": CREATED, "model": model(asked),
            "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}]})
    };
    let mut all =
        vec![chunk(json!({"role": "assistant", "content": text(asked)}), Value::Null), chunk(json!({}), json!("stop"))];
    if asked["stream_options"]["include_usage"].as_bool() == Some(true) {
        all.push(json!({"id": "chatcmpl-recorded0001", "object": "chat.completion.chunk", "created": CREATED, "model": model(asked), "choices": [], "usage": usage()}));
    }
    all
}

fn completion_events(asked: &Value) -> Vec<Value> {
    vec![json!({"id": "cmpl-recorded0001", "object": "text_completion", "created": CREATED, "model": model(asked),
        "choices": [{"index": 0, "text": text(asked), "finish_reason": "stop"}]})]
}

fn response(asked: &Value, status: &str, output: Value) -> Value {
    json!({"id": "resp_recorded0001", "object": "response", "created_at": CREATED, "status": status, "error": null, "incomplete_details": null,
        "instructions": null, "max_output_tokens": null, "model": model(asked), "output": output, "parallel_tool_calls": true,
        "previous_response_id": null, "reasoning": {"effort": null, "summary": null}, "store": false, "temperature": 1.0,
        "text": {"format": {"type": "text"}}, "tool_choice": "auto", "tools": [], "top_p": 1.0, "truncation": "disabled",
        "usage": {"input_tokens": 42, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 2,
            "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 44}, "metadata": {}})
}

fn response_item(asked: &Value, status: &str) -> Value {
    let content = if status == "completed" {
        json!([{"type": "output_text", "text": text(asked), "annotations": []}])
    } else {
        json!([])
    };
    json!({"id": "msg_recorded0001", "type": "message", "status": status, "role": "assistant", "content": content})
}

fn responses_events(asked: &Value) -> Vec<Value> {
    let at = json!({"item_id": "msg_recorded0001", "output_index": 0, "content_index": 0});
    let with = |kind: &str, more: Value| {
        let mut event = at.clone();
        event["type"] = json!(kind);
        for (name, value) in more.as_object().into_iter().flatten() {
            event[name] = value.clone();
        }
        event
    };
    let part = json!({"type": "output_text", "text": text(asked), "annotations": []});
    let mut all = vec![
        json!({"type": "response.created", "response": response(asked, "in_progress", json!([]))}),
        json!({"type": "response.in_progress", "response": response(asked, "in_progress", json!([]))}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": response_item(asked, "in_progress")}),
        with("response.content_part.added", json!({"part": {"type": "output_text", "text": "", "annotations": []}})),
        with("response.output_text.delta", json!({"delta": text(asked)})),
        with("response.output_text.done", json!({"text": text(asked)})),
        with("response.content_part.done", json!({"part": part})),
        json!({"type": "response.output_item.done", "output_index": 0, "item": response_item(asked, "completed")}),
        json!({"type": "response.completed", "response": response(asked, "completed", json!([response_item(asked, "completed")]))}),
    ];
    for (i, event) in all.iter_mut().enumerate() {
        event["sequence_number"] = json!(i);
    }
    all
}

fn gemini() -> Value {
    json!({"candidates": [{"content": {"parts": [{"text": TEXT}], "role": "model"}, "finishReason": "STOP", "index": 0}],
        "usageMetadata": {"promptTokenCount": 42, "candidatesTokenCount": 2, "totalTokenCount": 44}, "modelVersion": "recorded-model", "responseId": "recorded0001"})
}

fn gemini_stream(request: &Parts) -> (&'static str, String) {
    if request.uri.query().is_some_and(|q| q.contains("alt=sse")) {
        return events(vec![gemini()], false);
    }
    ("application/json", json!([gemini()]).to_string())
}

fn events(all: Vec<Value>, done: bool) -> (&'static str, String) {
    let mut text: String = all.iter().map(|e| format!("data: {e}\n\n")).collect();
    if done {
        text.push_str("data: [DONE]\n\n");
    }
    ("text/event-stream", text)
}

fn named_events(all: Vec<Value>) -> (&'static str, String) {
    (
        "text/event-stream",
        all.iter().map(|e| format!("event: {}\ndata: {e}\n\n", e["type"].as_str().unwrap_or_default())).collect(),
    )
}
