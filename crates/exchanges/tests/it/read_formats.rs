//! Logs of other gateways and clouds, each from small rows of our own.

use exchanges::{Exchange, Format};
use expect_test::{Expect, expect};

use crate::read_support::{gzip, read, shown};

/// Every field of the one exchange, with its texts.
#[track_caller]
fn check(format: Format, bytes: impl AsRef<[u8]>, expected: &Expect) {
    let outcome = read(bytes.as_ref());
    let mut text = String::new();
    for row in &outcome.rows {
        text.push_str(&fields(row));
    }
    if outcome.rows.is_empty() || !outcome.rejects.is_empty() || outcome.passed_over > 0 || outcome.error.is_some() {
        text.push_str(&shown(&outcome));
    }
    expected.assert_eq(&text);
    let named = crate::read_support::read_as(bytes.as_ref(), format, exchanges::Limits::default());
    assert_eq!(named.rows, outcome.rows, "naming the format changes nothing");
}

/// The fields that are there, one a line.
fn fields(row: &Exchange) -> String {
    let serde_json::Value::Object(fields) = serde_json::to_value(row).expect("an exchange serialises") else {
        unreachable!("an exchange is an object")
    };
    // In the order of names, whichever order the JSON library keeps.
    let fields: std::collections::BTreeMap<_, _> = fields.iter().filter(|(_, value)| !value.is_null()).collect();
    fields.iter().map(|(name, value)| format!("{name} = {value}\n")).collect()
}

const CLAUDE: &str = r#"{"schemaType":"ModelInvocationLog","schemaVersion":"1.0","timestamp":"2026-08-03T10:11:12Z","accountId":"111122223333","identity":{"arn":"arn:aws:sts::111122223333:assumed-role/shop-backend/i-0abc"},"region":"eu-central-1","requestId":"5f0c8c1e-0001","operation":"InvokeModelWithResponseStream","modelId":"arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.vela.large-v1:0","input":{"inputContentType":"application/json","inputBodyJson":{"anthropic_version":"bedrock-2023-05-31","max_tokens":512,"temperature":0.25,"system":"Answer in verse.","thinking":{"type":"enabled","budget_tokens":1000},"tools":[{"name":"t"}],"messages":[{"role":"user","content":"first"},{"role":"assistant","content":"ok"},{"role":"user","content":[{"type":"tool_result","content":"ignored"},{"type":"text","text":"second"}]}]},"inputTokenCount":33},"output":{"outputContentType":"application/json","outputBodyJson":[{"type":"message_start"},{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":33,"outputTokenCount":7,"invocationLatency":812,"firstByteLatency":90}}],"outputTokenCount":7}}"#;

const CONVERSE: &str = r#"{"schemaType":"ModelInvocationLog","schemaVersion":"1.0","timestamp":"2026-08-03T10:11:13Z","accountId":"111122223333","identity":{"arn":"arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Dev_00ff/ana@example.org"},"requestId":"5f0c8c1e-0002","operation":"Converse","modelId":"amazon.nova-lite-v1:0","errorCode":"ThrottlingException","input":{"inputContentType":"application/json","inputBodyJson":{"messages":[{"role":"user","content":[{"text":"hello"},{"text":"there"}]}],"system":[{"text":"Be brief."}],"inferenceConfig":{"maxTokens":99,"temperature":0.5},"toolConfig":{"tools":[{},{}]}},"inputTokenCount":0},"output":{"outputBodyJson":{"metrics":{"latencyMs":302}}}}"#;

#[test]
fn bedrock_invoke_with_stream() {
    check(
        Format::Bedrock,
        CLAUDE,
        &expect![[r#"
        account_id = "arn:aws:sts::111122223333:assumed-role/shop-backend"
        channel = "bedrock"
        credential_id = "arn:aws:sts::111122223333:assumed-role/shop-backend/i-0abc"
        exchange_id = "5f0c8c1e-0001"
        input_tokens = 33
        latency_ms = 812
        max_tokens = 512
        operation = "chat"
        organization_id = "111122223333"
        output_tokens = 7
        prompt = "second"
        reasoning = true
        request_model = "eu.vela.large-v1:0"
        status = 200
        stream = true
        system = "Answer in verse."
        temperature = 0.25
        time = "2026-08-03T10:11:12.000000Z"
        tools = 1
        turn = 2
    "#]],
    );
}

#[test]
fn bedrock_converse_that_was_throttled() {
    check(
        Format::Bedrock,
        CONVERSE,
        &expect![[r#"
        account_id = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Dev_00ff/ana@example.org"
        channel = "bedrock"
        credential_id = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Dev_00ff/ana@example.org"
        exchange_id = "5f0c8c1e-0002"
        input_tokens = 0
        latency_ms = 302
        max_tokens = 99
        operation = "chat"
        organization_id = "111122223333"
        prompt = "hello\nthere"
        request_model = "amazon.nova-lite-v1:0"
        status = 429
        stream = false
        system = "Be brief."
        temperature = 0.5
        time = "2026-08-03T10:11:13.000000Z"
        tools = 2
        turn = 1
    "#]],
    );
}

#[test]
fn bedrock_prompts_of_other_models() {
    let (start, _) = CONVERSE.split_once(r#"{"messages""#).expect("is in the row");
    let (_, end) = CONVERSE.split_once(r#","inputTokenCount""#).expect("is in the row");
    let mut text = String::new();
    for body in [
        r#"{"prompt":"once upon","max_gen_len":64,"temperature":0.1}"#,
        r#"{"inputText":"once upon","textGenerationConfig":{"maxTokenCount":64,"temperature":0.1}}"#,
        r#"{"texts":["once","upon"],"input_type":"search_document"}"#,
        r#"{"prompt":["odd",{"x":1}],"max_gen_len":-1,"temperature":"hot","messages":"none"}"#,
        r#""no JSON object at all""#,
    ] {
        let outcome = read(format!(r#"{start}{body},"inputTokenCount"{end}"#).as_bytes());
        let row = &outcome.rows[0];
        let prompt = row.prompt.as_ref().map(|p| p.as_str());
        text.push_str(&format!("{} {prompt:?} {:?} {:?}\n", row.operation, row.max_tokens, row.temperature));
    }
    expect![[r#"
        completion Some("once upon") Some(64) Some(0.1)
        completion Some("once upon") Some(64) Some(0.1)
        chat Some("once\nupon") None None
        completion Some("odd") None None
        chat None None None
    "#]]
    .assert_eq(&text);
}

#[test]
fn bedrock_chunks_of_gzip_lines() {
    let bytes = gzip(format!("{CLAUDE}\n{CONVERSE}\n").as_bytes());
    let outcome = read(&bytes);
    expect![[r#"
        rows: 5f0c8c1e-0001 5f0c8c1e-0002
    "#]]
    .assert_eq(&shown(&outcome));
}

#[test]
fn bedrock_rows_without_a_caller() {
    let row = CONVERSE.replace("\"arn\"", "\"other\"");
    let odd = CONVERSE.replace("ModelInvocationLog", "SomethingElse");
    let late = CONVERSE.replace("2026-08-03T10:11:13Z", "2026-08-03T10:11:13");
    expect![[r#"
        rows: 
        passed over: 1
        line 1 missing-field: field `identity.arn` is missing or null; every row needs it [675 bytes]
        line 3 time-without-zone: field `timestamp`: time `2026-08-03T10:11:13` has no zone; write RFC 3339 with `Z` or an offset [672 bytes]
    "#]].assert_eq(&shown(&read(format!("{row}\n{odd}\n{late}\n").as_bytes())));
}

/// A span with these attributes, as JSON text of key and typed value.
fn span(id: u8, attributes: &[(&str, &str)]) -> String {
    let attributes: Vec<String> =
        attributes.iter().map(|(key, value)| format!(r#"{{"key":"{key}","value":{value}}}"#)).collect();
    format!(
        r#"{{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b{id:03}","name":"chat vela-4","kind":3,"startTimeUnixNano":"1785753072000000000","endTimeUnixNano":"1785753073500000000","attributes":[{}],"status":{{}}}}"#,
        attributes.join(",")
    )
}

fn request(spans: &[String]) -> String {
    format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"gate"}}}},{{"key":"user.id","value":{{"stringValue":"of-resource"}}}}]}},"scopeSpans":[{{"scope":{{"name":"s","attributes":[]}},"spans":[{}]}}],"schemaUrl":"x"}}]}}"#,
        spans.join(",")
    )
}

fn full_span() -> String {
    let structured = r#"{"arrayValue":{"values":[{"kvlistValue":{"values":[{"key":"role","value":{"stringValue":"user"}},{"key":"parts","value":{"arrayValue":{"values":[{"kvlistValue":{"values":[{"key":"type","value":{"stringValue":"text"}},{"key":"content","value":{"stringValue":"Weather in Paris?"}}]}}]}}}]}}]}}"#;
    let system = r#"{"stringValue":"[{\"type\":\"text\",\"content\":\"Be kind.\"}]"}"#;
    span(
        1,
        &[
            ("gen_ai.operation.name", r#"{"stringValue":"chat"}"#),
            ("gen_ai.provider.name", r#"{"stringValue":"aws.bedrock"}"#),
            ("gen_ai.request.model", r#"{"stringValue":"vela-4"}"#),
            ("gen_ai.request.max_tokens", r#"{"intValue":"256"}"#),
            ("gen_ai.request.temperature", r#"{"doubleValue":0.5}"#),
            ("gen_ai.usage.input_tokens", r#"{"intValue":"12"}"#),
            ("gen_ai.usage.output_tokens", r#"{"intValue":34}"#),
            ("gen_ai.conversation.id", r#"{"stringValue":"c-1"}"#),
            ("gen_ai.input.messages", structured),
            ("gen_ai.system_instructions", system),
            ("gen_ai.tool.definitions", r#"{"stringValue":"[{},{}]"}"#),
            ("gen_ai.request.stream", r#"{"boolValue":true}"#),
            ("enduser.id", r#"{"stringValue":"u-7"}"#),
            ("client.address", r#"{"stringValue":"203.0.113.9"}"#),
            ("user_agent.original", r#"{"stringValue":"sdk/1"}"#),
            ("http.response.status_code", r#"{"intValue":"200"}"#),
        ],
    )
}

fn old_span() -> String {
    span(
        2,
        &[
            ("gen_ai.system", r#"{"stringValue":"openai"}"#),
            ("gen_ai.request.model", r#"{"stringValue":"vela-3"}"#),
            ("llm.request.type", r#"{"stringValue":"completion"}"#),
            ("gen_ai.prompt.0.role", r#"{"stringValue":"system"}"#),
            ("gen_ai.prompt.0.content", r#"{"stringValue":"Be old."}"#),
            ("gen_ai.prompt.1.role", r#"{"stringValue":"user"}"#),
            ("gen_ai.prompt.1.content", r#"{"stringValue":"[{\"type\":\"text\",\"text\":\"hi\"}]"}"#),
            ("gen_ai.usage.prompt_tokens", r#"{"intValue":"5"}"#),
            ("gen_ai.usage.completion_tokens", r#"{"intValue":"6"}"#),
            ("error.type", r#"{"stringValue":"429"}"#),
        ],
    )
}

fn tool_span() -> String {
    span(3, &[("gen_ai.operation.name", r#"{"stringValue":"execute_tool"}"#)])
}

#[test]
fn otel_span_of_the_current_conventions() {
    check(
        Format::Otel,
        request(&[full_span()]),
        &expect![[r#"
        account_id = "u-7"
        channel = "bedrock"
        client_address = "203.0.113.9"
        conversation_id = "c-1"
        exchange_id = "5b8efff798038103d269b633813fc60c-eee19b7ec3c1b001"
        input_tokens = 12
        latency_ms = 1500
        max_tokens = 256
        operation = "chat"
        output_tokens = 34
        prompt = "Weather in Paris?"
        request_model = "vela-4"
        status = 200
        stream = true
        system = "Be kind."
        temperature = 0.5
        time = "2026-08-03T10:31:12.000000Z"
        tools = 2
        turn = 1
        user_agent = "sdk/1"
    "#]],
    );
}

#[test]
fn otel_span_of_older_conventions_with_the_account_of_its_resource() {
    check(
        Format::Otel,
        request(&[old_span()]),
        &expect![[r#"
        account_id = "of-resource"
        channel = "direct"
        exchange_id = "5b8efff798038103d269b633813fc60c-eee19b7ec3c1b002"
        input_tokens = 5
        latency_ms = 1500
        operation = "completion"
        output_tokens = 6
        prompt = "hi"
        request_model = "vela-3"
        status = 429
        system = "Be old."
        time = "2026-08-03T10:31:12.000000Z"
        turn = 1
    "#]],
    );
}

#[test]
fn otel_messages_in_events() {
    let event =
        r#"{"name":"gen_ai.user.message","attributes":[{"key":"content","value":{"stringValue":"from an event"}}]}"#;
    let span = span(4, &[("gen_ai.request.model", r#"{"stringValue":"vela-3"}"#)]);
    let span = span.replace(r#""status":{}"#, &format!(r#""events":[{event}],"status":{{"code":2}}"#));
    check(
        Format::Otel,
        request(&[span]),
        &expect![[r#"
        account_id = "of-resource"
        channel = "direct"
        exchange_id = "5b8efff798038103d269b633813fc60c-eee19b7ec3c1b004"
        latency_ms = 1500
        operation = "chat"
        prompt = "from an event"
        request_model = "vela-3"
        status = 500
        time = "2026-08-03T10:31:12.000000Z"
        turn = 1
    "#]],
    );
}

#[test]
fn otel_other_spans_are_passed_over() {
    let http = span(5, &[("http.request.method", r#"{"stringValue":"GET"}"#)]);
    expect![[r#"
        rows: 5b8efff798038103d269b633813fc60c-eee19b7ec3c1b002
        passed over: 2
    "#]]
    .assert_eq(&shown(&read(request(&[http, tool_span(), old_span()]).as_bytes())));
}

#[test]
fn otel_in_every_form() {
    let one = request(&[full_span(), old_span(), tool_span()]);
    let value: serde_json::Value = serde_json::from_str(&one).expect("the request is JSON");
    let pretty = serde_json::to_string_pretty(&value).expect("JSON serialises");
    for text in [format!("{one}\n{one}\n"), format!("[{one},{one}]"), format!("{pretty}\n{pretty}"), one.repeat(2)] {
        expect![[r#"
            rows: 5b8efff798038103d269b633813fc60c-eee19b7ec3c1b001 5b8efff798038103d269b633813fc60c-eee19b7ec3c1b002 5b8efff798038103d269b633813fc60c-eee19b7ec3c1b001 5b8efff798038103d269b633813fc60c-eee19b7ec3c1b002
            passed over: 2
        "#]].assert_eq(&shown(&read(text.as_bytes())));
    }
}

#[test]
fn otel_spans_without_an_account_or_a_model() {
    let (nobody, nothing) = (old_span(), span(6, &[("gen_ai.operation.name", r#"{"stringValue":"chat"}"#)]));
    let text = request(&[nobody, nothing]).replace("user.id", "host.id");
    expect![[r#"
        rows: 
        line 1 missing-field: span does not say whose it is: neither it nor its resource has `enduser.id` or `user.id`; add one in the instrumentation or in a collector's attributes processor [869 bytes]
        line 1 missing-field: span has no attribute `gen_ai.request.model` [276 bytes]
    "#]].assert_eq(&shown(&read(text.as_bytes())));
}

#[test]
fn otel_bad_values() {
    let bad = [
        full_span().replace(r#"{"intValue":"12"}"#, r#"{"intValue":"-12"}"#),
        full_span().replace(r#"{"intValue":"12"}"#, r#"{"stringValue":"many"}"#),
        full_span().replace(r#""1785753072000000000""#, r#""soon""#),
        full_span().replace(r#""1785753072000000000""#, "1785753072"),
        full_span().replace(r#"{"intValue":"200"}"#, r#"{"intValue":"20000"}"#),
        "7".to_owned(),
    ];
    expect![[r#"
        rows: 
        line 1 bad-number: attribute `gen_ai.usage.input_tokens` is -12, expected a whole number of at least 0 [1532 bytes]
        line 1 wrong-type: attribute `gen_ai.usage.input_tokens` is the text `many`, expected a whole number [1536 bytes]
        line 1 bad-time: field `startTimeUnixNano` is not a number of nanoseconds since 1970 [1516 bytes]
        line 1 absurd-time: field `startTimeUnixNano`: time `1785753 us` is outside 2015 to 2100; is the unit right? [1520 bytes]
        line 1 bad-number: attribute `http.response.status_code` is 20000, expected an HTTP status like 200 [1533 bytes]
        line 1 wrong-type: row is the number `7`, expected an object [1 bytes]
    "#]].assert_eq(&shown(&read(request(&bad).as_bytes())));
}

#[test]
fn otel_a_cut_line_costs_its_own_rows_only() {
    let one = request(&[full_span(), old_span()]);
    let cut = &one[..one.len() - 200];
    expect![[r#"
        rows: 5b8efff798038103d269b633813fc60c-eee19b7ec3c1b001 5b8efff798038103d269b633813fc60c-eee19b7ec3c1b002 5b8efff798038103d269b633813fc60c-eee19b7ec3c1b001 5b8efff798038103d269b633813fc60c-eee19b7ec3c1b001 5b8efff798038103d269b633813fc60c-eee19b7ec3c1b002
        line 2 truncated: line ends inside an OTLP request; was it cut? [692 bytes]
    "#]].assert_eq(&shown(&read(format!("{one}\n{cut}\n{one}\n").as_bytes())));
    expect![[r#"
        rows: 5b8efff798038103d269b633813fc60c-eee19b7ec3c1b001 5b8efff798038103d269b633813fc60c-eee19b7ec3c1b002 5b8efff798038103d269b633813fc60c-eee19b7ec3c1b001
        line 2 truncated: document ends before its closing brackets; rows before the cut were read [691 bytes]
    "#]].assert_eq(&shown(&read(format!("{one}\n{cut}").as_bytes())));
}

const SPEND: &str = r#"{"request_id":"chatcmpl-1","call_type":"acompletion","api_key":"88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b","spend":0.0001,"total_tokens":30,"prompt_tokens":10,"completion_tokens":20,"startTime":"2026-08-03T10:11:12.500Z","endTime":"2026-08-03T10:11:14Z","model":"azure/vela-4-eu","model_group":"vela-4","custom_llm_provider":"azure","user":"u-9","team_id":"team-a","end_user":"whoever","requester_ip_address":"203.0.113.7, 10.0.0.1","request_tags":["User-Agent: sdk","User-Agent: sdk/2.1"],"metadata":{"status":"success"},"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"hello"}],"response":{},"session_id":"s-1","status":"success","cache_hit":"False"}"#;

#[test]
fn litellm_row() {
    check(
        Format::Litellm,
        SPEND,
        &expect![[r#"
        account_id = "u-9"
        channel = "foundry"
        client_address = "203.0.113.7"
        conversation_id = "s-1"
        credential_id = "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b"
        exchange_id = "chatcmpl-1"
        input_tokens = 10
        latency_ms = 1500
        operation = "chat"
        organization_id = "team-a"
        output_tokens = 20
        prompt = "hello"
        request_model = "vela-4"
        status = 200
        system = "Be brief."
        time = "2026-08-03T10:11:12.500000Z"
        turn = 1
        user_agent = "sdk/2.1"
    "#]],
    );
}

#[test]
fn litellm_failure_with_json_in_texts_and_no_zone() {
    let row = SPEND
        .replace(r#""messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"hello"}]"#, r#""messages":"{}","proxy_server_request":"{\"model\":\"vela-4\",\"max_tokens\":5,\"stream\":true,\"reasoning_effort\":\"low\",\"messages\":[{\"role\":\"user\",\"content\":\"stored\"}]}""#)
        .replace(r#""status":"success","cache_hit""#, r#""status":"failure","cache_hit""#)
        .replace(r#"{"status":"success"}"#, r#""{\"error_information\":{\"error_code\":\"429\"}}""#)
        .replace("2026-08-03T10:11:12.500Z", "2026-08-03 10:11:12.500")
        .replace(r#""user":"u-9""#, r#""user":"default_user_id""#);
    check(
        Format::Litellm,
        row,
        &expect![[r#"
        account_id = "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b"
        channel = "foundry"
        client_address = "203.0.113.7"
        conversation_id = "s-1"
        credential_id = "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b"
        exchange_id = "chatcmpl-1"
        input_tokens = 10
        latency_ms = 1500
        max_tokens = 5
        operation = "chat"
        organization_id = "team-a"
        output_tokens = 20
        prompt = "stored"
        reasoning = true
        request_model = "vela-4"
        status = 429
        stream = true
        time = "2026-08-03T10:11:12.500000Z"
        turn = 1
        user_agent = "sdk/2.1"
    "#]],
    );
}

#[test]
fn litellm_list_of_rows() {
    let other = SPEND.replace("chatcmpl-1", "chatcmpl-2").replace("acompletion", "acreate_file");
    expect![[r#"
        rows: chatcmpl-1
        passed over: 1
    "#]]
    .assert_eq(&shown(&read(format!("[{SPEND},\n {other}]").as_bytes())));
}

#[test]
fn litellm_bad_rows() {
    let rows = [
        SPEND.replace("88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b", "sk-live-123"),
        SPEND
            .replace(r#""user":"u-9""#, r#""user":"""#)
            .replace("88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b", ""),
        SPEND.replace("203.0.113.7", "unknown"),
        SPEND.replace(r#""startTime""#, r#""startTimes""#),
        SPEND.replace(r#""prompt_tokens":10"#, r#""prompt_tokens":-10"#),
    ];
    expect![[r#"
        rows: 
        line 1 plain-secret: field `api_key` holds a secret key, where LiteLLM puts its hash; hash it before importing [651 bytes]
        line 2 missing-field: fields `user` and `api_key` are both missing or empty; one must say which account called [637 bytes]
        line 3 bad-address: field `requester_ip_address`: `unknown` is no IPv4 or IPv6 address [700 bytes]
        line 4 missing-field: field `startTime` is missing or null; every row needs it [705 bytes]
        line 5 bad-number: field `prompt_tokens` is -10, a count cannot be negative [705 bytes]
    "#]].assert_eq(&shown(&read(rows.join("\n").as_bytes())));
}

/// A small document of each format, for the laws that hold for all.
pub(crate) fn documents() -> Vec<(Format, String)> {
    let otlp = request(&[full_span(), old_span(), tool_span()]);
    let value: serde_json::Value = serde_json::from_str(&otlp).expect("the request is JSON");
    let pretty = serde_json::to_string_pretty(&value).expect("JSON serialises");
    vec![
        (Format::Bedrock, format!("{CLAUDE}\n{CONVERSE}\n")),
        (Format::Litellm, format!("{SPEND}\n{SPEND}\n")),
        (Format::Litellm, format!("[{SPEND},\n{SPEND}]")),
        (Format::Otel, format!("{otlp}\n{otlp}\n")),
        (Format::Otel, pretty),
        (Format::Otel, format!("[{otlp},{otlp}]")),
    ]
}
