//! What operators ask: pages, JSON, CSV, osquery's log; and what they do: revoke a machine, free a leave.

use std::{fmt::Display, sync::Arc};

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{
    Line,
    fleet::{MachineFilter, MachineState},
};
use sweep::fleet::MachineName;

use crate::{
    desk::{Desk, Note, told},
    export::{self, Table},
    fault::Fault,
    page,
};

/// In which form rows are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    #[default]
    Json,
    Csv,
    /// Lines of osquery's results log.
    Osquery,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    state: Option<String>,
    ban: Option<String>,
    after: Option<String>,
    limit: Option<u32>,
    #[serde(default)]
    format: Format,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Days {
    ban: Option<String>,
    days: Option<u16>,
    #[serde(default)]
    format: Format,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Form {
    #[serde(default)]
    format: Format,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Who {
    /// Who does it, for the record.
    who: String,
    ban: Option<String>,
}

/// Rows where nobody says how many.
const PAGE: u32 = 200;
/// Longest time that is looked back, in days.
const MOST_DAYS: u16 = 730;

type Asking<T> = Result<Query<T>, axum::extract::rejection::QueryRejection>;

fn query<T>(asked: Asking<T>) -> Result<T, Fault> {
    asked.map(|Query(asked)| asked).map_err(|rejection| Fault::asked_wrongly(rejection.body_text()))
}

fn wrong(what: &str, error: impl Display) -> Fault {
    Fault::asked_wrongly(format!("`{what}`: {error}"))
}

fn named(machine: &str) -> Result<MachineName, Fault> {
    machine.parse().map_err(|error| wrong("machine", error))
}

impl Asked {
    fn filter(&self) -> Result<MachineFilter, Fault> {
        let state = match self.state.as_deref().filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => Some(MachineState::named(text).ok_or_else(|| {
                let known: Vec<&str> = MachineState::ALL.iter().map(|state| state.as_str()).collect();
                Fault::asked_wrongly(format!("there is no such state; the states are {}", known.join(", ")))
            })?),
        };
        let ban = self.ban.clone().filter(|text| !text.is_empty());
        if ban.as_ref().is_some_and(|ban| ban.len() > 256 || ban.contains('\0')) {
            return Err(Fault::asked_wrongly("`ban` is no name of a ban"));
        }
        let after = self.after.as_deref().filter(|text| !text.is_empty()).map(named).transpose()?;
        Ok(MachineFilter { state, ban, after })
    }
}

fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

pub(crate) async fn summary(State(desk): State<Arc<Desk>>) -> Result<Json<Value>, Fault> {
    let states = desk.store.fleet_states(desk.silent()?).await?;
    let count = |state| states.get(&state).copied().unwrap_or(0);
    let mut all = serde_json::Map::new();
    for state in MachineState::ALL {
        all.insert(state.as_str().to_owned(), count(state).into());
    }
    let bans = desk.store.fleet_bans(desk.silent()?).await?;
    Ok(Json(json!({
        "machines": states.values().sum::<u64>(),
        "states": all,
        "bans": export::bans(&bans).to_json(),
        "silent_after_seconds": desk.settings.silent_after.as_secs(),
        "hosts": desk.settings.hosts,
        "server_key": sweep::attest::public_text(&desk.key.verifying_key()),
    })))
}

pub(crate) async fn machines(State(desk): State<Arc<Desk>>, asked: Asking<Asked>) -> Result<Response, Fault> {
    let asked = query(asked)?;
    let limit = asked.limit.unwrap_or(if asked.format == Format::Csv { 10_000 } else { PAGE });
    let rows = desk.store.fleet_machines(&asked.filter()?, limit, desk.silent()?).await?;
    let next = if rows.len() == limit as usize { rows.last().map(|row| row.machine.to_string()) } else { None };
    answer(&export::machines(&rows), asked.format, next)
}

pub(crate) async fn machine(
    State(desk): State<Arc<Desk>>,
    Path(machine): Path<String>,
    form: Asking<Form>,
) -> Result<Response, Fault> {
    let rows = desk.store.fleet_machine(&named(&machine)?).await?;
    answer(&export::conditions(&rows), query(form)?.format, None)
}

pub(crate) async fn bans(State(desk): State<Arc<Desk>>, form: Asking<Form>) -> Result<Response, Fault> {
    answer(&export::bans(&desk.store.fleet_bans(desk.silent()?).await?), query(form)?.format, None)
}

pub(crate) async fn leaves(State(desk): State<Arc<Desk>>, form: Asking<Form>) -> Result<Response, Fault> {
    answer(&export::leaves(&desk.store.fleet_leaves().await?), query(form)?.format, None)
}

pub(crate) async fn days(State(desk): State<Arc<Desk>>, asked: Asking<Days>) -> Result<Response, Fault> {
    let asked = query(asked)?;
    let days = asked.days.unwrap_or(30);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(Fault::asked_wrongly(format!("`days` is 1 to {MOST_DAYS}")));
    }
    let rows = desk.store.fleet_days(asked.ban.as_deref(), today(), days).await?;
    answer(&export::days(&rows), asked.format, None)
}

pub(crate) async fn items(State(desk): State<Arc<Desk>>, asked: Asking<Asked>) -> Result<Response, Fault> {
    let asked = query(asked)?;
    let limit = asked.limit.unwrap_or(if asked.format == Format::Json { PAGE } else { 10_000 });
    // A place in the list is a machine, a ban and a number, as the answer before gave it.
    let after = asked.after.as_deref().map(serde_json::from_str::<(String, String, u64)>).transpose();
    let after = after.map_err(|error| wrong("after", error))?;
    let after = after.as_ref().map(|(machine, ban, place)| (machine.as_str(), ban.as_str(), *place));
    let rows = desk.store.fleet_items(asked.ban.as_deref(), after, limit).await?;
    let next = rows.last().filter(|_| rows.len() == limit as usize);
    let next = next.map(|row| json!([row.machine, row.ban, row.place]).to_string());
    if asked.format == Format::Osquery {
        let text = export::osquery(&rows);
        return Ok(typed(text, "application/x-ndjson", next));
    }
    answer(&export::items(&rows), asked.format, next)
}

/// Rows as they are wanted. Where there may be more, `next` says what `after` asks for them.
fn answer(table: &Table, format: Format, next: Option<String>) -> Result<Response, Fault> {
    match format {
        Format::Json => Ok(Json(json!({"rows": table.to_json(), "next": next})).into_response()),
        Format::Csv => match table.to_csv() {
            Ok(text) => Ok(typed(text, "text/csv; charset=utf-8", next)),
            Err(error) => {
                tracing::error!(%error, "rows cannot be written");
                Err(Fault::busy())
            }
        },
        Format::Osquery => Err(Fault::asked_wrongly("only /v1/fleet/items is given in osquery's form")),
    }
}

fn typed(text: String, kind: &'static str, next: Option<String>) -> Response {
    let mut response = text.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Some(next) = next.and_then(|next| HeaderValue::from_str(&next).ok()) {
        response.headers_mut().insert("x-next", next);
    }
    response
}

pub(crate) async fn revoke(
    State(desk): State<Arc<Desk>>,
    Path(machine): Path<String>,
    body: Result<Json<Who>, axum::extract::rejection::JsonRejection>,
) -> Result<Json<Value>, Fault> {
    let (machine, Who { who, .. }) = (named(&machine)?, asked_by(body)?);
    desk.store.revoke_machine(&machine, desk.now()?).await?;
    desk.note(Note { kind: "fleet-revocation", body: json!({"machine": machine, "who": who}) }).await?;
    tracing::warn!(fleet.machine = machine.as_str(), who, "a machine was revoked");
    Ok(Json(json!({"machine": machine, "revoked": true})))
}

pub(crate) async fn free(
    State(desk): State<Arc<Desk>>,
    Path(machine): Path<String>,
    body: Result<Json<Who>, axum::extract::rejection::JsonRejection>,
) -> Result<Json<Value>, Fault> {
    let (machine, Who { who, ban }) = (named(&machine)?, asked_by(body)?);
    let ban: Line = ban.unwrap_or_default().parse().map_err(|error| wrong("ban", error))?;
    let freed = desk.store.free_leave(&machine, &ban, desk.now()?).await?;
    let body = json!({"machine": machine, "ban": ban.as_str(), "who": who, "freed": freed});
    desk.note(Note { kind: "fleet-leave-freed", body: body.clone() }).await?;
    Ok(Json(body))
}

/// A page of somebody else cannot send JSON here without being asked first, so a browser that is logged in does nothing on its word.
fn asked_by(body: Result<Json<Who>, axum::extract::rejection::JsonRejection>) -> Result<Who, Fault> {
    let Json(who) = body.map_err(|rejection| {
        Fault::asked_wrongly(format!("send JSON with your name as `who`: {}", rejection.body_text()))
    })?;
    Line::try_from(who.who.clone()).map_err(|error| wrong("who", error))?;
    Ok(who)
}

pub(crate) async fn page(State(desk): State<Arc<Desk>>, asked: Asking<Asked>) -> Result<Response, Fault> {
    let asked = query(asked)?;
    let filter = asked.filter()?;
    let overview = page::overview(&desk.store, filter, desk.silent()?, Timestamp::now()).await?;
    Ok(html_page(page::html(&overview)))
}

pub(crate) async fn machine_page(
    State(desk): State<Arc<Desk>>,
    Path(machine): Path<String>,
) -> Result<Response, Fault> {
    let machine = named(&machine)?;
    let conditions = desk.store.fleet_machine(&machine).await?;
    let mut items = Vec::new();
    for condition in &conditions {
        let from = Some((machine.as_str(), "", 0));
        let rows = desk.store.fleet_items(Some(&condition.ban), from, 1000).await?;
        items.extend(rows.into_iter().take_while(|row| row.machine == machine));
    }
    Ok(html_page(page::machine(&machine, &conditions, &items, Timestamp::now())))
}

/// Nothing may be loaded, sent or run.
fn html_page(text: String) -> Response {
    let mut response = (StatusCode::OK, text).into_response();
    let mut headers = HeaderMap::new();
    let mut put = |name, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
    put(header::CONTENT_TYPE, "text/html; charset=utf-8");
    put(header::CONTENT_SECURITY_POLICY, page::POLICY);
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(header::REFERRER_POLICY, "no-referrer");
    put(header::CACHE_CONTROL, "no-store");
    response.headers_mut().extend(headers);
    response
}

/// A time of the store for people and machines alike.
pub(crate) fn shown(time: exchanges::Time) -> String {
    told(time).to_string()
}
