//! FollowTheMoney entities, one JSON object a line: parties and the links between them.
//!
//! https://followthemoney.tech/explorer/. Every property is a list; where a link names several owners, how its figure is split is not
//! known, so each holds anything from nothing up to it.

use super::{
    Said,
    build::{self, File},
    json::{self, Object, describe},
    when,
};
use crate::{
    Entity, EntityKey, EntityKind, InterestKind, ListEntry, NameKind, Scheme, Share, Statement,
    percent::{Reading, Scale},
    reject::{Fault, Reason, clip},
};

/// How a schema is read.
enum Schema {
    Party(EntityKind),
    /// A link from an owner to what is owned, in the properties named.
    Link {
        from: &'static str,
        to: &'static str,
        kind: InterestKind,
    },
    /// Known, and nothing that decides who owns whom.
    PassedOver,
    Unknown,
}

const NAMES: &[(&str, NameKind)] = &[
    ("name", NameKind::Primary),
    ("alias", NameKind::Alias),
    ("abbreviation", NameKind::Alias),
    ("previousName", NameKind::Previous),
    ("weakAlias", NameKind::Weak),
];

const REGISTERS: &[&str] = &["registrationNumber", "ogrnCode", "krsCode", "sirenCode", "uscCode", "npiCode"];
const TAXES: &[&str] = &["taxNumber", "vatCode", "innCode"];
const OTHERS: &[&str] = &[
    "idNumber",
    "permId",
    "swiftBic",
    "bicCode",
    "dunsCode",
    "uniqueEntityId",
    "cikCode",
    "imoNumber",
    "wikidataId",
    "okpoCode",
];

/// Programmes that are a list of their own under the names that regimes use, in datasets that hold several lists.
const PROGRAMMES: &[(&str, &str)] = &[("US-BIS-EL", "bis-entity"), ("US-BIS-MEU", "bis-meu")];

/// Lists of datasets under the names that regimes use.
const DATASETS: &[(&str, &str)] = &[
    ("us_ofac_sdn", "ofac-sdn"),
    ("us_ofac_cons", "ofac-consolidated"),
    ("eu_fsf", "eu-sanctions"),
    ("gb_hmt_sanctions", "uk-sanctions"),
    ("gb_fcdo_sanctions", "uk-sanctions"),
];

impl Schema {
    fn of(name: &str) -> Self {
        match name {
            "Person" => Self::Party(EntityKind::Person),
            "Company" | "Organization" | "LegalEntity" => Self::Party(EntityKind::Company),
            "PublicBody" => Self::Party(EntityKind::State),
            "Asset" => Self::Party(EntityKind::Unknown),
            "Vessel" => Self::Party(EntityKind::Vessel),
            "Ownership" => Self::Link { from: "owner", to: "asset", kind: InterestKind::Shares },
            "Directorship" => Self::Link { from: "director", to: "organization", kind: InterestKind::Other },
            "UnknownLink" => Self::Link { from: "subject", to: "object", kind: InterestKind::Other },
            "Address" | "Airplane" | "Article" | "Assessment" | "Associate" | "Audio" | "BankAccount" | "Call"
            | "CallForTenders" | "Concession" | "Contract" | "ContractAward" | "CourtCase" | "CourtCaseParty"
            | "CryptoWallet" | "Debt" | "Document" | "Documentation" | "EconomicActivity" | "Email" | "Employment"
            | "Event" | "Family" | "Folder" | "HyperText" | "Identification" | "Image" | "License" | "Membership"
            | "Mention" | "Message" | "Note" | "Occupancy" | "Package" | "Page" | "Pages" | "Passport" | "Payment"
            | "PlainText" | "Position" | "Post" | "Project" | "ProjectParticipant" | "RealEstate"
            | "Representation" | "Risk" | "Sanction" | "Security" | "Similar" | "Succession" | "Table" | "TaxRoll"
            | "Trip" | "UserAccount" | "Vehicle" | "Video" | "Workbook" => Self::PassedOver,
            _ => Self::Unknown,
        }
    }
}

pub(super) fn record(file: &File, row: &str, said: &mut Said) -> Result<(), Fault> {
    let value = json::value(row)?;
    let record = Object::of(&value, "")?;
    let schema = record.need_text("schema")?;
    let id = record.need_text("id")?;
    let properties = record.object("properties", "properties.")?;
    let found = Schema::of(schema);
    match (found, properties) {
        (Schema::PassedOver, _) => {
            said.pass(format!("schema `{schema}`"));
            Ok(())
        }
        (Schema::Unknown, _) => {
            let detail = format!(
                "schema `{}` is none that we know; is it FollowTheMoney, of a model that is newer?",
                clip(schema)
            );
            Err(Fault::new(Reason::UnknownSchema, detail))
        }
        (_, None) => Err(Fault::missing("properties")),
        (Schema::Party(kind), Some(properties)) => party(file, kind, id, record, properties, said),
        (Schema::Link { from, to, kind }, Some(properties)) => link(file, id, (from, to), kind, properties, said),
    }
}

fn party(
    file: &File,
    kind: EntityKind,
    id: &str,
    record: Object<'_>,
    properties: Object<'_>,
    said: &mut Said,
) -> Result<(), Fault> {
    let most = file.limits.values;
    let mut entity = file.entity(build::key(id, "id")?, kind, id);
    for &(property, kind) in NAMES {
        for name in properties.texts(property, most)? {
            file.name(&mut entity, kind, name, property)?;
        }
    }
    if let Some(caption) = record.text("caption")?.filter(|_| entity.names.is_empty()) {
        file.name(&mut entity, NameKind::Primary, caption, "caption")?;
    }
    // Where people live or come from is no input.
    if kind != EntityKind::Person {
        entity.jurisdiction = build::place(&properties.texts("jurisdiction", most)?, "jurisdiction", said);
        entity.headquarters = build::place(&properties.texts("mainCountry", most)?, "mainCountry", said);
        entity.period = when::widest(
            &properties.texts("incorporationDate", most)?,
            &properties.texts("dissolutionDate", most)?,
            ("incorporationDate", "dissolutionDate"),
        )?;
    }
    identifiers(&mut entity, properties, most, said)?;
    entity.lists = lists(record, properties, most)?;
    said.statements.push(Statement::Entity(entity));
    Ok(())
}

fn identifiers(entity: &mut Entity, properties: Object<'_>, most: usize, said: &mut Said) -> Result<(), Fault> {
    for text in properties.texts("leiCode", most)? {
        match build::lei(text, "leiCode") {
            Ok(lei) => build::identify(entity, Scheme::Lei, lei.as_str()),
            Err(fault) => said.faults.push(fault),
        }
    }
    if entity.kind == EntityKind::Person {
        return Ok(());
    }
    let country = entity.jurisdiction.map(|place| place.country().to_string()).unwrap_or_default();
    for property in REGISTERS {
        let register = if *property == "registrationNumber" { country.as_str() } else { property };
        for text in properties.texts(property, most)? {
            build::identify(entity, Scheme::Register(register.to_owned()), text);
        }
    }
    for text in TAXES.iter().map(|property| properties.texts(property, most)).collect::<Result<Vec<_>, _>>()?.concat() {
        build::identify(entity, Scheme::Tax, text);
    }
    for property in OTHERS {
        for text in properties.texts(property, most)? {
            build::identify(entity, Scheme::Other((*property).to_owned()), text);
        }
    }
    Ok(())
}

/// The topics that say that a list names the entity, and the datasets of an entity that has one.
fn lists(record: Object<'_>, properties: Object<'_>, most: usize) -> Result<Vec<ListEntry>, Fault> {
    let listed = |topic: &&str| {
        topic.starts_with("sanction")
            || topic.starts_with("export.control")
            || matches!(*topic, "debarment" | "asset.frozen")
    };
    let topics: Vec<&str> = properties.texts("topics", most)?.into_iter().filter(listed).collect();
    let programmes = properties.texts("programId", most)?;
    let mut entries = Vec::new();
    for topic in &topics {
        add(&mut entries, topic, &programmes);
    }
    // An entity that is only linked to a listed one stands in the dataset as well, but is not on the list.
    if topics.iter().any(|topic| matches!(*topic, "sanction" | "export.control" | "debarment" | "asset.frozen")) {
        for (_, list) in PROGRAMMES.iter().filter(|(programme, _)| programmes.contains(programme)) {
            add(&mut entries, list, &[]);
        }
        let datasets = record.texts("datasets", most)?;
        // Which programme is of which list is said for one list only.
        let known = if datasets.len() == 1 { programmes.as_slice() } else { &[] };
        for dataset in datasets {
            let list = DATASETS.iter().find(|(name, _)| *name == dataset).map_or(dataset, |(_, list)| list);
            if !entries.iter().any(|entry| entry.list == *list) {
                add(&mut entries, list, known);
            }
        }
    }
    Ok(entries)
}

fn add(entries: &mut Vec<ListEntry>, list: &str, programmes: &[&str]) {
    if programmes.is_empty() {
        entries.push(ListEntry { list: list.to_owned(), programme: None });
    }
    for programme in programmes {
        entries.push(ListEntry { list: list.to_owned(), programme: Some((*programme).to_owned()) });
    }
}

fn link(
    file: &File,
    id: &str,
    (from, to): (&'static str, &'static str),
    kind: InterestKind,
    properties: Object<'_>,
    said: &mut Said,
) -> Result<(), Fault> {
    let most = file.limits.values;
    let ends = |property: &str| -> Result<Vec<EntityKey>, Fault> {
        let found = references(properties, property, most)?;
        if found.is_empty() { Err(Fault::missing(&format!("properties.{property}"))) } else { Ok(found) }
    };
    let (owners, owned) = (ends(from)?, ends(to)?);
    if owners.len().saturating_mul(owned.len()) > most {
        let detail = format!("a link between {} and {} parties is over the limit of {most}", owners.len(), owned.len());
        return Err(Fault::new(Reason::TooManyValues, detail));
    }
    let period = when::widest(
        &properties.texts("startDate", most)?,
        &properties.texts("endDate", most)?,
        ("startDate", "endDate"),
    )?;
    let shares = if kind == InterestKind::Shares {
        shares(properties, most, owners.len() * owned.len() == 1)?
    } else {
        vec![None]
    };
    for owner in &owners {
        for owned in &owned {
            for figure in &shares {
                let share = figure.map(|figure| figure.share);
                let interest = file.interest(owner, owned, kind, id)?;
                let statement = Statement::Interest(crate::Interest { share, period, ..interest });
                match figure.map(|figure| figure.scale) {
                    Some(Scale::Either { percent }) => said.either.push((statement, percent)),
                    scale => {
                        said.percent |= scale == Some(Scale::Percent);
                        said.statements.push(statement);
                    }
                }
            }
        }
    }
    Ok(())
}

/// One share for each figure that is stated; several figures for one stake are a conflict that the graph shows.
fn shares(properties: Object<'_>, most: usize, one_pair: bool) -> Result<Vec<Option<Reading>>, Fault> {
    let up_to =
        |share: Share| Share::between(0, share.max()).expect("an interval that begins with nothing holds a value");
    let mut found = Vec::new();
    for text in properties.texts("percentage", most)? {
        let mut reading = build::reading(text, "percentage")?;
        if !one_pair {
            reading.share = up_to(reading.share);
            if let Scale::Either { percent } = &mut reading.scale {
                *percent = up_to(*percent);
            }
        }
        if !found.contains(&Some(reading)) {
            found.push(Some(reading));
        }
    }
    if found.is_empty() {
        found.push(None);
    }
    Ok(found)
}

/// Ids of other entities; some exports nest the entity itself.
fn references(properties: Object<'_>, property: &str, most: usize) -> Result<Vec<EntityKey>, Fault> {
    let mut keys = Vec::new();
    for value in properties.list(property, most)? {
        let id = match value {
            serde_json::Value::String(id) => id.as_str(),
            serde_json::Value::Object(_) => Object::of(value, property)?.need_text("id")?,
            other => {
                let detail = format!("field `properties.{property}` holds {}, expected an id", describe(other));
                return Err(Fault::new(Reason::WrongType, detail));
            }
        };
        let key = build::key(id, property)?;
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    Ok(keys)
}
