//! OFAC's lists as CSV without a header: `sdn.csv` or `cons_prim.csv`, and the aliases and addresses that belong to them by number.
//!
//! https://sanctionslist.ofac.treas.gov/Home/SdnList and the specification `dat_spec.txt`. Rows end in CRLF, `-0-` is no value, and the
//! byte 0x1A ends the file. An alias is an entity statement of its own with the same key.

use super::{
    ReadError, Said,
    build::{self, File},
    out::Out,
    rows,
    table::{END_OF_FILE, Fields, Table},
    unpack::Text,
};
use crate::{
    Entity, EntityKey, EntityKind, InterestKind, Lei, ListEntry, NameKind, Scheme, Statement,
    reject::{Fault, Reason, clip},
};

/// Which of the three files it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// The main records, and the list that they are.
    Main(String),
    Aliases,
    Addresses,
}

/// What numbers of organisations are called in the remarks.
const REGISTERS: &[&str] = &[
    "Registration Number ",
    "Registration ID ",
    "Company Number ",
    "UK Company Number ",
    "Commercial Registry Number ",
    "C.R. No. ",
    "Business Registration Number ",
    "Business Registration Document # ",
    "Public Registration Number ",
    "Enterprise Number ",
    "Chamber of Commerce Number ",
    "Certificate of Incorporation Number ",
    "Trade License No. ",
    "United Social Credit Code ",
    "Unified Social Credit Code (USCC) ",
    "Unified Social Credit Code ",
    "Folio Mercantil No. ",
    "Matricula Mercantil No ",
];
const TAXES: &[&str] =
    &["Tax ID No. ", "V.A.T. Number ", "NIT # ", "RUC # ", "RIF # ", "R.F.C. ", "Italian Fiscal Code "];
const OTHERS: &[&str] = &["D-U-N-S Number ", "SWIFT/BIC ", "Government Gazette Number ", "Legal Entity Number "];

pub(super) fn read(text: &mut Text<'_>, kind: &Kind, file: &File, out: &mut Out<'_>) -> Result<(), ReadError> {
    let mut fields = Fields::default();
    rows::each(text, &mut Table::new(true), out, |row, _, said| {
        if row == END_OF_FILE {
            said.pass("mark at the end of the file");
            return Ok(());
        }
        fields.split(row);
        match kind {
            Kind::Main(list) => main(file, list, &fields, said),
            Kind::Aliases => alias(file, &fields, said),
            Kind::Addresses => {
                number(&fields, 6)?;
                said.pass("address");
                Ok(())
            }
        }
    })
}

/// The key of the party that a row is about; also checks that the row has all its fields.
fn number(fields: &Fields, count: usize) -> Result<EntityKey, Fault> {
    if fields.len() != count {
        let detail = format!("row has {} fields, expected {count}; is a quote or a comma missing?", fields.len());
        return Err(Fault::new(Reason::BadCsv, detail));
    }
    let number = fields.get(0);
    if number.is_empty() || number.len() > 12 || !number.bytes().all(|b| b.is_ascii_digit()) {
        let detail = format!("first field is `{}`, expected the number of a party (ent_num)", clip(number));
        return Err(Fault::new(Reason::BadId, detail));
    }
    // The form that FollowTheMoney exports of the list use.
    build::key(&format!("ofac-{number}"), "ent_num")
}

fn field(fields: &Fields, column: usize) -> Option<&str> {
    Some(fields.get(column)).filter(|text| !text.is_empty() && *text != "-0-")
}

fn main(file: &File, list: &str, fields: &Fields, said: &mut Said) -> Result<(), Fault> {
    let key = number(fields, 12)?;
    let name = field(fields, 1).ok_or_else(|| Fault::missing("SDN_Name"))?;
    let kind = match field(fields, 2).map(str::to_ascii_lowercase).as_deref() {
        None | Some("entity") => EntityKind::Company,
        Some("individual") => EntityKind::Person,
        Some("vessel") => EntityKind::Vessel,
        Some("aircraft") => EntityKind::Unknown,
        Some(other) => {
            let detail = format!("field `SDN_Type`: `{}` is none of individual, entity, vessel, aircraft", clip(other));
            return Err(Fault::new(Reason::UnknownSchema, detail));
        }
    };
    let mut entity = file.entity(key, kind, fields.get(0));
    file.name(&mut entity, NameKind::Primary, name, "SDN_Name")?;
    let programmes = field(fields, 3).unwrap_or_default();
    // Several programmes stand as `SDGT] [IRGC`.
    for programme in
        programmes.split("] [").map(|text| text.trim_matches(['[', ']', ' '])).filter(|text| !text.is_empty())
    {
        entity.lists.push(ListEntry { list: list.to_owned(), programme: Some(programme.to_owned()) });
    }
    if entity.lists.is_empty() {
        entity.lists.push(ListEntry { list: list.to_owned(), programme: None });
    }
    if let Some(remarks) = field(fields, 11) {
        for remark in remarks.split("; ") {
            self::remark(file, &mut entity, remark.trim().trim_end_matches('.'), said)?;
        }
    }
    said.statements.insert(0, Statement::Entity(entity));
    Ok(())
}

fn remark(file: &File, entity: &mut Entity, remark: &str, said: &mut Said) -> Result<(), Fault> {
    if let Some(alias) = remark.strip_prefix("a.k.a. '").or_else(|| remark.strip_prefix("alt. a.k.a. '")) {
        return file.name(entity, NameKind::Weak, alias.trim_end_matches('\''), "remarks");
    }
    if let Some(party) = remark.strip_prefix("Linked To: ") {
        return linked(file, entity, party, said);
    }
    if entity.kind == EntityKind::Person {
        return Ok(());
    }
    let found = |names: &'static [&'static str]| {
        names.iter().find_map(|name| Some((name.trim_end_matches([' ', '#', '.']), remark.strip_prefix(name)?)))
    };
    // Behind the number stands the country, in brackets.
    let number = |text: &str| text.split(" (").next().unwrap_or_default().trim().to_owned();
    if let Some((_, text)) = found(REGISTERS) {
        build::identify(entity, Scheme::Register(country(text)), &number(text));
    } else if let Some((_, text)) = found(TAXES) {
        build::identify(entity, Scheme::Tax, &number(text));
    } else if let Some((name, text)) = found(OTHERS) {
        match number(text).parse::<Lei>() {
            Ok(lei) => build::identify(entity, Scheme::Lei, lei.as_str()),
            Err(_) => build::identify(entity, Scheme::Other(name.to_owned()), &number(text)),
        }
    }
    Ok(())
}

fn country(text: &str) -> String {
    let inside = text.split_once(" (").and_then(|(_, rest)| rest.split_once(')'));
    inside.map(|(country, _)| country.to_owned()).unwrap_or_default()
}

/// A party that is named and nothing else: an unresolved owner whose interest is shown and never counted.
fn linked(file: &File, entity: &Entity, party: &str, said: &mut Said) -> Result<(), Fault> {
    let record = &entity.source.record;
    let party = party.trim();
    let key = build::key(&format!("name:{party}"), "remarks")?;
    let mut named = file.entity(key, EntityKind::Unknown, record);
    file.name(&mut named, NameKind::Primary, party, "remarks")?;
    said.statements.push(Statement::Interest(file.interest(&named.key, &entity.key, InterestKind::Other, record)?));
    said.statements.push(Statement::Entity(named));
    Ok(())
}

fn alias(file: &File, fields: &Fields, said: &mut Said) -> Result<(), Fault> {
    let key = number(fields, 5)?;
    let name = field(fields, 3).ok_or_else(|| Fault::missing("alt_name"))?;
    let kind = match field(fields, 2) {
        Some("aka" | "nka") => NameKind::Alias,
        Some("fka") => NameKind::Previous,
        other => {
            let detail = format!("field `alt_type`: `{}` is none of aka, fka, nka", clip(other.unwrap_or_default()));
            return Err(Fault::new(Reason::UnknownSchema, detail));
        }
    };
    let mut entity = file.entity(key, EntityKind::Unknown, &format!("{} {}", fields.get(0), fields.get(1)));
    file.name(&mut entity, kind, name, "alt_name")?;
    said.statements.push(Statement::Entity(entity));
    Ok(())
}
