//! `/v1/standing`: who controls an organisation, under which rule, with the proof.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State, rejection::JsonRejection},
    http::header,
    response::{IntoResponse, Response},
};
use jiff::civil::Date;
use ownership::Force;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Desk, fault::Fault, today};
use crate::Question;

/// Who is asked about, under what, and as of when.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    id: Option<String>,
    name: Option<String>,
    /// Where the organisation is registered or has its head office.
    country: Option<String>,
    regime: Option<String>,
    as_of: Option<Date>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Under {
    regime: Option<String>,
    as_of: Option<Date>,
}

pub(super) async fn asked(State(desk): State<Arc<Desk>>, Query(asked): Query<Asked>) -> Result<Json<Value>, Fault> {
    answer(&desk, asked).await
}

pub(super) async fn posted(
    State(desk): State<Arc<Desk>>,
    asked: Result<Json<Asked>, JsonRejection>,
) -> Result<Json<Value>, Fault> {
    let Json(asked) = asked.map_err(|error| Fault::of_body(&error))?;
    answer(&desk, asked).await
}

async fn answer(desk: &Desk, asked: Asked) -> Result<Json<Value>, Fault> {
    let Asked { id, name, country, regime, as_of } = asked;
    let regime = regime.unwrap_or_else(|| desk.settings.regime.clone());
    let on = as_of.unwrap_or_else(today);
    let country = country.map(|code| code.parse()).transpose();
    let country = country.map_err(|error: ownership::PlaceError| Fault::asked_wrongly(error.to_string()))?;
    let text = match (&id, name) {
        (Some(id), _) => id.clone(),
        (None, Some(name)) if !name.trim().is_empty() => name,
        (None, _) => return Err(Fault::asked_wrongly("say who is meant: `id` or `name`")),
    };
    let by_id_only = id.is_some();
    let question = Question { countries: country.into_iter().collect(), ..Question::typed(&text) };
    let answered = desk
        .search(move |register| {
            if by_id_only && register.by_id(&text).is_none() {
                return Err(Fault::no_entity(&text));
            }
            let answer = register.answer(&question, &regime, on)?;
            Ok(answer.to_value(register, &text, &regime, on))
        })
        .await?;
    Ok(Json(answered))
}

pub(super) async fn picture(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    Query(under): Query<Under>,
) -> Result<Response, Fault> {
    let regime = under.regime.unwrap_or_else(|| desk.settings.regime.clone());
    let on = under.as_of.unwrap_or_else(today);
    let picture = desk
        .search(move |register| {
            let entity = register.by_id(&id).ok_or_else(|| Fault::no_entity(&id))?;
            let standing = register.standing(&regime, on, entity).map_err(crate::AskError::from)?;
            Ok(standing.to_svg())
        })
        .await?;
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
    ];
    Ok((headers, picture).into_response())
}

pub(super) async fn regimes(State(desk): State<Arc<Desk>>) -> Json<Value> {
    let register = desk.register();
    let today = today();
    let all: Vec<Value> = register
        .regimes()
        .iter()
        .map(|regime| {
            let threshold = regime.threshold(today);
            json!({
                "id": regime.id,
                "title": regime.title,
                "explanation": regime.explanation,
                "source": regime.source,
                "read": regime.read,
                "confirm": regime.confirm,
                "in_force": regime.force(today) == Force::InForce,
                "threshold_bp": threshold.basis_points,
                "strict": threshold.strict,
            })
        })
        .collect();
    Json(json!({"regimes": all, "default": desk.settings.regime}))
}
