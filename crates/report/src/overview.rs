//! The first screen: what was searched, what was found, how sure that is, and all campaigns on one time axis.

use hunt::campaign::{Campaign, Findings};
use maud::{Markup, html};

use crate::{
    axis::{self, Axis},
    limits,
    picture::{Frame, picture},
    visible, wording,
};

const HEAD: u32 = 4;
const ROW: u32 = 40;
const FOOT: u32 = 22;

/// The overview section.
pub(crate) fn section(findings: &Findings) -> Markup {
    html! {
        section id="overview" aria-labelledby="overview-h" {
            h2 id="overview-h" { "Overview" }
            p.summary { (found(findings)) }
            dl.story {
                div { dt { "Searched" } dd { (searched(findings)) } }
                div { dt { "How sure" } dd { (how_sure(findings)) } }
                div { dt { "Set aside" } dd { (set_aside(findings)) } }
            }
            @if !findings.campaigns.is_empty() { (drawing(&findings.campaigns)) }
        }
        @if !findings.campaigns.is_empty() {
            section id="campaigns" aria-labelledby="campaigns-h" {
                h2 id="campaigns-h" { "Campaigns" }
                (table(&findings.campaigns))
            }
        }
    }
}

/// The outcome in one sentence.
pub(crate) fn found(findings: &Findings) -> String {
    let totals = &findings.totals;
    match findings.campaigns.len() {
        0 => "No coordinated harvest campaign was found.".to_owned(),
        n => format!(
            "{} found: {} of {} {} together in a way that chance and honest use do not explain.",
            if n == 1 { "1 campaign was".to_owned() } else { format!("{} campaigns were", wording::number(n as u64)) },
            wording::number(totals.accounts_in_campaigns),
            wording::count(totals.accounts, "account"),
            if totals.accounts_in_campaigns == 1 { "harvests" } else { "harvest" },
        ),
    }
}

fn searched(findings: &Findings) -> Markup {
    let totals = &findings.totals;
    html! {
        (wording::count(totals.exchanges, "exchange")) " of " (wording::count(totals.accounts, "account")) ", "
        @match (&totals.from, &totals.to) {
            (Some(from), Some(to)) => { span.whole { (wording::minute(from)) } " to " span.whole { (wording::minute(to)) } " UTC" },
            _ => "no time known",
        }
        ". " (wording::count(totals.templates, "shared wording")) " looked at; "
        (wording::count(totals.cohorts_tested, "cohort")) " tested."
    }
}

fn how_sure(findings: &Findings) -> String {
    let fdr = wording::percent(findings.parameters.fdr);
    if findings.campaigns.is_empty() {
        return format!(
            "The search would have raised a campaign at a false discovery rate of {fdr}. Nothing found does not prove that \
             nothing is there: a patient campaign with separate payers, no common wording and human timing stays out of reach."
        );
    }
    format!(
        "The false discovery rate is held at {fdr}: over many such searches, at most {fdr} of the campaigns raised are \
         expected to be false, so each is a lead for a person to check and not a verdict."
    )
}

fn set_aside(findings: &Findings) -> Markup {
    let cleared = wording::len(&findings.cleared);
    html! {
        @if cleared == 0 { "No look-alike had to be cleared." } @else {
            (wording::count(cleared, "cohort")) " looked like a campaign and "
            @if cleared == 1 { "is" } @else { "are" } " explained by honest use: "
            a href="#cleared" { "see which and why" } "."
        }
    }
}

/// When a campaign was active, in seconds since the Unix epoch.
#[derive(Clone, Copy)]
struct Span {
    start: i64,
    end: i64,
    alert: Option<i64>,
}

fn span(campaign: &Campaign) -> Option<Span> {
    let start = wording::seconds(&campaign.first_seen)?;
    let end = wording::seconds(&campaign.last_seen)?.max(start);
    Some(Span { start, end, alert: campaign.first_alert.as_deref().and_then(wording::seconds) })
}

fn drawing(campaigns: &[Campaign]) -> Markup {
    let rows: Vec<(usize, &Campaign, Span)> = campaigns
        .iter()
        .enumerate()
        .filter_map(|(i, campaign)| Some((i + 1, campaign, span(campaign)?)))
        .take(limits::DRAWN_CAMPAIGNS)
        .collect();
    let (Some(start), Some(end)) = (rows.iter().map(|r| r.2.start).min(), rows.iter().map(|r| r.2.end).max()) else {
        return html! {};
    };
    let axis = Axis::new(start, end);
    let height = ROW * u32::try_from(rows.len()).unwrap_or(0);
    let body = html! {
        (axis.grid(HEAD, height))
        @for ((rank, campaign, span), row) in rows.iter().zip(0_u32..) {
            (bar(*rank, campaign, *span, &axis, HEAD + row * ROW))
        }
    };
    let told: Vec<String> = rows.iter().map(|(rank, campaign, _)| told(*rank, campaign)).collect();
    html! {
        figure {
            (picture("all-time", Frame::Stretched { height: HEAD + height + FOOT }, "All campaigns in time", &told.join(" "), &body))
            p.legend {
                span { i.swatch.before {} " before the first alert" }
                span { i.swatch.after {} " after it" }
                span { "◆ first alert" }
            }
            figcaption {
                "A thicker bar is a campaign of more accounts. Times are UTC."
                @if campaigns.len() > rows.len() { " " (wording::count((campaigns.len() - rows.len()) as u64, "more campaign")) " in the table only." }
            }
        }
    }
}

fn told(rank: usize, campaign: &Campaign) -> String {
    let alert =
        campaign.first_alert.as_deref().map_or_else(String::new, |t| format!(", first alert {}", wording::minute(t)));
    format!(
        "Campaign {rank}: {}, {} to {}{alert}.",
        wording::count(wording::len(&campaign.accounts), "account"),
        wording::minute(&campaign.first_seen),
        wording::minute(&campaign.last_seen),
    )
}

fn bar(rank: usize, campaign: &Campaign, Span { start, end, alert }: Span, axis: &Axis, top: u32) -> Markup {
    let accounts = wording::len(&campaign.accounts);
    let thick = 5 + 3 * accounts.max(1).ilog10();
    let (from, to) = (axis.percent(start), axis.percent(end).max(axis.percent(start) + 0.6));
    let split = alert.map_or(to, |time| axis.percent(time).clamp(from, to));
    let middle = top + 27;
    let y = middle - thick / 2;
    let (label_at, side) = match axis::anchor(from) {
        "start" => (from, "start"),
        _ if from < 55.0 => (from, "start"),
        _ => (to.min(100.0), "end"),
    };
    html! {
        text.halo x=(pc(label_at)) y=(top + 14) text-anchor=(side) {
            tspan.strong { (rank) } " · " (wording::count(accounts, "account")) " · " (visible::clipped(&campaign.effect, 16))
        }
        rect.before x=(pc(from)) width=(pc(split - from)) y=(y) height=(thick) {}
        rect.after x=(pc(split)) width=(pc(to - split)) y=(y) height=(thick) {}
        @if alert.is_some() {
            text.alert x=(pc(split)) y=(middle + 5) text-anchor="middle" { "◆" }
        }
    }
}

fn pc(percent: f64) -> String {
    format!("{percent:.2}%")
}

fn table(campaigns: &[Campaign]) -> Markup {
    let beyond = campaigns.len().saturating_sub(limits::LISTED_CAMPAIGNS);
    html! {
        div.scroll tabindex="0" role="region" aria-label="Campaigns by score" {
            table.campaigns {
                caption { "By falling score" }
                thead {
                    tr {
                        th scope="col" { "Campaign" }
                        th scope="col" { "Recommended" }
                        th.number scope="col" { "Accounts" }
                        th.number scope="col" { "Harvest" }
                        th.number scope="col" { "Score, bits" }
                        th.number scope="col" { "q-value" }
                        th scope="col" { "First alert, UTC" }
                    }
                }
                tbody { @for (i, campaign) in campaigns.iter().enumerate().take(limits::LISTED_CAMPAIGNS) { (row(i, campaign)) } }
            }
        }
        @if beyond > 0 { p.quiet { "And " (wording::count(beyond as u64, "more campaign")) " in the JSON of the hunt." } }
        @if campaigns.len() > limits::DETAILED_CAMPAIGNS {
            p.quiet { "The first " (limits::DETAILED_CAMPAIGNS) " are told in full below." }
        }
    }
}

fn row(i: usize, campaign: &Campaign) -> Markup {
    let rank = i + 1;
    html! {
        tr {
            th scope="row" {
                @if i < limits::DETAILED_CAMPAIGNS { a href=(format!("#c{rank}")) { "Campaign " (rank) } } @else { "Campaign " (rank) }
                " " span.quiet { (visible::id(&campaign.campaign_id)) }
            }
            td { strong { (visible::clipped(&campaign.effect, 16)) } }
            td.number { (wording::number(wording::len(&campaign.accounts))) }
            td.number { (wording::number(campaign.harvest)) }
            td.number { (wording::score(campaign.score)) }
            td.number { (wording::probability(campaign.q_value)) }
            td { @if let Some(time) = &campaign.first_alert { (wording::minute(time)) } @else { "unknown" } }
        }
    }
}
