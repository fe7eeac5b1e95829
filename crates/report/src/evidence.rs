//! Sentences of evidence with their weights.

use hunt::campaign::Evidence;
use maud::{Markup, html};

use crate::{facts, limits, visible, wording};

/// Evidence by falling size of its weight, each with its family, its weight and what was measured.
pub(crate) fn list(evidence: &[Evidence]) -> Markup {
    let sorted = facts::by_size(evidence);
    let beyond = sorted.len().saturating_sub(limits::EVIDENCE);
    html! {
        ul.evidence {
            @for item in sorted.into_iter().take(limits::EVIDENCE) {
                li {
                    p.measure {
                        span class=(format!("family {}", wording::family(item.family))) { (wording::family(item.family)) }
                        " " strong { (visible::clipped(&item.signal, 80)) }
                        " " span.weight { (wording::bits(item.weight)) " bits" }
                        @if let Some(p) = item.p_value { " " span.quiet { "p " (wording::probability(p)) } }
                    }
                    p { (visible::sentence(&item.text)) }
                }
            }
        }
        @if beyond > 0 { p.quiet { "And " (beyond) " more in the JSON." } }
    }
}
