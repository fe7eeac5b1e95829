//! Where values leave the program.

use super::heap::{BYTES_TEXT, Object, What, may_be_absent};
use super::machine::Machine;
use super::report::{Event, Manner};
use super::taint::{Taint, is_marked, marks_only};
use super::value::{Shape, Value, constant_text};
use crate::axes::{Channel, Source};
use crate::fold;

const DEPTH_MAX: u32 = 9;
/// Fields that come and go, as many of one object as are held against each other.
const NAMES_MAX: usize = 16;

/// The field of a look-up of nothing but what was read.
pub(crate) const OWN_NAME: &str = "own name";
/// The field of a look-up of a name that has parts which change from call to call.
pub(crate) const PUT_TOGETHER: &str = "name put together";

fn tail(path: &str) -> &str {
    let start = path.rfind('.').map_or(0, |i| i + 1);
    &path[start..]
}

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

fn is_system_role(v: &Value) -> bool {
    v.as_text().is_some_and(|t| matches!(&**t, "system" | "developer"))
}

fn emit(m: &mut Machine<'_>, channel: Channel, field: &str, value: Value, at: u32, manner: Manner) {
    if m.events.len() >= 20_000 {
        return;
    }
    match manner {
        Manner::Value => reach(m, &value),
        _ => mark(m, &value.taint, true),
    }
    let conditions = m.is_conditional();
    let place = m.place(at);
    m.events.push(Event { channel, field: field.into(), value, place, conditions, manner });
}

/// Notes that the choices in a value were used up: sent, or shown to the person at the machine only.
pub(crate) fn mark(m: &mut Machine<'_>, taint: &Taint, reached: bool) {
    let Some(t) = taint else { return };
    for id in &t.candidates {
        let c = &mut m.candidates[*id as usize];
        if reached {
            c.reached = true;
        } else {
            c.local = true;
        }
    }
}

/// Notes the choices that are in a text. What only depends on one, by ways that were not followed, does not use it up.
fn reach(m: &mut Machine<'_>, v: &Value) {
    match &v.shape {
        Shape::Choice(all) => {
            mark(m, &v.taint, true);
            all.iter().for_each(|a| reach(m, a));
        }
        Shape::Joined(all) => all.iter().for_each(|p| reach(m, p)),
        Shape::Repeated(one) | Shape::Json(one) => {
            mark(m, &v.taint, true);
            reach(m, one);
        }
        _ => {}
    }
}

/// Notes what decided something that stays on the machine.
fn show(m: &mut Machine<'_>, taint: &Taint) {
    m.shown.extend(taint.iter().flat_map(|t| &t.marks));
}

/// Follows a value into its parts, each with the channel that its field is.
fn walk(m: &mut Machine<'_>, v: &Value, channel: Channel, field: &str, at: u32, depth: u32) {
    if depth > DEPTH_MAX || m.spend(1).is_err() {
        return;
    }
    match &v.shape {
        Shape::Json(inner) => walk(m, &inner.clone(), channel, field, at, depth + 1),
        Shape::Object(id) => match stand_in(m, v, *id, at) {
            Some(text) => walk(m, &text, channel, field, at, depth + 1),
            None => {
                let o = m.store.copy(*id);
                walk_object(m, &o, channel, field, at, depth);
            }
        },
        Shape::Choice(all) if all.iter().any(|a| matches!(a.shape, Shape::Object(_) | Shape::Json(_))) => {
            walk_choice(m, v, &all.clone(), channel, field, at, depth);
        }
        Shape::Undefined | Shape::Null | Shape::Absent => {}
        _ => emit(m, channel, field, v.clone(), at, Manner::Value),
    }
}

/// What is sent in place of an object: what its `toJSON` gives, or the text that its bytes are.
fn stand_in(m: &mut Machine<'_>, v: &Value, id: u32, at: u32) -> Option<Value> {
    if let Some(text) = m.store.get(id).properties.get(BYTES_TEXT) {
        return Some(text.clone());
    }
    match m.store.get(id).what.clone() {
        What::Plain => {}
        What::Proxy { target, .. } => return m.seen_through(v, &target, at).ok(),
        _ => return None,
    }
    let f = m.property(id, "toJSON", v, at).ok()??;
    f.as_object().filter(|id| m.store.get(*id).is_callable())?;
    m.call(&f, v, Vec::new(), at).ok()
}

/// Objects to choose from are held against each other, key by key.
fn walk_choice(m: &mut Machine<'_>, v: &Value, all: &[Value], channel: Channel, field: &str, at: u32, depth: u32) {
    let place = m.place(at);
    let sel = marks_only(&v.taint);
    let mut merged: Option<Object<'_>> = None;
    for a in all {
        let inner = match &a.shape {
            Shape::Json(inner) => (**inner).clone(),
            _ => a.clone(),
        };
        match inner.as_object() {
            Some(id) => {
                let o = m.store.copy(id);
                merged = Some(match merged {
                    None => o,
                    Some(before) => m.join_objects(before, o, &sel, place),
                });
            }
            None => walk(m, &inner, channel, field, at, depth + 1),
        }
    }
    if let Some(o) = merged {
        walk_object(m, &o, channel, field, at, depth);
    }
}

fn walk_object(m: &mut Machine<'_>, o: &Object<'_>, channel: Channel, field: &str, at: u32, depth: u32) {
    if is_marked(&o.order) {
        emit(m, channel, field, Value::new(Shape::Undefined, o.order.clone()), at, Manner::Order);
    }
    match &o.what {
        What::Url(inner) => {
            url(m, &inner.clone(), at);
            if let Some(p) = o.properties.get("searchParams") {
                walk(m, &p.clone(), Channel::Query, "query", at, depth + 1);
            }
            for part in ["search", "pathname", "hash", "href"] {
                if let Some(p) = o.properties.get(part) {
                    walk(m, p, Channel::Query, part, at, depth + 1);
                }
            }
            for part in ["hostname", "host"] {
                if let Some(p) = o.properties.get(part) {
                    walk(m, p, Channel::DnsName, part, at, depth + 1);
                }
            }
            return;
        }
        What::Array | What::Set => {
            // A message as a pair of role and text.
            let channel = match o.items.first().filter(|_| o.items.len() == 2) {
                Some(role) if is_system_role(role) && channel.is_prompt() => Channel::SystemPrompt,
                _ => channel,
            };
            for v in o.items.iter().chain(&o.rest) {
                let absent = may_be_absent(v) && is_marked(&v.taint);
                if absent {
                    emit(m, channel, field, Value::new(v.shape.clone(), v.taint.clone()), at, Manner::Presence);
                }
                walk(m, v, channel, field, at, depth + 1);
            }
            return;
        }
        What::Map => {
            for (k, v) in o.items.iter().zip(&o.values) {
                walk(m, v, channel, &constant_text(k).unwrap_or_default(), at, depth + 1);
            }
            return;
        }
        What::Function(_)
        | What::Class(_)
        | What::Bound { .. }
        | What::Native(_)
        | What::Date(_)
        | What::Promise
        | What::Proxy { .. }
        | What::Hash(_) => return,
        What::Regex { .. } => return,
        What::Plain | What::Form => {}
    }
    let role = o.properties.get("role").cloned();
    let is_event = matches!(channel, Channel::Telemetry) && field == "telemetry";
    let alike = names_alike(o);
    for (i, (key, v)) in o.properties.iter().enumerate() {
        let key = key.strip_prefix("\0get ").unwrap_or(key);
        if key.starts_with('\0') {
            continue;
        }
        let inner = match channel {
            _ if is_event => Channel::Telemetry,
            Channel::Header | Channel::Query | Channel::FileName | Channel::DnsName | Channel::ToolDescription => {
                channel
            }
            _ => channel_of_key(key, channel, role.as_ref()),
        };
        match alike.iter().find(|group| group.contains(&i)) {
            Some(group) if group[0] == i => {
                let names: Vec<Value> =
                    group.iter().filter_map(|i| o.properties.get_index(*i)).map(|(k, _)| Value::text(&**k)).collect();
                let choice = Value::new(Shape::Choice(names.into()), marks_only(&v.taint));
                emit(m, inner, "name", choice, at, Manner::Value);
            }
            None if may_be_absent(v) && is_marked(&v.taint) => {
                emit(m, inner, key, v.clone(), at, Manner::Presence);
            }
            _ => {}
        }
        walk(m, v, inner, key, at, depth + 1);
    }
}

/// Names that come instead of each other and that a reader takes for one: `Accept` and `accept`.
fn names_alike(o: &Object<'_>) -> Vec<Vec<usize>> {
    let optional: Vec<(usize, &str)> = o
        .properties
        .iter()
        .enumerate()
        .filter(|(_, (k, v))| may_be_absent(v) && is_marked(&v.taint) && !k.starts_with('\0'))
        .map(|(i, (k, _))| (i, &**k))
        .take(NAMES_MAX)
        .collect();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (at, (i, name)) in optional.iter().enumerate() {
        if groups.iter().any(|g| g.contains(i)) {
            continue;
        }
        let alike = |other: &str| fold::between(&[(*name).to_owned(), other.to_owned()]).is_some();
        let others = optional[at + 1..].iter().filter(|(_, other)| alike(other)).map(|(j, _)| *j);
        let group: Vec<usize> = std::iter::once(*i).chain(others).collect();
        if group.len() > 1 {
            groups.push(group);
        }
    }
    groups
}

fn channel_of_key(key: &str, outer: Channel, role: Option<&Value>) -> Channel {
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
        "headers" => Channel::Header,
        "params" | "searchParams" | "query" | "qs" => Channel::Query,
        "filename" | "fileName" | "file_name" => Channel::FileName,
        _ => outer,
    }
}

fn has_prompt_keys(m: &Machine<'_>, v: &Value) -> bool {
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

fn body(m: &mut Machine<'_>, v: &Value, at: u32) {
    walk(m, v, Channel::Telemetry, "body", at, 0);
}

/// An address: its host is a name to look up, the rest goes to the server.
fn url(m: &mut Machine<'_>, v: &Value, at: u32) {
    let pieces: Vec<Value> = match &v.shape {
        Shape::Joined(p) => p.to_vec(),
        Shape::Object(id) => match m.store.get(*id).what.clone() {
            What::Url(_) => {
                let o = m.store.copy(*id);
                return walk_object(m, &o, Channel::Query, "query", at, 0);
            }
            _ => {
                let address = m.store.get(*id).properties.get("url").cloned();
                if let Some(address) = address {
                    url(m, &address, at);
                }
                return request(m, v, at);
            }
        },
        Shape::Choice(_) => {
            return emit(m, Channel::Query, "address", v.clone(), at, Manner::Value);
        }
        _ => return,
    };
    let mut seen = String::new();
    for (i, p) in pieces.iter().enumerate() {
        match p.as_text() {
            Some(t) => seen.push_str(t),
            None => {
                let after_scheme = seen.split_once("://").map(|(_, rest)| rest);
                let in_host = after_scheme.is_some_and(|rest| !rest.contains(['/', '?']));
                let channel = if in_host { Channel::DnsName } else { Channel::Query };
                let is_base = i == 0 || (in_host && only_from(m, &p.taint, Source::BaseUrl));
                if !is_base || matches!(p.shape, Shape::Choice(_)) {
                    emit(m, channel, "address", p.clone(), at, Manner::Value);
                } else {
                    mark(m, &p.taint, true);
                }
                seen.push('x');
            }
        }
    }
}

fn only_from(m: &Machine<'_>, taint: &Taint, source: Source) -> bool {
    taint.as_ref().is_some_and(|t| t.marks.iter().all(|id| m.marks.get(*id).source == source))
}

/// What a client that is made sends with each of its requests.
fn client_options(m: &mut Machine<'_>, v: &Value, at: u32, depth: u32) {
    for v in v.alternatives() {
        let Some(id) = v.as_object() else { continue };
        let o = m.store.copy(id);
        for (key, v) in &o.properties {
            match &**key {
                "defaultHeaders" | "default_headers" | "headers" | "customHeaders" | "extraHeaders" => {
                    walk(m, v, Channel::Header, "headers", at, 0);
                }
                "defaultQuery" | "default_query" | "searchParams" => walk(m, v, Channel::Query, "query", at, 0),
                "configuration" | "clientOptions" | "requestOptions" | "httpOptions" if depth == 0 => {
                    client_options(m, v, at, 1);
                }
                _ => {}
            }
        }
    }
}

/// A request's options: headers, body, query.
fn request(m: &mut Machine<'_>, v: &Value, at: u32) {
    for v in v.alternatives() {
        let Some(id) = v.as_object() else { continue };
        let o = m.store.copy(id);
        for (key, v) in &o.properties {
            match &**key {
                "headers" => walk(m, v, Channel::Header, "headers", at, 0),
                "body" | "data" | "json" | "form" | "payload" => {
                    if may_be_absent(v) && is_marked(&v.taint) {
                        emit(m, Channel::Telemetry, key, v.clone(), at, Manner::Presence);
                    }
                    body(m, v, at);
                }
                "params" | "searchParams" | "query" | "qs" => walk(m, v, Channel::Query, "query", at, 0),
                "path" | "pathname" => walk(m, v, Channel::Query, "path", at, 0),
                "hostname" | "host" => walk(m, v, Channel::DnsName, "host", at, 0),
                "url" | "uri" => url(m, v, at),
                "method" => walk(m, v, Channel::Header, "method", at, 0),
                // How the connection is made: agents, time limits, certificates.
                _ => {
                    let t = m.deep_taint(v, 2);
                    show(m, &t);
                }
            }
        }
    }
}

fn is_telemetry(path: &str) -> bool {
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

/// Steps that looking at a call of something outside counts for, about the time that it takes.
const OUTSIDE_STEPS: u64 = 10;

/// A call of something outside, with everything that goes in; true where a server answers it.
pub(crate) fn outside_call(m: &mut Machine<'_>, path: &str, args: &[Value], at: u32) -> bool {
    if args.is_empty() {
        return false;
    }
    m.store.charge(OUTSIDE_STEPS);
    let name = tail(path);
    let a = args[0].clone();
    if network(m, path, name, args, at) {
        return true;
    }
    if path.starts_with("new ") || matches!(name, "create" | "extend" | "defaults") || name.starts_with("create") {
        for v in args {
            client_options(m, v, at, 0);
        }
    }
    if is_telemetry(path) {
        for v in args {
            walk(m, v, Channel::Telemetry, "telemetry", at, 0);
        }
        return false;
    }
    match name {
        "lookup" | "resolve" | "resolve4" | "resolve6" | "resolveTxt" | "resolveAny" | "resolveCname"
        | "resolveSrv" | "resolveMx" | "reverse"
            if path.contains("dns") || path.contains("esolver") =>
        {
            // A machine asks for its own name every day; a name that was put together is a message.
            let field = match &a.shape {
                Shape::Unknown(_) | Shape::Outside(_) => OWN_NAME,
                Shape::Joined(all) if all.iter().any(|p| matches!(p.shape, Shape::Unknown(_) | Shape::Outside(_))) => {
                    PUT_TOGETHER
                }
                _ => "name",
            };
            walk(m, &a, Channel::DnsName, field, at, 0);
        }
        "connect" | "createConnection" if path.starts_with("net") || path.starts_with("tls") => request(m, &a, at),
        "writeFileSync" | "writeFile" | "appendFile" | "appendFileSync" | "createWriteStream" | "mkdirSync"
        | "mkdir" | "openSync" | "open" | "outputFile" | "ensureFile" | "writeTextFile" | "mkdtemp" | "mkdtempSync"
        | "rename" | "renameSync" | "copyFile" | "copyFileSync"
            if path.contains("fs") || path.contains("Deno") || path.starts_with('?') =>
        {
            let named = if name.starts_with("rename") || name.starts_with("copy") {
                args.get(1).cloned().unwrap_or(a)
            } else {
                a
            };
            file_name(m, &named, at);
            for v in args.iter().skip(1) {
                let t = m.deep_taint(v, 4);
                mark(m, &t, false);
            }
        }
        "toFile" | "fileFromPath" | "fileFromSync" => file_name(m, &args.get(1).cloned().unwrap_or(a), at),
        "write" if path.starts_with("Bun") => file_name(m, &a, at),
        "sleep" | "delay" | "wait" | "pause" | "wait_" | "setTimeout" => delay(m, &a, at),
        "SystemMessage" | "DeveloperMessage" | "SystemChatMessage" => {
            walk(m, &a, Channel::SystemPrompt, "content", at, 0);
        }
        "fromTemplate" => {
            let channel = if path.contains("System") { Channel::SystemPrompt } else { Channel::UserPrompt };
            walk(m, &a, channel, "template", at, 0);
        }
        "run" | "predict" if path.contains("replicate") => {
            walk(m, &args[args.len() - 1], Channel::UserPrompt, "body", at, 0)
        }
        "WebSocket" | "EventSource" => url(m, &a, at),
        // What another thread or process does with it is not seen from here.
        "postMessage" | "send" | "Worker" | "fork"
            if args.iter().any(|v| is_marked(&m.deep_taint(v, 3))) && (name != "send" || path.contains("fork")) =>
        {
            let place = m.place(at);
            m.note(
                place,
                "a fact about the machine is handed to another thread or process, which is not followed with it",
            );
        }
        // What a server of tools tells a model of them.
        "registerTool" | "addTool" | "registerPrompt" | "registerResource" => {
            for v in args {
                walk(m, v, Channel::ToolDescription, "tool", at, 0);
            }
        }
        "tool" if path.contains('.') && !path.starts_with("ai.") && args.len() > 1 => {
            for v in args {
                walk(m, v, Channel::ToolDescription, "tool", at, 0);
            }
        }
        "DynamicTool" | "DynamicStructuredTool" | "StructuredTool" | "FunctionTool" => {
            walk(m, &a, Channel::ToolDescription, "tool", at, 0);
        }
        _ if is_local(path) => {
            for v in args {
                let t = m.deep_taint(v, 4);
                mark(m, &t, false);
                show(m, &t);
            }
            let t = m.is_conditional();
            show(m, &t);
        }
        _ => {
            for v in args {
                if has_prompt_keys(m, v) {
                    walk(m, v, Channel::Telemetry, "body", at, 0);
                } else if is_marked(&m.deep_taint(v, 3))
                    && let Some(channel) = channel_of_name(name)
                {
                    walk(m, v, channel, name, at, 0);
                }
            }
        }
    }
    false
}

fn network(m: &mut Machine<'_>, path: &str, name: &str, args: &[Value], at: u32) -> bool {
    let p = path.to_ascii_lowercase();
    let a = args[0].clone();
    let second = args.get(1).cloned().unwrap_or(Value::UNDEFINED);
    let client = [
        "axios",
        "got",
        "ky",
        "superagent",
        "undici",
        "http",
        "request",
        "needle",
        "phin",
        "client",
        "fetch",
        "api",
        "instance",
        "wretch",
    ]
    .iter()
    .any(|c| p.contains(c));
    match name {
        _ if is_model_call(&p, name) => {
            for v in args {
                walk(m, v, Channel::UserPrompt, "body", at, 0);
            }
        }
        _ if matches!(name, "fetchWithRetry")
            || name.ends_with("fetch")
            || name.ends_with("Fetch") && name != "apiFetch" =>
        {
            url(m, &a, at);
            request(m, &second, at);
        }
        "request" if p.contains("http2") => walk(m, &a, Channel::Header, "headers", at, 0),
        "axios" | "got" | "ky" | "request" | "needle" | "phin" | "axios()" | "stream" | "pipeline" | "fetchJson"
        | "apiFetch" | "httpRequest" | "httpPost" | "postJson" | "requestUrl" => {
            url(m, &a, at);
            request(m, &a, at);
            request(m, &second, at);
            for v in args.iter().skip(1) {
                if has_prompt_keys(m, v) || matches!(v.shape, Shape::Json(_)) {
                    body(m, v, at);
                }
            }
        }
        "post" | "put" | "patch" if client || p.starts_with('?') => {
            url(m, &a, at);
            let options = second.as_object().is_some_and(|id| {
                let o = m.store.get(id);
                ["headers", "body", "json", "searchParams", "data", "form", "query"]
                    .iter()
                    .any(|k| o.properties.contains_key(*k))
            });
            if options {
                request(m, &second, at);
            } else {
                body(m, &second, at);
            }
            if let Some(config) = args.get(2) {
                request(m, config, at);
            }
        }
        "get" | "head" | "delete" if client => {
            url(m, &a, at);
            request(m, &a, at);
            request(m, &second, at);
        }
        "sendBeacon" => {
            url(m, &a, at);
            body(m, &second, at);
        }
        "write" | "end" if p.contains("request()") || p.contains("connect()") || p.contains("connection()") => {
            body(m, &a, at)
        }
        "send"
            if p.contains("xmlhttprequest")
                || p.contains("socket")
                || p.contains("ws")
                || client
                || p.contains("post()") =>
        {
            body(m, &a, at)
        }
        "sendMessage" | "publish" | "emit" if p.contains("socket") || p.contains("chat") || p.contains("mqtt") => {
            for v in args {
                walk(m, v, Channel::UserPrompt, "body", at, 0);
            }
        }
        "setRequestHeader" | "setHeader" | "set" | "header" | "append"
            if p.contains("request") || p.contains("header") || p.contains("post()") || p.contains("get()") =>
        {
            walk(m, &second, Channel::Header, &constant_text(&a).unwrap_or_default(), at, 0);
            if a.alternatives().len() > 1 {
                walk(m, &a, Channel::Header, "name", at, 0);
            }
        }
        "query" if p.contains("post()") || p.contains("get()") => walk(m, &a, Channel::Query, "query", at, 0),
        "open" if p.contains("xmlhttprequest") => url(m, &second, at),
        _ => return false,
    }
    true
}

fn is_model_call(p: &str, name: &str) -> bool {
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

/// A file's name, which others may come to see.
pub(crate) fn file_name(m: &mut Machine<'_>, v: &Value, at: u32) {
    if is_marked(&m.deep_taint(v, 2)) {
        walk(m, v, Channel::FileName, "path", at, 0);
    }
}

/// A pause whose length depends on a source.
pub(crate) fn delay(m: &mut Machine<'_>, v: &Value, at: u32) {
    if is_marked(&v.taint) {
        emit(m, Channel::Timing, "delay", v.clone(), at, Manner::Delay);
    }
}

/// A command that sends something.
pub(crate) fn command(m: &mut Machine<'_>, text: &str, args: &[Value], at: u32) {
    let is_dns = ["nslookup", "dig ", "ping ", "host "].iter().any(|c| text.contains(c));
    let sends = ["curl", "wget", "Invoke-WebRequest", "Invoke-RestMethod", "nc "].iter().any(|c| text.contains(c));
    for v in args.iter().take(2) {
        if (is_dns || sends) && is_marked(&m.deep_taint(v, 2)) {
            walk(m, v, if is_dns { Channel::DnsName } else { Channel::Query }, "command", at, 0);
        }
    }
}

/// A property of something outside is set.
pub(crate) fn outside_write(m: &mut Machine<'_>, path: &str, name: &str, value: &Value, at: u32) {
    let p = path.to_ascii_lowercase();
    if p.contains("header") {
        walk(m, value, Channel::Header, name, at, 0);
    } else if p.starts_with("document")
        || p.contains("style")
        || p.contains("element")
        || matches!(name, "textContent" | "innerHTML" | "innerText" | "title")
    {
        let t = m.deep_taint(value, 3);
        mark(m, &t, false);
    } else if let Some(channel) = channel_of_name(name).filter(|_| is_marked(&m.deep_taint(value, 3))) {
        walk(m, value, channel, name, at, 0);
    }
}

/// A property of the program's own objects is set; nothing leaves yet.
pub(crate) fn named_write(_: &mut Machine<'_>, _: &str, _: &Value, _: u32) {}

impl Machine<'_> {
    /// Lets choices know a name that they went by.
    pub(crate) fn name_candidates(&mut self, v: &Value, name: &str) {
        let Some(t) = &v.taint else { return };
        if t.candidates.is_empty() {
            return;
        }
        let Some(channel) = channel_of_name(name) else { return };
        for id in &t.candidates {
            let c = &mut self.candidates[*id as usize];
            if c.named.as_ref().is_none_or(|(old, _)| *old != Channel::SystemPrompt) {
                c.named = Some((channel, name.to_owned()));
            }
        }
    }

    /// What two branches send to the same place is a choice between them.
    pub(crate) fn pair_events(&mut self, first: usize, second: usize, condition: &Taint, place: super::taint::Place) {
        if first == self.events.len() || self.events.len() - first > 400 {
            return;
        }
        let one: Vec<Event> = self.events[first..second].to_vec();
        let other: Vec<Event> = self.events[second..].to_vec();
        let same = |a: &Event, b: &Event| a.channel == b.channel && a.field == b.field && a.manner == b.manner;
        let mut paired = Vec::new();
        for a in &one {
            let Some(b) = other.iter().find(|b| same(a, b)) else { continue };
            if a.value.shape != b.value.shape && a.manner == Manner::Value {
                let value =
                    self.join(a.value.clone(), b.value.clone(), condition, place).tainted(&marks_only(condition));
                paired.push(Event { value, ..a.clone() });
            }
        }
        for p in paired {
            mark(self, &p.value.taint, true);
            self.events.push(p);
        }
    }
}
