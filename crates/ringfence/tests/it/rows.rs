//! Small logs.

use serde_json::json;

/// One exchange of log v1 as a line; `n` makes its id and its minute.
pub(crate) fn exchange(n: u32, account: &str, prompt: &str) -> String {
    let time = format!("2026-08-{:02}T{:02}:{:02}:00Z", 3 + n / 1440 % 20, n / 60 % 24, n % 60);
    let row = json!({
        "exchange_id": format!("x{n}"), "time": time, "account_id": account, "channel": "direct",
        "client_address": "198.51.100.7", "operation": "chat", "request_model": "vela-4",
        "system": "You are terse.", "prompt": prompt, "input_tokens": 12, "output_tokens": 34, "status": 200,
    });
    format!("{row}\n")
}

/// The exchange with one field changed.
pub(crate) fn with(n: u32, field: &str, value: serde_json::Value) -> String {
    let mut row: serde_json::Value = serde_json::from_str(&exchange(n, "a1", "hello")).expect("a row");
    row[field] = value;
    format!("{row}\n")
}

pub(crate) fn exchanges(numbers: std::ops::Range<u32>) -> String {
    numbers.map(|n| exchange(n, &format!("a{}", n % 7), &format!("What is the {n}th prime number?"))).collect()
}

pub(crate) fn account(id: &str) -> String {
    let row =
        json!({"account_id": id, "created": "2026-07-01T00:00:00Z", "plan": "api", "email_domain": "example.org"});
    format!("{row}\n")
}

pub(crate) fn zst(text: &str) -> Vec<u8> {
    zstd::encode_all(text.as_bytes(), 1).expect("packs in memory")
}

pub(crate) fn gz(text: &str) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packer, text.as_bytes()).expect("packs in memory");
    packer.finish().expect("packs in memory")
}
