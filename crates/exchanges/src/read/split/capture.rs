//! Copying one JSON value out of a stream by its brackets and quotes alone.

use crate::read::Limits;

/// What a value is captured for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Row,
    Context,
    /// Read over and not kept.
    Skip,
}

/// Whether the value is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    No,
    Whole,
    /// A line end came where none may be.
    LineEnded,
}

/// A value being copied.
pub(super) struct Capture {
    pub(super) kind: Kind,
    pub(super) line: u64,
    bytes: Vec<u8>,
    length: u64,
    inside: Inside,
    depth: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Beginning,
    Containers,
    Text,
    Escape,
    Scalar,
}

impl Capture {
    pub(super) fn new(kind: Kind, line: u64) -> Self {
        Self { kind, line, bytes: Vec::new(), length: 0, inside: Inside::Beginning, depth: 0 }
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(super) fn is_scalar(&self) -> bool {
        self.inside == Inside::Scalar
    }

    /// Takes what belongs to the value; says how many bytes and whether it is complete.
    pub(super) fn feed(&mut self, rest: &[u8], limits: Limits, lined: bool) -> (usize, Done) {
        let (taken, done) = self.scan(rest, lined);
        self.length += taken as u64;
        if self.kind != Kind::Skip {
            if self.length <= limits.row_bytes as u64 {
                self.bytes.extend_from_slice(&rest[..taken]);
            } else {
                let room = limits.kept_bytes.saturating_sub(self.bytes.len()).min(taken);
                self.bytes.extend_from_slice(&rest[..room]);
                self.bytes.truncate(limits.kept_bytes);
                self.bytes.shrink_to_fit();
            }
        }
        (taken, done)
    }

    fn scan(&mut self, rest: &[u8], lined: bool) -> (usize, Done) {
        let mut at = 0;
        while let Some(&byte) = rest.get(at) {
            match (self.inside, byte) {
                (Inside::Text, b'"') if self.depth == 0 => return (at + 1, Done::Whole),
                (Inside::Text, b'"') => self.inside = Inside::Containers,
                (Inside::Text, b'\\') => self.inside = Inside::Escape,
                (Inside::Text | Inside::Escape | Inside::Containers, b'\n') if lined => {
                    return (at + 1, Done::LineEnded);
                }
                (Inside::Text, _) => {
                    at += memchr::memchr3(b'"', b'\\', b'\n', &rest[at + 1..]).map_or(rest.len() - at, |n| n + 1);
                    continue;
                }
                (Inside::Escape, _) => self.inside = Inside::Text,
                (Inside::Scalar, b',' | b']' | b'}') => return (at, Done::Whole),
                (Inside::Scalar, _) if byte.is_ascii_whitespace() => return (at, Done::Whole),
                (Inside::Scalar, _) => {}
                (Inside::Beginning | Inside::Containers, b'"') => self.inside = Inside::Text,
                (Inside::Beginning | Inside::Containers, b'{' | b'[') => {
                    self.inside = Inside::Containers;
                    self.depth += 1;
                }
                (Inside::Containers, b'}' | b']') => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return (at + 1, Done::Whole);
                    }
                }
                (Inside::Containers, _) => {}
                (Inside::Beginning, _) => self.inside = Inside::Scalar,
            }
            at += 1;
        }
        (at, Done::No)
    }
}
