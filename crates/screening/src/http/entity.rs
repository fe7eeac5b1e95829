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

use super::{Desk, fault::Fault, today};
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

/// Stakes of one entity that are shown.
const MOST_STAKES: usize = 500;

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
        let mut datasets: Vec<String> = graph.lists(entity).map(|entry| entry.list.clone()).collect();
        let target = !datasets.is_empty();
        for entry in graph.lists(entity) {
            entry.programme.iter().for_each(|programme| add("program", programme.clone()));
        }
        datasets.extend(dossier.into_iter().flat_map(|dossier| &dossier.sources).map(|source| source.to_string()));
        datasets.dedup();
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

pub(super) async fn one(State(desk): State<Arc<Desk>>, Path(id): Path<String>) -> Result<Json<Shown>, Fault> {
    let register = desk.register();
    let entity = register.by_id(&id).ok_or_else(|| Fault::no_entity(&id))?;
    Ok(Json(Shown::of(&register, entity)))
}

/// Owners and holdings of an entity as they are stated for today.
pub(super) async fn adjacent(State(desk): State<Arc<Desk>>, Path(id): Path<String>) -> Result<Json<Value>, Fault> {
    let register = desk.register();
    let entity = register.by_id(&id).ok_or_else(|| Fault::no_entity(&id))?;
    let (owners, holdings) = (register.graph().owners(entity, today()), register.graph().holdings_of(entity, today()));
    Ok(Json(json!({
        "entity": Shown::of(&register, entity),
        "adjacent": {
            "ownershipAsset": stakes(&register, &owners, |stake| stake.owner),
            "ownershipOwner": stakes(&register, &holdings, |stake| stake.owned),
        },
    })))
}

fn stakes(register: &Register, all: &[StatedStake], other: impl Fn(&StatedStake) -> EntityId) -> Value {
    let shown = all.iter().take(MOST_STAKES);
    let results: Vec<Value> = shown.map(|stake| interest(register, stake, other(stake))).collect();
    json!({"results": results, "total": {"value": all.len(), "relation": "eq"}, "limit": MOST_STAKES, "offset": 0})
}

fn interest(register: &Register, stake: &StatedStake, other: EntityId) -> Value {
    let (owner, owned) = (register.graph().key(stake.owner), register.graph().key(stake.owned));
    let day = |day: Option<Date>| day.map(|day| day.to_string()).into_iter().collect::<Vec<_>>();
    let schema = match stake.kind {
        InterestKind::Shares | InterestKind::Votes => "Ownership",
        _ => "UnknownLink",
    };
    json!({
        "id": format!("{owner}:{}:{owned}", stake.kind.name()),
        "caption": stake.kind.name(),
        "schema": schema,
        "properties": {
            "owner": if schema == "Ownership" { json!([owner]) } else { json!([]) },
            "percentage": stake.share.map(|share| share.to_string()).into_iter().collect::<Vec<_>>(),
            "role": [stake.kind.name()],
            "startDate": day(stake.period.from),
            "endDate": day(stake.period.to),
            "publisher": [stake.source.to_string()],
            "entity": [Shown::of(register, other)],
        },
        "datasets": [stake.source.name.to_string()],
    })
}
