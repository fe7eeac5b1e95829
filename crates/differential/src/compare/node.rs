//! A body as a tree that keeps order, and what differs between two of them.

use std::collections::{HashMap, HashSet};

use inspect::{Channel, Encoding};

use super::{Delta, clipped, text};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Text {
        value: String,
        raw: String,
        at: usize,
    },
    /// A number, a truth value or null, as written.
    Scalar {
        raw: String,
        at: usize,
    },
    Object {
        entries: Vec<(String, Node)>,
        at: usize,
    },
    Array {
        elements: Vec<Node>,
        at: usize,
    },
}

impl Node {
    pub(super) fn text(value: &str, at: usize) -> Self {
        Node::Text { value: value.to_owned(), raw: value.to_owned(), at }
    }

    fn at(&self) -> usize {
        match self {
            Node::Text { at, .. } | Node::Scalar { at, .. } | Node::Object { at, .. } | Node::Array { at, .. } => *at,
        }
    }

    /// What it says, without layout.
    pub(super) fn said(&self) -> String {
        match self {
            Node::Text { value, .. } => value.clone(),
            Node::Scalar { raw, .. } => raw.clone(),
            Node::Object { entries, .. } => {
                let all: Vec<String> = entries.iter().map(|(k, v)| format!("{k}: {}", v.said())).collect();
                format!("{{{}}}", all.join(", "))
            }
            Node::Array { elements, .. } => {
                format!("[{}]", elements.iter().map(Node::said).collect::<Vec<_>>().join(", "))
            }
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        match self {
            Node::Object { entries, .. } => entries.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    pub(super) fn value(&self) -> Option<&str> {
        match self {
            Node::Text { value, .. } => Some(value),
            _ => None,
        }
    }

    /// What an element of a list is called: tools have names.
    fn identity(&self) -> Option<String> {
        match self {
            Node::Text { value, .. } => Some(value.clone()),
            Node::Scalar { raw, .. } => Some(raw.clone()),
            Node::Object { .. } => {
                let named = self.get("function").unwrap_or(self);
                named.get("name").and_then(Node::value).map(str::to_owned)
            }
            Node::Array { .. } => None,
        }
    }
}

/// Where a comparison stands.
#[derive(Clone)]
pub(super) struct Place<'a> {
    /// Names of what is compared here, as `header` or nothing for a body.
    pub(super) part: &'a str,
    pub(super) pointer: String,
    pub(super) channel: Channel,
}

impl Place<'_> {
    fn below(&self, key: &str, channel: Channel) -> Self {
        let key = key.replace('~', "~0").replace('/', "~1");
        Self { part: self.part, pointer: format!("{}/{key}", self.pointer), channel }
    }

    fn named(&self, kind: &str) -> String {
        format!("{kind} {}{}", self.part, self.pointer)
    }

    fn shown(&self) -> String {
        match (self.part, self.pointer.as_str()) {
            ("", "") => "the whole body".to_owned(),
            ("", pointer) => pointer.to_owned(),
            (part, pointer) => format!("{part} {}", pointer.trim_start_matches('/')).trim_end().to_owned(),
        }
    }

    pub(super) fn delta(&self, kind: &str, encoding: Encoding, before: String, after: String, offset: usize) -> Delta {
        Delta {
            place: self.named(kind),
            shown: self.shown(),
            channel: self.channel,
            encoding,
            around_before: clipped(&before, 400),
            around_after: clipped(&after, 400),
            before: clipped(&before, 400),
            after: clipped(&after, 400),
            offset,
            range: None,
            by_number: false,
        }
    }
}

/// Everything that differs, in the order of the first.
pub(super) fn compare(usual: &Node, other: &Node, place: &Place<'_>, out: &mut Vec<Delta>) {
    match (usual, other) {
        (Node::Text { value, raw, .. }, Node::Text { value: second, raw: second_raw, at }) => {
            if value == second {
                if raw != second_raw {
                    out.push(place.delta("escapes", Encoding::Format, raw.clone(), second_raw.clone(), *at));
                }
                return;
            }
            for hunk in text::hunks(value, second) {
                let mut delta = place.delta("text", hunk.encoding, hunk.before, hunk.after, *at);
                delta.around_before = hunk.around_before;
                delta.around_after = hunk.around_after;
                delta.range = Some(hunk.range);
                delta.by_number = hunk.by_number;
                out.push(delta);
            }
        }
        (Node::Scalar { raw, .. }, Node::Scalar { raw: second, at }) if raw != second => {
            let same = raw.parse::<f64>().is_ok_and(|a| second.parse::<f64>().is_ok_and(|b| a == b));
            let encoding = if same { Encoding::Format } else { Encoding::Plain };
            out.push(place.delta("value", encoding, raw.clone(), second.clone(), *at));
        }
        (Node::Scalar { .. }, Node::Scalar { .. }) => {}
        (Node::Object { entries, .. }, Node::Object { entries: second, at }) => {
            let (a, b) = (numbered(entries), numbered(second));
            members(&a, &b, place, *at, place.pointer.is_empty() && place.part.is_empty(), out);
        }
        (Node::Array { elements, .. }, Node::Array { elements: second, at }) => {
            arrays(elements, second, place, *at, out)
        }
        (a, b) => out.push(place.delta("kind", Encoding::Plain, a.said(), b.said(), b.at())),
    }
}

/// Keys that come more than once get a number.
fn numbered(entries: &[(String, Node)]) -> Vec<(String, &Node)> {
    let mut times: HashMap<&str, usize> = HashMap::new();
    entries
        .iter()
        .map(|(key, node)| {
            let n = times.entry(key).or_default();
            *n += 1;
            (if *n == 1 { key.clone() } else { format!("{key}#{n}") }, node)
        })
        .collect()
}

/// Members by key: those that one of the two lacks, their order, and what they hold.
fn members(
    usual: &[(String, &Node)],
    other: &[(String, &Node)],
    place: &Place<'_>,
    at: usize,
    root: bool,
    out: &mut Vec<Delta>,
) {
    let first: HashMap<&str, &Node> = usual.iter().map(|(k, n)| (k.as_str(), *n)).collect();
    let second: HashMap<&str, &Node> = other.iter().map(|(k, n)| (k.as_str(), *n)).collect();
    let inner = |key: &str, node: &Node| {
        place.below(key, if root { root_channel(key, place.channel) } else { element_channel(node, place) })
    };
    let gone: Vec<&(String, &Node)> = usual.iter().filter(|(k, _)| !second.contains_key(k.as_str())).collect();
    let mut new: Vec<&(String, &Node)> = other.iter().filter(|(k, _)| !first.contains_key(k.as_str())).collect();
    for (key, node) in gone {
        // A key that only reads alike is the same key, marked.
        let alike = new
            .iter()
            .position(|(k, n)| inspect::between(&[key.clone(), k.clone()]).is_some() && n.said() == node.said());
        match alike {
            Some(i) => {
                let (renamed, twin) = new.remove(i);
                let encoding = inspect::between(&[key.clone(), renamed.clone()]).unwrap_or(Encoding::Plain);
                out.push(inner(key, node).delta("key", encoding, key.clone(), renamed.clone(), twin.at()));
            }
            None => out.push(inner(key, node).delta("presence", Encoding::Presence, node.said(), String::new(), at)),
        }
    }
    for (key, node) in new {
        out.push(inner(key, node).delta("presence", Encoding::Presence, String::new(), node.said(), node.at()));
    }
    let common = |all: &[(String, &Node)], has: &HashMap<&str, &Node>| {
        all.iter().map(|(k, _)| k.as_str()).filter(|k| has.contains_key(k)).map(str::to_owned).collect::<Vec<_>>()
    };
    order(&common(usual, &second), &common(other, &first), place, at, out);
    for (key, node) in usual {
        if let Some(twin) = second.get(key.as_str()) {
            compare(node, twin, &inner(key, node), out);
        }
    }
}

pub(super) fn order(usual: &[String], other: &[String], place: &Place<'_>, at: usize, out: &mut Vec<Delta>) {
    if usual != other {
        out.push(place.delta("order", Encoding::Ordering, usual.join(", "), other.join(", "), at));
    }
}

fn arrays(usual: &[Node], other: &[Node], place: &Place<'_>, at: usize, out: &mut Vec<Delta>) {
    let named = |all: &[Node]| -> Option<Vec<String>> {
        let names: Vec<String> =
            all.iter().map(|n| n.identity().filter(|_| matches!(n, Node::Object { .. }))).collect::<Option<_>>()?;
        let unique: HashSet<&String> = names.iter().collect();
        (unique.len() == names.len() && !names.is_empty()).then_some(names)
    };
    if let (Some(a), Some(b)) = (named(usual), named(other)) {
        let pairs = |names: Vec<String>, all: &'_ [Node]| names.into_iter().zip(all.to_vec()).collect::<Vec<_>>();
        let (a, b) = (pairs(a, usual), pairs(b, other));
        let (a, b): (Vec<_>, Vec<_>) =
            (a.iter().map(|(k, n)| (k.clone(), n)).collect(), b.iter().map(|(k, n)| (k.clone(), n)).collect());
        return members(&a, &b, place, at, false, out);
    }
    let (first, second): (Vec<String>, Vec<String>) =
        (usual.iter().map(Node::said).collect(), other.iter().map(Node::said).collect());
    if first != second && usual.len() == other.len() {
        let sorted = |all: &[String]| {
            let mut all = all.to_vec();
            all.sort_unstable();
            all
        };
        if sorted(&first) == sorted(&second) {
            return order(&first, &second, place, at, out);
        }
    }
    // Elements that were put in or left out, with the rest in place.
    let ops = similar::capture_diff_slices(similar::Algorithm::Myers, &first, &second);
    for op in ops {
        let (old, new) = (op.old_range(), op.new_range());
        let both = old.len().min(new.len());
        for i in 0..both {
            let (a, b) = (&usual[old.start + i], &other[new.start + i]);
            compare(a, b, &place.below(&(old.start + i).to_string(), element_channel(a, place)), out);
        }
        if op.tag() == similar::DiffTag::Equal {
            continue;
        }
        for (i, node) in usual.iter().enumerate().take(old.end).skip(old.start + both) {
            out.push(place.below(&i.to_string(), element_channel(node, place)).delta(
                "presence",
                Encoding::Presence,
                node.said(),
                String::new(),
                at,
            ));
        }
        for (i, node) in other.iter().enumerate().take(new.end).skip(new.start + both) {
            out.push(place.below(&i.to_string(), element_channel(node, place)).delta(
                "presence",
                Encoding::Presence,
                String::new(),
                node.said(),
                node.at(),
            ));
        }
    }
}

/// What a member of a request's body is to the model.
fn root_channel(key: &str, outer: Channel) -> Channel {
    match key {
        "system" | "instructions" | "system_instruction" | "systemInstruction" | "developer" => Channel::SystemPrompt,
        "messages" | "input" | "prompt" | "contents" | "suffix" => Channel::UserPrompt,
        "tools" | "functions" | "toolConfig" => Channel::ToolDescription,
        _ => outer,
    }
}

/// Messages say in whose name they are.
fn element_channel(node: &Node, place: &Place<'_>) -> Channel {
    match node.get("role").and_then(Node::value) {
        Some("system" | "developer") if place.channel == Channel::UserPrompt => Channel::SystemPrompt,
        _ => place.channel,
    }
}
