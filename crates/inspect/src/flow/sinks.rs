//! Where values leave the program.

mod hooks;
mod names;
mod network;
mod walk;

pub(crate) use self::names::{asks_a_person, channel_of_name, is_local};
use self::names::{has_prompt_keys, is_telemetry};
use self::network::{client_options, network, request, url};
use self::walk::walk;
use super::machine::Machine;
use super::report::{Event, Manner};
use super::sources::tail;
use super::taint::{Taint, is_marked, marks_only};
use super::value::{Shape, Value, constant_text};
use crate::axes::Channel;

/// The field of a look-up of nothing but what was read.
pub(crate) const OWN_NAME: &str = "own name";
/// The field of a look-up of a name that has parts which change from call to call.
pub(crate) const PUT_TOGETHER: &str = "name put together";

/// What leaves, in one run.
pub(crate) const EVENTS_MAX: usize = 20_000;

fn emit(m: &mut Machine<'_>, channel: Channel, field: &str, value: Value, at: u32, manner: Manner) {
    if m.events.len() >= EVENTS_MAX {
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

/// Steps that looking at a call of something outside counts for, about the time that it takes.
const OUTSIDE_STEPS: u64 = 10;

/// A call of something outside, with everything that goes in; true where a server answers it.
pub(crate) fn outside_call(m: &mut Machine<'_>, path: &str, args: &[Value], at: u32) -> bool {
    if args.is_empty() {
        return false;
    }
    m.store.charge(OUTSIDE_STEPS);
    let name = tail(path);
    // What a server answers those who ask it is no message to a vendor.
    if path.starts_with("new ") && name.ends_with("Response") {
        return false;
    }
    let a = args[0].clone();
    if network(m, path, name, args, at) {
        m.requests += 1;
        return true;
    }
    if path.starts_with("new ") || matches!(name, "create" | "extend" | "defaults") || name.starts_with("create") {
        for v in args {
            client_options(m, v, at, 0);
        }
    }
    if matches!(name, "use" | "create" | "extend" | "defaults") || name.starts_with("create") {
        hooks::run(m, path, args, at);
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
        // What a server answers when it is asked what it has.
        "setRequestHandler" if args.len() > 1 => {
            let asked = match &a.shape {
                Shape::Outside(name) => tail(name).to_owned(),
                _ => constant_text(&a).map(|t| t.to_string()).unwrap_or_default(),
            };
            let channel = match &*asked {
                "ListToolsRequestSchema" | "tools/list" => Channel::ToolDescription,
                "GetPromptRequestSchema" | "prompts/get" => Channel::UserPrompt,
                _ => return false,
            };
            let given = vec![Value::outside("?request", None)];
            if let Ok(answer) = m.call(&args[1], &Value::UNDEFINED, given, at)
                && let Ok(answer) = m.settled(&answer, at)
            {
                walk(m, &answer, channel, "answer", at, 0);
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

/// A file's name, which others may come to see.
pub(crate) fn file_name(m: &mut Machine<'_>, v: &Value, at: u32) {
    if is_marked(&m.deep_taint(v, 2)) {
        walk(m, v, Channel::FileName, "path", at, 0);
    }
}

/// Requests that are made one after the other, in an order that a source decides.
pub(crate) fn order_of_requests(m: &mut Machine<'_>, order: &Taint, at: u32) {
    emit(m, Channel::Timing, "order of requests", Value::new(Shape::Undefined, order.clone()), at, Manner::Order);
}

/// A pause whose length depends on a source.
pub(crate) fn delay(m: &mut Machine<'_>, v: &Value, at: u32) {
    if is_marked(&v.taint) {
        emit(m, Channel::Timing, "delay", v.clone(), at, Manner::Delay);
    }
}

/// Whether a command line runs one of some programs: at its beginning, or after what begins another command in it.
fn runs(text: &str, programs: &[&str]) -> bool {
    let text = text.to_ascii_lowercase();
    let commands = text.split(['&', '|', ';', '\n', '`', '(', '"', '\'']);
    let mut firsts = commands.map(|command| {
        let mut words =
            command.split_whitespace().skip_while(|w| w.contains('=') || matches!(*w, "sudo" | "env" | "exec"));
        let first = words.next().unwrap_or_default();
        match first.rsplit(['/', '\\']).next().unwrap_or_default() {
            // What a shell is given to run.
            "sh" | "bash" | "zsh" | "cmd" | "cmd.exe" | "powershell" | "powershell.exe" | "pwsh" => {
                words.find(|w| !w.starts_with(['-', '/'])).unwrap_or_default().to_owned()
            }
            program => program.to_owned(),
        }
    });
    firsts.any(|first| programs.contains(&first.trim_end_matches(".exe")))
}

/// A command that sends something.
pub(crate) fn command(m: &mut Machine<'_>, text: &str, args: &[Value], at: u32) {
    let is_dns = runs(text, &["nslookup", "dig", "ping", "ping6", "host", "resolvectl", "getent"]);
    let sends = runs(text, &["curl", "wget", "nc", "ncat", "invoke-webrequest", "invoke-restmethod", "iwr", "irm"]);
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
        if let Some(description) = self.description_of_tool(v) {
            self.goes_to(&description, Channel::ToolDescription, "description");
        }
        if let Some(channel) = v.taint.as_ref().filter(|t| !t.candidates.is_empty()).and(channel_of_name(name)) {
            self.goes_to(v, channel, name);
        }
    }

    /// The description in an object that has the form of a tool for a model, of the APIs or of their libraries.
    fn description_of_tool(&self, v: &Value) -> Option<Value> {
        let o = self.store.get(v.as_object()?);
        let inner = o.properties.get("function").and_then(Value::as_object).map_or(o, |id| self.store.get(id));
        let is_tool = ["parameters", "input_schema", "inputSchema"].iter().any(|k| inner.properties.contains_key(*k));
        inner.properties.get("description").filter(|_| is_tool).cloned()
    }

    fn goes_to(&mut self, v: &Value, channel: Channel, name: &str) {
        for id in v.taint.iter().flat_map(|t| &t.candidates) {
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
