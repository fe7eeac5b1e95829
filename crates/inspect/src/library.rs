//! The scripts of an artefact as one thread has parsed them: files that many others import are parsed once.

use std::cell::RefCell;

use oxc_allocator::{Allocator, HashMap};
use oxc_ast::ast::Program;
use oxc_parser::Parser;
use oxc_span::SourceType;

use crate::artifact::File;
use crate::{parse, relevance};

/// What is kept before a new library is begun.
const FULL_BYTES: usize = 160 << 20;

/// A file that was looked at.
#[derive(Clone, Copy)]
pub(crate) enum Parsed<'a> {
    Program(&'a Program<'a>),
    /// It is none, and why.
    Unread(&'static str),
}

/// From where to where functions go.
type Spans<'a> = &'a [(u32, u32)];

pub(crate) struct Library<'a> {
    pub(crate) allocator: &'a Allocator,
    /// By the file itself: two files of an archive may have one path.
    parsed: RefCell<HashMap<'a, *const File, Parsed<'a>>>,
    relevant: RefCell<HashMap<'a, *const File, Option<Spans<'a>>>>,
}

impl<'a> Library<'a> {
    /// A new one, which lives where it keeps its programs.
    pub(crate) fn within(allocator: &'a Allocator) -> &'a Self {
        let parsed = RefCell::new(HashMap::new_in(allocator));
        let relevant = RefCell::new(HashMap::new_in(allocator));
        allocator.alloc(Self { allocator, parsed, relevant })
    }

    pub(crate) fn is_full(&self) -> bool {
        self.allocator.used_bytes() > FULL_BYTES
    }

    pub(crate) fn parse(&self, file: &'a File) -> Parsed<'a> {
        let key = std::ptr::from_ref(file);
        if let Some(known) = self.parsed.borrow().get(&key) {
            return *known;
        }
        let parsed = parse_in(self.allocator, file);
        self.parsed.borrow_mut().insert(key, parsed);
        parsed
    }

    /// Which of a file's functions are worth following; nothing for a file that reads nothing, and for one that does not parse.
    pub(crate) fn relevance(&self, file: &'a File) -> Option<Spans<'a>> {
        let key = std::ptr::from_ref(file);
        if let Some(known) = self.relevant.borrow().get(&key) {
            return *known;
        }
        let Parsed::Program(program) = self.parse(file) else { return None };
        let spans = relevance::of(program, file.content.len());
        let spans = spans.map(|spans| &*self.allocator.alloc_slice_copy(&spans));
        self.relevant.borrow_mut().insert(key, spans);
        spans
    }
}

fn parse_in<'a>(allocator: &'a Allocator, file: &'a File) -> Parsed<'a> {
    let Ok(text) = std::str::from_utf8(&file.content) else {
        return Parsed::Unread("not UTF-8; searched for hosts only");
    };
    if !parse::is_shallow(text) {
        return Parsed::Unread("nests deeper than the parser may go; searched for hosts only");
    }
    let kind = SourceType::from_path(&file.path).unwrap_or_else(|_| SourceType::unambiguous());
    let mut parsed = Parser::new(allocator, text, parse::lenient(kind, &file.path)).parse();
    if parsed.panicked || !parsed.diagnostics.is_empty() {
        let again = Parser::new(allocator, text, SourceType::tsx()).parse();
        if !again.panicked && again.diagnostics.is_empty() {
            parsed = again;
        }
    }
    if parsed.panicked {
        return Parsed::Unread("does not parse; searched for hosts only");
    }
    Parsed::Program(allocator.alloc(parsed.program))
}
