//! Cohort tables to campaigns: the links between accounts, the statistics, and the explanation.
//!
//! Knows nothing of how the tables were computed, of files, or of the clock.

mod assemble;
mod background;
pub mod calibrate;
mod calibration;
pub mod campaign;
mod cohort;
mod explain;
mod findings;
mod investigate;
mod linkage;
mod replay;
mod signal;
pub mod tables;
pub mod template;
mod weight;

pub use findings::{Case, Scored, Step, hunt, scores};
pub use investigate::Settings;

#[doc(hidden)]
pub type Judged = (f64, f64, f64, bool, Vec<String>, Vec<campaign::Evidence>);

#[doc(hidden)]
pub fn debug(
    traffic: &tables::Traffic,
    templates: &[template::Template],
    events: &tables::Events,
    settings: &Settings,
) -> Vec<Judged> {
    let background = background::Background::new(traffic, settings.seed);
    let index = investigate::Index::new(events, templates.len());
    let v = investigate::judge(
        investigate::Bench { traffic, background: &background, templates, index: &index, settings },
        &calibrate::Calibration::shipped(),
    );
    v.suspects
        .into_iter()
        .map(|s| {
            (
                s.score,
                s.p_value,
                s.q_value,
                s.raised,
                s.cohort.accounts().map(|a| traffic.accounts[a as usize].account_id.clone()).collect(),
                s.evidence,
            )
        })
        .collect()
}

#[doc(hidden)]
pub fn stands(evidence: &[campaign::Evidence]) -> bool {
    investigate::stands(evidence)
}
