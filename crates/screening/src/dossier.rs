//! What sources say of an entity beside the graph: all its names, its identifiers, and who says so.

use std::sync::Arc;

use ownership::{Entity, Identifier, Name, NameKind, Scheme};

/// One entity's names and identifiers, from every source that describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dossier {
    pub names: Vec<Name>,
    pub identifiers: Vec<Identifier>,
    /// The files and registers that describe it.
    pub sources: Vec<Arc<str>>,
}

/// Names and identifiers of one entity that are kept; what is over is not searched.
const MOST_NAMES: usize = 256;
const MOST_IDENTIFIERS: usize = 64;

impl Dossier {
    /// Takes what one more source says.
    pub(crate) fn add(&mut self, entity: &Entity) {
        for name in &entity.names {
            if self.names.len() < MOST_NAMES && !self.names.iter().any(|known| known.text == name.text) {
                self.names.push(name.clone());
            }
        }
        for identifier in &entity.identifiers {
            if self.identifiers.len() < MOST_IDENTIFIERS && !self.identifiers.contains(identifier) {
                self.identifiers.push(identifier.clone());
            }
        }
        if !self.sources.contains(&entity.source.name) {
            self.sources.push(Arc::clone(&entity.source.name));
        }
    }

    /// Takes what is kept of the same entity under another key.
    pub(crate) fn join(&mut self, other: Self) {
        let names = other.names.into_iter().filter(|name| !self.names.iter().any(|known| known.text == name.text));
        let names: Vec<Name> = names.collect();
        self.names.extend(names.into_iter().take(MOST_NAMES.saturating_sub(self.names.len())));
        let new = other.identifiers.into_iter().filter(|identifier| !self.identifiers.contains(identifier));
        let new: Vec<Identifier> = new.collect();
        self.identifiers.extend(new);
        let new: Vec<Arc<str>> = other.sources.into_iter().filter(|source| !self.sources.contains(source)).collect();
        self.sources.extend(new);
    }

    /// The name that is shown first.
    pub fn caption(&self) -> Option<&str> {
        let primary = self.names.iter().find(|name| name.kind == NameKind::Primary);
        primary.or(self.names.first()).map(|name| name.text.as_str())
    }
}

/// Identifiers that two sources mean the same entity by, in one spelling; none where the number means nothing without its register.
pub(crate) fn binding(identifier: &Identifier) -> Option<String> {
    let plain: String = identifier.value.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    match &identifier.scheme {
        Scheme::Lei => Some(format!("lei:{plain}")),
        Scheme::Register(register) if !register.is_empty() => {
            Some(format!("{}:{plain}", register.to_ascii_lowercase()))
        }
        Scheme::Register(_) | Scheme::Tax | Scheme::Other(_) => None,
    }
}
