//! What names of folders and files tell before anything is opened.

use super::Position;

/// What kind of folder the walk is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Context {
    #[default]
    Plain,
    /// `node_modules`, and a scope in it. The flag: installed for all, not for one project.
    NodeModules {
        global: bool,
    },
    NpmScope {
        global: bool,
        known: bool,
    },
    /// A package in `node_modules` that no rule knows.
    Package,
    SitePackages,
    Extensions,
    GlobalStorage,
    Browser,
    Cellar,
    Caskroom,
    WinGet,
    Bin,
    Wants,
    JetBrainsProduct,
    Plugins,
    /// `hub` of Hugging Face.
    Hub,
    /// `models` of Ollama, below which are `manifests` and `blobs`.
    OllamaModels,
    OllamaManifests,
    OllamaBlobs,
    Applications,
    Objects,
    /// Environments of uv, one folder each.
    Archive,
    /// `manifests` of Ollama, wherever its store was put.
    Manifests,
    Systemd,
    /// Units, launch agents and daemons.
    Units,
    Containers,
    /// Units of Podman.
    Quadlets,
    /// Volumes of containers.
    Volumes,
    /// What extensions of browsers may start.
    NativeHosts,
    System32,
    /// What the scheduler of Windows starts.
    Tasks,
    Cron,
    Hooks,
    /// Shell files whatever their names.
    Environment,
    /// Packed extensions, as editors keep them.
    Packed,
}

/// The kind of a folder, from its name and the folder that it is in. `is_scope`: npm packages of the catalogue have this scope.
pub(super) fn context(at: &Position, name: &[u8], is_scope: impl Fn(&str) -> bool) -> Context {
    match (at.context, name) {
        (_, b"node_modules") => Context::NodeModules { global: at.prefix && at.context != Context::Package },
        (Context::NodeModules { global }, [b'@', ..]) => {
            let known = std::str::from_utf8(name).is_ok_and(is_scope);
            Context::NpmScope { global, known }
        }
        (Context::NodeModules { .. }, b".bin") | (_, b"bin" | b"Scripts" | b"shims" | b"sbin") => Context::Bin,
        (Context::NodeModules { .. } | Context::NpmScope { .. } | Context::Package, _) => Context::Package,
        (_, b"site-packages" | b"dist-packages") => Context::SitePackages,
        (_, b"extensions") => Context::Extensions,
        (_, b"globalStorage") => Context::GlobalStorage,
        (_, b"Extensions") => Context::Browser,
        (_, b"Cellar" | b"opt") => Context::Cellar,
        (_, b"Caskroom") => Context::Caskroom,
        (Context::WinGet, b"Packages") | (_, b"WinGet") => Context::WinGet,
        (_, b"applications" | b"Applications" | b"autostart") => Context::Applications,
        (_, b"JetBrains") => Context::JetBrainsProduct,
        (Context::JetBrainsProduct, _) => Context::Plugins,
        (Context::Plugins, b"plugins") => Context::Plugins,
        (_, b"hub") => Context::Hub,
        (Context::OllamaModels, b"manifests") | (Context::OllamaManifests, _) => Context::OllamaManifests,
        (_, b"manifests") => Context::Manifests,
        (Context::Manifests, b"registry.ollama.ai" | b"hf.co") => Context::OllamaManifests,
        (_, b"archive-v0") => Context::Archive,
        (Context::Archive, _) => Context::SitePackages,
        (Context::Containers, b"systemd") | (Context::Quadlets, _) => Context::Quadlets,
        (_, b"containers") => Context::Containers,
        (_, b"volumes") => Context::Volumes,
        (_, b"NativeMessagingHosts" | b"native-messaging-hosts") => Context::NativeHosts,
        (Context::System32, name) if name.eq_ignore_ascii_case(b"tasks") => Context::Tasks,
        (Context::Tasks, _) => Context::Tasks,
        (_, b"System32" | b"system32") => Context::System32,
        (_, b"systemd") => Context::Systemd,
        (Context::Systemd, b"system" | b"user") | (_, b"LaunchAgents" | b"LaunchDaemons") => Context::Units,
        (_, b"cron.d" | b"cron.hourly" | b"cron.daily" | b"cron.weekly" | b"cron.monthly" | b"crontabs" | b"cron") => {
            Context::Cron
        }
        (_, b"hooks" | b".husky") => Context::Hooks,
        (_, b"profile.d" | b"environment.d") => Context::Environment,
        (_, b"CachedExtensionVSIXs") => Context::Packed,
        (_, b"pnpm") => Context::Bin,
        (Context::OllamaModels, b"blobs") => Context::OllamaBlobs,
        (_, b"models") => Context::OllamaModels,
        (_, b"objects") if at.dense => Context::Objects,
        (_, name) if name.ends_with(b".wants") => Context::Wants,
        _ => Context::Plain,
    }
}

/// Folders of code and packages, where files are many and settings are nobody's.
pub(super) fn is_dense(name: &[u8]) -> bool {
    matches!(
        name,
        b"node_modules"
            | b"site-packages"
            | b"dist-packages"
            | b".git"
            | b"target"
            | b"vendor"
            | b"__pycache__"
            | b".venv"
            | b"venv"
            | b".cargo"
            | b".rustup"
            | b"go"
            | b".npm"
            | b".cache"
            | b"include"
            | b"doc"
            | b"man"
            | b"locale"
            | b".svn"
            | b".hg"
            | b"Cellar"
            | b"gems"
            | b".gradle"
            | b".m2"
    )
}

pub(super) fn is_shell(name: &str) -> bool {
    matches!(
        name,
        ".bashrc"
            | ".bash_profile"
            | ".bash_login"
            | ".profile"
            | ".zshrc"
            | ".zshenv"
            | ".zprofile"
            | ".zlogin"
            | ".envrc"
            | "config.fish"
            | "environment"
            | ".pam_environment"
            | "profile"
            | "bash.bashrc"
            | ".bash_aliases"
            | ".zsh_aliases"
            | ".aliases"
            | ".xprofile"
            | ".xsessionrc"
            | ".kshrc"
            | ".cshrc"
            | ".tcshrc"
    ) || name.ends_with(".zsh")
        || name.ends_with(".fish")
        || name.ends_with("profile.ps1")
}

/// Files that come in masses and are told by their ending; their content is text or pictures.
pub(super) fn is_model_like(name: &[u8]) -> bool {
    let Some(dot) = name.iter().rposition(|&b| b == b'.') else { return true };
    let Some(ending) = name.get(dot + 1..) else { return true };
    !matches!(
        ending,
        b"js"
            | b"mjs"
            | b"cjs"
            | b"ts"
            | b"mts"
            | b"cts"
            | b"tsx"
            | b"jsx"
            | b"map"
            | b"json"
            | b"md"
            | b"py"
            | b"pyc"
            | b"pyi"
            | b"h"
            | b"hpp"
            | b"hh"
            | b"c"
            | b"cc"
            | b"cpp"
            | b"rs"
            | b"go"
            | b"java"
            | b"class"
            | b"rb"
            | b"css"
            | b"scss"
            | b"less"
            | b"html"
            | b"htm"
            | b"svg"
            | b"xml"
            | b"yml"
            | b"yaml"
            | b"toml"
            | b"lock"
            | b"po"
            | b"mo"
            | b"gz"
            | b"a"
            | b"o"
            | b"la"
            | b"pm"
            | b"pl"
            | b"tcl"
            | b"lua"
            | b"sh"
            | b"rst"
            | b"cmake"
            | b"pc"
            | b"swift"
            | b"kt"
            | b"vue"
            | b"d"
            | b"s"
            | b"S"
    )
}

/// Python's normal form of a name: lower case, runs of `-`, `_` and `.` are one `-`.
pub fn python_name(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            c => normal.extend(c.to_lowercase()),
        }
    }
    normal
}
