//! AWS Bedrock model invocation logs, one `ModelInvocationLog` object a row.
//!
//! The account is the principal of `identity.arn` without the session of an assumed role, since one program may make a new
//! session for every call; for people who sign in through IAM Identity Center the session is their name and stays. The
//! whole principal is the credential, and the AWS account is the organisation.

use serde_json::Value;

use super::{
    chat::Request,
    json::{self, Fault, Object},
};
use crate::Exchange;

pub(super) fn exchange(row: &str) -> Result<Option<Exchange>, Fault> {
    let value = json::value(row)?;
    let row = Object::of(&value)?;
    if row.text("schemaType")?.is_some_and(|kind| kind != "ModelInvocationLog") {
        return Ok(None);
    }
    let arn = row.object("identity", "identity.")?.ok_or_else(|| row.missing("identity"))?.need_text("arn")?;
    let model = row.need_text("modelId")?;
    let operation = row.need_text("operation")?;
    let input = row.object("input", "input.")?;
    let output = row.object("output", "output.")?;
    let body = input.and_then(|input| input.value("inputBodyJson"));
    let request = body.map(Request::of_body).unwrap_or_default();
    Ok(Some(Exchange {
        exchange_id: row.need_id("requestId")?,
        time: row.need_time("timestamp")?,
        account_id: json::id("identity.", "arn", principal(arn))?,
        organization_id: row.id("accountId")?,
        credential_id: Some(arn.to_owned()),
        channel: "bedrock".to_owned(),
        client_address: None,
        user_agent: None,
        operation: asked(model, &request, body).to_owned(),
        request_model: model_name(model).to_owned(),
        system: request.system,
        prompt: request.prompt,
        conversation_id: None,
        turn: request.turn,
        input_tokens: input.map(|i| i.whole("inputTokenCount", u64::MAX)).transpose()?.flatten(),
        output_tokens: output.map(|o| o.whole("outputTokenCount", u64::MAX)).transpose()?.flatten(),
        max_tokens: request.max_tokens,
        temperature: request.temperature,
        reasoning: request.reasoning,
        tools: request.tools,
        stream: Some(operation.ends_with("Stream")),
        status: row.filled("errorCode")?.map_or(200, status),
        latency_ms: output.and_then(|o| o.value("outputBodyJson")).and_then(latency),
    }))
}

/// The account behind a principal.
fn principal(arn: &str) -> &str {
    let Some((_, role)) = arn.split_once(":assumed-role/") else { return arn };
    match role.split_once('/') {
        Some((name, session)) if !name.starts_with("AWSReservedSSO_") => &arn[..arn.len() - session.len() - 1],
        _ => arn,
    }
}

/// The model's name, where its ARN or that of a profile is given.
fn model_name(model: &str) -> &str {
    if model.starts_with("arn:") { model.rsplit('/').next().unwrap_or(model) } else { model }
}

fn asked(model: &str, request: &Request, body: Option<&Value>) -> &'static str {
    let completes = body.is_some_and(|body| body.get("prompt").is_some() || body.get("inputText").is_some());
    match () {
        () if model.contains("embed") => "embeddings",
        () if completes && !request.chat => "completion",
        () => "chat",
    }
}

/// The HTTP status with which Bedrock Runtime gives an error; one that is not in its list counts as 500.
fn status(code: &str) -> u16 {
    match code.strip_suffix("Exception").unwrap_or(code) {
        "Validation" | "ServiceQuotaExceeded" => 400,
        "AccessDenied" => 403,
        "ResourceNotFound" => 404,
        "ModelTimeout" => 408,
        "Conflict" => 409,
        "ModelError" | "ModelStreamError" => 424,
        "Throttling" | "ModelNotReady" => 429,
        "ServiceUnavailable" => 503,
        _ => 500,
    }
}

/// From the answer, or the last of its pieces that says.
fn latency(output: &Value) -> Option<u64> {
    let of = |answer: &Value| {
        let paths = [
            "/metrics/latencyMs",
            "/metadata/metrics/latencyMs",
            "/amazon-bedrock-invocationMetrics/invocationLatency",
        ];
        paths.iter().find_map(|path| answer.pointer(path)?.as_u64())
    };
    match output {
        Value::Array(pieces) => pieces.iter().rev().find_map(of),
        answer => of(answer),
    }
}
