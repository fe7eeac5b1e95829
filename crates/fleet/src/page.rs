//! A fleet on one page, and one machine on another: text, one style sheet and inline pictures, without any script.

mod chart;

use std::collections::BTreeMap;

use exchanges::Time;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use maud::{DOCTYPE, Markup, PreEscaped, html as markup};
use store::{
    Store, StoreError,
    fleet::{BanRow, ConditionRow, DayCount, ItemRow, LeaveRow, MachineFilter, MachineRow, MachineState},
};
use sweep::fleet::MachineName;

use crate::operator::shown;

/// Nothing may be loaded, sent or run.
pub(crate) const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const STYLE: &str = include_str!("page/style.css");

/// Machines on one page.
const ROWS: u32 = 200;
/// Days of the picture over time.
const DAYS: u16 = 30;

/// What the page shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    pub at: Timestamp,
    pub states: BTreeMap<MachineState, u64>,
    pub bans: Vec<BanRow>,
    pub days: Vec<DayCount>,
    pub leaves: Vec<LeaveRow>,
    pub filter: MachineFilter,
    pub machines: Vec<MachineRow>,
    /// There are more machines than the page lists.
    pub more: bool,
}

/// Asks the store for what the page shows. `silent`: who was not seen since then is silent.
pub async fn overview(
    store: &Store,
    filter: MachineFilter,
    silent: Time,
    now: Timestamp,
) -> Result<Overview, StoreError> {
    let today = now.to_zoned(TimeZone::UTC).date();
    let machines = store.fleet_machines(&filter, ROWS, silent).await?;
    Ok(Overview {
        at: now,
        states: store.fleet_states(silent).await?,
        bans: store.fleet_bans(silent).await?,
        days: store.fleet_days(filter.ban.as_deref(), today, DAYS).await?,
        leaves: store.fleet_leaves().await?,
        more: machines.len() == ROWS as usize,
        machines,
        filter,
    })
}

/// The fleet as a page.
pub fn html(all: &Overview) -> String {
    let total: u64 = all.states.values().sum();
    let title = match total {
        0 => "No machine has enrolled yet".to_owned(),
        1 => "One machine".to_owned(),
        n => format!("{} machines", grouped(n)),
    };
    let body = markup! {
        (states(all, total))
        (bans(&all.bans))
        (over_time(all))
        (leaves(&all.leaves))
        (machines(all))
    };
    frame(&title, all.at, &body).into_string()
}

/// One machine as a page.
pub(crate) fn machine(name: &MachineName, conditions: &[ConditionRow], items: &[ItemRow], now: Timestamp) -> String {
    let body = markup! {
        p { a href="/fleet" { "All machines" } }
        @if conditions.is_empty() { p { "It has enrolled, and not reported yet." } }
        @for one in conditions {
            section {
                h2 { "Ban " bdi { (one.ban) } }
                p {
                    (badge(one.status.as_str())) " since " (day_and_minute(one.since)) ", last report "
                    (day_and_minute(one.received)) "."
                }
                dl.figures {
                    div { dt { "objects that a plan would take" } dd { (grouped(one.objects)) } }
                    div { dt { "their size" } dd { (sweep::output::size(one.bytes)) } }
                    div { dt { "places not readable" } dd { (grouped(one.unreadable)) } }
                    div { dt { "reports it could not keep" } dd { (grouped(one.dropped)) } }
                }
                @let of_ban = items.iter().filter(|item| item.ban == one.ban);
                @if of_ban.clone().next().is_some() {
                    div.wide tabindex="0" role="region" aria-label="findings" { table {
                        thead { tr { th { "path" } th { "what" } th { "kind" } th { "sure" } th { "why it is there" } } }
                        tbody { @for item in of_ban {
                            tr {
                                td { code { (item.path) } } td { (item.subject) } td { (item.kind) }
                                td { (item.confidence) } td { (item.why) }
                            }
                        } }
                    } }
                }
                @if one.left_out > 0 { p.quiet { (grouped(one.left_out)) " more findings are counted alone." } }
                @if let Some(plan) = &one.plan { p.quiet { "Plan " code { (plan) } } }
            }
        }
    };
    frame(&format!("Machine {name}"), now, &body).into_string()
}

fn frame(title: &str, at: Timestamp, body: &Markup) -> Markup {
    markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) " · Ringfence fleet" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the fleet" }
                header { p.brand { "Ringfence fleet" } h1 { (title) } }
                main id="main" { (body) }
                footer { p {
                    "Ringfence " (env!("CARGO_PKG_VERSION")) " · as of " (at.strftime("%Y-%m-%d %H:%M").to_string())
                    " UTC · “clean” means: not found within what was searched"
                } }
            }
        }
    }
}

fn states(all: &Overview, total: u64) -> Markup {
    let count = |state| all.states.get(&state).copied().unwrap_or(0);
    let parts: Vec<(&str, u64)> = MachineState::ALL.iter().map(|state| (state.as_str(), count(*state))).collect();
    let meaning = |state| match state {
        MachineState::Clean => "nothing to take was found",
        MachineState::Pending => "something is there that a plan would take",
        MachineState::Failing => "something could not be taken, or looked for",
        MachineState::Silent => "no report for too long, or none ever",
        MachineState::Revoked => "reports are refused",
    };
    markup! {
        section id="states" {
            (chart::bar(&parts, total))
            ul.states {
                @for state in MachineState::ALL {
                    li {
                        a href=(format!("/fleet?state={}#machines", state.as_str())) {
                            (badge(state.as_str())) " " strong { (grouped(count(state))) }
                        }
                        span.quiet { " " (meaning(state)) }
                    }
                }
            }
        }
    }
}

fn bans(rows: &[BanRow]) -> Markup {
    markup! {
        section id="bans" {
            h2 { "By ban" }
            @if rows.is_empty() { p { "No machine has reported yet." } } @else {
                div.wide tabindex="0" role="region" aria-label="bans" { table {
                    thead { tr {
                        th { "ban" } th { "how far" } th.n { "clean" } th.n { "pending" } th.n { "failing" } th.n { "silent" }
                        th.n { "objects" } th.n { "size" } th.n { "leave held" }
                    } }
                    tbody { @for row in rows {
                        @let parts = [("clean", row.clean), ("pending", row.pending), ("failing", row.failing), ("silent", row.silent)];
                        tr {
                            th scope="row" { a href=(format!("/fleet?ban={}#machines", escaped(&row.ban))) { bdi { (row.ban) } } }
                            td.bar { (chart::bar(&parts, parts.iter().map(|(_, n)| n).sum())) }
                            @for (_, n) in parts { td.n { (grouped(n)) } }
                            td.n { (grouped(row.objects)) } td.n { (sweep::output::size(row.bytes)) } td.n { (grouped(row.leaves)) }
                        }
                    } }
                } }
            }
        }
    }
}

fn over_time(all: &Overview) -> Markup {
    markup! {
        section id="time" {
            h2 { "Over time" @if let Some(ban) = &all.filter.ban { ": " bdi { (ban) } } }
            figure {
                (chart::days(&all.days))
                figcaption { "Machines by the last report that had come by the end of each day, UTC." }
            }
            details {
                summary { "The figures" }
                div.wide tabindex="0" role="region" aria-label="figures by day" { table {
                    thead { tr { th { "day" } th.n { "clean" } th.n { "pending" } th.n { "failing" } } }
                    tbody { @for day in all.days.iter().rev() {
                        tr {
                            th scope="row" { (date(day.day)) } td.n { (grouped(day.clean)) } td.n { (grouped(day.pending)) }
                            td.n { (grouped(day.failing)) }
                        }
                    } }
                } }
            }
        }
    }
}

fn leaves(rows: &[LeaveRow]) -> Markup {
    markup! {
        @if !rows.is_empty() {
            section id="leaves" {
                h2 { "Leave to quarantine" }
                p { "Held until the machine reports on its plan, or somebody frees it." }
                div.wide tabindex="0" role="region" aria-label="leaves" { table {
                    thead { tr { th { "machine" } th { "ban" } th { "since" } th { "to be begun by" } th { "plan" } } }
                    tbody { @for row in rows.iter().take(100) {
                        tr {
                            th scope="row" { (link(&row.machine)) } td { bdi { (row.ban) } } td { (day_and_minute(row.granted)) }
                            td { (day_and_minute(row.expires)) } td { code { (row.plan.chars().take(20).collect::<String>()) "…" } }
                        }
                    } }
                } }
            }
        }
    }
}

fn machines(all: &Overview) -> Markup {
    let filter = &all.filter;
    let filtered = filter.state.is_some() || filter.ban.is_some() || filter.after.is_some();
    let next = all.machines.last().filter(|_| all.more).map(|last| {
        let state = filter.state.map(MachineState::as_str).unwrap_or_default();
        let ban = filter.ban.as_deref().map(escaped).unwrap_or_default();
        format!("/fleet?state={state}&ban={ban}&after={}#machines", last.machine)
    });
    markup! {
        section id="machines" {
            h2 { "Machines" }
            @if filtered {
                p {
                    "Those "
                    @if let Some(state) = filter.state { "that are " (badge(state.as_str())) " " }
                    @if let Some(ban) = &filter.ban { "that reported under " bdi { (ban) } " " }
                    @if let Some(after) = &filter.after { "after " (after) " " }
                    "· " a href="/fleet#machines" { "all of them" }
                }
            }
            @if all.machines.is_empty() { p { "There is none." } } @else {
                div.wide tabindex="0" role="region" aria-label="machines" { table {
                    thead { tr {
                        th { "machine" } th { "state" } th { "last report" } th.n { "objects" } th.n { "size" } th.n { "not readable" }
                    } }
                    tbody { @for row in &all.machines {
                        tr {
                            th scope="row" { (link(&row.machine)) } td { (badge(row.state.as_str())) }
                            td { @match row.seen { Some(seen) => (day_and_minute(seen)), None => "never" } }
                            td.n { (grouped(row.objects)) } td.n { (sweep::output::size(row.bytes)) } td.n { (grouped(row.unreadable)) }
                        }
                    } }
                } }
            }
            @if let Some(next) = next { p { a href=(next) { "The next ones" } } }
        }
    }
}

fn link(machine: &MachineName) -> Markup {
    markup! { a href=(format!("/fleet/machines/{machine}")) { (machine) } }
}

/// A state by colour, sign and word.
fn badge(state: &str) -> Markup {
    let sign = match state {
        "clean" => "✓",
        "pending" => "…",
        "failing" => "✕",
        "silent" => "–",
        _ => "⊘",
    };
    markup! { span class=(format!("badge {state}")) { span aria-hidden="true" { (sign) } " " (state) } }
}

fn date(day: Date) -> String {
    day.to_string()
}

fn day_and_minute(time: Time) -> String {
    shown(time).replace('T', " ").chars().take(16).collect()
}

/// 12345 as 12,345.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// For a query of a link.
fn escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
