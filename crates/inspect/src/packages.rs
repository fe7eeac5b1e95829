//! The packages of an artefact itself, so that imports of them by name are found: workspaces, and names that begin with `#`.

use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::artifact::{Artifact, File, Role};

/// Manifests that are read, and bytes of one.
const PACKAGES_MAX: usize = 500;
const MANIFEST_BYTES: usize = 1 << 20;
/// Conditions in conditions, as far as they are looked into.
const CONDITIONS_MAX: u32 = 5;

/// What manifests say of where things are.
#[derive(Debug, Default)]
pub(crate) struct Packages<'i> {
    all: Vec<Package>,
    /// Files of JSON, by their paths.
    tables: FxHashMap<&'i str, &'i File>,
}

#[derive(Debug)]
struct Package {
    /// With a slash at its end, or empty for the root.
    folder: String,
    name: String,
    manifest: Value,
}

impl<'i> Packages<'i> {
    /// Those of the artefact's own; what it brings along of others is known by its models.
    pub(crate) fn of(artifact: &'i Artifact) -> Self {
        let others = ["node_modules", "vendor", "third_party"];
        let own = |f: &&File| {
            f.role == Role::Data && !f.content.is_empty() && !f.path.split('/').any(|part| others.contains(&part))
        };
        let tables: FxHashMap<&str, &File> =
            artifact.files.iter().filter(own).map(|file| (file.path.as_str(), file)).collect();
        let all = artifact.files.iter().filter(own).filter_map(|file| {
            let folder = file.path.strip_suffix("package.json")?;
            if file.content.len() > MANIFEST_BYTES {
                return None;
            }
            let manifest: Value = serde_json::from_slice(&file.content).ok()?;
            let name = manifest["name"].as_str().unwrap_or_default().to_owned();
            Some(Package { folder: folder.to_owned(), name, manifest })
        });
        Self { all: all.take(PACKAGES_MAX).collect(), tables }
    }

    /// A file of JSON.
    pub(crate) fn table(&self, path: &str) -> Option<&'i File> {
        self.tables.get(path).copied()
    }

    /// Paths, with or without an ending, that a name may stand for in a file; the likeliest first.
    pub(crate) fn resolve(&self, from: &str, specifier: &str) -> Vec<String> {
        if specifier.starts_with('#') {
            let around = self.all.iter().filter(|p| from.starts_with(&p.folder));
            let nearest = around.max_by_key(|p| p.folder.len());
            return nearest.map(|p| p.within(&mapped(&p.manifest["imports"], specifier))).unwrap_or_default();
        }
        let named = |p: &&Package| {
            !p.name.is_empty()
                && specifier.strip_prefix(&*p.name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let Some(package) = self.all.iter().filter(named).max_by_key(|p| p.name.len()) else { return Vec::new() };
        package.entries(&specifier[package.name.len()..])
    }
}

impl Package {
    /// What `name` or `name/rest` of it is; `rest` with its slash.
    fn entries(&self, rest: &str) -> Vec<String> {
        let exports = &self.manifest["exports"];
        let key = format!(".{rest}");
        let mut out = match exports {
            Value::Object(all) if all.keys().any(|k| k.starts_with('.')) => mapped(exports, &key),
            whole if rest.is_empty() => targets(whole, CONDITIONS_MAX),
            _ => Vec::new(),
        };
        if rest.is_empty() {
            let fields = ["source", "module", "main"];
            out.extend(fields.iter().filter_map(|f| self.manifest[f].as_str()).map(str::to_owned));
            // What is built is often not there; what it is built from is.
            out.extend(["index", "src/index", "lib/index", "src/main"].map(str::to_owned));
        } else {
            out.extend([rest[1..].to_owned(), format!("src{rest}"), format!("lib{rest}")]);
        }
        self.within(&out)
    }

    fn within(&self, targets: &[String]) -> Vec<String> {
        let inside = targets.iter().map(|t| t.trim_start_matches("./")).filter(|t| !t.split('/').any(|p| p == ".."));
        inside.map(|t| format!("{}{t}", self.folder)).collect()
    }
}

/// What a table of `exports` or `imports` gives for a key, stars filled in.
fn mapped(table: &Value, key: &str) -> Vec<String> {
    let Value::Object(all) = table else { return Vec::new() };
    if let Some(value) = all.get(key) {
        return targets(value, CONDITIONS_MAX);
    }
    let starred = all.iter().filter_map(|(pattern, value)| {
        let (before, after) = pattern.split_once('*')?;
        let middle = key.strip_prefix(before)?.strip_suffix(after)?;
        Some((before.len(), targets(value, CONDITIONS_MAX).iter().map(|t| t.replace('*', middle)).collect::<Vec<_>>()))
    });
    starred.max_by_key(|(length, _)| *length).map(|(_, found)| found).unwrap_or_default()
}

/// The paths under conditions such as `import` and `default`; declarations of types are none.
fn targets(value: &Value, depth: u32) -> Vec<String> {
    match value {
        Value::String(path) => vec![path.clone()],
        Value::Array(all) if depth > 0 => all.iter().flat_map(|v| targets(v, depth - 1)).collect(),
        Value::Object(all) if depth > 0 => {
            let code = all.iter().filter(|(condition, _)| *condition != "types");
            code.flat_map(|(_, v)| targets(v, depth - 1)).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Entry, Limits};

    fn artifact(manifests: &[(&str, &str)]) -> Artifact {
        let entries = manifests
            .iter()
            .map(|(path, text)| Entry::File { path: (*path).to_owned(), content: text.as_bytes().to_vec() });
        Artifact::folder("a", entries, &Limits::default())
    }

    #[test]
    fn a_workspace_is_found_by_its_name() {
        let artifact = artifact(&[
            ("package.json", r#"{"name": "root", "workspaces": ["packages/*"]}"#),
            ("packages/core/package.json", r#"{"name": "@a/core", "main": "dist/index.js"}"#),
            ("node_modules/b/package.json", r#"{"name": "b", "main": "b.js"}"#),
        ]);
        let all = Packages::of(&artifact);
        let found = all.resolve("packages/tui/src/app.ts", "@a/core");
        assert_eq!(found[0], "packages/core/dist/index.js");
        assert!(found.contains(&"packages/core/src/index".to_owned()));
        assert!(all.resolve("x.js", "@a/core/prompt").contains(&"packages/core/src/prompt".to_owned()));
        assert!(all.resolve("x.js", "@a/corelike").is_empty());
        assert!(all.resolve("x.js", "b").is_empty());
    }

    #[test]
    fn tables_of_exports_and_imports_are_read() {
        let artifact = artifact(&[(
            "package.json",
            r##"{"name": "p", "imports": {"#lib/*": "./src/lib/*.js"},
                "exports": {".": {"types": "./i.d.ts", "import": {"default": "./m.mjs"}}, "./x/*": "./lib/*.js", "./up": "../../etc"}}"##,
        )]);
        let all = Packages::of(&artifact);
        assert_eq!(all.resolve("src/a.js", "#lib/b"), ["src/lib/b.js"]);
        assert_eq!(all.resolve("src/a.js", "p")[0], "m.mjs");
        assert_eq!(all.resolve("src/a.js", "p/x/y")[0], "lib/y.js");
        assert!(all.resolve("src/a.js", "p/up").iter().all(|path| !path.contains("..")));
    }
}
