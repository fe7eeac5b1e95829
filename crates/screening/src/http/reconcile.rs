//! W3C Reconciliation 0.2, as OpenRefine speaks it: manifest, queries, suggest, extend, preview.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Form, Json,
    extract::{Path, Query, State},
    http::header,
    response::{IntoResponse, Response},
};
use ownership::{
    EntityId, Place,
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
/// Names of one query that are searched.
const MOST_NAMES: usize = 20;
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
    #[serde(default)]
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
    limit: Option<usize>,
    #[serde(rename = "type")]
    kind: Option<String>,
    callback: Option<String>,
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
    answered(asked.callback.as_deref(), value)
}

fn answered(callback: Option<&str>, value: Value) -> Result<Response, Fault> {
    match callback {
        Some(callback) => called(callback, &value),
        None => Ok(Json(value).into_response()),
    }
}

/// The answer as a script that hands it to a function of the caller's page, as clients ask that cannot ask across origins.
///
/// Whatever is in the answer stays inside JSON; the name of the function is the caller's own, and no more than a name.
fn called(callback: &str, value: &Value) -> Result<Response, Fault> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '.');
    if callback.is_empty() || callback.len() > 128 || !callback.chars().all(is_name) {
        return Err(Fault::asked_wrongly("`callback` is no name of a function"));
    }
    // Line ends of Unicode, which JSON may hold and older scripts may not.
    let json = value.to_string().replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    let headers =
        [(header::CONTENT_TYPE, "application/javascript; charset=utf-8"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    Ok((headers, format!("/**/{callback}({json});")).into_response())
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
            // The name that yente's clients look for.
            "propose_settings": [],
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
    let bearer = match kind_of(query.kind.as_ref()) {
        Some("Person") => Bearer::Person,
        Some("Vessel") => Bearer::Vessel,
        _ => Bearer::Organisation,
    };
    let mut question = Question { bearer, ..Question::typed(query.query.trim()) };
    question.names.retain(|name| !name.is_empty());
    let mut numbers = Vec::new();
    for Known { pid, v } in &query.properties {
        // Some clients name a property with its schema, as `Company:jurisdiction`.
        let name = pid.rsplit(':').next().unwrap_or(pid);
        for value in texts(v) {
            match name {
                "name" | "alias" | "previousName" | "weakAlias" => question.names.push(value),
                "jurisdiction" | "mainCountry" | "country" if bearer != Bearer::Person => {
                    question.countries.extend(value.parse::<Place>().ok());
                }
                "leiCode" => question.identifiers.extend(lei(&value)),
                "registrationNumber" => numbers.push(value),
                _ => {}
            }
        }
    }
    let register_of = question.countries.first().map(|place| place.country().to_string()).unwrap_or_default();
    question.identifiers.extend(
        numbers
            .into_iter()
            .map(|value| ownership::Identifier { scheme: ownership::Scheme::Register(register_of.clone()), value }),
    );
    question.names.truncate(MOST_NAMES);
    if question.names.is_empty() && question.identifiers.is_empty() {
        return Ok(Vec::new());
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

fn candidate(register: &Register, entity: EntityId, score: f32, certain: bool) -> Value {
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

/// The texts of a value: one, several, figures, or entities by their id.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.get("id").or(fields.get("str")).map(texts).unwrap_or_default(),
        Value::String(text) if !text.trim().is_empty() => vec![text.trim().to_owned()],
        Value::Number(number) => vec![number.to_string()],
        Value::String(_) | Value::Bool(_) | Value::Null => Vec::new(),
    }
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
) -> Result<Response, Fault> {
    desk.is_dataset(&dataset)?;
    let (cursor, limit) = (asked.cursor.unwrap_or(0).min(200), asked.limit.unwrap_or(10).clamp(1, 50));
    if asked.prefix.trim().is_empty() {
        return answered(asked.callback.as_deref(), json!({"prefix": asked.prefix, "result": []}));
    }
    let (callback, prefix) = (asked.callback.clone(), asked.prefix.clone());
    let result = desk
        .search(move |register| {
            let known = register.by_id(&asked.prefix);
            let mut entities: Vec<EntityId> = known.into_iter().collect();
            let question = Question::typed(&asked.prefix);
            let hits = register.candidates(&question, cursor + limit).map_err(AskError::from)?;
            // Who types the beginning of a name means that; likeness finds whole names with slips.
            let typed = register.beginning(&asked.prefix, cursor + limit + 1).into_iter();
            for entity in typed.chain(hits.iter().map(|hit| hit.entity)) {
                if !entities.contains(&entity) {
                    entities.push(entity);
                }
            }
            let suggested = entities.into_iter().skip(cursor).take(limit).map(|entity| {
                let schema = entity::schema(register.graph().kind(entity));
                let place = register.graph().jurisdiction(entity);
                let description = place.map_or_else(|| schema.to_owned(), |place| format!("{schema} in {place}"));
                json!({
                    "id": register.graph().key(entity),
                    "name": register.caption(entity),
                    "description": description,
                    "type": [{"id": schema, "name": schema}],
                    "notable": [{"id": schema, "name": schema}],
                })
            });
            Ok(suggested.collect::<Vec<_>>())
        })
        .await?;
    answered(callback.as_deref(), json!({"prefix": prefix, "result": result}))
}

pub(super) async fn suggest_property(
    State(desk): State<Arc<Desk>>,
    Path(dataset): Path<String>,
    Query(asked): Query<Prefix>,
) -> Result<Response, Fault> {
    desk.is_dataset(&dataset)?;
    let limit = asked.limit.filter(|limit| *limit > 0).unwrap_or(PROPERTIES.len());
    let all: Vec<Value> = beginning(PROPERTIES, "").into_iter().take(limit).collect();
    // One address suggests properties while somebody types, and proposes all of them for an extension.
    answered(
        asked.callback.as_deref(),
        json!({
            "prefix": asked.prefix,
            "result": beginning(PROPERTIES, &asked.prefix),
            "type": asked.kind.as_deref().unwrap_or("Organization"),
            "limit": limit,
            "properties": all,
        }),
    )
}

pub(super) async fn suggest_type(
    State(desk): State<Arc<Desk>>,
    Path(dataset): Path<String>,
    Query(asked): Query<Prefix>,
) -> Result<Response, Fault> {
    desk.is_dataset(&dataset)?;
    answered(asked.callback.as_deref(), json!({"prefix": asked.prefix, "result": beginning(TYPES, &asked.prefix)}))
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
