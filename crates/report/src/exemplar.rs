//! The wordings that accounts share, with the varying part marked.

use hunt::campaign::{Part, Template};
use maud::{Markup, html};

use crate::{limits, visible, wording};

fn kind(kind: &str) -> String {
    match kind {
        "prefix" => "How the prompts begin".to_owned(),
        "suffix" => "How the prompts end".to_owned(),
        "system" => "System prompt".to_owned(),
        "shingles" => "Body of the prompts".to_owned(),
        other => visible::clipped(other, 40),
    }
}

fn spread(template: &Template) -> String {
    match template.outside_accounts {
        0 => "nobody else".to_owned(),
        n => format!("{} outside", wording::count(n, "account")),
    }
}

/// The templates of one campaign, the most used first.
pub(crate) fn templates(templates: &[Template]) -> Markup {
    let mut sorted: Vec<&Template> = templates.iter().collect();
    sorted.sort_by(|a, b| b.exchanges.cmp(&a.exchanges).then_with(|| a.key.cmp(&b.key)));
    let beyond = sorted.len().saturating_sub(limits::TEMPLATES);
    html! {
        @if sorted.is_empty() {
            p { "These accounts share no wording that is rare enough to name. Other evidence binds them." }
        }
        @for template in sorted.into_iter().take(limits::TEMPLATES) {
            figure.template {
                figcaption {
                    strong { (kind(&template.kind)) } ", "
                    (wording::count(template.exchanges, "exchange")) " by " (wording::count(template.accounts, "account"))
                    " here and by " (spread(template)) "; publicness " (wording::score_share(template.publicness)) "."
                    " " span.quiet { "Keyed hash " code { (visible::short_id(&template.key)) } }
                }
                @match &template.exemplar {
                    Some(parts) if !parts.is_empty() => (exemplar(parts)),
                    _ => p.absent {
                        "No text was kept: too few accounts used this wording, or retention forbids it. "
                        "The hash above names it in the lake."
                    },
                }
            }
        }
        @if beyond > 0 { p.quiet { "And " (wording::count(beyond as u64, "more wording")) " in the JSON." } }
    }
}

fn exemplar(parts: &[Part]) -> Markup {
    let beyond = parts.len().saturating_sub(limits::PARTS);
    html! {
        blockquote.exemplar dir="auto" {
            @for part in &parts[..parts.len() - beyond] {
                @let text = visible::shown_block(&part.text, limits::PART_CHARS);
                @if part.varies {
                    mark { span.unseen { "varying part: " } (text) }
                } @else {
                    (text)
                }
            }
            @if beyond > 0 { span.quiet { " … and " (wording::count(beyond as u64, "more part")) } }
        }
    }
}
