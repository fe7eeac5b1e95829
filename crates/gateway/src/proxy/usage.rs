//! What an answer used, read from its bytes as they pass.
//!
//! The bytes are never changed, never held and never kept whole: a long line or body leaves only its end, where usage stands.

use memchr::memmem;
use serde::Deserialize;

/// Tokens of an exchange, as far as the answer told them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    pub input_tokens: Option<u64>,
    pub output_tokens: Option<u64>,
}

/// Reads the usage of one answer.
#[derive(Debug)]
pub struct UsageReader {
    framing: Framing,
    /// The line at hand of an event stream, or the end of a body.
    kept: Vec<u8>,
    usage: Usage,
    events: u64,
    ended: bool,
}

/// How an answer is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// `text/event-stream`.
    Events,
    /// A body that is one JSON value.
    Whole,
    /// Something else, or bytes that are packed: nothing is read.
    Opaque,
}

/// Bytes kept of a line or a body. Usage is the last field, or followed by what fits in this.
const KEPT: usize = 64 << 10;
/// Events that end a stream: OpenAI chat, Anthropic, OpenAI responses.
const LAST: [&[u8]; 5] =
    [b"[DONE]", b"message_stop", b"response.completed", b"response.failed", b"response.incomplete"];

impl UsageReader {
    pub fn new(framing: Framing) -> Self {
        Self { framing, kept: Vec::new(), usage: Usage::default(), events: 0, ended: false }
    }

    /// Takes the next bytes, however they are cut.
    pub fn read(&mut self, bytes: &[u8]) {
        match self.framing {
            Framing::Opaque => {}
            Framing::Whole => self.keep(bytes),
            Framing::Events => {
                let mut rest = bytes;
                while let Some(end) = memchr::memchr(b'\n', rest) {
                    let (line, after) = rest.split_at(end);
                    self.line(line);
                    rest = after.get(1..).unwrap_or_default();
                }
                self.keep(rest);
            }
        }
    }

    /// Whether the event that ends the stream has passed.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Events with a payload, about one per token where the upstream sends each token.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// What was told until now.
    pub fn usage(&self) -> Usage {
        let mut usage = self.usage;
        if self.framing == Framing::Whole
            && let Some(told) = last_usage(&self.kept)
        {
            usage.merge(told);
        }
        usage
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.kept.extend_from_slice(bytes);
        if self.kept.len() > 2 * KEPT {
            self.kept.drain(..self.kept.len() - KEPT);
        }
    }

    fn line(&mut self, end: &[u8]) {
        if self.kept.is_empty() {
            self.whole_line(end);
            return;
        }
        self.keep(end);
        let line = std::mem::take(&mut self.kept);
        self.whole_line(&line);
    }

    fn whole_line(&mut self, line: &[u8]) {
        let line = line.trim_ascii_end();
        if let Some(name) = field(line, b"event:") {
            self.ended |= LAST.contains(&name);
        } else if let Some(payload) = field(line, b"data:") {
            self.events += 1;
            self.ended |= payload == b"[DONE]";
            if let Some(told) = last_usage(payload) {
                self.usage.merge(told);
            }
        } else if let Some(told) = last_usage(line) {
            // The rest of a line whose beginning was let go.
            self.usage.merge(told);
        }
    }
}

fn field<'l>(line: &'l [u8], name: &[u8]) -> Option<&'l [u8]> {
    line.strip_prefix(name).map(<[u8]>::trim_ascii)
}

impl Usage {
    /// Later figures replace earlier ones: streams count up.
    fn merge(&mut self, later: Self) {
        self.input_tokens = later.input_tokens.or(self.input_tokens);
        self.output_tokens = later.output_tokens.or(self.output_tokens);
    }
}

/// As the providers write it.
#[derive(Deserialize)]
struct Told {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
}

/// The last `"usage": {…}` with a figure in it. Inside a JSON string its quotes would be escaped, so no content can pass for one.
fn last_usage(json: &[u8]) -> Option<Usage> {
    const NAME: &[u8] = b"\"usage\"";
    memmem::rfind_iter(json, NAME).take(8).find_map(|at| {
        let after = json.get(at + NAME.len()..)?.trim_ascii_start().strip_prefix(b":")?;
        let told = serde_json::Deserializer::from_slice(after).into_iter::<Told>().next()?.ok()?;
        let usage = Usage::from(told);
        (usage != Usage::default()).then_some(usage)
    })
}

impl From<Told> for Usage {
    fn from(told: Told) -> Self {
        let Told {
            prompt_tokens,
            completion_tokens,
            input_tokens,
            output_tokens,
            cache_read_input_tokens,
            cache_creation_input_tokens,
        } = told;
        // Anthropic counts cached input apart; OpenAI counts it in.
        let cached = cache_read_input_tokens.unwrap_or(0).saturating_add(cache_creation_input_tokens.unwrap_or(0));
        Self {
            input_tokens: prompt_tokens.or(input_tokens.map(|input| input.saturating_add(cached))),
            output_tokens: completion_tokens.or(output_tokens),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(framing: Framing, text: &str, cut: usize) -> (Usage, bool) {
        let mut reader = UsageReader::new(framing);
        text.as_bytes().chunks(cut).for_each(|part| reader.read(part));
        (reader.usage(), reader.ended())
    }

    #[track_caller]
    fn check(framing: Framing, text: &str, input: Option<u64>, output: Option<u64>, ended: bool) {
        for cut in [1, 2, 3, 7, 64, 1 << 20] {
            let told = Usage { input_tokens: input, output_tokens: output };
            assert_eq!(read(framing, text, cut), (told, ended), "cut every {cut} bytes");
        }
    }

    #[test]
    fn openai_streams_tell_it_in_the_last_chunk() {
        let text = "data: {\"choices\":[{\"delta\":{\"content\":\"\\\"usage\\\": {\\\"prompt_tokens\\\": 9}\"}}],\"usage\":null}\n\n\
                    data: {\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":34}}\r\n\r\ndata: [DONE]\n\n";
        check(Framing::Events, text, Some(12), Some(34), true);
    }

    #[test]
    fn anthropic_streams_tell_input_first_and_count_output_up() {
        let text = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":5,\
                    \"cache_read_input_tokens\":100,\"output_tokens\":1}}}\n\n\
                    event: message_delta\ndata: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":77}}\n\n\
                    event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
        check(Framing::Events, text, Some(105), Some(77), true);
    }

    #[test]
    fn a_stream_that_is_cut_tells_what_it_told() {
        check(Framing::Events, "data: {\"usage\":{\"input_tokens\":5}}\n\ndata: {\"type", Some(5), None, false);
    }

    #[test]
    fn the_end_of_a_long_body_is_enough() {
        let text =
            format!("{{\"data\":[{}0],\"usage\":{{\"prompt_tokens\":8,\"total_tokens\":8}}}}", "0.5,".repeat(100_000));
        check(Framing::Whole, &text, Some(8), None, false);
        let line = format!(
            "event: response.completed\ndata: {{\"pad\":\"{}\",\"usage\":{{\"input_tokens\":3,\"output_tokens\":4}}}}\n\n",
            "x".repeat(300_000)
        );
        check(Framing::Events, &line, Some(3), Some(4), true);
    }

    #[test]
    fn nonsense_tells_nothing() {
        check(Framing::Whole, "{\"usage\":{\"prompt_tokens\":-3}}", None, None, false);
        check(Framing::Whole, "\"usage\"", None, None, false);
        check(Framing::Whole, "\"usage\":", None, None, false);
        check(Framing::Opaque, "data: [DONE]\n", None, None, false);
    }
}
