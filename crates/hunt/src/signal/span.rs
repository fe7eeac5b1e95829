//! Common start and stop: a campaign's wording is born inside the window, for all its accounts.
//!
//! Customers of an established tool are there when the window opens: with `n` independent users, the first use comes
//! after a share of about 1 / (2 n) of the window. The weight compares an exponential of that rate with a start drawn
//! anywhere in the first two thirds of the window; the stop likewise, with half the say, since honest use ends too.

use crate::{
    campaign::{Evidence, Family},
    cohort::Cohort,
    tables::Traffic,
    weight::{bits, clamp},
};

/// Independent users' first uses are spread as if each tried this often to be first.
const EAGERNESS: f64 = 2.0;

/// Share of honest wordings that are new themselves, such as a tool, a course or an event: they begin anywhere.
const NEW: f64 = 0.15;

pub(crate) fn weigh(cohort: &Cohort<'_>, traffic: &Traffic, now: i64) -> Evidence {
    let (first, last) = cohort.span();
    let weight = weight((first, last), (traffic.from, now), cohort.nodes);
    let text = format!(
        "the wording appears {:.1} days after the window opens and is last seen {:.1} days before it closes; an \
         established tool with {} independent users would be there from the first hours",
        days((first - traffic.from) as f64),
        days((now - last) as f64),
        cohort.nodes
    );
    Evidence { family: Family::Timing, signal: "common start and stop".into(), weight, p_value: None, text }
}

/// The weight of a first and last use inside a window, for so many independent users.
pub(crate) fn weight(used: (i64, i64), window: (i64, i64), nodes: usize) -> f64 {
    let length = (window.1 - window.0).max(1) as f64;
    let born = (used.0 - window.0) as f64 / length;
    let idle = (window.1 - used.1) as f64 / length;
    clamp(edge(born, nodes), -3.0, 4.0) + clamp(edge(idle, nodes) / 2.0, -0.5, 1.5)
}

fn edge(share: f64, nodes: usize) -> f64 {
    let rate = EAGERNESS * nodes as f64;
    let honest = NEW + (1.0 - NEW) * rate * (-rate * share).exp();
    // A campaign begins anywhere.
    bits(-honest.ln())
}

fn days(micros: f64) -> f64 {
    micros / 86_400e6
}
