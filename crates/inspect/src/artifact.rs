//! What was handed over: opened, bounded, every file with its hash, and a word on everything that was not read.

mod archive;
mod bun;
mod native;

use sha2::{Digest, Sha256};

/// Tables that are longer are not kept.
const TABLE_MAX: usize = 64 << 10;

/// How much an artefact may unfold to.
#[derive(Clone, Debug)]
pub struct Limits {
    pub unpacked_bytes: u64,
    pub files: usize,
    /// Archives in archives.
    pub depth: u32,
    /// Unpacked to packed, once more than `ratio_from` bytes came out.
    pub ratio: u64,
    pub ratio_from: u64,
    /// A script longer than this is not parsed.
    pub script_bytes: usize,
    /// Steps of the abstract machine: for a file that comes alone, and shared out where there are several.
    pub fuel: u64,
    /// Threads that follow files.
    pub workers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            unpacked_bytes: 1 << 30,
            files: 100_000,
            depth: 3,
            ratio: 100,
            ratio_from: 64 << 20,
            script_bytes: 48 << 20,
            fuel: 400_000_000,
            workers: 2,
        }
    }
}

/// The form in which a client came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Script,
    Folder,
    Archive,
    Bun,
    NodeSea,
    Native,
    Other,
}

impl Form {
    pub fn word(self) -> &'static str {
        match self {
            Form::Script => "script",
            Form::Folder => "folder",
            Form::Archive => "archive",
            Form::Bun => "Bun executable",
            Form::NodeSea => "Node single executable",
            Form::Native => "native executable",
            Form::Other => "other",
        }
    }
}

/// What a file is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Parsed and followed.
    Script,
    /// Searched for hosts and names only.
    Shallow,
    /// Hashed.
    Data,
}

#[derive(Clone, Debug)]
pub struct File {
    pub path: String,
    pub digest: String,
    pub bytes: u64,
    pub role: Role,
    /// Empty for data, but for small tables and what says which package this is.
    pub content: Vec<u8>,
}

/// Something that was not read, and why.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Unread {
    #[serde(rename = "where")]
    pub place: String,
    pub why: String,
}

/// One thing in a folder, as whoever walks it found it.
#[derive(Clone, Debug)]
pub enum Entry {
    File { path: String, content: Vec<u8> },
    Link { path: String, target: String },
    Unreadable { path: String, why: String },
}

#[derive(Clone, Debug)]
pub struct Artifact {
    pub name: String,
    pub version: Option<String>,
    pub digest: String,
    pub form: Form,
    pub files: Vec<File>,
    pub unread: Vec<Unread>,
    unpacked: u64,
}

impl Artifact {
    /// Opens the bytes of one file.
    pub fn open(name: &str, content: Vec<u8>, limits: &Limits) -> Self {
        let mut a = Artifact::empty(name, Form::Other);
        a.digest = hex(&Sha256::digest(&content));
        a.add("", short_name(name), content, limits, 0);
        a.finish()
    }

    /// Opens a folder that somebody else walks.
    pub fn folder(name: &str, entries: impl IntoIterator<Item = Entry>, limits: &Limits) -> Self {
        let mut a = Artifact::empty(name, Form::Folder);
        for e in entries {
            match e {
                Entry::File { path, content } => a.add("", &path, content, limits, 1),
                Entry::Link { path, target } => {
                    a.unread(&path, &format!("a link to `{target}`; links are not followed"))
                }
                Entry::Unreadable { path, why } => a.unread(&path, &why),
            }
        }
        a.files.sort_by(|x, y| x.path.cmp(&y.path));
        let mut hash = Sha256::new();
        for f in &a.files {
            hash.update(format!("{}  {}\n", f.digest, f.path));
        }
        a.digest = hex(&hash.finalize());
        a.finish()
    }

    fn empty(name: &str, form: Form) -> Self {
        Artifact {
            name: short_name(name).to_owned(),
            version: None,
            digest: String::new(),
            form,
            files: Vec::new(),
            unread: Vec::new(),
            unpacked: 0,
        }
    }

    fn finish(mut self) -> Self {
        let manifest =
            self.files.iter().filter(|f| f.path.ends_with("package.json")).min_by_key(|f| f.path.matches('/').count());
        if let Some(m) = manifest
            && let Ok(v) = serde_json::from_slice::<serde_json::Value>(&m.content)
        {
            if let Some(name) = v["name"].as_str() {
                self.name = name.to_owned();
            }
            self.version = v["version"].as_str().map(str::to_owned);
        }
        self
    }

    pub(super) fn unread(&mut self, place: &str, why: &str) {
        if self.unread.len() < 2_000 {
            self.unread.push(Unread { place: clean(place), why: why.to_owned() });
        }
    }

    /// Takes a file in; archives and executables are opened in their turn.
    fn add(&mut self, outer: &str, path: &str, content: Vec<u8>, limits: &Limits, depth: u32) {
        let full = if outer.is_empty() { clean(path) } else { format!("{outer}!{}", clean(path)) };
        if self.files.len() >= limits.files {
            return self.unread_once(&full, "more files than the limit; the rest is not read");
        }
        self.unpacked += content.len() as u64;
        if self.unpacked > limits.unpacked_bytes {
            return self.unread_once(&full, "more bytes than the limit; the rest is not read");
        }
        let digest = hex(&Sha256::digest(&content));
        let bytes = content.len() as u64;
        let form = form_of(&content, path);
        if depth == 0 {
            self.form = form;
        }
        let (role, content) = match form {
            Form::Archive if depth > limits.depth => {
                self.unread(&full, "archives nest deeper than the limit");
                (Role::Data, Vec::new())
            }
            Form::Archive => {
                archive::open(self, if depth == 0 { "" } else { &full }, path, &content, limits, depth + 1);
                (Role::Data, Vec::new())
            }
            Form::Native | Form::Bun | Form::NodeSea => {
                let found = native::open(self, &full, &content, limits, depth + 1);
                if depth == 0 {
                    self.form = found;
                }
                // What a Bun executable holds of text are its modules; the runtime around them is the runtime's.
                if found == Form::Native { (Role::Shallow, strings_of(&content)) } else { (Role::Data, Vec::new()) }
            }
            Form::Script => (Role::Script, content),
            _ if path.ends_with("package.json") || is_small_table(&full, &content) => (Role::Data, content),
            _ if is_other_code(path) => {
                self.unread(&full, "code in a language that is not followed");
                (Role::Shallow, content)
            }
            _ => (Role::Data, Vec::new()),
        };
        self.files.push(File { path: full, digest, bytes, role, content });
    }

    fn unread_once(&mut self, place: &str, why: &str) {
        if !self.unread.iter().any(|u| u.why == why) {
            self.unread(place, why);
        }
    }
}

fn is_other_code(path: &str) -> bool {
    let p = path.to_ascii_lowercase();
    [".py", ".rb", ".sh", ".ps1", ".php", ".wasm", ".jar", ".class", ".lua", ".bat", ".cmd", ".vue", ".svelte"]
        .iter()
        .any(|e| p.ends_with(e))
}

fn short_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

/// A path for people: control characters escaped.
fn clean(path: &str) -> String {
    path.chars().flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] }).collect()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn form_of(content: &[u8], path: &str) -> Form {
    let p = path.to_ascii_lowercase();
    let head = content.get(..4).unwrap_or(content);
    if head.starts_with(&[0x1f, 0x8b])
        || head.starts_with(b"PK\x03\x04")
        || head.starts_with(b"PK\x05\x06")
        || content.get(257..262) == Some(b"ustar")
    {
        return Form::Archive;
    }
    if p.ends_with(".asar") || p.ends_with(".tgz") || p.ends_with(".zip") || p.ends_with(".vsix") || p.ends_with(".whl")
    {
        return Form::Archive;
    }
    if native::is_executable(content) {
        return Form::Native;
    }
    const SCRIPTS: &[&str] = &[".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx"];
    if p.ends_with(".d.ts") || p.ends_with(".d.mts") || p.ends_with(".d.cts") || p.ends_with(".map") {
        return Form::Other;
    }
    let named = SCRIPTS.iter().any(|e| p.ends_with(e));
    let shebang = content.starts_with(b"#!")
        && memchr::memchr(b'\n', content).is_some_and(|n| {
            let line = &content[..n];
            memchr::memmem::find(line, b"node").is_some()
                || memchr::memmem::find(line, b"bun").is_some()
                || memchr::memmem::find(line, b"deno").is_some()
        });
    if named || shebang { Form::Script } else { Form::Other }
}

/// The runs of printable text in a binary, one a line.
fn strings_of(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for run in content.split(|b| !(0x20..0x7f).contains(b)) {
        if run.len() >= 8 && out.len() < 64 << 20 {
            out.extend_from_slice(run);
            out.push(b'\n');
        }
    }
    out
}

/// Whether a file is a table that scripts beside it may read, small enough to be kept.
fn is_small_table(path: &str, content: &[u8]) -> bool {
    path.ends_with(".json") && content.len() <= TABLE_MAX && !path.contains("node_modules/")
}
