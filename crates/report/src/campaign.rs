//! One campaign in full: what to do, why, what speaks against it, and who is in it.

use hunt::campaign::Campaign;
use maud::{Markup, html};

use crate::{accounts, evidence, exemplar, facts, graph, limits, timeline, visible, waterfall, wording};

/// The section of campaign number `rank`; at most `rows` accounts are listed.
pub(crate) fn section(campaign: &Campaign, rank: usize, rows: usize) -> Markup {
    html! {
        section.campaign id=(format!("c{rank}")) aria-labelledby=(format!("c{rank}-h")) {
            h2 id=(format!("c{rank}-h")) { "Campaign " (rank) " " small { (visible::id(&campaign.campaign_id)) } }
            p.summary { (visible::sentence(&campaign.summary)) }
            (recommendation(campaign))
            (figures(campaign))
            h3 { "Why we think so" }
            (waterfall::waterfall(campaign, rank))
            (evidence::list(&campaign.evidence))
            h3 { "Could it be something honest?" }
            (doubts(campaign))
            div.together { h3 { "When" } (timeline::timeline(campaign, rank)) }
            (graph::identity(campaign, rank, "Who shares what"))
            h3 { "What they sent" }
            (exemplar::templates(&campaign.templates))
            (models(campaign, rank))
            h3 { "Accounts" }
            (accounts::accounts(campaign, rank, rows))
            p.back { a href="#campaigns" { "Back to all campaigns" } }
        }
    }
}

fn recommendation(campaign: &Campaign) -> Markup {
    html! {
        p.recommend {
            span.quiet { "Recommended: " } strong { (visible::clipped(&campaign.effect, 40)) } ". "
            @match wording::effect(&campaign.effect) {
                Some(words) => (words),
                None => "This version of the report does not know that effect.",
            }
            " A person decides."
        }
    }
}

fn figures(campaign: &Campaign) -> Markup {
    let share = campaign.harvest as f64 / campaign.exchanges.max(1) as f64;
    html! {
        dl.figures {
            (figure("Accounts", &wording::number(wording::len(&campaign.accounts)), ""))
            (figure("Harvest", &wording::number(campaign.harvest),
                &format!("{} of their {}", wording::percent(share), wording::count(campaign.exchanges, "exchange"))))
            (figure("Output tokens", &wording::number(campaign.output_tokens), ""))
            (figure("Active", &wording::day(&campaign.first_seen), &format!("to {}", wording::day(&campaign.last_seen))))
            (alert_figure(campaign))
            (figure("Score, bits", &wording::score(campaign.score),
                &format!("q {}, p {}", wording::probability(campaign.q_value), wording::probability(campaign.p_value))))
        }
    }
}

fn alert_figure(campaign: &Campaign) -> Markup {
    let Some(time) = &campaign.first_alert else {
        return figure("First alert", "unknown", "only the whole period raised it");
    };
    let (day, clock) = (wording::day(time), wording::clock(time));
    figure("First alert", &day, &format!("{clock} UTC{}", facts::harvest_before_alert(campaign)))
}

fn figure(name: &str, value: &str, note: &str) -> Markup {
    html! {
        div {
            dt { (name) }
            dd { span.value { (value) } @if !note.is_empty() { " " span.quiet { (note) } } }
        }
    }
}

fn doubts(campaign: &Campaign) -> Markup {
    let beyond = campaign.overturn.len().saturating_sub(limits::OVERTURN);
    html! {
        p {
            "The honest explanation that fits best: " strong { (visible::clipped(&campaign.look_alike.class, 80)) } ". "
            (visible::sentence(&campaign.look_alike.text))
        }
        @if !campaign.overturn.is_empty() {
            p { "What would overturn this finding:" }
            ul.overturn {
                @for fact in campaign.overturn.iter().take(limits::OVERTURN) { li { (visible::sentence(fact)) } }
            }
            @if beyond > 0 { p.quiet { "And " (beyond) " more in the JSON." } }
        }
    }
}

fn models(campaign: &Campaign, rank: usize) -> Markup {
    let all: f64 = campaign.models.iter().map(|(_, n)| *n as f64).sum();
    let beyond = campaign.models.len().saturating_sub(limits::MODELS);
    html! {
        @if !campaign.models.is_empty() {
            div.scroll tabindex="0" role="region" aria-label=(format!("Campaign {rank}: models")) {
                table.compact {
                    caption { "Models that were harvested" }
                    thead { tr { th scope="col" { "Model" } th.number scope="col" { "Exchanges" } th.number scope="col" { "Share" } } }
                    tbody {
                        @for (model, n) in campaign.models.iter().take(limits::MODELS) {
                            tr {
                                th scope="row" { (visible::id(model)) }
                                td.number { (wording::number(*n)) }
                                td.number { (wording::percent(*n as f64 / all.max(1.0))) }
                            }
                        }
                    }
                }
            }
            @if beyond > 0 { p.quiet { "And " (beyond) " more models in the JSON." } }
        }
    }
}
