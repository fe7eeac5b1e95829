//! What reading costs a row: cutting and parsing, by format and packing. `cargo bench -p exchanges --bench read`

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a bench reads the clock and prints figures")]

use std::{hint::black_box, io::Cursor, io::Write, sync::Arc, time::Instant};

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use bytes::Bytes;
use exchanges::{Block, Blocks, Format, Limits, Log};

const ROWS: usize = 100_000;
const TURNS: usize = 5;

fn main() {
    let lines = lines();
    println!("{ROWS} rows of {} bytes", lines.len() / ROWS);
    report("jsonl", || open(lines.clone()));
    let zstd = zstd::encode_all(lines.as_slice(), 3).expect("writes to memory");
    report("jsonl.zst", || open(zstd.clone()));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&lines).expect("writes to memory");
    let gzip = gzip.finish().expect("writes to memory");
    report("jsonl.gz", || open(gzip.clone()));
    let list = format!("[{}]", String::from_utf8(lines).expect("is UTF-8").trim_end().replace('\n', ","));
    report("one JSON list", || open(list.clone().into_bytes()));
    let table = table();
    report("parquet", || {
        Blocks::open_file(table.clone(), Log::Exchanges, Format::Auto, Limits::default()).expect("is a good log")
    });
}

fn open(bytes: Vec<u8>) -> Blocks {
    Blocks::open(Cursor::new(bytes), Log::Exchanges, Format::Auto, Limits::default()).expect("is a good log")
}

/// The best of some turns, in microseconds a row on one core.
fn report(name: &str, open: impl Fn() -> Blocks) {
    let (mut cut, mut parse) = (f64::MAX, f64::MAX);
    for _ in 0..TURNS {
        let blocks = open();
        let start = Instant::now();
        let blocks: Vec<Block> = blocks.map(|block| block.expect("is a good log")).collect();
        cut = cut.min(micros(start));
        let start = Instant::now();
        let rows: usize = blocks.iter().map(|block| black_box(block.exchanges()).rows.len()).sum();
        parse = parse.min(micros(start));
        assert_eq!(rows, ROWS);
    }
    println!("{name:14} cut {cut:5.2} us/row, parse {parse:5.2} us/row");
}

fn micros(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e6 / ROWS as f64
}

fn prompt(n: usize) -> String {
    let words =
        "please look at the following rows and say which of them do not fit the others, with one reason each\\n";
    format!("{n}: {}", words.repeat(3))
}

fn lines() -> Vec<u8> {
    let mut bytes = Vec::new();
    for n in 0..ROWS {
        let prompt = prompt(n);
        writeln!(bytes, r#"{{"exchange_id":"x{n:020x}","time":"2026-08-03T00:00:22.112882Z","account_id":"acct_{:020x}","organization_id":null,"credential_id":"key_a0395146f902","channel":"direct","client_address":"2001:db8:f89d:6fce:e1a1:1241:8b35:6300","user_agent":"vela-sdk-js/0.58.0","operation":"chat","request_model":"vela-4-large","system":null,"prompt":"{prompt}","conversation_id":null,"turn":1,"input_tokens":70,"output_tokens":200,"max_tokens":1024,"temperature":null,"reasoning":true,"tools":0,"stream":true,"status":200,"latency_ms":2731}}"#, n % 500).expect("writes to memory");
    }
    bytes
}

fn table() -> Bytes {
    let each = |of: &dyn Fn(usize) -> String| Arc::new(StringArray::from_iter_values((0..ROWS).map(of))) as ArrayRef;
    let same = |text: &str| each(&|_| text.to_owned());
    let number = |n: i64| Arc::new(Int64Array::from(vec![n; ROWS])) as ArrayRef;
    let times = TimestampMicrosecondArray::from(vec![1_785_715_222_112_882; ROWS]).with_timezone("UTC");
    let batch = RecordBatch::try_from_iter([
        ("exchange_id", each(&|n| format!("x{n:020x}"))),
        ("time", Arc::new(times) as ArrayRef),
        ("account_id", each(&|n| format!("acct_{:020x}", n % 500))),
        ("credential_id", same("key_a0395146f902")),
        ("channel", same("direct")),
        ("client_address", same("2001:db8:f89d:6fce:e1a1:1241:8b35:6300")),
        ("user_agent", same("vela-sdk-js/0.58.0")),
        ("operation", same("chat")),
        ("request_model", same("vela-4-large")),
        ("prompt", each(&prompt)),
        ("turn", number(1)),
        ("input_tokens", number(70)),
        ("output_tokens", number(200)),
        ("max_tokens", number(1024)),
        ("status", number(200)),
        ("latency_ms", number(2731)),
    ]);
    let batch = batch.expect("columns of one length");
    let mut writer = parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), None).expect("can be written");
    writer.write(&batch).expect("writes to memory");
    writer.into_inner().expect("writes to memory").into()
}
