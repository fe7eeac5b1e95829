//! W3C Reconciliation 0.2, as OpenRefine speaks it: manifest, queries, suggest, extend, preview.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Form, Json,
    extract::{Path, Query, State},
    http::header,
    response::{IntoResponse, Response},
};
use ownership::{
    Place,
    names::{Bearer, shown},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Desk, Shown, entity, fault::Fault, today};
use crate::{AskError, Hit, Question, Register};

/// Queries of one batch.
const MOST_QUERIES: usize = 100;
/// Entities whose properties are fetched at once.
const MOST_EXTENDED: usize = 500;
/// A candidate this far before the second one is proposed as the match.
const AHEAD: f32 = 0.05;

/// What an entity can be extended by, with what each is called.
const PROPERTIES: &[(&str, &str)] = &[
    ("name", "Name"),
    ("alias", "Other names"),
    ("leiCode", "LEI"),
    ("registrationNumber", "Registration number"),
    ("jurisdiction", "Jurisdiction"),
    ("mainCountry", "Country of the head office"),
    ("standing", "Standing under the usual regime"),
    ("standing_text", "Standing, explained"),
];

const TYPES: &[(&str, &str)] =
    &[("Organization", "Organisation"), ("Company", "Company"), ("Person", "Person"), ("Vessel", "Vessel")];

/// What a request may carry, in its query or as a form.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    queries: Option<String>,
    extend: Option<String>,
    callback: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Reconciled {
    query: String,
    #[serde(default, rename = "type")]
    kind: Option<Value>,
    limit: Option<usize>,
    #[serde(default)]
    properties: Vec<Known>,
}

/// A property that a row of the table has.
#[derive(Debug, Deserialize)]
struct Known {
    pid: String,
    v: Value,
}

#[derive(Debug, Deserialize)]
struct Extend {
    ids: Vec<String>,
    properties: Vec<Wanted>,
}

#[derive(Debug, Deserialize)]
struct Wanted {
    id: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Prefix {
    #[serde(default)]
    prefix: String,
    cursor: Option<usize>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Previewed {
    id: String,
}

pub(super) async fn asked(
    State(desk): State<Arc<Desk>>,
    Path(dataset): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    answer(&desk, &dataset, asked).await
}

pub(super) async fn posted(
    State(desk): State<Arc<Desk>>,
    Path(dataset): Path<String>,
    Form(asked): Form<Asked>,
) -> Result<Response, Fault> {
    answer(&desk, &dataset, asked).await
}

async fn answer(desk: &Arc<Desk>, dataset: &str, asked: Asked) -> Result<Response, Fault> {
    desk.is_dataset(dataset)?;
    let value = match (asked.queries, asked.extend) {
        (Some(queries), _) => reconciled(desk, &queries).await?,
        (None, Some(extend)) => extended(desk, &extend).await?,
        (None, None) => manifest(desk, dataset),
    };
    match asked.callback {
        // JSONP would run in the caller's page whatever stands in the answer; pages may ask across origins instead.
        Some(_) => Err(Fault::asked_wrongly("callbacks are not answered; ask across origins, which is allowed")),
        None => Ok(Json(value).into_response()),
    }
}

fn manifest(desk: &Desk, dataset: &str) -> Value {
    let base = format!("{}/reconcile/{dataset}", desk.settings.base);
    let named = |(id, name): &(&str, &str)| json!({"id": id, "name": name});
    let suggest = |path: &str| json!({"service_url": base, "service_path": format!("/suggest/{path}")});
    json!({
        "versions": ["0.2"],
        "name": format!("Ringfence: {}", desk.settings.dataset),
        "identifierSpace": format!("{}/entities/", desk.settings.base),
        "schemaSpace": "https://followthemoney.tech/explorer/schemata/",
        "documentation": "https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/",
        "defaultTypes": TYPES.iter().take(2).map(named).collect::<Vec<_>>(),
        "view": {"url": format!("{}/entities/{{{{id}}}}", desk.settings.base)},
        "preview": {"url": format!("{base}/preview?id={{{{id}}}}"), "width": 480, "height": 260},
        "suggest": {"entity": suggest("entity"), "property": suggest("property"), "type": suggest("type")},
        "extend": {
            "propose_properties": {"service_url": base, "service_path": "/suggest/property"},
            "property_settings": [],
        },
        "batchSize": MOST_QUERIES,
    })
}

async fn reconciled(desk: &Arc<Desk>, queries: &str) -> Result<Value, Fault> {
    let queries: BTreeMap<String, Reconciled> = serde_json::from_str(queries)
        .map_err(|error| Fault::asked_wrongly(format!("`queries` is no batch of queries: {error}")))?;
    if queries.len() > MOST_QUERIES {
        return Err(Fault::asked_wrongly(format!("{} queries; send at most {MOST_QUERIES}", queries.len())));
    }
    desk.search(move |register| {
        let mut answers = Map::new();
        for (name, query) in queries {
            answers.insert(name, json!({"result": candidates(register, &query)?}));
        }
        Ok(Value::Object(answers))
    })
    .await
}

fn candidates(register: &Register, query: &Reconciled) -> Result<Vec<Value>, Fault> {
    let limit = query.limit.unwrap_or(5).clamp(1, 50);
    if query.query.trim().is_empty() {
        return Ok(Vec::new());
    }
    let bearer = match kind_of(query.kind.as_ref()) {
        Some("Person") => Bearer::Person,
        Some("Vessel") => Bearer::Vessel,
        _ => Bearer::Organisation,
    };
    let mut question = Question { bearer, ..Question::typed(&query.query) };
    for Known { pid, v } in &query.properties {
        let value = v.as_str().or_else(|| v.get("id").and_then(Value::as_str)).unwrap_or_default();
        match pid.as_str() {
            "jurisdiction" | "mainCountry" | "country" => question.countries.extend(value.parse::<Place>().ok()),
            "leiCode" => question.identifiers.extend(lei(value)),
            _ => {}
        }
    }
    let mut hits = register.candidates(&question, limit).map_err(AskError::from)?;
    if let Some(entity) = register.by_id(&query.query) {
        return Ok(vec![candidate(register, entity, 1.0, true)]);
    }
    hits.retain(|hit| hit.found.score > 0.0);
    let certain = is_certain(&hits);
    Ok(hits
        .iter()
        .enumerate()
        .map(|(at, hit)| candidate(register, hit.entity, hit.found.score, at == 0 && certain))
        .collect())
}

/// Whether the first hit is a match, and plainly ahead of the others.
fn is_certain(hits: &[Hit]) -> bool {
    let second = hits.get(1).map_or(0.0, |hit| hit.found.score);
    hits.first().is_some_and(|best| best.found.is_match() && best.found.score - second >= AHEAD)
}

fn candidate(register: &Register, entity: ownership::EntityId, score: f32, certain: bool) -> Value {
    let schema = entity::schema(register.graph().kind(entity));
    json!({
        "id": register.graph().key(entity),
        "name": register.caption(entity),
        "type": [{"id": schema, "name": schema}],
        "score": (shown(score) * 1000.0).round() / 10.0,
        "match": certain,
        "features": [{"id": "name", "value": shown(score)}],
    })
}

fn lei(text: &str) -> Option<ownership::Identifier> {
    let lei: ownership::Lei = text.parse().ok()?;
    Some(ownership::Identifier { scheme: ownership::Scheme::Lei, value: lei.as_str().to_owned() })
}

/// A type is written as its id, as an object with an id, or as a list of either.
fn kind_of(kind: Option<&Value>) -> Option<&str> {
    match kind? {
        Value::String(id) => Some(id),
        Value::Object(fields) => fields.get("id")?.as_str(),
        Value::Array(all) => kind_of(all.first()),
        _ => None,
    }
}

async fn extended(desk: &Arc<Desk>, extend: &str) -> Result<Value, Fault> {
    let Extend { ids, properties } = serde_json::from_str(extend)
        .map_err(|error| Fault::asked_wrongly(format!("`extend` is no request for properties: {error}")))?;
    if ids.len() > MOST_EXTENDED {
        return Err(Fault::asked_wrongly(format!("{} ids; send at most {MOST_EXTENDED}", ids.len())));
    }
    let regime = desk.settings.regime.clone();
    desk.search(move |register| {
        let title = |id: &str| {
            PROPERTIES.iter().find(|(known, _)| *known == id).map_or(id.to_owned(), |(_, name)| (*name).to_owned())
        };
        let meta: Vec<Value> =
            properties.iter().map(|wanted| json!({"id": wanted.id, "name": title(&wanted.id)})).collect();
        let mut rows = Map::new();
        for id in ids {
            let row = row(register, &id, &properties, &regime)?;
            rows.insert(id, row);
        }
        Ok(json!({"meta": meta, "rows": rows}))
    })
    .await
}

fn row(register: &Register, id: &str, properties: &[Wanted], regime: &str) -> Result<Value, Fault> {
    let entity = register.by_id(id);
    let shown = entity.map(|entity| Shown::of(register, entity));
    let mut row = Map::new();
    for Wanted { id: property } in properties {
        let values: Vec<String> = match (entity, property.as_str()) {
            (Some(entity), "standing") => {
                let verdict = register.standing(regime, today(), entity).map_err(AskError::from)?;
                let word = serde_json::to_value(&verdict)
                    .ok()
                    .and_then(|value| Some(value.get("standing")?.as_str()?.to_owned()));
                word.into_iter().collect()
            }
            (Some(entity), "standing_text") => {
                vec![register.standing(regime, today(), entity).map_err(AskError::from)?.text]
            }
            _ => shown.as_ref().and_then(|shown| shown.properties.get(property.as_str())).cloned().unwrap_or_default(),
        };
        row.insert(property.clone(), values.into_iter().map(|value| json!({"str": value})).collect());
    }
    Ok(Value::Object(row))
}

pub(super) async fn suggest_entity(
    State(desk): State<Arc<Desk>>,
    Path(dataset): Path<String>,
    Query(asked): Query<Prefix>,
) -> Result<Json<Value>, Fault> {
    desk.is_dataset(&dataset)?;
    let cursor = asked.cursor.unwrap_or(0).min(200);
    if asked.prefix.trim().is_empty() {
        return Ok(Json(json!({"result": []})));
    }
    let result = desk
        .search(move |register| {
            let question = Question::typed(&asked.prefix);
            let hits = register.candidates(&question, cursor + 10).map_err(AskError::from)?;
            let known = register.by_id(&asked.prefix);
            let entities =
                known.into_iter().chain(hits.iter().map(|hit| hit.entity).filter(|entity| Some(*entity) != known));
            let suggested = entities.skip(cursor).map(|entity| {
                let schema = entity::schema(register.graph().kind(entity));
                let place = register.graph().jurisdiction(entity);
                let description = place.map_or_else(|| schema.to_owned(), |place| format!("{schema} in {place}"));
                json!({
                    "id": register.graph().key(entity),
                    "name": register.caption(entity),
                    "description": description,
                    "notable": [{"id": schema, "name": schema}],
                })
            });
            Ok(suggested.collect::<Vec<_>>())
        })
        .await?;
    Ok(Json(json!({"result": result})))
}

pub(super) async fn suggest_property(
    State(desk): State<Arc<Desk>>,
    Path(dataset): Path<String>,
    Query(asked): Query<Prefix>,
) -> Result<Json<Value>, Fault> {
    desk.is_dataset(&dataset)?;
    Ok(Json(
        json!({"result": beginning(PROPERTIES, &asked.prefix), "properties": beginning(PROPERTIES, ""), "type": "Organization"}),
    ))
}

pub(super) async fn suggest_type(
    State(desk): State<Arc<Desk>>,
    Path(dataset): Path<String>,
    Query(asked): Query<Prefix>,
) -> Result<Json<Value>, Fault> {
    desk.is_dataset(&dataset)?;
    Ok(Json(json!({"result": beginning(TYPES, &asked.prefix)})))
}

fn beginning(all: &[(&str, &str)], prefix: &str) -> Vec<Value> {
    let prefix = prefix.to_lowercase();
    let begins =
        |(id, name): &&(&str, &str)| id.to_lowercase().starts_with(&prefix) || name.to_lowercase().starts_with(&prefix);
    all.iter().filter(begins).map(|(id, name)| json!({"id": id, "name": name})).collect()
}

/// A small page about one entity, shown in OpenRefine beside a cell.
pub(super) async fn preview(
    State(desk): State<Arc<Desk>>,
    Path(dataset): Path<String>,
    Query(Previewed { id }): Query<Previewed>,
) -> Result<Response, Fault> {
    desk.is_dataset(&dataset)?;
    let regime = desk.settings.regime.clone();
    let page = desk
        .search(move |register| {
            let entity = register.by_id(&id).ok_or_else(|| Fault::no_entity(&id))?;
            let standing = register.standing(&regime, today(), entity).map_err(AskError::from)?;
            let (name, text) = (escaped(register.caption(entity)), escaped(&standing.text));
            let style = "body{font:14px/1.4 system-ui,sans-serif;margin:12px;color-scheme:light dark}h1{font-size:16px;margin:0 0 8px}p{white-space:pre-line}";
            Ok(format!(
                "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{name}</title><style>{style}</style><h1>{name}</h1><p>{text}</p></html>"
            ))
        })
        .await?;
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
    ];
    Ok((headers, page).into_response())
}

/// Names come from outside.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
