//! The head of a request: its lines in their order, as written.

use super::node::Node;

/// Headers that say how the body travels, or that another difference brings with it.
const DERIVED: [&str; 3] = ["content-length", "transfer-encoding", "expect"];
/// Headers that a library adds or drops when it speaks to a proxy.
const HOP: [&str; 6] = ["proxy-connection", "proxy-authorization", "connection", "keep-alive", "te", "via"];

pub(super) struct Header {
    /// As written.
    pub(super) name: String,
    /// The colon and the blanks after it.
    pub(super) gap: String,
    pub(super) value: String,
    pub(super) at: usize,
}

impl Header {
    pub(super) fn lower(&self) -> String {
        self.name.to_ascii_lowercase()
    }

    pub(super) fn is_derived(&self) -> bool {
        DERIVED.contains(&self.lower().as_str())
    }

    pub(super) fn is_hop(&self) -> bool {
        HOP.contains(&self.lower().as_str())
    }
}

/// Lines after the first; hyper has read the same bytes as a request, so what is no header here was none there.
pub(super) fn headers(head: &[u8]) -> Vec<Header> {
    let mut at = 0;
    let mut all = Vec::new();
    for (i, line) in head.split(|b| *b == b'\n').enumerate() {
        let text = text_of(line.strip_suffix(b"\r").unwrap_or(line));
        if i > 0
            && let Some((name, rest)) = text.split_once(':')
        {
            let value = rest.trim_start_matches([' ', '\t']);
            all.push(Header {
                name: name.to_owned(),
                gap: format!(":{}", &rest[..rest.len() - value.len()]),
                value: value.to_owned(),
                at,
            });
        }
        at += line.len() + 1;
    }
    all
}

/// UTF-8 where it is that, else each byte as its character.
fn text_of(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|b| char::from(*b)).collect(), str::to_owned)
}

/// Values by lower-case name.
pub(super) fn values(headers: &[&Header]) -> Node {
    Node::Object { entries: headers.iter().map(|h| (h.lower(), Node::text(&h.value, h.at))).collect(), at: 0 }
}

/// Names as written, by lower-case name.
pub(super) fn names(headers: &[&Header]) -> Node {
    Node::Object { entries: headers.iter().map(|h| (h.lower(), Node::text(&h.name, h.at))).collect(), at: 0 }
}

/// Colons and blanks, by lower-case name.
pub(super) fn gaps(headers: &[&Header]) -> Node {
    Node::Object { entries: headers.iter().map(|h| (h.lower(), Node::text(&h.gap, h.at))).collect(), at: 0 }
}
