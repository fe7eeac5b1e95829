//! Which results a caller wants to see, in the words of yente's parameters.

use jiff::Timestamp;
use ownership::{EntityId, EntityKind};

use super::{
    Shown, entity,
    fault::{Fault, clipped},
    pairs::Pairs,
};
use crate::Register;

/// What a result must have, and what it must not have. What is not named is let be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// Names that mean everything that is here.
    whole: Vec<String>,
    include_dataset: Vec<String>,
    exclude_dataset: Vec<String>,
    datasets: Vec<String>,
    exclude_schema: Vec<String>,
    exclude_entity_ids: Vec<String>,
    topics: Vec<String>,
    countries: Vec<String>,
    /// Values of properties, as `name:value`.
    properties: Vec<(String, String)>,
    target: Option<bool>,
    /// Whether all values of one parameter must be there, or any of them.
    all_values: bool,
    /// Only what changed later than everything here was loaded: nothing.
    none_changed: bool,
}

impl Filter {
    pub(super) fn of(pairs: &Pairs, dataset: &str, loaded: Timestamp) -> Result<Self, Fault> {
        let mut properties = Vec::new();
        for value in pairs.all("filter") {
            let (name, value) = value.split_once(':').ok_or_else(|| {
                Fault::asked_wrongly(format!("`filter` is `{}`, expected `name:value`", clipped(value)))
            })?;
            properties.push((name.trim_start_matches("properties.").to_owned(), value.to_owned()));
        }
        let changed_since = pairs.first("changed_since").map(day_and_time).transpose()?;
        Ok(Self {
            whole: vec![dataset.to_owned(), "default".to_owned()],
            include_dataset: pairs.each("include_dataset"),
            exclude_dataset: pairs.each("exclude_dataset"),
            datasets: pairs.each("datasets"),
            exclude_schema: pairs.each("exclude_schema"),
            exclude_entity_ids: pairs.each("exclude_entity_ids"),
            topics: pairs.each("topics"),
            countries: pairs.each("countries").iter().map(|code| code.to_ascii_lowercase()).collect(),
            properties,
            target: pairs.flag("target")?,
            all_values: pairs.first("filter_op").is_some_and(|word| word.eq_ignore_ascii_case("and")),
            none_changed: changed_since.is_some_and(|since| since > loaded.to_string()),
        })
    }

    pub(super) fn keeps(&self, register: &Register, entity: EntityId) -> bool {
        if *self == (Self { whole: self.whole.clone(), ..Self::default() }) {
            return true;
        }
        if self.none_changed || self.exclude_entity_ids.iter().any(|id| register.by_id(id) == Some(entity)) {
            return false;
        }
        let shown = Shown::of(register, entity);
        let of = |name: &str| shown.properties.get(name).map_or(&[][..], Vec::as_slice);
        let in_dataset = |name: &String| self.whole.contains(name) || shown.datasets.contains(name);
        let places = [of("jurisdiction"), of("mainCountry")].concat();
        let among = |wanted: &[String], there: &dyn Fn(&String) -> bool| {
            wanted.is_empty() || if self.all_values { wanted.iter().all(there) } else { wanted.iter().any(there) }
        };
        let kind = register.graph().kind(entity);
        (self.include_dataset.is_empty() || self.include_dataset.iter().any(in_dataset))
            && !self.exclude_dataset.iter().any(in_dataset)
            && !self.exclude_schema.iter().any(|schema| is_a(kind, schema))
            && among(&self.datasets, &in_dataset)
            && among(&self.topics, &|topic| of("topics").contains(topic))
            && among(&self.countries, &|code| places.iter().any(|place| place == code || begins(place, code)))
            && self.target.is_none_or(|target| shown.target == target)
            && self.properties.iter().all(|(name, value)| match name.as_str() {
                "schema" => is_a(kind, value),
                "datasets" | "dataset" => in_dataset(value),
                "countries" => places.contains(value),
                name => of(name).contains(value),
            })
    }
}

/// Whether a place is a part of a country.
fn begins(place: &str, country: &str) -> bool {
    place.strip_prefix(country).is_some_and(|rest| rest.starts_with(['-', '_']))
}

/// Whether the schema of a kind is another one, or descends from it.
pub(super) fn is_a(kind: EntityKind, schema: &str) -> bool {
    let own = entity::schema(kind);
    let ancestors: &[&str] = match own {
        "Company" => &["Organization", "LegalEntity", "Asset", "Thing"],
        "PublicBody" => &["Organization", "LegalEntity", "Thing"],
        "Person" => &["LegalEntity", "Thing"],
        "Vessel" => &["Vehicle", "Asset", "Thing"],
        _ => &["Thing"],
    };
    own == schema || ancestors.contains(&schema)
}

/// A day, with a time or without, in a form whose order is that of the letters.
fn day_and_time(text: &str) -> Result<String, Fault> {
    let pattern = "0000-00-00T00:00:00";
    let fits = matches!(text.len(), 10 | 13 | 16 | 19)
        && text.bytes().zip(pattern.bytes()).all(
            |(byte, wanted)| {
                if wanted == b'0' { byte.is_ascii_digit() } else { byte == wanted }
            },
        );
    if !fits {
        let detail = format!("`changed_since` is `{}`, expected 2026-01-31 or 2026-01-31T12:00:00", clipped(text));
        return Err(Fault::asked_wrongly(detail));
    }
    Ok(text.to_owned())
}
