//! Beneficial Ownership Data Standard 0.4: statements of entities, persons and relationships, as a JSON list or lines.
//!
//! https://standard.openownership.org/en/0.4.0/. A later statement of one record replaces the earlier from where it speaks on, so
//! everything is held until the end, up to a limit.

mod interest;
mod versions;

use serde_json::Value;

use self::versions::{Status, Version, Versions};
use super::{
    ReadError, Said,
    build::{self, File},
    json::{self, Object, describe},
    out::Out,
    when,
};
use crate::{
    EntityKey, EntityKind, NameKind, Period, Scheme, Statement,
    reject::{Fault, Reason, clip},
};

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Declarations {
    versions: Versions,
}

impl Declarations {
    pub(super) fn record(&mut self, file: &File, row: &str, line: u64, said: &mut Said) -> Result<(), Fault> {
        if self.versions.bytes() > file.limits.held_bytes {
            // The end says so.
            return Ok(());
        }
        let value = json::value(row)?;
        let statement = Object::of(&value, "")?;
        let kind = statement.need_text("recordType").map_err(|fault| explain_older(&value, fault))?;
        let record = statement.need_text("recordId")?;
        let status = match statement.text("recordStatus")? {
            None | Some("new") => Status::New,
            Some("updated") => Status::Updated,
            Some("closed") => Status::Closed,
            Some(other) => {
                let detail = format!("field `recordStatus`: `{}` is none of new, updated, closed", clip(other));
                return Err(Fault::new(Reason::UnknownSchema, detail));
            }
        };
        let stated = when::days(statement.need_text("statementDate")?, "statementDate")?.first();
        let details = statement.need_object("recordDetails", "recordDetails.")?;
        let id = statement.text("statementId")?.unwrap_or(record);
        let key = build::key(record, "recordId")?;
        let mut found = Said::default();
        match kind {
            "entity" => entity(file, key.clone(), id, details, &mut found)?,
            "person" => person(file, key.clone(), id, details, &mut found)?,
            "relationship" => interest::relationship(file, id, details, &mut found)?,
            other => {
                let detail = format!("field `recordType`: `{}` is none of entity, person, relationship", clip(other));
                return Err(Fault::new(Reason::UnknownSchema, detail));
            }
        }
        said.passed = found.passed;
        said.faults = found.faults;
        self.versions.add(key, Version { stated, line, status, statements: found.statements });
        Ok(())
    }

    /// Hands on what was held; an error when it came to more than may be.
    pub(super) fn finish(self, out: &mut Out<'_>) -> Result<(), ReadError> {
        let limit = out.limits.held_bytes;
        if self.versions.bytes() > limit {
            return Err(ReadError::TooMuchHeld { limit });
        }
        self.versions.finish(out);
        Ok(())
    }
}

/// Statements of BODS 0.1 to 0.3 have another shape.
fn explain_older(value: &Value, fault: Fault) -> Fault {
    if value.get("statementType").is_none() {
        return fault;
    }
    let detail = "statement has `statementType`, as in BODS 0.1 to 0.3; convert it to 0.4, which has `recordType`";
    Fault::new(Reason::UnknownSchema, detail)
}

fn entity(file: &File, key: EntityKey, id: &str, details: Object<'_>, said: &mut Said) -> Result<(), Fault> {
    let most = file.limits.values;
    let kind = match details.object("entityType", "entityType.")? {
        None => EntityKind::Unknown,
        Some(object) => match object.text("type")? {
            Some("registeredEntity" | "legalEntity") => EntityKind::Company,
            Some("arrangement") => EntityKind::Arrangement,
            Some("state" | "stateBody") => EntityKind::State,
            Some("anonymousEntity" | "unknownEntity") | None => EntityKind::Unknown,
            Some(other) => {
                let detail = format!("field `entityType.type`: `{}` is no type that BODS 0.4 has", clip(other));
                return Err(Fault::new(Reason::UnknownSchema, detail));
            }
        },
    };
    let mut entity = file.entity(key, kind, id);
    if let Some(name) = details.text("name")? {
        file.name(&mut entity, NameKind::Primary, name, "name")?;
    }
    for name in details.texts("alternateNames", most)? {
        file.name(&mut entity, NameKind::Alias, name, "alternateNames")?;
    }
    if let Some(jurisdiction) = details.object("jurisdiction", "jurisdiction.")? {
        let code: Vec<&str> = jurisdiction.text("code")?.into_iter().collect();
        entity.jurisdiction = build::place(&code, "jurisdiction", said);
    }
    identifiers(&mut entity, details, most, said)?;
    let date = |name: &'static str| details.text(name)?.map(|text| when::days(text, name)).transpose();
    entity.period = when::period(date("foundingDate")?, date("dissolutionDate")?, "dissolutionDate")?;
    said.statements.push(Statement::Entity(entity));
    Ok(())
}

fn identifiers(entity: &mut crate::Entity, details: Object<'_>, most: usize, said: &mut Said) -> Result<(), Fault> {
    for value in details.list("identifiers", most)? {
        let identifier = Object::of(value, "identifiers.")?;
        let Some(id) = identifier.text("id")? else { continue };
        match identifier.text("scheme")? {
            Some("XI-LEI") => match build::lei(id, "identifiers.id") {
                Ok(lei) => build::identify(entity, Scheme::Lei, lei.as_str()),
                Err(fault) => said.faults.push(fault),
            },
            Some(scheme) => build::identify(entity, Scheme::Register(scheme.to_owned()), id),
            None => {
                let name = identifier.text("schemeName")?.unwrap_or_default();
                build::identify(entity, Scheme::Other(name.to_owned()), id);
            }
        }
    }
    Ok(())
}

fn person(file: &File, key: EntityKey, id: &str, details: Object<'_>, said: &mut Said) -> Result<(), Fault> {
    let mut entity = file.entity(key.clone(), EntityKind::Person, id);
    for value in details.list("names", file.limits.values)? {
        let name = Object::of(value, "names.")?;
        let kind = match name.text("type")? {
            Some("alternative" | "translation" | "transliteration") => NameKind::Alias,
            Some("former" | "birth") => NameKind::Previous,
            _ => NameKind::Primary,
        };
        let parts = [name.text("givenName")?, name.text("patronymicName")?, name.text("familyName")?];
        let joined = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        file.name(&mut entity, kind, name.text("fullName")?.unwrap_or(&joined), "names.fullName")?;
    }
    said.statements.push(Statement::Entity(entity));
    if let Some("anonymousPerson" | "unknownPerson") = details.text("personType")? {
        let unspecified = details.object("unspecifiedPersonDetails", "unspecifiedPersonDetails.")?;
        let reason = unspecified.map_or(Ok(None), |object| object.text("reason"))?;
        said.statements.push(file.gap(&key, reason.unwrap_or("anonymous person"), Period::default(), id));
    }
    Ok(())
}

/// Who has the interest: a record, or the reason why nobody is named.
enum Party<'a> {
    Record(EntityKey),
    Unspecified(&'a str),
}

fn party<'a>(details: Object<'a>, field: &'static str) -> Result<Party<'a>, Fault> {
    match details.value(field) {
        None => Err(Fault::missing(&format!("recordDetails.{field}"))),
        Some(Value::String(record)) => build::key(record, field).map(Party::Record),
        Some(value @ Value::Object(_)) => Ok(Party::Unspecified(Object::of(value, field)?.need_text("reason")?)),
        Some(other) => {
            let detail = format!(
                "field `recordDetails.{field}` is {}, expected a recordId or an object with a reason",
                describe(other)
            );
            Err(Fault::new(Reason::WrongType, detail))
        }
    }
}
