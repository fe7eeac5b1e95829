//! Which entity of the graph an organisation of the accounts is.

use std::{
    collections::HashMap,
    fs::{self, File},
    path::PathBuf,
    time::SystemTime,
};

use anyhow::{Context, Result, bail};
use exchanges::OrganizationId;
use ownership::{EntityId, Place};
use screening::{Question, Register};

/// What an operator says of organisations; without a file, an organisation's id is looked up as it is.
pub(super) struct Organizations {
    file: Option<PathBuf>,
    read: Option<SystemTime>,
    said: HashMap<String, Said>,
}

/// Who an organisation is.
struct Said {
    entity: Option<String>,
    name: Option<String>,
    country: Option<Place>,
}

/// Organisations that are kept.
const MOST: usize = 5_000_000;

impl Organizations {
    pub(super) fn new(file: Option<PathBuf>) -> Self {
        Self { file, read: None, said: HashMap::new() }
    }

    /// When the file was last changed.
    pub(super) fn changed(&self) -> Option<SystemTime> {
        fs::metadata(self.file.as_ref()?).and_then(|meta| meta.modified()).ok()
    }

    /// Reads the file where it is another than before. One with mistakes leaves what was read.
    pub(super) fn read(&mut self) -> Result<()> {
        let Some(path) = &self.file else { return Ok(()) };
        let changed = self.changed();
        if changed.is_some() && changed == self.read {
            return Ok(());
        }
        let shown = path.display();
        let mut reader = csv::Reader::from_reader(File::open(path).with_context(|| format!("cannot read `{shown}`"))?);
        let header = reader.headers().with_context(|| format!("cannot read the header of `{shown}`"))?.clone();
        let find = |name: &str| header.iter().position(|column| column.trim() == name);
        let Some(id) = find("organization_id") else {
            bail!("`{shown}` has no column `organization_id`; the others are `entity`, `name` and `country`");
        };
        let (entity, name, country) = (find("entity"), find("name"), find("country"));
        let mut said = HashMap::new();
        for (record, line) in reader.records().zip(2u64..) {
            let record = record.with_context(|| format!("`{shown}` line {line}"))?;
            let text = |at: Option<usize>| at.and_then(|at| record.get(at)).map(str::trim).filter(|t| !t.is_empty());
            let Some(id) = text(Some(id)) else { bail!("`{shown}` line {line}: `organization_id` is empty") };
            let country = text(country).map(str::parse::<Place>).transpose();
            let country = country.with_context(|| format!("`{shown}` line {line}"))?;
            if said.len() >= MOST {
                bail!("`{shown}` has more than {MOST} organisations");
            }
            let (entity, name) = (text(entity).map(str::to_owned), text(name).map(str::to_owned));
            said.insert(id.to_owned(), Said { entity, name, country });
        }
        (self.said, self.read) = (said, changed);
        Ok(())
    }

    /// The entity that an organisation is, where that is known. A name has to match, and nobody else as well as the first.
    pub(super) fn entity(&self, id: &OrganizationId, register: &Register) -> Result<Option<EntityId>> {
        let Some(Said { entity, name, country }) = self.said.get(id.as_str()) else {
            return Ok(register.by_id(id.as_str()));
        };
        if let Some(entity) = entity {
            return Ok(register.by_id(entity));
        }
        let Some(name) = name else { return Ok(None) };
        let question = Question { countries: country.iter().copied().collect(), ..Question::typed(name) };
        let hits = register.candidates(&question, 2)?;
        let alone = hits.get(1).is_none_or(|second| hits[0].found.score > second.found.score);
        Ok(hits.first().filter(|best| best.found.is_match() && alone).map(|best| best.entity))
    }
}
