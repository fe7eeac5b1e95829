//! `/match` and `/search`, as clients of yente send and read them.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::{Path, Query, State, rejection::JsonRejection},
};
use ownership::{
    Identifier, Lei, Place, Scheme,
    names::{Bearer, THRESHOLD, shown as rounded},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Desk, Shown, fault::Fault};
use crate::{AskError, Hit, Question, Register};

/// Questions of one request.
const MOST_QUERIES: usize = 100;
/// Results of one question.
const MOST_RESULTS: usize = 500;
/// Names of one question that are searched.
const MOST_NAMES: usize = 20;

#[derive(Debug, Deserialize)]
pub(super) struct Batch {
    queries: BTreeMap<String, Example>,
}

/// An entity as far as the caller knows it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Example {
    #[serde(default)]
    schema: Option<String>,
    #[serde(default)]
    properties: BTreeMap<String, Values>,
}

/// One value or several; clients send both.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Values {
    Many(Vec<String>),
    One(String),
}

/// How a caller wants its results.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Wanted {
    limit: Option<usize>,
    threshold: Option<f32>,
    cutoff: Option<f32>,
    #[serde(default)]
    exclude_schema: Option<String>,
    #[serde(default)]
    exclude_entity_ids: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Searched {
    #[serde(default)]
    q: String,
    limit: Option<usize>,
    offset: Option<usize>,
    schema: Option<String>,
}

pub(super) async fn matches(
    State(desk): State<Arc<Desk>>,
    Path(dataset): Path<String>,
    Query(wanted): Query<Wanted>,
    batch: Result<Json<Batch>, JsonRejection>,
) -> Result<Json<Value>, Fault> {
    desk.is_dataset(&dataset)?;
    let Json(Batch { queries }) = batch.map_err(|error| Fault::of_body(&error))?;
    if queries.len() > MOST_QUERIES {
        return Err(Fault::asked_wrongly(format!(
            "{} queries in one request; send at most {MOST_QUERIES}",
            queries.len()
        )));
    }
    let limit = wanted.limit.unwrap_or(5).clamp(1, MOST_RESULTS);
    let asked = wanted.clone();
    let responses = desk
        .search(move |register| {
            let mut responses = Map::new();
            for (name, example) in queries {
                responses.insert(name, response(register, &example, &asked, limit)?);
            }
            Ok(responses)
        })
        .await?;
    Ok(Json(json!({
        "responses": responses,
        "matcher": {"name": {"description": "How alike the best pair of names is; docs/names.md says how it comes about", "coefficient": 1.0}},
        "limit": limit,
    })))
}

fn response(register: &Register, example: &Example, wanted: &Wanted, limit: usize) -> Result<Value, Fault> {
    let query = json!({"id": null, "schema": schema(example), "properties": properties(example)});
    let question = match question(example) {
        Ok(question) => question,
        Err(fault) => {
            return Ok(json!({
                "status": fault.status().as_u16(),
                "results": [],
                "total": {"value": 0, "relation": "eq"},
                "query": query,
                "detail": fault.detail(),
            }));
        }
    };
    let mut hits = register.candidates(&question, limit.saturating_add(50)).map_err(AskError::from)?;
    let cutoff = wanted.cutoff.unwrap_or(0.5);
    let excluded = |hit: &Hit| {
        let listed =
            |list: &Option<String>, what: &str| list.iter().flat_map(|all| all.split(',')).any(|one| one == what);
        let key = register.graph().key(hit.entity);
        listed(&wanted.exclude_entity_ids, key)
            || listed(&wanted.exclude_schema, super::entity::schema(register.graph().kind(hit.entity)))
    };
    hits.retain(|hit| hit.found.score >= cutoff && !excluded(hit));
    let total = hits.len();
    hits.truncate(limit);
    let threshold = wanted.threshold.unwrap_or(THRESHOLD);
    let results: Vec<Value> = hits.iter().map(|hit| result(register, hit, threshold)).collect();
    Ok(json!({
        "status": 200,
        "results": results,
        "total": {"value": total, "relation": "eq"},
        "query": query,
    }))
}

fn result(register: &Register, hit: &Hit, threshold: f32) -> Value {
    let mut shown = serde_json::to_value(Shown::of(register, hit.entity)).unwrap_or_default();
    let score = rounded(hit.found.score);
    let more = json!({
        "score": score,
        "match": hit.found.score >= threshold,
        "features": {"name": score},
        "explanations": {"name": {"score": score, "detail": hit.found.explanation.to_string()}},
        "matched_name": hit.name,
        "explanation": hit.found.explanation,
    });
    if let (Value::Object(shown), Value::Object(more)) = (&mut shown, more) {
        shown.extend(more);
    }
    shown
}

pub(super) async fn search(
    State(desk): State<Arc<Desk>>,
    Path(dataset): Path<String>,
    Query(asked): Query<Searched>,
) -> Result<Json<Value>, Fault> {
    desk.is_dataset(&dataset)?;
    let (limit, offset) = (asked.limit.unwrap_or(10).min(MOST_RESULTS), asked.offset.unwrap_or(0).min(9499));
    let bearer = bearer(asked.schema.as_deref())?;
    let (results, total) = desk
        .search(move |register| {
            let question = Question { bearer, names: vec![asked.q], identifiers: Vec::new(), countries: Vec::new() };
            let mut hits: Vec<Hit> = Vec::new();
            if question.names.iter().all(|name| !name.trim().is_empty()) {
                hits =
                    register.candidates(&question, (offset + limit).clamp(1, MOST_RESULTS)).map_err(AskError::from)?;
            }
            let by_id = question.names.first().and_then(|text| register.by_id(text));
            let shown = hits.iter().map(|hit| hit.entity).filter(|entity| Some(*entity) != by_id);
            let all: Vec<_> = by_id.into_iter().chain(shown).collect();
            let page = all.iter().skip(offset).take(limit);
            Ok((page.map(|entity| Shown::of(register, *entity)).collect::<Vec<_>>(), all.len()))
        })
        .await?;
    Ok(Json(json!({
        "limit": limit,
        "offset": offset,
        "total": {"value": total, "relation": "eq"},
        "results": results,
        "facets": {},
    })))
}

fn schema(example: &Example) -> &str {
    example.schema.as_deref().unwrap_or("LegalEntity")
}

fn properties(example: &Example) -> Map<String, Value> {
    example.properties.iter().map(|(name, values)| (name.clone(), json!(values.all()))).collect()
}

fn bearer(schema: Option<&str>) -> Result<Bearer, Fault> {
    match schema.unwrap_or("LegalEntity") {
        "Person" => Ok(Bearer::Person),
        "Vessel" | "Airplane" | "Vehicle" => Ok(Bearer::Vessel),
        "Company" | "Organization" | "LegalEntity" | "PublicBody" | "Thing" => Ok(Bearer::Organisation),
        other => Err(Fault::asked_wrongly(format!(
            "schema `{}` is not searched; use Company, Organization, LegalEntity, PublicBody, Person or Vessel",
            super::fault::clipped(other)
        ))),
    }
}

/// What an example says of whom it means. A person's country or nationality is not read.
fn question(example: &Example) -> Result<Question, Fault> {
    let bearer = bearer(example.schema.as_deref())?;
    let all = |names: &[&str]| -> Vec<String> {
        names.iter().filter_map(|name| example.properties.get(*name)).flat_map(Values::all).map(str::to_owned).collect()
    };
    let mut names = all(&["name", "alias", "previousName", "weakAlias"]);
    names.retain(|name| !name.trim().is_empty());
    names.truncate(MOST_NAMES);
    let lei = all(&["leiCode"]).into_iter().map(|text| text.parse::<Lei>());
    let mut identifiers = Vec::new();
    for lei in lei {
        let lei = lei.map_err(|error| Fault::asked_wrongly(error.to_string()))?;
        identifiers.push(Identifier { scheme: Scheme::Lei, value: lei.as_str().to_owned() });
    }
    let jurisdiction = all(&["jurisdiction"]).into_iter().next().unwrap_or_default();
    for number in all(&["registrationNumber"]) {
        identifiers.push(Identifier { scheme: Scheme::Register(jurisdiction.clone()), value: number });
    }
    let countries = match bearer {
        Bearer::Person => Vec::new(),
        Bearer::Organisation | Bearer::Vessel => all(&["jurisdiction", "country", "mainCountry"]),
    };
    let countries: Vec<Place> = countries.iter().filter_map(|code| code.parse().ok()).collect();
    if names.is_empty() && identifiers.is_empty() {
        return Err(Fault::asked_wrongly("a query needs a name, a leiCode or a registrationNumber"));
    }
    Ok(Question { bearer, names, identifiers, countries })
}

impl Values {
    fn all(&self) -> Vec<&str> {
        match self {
            Self::Many(values) => values.iter().map(String::as_str).collect(),
            Self::One(value) => vec![value],
        }
    }
}
