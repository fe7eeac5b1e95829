//! Names with something before or after them: a version, a system, a project.

use super::Matcher;

impl Matcher {
    /// A program that is one file, by its name without the ending of Windows.
    pub(super) fn portable(&self, name: &str) -> Option<usize> {
        let stem = name.strip_suffix(".exe").unwrap_or(name);
        let first = stem.as_bytes().first()?.to_ascii_lowercase();
        let begins = |pattern: &str| pattern.as_bytes().first() == Some(&first);
        let fits = |pattern: &str| begins(pattern) && crate::glob::fits(pattern.as_bytes(), stem.as_bytes(), true);
        let found = self.portable.iter().find(|(pattern, _)| fits(pattern)).map(|(_, tool)| *tool);
        found.filter(|_| !stem.contains('.'))
    }

    /// A volume by its name, which Compose puts that of its project before.
    pub(super) fn volume(&self, name: &str) -> Option<usize> {
        let own = |at: usize| name.get(at + 1..).and_then(|rest| self.volumes.get(rest));
        self.volumes.get(name).or_else(|| name.match_indices('_').find_map(|(at, _)| own(at))).copied()
    }

    /// Whether a folder among extensions is named like one of a tool: `publisher.name`, or, as editors bring them along, `name`.
    pub(super) fn may_be_extension(&self, folder: &str) -> bool {
        if self.extension(folder).is_some() {
            return true;
        }
        // Copilot's folder is `copilot` there, and its manifest says `copilot-chat`.
        let folder = folder.to_ascii_lowercase();
        self.vscode_names.iter().any(|name| *name == folder || name.split('-').next() == Some(&folder))
    }

    /// The tool of an AppImage, by its name: the tool's own, then a version or a system.
    pub fn appimage(&self, file: &str) -> Option<usize> {
        let at = file.len().checked_sub(".appimage".len())?;
        let (stem, ending) = file.split_at_checked(at)?;
        if !ending.eq_ignore_ascii_case(".appimage") {
            return None;
        }
        let stem = stem.to_ascii_lowercase();
        let is_version = |rest: &str| {
            let rest = rest.trim_start_matches(['-', '_', '.', ' ']);
            let systems = ["linux", "x86", "x64", "amd64", "arm64", "aarch64", "latest", "stable", "desktop"];
            let digits = rest.strip_prefix('v').unwrap_or(rest);
            rest.is_empty()
                || digits.starts_with(|c: char| c.is_ascii_digit())
                || systems.iter().any(|s| rest.starts_with(s))
        };
        let fits = |name: &str| {
            let rest = stem.strip_prefix(name)?;
            (rest.is_empty() || rest.starts_with(|c: char| !c.is_ascii_alphanumeric())).then_some(rest)
        };
        let found = self.appimages.iter().find(|(name, _)| fits(name).is_some_and(is_version));
        found.map(|(_, tool)| *tool)
    }

    /// The tool of an installed editor extension, `publisher.name-1.2.3`.
    pub fn extension(&self, folder: &str) -> Option<usize> {
        let folder = folder.to_ascii_lowercase();
        let cut = folder.match_indices('-').find(|(at, _)| {
            folder.as_bytes().get(at + 1).is_some_and(u8::is_ascii_digit)
                && self.vscode.contains_key(folder.get(..*at).unwrap_or_default())
        });
        match cut {
            Some((at, _)) => self.vscode.get(folder.get(..at)?).copied(),
            None => self.vscode.get(&folder).copied(),
        }
    }
}
