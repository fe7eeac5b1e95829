//! `/match` and `/search`, as clients of yente send and read them.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::{Path, State, rejection::JsonRejection},
    http::{HeaderMap, HeaderName},
};
use ownership::{
    EntityId, Identifier, Lei, Place, Scheme,
    names::{Bearer, THRESHOLD, shown as rounded},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Desk, Shown,
    fault::{Fault, clipped},
    filter::{Filter, is_a},
    pairs::Pairs,
};
use crate::{AskError, Hit, Question, Register};

/// Questions of one request.
const MOST_QUERIES: usize = 100;
/// Results of one question.
const MOST_RESULTS: usize = 500;
/// Names of one question that are searched.
const MOST_NAMES: usize = 20;

/// Further candidates that are looked at where some are left out.
const BESIDE: usize = 50;
/// The only way in which names are compared here.
const ALGORITHM: &str = "ringfence-names";
/// Algorithms that clients of yente ask for; all of them are answered by the one above.
const ASKED_FOR: &[&str] =
    &["best", ALGORITHM, "logic-v2", "logic-v1", "name-based", "name-qualified", "regression-v1", "regression-v2"];

/// What is asked about. Weights and settings of other algorithms may come along and say nothing here.
#[derive(Debug, Deserialize)]
pub(super) struct Batch {
    queries: BTreeMap<String, Option<Example>>,
}

/// An entity as far as the caller knows it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Example {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    schema: Option<String>,
    #[serde(default)]
    properties: BTreeMap<String, Values>,
}

/// One value or several, texts or figures; clients send all of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "Value")]
struct Values(Vec<String>);

/// How a caller wants its results.
#[derive(Debug, Clone)]
struct Wanted {
    limit: usize,
    threshold: f32,
    cutoff: f32,
    filter: Filter,
}

impl Wanted {
    fn of(pairs: &Pairs, desk: &Desk) -> Result<Self, Fault> {
        let algorithm = pairs.first("algorithm").unwrap_or(ALGORITHM).to_ascii_lowercase();
        if !ASKED_FOR.contains(&algorithm.as_str()) {
            let detail = format!("there is no algorithm `{}`; here names are compared in one way", clipped(&algorithm));
            return Err(Fault::asked_wrongly(detail));
        }
        let threshold = pairs.number("threshold")?.unwrap_or(THRESHOLD);
        let cutoff: f32 = pairs.number("cutoff")?.unwrap_or(0.5);
        Ok(Self {
            limit: pairs.number("limit")?.unwrap_or(5usize).clamp(1, MOST_RESULTS),
            threshold,
            cutoff: cutoff.min(threshold),
            filter: Filter::of(pairs, &desk.settings.dataset, desk.loaded())?,
        })
    }
}

pub(super) async fn matches(
    State(desk): State<Arc<Desk>>,
    Path(dataset): Path<String>,
    pairs: Pairs,
    batch: Result<Json<Batch>, JsonRejection>,
) -> Result<(HeaderMap, Json<Value>), Fault> {
    desk.is_dataset(&dataset)?;
    let wanted = Wanted::of(&pairs, &desk)?;
    let Json(Batch { queries }) = batch.map_err(|error| Fault::of_body(&error))?;
    if queries.len() > MOST_QUERIES {
        return Err(Fault::asked_wrongly(format!(
            "{} queries in one request; send at most {MOST_QUERIES}",
            queries.len()
        )));
    }
    let queries: Vec<(String, Example)> =
        queries.into_iter().filter_map(|(name, example)| Some((name, example?))).collect();
    if queries.is_empty() {
        return Err(Fault::asked_wrongly("no queries; send at least one under `queries`"));
    }
    let (count, limit) = (queries.len(), wanted.limit);
    let responses = desk
        .search(move |register| {
            let mut responses = Map::new();
            for (name, example) in queries {
                responses.insert(name, response(register, &example, &wanted)?);
            }
            Ok(responses)
        })
        .await?;
    let headers = HeaderMap::from_iter([(BATCH_SIZE, count.into())]);
    Ok((headers, Json(json!({"responses": responses, "matcher": features(), "limit": limit}))))
}

/// Where clients of yente read how many queries were answered.
const BATCH_SIZE: HeaderName = HeaderName::from_static("x-batch-size");

fn features() -> Value {
    let description = "How alike the best pair of names is; docs/names.md says how it comes about";
    json!({"name": {"description": description, "coefficient": 1.0, "url": ""}})
}

/// What yente tells of its algorithms.
pub(super) async fn algorithms() -> Json<Value> {
    let description =
        "Names of organisations and people in any scripts, word by word, with identifiers and places beside them";
    let docs = json!({"name": ALGORITHM, "description": description, "config": {}, "features": features()});
    Json(json!({
        "algorithms": [{"name": ALGORITHM, "description": description, "features": features(), "docs": docs}],
        "default": ALGORITHM,
        "best": ALGORITHM,
    }))
}

fn response(register: &Register, example: &Example, wanted: &Wanted) -> Result<Value, Fault> {
    let query = json!({"id": example.id, "schema": schema(example), "properties": properties(example)});
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
    let mut hits = register.candidates(&question, wanted.limit.saturating_add(BESIDE)).map_err(AskError::from)?;
    hits.retain(|hit| hit.found.score >= wanted.cutoff && wanted.filter.keeps(register, hit.entity));
    let total = hits.len();
    hits.truncate(wanted.limit);
    let results: Vec<Value> = hits.iter().map(|hit| result(register, hit, wanted.threshold)).collect();
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
    pairs: Pairs,
) -> Result<Json<Value>, Fault> {
    desk.is_dataset(&dataset)?;
    let limit = pairs.number("limit")?.unwrap_or(10usize).min(MOST_RESULTS);
    let offset = pairs.number("offset")?.unwrap_or(0usize).min(9499);
    let schema = pairs.first("schema").map(str::to_owned);
    let bearer = bearer(schema.as_deref())?;
    let filter = Filter::of(&pairs, &desk.settings.dataset, desk.loaded())?;
    let asked = pairs.first("q").unwrap_or_default().to_owned();
    let (results, total) = desk
        .search(move |register| {
            let keeps = |entity: &EntityId| {
                let kind = register.graph().kind(*entity);
                schema.as_ref().is_none_or(|schema| is_a(kind, schema)) && filter.keeps(register, *entity)
            };
            let by_id = register.by_id(&asked);
            let mut hits: Vec<Hit> = Vec::new();
            if !asked.is_empty() {
                let question = Question { bearer, names: vec![asked], identifiers: Vec::new(), countries: Vec::new() };
                let most = (offset + limit + BESIDE).min(MOST_RESULTS);
                hits = register.candidates(&question, most).map_err(AskError::from)?;
            }
            let found = hits.iter().map(|hit| hit.entity).filter(|entity| Some(*entity) != by_id);
            let all: Vec<_> = by_id.into_iter().chain(found).filter(keeps).collect();
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
    example.properties.iter().map(|(name, values)| (name.clone(), json!(values.0))).collect()
}

fn bearer(schema: Option<&str>) -> Result<Bearer, Fault> {
    match schema.unwrap_or("LegalEntity") {
        "Person" => Ok(Bearer::Person),
        "Vessel" | "Airplane" | "Vehicle" => Ok(Bearer::Vessel),
        "Company" | "Organization" | "LegalEntity" | "PublicBody" | "Thing" => Ok(Bearer::Organisation),
        other => Err(Fault::asked_wrongly(format!(
            "schema `{}` is not searched; use Company, Organization, LegalEntity, PublicBody, Person or Vessel",
            clipped(other)
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
    fn all(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl From<Value> for Values {
    fn from(value: Value) -> Self {
        match value {
            Value::Array(values) => Self(values.into_iter().flat_map(|value| Self::from(value).0).collect()),
            Value::String(text) => Self(vec![text]),
            Value::Number(number) => Self(vec![number.to_string()]),
            Value::Bool(flag) => Self(vec![flag.to_string()]),
            // Nested entities, such as addresses, say nothing of who is meant here.
            Value::Object(_) | Value::Null => Self(Vec::new()),
        }
    }
}
