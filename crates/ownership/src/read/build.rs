//! Statements from checked parts: what every reader does alike.

use std::sync::Arc;

use super::{Limits, Said};
use crate::{
    Entity, EntityKey, EntityKind, Gap, Identifier, Interest, InterestKind, Lei, Link, Name, NameKind, Period, Place,
    Scheme, Share, Source, Statement,
    percent::{Reading, read_share},
    reject::{Fault, Reason, clip},
};

/// What the records of one file share.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) name: Arc<str>,
    pub(super) limits: Limits,
}

impl File {
    pub(super) fn source(&self, record: &str) -> Source {
        Source { name: Arc::clone(&self.name), record: record.into() }
    }

    /// An entity of which nothing is known but its key and kind.
    pub(super) fn entity(&self, key: EntityKey, kind: EntityKind, record: &str) -> Entity {
        Entity {
            key,
            kind,
            names: Vec::new(),
            jurisdiction: None,
            headquarters: None,
            identifiers: Vec::new(),
            lists: Vec::new(),
            period: Period::default(),
            source: self.source(record),
        }
    }

    /// A direct interest without a figure.
    pub(super) fn interest(
        &self,
        owner: &EntityKey,
        owned: &EntityKey,
        kind: InterestKind,
        record: &str,
    ) -> Result<Interest, Fault> {
        if owner == owned {
            let detail = format!("`{}` is stated to own itself; treasury shares are no owner", clip(owner.as_str()));
            return Err(Fault::new(Reason::SelfOwnership, detail));
        }
        Ok(Interest {
            owner: owner.clone(),
            owned: owned.clone(),
            kind,
            share: None,
            link: Link::Direct,
            period: Period::default(),
            source: self.source(record),
        })
    }

    pub(super) fn gap(&self, about: &EntityKey, reason: &str, period: Period, record: &str) -> Statement {
        let reason = reason.chars().take(200).collect();
        Statement::Gap(Gap { about: about.clone(), reason, period, source: self.source(record) })
    }

    /// Adds a name, unless the entity has it.
    pub(super) fn name(&self, entity: &mut Entity, kind: NameKind, text: &str, field: &str) -> Result<(), Fault> {
        let text = text.trim();
        if text.len() > self.limits.name_bytes {
            let detail = format!(
                "field `{field}`: a name of {} bytes is over the limit of {}: `{}`",
                text.len(),
                self.limits.name_bytes,
                clip(text)
            );
            return Err(Fault::new(Reason::NameTooLong, detail));
        }
        if !text.is_empty() && !entity.names.iter().any(|name| name.text == text) {
            entity.names.push(Name { text: text.to_owned(), kind });
        }
        Ok(())
    }
}

pub(super) fn key(text: &str, field: &str) -> Result<EntityKey, Fault> {
    text.parse().map_err(|error| Fault::new(Reason::BadId, format!("field `{field}`: {error}")))
}

/// A checked LEI.
pub(super) fn lei(text: &str, field: &str) -> Result<Lei, Fault> {
    text.parse().map_err(|error| Fault::new(Reason::BadLei, format!("field `{field}`: {error}")))
}

/// The key of an entity that is known by its LEI; the form that FollowTheMoney exports of GLEIF use.
pub(super) fn lei_key(lei: Lei) -> EntityKey {
    format!("lei-{lei}").parse().expect("24 printable characters are a key")
}

/// The key of a company at Companies House, when the text is a number that it gives: eight figures, two letters and six, or `R` and seven.
pub(super) fn companies_house_key(number: &str) -> Option<EntityKey> {
    let number: String = number.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase();
    if number.is_empty() || number.len() > 8 || !number.is_ascii() {
        return None;
    }
    let letters = number.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (prefix, figures) = number.split_at(letters);
    // Leading zeroes are often dropped by who files.
    let wide = match (letters, figures.len()) {
        (0, 1..) => 8,
        (2, 1..=6) => 6,
        // Companies of Northern Ireland from before 1922.
        (1, 7) if prefix == "R" => 7,
        _ => return None,
    };
    // Some old societies end in a letter: `IP00001R`.
    let (body, tail) = figures.split_at(figures.len() - 1);
    let good = body.bytes().all(|b| b.is_ascii_digit()) && tail.bytes().all(|b| b.is_ascii_digit() || letters == 2);
    good.then(|| format!("GB-COH-{prefix}{figures:0>wide$}").parse().expect("15 printable characters are a key"))
}

/// Adds an identifier, unless it is blank or there already.
pub(super) fn identify(entity: &mut Entity, scheme: Scheme, value: &str) {
    let value = value.trim();
    if value.is_empty() || value.len() > 256 {
        return;
    }
    let identifier = Identifier { scheme, value: value.to_owned() };
    if !entity.identifiers.contains(&identifier) {
        entity.identifiers.push(identifier);
    }
}

/// The place that all codes name alike; none is taken where they differ or are no codes, and that is counted.
pub(super) fn place(codes: &[&str], what: &'static str, said: &mut Said) -> Option<Place> {
    let mut found: Option<Place> = None;
    for code in codes {
        let Ok(place) = code.parse::<Place>() else {
            said.pass(format!("{what} `{}`, which is no code that we use", clip(code)));
            continue;
        };
        if found.is_some_and(|found| found != place) {
            said.pass(format!("{what}, of which several are stated"));
            return None;
        }
        found = Some(place);
    }
    found
}

/// A share as the source writes it.
pub(super) fn share(text: &str, field: &str) -> Result<Share, Fault> {
    reading(text, field).map(|reading| reading.share)
}

/// The same, with what it tells of the scale of the figures beside it.
pub(super) fn reading(text: &str, field: &str) -> Result<Reading, Fault> {
    read_share(text).map_err(|error| Fault::new(Reason::of_percent(&error), format!("field `{field}`: {error}")))
}
