//! A list of names as CSV: `name`, and where known `id, list, programme, kind, alias, jurisdiction (or country), hq_country, identifier`.
//!
//! `alias`, `identifier` and `list` hold several values behind `;`; a list may name its programme, `ofac-sdn:SDGT`. An identifier is an LEI, or `SCHEME:NUMBER`, or a number of an unnamed register.

use super::{
    ReadError, Said,
    build::{self, File},
    out::Out,
    rows,
    table::{Fields, Table},
    unpack::Text,
};
use crate::{
    Entity, EntityKind, Lei, ListEntry, NameKind, Scheme, Statement,
    plain::delimiter,
    reject::{Fault, Reason, clip},
};

const COLUMNS: &[&str] =
    &["name", "id", "list", "programme", "kind", "alias", "jurisdiction", "country", "hq_country", "identifier"];

/// Where the columns are.
#[derive(Debug)]
struct Header {
    names: Vec<String>,
}

pub(super) fn read(text: &mut Text<'_>, list: Option<&str>, file: &File, out: &mut Out<'_>) -> Result<(), ReadError> {
    let delimiter = delimiter(text.head().split(|&byte| byte == b'\n').next().unwrap_or_default());
    let mut fields = Fields::parted_by(delimiter);
    let mut header: Option<Header> = None;
    let mut failed = None;
    rows::each(text, &mut Table::new(false).parted_by(delimiter), out, |row, _, said| {
        fields.split(row);
        match &header {
            Some(header) => record(header, list, file, &fields, said),
            None => {
                said.pass("header");
                match Header::of(&fields) {
                    Ok(found) => {
                        for name in found.names.iter().filter(|name| !COLUMNS.contains(&name.as_str())) {
                            said.pass(format!("column `{}`", clip(name)));
                        }
                        header = Some(found);
                    }
                    Err(error) => failed = Some(error),
                }
                Ok(())
            }
        }
    })?;
    failed.map_or(Ok(()), Err)
}

impl Header {
    fn of(fields: &Fields) -> Result<Self, ReadError> {
        let names: Vec<String> = fields.iter().map(|name| name.to_ascii_lowercase().replace(' ', "_")).collect();
        if let Some((_, twice)) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
            return Err(ReadError::ColumnTwice { column: clip(twice).into_owned() });
        }
        if !names.iter().any(|name| name == "name") {
            let columns = clip(&names.join(", ")).into_owned();
            return Err(ReadError::NoColumn { column: "name", columns });
        }
        Ok(Self { names })
    }

    fn field<'a>(&self, fields: &'a Fields, name: &str) -> Option<&'a str> {
        let column = self.names.iter().position(|found| found == name)?;
        Some(fields.get(column)).filter(|text| !text.is_empty())
    }
}

fn record(header: &Header, list: Option<&str>, file: &File, fields: &Fields, said: &mut Said) -> Result<(), Fault> {
    if fields.len() != header.names.len() {
        let detail = format!(
            "row has {} fields, and the header {}; is a quote or a comma missing, or the file cut?",
            fields.len(),
            header.names.len()
        );
        return Err(Fault::new(Reason::BadCsv, detail));
    }
    let field = |name| header.field(fields, name);
    let name = field("name").ok_or_else(|| Fault::missing("name"))?;
    let list = field("list").or(list).unwrap_or("names");
    let key = match field("id") {
        Some(id) => build::key(id, "id")?,
        // The same name on the same list is the same entry.
        None => build::key(&format!("{list}:{name}"), "name (which is the id where there is none)")?,
    };
    let kind = match field("kind").map(str::to_ascii_lowercase).as_deref() {
        None | Some("company" | "organization" | "organisation" | "entity") => EntityKind::Company,
        Some("person" | "individual") => EntityKind::Person,
        Some("state") => EntityKind::State,
        Some("vessel") => EntityKind::Vessel,
        Some("unknown") => EntityKind::Unknown,
        Some(other) => {
            let detail = format!("field `kind`: `{}` is none of company, person, state, vessel, unknown", clip(other));
            return Err(Fault::new(Reason::UnknownSchema, detail));
        }
    };
    let mut entity = file.entity(key, kind, field("id").unwrap_or(name));
    file.name(&mut entity, NameKind::Primary, name, "name")?;
    for alias in field("alias").unwrap_or_default().split(';') {
        file.name(&mut entity, NameKind::Alias, alias, "alias")?;
    }
    if kind != EntityKind::Person {
        let codes = |name| field(name).into_iter().collect::<Vec<_>>();
        let place = if field("jurisdiction").is_some() { "jurisdiction" } else { "country" };
        entity.jurisdiction = build::place(&codes(place), "jurisdiction", said);
        entity.headquarters = build::place(&codes("hq_country"), "country of the headquarters", said);
    }
    for text in field("identifier").unwrap_or_default().split(';').map(str::trim).filter(|text| !text.is_empty()) {
        identifier(&mut entity, text)?;
    }
    for entry in list.split(';').map(str::trim).filter(|entry| !entry.is_empty()) {
        // As in a file of entities: `ofac-sdn:SDGT`.
        let (list, programme) =
            entry.split_once(':').map_or((entry, None), |(list, of)| (list.trim(), Some(of.trim())));
        let programme = programme.or(field("programme")).filter(|programme| !programme.is_empty());
        entity.lists.push(ListEntry { list: list.to_owned(), programme: programme.map(str::to_owned) });
    }
    said.statements.push(Statement::Entity(entity));
    Ok(())
}

fn identifier(entity: &mut Entity, text: &str) -> Result<(), Fault> {
    match text.split_once(':') {
        Some((scheme, value)) if scheme.eq_ignore_ascii_case("lei") => {
            build::identify(entity, Scheme::Lei, build::lei(value, "identifier")?.as_str());
        }
        Some((scheme, value)) => build::identify(entity, Scheme::Register(scheme.trim().to_owned()), value),
        None => match text.parse::<Lei>() {
            Ok(lei) => build::identify(entity, Scheme::Lei, lei.as_str()),
            Err(_) => build::identify(entity, Scheme::Register(String::new()), text),
        },
    }
    Ok(())
}
