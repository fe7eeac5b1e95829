//! How to read the page: weights, hashes, parameters, and that every decision is a person's and can be undone.

use hunt::campaign::Findings;
use maud::{Markup, html};

use crate::wording;

/// The notes at the end of the page.
pub(crate) fn section(findings: &Findings) -> Markup {
    html! {
        section id="reading" aria-labelledby="reading-h" {
            h2 id="reading-h" { "How to read this" }
            dl.story {
                div { dt { "Decisions" } dd {
                    "This report recommends; a person decides. Every recommended effect can be undone, and whoever is affected must be told "
                    "why and how to contest it. Language, time zone, name and nationality are never evidence."
                } }
                div { dt { "Weights" } dd {
                    "Evidence is weighed in bits. Each bit doubles the odds of a campaign: +3 bits make them 8 times as high, +10 bits about "
                    "1,000 times; −1 bit halves them. Related signals form a family, which can only say so much; a campaign needs two families at least."
                } }
                div { dt { "p and q" } dd {
                    "p is the chance that honest traffic looks at least this coordinated. q is the false discovery rate at which the campaign "
                    "would just be raised, given everything else that was tested."
                } }
                div { dt { "Families" } dd {
                    ul.plain {
                        @for family in wording::FAMILIES {
                            li {
                                span class=(format!("family {}", wording::family(family))) { (wording::family(family)) }
                                " " (wording::family_meaning(family))
                            }
                        }
                    }
                } }
                div { dt { "Harvest" } dd {
                    "Exchanges that carry one of the campaign's wordings. Publicness runs from 0, used by nobody else, to 1, as widespread as a public tool."
                } }
                div { dt { "Text" } dd {
                    "Prompts are kept as keyed hashes, which mean nothing without this deployment's secret. A wording is shown, with what "
                    "varies masked, only when enough accounts used it. ⟨U+202E⟩ and the like stand for characters that would not be seen."
                } }
                div { dt { "Parameters" } dd { (parameters(findings)) } }
            }
        }
    }
}

fn parameters(findings: &Findings) -> Markup {
    let p = &findings.parameters;
    html! {
        "False discovery rate " (wording::percent(p.fdr))
        "; a cohort has at least " (wording::count(p.min_accounts.into(), "account"))
        ", an account uses a wording at least " (wording::count(p.min_uses.into(), "time"))
        "; seed " (p.seed) ". Findings format " (findings.version) ", report " (env!("CARGO_PKG_VERSION"))
        ", generated " (wording::minute(&findings.generated)) " UTC."
    }
}
