//! The page around the sections: head, navigation, landmarks.

use hunt::campaign::Findings;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::{campaign, cleared, limits, overview, reading, wording};

/// Nothing may be loaded, sent or run: the page is text, one style sheet and inline pictures.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
const STYLE: &str = include_str!("style.css");

/// The findings as one self-contained HTML page.
pub fn html(findings: &Findings) -> String {
    page(findings).into_string()
}

fn page(findings: &Findings) -> Markup {
    let detailed = findings.campaigns.len().min(limits::DETAILED_CAMPAIGNS);
    let rows = limits::account_rows(detailed);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="robots" content="noindex";
                title { (title(findings)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the findings" }
                header {
                    p.brand { "Ringfence hunt" }
                    h1 { (outcome(findings)) }
                    (period(findings))
                    (contents(findings))
                }
                main id="main" {
                    (overview::section(findings))
                    @for (i, item) in findings.campaigns.iter().take(detailed).enumerate() {
                        (campaign::section(item, i + 1, rows))
                    }
                    (cleared::section(findings))
                    (reading::section(findings))
                }
                footer {
                    p {
                        "Ringfence " (env!("CARGO_PKG_VERSION")) " · generated " (wording::minute(&findings.generated))
                        " UTC · this file loads nothing and sends nothing · " a href="#overview" { "back to the top" }
                    }
                }
            }
        }
    }
}

fn outcome(findings: &Findings) -> String {
    match findings.campaigns.len() {
        0 => "No harvest campaign found".to_owned(),
        n => wording::count(n as u64, "harvest campaign"),
    }
}

fn title(findings: &Findings) -> String {
    match (&findings.totals.from, &findings.totals.to) {
        (Some(from), Some(to)) => format!("{}, {} to {}", outcome(findings), wording::day(from), wording::day(to)),
        _ => outcome(findings),
    }
}

fn period(findings: &Findings) -> Markup {
    html! {
        @if let (Some(from), Some(to)) = (&findings.totals.from, &findings.totals.to) {
            p.period { span.whole { (wording::day(from)) } " to " span.whole { (wording::day(to)) } }
        }
    }
}

fn contents(findings: &Findings) -> Markup {
    html! {
        nav aria-label="Contents" {
            ul {
                li { a href="#overview" { "Overview" } }
                @if !findings.campaigns.is_empty() { li { a href="#campaigns" { "Campaigns" } } }
                li { a href="#cleared" { "Cleared" } }
                li { a href="#reading" { "How to read this" } }
            }
        }
    }
}
