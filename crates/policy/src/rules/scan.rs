//! A first look at a file of rules, before Cedar's parser: where statements begin, and whether they are too deep or too long.
//!
//! Cedar's parser, validator and evaluator recurse over what they read, so depth is limited here, on tokens, without recursion.

use super::Limits;

/// A statement of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Statement {
    /// From 1: the line of its first token.
    pub(super) line: usize,
    pub(super) excess: Option<Excess>,
}

/// A limit that a statement passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Excess {
    Depth,
    Operators,
}

struct Scan<'a> {
    limits: &'a Limits,
    statements: Vec<Statement>,
    line: usize,
    begun: Option<usize>,
    depth: usize,
    deepest: usize,
    operators: usize,
}

pub(super) fn statements(text: &str, limits: &Limits) -> Vec<Statement> {
    let mut scan = Scan { limits, statements: Vec::new(), line: 1, begun: None, depth: 0, deepest: 0, operators: 0 };
    let mut bytes = text.bytes().peekable();
    let mut word: Vec<u8> = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            scan.begin();
            // Only `if` matters, and only two letters are ever kept of a longer word.
            if word.len() < 3 {
                word.push(byte);
            }
            continue;
        }
        if word == b"if" {
            // An `if` nests without brackets.
            scan.deeper();
        }
        word.clear();
        match byte {
            b'\n' => scan.line += 1,
            b'/' if bytes.peek() == Some(&b'/') => {
                while bytes.peek().is_some_and(|b| *b != b'\n') {
                    bytes.next();
                }
            }
            b'"' => {
                scan.begin();
                while let Some(inner) = bytes.next() {
                    match inner {
                        b'\\' => {
                            bytes.next();
                        }
                        b'\n' => scan.line += 1,
                        b'"' => break,
                        _ => {}
                    }
                }
            }
            b'(' | b'[' | b'{' => {
                scan.begin();
                scan.deeper();
            }
            b')' | b']' | b'}' => scan.depth = scan.depth.saturating_sub(1),
            b';' => scan.end(),
            b'&' | b'|' | b'=' | b'!' | b'<' | b'>' | b'+' | b'-' | b'*' | b'.' => {
                scan.begin();
                scan.operators += 1;
            }
            _ if byte.is_ascii_whitespace() => {}
            _ => scan.begin(),
        }
    }
    if scan.begun.is_some() {
        scan.end();
    }
    scan.statements
}

impl Scan<'_> {
    fn begin(&mut self) {
        self.begun.get_or_insert(self.line);
    }

    fn deeper(&mut self) {
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
    }

    fn end(&mut self) {
        let excess = if self.deepest > self.limits.depth {
            Some(Excess::Depth)
        } else if self.operators > self.limits.operators {
            Some(Excess::Operators)
        } else {
            None
        };
        self.statements.push(Statement { line: self.begun.unwrap_or(self.line), excess });
        (self.begun, self.depth, self.deepest, self.operators) = (None, 0, 0, 0);
    }
}
