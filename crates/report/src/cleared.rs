//! What looked like a campaign and is not.

use hunt::campaign::{Cleared, Findings, MAX_CLEARED};
use maud::{Markup, html};

use crate::{evidence, facts, limits, visible, wording};

/// The section on cleared cohorts.
pub(crate) fn section(findings: &Findings) -> Markup {
    html! {
        section id="cleared" aria-labelledby="cleared-h" {
            h2 id="cleared-h" { "What looked like a campaign and is not" }
            @if findings.cleared.is_empty() {
                p { "No cohort came close enough to need clearing." }
            } @else {
                p {
                    "These cohorts share wordings or timing too. Each was set aside for the reason given; nothing happens to its accounts."
                }
                (classes(&findings.cleared))
                ul.cleared {
                    @for cohort in findings.cleared.iter().take(MAX_CLEARED) { li { (cleared(cohort)) } }
                }
            }
        }
    }
}

fn classes(cohorts: &[Cleared]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Cleared cohorts by class" {
            table.compact {
                caption { "Cleared cohorts by honest explanation" }
                thead { tr { th scope="col" { "Explanation" } th.number scope="col" { "Cohorts" } th.number scope="col" { "Accounts" } } }
                tbody {
                    @for (class, n, accounts) in facts::cleared_classes(cohorts).into_iter().take(40) {
                        tr {
                            th scope="row" { (visible::clipped(class, 80)) }
                            td.number { (wording::number(n)) }
                            td.number { (wording::number(accounts)) }
                        }
                    }
                }
            }
        }
    }
}

fn cleared(cohort: &Cleared) -> Markup {
    let examples = &cohort.example_accounts[..cohort.example_accounts.len().min(limits::EXAMPLE_ACCOUNTS)];
    html! {
        p {
            strong { (visible::clipped(&cohort.class, 80)) } ", "
            (wording::count(cohort.accounts, "account")) ", " (wording::count(cohort.exchanges, "exchange")) ". "
            (visible::sentence(&cohort.reason))
        }
        @if !cohort.evidence.is_empty() || !examples.is_empty() {
            details {
                summary { "Evidence" }
                (evidence::list(&cohort.evidence))
                @if !examples.is_empty() {
                    p.quiet { "For example " @for (i, id) in examples.iter().enumerate() { @if i > 0 { ", " } (visible::id(id)) } "." }
                }
            }
        }
    }
}
