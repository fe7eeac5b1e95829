//! OpenTelemetry GenAI spans as OTLP/JSON: one row a span, with its resource as context.
//!
//! Spans that are no request to a model are passed over. The account is `enduser.id` or `user.id`, on the span or else on its
//! resource; the resource must stand before its spans, as every known exporter writes it.

mod attributes;
mod names;

use serde_json::{Map, Value};

use self::attributes::Attributes;
use super::{
    chat::{self, Request},
    json::{self, Fault, Object},
    rows::{Parsed, Rows},
};
use crate::{AccountId, Exchange, PromptText, Time, reject::Reason};

pub(super) fn exchanges(rows: &Rows) -> Parsed<Exchange> {
    let resources: Vec<Value> = rows.contexts.iter().map(|c| serde_json::from_slice(c).unwrap_or_default()).collect();
    let resources: Vec<_> = resources.iter().map(|resource| Attributes::of(resource.get("attributes"))).collect();
    let none = Attributes::default();
    rows.parse(|row, context| exchange(row, context.and_then(|at| resources.get(at)).unwrap_or(&none)))
}

fn exchange(row: &str, resource: &Attributes<'_>) -> Result<Option<Exchange>, Fault> {
    let value = json::value(row)?;
    let span = Object::of(&value)?;
    let mut attributes = Attributes::of(span.value("attributes"));
    if !attributes.has_prefix(&["gen_ai.", "llm."]) {
        return Ok(None);
    }
    let events = span.value("events").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for event in events.iter().filter(|event| is_named(event, names::DETAIL_EVENTS)) {
        attributes.extend(event.get("attributes"));
    }
    let Some(operation) = names::operation(attributes.text(names::OPERATION).unwrap_or("chat")) else {
        return Ok(None);
    };
    let model = attributes.text(names::REQUEST_MODEL).or_else(|| attributes.text(names::RESPONSE_MODEL));
    let model =
        model.ok_or_else(|| Fault::new(Reason::MissingField, "span has no attribute `gen_ai.request.model`"))?;
    let time = nanos(span, "startTimeUnixNano")?.ok_or_else(|| span.missing("startTimeUnixNano"))?;
    let ended = nanos(span, "endTimeUnixNano")?;
    let request = request(&attributes, events);
    let id = format!("{}-{}", span.need_text("traceId")?, span.need_text("spanId")?);
    Ok(Some(Exchange {
        exchange_id: json::id("", "traceId", &id)?,
        time,
        account_id: account(&attributes, resource)?,
        organization_id: either(&attributes, resource, names::ORGANIZATION)
            .map(|id| json::id("", "organization.id", id))
            .transpose()?,
        credential_id: None,
        channel: names::channel(attributes.text(names::PROVIDER).unwrap_or_default()).to_owned(),
        client_address: attributes.text(names::CLIENT_ADDRESS).and_then(|address| address.parse().ok()),
        user_agent: attributes.text(names::USER_AGENT).map(str::to_owned),
        operation: operation.to_owned(),
        request_model: model.to_owned(),
        system: request.system,
        prompt: request.prompt,
        conversation_id: attributes.text(names::CONVERSATION).map(str::to_owned),
        turn: request.turn,
        input_tokens: attributes.whole(names::INPUT_TOKENS)?,
        output_tokens: attributes.whole(names::OUTPUT_TOKENS)?,
        max_tokens: request.max_tokens,
        temperature: request.temperature,
        reasoning: attributes.whole(names::REASONING_TOKENS)?.map(|tokens| tokens > 0),
        tools: request.tools,
        stream: request.stream,
        status: status(&attributes, span)?,
        latency_ms: ended.and_then(|end| u64::try_from((end.micros() - time.micros()) / 1000).ok()),
    }))
}

fn is_named(event: &Value, names: &[&str]) -> bool {
    event.get("name").and_then(Value::as_str).is_some_and(|name| names.contains(&name))
}

fn either<'a>(span: &Attributes<'a>, resource: &Attributes<'a>, names: &[&str]) -> Option<&'a str> {
    span.text(names).or_else(|| resource.text(names))
}

fn account(span: &Attributes<'_>, resource: &Attributes<'_>) -> Result<AccountId, Fault> {
    let Some(id) = either(span, resource, names::ACCOUNT) else {
        let detail = "span does not say whose it is: neither it nor its resource has `enduser.id` or `user.id`; add one \
                      in the instrumentation or in a collector's attributes processor";
        return Err(Fault::new(Reason::MissingField, detail));
    };
    json::id("", "enduser.id", id)
}

/// Nanoseconds since 1970, which are a text in OTLP/JSON and a number with some writers. Zero means not known.
fn nanos(span: Object<'_>, name: &str) -> Result<Option<Time>, Fault> {
    let read = match span.value(name) {
        None => return Ok(None),
        Some(Value::String(digits)) => digits.parse::<u64>().ok(),
        Some(other) => other.as_u64(),
    };
    let Some(nanos) = read else {
        let detail = format!("field `{name}` is not a number of nanoseconds since 1970");
        return Err(Fault::new(Reason::BadTime, detail));
    };
    if nanos == 0 {
        return Ok(None);
    }
    let micros = i64::try_from(nanos / 1000).expect("a u64 over 1000 fits");
    Time::from_micros(micros).map(Some).map_err(|error| json::bad_time("", name, &error))
}

fn request(attributes: &Attributes<'_>, events: &[Value]) -> Request {
    let messages = attributes.value(names::MESSAGES);
    let structured = messages.as_ref().and_then(chat::unwrapped);
    let mut request = match (structured.as_ref().and_then(chat::conversation), &messages) {
        (Some(list), _) => Request::of_messages(list),
        (None, Some(plain)) => Request { prompt: chat::text(plain).map(PromptText::new), ..Request::default() },
        (None, None) => {
            let mut list = numbered(attributes);
            list.extend(events.iter().filter_map(message_event));
            Request::of_messages(&list)
        }
    };
    if let Some(system) = attributes.value(names::SYSTEM) {
        let structured = chat::unwrapped(&system).filter(|inner| inner.is_array() || inner.is_object());
        request.system = chat::text(&structured.unwrap_or(system)).map(PromptText::new).or(request.system);
    }
    request.max_tokens = attributes.value(names::MAX_TOKENS).and_then(|v| v.as_u64());
    let temperature = attributes.value(names::TEMPERATURE).and_then(|v| v.as_f64()).map(|t| t as f32);
    request.temperature = temperature.filter(|t| t.is_finite());
    let tools = attributes.value(names::TOOLS).and_then(|v| chat::unwrapped(&v)?.as_array().map(Vec::len));
    request.tools = tools.and_then(|n| u32::try_from(n).ok());
    request.stream = attributes.value(names::STREAM).and_then(|v| v.as_bool());
    request
}

/// Messages of the older form with a number in the attribute's name.
fn numbered(attributes: &Attributes<'_>) -> Vec<Value> {
    let of = |at: usize, what: &str| attributes.value(&[&format!("{}{at}.{what}", names::NUMBERED_MESSAGES)]);
    let messages = (0..).map_while(|at| Some(message(of(at, "role")?, of(at, "content").unwrap_or_default())));
    messages.collect()
}

fn message_event(event: &Value) -> Option<Value> {
    let name = event.get("name").and_then(Value::as_str)?;
    let (_, role) = names::MESSAGE_EVENTS.iter().find(|(known, _)| *known == name)?;
    let content = Attributes::of(event.get("attributes")).value(names::MESSAGE_CONTENT)?;
    Some(message(Value::from(*role), content))
}

fn message(role: Value, content: Value) -> Value {
    // A list of parts is JSON in a text here, and plain text stays as it is.
    let parts = chat::unwrapped(&content).filter(Value::is_array);
    Value::Object(Map::from_iter([("role".to_owned(), role), ("content".to_owned(), parts.unwrap_or(content))]))
}

/// The HTTP status; without one, an error of a kind that is a number is that, any other counts as 500, and none as 200.
fn status(attributes: &Attributes<'_>, span: Object<'_>) -> Result<u16, Fault> {
    let http = |code: u64| u16::try_from(code).ok().filter(|code| (100..=999).contains(code));
    if let Some(code) = attributes.whole(names::STATUS)? {
        let detail = || format!("attribute `http.response.status_code` is {code}, expected an HTTP status like 200");
        return http(code).ok_or_else(|| Fault::new(Reason::BadNumber, detail()));
    }
    if let Some(kind) = attributes.text(names::ERROR) {
        return Ok(kind.parse().ok().and_then(http).unwrap_or(500));
    }
    let code = span.object("status", "status.")?.and_then(|status| status.value("code"));
    let failed = code.is_some_and(|code| code.as_u64() == Some(2) || code.as_str() == Some("STATUS_CODE_ERROR"));
    Ok(if failed { 500 } else { 200 })
}
