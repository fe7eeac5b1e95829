//! An entity as yente shows one, and those that it stands beside.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::{Path, State},
};
use jiff::civil::Date;
use ownership::{EntityId, EntityKind, InterestKind, NameKind, Scheme, StatedStake};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Desk, fault::Fault, pairs::Pairs, today};
use crate::Register;

/// An entity in FollowTheMoney's shape.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Shown {
    pub(super) id: String,
    pub(super) caption: String,
    pub(super) schema: &'static str,
    pub(super) properties: BTreeMap<&'static str, Vec<String>>,
    pub(super) datasets: Vec<String>,
    pub(super) referents: Vec<String>,
    /// Whether a list names it.
    pub(super) target: bool,
}

/// Stakes of one entity that are shown at once.
const MOST_STAKES: usize = 500;
/// And inside the entity itself.
const MOST_NESTED: usize = 50;

impl Shown {
    pub(super) fn of(register: &Register, entity: EntityId) -> Self {
        let graph = register.graph();
        let mut properties: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        let mut add = |name: &'static str, value: String| properties.entry(name).or_default().push(value);
        let dossier = register.dossier(entity);
        let names = dossier.map_or(&[][..], |dossier| &dossier.names);
        for name in names {
            let property = match name.kind {
                NameKind::Primary => "name",
                NameKind::Alias => "alias",
                NameKind::Previous => "previousName",
                NameKind::Weak => "weakAlias",
            };
            add(property, name.text.clone());
        }
        if names.is_empty() {
            add("name", graph.name(entity).to_owned());
        }
        for identifier in dossier.map_or(&[][..], |dossier| &dossier.identifiers) {
            let property = match identifier.scheme {
                Scheme::Lei => "leiCode",
                Scheme::Register(_) => "registrationNumber",
                Scheme::Tax => "taxNumber",
                Scheme::Other(_) => "idNumber",
            };
            add(property, identifier.value.clone());
        }
        let place = |place: Option<ownership::Place>| place.map(|place| place.as_str().to_owned());
        place(graph.jurisdiction(entity)).into_iter().for_each(|code| add("jurisdiction", code));
        place(graph.headquarters(entity)).into_iter().for_each(|code| add("mainCountry", code));
        let target = graph.lists(entity).next().is_some();
        let mut topics: Vec<&str> = graph.lists(entity).filter_map(|entry| topic(&entry.list)).collect();
        topics.sort_unstable();
        topics.dedup();
        topics.into_iter().for_each(|topic| add("topics", topic.to_owned()));
        let lists = graph.lists(entity).map(|entry| &entry.list);
        let mut datasets: Vec<String> = lists.filter(|list| topic(list) != Some(list.as_str())).cloned().collect();
        for entry in graph.lists(entity) {
            entry.programme.iter().for_each(|programme| add("program", programme.clone()));
        }
        datasets.extend(dossier.into_iter().flat_map(|dossier| &dossier.sources).map(|source| source.to_string()));
        let mut seen = std::collections::BTreeSet::new();
        datasets.retain(|dataset| seen.insert(dataset.clone()));
        Self {
            id: graph.key(entity).to_owned(),
            caption: register.caption(entity).to_owned(),
            schema: schema(graph.kind(entity)),
            properties,
            datasets,
            referents: Vec::new(),
            target,
        }
    }
}

/// The schema of FollowTheMoney that says most of a kind.
pub(super) fn schema(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Person => "Person",
        EntityKind::Company => "Company",
        EntityKind::State => "PublicBody",
        EntityKind::Vessel => "Vessel",
        EntityKind::Arrangement | EntityKind::Joint | EntityKind::Unknown | EntityKind::Unresolved => "LegalEntity",
    }
}

/// The topic of FollowTheMoney that a list stands for; lists may be called by one themselves.
fn topic(list: &str) -> Option<&str> {
    match list {
        "ofac-sdn" | "ofac-consolidated" | "eu-sanctions" | "uk-sanctions" => Some("sanction"),
        "bis-entity" | "bis-meu" => Some("export.control"),
        "debarment" | "asset.frozen" => Some(list),
        _ if list.starts_with("sanction") || list.starts_with("export.control") => Some(list),
        _ => None,
    }
}

/// The entity, with what stands beside it under the names of FollowTheMoney unless `nested=false`.
pub(super) async fn one(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    pairs: Pairs,
) -> Result<Json<Value>, Fault> {
    let register = desk.register();
    let entity = register.by_id(&id).ok_or_else(|| Fault::no_entity(&id))?;
    let mut shown = serde_json::to_value(Shown::of(&register, entity)).unwrap_or_default();
    if pairs.flag("nested")?.unwrap_or(true)
        && let Some(Value::Object(properties)) = shown.get_mut("properties")
    {
        for (name, links) in Beside::of(&register, entity).named() {
            let links: Vec<Value> =
                links.iter().take(MOST_NESTED).map(|stake| link(&register, stake, entity)).collect();
            if !links.is_empty() {
                properties.insert(name.to_owned(), Value::Array(links));
            }
        }
    }
    Ok(Json(shown))
}

/// Owners and holdings of an entity as they are stated for today.
pub(super) async fn adjacent(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    pairs: Pairs,
) -> Result<Json<Value>, Fault> {
    let register = desk.register();
    let entity = register.by_id(&id).ok_or_else(|| Fault::no_entity(&id))?;
    let page = Page::of(&pairs)?;
    let beside = Beside::of(&register, entity);
    let adjacent: BTreeMap<&str, Value> =
        beside.named().into_iter().map(|(name, links)| (name, page.of_links(&register, entity, links))).collect();
    Ok(Json(json!({"entity": Shown::of(&register, entity), "adjacent": adjacent})))
}

/// The same by one property.
pub(super) async fn adjacent_by(
    State(desk): State<Arc<Desk>>,
    Path((id, property)): Path<(String, String)>,
    pairs: Pairs,
) -> Result<Json<Value>, Fault> {
    let register = desk.register();
    let entity = register.by_id(&id).ok_or_else(|| Fault::no_entity(&id))?;
    let page = Page::of(&pairs)?;
    let beside = Beside::of(&register, entity);
    let (_, links) =
        beside.named().into_iter().find(|(name, _)| *name == property).ok_or_else(|| Fault::no_property(&property))?;
    Ok(Json(page.of_links(&register, entity, links)))
}

/// Which links of one property are shown.
#[derive(Debug, Clone, Copy)]
struct Page {
    limit: usize,
    offset: usize,
}

impl Page {
    fn of(pairs: &Pairs) -> Result<Self, Fault> {
        let limit = pairs.number("limit")?.unwrap_or(MOST_STAKES).min(MOST_STAKES);
        Ok(Self { limit, offset: pairs.number("offset")?.unwrap_or(0) })
    }

    fn of_links(self, register: &Register, entity: EntityId, links: &[StatedStake]) -> Value {
        let page = links.iter().skip(self.offset).take(self.limit);
        let results: Vec<Value> = page.map(|stake| link(register, stake, entity)).collect();
        let total = json!({"value": links.len(), "relation": "eq"});
        json!({"results": results, "total": total, "limit": self.limit, "offset": self.offset})
    }
}

/// The links of an entity, by the way in which FollowTheMoney calls them from its side.
struct Beside {
    owned: Vec<StatedStake>,
    owns: Vec<StatedStake>,
    linked_from: Vec<StatedStake>,
    linked_to: Vec<StatedStake>,
}

impl Beside {
    fn of(register: &Register, entity: EntityId) -> Self {
        let graph = register.graph();
        let (owned, linked_from) = graph.owners(entity, today()).into_iter().partition(is_ownership);
        let (owns, linked_to) = graph.holdings_of(entity, today()).into_iter().partition(is_ownership);
        Self { owned, owns, linked_from, linked_to }
    }

    fn named(&self) -> [(&'static str, &[StatedStake]); 4] {
        [
            ("ownershipAsset", &self.owned),
            ("ownershipOwner", &self.owns),
            ("unknownLinkFrom", &self.linked_from),
            ("unknownLinkTo", &self.linked_to),
        ]
    }
}

fn is_ownership(stake: &StatedStake) -> bool {
    matches!(stake.kind, InterestKind::Shares | InterestKind::Votes)
}

/// A stake as an entity of its own; the party from which it is looked at is named by its id, the other one is shown.
fn link(register: &Register, stake: &StatedStake, from: EntityId) -> Value {
    let (owner, owned) = (register.graph().key(stake.owner), register.graph().key(stake.owned));
    let day = |day: Option<Date>| day.map(|day| day.to_string()).into_iter().collect::<Vec<_>>();
    let party = |party: EntityId| match party == from {
        true => json!([register.graph().key(party)]),
        false => json!([Shown::of(register, party)]),
    };
    let (schema, holder, held) = match is_ownership(stake) {
        true => ("Ownership", "owner", "asset"),
        false => ("UnknownLink", "subject", "object"),
    };
    let mut properties = json!({
        "role": [stake.kind.name()],
        "startDate": day(stake.period.from),
        "endDate": day(stake.period.to),
        "publisher": [stake.source.to_string()],
    });
    properties[holder] = party(stake.owner);
    properties[held] = party(stake.owned);
    if let Some(share) = stake.share {
        properties["percentage"] = json!([share.to_string()]);
    }
    json!({
        "id": format!("{owner}:{}:{owned}", stake.kind.name()),
        "caption": stake.kind.name(),
        "schema": schema,
        "properties": properties,
        "datasets": [stake.source.name.to_string()],
        "referents": [],
        "target": false,
    })
}
