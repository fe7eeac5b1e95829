//! YAML by its events, so that every value knows where it stands. Only the first document is looked at.

use saphyr_parser::{Event, Parser};

use super::tree::{Node, Pair, What};

const MAX_DEPTH: usize = 64;
const MAX_NODES: usize = 100_000;

struct Open {
    start: usize,
    end: usize,
    flow: bool,
    map: bool,
    keys: Vec<(String, usize)>,
    pairs: Vec<Pair>,
    list: Vec<Node>,
    awaits_value: bool,
}

pub(super) fn parse(text: &str) -> Option<Node> {
    let bytes = Offsets::new(text);
    let mut open: Vec<Open> = Vec::new();
    for (seen, event) in Parser::new_from_str(text).enumerate() {
        let (event, span) = event.ok()?;
        if seen > MAX_NODES || open.len() > MAX_DEPTH {
            return None;
        }
        let (start, end) = (bytes.byte(span.start.index())?, bytes.byte(span.end.index())?);
        let done = match event {
            Event::Scalar(value, ..) => {
                Some(Node { span: start..end.max(start), what: What::Scalar(value.into_owned()), flow: false })
            }
            Event::Alias(_) => {
                Some(Node { span: start..end.max(start), what: What::Scalar(String::new()), flow: false })
            }
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                let map = matches!(event, Event::MappingStart(..));
                let flow = text.get(start..).is_some_and(|rest| rest.starts_with(if map { '{' } else { '[' }));
                open.push(Open {
                    start,
                    end: start,
                    flow,
                    map,
                    keys: vec![],
                    pairs: vec![],
                    list: vec![],
                    awaits_value: false,
                });
                None
            }
            Event::MappingEnd | Event::SequenceEnd => {
                let closed = open.pop()?;
                // A block ends with its last value; the parser's end is where the next thing begins.
                let end = if closed.flow { end } else { closed.end };
                let what = if closed.map { What::Map(closed.pairs) } else { What::List(closed.list) };
                Some(Node { span: closed.start..end.max(closed.start), what, flow: closed.flow })
            }
            Event::DocumentEnd => return None,
            _ => None,
        };
        if let Some(node) = done {
            match open.last_mut() {
                None => return Some(node),
                Some(parent) => parent.take(node),
            }
        }
    }
    None
}

impl Open {
    fn take(&mut self, node: Node) {
        self.end = self.end.max(node.span.end);
        if !self.map {
            self.list.push(node);
        } else if self.awaits_value {
            self.awaits_value = false;
            if let Some((key, start)) = self.keys.pop() {
                self.pairs.push(Pair { key, start, value: node });
            }
        } else {
            let key = match node.what {
                What::Scalar(text) => text,
                _ => String::new(),
            };
            if self.pairs.is_empty() && !self.flow {
                self.start = node.span.start;
            }
            self.keys.push((key, node.span.start));
            self.awaits_value = true;
        }
    }
}

/// From positions in characters to positions in bytes.
struct Offsets {
    table: Option<Vec<usize>>,
    length: usize,
}

impl Offsets {
    fn new(text: &str) -> Self {
        let table = (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).chain([text.len()]).collect());
        Self { table, length: text.len() }
    }

    fn byte(&self, index: usize) -> Option<usize> {
        match &self.table {
            Some(table) => table.get(index).copied().or(Some(self.length)),
            None => Some(index.min(self.length)),
        }
    }
}
