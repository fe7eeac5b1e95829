//! `NAME=value` lines of dotenv and shell files.

use super::tree::{Node, Pair, What};

/// Assignments as one map. Text that is no assignment is passed over: a shell file is mostly that.
pub(super) fn parse(text: &str) -> Node {
    let mut pairs = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if let Some((key, value)) = assignment(line) {
            let node = Node { span: start..at, what: What::Scalar(value.to_owned()), flow: false };
            pairs.push(Pair { key: key.to_owned(), start, value: node });
        }
    }
    Node { span: 0..text.len(), what: What::Map(pairs), flow: false }
}

/// Name and value of a line that assigns, with quotes taken off.
pub(crate) fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let line = ["export ", "set -gx ", "set -Ux ", "set -x ", "setx ", "setenv ", "$env:", "$Env:", "$ENV:"]
        .iter()
        .find_map(|word| line.strip_prefix(word))
        .unwrap_or(line)
        .trim_start();
    let cut = line.find(['=', ' ']).filter(|cut| *cut > 0)?;
    let (key, rest) = line.split_at_checked(cut)?;
    // PowerShell puts spaces around the sign.
    let rest = rest.strip_prefix(" =").map_or(rest, |_| rest.get(1..).unwrap_or_default());
    if !key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') || key.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let value = rest.get(1..)?.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote) {
            return Some((key, inner.split(quote).next().unwrap_or(inner)));
        }
    }
    Some((key, value.split(" #").next().unwrap_or(value).trim()))
}
