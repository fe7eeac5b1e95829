//! How files of an artefact find each other: by paths, and by the names of the packages that are in it.

use std::cell::Cell;
use std::rc::Rc;

use oxc_ast::ast::Program;
use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::artifact::{File, Role};
use crate::flow::Loader;
use crate::library::{Library, Parsed};

/// Bytes of other files that following one file may bring in.
const SIBLINGS_BYTES: usize = 8 << 20;
/// Files longer than this are not brought in.
const SIBLING_MAX: usize = 1 << 20;
/// Conditions within conditions of a package's entry.
const ENTRY_DEPTH: u32 = 4;

/// The packages of an artefact that are its own, not those of others that it brings along, and its tables.
pub(crate) struct Packages<'i> {
    tables: FxHashMap<&'i str, &'i File>,
    /// Folder and first file, by name.
    entries: FxHashMap<String, (&'i str, String)>,
}

impl<'i> Packages<'i> {
    pub(crate) fn of(files: &'i [File]) -> Self {
        let own = |f: &&File| f.role == Role::Data && !f.content.is_empty() && !f.path.contains("node_modules/");
        let mut all = Packages { tables: FxHashMap::default(), entries: FxHashMap::default() };
        for f in files.iter().filter(own) {
            all.tables.insert(&f.path, f);
            let Some(folder) = f.path.strip_suffix("package.json") else { continue };
            let Ok(told) = serde_json::from_slice::<Value>(&f.content) else { continue };
            let Some(name) = told["name"].as_str() else { continue };
            let first = entry(&told["exports"], 0).or_else(|| told["main"].as_str().map(str::to_owned));
            let first = first.unwrap_or_else(|| "index".to_owned());
            all.entries.insert(name.to_owned(), (folder.trim_end_matches('/'), first));
        }
        all
    }

    /// The path of what a package, or something in it, is asked for by name.
    fn path_of(&self, specifier: &str) -> Option<String> {
        let parts = if specifier.starts_with('@') { 2 } else { 1 };
        let end = specifier.match_indices('/').nth(parts - 1).map_or(specifier.len(), |(at, _)| at);
        let (folder, first) = self.entries.get(&specifier[..end])?;
        let within = if end == specifier.len() { first.as_str() } else { &specifier[end..] };
        normal(folder, within)
    }
}

/// The file that `exports` of a package means for the package itself.
fn entry(exports: &Value, depth: u32) -> Option<String> {
    match exports {
        Value::String(path) => Some(path.clone()),
        Value::Object(all) if depth < ENTRY_DEPTH => {
            let wanted = [".", "import", "node", "require", "default"];
            wanted.iter().find_map(|k| all.get(*k)).and_then(|v| entry(v, depth + 1))
        }
        _ => None,
    }
}

/// A path below a folder, without `.` and `..`.
fn normal(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
    for p in path.split('/') {
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

/// Other files of the artefact, for the imports of one.
pub(crate) struct Siblings<'a> {
    library: &'a Library<'a>,
    index: &'a FxHashMap<&'a str, &'a File>,
    packages: &'a Packages<'a>,
    budget: Cell<usize>,
}

impl<'a> Siblings<'a> {
    pub(crate) fn new(
        library: &'a Library<'a>,
        index: &'a FxHashMap<&'a str, &'a File>,
        packages: &'a Packages<'a>,
    ) -> Self {
        Siblings { library, index, packages, budget: Cell::new(SIBLINGS_BYTES) }
    }

    /// Where a specifier leads, before it is known what kind of file is there.
    fn base(&self, from: &str, specifier: &str) -> Option<String> {
        // Names that configurations of packages give to their own sources.
        if let Some(rest) = specifier.strip_prefix("@/").or_else(|| specifier.strip_prefix("~/")) {
            return normal(if from.starts_with("src/") { "src" } else { "" }, rest);
        }
        if specifier.starts_with(['#', '/']) {
            return None;
        }
        if !specifier.starts_with('.') {
            return self.packages.path_of(specifier);
        }
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        normal(folder, specifier)
    }
}

impl<'a> Loader<'a> for Siblings<'a> {
    fn load(&self, from: &str, specifier: &str) -> Option<(Rc<str>, &'a Program<'a>)> {
        let base = self.base(from, specifier)?;
        let stem = base.strip_suffix(".js").or_else(|| base.strip_suffix(".mjs")).unwrap_or(&base);
        let tried = [
            base.clone(),
            format!("{base}.js"),
            format!("{base}.ts"),
            format!("{base}.mjs"),
            format!("{base}.cjs"),
            format!("{stem}.ts"),
            format!("{stem}.tsx"),
            format!("{base}/index.js"),
            format!("{base}/index.ts"),
            format!("{base}.jsx"),
            format!("{base}.tsx"),
        ];
        let file = tried.iter().find_map(|t| self.index.get(t.as_str()))?;
        let left = self.budget.get().checked_sub(file.content.len())?;
        if file.content.len() > SIBLING_MAX {
            return None;
        }
        self.budget.set(left);
        match self.library.parse(file) {
            Parsed::Program(program) => Some((file.path.as_str().into(), program)),
            Parsed::Unread(_) => None,
        }
    }

    fn table(&self, from: &str, specifier: &str) -> Option<Value> {
        if !specifier.ends_with(".json") {
            return None;
        }
        let file = self.packages.tables.get(self.base(from, specifier)?.as_str())?;
        let left = self.budget.get().checked_sub(file.content.len())?;
        self.budget.set(left);
        serde_json::from_slice(&file.content).ok()
    }
}
