//! Cutting JSON documents of any size into rows: the elements of one list, or the spans inside OTLP requests.
//!
//! Rows are copied out as they stand and are checked by their own parser; only the containers around them are read here. Where
//! those are broken, the rows already complete stay, one reject says what was skipped, and reading goes on at the next
//! line that begins a value.

mod capture;

use std::io::{self, Read};

use self::capture::{Capture, Kind};
use super::{
    Limits,
    rows::{Rows, Span, too_long},
};
use crate::{Reject, reject::Reason};

/// How the rows of a text are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One row a line.
    Lines,
    /// One list of rows, or rows after one another, over any number of lines.
    Rows,
    /// OTLP/JSON requests; `lined` when each stands on its own line.
    Otlp { lined: bool },
}

/// Cuts documents into rows.
pub(super) struct Splitter {
    limits: Limits,
    otlp: bool,
    lined: bool,
    stack: Vec<Place>,
    state: State,
    key: Vec<u8>,
    line: u64,
    /// Where the value at the top began.
    top_line: u64,
    /// After a fault the closing brackets of what was broken are no faults of their own.
    recovered: bool,
    context: Context,
    chunk: Vec<u8>,
    ended: bool,
}

/// The containers around the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Rows,
    Requests,
    Request,
    Resources,
    Resource,
    Scopes,
    Scope,
    Spans,
}

enum State {
    /// A value comes, or the end of the list.
    Value,
    /// After a value: a comma, or the end of the container.
    Comma,
    Key,
    InKey {
        escaped: bool,
    },
    Colon,
    Capture(Capture),
    /// After a fault, until a line begins a value.
    Skip(Skipped),
}

struct Skipped {
    line: u64,
    detail: String,
    length: u64,
    kept: Vec<u8>,
    line_begins: bool,
}

/// The resource of the spans that follow, and its place in the block when it is in it.
#[derive(Default)]
struct Context {
    bytes: Option<Vec<u8>>,
    at: Option<usize>,
}

const CHUNK_BYTES: usize = 64 << 10;
/// Longer keys are none of those looked for.
const KEY_BYTES: usize = 32;

impl Splitter {
    pub(super) fn new(shape: Shape, limits: Limits) -> Self {
        Self {
            limits,
            otlp: matches!(shape, Shape::Otlp { .. }),
            lined: shape == Shape::Otlp { lined: true },
            stack: Vec::new(),
            state: State::Value,
            key: Vec::new(),
            line: 1,
            top_line: 1,
            recovered: false,
            context: Context::default(),
            chunk: Vec::new(),
            ended: false,
        }
    }

    /// The next rows; `None` at the end. Where reading fails, the rows before it come with the error.
    pub(super) fn next(&mut self, text: &mut impl Read) -> Option<(Rows, io::Result<()>)> {
        if self.ended {
            return None;
        }
        let mut rows = Rows::default();
        self.context.at = None;
        loop {
            let mut chunk = std::mem::take(&mut self.chunk);
            chunk.clear();
            let read = text.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut chunk);
            let begin = if self.line == 1 && self.top_line == 1 && chunk.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
            self.feed(&chunk[begin..], &mut rows);
            self.ended = chunk.is_empty() || read.is_err();
            self.chunk = chunk;
            if self.ended {
                self.finish(&mut rows);
                return Some((rows, read.map(drop)));
            }
            let rejected: usize = rows.rejects.iter().map(|r| r.original.len()).sum();
            if rows.bytes.len() + rejected >= self.limits.block_bytes {
                return Some((rows, Ok(())));
            }
        }
    }

    fn feed(&mut self, chunk: &[u8], rows: &mut Rows) {
        let mut at = 0;
        while let Some(rest) = chunk.get(at..).filter(|rest| !rest.is_empty()) {
            at += match &mut self.state {
                State::Capture(capture) => {
                    let (taken, done) = capture.feed(rest, self.limits, self.lined);
                    self.line += memchr::memchr_iter(b'\n', &rest[..taken]).count() as u64;
                    match done {
                        capture::Done::No => {}
                        capture::Done::Whole => self.captured(rows),
                        capture::Done::LineEnded => self.line_ended(rows),
                    }
                    taken
                }
                State::Skip(_) => self.skip(rest, rows),
                _ => self.structure(rest[0], rows),
            };
        }
    }

    /// Takes one byte of what stands around the rows; says how many were used.
    fn structure(&mut self, byte: u8, rows: &mut Rows) -> usize {
        if let State::InKey { escaped } = &mut self.state {
            match byte {
                b'"' if !*escaped => self.state = State::Colon,
                _ => {
                    *escaped = byte == b'\\' && !*escaped;
                    if self.key.len() <= KEY_BYTES {
                        self.key.push(byte);
                    }
                }
            }
            return 1;
        }
        if byte == b'\n' {
            self.line += 1;
            if self.lined && !self.stack.is_empty() {
                self.line_ended(rows);
            }
            return 1;
        }
        if byte.is_ascii_whitespace() {
            return 1;
        }
        match (&self.state, byte) {
            (State::Value, b']') if self.in_list() => self.close(),
            (State::Value, b',' | b']' | b'}') if self.stack.is_empty() && self.recovered => {}
            (State::Value, _) => return self.begin(byte),
            (State::Comma, b',') => self.state = if self.in_list() { State::Value } else { State::Key },
            (State::Comma, b']') if self.in_list() => self.close(),
            (State::Comma | State::Key, b'}') if !self.in_list() => self.close(),
            (State::Comma, _) => return self.fault(byte, "a comma or the closing bracket"),
            (State::Key, b'"') => {
                self.key.clear();
                self.state = State::InKey { escaped: false };
            }
            (State::Key, _) => return self.fault(byte, "a key in quotes"),
            (State::Colon, b':') => self.state = State::Value,
            (State::Colon, _) => return self.fault(byte, "a colon"),
            (State::InKey { .. } | State::Capture(_) | State::Skip(_), _) => {}
        }
        1
    }

    fn in_list(&self) -> bool {
        matches!(
            self.stack.last(),
            Some(Place::Rows | Place::Requests | Place::Resources | Place::Scopes | Place::Spans)
        )
    }

    /// Decides what the value that begins with `byte` is.
    fn begin(&mut self, byte: u8) -> usize {
        if !matches!(byte, b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') {
            return self.fault(byte, "a value");
        }
        if self.stack.is_empty() {
            self.top_line = self.line;
        }
        let place = self.stack.last().copied();
        let inside = match (place, byte, self.key.as_slice()) {
            (None, b'{', _) if self.otlp => Place::Request,
            (None, b'[', _) if self.otlp => Place::Requests,
            (None, b'[', _) => Place::Rows,
            (Some(Place::Requests), b'{', _) => Place::Request,
            (Some(Place::Request), b'[', b"resourceSpans" | b"resource_spans") => Place::Resources,
            (Some(Place::Resources), b'{', _) => {
                self.context = Context::default();
                Place::Resource
            }
            (Some(Place::Resource), _, b"resource") => return self.capture(Kind::Context),
            (
                Some(Place::Resource),
                b'[',
                b"scopeSpans" | b"scope_spans" | b"instrumentationLibrarySpans" | b"instrumentation_library_spans",
            ) => Place::Scopes,
            (Some(Place::Scopes), b'{', _) => Place::Scope,
            (Some(Place::Scope), b'[', b"spans") => Place::Spans,
            (Some(Place::Request | Place::Resource | Place::Scope), _, _) => return self.capture(Kind::Skip),
            // Rows, and whatever stands where a row or its container should: its parser will say what is wrong with it.
            (None | Some(_), _, _) => return self.capture(Kind::Row),
        };
        self.stack.push(inside);
        self.state = if self.in_list() { State::Value } else { State::Key };
        1
    }

    fn capture(&mut self, kind: Kind) -> usize {
        self.state = State::Capture(Capture::new(kind, self.line));
        0
    }

    fn close(&mut self) {
        self.stack.pop();
        self.after_value();
    }

    fn after_value(&mut self) {
        if self.stack.is_empty() {
            // Requests that each end on the line they began on stand one a line.
            self.lined |= self.otlp && self.top_line == self.line;
            self.state = State::Value;
        } else {
            self.state = State::Comma;
        }
    }

    fn captured(&mut self, rows: &mut Rows) {
        let State::Capture(done) = std::mem::replace(&mut self.state, State::Value) else { return };
        if done.length() > self.limits.row_bytes as u64 && done.kind != Kind::Skip {
            rows.rejects.push(too_long(done.line, done.length(), self.limits.row_bytes, done.bytes()));
        } else if done.kind == Kind::Context {
            self.context = Context { bytes: Some(done.into_bytes()), at: None };
        } else if done.kind == Kind::Row {
            let context = self.context.place_in(rows);
            let start = rows.bytes.len();
            rows.bytes.extend_from_slice(done.bytes());
            rows.spans.push(Span { range: start..rows.bytes.len(), line: done.line, context });
        }
        self.after_value();
    }

    /// A line that should hold a whole request ends before it does.
    fn line_ended(&mut self, rows: &mut Rows) {
        self.cut_off(rows, "line ends inside an OTLP request; was it cut?");
        self.restart();
    }

    fn cut_off(&mut self, rows: &mut Rows, detail: &str) {
        let (line, original) = match std::mem::replace(&mut self.state, State::Value) {
            State::Capture(partial) => (partial.line, partial.into_bytes()),
            _ => (self.top_line, Vec::new()),
        };
        rows.rejects.push(Reject { line, reason: Reason::Truncated, detail: detail.to_owned(), original });
    }

    fn restart(&mut self) {
        self.stack.clear();
        self.state = State::Value;
        self.context = Context::default();
        self.recovered = true;
    }

    fn fault(&mut self, byte: u8, expected: &str) -> usize {
        let found = char::from(byte).escape_default();
        let detail = format!("JSON around the rows is broken: expected {expected}, found `{found}`");
        self.restart();
        self.state = State::Skip(Skipped { line: self.line, detail, length: 0, kept: Vec::new(), line_begins: false });
        0
    }

    fn skip(&mut self, rest: &[u8], rows: &mut Rows) -> usize {
        let State::Skip(skipped) = &mut self.state else { return 0 };
        if skipped.line_begins && matches!(rest[0], b'{' | b'[') {
            rows.rejects.push(skipped.reject());
            self.state = State::Value;
            return 0;
        }
        let end = memchr::memchr(b'\n', rest);
        let taken = end.map_or(rest.len(), |at| at + 1);
        let room = self.limits.kept_bytes.saturating_sub(skipped.kept.len()).min(taken);
        skipped.kept.extend_from_slice(&rest[..room]);
        skipped.length += taken as u64;
        skipped.line_begins = end.is_some();
        self.line += u64::from(end.is_some());
        taken
    }

    fn finish(&mut self, rows: &mut Rows) {
        if let State::Skip(skipped) = &mut self.state {
            rows.rejects.push(skipped.reject());
            return;
        }
        if self.stack.is_empty() && matches!(&self.state, State::Capture(capture) if capture.is_scalar()) {
            self.captured(rows);
        } else if !self.stack.is_empty() || matches!(self.state, State::Capture(_)) {
            self.cut_off(rows, "document ends before its closing brackets; rows before the cut were read");
        }
    }
}

impl Skipped {
    fn reject(&mut self) -> Reject {
        let detail =
            format!("{}; {} bytes were skipped, up to the next line that begins a value", self.detail, self.length);
        Reject { line: self.line, reason: Reason::BadJson, detail, original: std::mem::take(&mut self.kept) }
    }
}

impl Context {
    /// Puts the context into the block, once, and says where it is.
    fn place_in(&mut self, rows: &mut Rows) -> Option<usize> {
        let bytes = self.bytes.as_ref()?;
        if self.at.is_none() {
            rows.contexts.push(bytes.clone());
            self.at = Some(rows.contexts.len() - 1);
        }
        self.at
    }
}
