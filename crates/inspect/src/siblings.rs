//! Files of an artefact that others import, by paths and by the names of its packages.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use oxc_allocator::HashMap;
use oxc_ast::ast::Program;
use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::artifact::File;
use crate::flow::Loader;
use crate::library::{Library, Parsed};
use crate::packages::Packages;

/// Bytes of other files that following one file may bring in.
const SIBLINGS_BYTES: usize = 8 << 20;
/// Files longer than this are not brought in.
const SIBLING_MAX: usize = 1 << 20;

/// Other files of the artefact, for the imports of one.
pub(crate) struct Siblings<'a> {
    library: &'a Library<'a>,
    index: &'a FxHashMap<&'a str, &'a File>,
    packages: &'a Packages<'a>,
    budget: Cell<usize>,
    /// Files that were brought in already.
    brought: RefCell<HashMap<'a, *const File, ()>>,
    /// Whether files that read about the machine are followed by themselves.
    alone: bool,
}

impl<'a> Siblings<'a> {
    pub(crate) fn new(
        library: &'a Library<'a>,
        index: &'a FxHashMap<&'a str, &'a File>,
        packages: &'a Packages<'a>,
        alone: bool,
    ) -> Self {
        let brought = RefCell::new(HashMap::new_in(library.allocator));
        Siblings { library, index, packages, budget: Cell::new(SIBLINGS_BYTES), brought, alone }
    }

    /// For the next file.
    pub(crate) fn renew(&self) {
        self.budget.set(SIBLINGS_BYTES);
    }

    /// Where a specifier may lead, before it is known what kind of file is there.
    fn bases(&self, from: &str, specifier: &str) -> Vec<String> {
        match specifier.as_bytes() {
            // Names that configurations of compilers give to a package's own sources.
            [b'@' | b'~', b'/', ..] => {
                let folder = if from.starts_with("src/") { "src/x" } else { "x" };
                joined(folder, &specifier[2..]).into_iter().collect()
            }
            [b'/', ..] => Vec::new(),
            [b'.', ..] => joined(from, specifier).into_iter().collect(),
            _ => self.packages.resolve(from, specifier),
        }
    }

    /// Whether a file may still be brought in.
    fn fits(&self, file: &File) -> bool {
        if file.content.len() > SIBLING_MAX {
            return false;
        }
        if self.brought.borrow().contains_key(&std::ptr::from_ref(file)) {
            return true;
        }
        let Some(left) = self.budget.get().checked_sub(file.content.len()) else { return false };
        self.budget.set(left);
        self.brought.borrow_mut().insert(std::ptr::from_ref(file), ());
        true
    }
}

impl<'a> Loader<'a> for Siblings<'a> {
    fn load(&self, from: &str, specifier: &str) -> Option<(Rc<str>, &'a Program<'a>)> {
        let bases = self.bases(from, specifier);
        let file = bases.iter().find_map(|base| endings(base).find_map(|path| self.index.get(path.as_str())))?;
        match self.fits(file).then(|| self.library.parse(file))? {
            Parsed::Program(program) => Some((file.path.as_str().into(), program)),
            Parsed::Unread(_) => None,
        }
    }

    fn table(&self, from: &str, specifier: &str) -> Option<Value> {
        if !specifier.ends_with(".json") {
            return None;
        }
        let file = self.bases(from, specifier).iter().find_map(|base| self.packages.table(base))?;
        self.fits(file).then(|| serde_json::from_slice(&file.content).ok())?
    }

    fn is_followed(&self, path: &str) -> bool {
        self.alone && self.index.get(path).is_some_and(|file| self.library.relevance(file).is_some())
    }
}

/// A path from the folder of a file on.
fn joined(from: &str, specifier: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for p in specifier.split('/') {
        match p {
            "." | "" => {}
            ".." => {
                parts.pop()?;
            }
            p => parts.push(p),
        }
    }
    Some(parts.join("/"))
}

/// The files that a path without its ending, or with the one that a compiler will give it, may mean.
fn endings(base: &str) -> impl Iterator<Item = String> {
    let stem = base.strip_suffix(".js").or_else(|| base.strip_suffix(".mjs")).unwrap_or(base);
    let own = ["", ".js", ".ts", ".mjs", ".cjs"].map(|end| format!("{base}{end}"));
    let written = [".ts", ".tsx"].map(|end| format!("{stem}{end}"));
    let others = ["/index.js", "/index.ts", ".jsx", ".tsx"].map(|end| format!("{base}{end}"));
    own.into_iter().chain(written).chain(others)
}
