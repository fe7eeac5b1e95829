//! Finding the format of a text by its first rows.

use serde_json::{Map, Value};

use super::{Format, Log, StreamError, split::Shape};
use crate::reject::clip;

/// How much of the text is looked at.
pub(super) const HEAD_BYTES: u64 = 256 << 10;
/// How many rows are looked at before giving up.
const ROWS: usize = 64;
const UNDERSTOOD: &str = "log v1 as JSON Lines or Parquet, AWS Bedrock model invocation logs, OpenTelemetry GenAI spans as \
                          OTLP/JSON, and LiteLLM spend logs, each plain, .gz or .zst";

/// What was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) format: Format,
    pub(super) shape: Shape,
}

/// What the keys of one row say.
enum Looks {
    Like(Format, Log),
    Strange,
}

pub(super) fn shape(head: &[u8], log: Log, named: Format) -> Result<Found, StreamError> {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if text.is_empty() && (head.len() as u64) < HEAD_BYTES {
        return Err(StreamError::Blank);
    }
    match (log, named) {
        (_, Format::Parquet) => return Err(StreamError::OtherFormat { named, found: "no Parquet file" }),
        (Log::Accounts, Format::Bedrock | Format::Otel | Format::Litellm) => {
            return Err(StreamError::NoAccounts { named });
        }
        _ => {}
    }
    let format = if named == Format::Auto { look(text, log)? } else { named };
    Ok(Found { format, shape: if format == Format::Otel { otlp_shape(text) } else { row_shape(text) } })
}

/// Lines, unless the text is one list or was pretty-printed.
fn row_shape(text: &[u8]) -> Shape {
    let first = text.split(|&b| b == b'\n').next().unwrap_or_default().trim_ascii();
    if text.starts_with(b"[") || first == b"{" { Shape::Rows } else { Shape::Lines }
}

fn otlp_shape(text: &[u8]) -> Shape {
    let mut lines = text.split(|&b| b == b'\n');
    // The last piece may go on beyond the head.
    let whole = lines.next_back().map_or(0, |_| ROWS);
    let lined = lines.take(whole).any(|line| serde_json::from_slice::<Map<String, Value>>(line).is_ok());
    Shape::Otlp { lined }
}

fn look(text: &[u8], log: Log) -> Result<Format, StreamError> {
    let mut other = None;
    for keys in first_keys(text) {
        match looks(&keys) {
            Looks::Like(format, of) if of == log => return Ok(format),
            Looks::Like(_, of) => other = Some(of),
            Looks::Strange => {}
        }
    }
    Err(match other {
        Some(found) => StreamError::OtherLog { found, wanted: log },
        None => StreamError::Unknown { log, seen: seen(text), understood: UNDERSTOOD },
    })
}

fn looks(keys: &[String]) -> Looks {
    let has = |name: &str| keys.iter().any(|k| k == name);
    let count = |names: &[&str]| names.iter().filter(|n| has(n)).count();
    if has("resourceSpans") || has("resource_spans") {
        Looks::Like(Format::Otel, Log::Exchanges)
    } else if has("schemaType") || count(&["requestId", "modelId", "identity", "input", "operation"]) >= 3 {
        Looks::Like(Format::Bedrock, Log::Exchanges)
    } else if has("request_id") && count(&["call_type", "startTime", "spend", "api_key", "completion_tokens"]) >= 2 {
        Looks::Like(Format::Litellm, Log::Exchanges)
    } else if has("account_id") && has("created") && !has("exchange_id") {
        Looks::Like(Format::Jsonl, Log::Accounts)
    } else if has("exchange_id")
        || count(&["account_id", "time", "channel", "operation", "request_model", "status"]) >= 3
    {
        Looks::Like(Format::Jsonl, Log::Exchanges)
    } else {
        Looks::Strange
    }
}

/// The keys of the first rows, each as far as it lies in the head.
fn first_keys(text: &[u8]) -> impl Iterator<Item = Vec<String>> + '_ {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..)?;
        let open = memchr::memchr(b'{', rest)?;
        let (keys, length) = keys_of(&rest[open..]);
        start += open + length.max(1);
        Some(keys)
    })
    .take(ROWS)
}

/// The keys of the object that `text` begins with, and how far that object or its line goes.
fn keys_of(text: &[u8]) -> (Vec<String>, usize) {
    let (mut keys, mut depth, mut at) = (Vec::new(), 0_usize, 0);
    while let Some(&byte) = text.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= 1 => return (keys, at + 1),
            b'}' | b']' => depth -= 1,
            b'"' => {
                let end = string_end(text, at);
                let after = text.get(end..).unwrap_or_default().trim_ascii_start();
                if depth == 1 && after.starts_with(b":") {
                    keys.push(String::from_utf8_lossy(&text[at + 1..end - 1]).into_owned());
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    // A broken row hides those after it, so the next one is looked for on the next line.
    (keys, memchr::memchr(b'\n', text).map_or(text.len(), |end| end + 1))
}

/// The place after the string that begins at `start`; strings do not span lines.
fn string_end(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len().max(start + 2)
}

/// The beginning of the text in words.
fn seen(text: &[u8]) -> String {
    match text {
        [b'P', b'K', 3 | 5, ..] => return "is a zip archive; unpack it first".to_owned(),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return "is UTF-16 text; convert it to UTF-8".to_owned(),
        [b'B', b'Z', b'h', ..] => return "is packed with bzip2; unpack it first".to_owned(),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => return "is packed with xz; unpack it first".to_owned(),
        _ => {}
    }
    if text.starts_with(b"{") || text.starts_with(b"[") {
        let keys = first_keys(text).find(|keys| !keys.is_empty()).unwrap_or_default();
        if !keys.is_empty() {
            let shown: Vec<String> = keys.iter().take(8).map(|k| format!("`{}`", clip(k))).collect();
            return format!("is JSON whose first object has the keys {}", shown.join(", "));
        }
    }
    let line = text.split(|&b| b == b'\n').next().unwrap_or_default();
    let shown = &line[..line.len().min(300)];
    // A character may be cut by the limit; a byte that belongs to none says that this is no text.
    let valid = std::str::from_utf8(shown).map_or_else(|e| e.error_len().map_or(e.valid_up_to(), |_| 0), str::len);
    match std::str::from_utf8(&shown[..valid]) {
        Ok(line) if valid > 0 && !line.contains('\0') => format!("begins with the text `{}`", clip(line.trim_end())),
        _ => format!("begins with the bytes {}", hex(&text[..text.len().min(8)])),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" ")
}
