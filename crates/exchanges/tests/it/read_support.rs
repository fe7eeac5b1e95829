//! What the reader tests share: read bytes, show what came out.

use std::{fmt::Write, io::Cursor};

use exchanges::{Blocks, Exchange, Format, Limits, Log, Reject, StreamError};

/// Everything that came out of an input.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) rows: Vec<Exchange>,
    pub(crate) rejects: Vec<Reject>,
    pub(crate) passed_over: u64,
    pub(crate) blocks: usize,
    pub(crate) error: Option<StreamError>,
}

pub(crate) fn read(bytes: &[u8]) -> Outcome {
    read_as(bytes, Format::Auto, Limits::default())
}

pub(crate) fn read_as(bytes: &[u8], format: Format, limits: Limits) -> Outcome {
    collect(Blocks::open(Cursor::new(bytes.to_vec()), Log::Exchanges, format, limits))
}

pub(crate) fn collect(blocks: Result<Blocks, StreamError>) -> Outcome {
    let mut outcome = Outcome::default();
    let blocks = match blocks {
        Ok(blocks) => blocks,
        Err(error) => return Outcome { error: Some(error), ..outcome },
    };
    for block in blocks {
        match block {
            Ok(block) => {
                let parsed = block.exchanges();
                outcome.rows.extend(parsed.rows);
                outcome.rejects.extend(parsed.rejects);
                outcome.passed_over += parsed.passed_over;
                outcome.blocks += 1;
            }
            Err(error) => {
                assert!(outcome.error.is_none(), "one error at most");
                outcome.error = Some(error);
            }
        }
    }
    outcome
}

/// Ids, rejects and the error, one a line.
pub(crate) fn shown(outcome: &Outcome) -> String {
    let mut text = String::new();
    let ids: Vec<&str> = outcome.rows.iter().map(|x| x.exchange_id.as_str()).collect();
    writeln!(text, "rows: {}", ids.join(" ")).expect("writes to memory");
    if outcome.passed_over > 0 {
        writeln!(text, "passed over: {}", outcome.passed_over).expect("writes to memory");
    }
    for Reject { line, reason, detail, original } in &outcome.rejects {
        writeln!(text, "line {line} {reason}: {detail} [{} bytes]", original.len()).expect("writes to memory");
    }
    if let Some(error) = &outcome.error {
        writeln!(text, "error: {error}").expect("writes to memory");
    }
    text
}

/// A good row of exchange log v1.
pub(crate) fn row(id: &str) -> String {
    format!(
        r#"{{"exchange_id":"{id}","time":"2026-08-03T00:00:22.112882Z","account_id":"a1","channel":"direct","operation":"chat","request_model":"vela-4","prompt":"hello","status":200}}"#
    )
}

/// The good row with one field replaced by other JSON, or taken out.
pub(crate) fn row_with(field: &str, json: Option<&str>) -> String {
    let mut value: serde_json::Value = serde_json::from_str(&row("x1")).expect("the good row is JSON");
    let object = value.as_object_mut().expect("the good row is an object");
    object.remove(field);
    let mut text = serde_json::to_string(&value).expect("JSON serialises");
    if let Some(json) = json {
        text.truncate(text.len() - 1);
        write!(text, r#","{field}":{json}}}"#).expect("writes to memory");
    }
    text
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("writes to memory");
    encoder.finish().expect("writes to memory")
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).expect("writes to memory")
}
