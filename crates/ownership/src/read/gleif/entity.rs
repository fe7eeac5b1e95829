//! Level 1: one legal entity.

use super::{
    super::{
        Said,
        build::{self, File},
        when,
    },
    Leaves,
};
use crate::{EntityKind, NameKind, Scheme, Statement, reject::Fault};

pub(super) fn record(file: &File, leaves: &Leaves, said: &mut Said) -> Result<(), Fault> {
    let lei = build::lei(leaves.need("LEI")?, "LEI")?;
    let status = leaves.one("Registration.RegistrationStatus").unwrap_or_default();
    if matches!(status, "ANNULLED" | "DUPLICATE" | "CANCELLED" | "PENDING_VALIDATION")
        || leaves.one("Entity.EntityStatus") == Some("NULL")
    {
        said.pass(format!("registration that is {}", if status.is_empty() { "NULL" } else { status }));
        return Ok(());
    }
    let kind = match leaves.one("Entity.EntityCategory") {
        Some("FUND") => EntityKind::Arrangement,
        Some("RESIDENT_GOVERNMENT_ENTITY") => EntityKind::State,
        Some("SOLE_PROPRIETOR") => EntityKind::Person,
        _ => EntityKind::Company,
    };
    let record = lei.to_string();
    let mut entity = file.entity(build::lei_key(lei), kind, &record);
    for (path, of, _, text) in leaves.iter() {
        let kind = match path {
            "Entity.LegalName" => NameKind::Primary,
            "Entity.OtherEntityNames.OtherEntityName" if of.starts_with("PREVIOUS") => NameKind::Previous,
            "Entity.OtherEntityNames.OtherEntityName"
            | "Entity.TransliteratedOtherEntityNames.TransliteratedOtherEntityName" => NameKind::Alias,
            _ => continue,
        };
        file.name(&mut entity, kind, text, path)?;
    }
    if kind != EntityKind::Person {
        let code = |path| leaves.one(path).into_iter().collect::<Vec<_>>();
        entity.jurisdiction = build::place(&code("Entity.LegalJurisdiction"), "legal jurisdiction", said);
        entity.headquarters =
            build::place(&code("Entity.HeadquartersAddress.Country"), "country of the headquarters", said);
    }
    build::identify(&mut entity, Scheme::Lei, lei.as_str());
    let authority = leaves.one("Entity.RegistrationAuthority.RegistrationAuthorityID").unwrap_or_default();
    if let Some(number) = leaves.one("Entity.RegistrationAuthority.RegistrationAuthorityEntityID") {
        build::identify(&mut entity, Scheme::Register(authority.to_owned()), number);
    }
    let date = |path| leaves.one(path).map(|text| when::days(text, path)).transpose();
    let (from, to) = (date("Entity.EntityCreationDate")?, date("Entity.EntityExpirationDate")?);
    entity.period = when::period(from, to, "Entity.EntityExpirationDate")?;
    said.statements.push(Statement::Entity(entity));
    Ok(())
}
