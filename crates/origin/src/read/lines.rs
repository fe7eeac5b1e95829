//! Lines of a text table, counted, trimmed and limited.

use super::{Fault, Problem};
use crate::network::clip;

/// The lines that hold something, each with its number from 1.
pub(super) fn lines(bytes: &[u8], limit: usize) -> impl Iterator<Item = Result<(usize, &str), Fault>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.split(|&byte| byte == b'\n').zip(1..).filter_map(move |(line, number)| {
        let fail = |problem| Some(Err((Some(number), problem)));
        if line.len() > limit {
            return fail(Problem::LongLine(limit));
        }
        match std::str::from_utf8(line) {
            Err(_) => fail(Problem::NotUtf8),
            Ok(line) => Some(line.trim()).filter(|line| !is_remark(line)).map(|line| Ok((number, line))),
        }
    })
}

fn is_remark(line: &str) -> bool {
    line.is_empty() || line.starts_with(['#', ';']) || line.starts_with("//")
}

/// A line without the remark at its end.
pub(super) fn without_remark(line: &str) -> &str {
    line.split(['#', ';']).next().unwrap_or(line).trim_end()
}

/// An AS number with or without the letters before it.
pub(crate) fn asn(text: &str) -> Result<u32, Problem> {
    let digits = text.strip_prefix("AS").or_else(|| text.strip_prefix("as")).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number).ok_or_else(|| Problem::NotAsn(clip(text)))
}
