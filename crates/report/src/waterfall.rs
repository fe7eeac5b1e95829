//! How the evidence of each family adds up to the score.

use hunt::campaign::{Campaign, Family};
use maud::{Markup, html};

use crate::{
    facts,
    picture::{Frame, picture},
    wording,
};

const ROW: u32 = 40;
const BAR: u32 = 12;

struct Step {
    label: &'static str,
    family: Option<Family>,
    from: f64,
    to: f64,
}

impl Step {
    fn weight(&self) -> f64 {
        self.to - self.from
    }

    /// Positive bars are filled; negative ones are hollow, so that colour is not needed to tell them apart.
    fn class(&self) -> String {
        let sign = if self.weight() < 0.0 { "against" } else { "for" };
        match self.family {
            Some(family) => format!("bar {sign} {}", wording::family(family)),
            None => format!("bar {sign}"),
        }
    }
}

fn steps(campaign: &Campaign) -> Vec<Step> {
    let mut reached = 0.0;
    let mut steps = Vec::new();
    for (family, weight) in facts::family_weights(&campaign.evidence) {
        let label = wording::family(family);
        steps.push(Step { label, family: Some(family), from: reached, to: reached + weight });
        reached += weight;
    }
    let score = facts::finite(campaign.score);
    if (score - reached).abs() >= 0.05 {
        steps.push(Step { label: "limit on what one family may say", family: None, from: reached, to: score });
    }
    steps
}

/// The waterfall of campaign number `rank`.
pub(crate) fn waterfall(campaign: &Campaign, rank: usize) -> Markup {
    let steps = steps(campaign);
    let score = facts::finite(campaign.score);
    let ends = || steps.iter().map(|step| step.to).chain([score]);
    let (low, high) = (ends().fold(0.0, f64::min), ends().fold(0.0, f64::max));
    let span = if high - low > 0.0 { high - low } else { 1.0 };
    let x = |bits: f64| 100.0 * (bits - low) / span;
    let rows = u32::try_from(steps.len()).unwrap_or(u32::MAX).saturating_add(1);
    let body = html! {
        line.zero x1=(pc(x(0.0))) x2=(pc(x(0.0))) y1="0" y2=(rows * ROW) {}
        @for (step, row) in steps.iter().zip(0_u32..) {
            (labels(row, step.label, &format!("{} bits", wording::bits(step.weight()))))
            (bar(row, x(step.from), x(step.to), &step.class()))
            line.join x1=(pc(x(step.to))) x2=(pc(x(step.to))) y1=(row * ROW + 18 + BAR) y2=((row + 1) * ROW + 18) {}
        }
        (labels(rows - 1, "score", &format!("{} bits", wording::score(score))))
        (bar(rows - 1, x(0.0), x(score), "bar for total"))
    };
    let told: Vec<String> =
        steps.iter().map(|step| format!("{} {} bits", step.label, wording::bits(step.weight()))).collect();
    let description = format!("From nothing: {}. Score {} bits.", told.join(", "), wording::score(score));
    picture(
        &format!("c{rank}-evidence"),
        Frame::Stretched { height: rows * ROW },
        "How the evidence adds up",
        &description,
        &body,
    )
}

fn pc(percent: f64) -> String {
    format!("{percent:.2}%")
}

fn labels(row: u32, label: &str, value: &str) -> Markup {
    html! { text.halo x="6" y=(row * ROW + 13) { (label) " " tspan.strong { (value) } } }
}

fn bar(row: u32, from: f64, to: f64, class: &str) -> Markup {
    let width = (to - from).abs().max(0.4);
    html! { rect class=(class) x=(pc(from.min(to).min(100.0 - width))) width=(pc(width)) y=(row * ROW + 18) height=(BAR) {} }
}
