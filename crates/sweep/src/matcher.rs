//! The catalogue as one automaton over steps of paths: what a name at a place means, and what is worth opening.

mod context;
mod names;
mod trie;

use std::collections::{HashMap, HashSet};

use crate::{
    catalogue::{Anchor, Catalogue, Class},
    path::MachinePath,
};
pub use context::{Context, python_name};
use context::{is_dense, is_model_like, is_shell};
use trie::Trie;
pub use trie::{Mark, Position as TriePosition};

/// Where the walk stands; cheap to copy along.
#[derive(Debug, Clone, Default)]
pub struct Position {
    trie: TriePosition,
    pub context: Context,
    /// Below source code or packages: settings there are not a person's.
    pub dense: bool,
    /// A repository is at this path or above; the number of steps of its root.
    pub repository: bool,
    /// The home that the walk is in.
    pub home: Option<usize>,
    /// The place of the catalogue that the walk is in.
    pub inside: Option<Inside>,
    /// A folder in which package managers keep what is installed for all.
    prefix: bool,
}

impl Position {
    /// A home itself.
    pub fn is_home(&self) -> bool {
        self.trie.is_home()
    }
}

/// A place of the catalogue, seen from within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inside {
    pub hit: Hit,
    /// What lies here is told one by one, since some of it is of another class.
    pub split: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    Folder,
    File,
    Link,
    Other,
}

/// A place of the catalogue that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    pub tool: usize,
    pub spot: usize,
}

/// What is worth opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    NpmPackage {
        global: bool,
    },
    Python,
    CratesToml,
    EditorExtension,
    BrowserExtension(usize),
    GlobalStorage(usize),
    Formula(usize),
    Cask(usize),
    WinGet(usize),
    Bundle,
    Plugin,
    GoBinary(usize),
    AppImage(usize),
    Settings,
    Shell,
    Project(usize),
    Instructions,
    Mcp,
    OllamaManifest,
    HubModel,
    ModelFile,
    /// A unit, a desktop file, a launch agent: starts something.
    Starter,
    /// Starts many things: a table of cron, a hook of Git, a recipe of an image.
    Jobs,
    /// Named like a command of a tool, where commands are.
    Command(usize),
    VimPlugin(usize),
    /// Named like a volume of a container.
    Volume(usize),
    /// Says what an extension of a browser may start.
    NativeHost(usize),
    /// A packed extension of an editor.
    Packed(usize),
    /// Told by its name to be text: a model only when it is large.
    LargeFile,
    Link,
}

#[derive(Debug, Clone, Default)]
pub struct Step {
    pub hits: Vec<Hit>,
    pub look: Option<Look>,
    /// For a folder: where the walk stands in it.
    pub position: Position,
    /// The place is not in the catalogue itself, but in a folder that is.
    pub inherited: bool,
}

/// The catalogue, ready to be walked with.
pub struct Matcher {
    trie: Trie,
    ids: Vec<String>,
    npm: HashMap<String, usize>,
    npm_scopes: HashSet<String>,
    pip: HashMap<String, usize>,
    vscode: HashMap<String, usize>,
    /// The part after the publisher: folders of what an editor brings along have no other name.
    vscode_names: HashSet<String>,
    appimages: Vec<(String, usize)>,
    jetbrains: HashMap<String, usize>,
    chrome: HashMap<String, usize>,
    brew: HashMap<String, usize>,
    casks: HashMap<String, usize>,
    winget: HashMap<String, usize>,
    cargo: HashMap<String, usize>,
    cargo_git: HashMap<String, usize>,
    go: HashMap<String, usize>,
    bundles: Vec<(String, usize)>,
    project: HashMap<String, usize>,
    /// Project files that count in one folder only: the folder.
    project_in: HashMap<String, String>,
    commands: HashMap<String, usize>,
    portable: Vec<(String, usize)>,
    volumes: HashMap<String, usize>,
    native: HashMap<String, usize>,
    vim: HashMap<String, usize>,
    mcp_names: HashSet<String>,
    spots: Vec<Vec<(Class, bool)>>,
}

impl Matcher {
    pub fn new(catalogue: &Catalogue, homes: &[MachinePath]) -> Self {
        let tools: Vec<_> = catalogue.tools().collect();
        let mut trie = Trie::default();
        let mut spots = Vec::new();
        for (tool_ix, tool) in tools.iter().enumerate() {
            for (spot_ix, spot) in tool.paths.iter().enumerate() {
                let mark = Mark::Spot(Hit { tool: tool_ix, spot: spot_ix }, spot.class);
                trie.insert(spot.at.anchor(), spot.at.steps(), spot.at.folded(), mark);
            }
            for place in &tool.mcp {
                trie.insert(place.anchor(), place.steps(), place.folded(), Mark::Mcp);
            }
            spots.push(tool.paths.iter().map(|spot| (spot.class, spot.weak)).collect());
        }
        for (index, home) in homes.iter().enumerate() {
            let steps: Vec<String> = home.steps().map(|step| String::from_utf8_lossy(step).into_owned()).collect();
            trie.insert(Anchor::System, &steps, false, Mark::Home(index));
        }
        let map = |names: &dyn Fn(&crate::catalogue::Tool) -> Vec<String>| -> HashMap<String, usize> {
            let rows = tools.iter().enumerate();
            rows.flat_map(|(ix, tool)| names(tool).into_iter().map(move |name| (name, ix))).collect()
        };
        let npm = map(&|tool| tool.packages.npm.clone());
        Self {
            vscode_names: tools
                .iter()
                .flat_map(|tool| &tool.extensions.vscode)
                .filter_map(|id| id.split_once('.').map(|(_, name)| name.to_owned()))
                .collect(),
            appimages: tools
                .iter()
                .enumerate()
                .flat_map(|(ix, tool)| tool.packages.appimage.iter().map(move |name| (name.clone(), ix)))
                .collect(),
            npm_scopes: npm.keys().filter_map(|name| name.split_once('/')).map(|(scope, _)| scope.to_owned()).collect(),
            npm,
            pip: map(&|tool| tool.packages.pip.iter().map(|name| python_name(name)).collect()),
            vscode: map(&|tool| tool.extensions.vscode.clone()),
            jetbrains: map(&|tool| tool.extensions.jetbrains.clone()),
            chrome: map(&|tool| tool.extensions.chrome.clone()),
            brew: map(&|tool| tool.packages.brew.clone()),
            casks: map(&|tool| tool.packages.cask.clone()),
            winget: map(&|tool| tool.packages.winget.clone()),
            cargo: map(&|tool| tool.packages.cargo.clone()),
            cargo_git: map(&|tool| tool.packages.cargo_git.clone()),
            go: map(&|tool| tool.packages.go.clone()),
            bundles: tools
                .iter()
                .enumerate()
                .flat_map(|(ix, t)| t.mac.bundles.iter().map(move |b| (b.clone(), ix)))
                .collect(),
            project: map(&|tool| {
                tool.project.iter().filter_map(|path| path.rsplit('/').next()).map(str::to_owned).collect()
            }),
            project_in: tools
                .iter()
                .flat_map(|tool| &tool.project)
                .filter_map(|path| path.rsplit_once('/'))
                .map(|(folder, name)| (name.to_owned(), folder.to_owned()))
                .collect(),
            commands: map(&|tool| tool.commands.clone()),
            portable: map(&|tool| tool.packages.portable.clone()).into_iter().collect(),
            volumes: map(&|tool| tool.packages.volume.clone()),
            native: map(&|tool| tool.extensions.native.clone()),
            vim: map(&|tool| tool.extensions.vim.clone()),
            mcp_names: [
                "mcp.json",
                ".mcp.json",
                "mcp_config.json",
                "mcp_settings.json",
                "cline_mcp_settings.json",
                "claude_desktop_config.json",
                "mcp-config.json",
                "mcpServers.json",
            ]
            .into_iter()
            .map(str::to_owned)
            .collect(),
            ids: tools.iter().map(|tool| tool.id.clone()).collect(),
            trie,
            spots,
        }
    }

    pub fn tool(&self, index: usize) -> &str {
        self.ids.get(index).map(String::as_str).unwrap_or_default()
    }

    /// Whether the catalogue names this file as the MCP settings of a tool.
    pub fn knows_mcp(&self, at: &Position, name: &[u8]) -> bool {
        let mut known = false;
        self.trie.step(&at.trie, name, false, &mut |mark| known |= matches!(mark, Mark::Mcp));
        known
    }

    /// Class of a hit, and whether it is weak.
    pub fn spot(&self, hit: Hit) -> (Class, bool) {
        let spot = self.spots.get(hit.tool).and_then(|spots| spots.get(hit.spot));
        spot.copied().unwrap_or((Class::Program, true))
    }

    pub fn npm_tool(&self, name: &str) -> Option<usize> {
        self.npm.get(name).copied()
    }

    pub fn pip_tool(&self, name: &str) -> Option<usize> {
        self.pip.get(&python_name(name)).copied()
    }

    /// The folder in which alone a file of this name counts as a project's.
    pub fn project_folder(&self, name: &str) -> Option<&str> {
        self.project_in.get(name).map(String::as_str)
    }

    /// The tool that reads a file of this name in this folder of a project.
    pub fn project_tool(&self, folder: &[u8], name: &str) -> Option<usize> {
        let counts = self.project_folder(name).is_none_or(|only| only.as_bytes() == folder);
        counts.then(|| self.project.get(name).copied()).flatten()
    }

    pub fn cargo_tool(&self, name: &str) -> Option<usize> {
        self.cargo.get(name).copied()
    }

    /// The tool that cargo builds out of a repository, `host/owner/name`.
    pub fn cargo_git_tool(&self, repository: &str) -> Option<usize> {
        self.cargo_git.get(repository).copied()
    }

    pub fn jetbrains_tool(&self, id: &str) -> Option<usize> {
        self.jetbrains.get(id).copied()
    }

    pub fn vscode_tool(&self, id: &str) -> Option<usize> {
        self.vscode.get(&id.to_ascii_lowercase()).copied()
    }

    pub fn bundle_tool(&self, id: &str) -> Option<usize> {
        let fits = |pattern: &str| crate::glob::fits(pattern.as_bytes(), id.as_bytes(), false);
        self.bundles.iter().find(|(pattern, _)| fits(pattern)).map(|(_, tool)| *tool)
    }

    pub fn root(&self) -> Position {
        let mut position = Position { trie: self.trie.root(), ..Position::default() };
        // The tree itself may be a home.
        position.home = self.trie.enter_home(&mut position.trie);
        position
    }

    /// One step down.
    pub fn step(&self, at: &Position, name: &[u8], entry: Entry) -> Step {
        let mut step = Step::default();
        let mut mcp = false;
        let any = entry == Entry::Folder && !at.dense;
        let (trie, home) = if at.trie.is_empty() && !any {
            (TriePosition::default(), None)
        } else {
            self.trie.step(&at.trie, name, any, &mut |mark| match mark {
                Mark::Spot(hit, _) => step.hits.push(*hit),
                Mark::Mcp => mcp = true,
                Mark::Home(_) => {}
            })
        };
        if step.hits.is_empty()
            && let Some(Inside { hit, split: true }) = at.inside
        {
            step.hits.push(hit);
            step.inherited = true;
        }
        if entry == Entry::Folder {
            let inside = step
                .hits
                .first()
                .map(|hit| Inside { hit: *hit, split: self.trie.leads_elsewhere(&trie, hit.tool, self.spot(*hit).0) });
            step.position = Position {
                trie,
                context: context::context(at, name, |scope| self.npm_scopes.contains(scope)),
                // Settings below `/usr` are those of packages, unless a home lies there.
                dense: home.is_none() && (at.dense || is_dense(name) || (at.trie.is_root() && name == b"usr")),
                repository: at.repository,
                home: home.or(at.home),
                inside: inside.or(at.inside.map(|inside| Inside { split: false, ..inside })),
                prefix: matches!(name, b"lib" | b"npm" | b"global")
                    || (at.prefix && name.iter().all(u8::is_ascii_digit)),
            };
        }
        step.look = if mcp && entry == Entry::File { Some(Look::Mcp) } else { self.look(at, name, entry) };
        step
    }

    fn look(&self, at: &Position, name: &[u8], entry: Entry) -> Option<Look> {
        if entry == Entry::Link {
            let places = matches!(at.context, Context::Bin | Context::Wants | Context::Applications | Context::Cellar);
            let linked = matches!(name, b"current" | b"latest" | b"opt");
            return (places || linked || self.is_tool_name(name)).then_some(Look::Link);
        }
        let text = std::str::from_utf8(name).ok();
        match entry {
            Entry::Folder => self.look_at_folder(at, text?),
            Entry::File => self.look_at_file(at, name, text),
            Entry::Link | Entry::Other => None,
        }
    }

    fn is_tool_name(&self, name: &[u8]) -> bool {
        std::str::from_utf8(name).is_ok_and(|name| {
            self.npm.contains_key(name) || self.brew.contains_key(name) || self.casks.contains_key(name)
        })
    }

    fn look_at_folder(&self, at: &Position, name: &str) -> Option<Look> {
        match at.context {
            Context::NodeModules { global } if !name.starts_with('@') && !name.starts_with('.') => {
                let known = self.npm.contains_key(name);
                (known || global).then_some(Look::NpmPackage { global })
            }
            // A scope's packages need their full name: the walk asks again with it.
            Context::NpmScope { global, known } if global || known => Some(Look::NpmPackage { global }),
            Context::SitePackages if name.ends_with(".dist-info") || name.ends_with(".egg-info") => Some(Look::Python),
            Context::Extensions => self.may_be_extension(name).then_some(Look::EditorExtension),
            Context::GlobalStorage => self.vscode.get(&name.to_ascii_lowercase()).map(|ix| Look::GlobalStorage(*ix)),
            Context::Browser => self.chrome.get(name).map(|ix| Look::BrowserExtension(*ix)),
            // `opt` is Homebrew's, and that of packages of Vim.
            Context::Cellar if self.brew.contains_key(name) => self.brew.get(name).map(|ix| Look::Formula(*ix)),
            Context::Caskroom => self.casks.get(name).map(|ix| Look::Cask(*ix)),
            Context::WinGet => name.split_once('_').and_then(|(id, _)| self.winget.get(id)).map(|ix| Look::WinGet(*ix)),
            Context::Volumes => self.volume(name).map(Look::Volume),
            Context::JetBrainsProduct | Context::Plugins => Some(Look::Plugin),
            Context::Hub if name.starts_with("models--") => Some(Look::HubModel),
            _ if name.ends_with(".app") => Some(Look::Bundle),
            _ if self.vim.contains_key(name) => self.vim.get(name).map(|ix| Look::VimPlugin(*ix)),
            _ => self.project_file(at, name),
        }
    }

    fn look_at_file(&self, at: &Position, name: &[u8], text: Option<&str>) -> Option<Look> {
        let Some(text) = text else { return Some(Look::ModelFile) };
        match at.context {
            Context::OllamaManifests => return Some(Look::OllamaManifest),
            Context::Bin => {
                let bare = text.strip_suffix(".exe").unwrap_or(text);
                if let Some(ix) = self.go.get(bare)
                    && at.trie.is_go_bin()
                {
                    return Some(Look::GoBinary(*ix));
                }
                if let Some(ix) = self.commands.get(bare.split("-linux").next().unwrap_or(bare)) {
                    return Some(Look::Command(*ix));
                }
            }
            Context::Units if text.ends_with(".service") || text.ends_with(".plist") => return Some(Look::Starter),
            Context::Quadlets if text.ends_with(".container") || text.ends_with(".image") => {
                return Some(Look::Starter);
            }
            Context::Tasks => return Some(Look::Starter),
            Context::Applications if text.ends_with(".desktop") => return Some(Look::Starter),
            Context::Cron => return Some(Look::Jobs),
            Context::Hooks if !text.ends_with(".sample") && !text.contains('.') => return Some(Look::Jobs),
            Context::Environment => return Some(Look::Shell),
            Context::NativeHosts => {
                return text
                    .strip_suffix(".json")
                    .and_then(|name| self.native.get(name))
                    .map(|ix| Look::NativeHost(*ix));
            }
            Context::Packed => {
                if let Some(ix) = self.extension(text) {
                    return Some(Look::Packed(ix));
                }
            }
            _ => {}
        }
        if let Some(tool) = self.appimage(text) {
            return Some(Look::AppImage(tool));
        }
        if let Some(ix) = text.strip_suffix(".vsix").and_then(|stem| self.extension(stem)) {
            return Some(Look::Packed(ix));
        }
        if text == "crontab" || (!at.dense && crate::recipe::is_recipe(text)) {
            return Some(Look::Jobs);
        }
        if text == ".crates.toml" || text == ".crates2.json" {
            return Some(Look::CratesToml);
        }
        if self.mcp_names.contains(text) && !at.dense {
            return Some(Look::Mcp);
        }
        if let Some(look) = self.project_file(at, text) {
            return Some(look);
        }
        if text == "AGENTS.md" && at.repository && !at.dense {
            return Some(Look::Instructions);
        }
        if !at.dense {
            if is_shell(text) {
                return Some(Look::Shell);
            }
            if crate::setting::is_settings(text) {
                return Some(Look::Settings);
            }
        }
        if !at.dense
            && at.inside.is_none()
            && let Some(ix) = self.portable(text)
        {
            return Some(Look::Command(ix));
        }
        Some(if is_model_like(name) { Look::ModelFile } else { Look::LargeFile })
    }

    fn project_file(&self, at: &Position, name: &str) -> Option<Look> {
        if at.dense || at.inside.is_some() || (at.trie.is_home() && !at.repository) {
            return None;
        }
        // Outside a repository only names that nobody else uses, and what counts in a hidden folder alone.
        let own = (name.starts_with('.') && name != ".rules")
            || name.trim_end_matches(".md").chars().all(char::is_uppercase)
            || self.project_folder(name).is_some_and(|folder| folder.starts_with('.'));
        let tool = self.project.get(name)?;
        (at.repository || own).then_some(Look::Project(*tool))
    }
}
