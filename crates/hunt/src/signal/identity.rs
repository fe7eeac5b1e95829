//! Enrichment of identity links inside a cohort, against random sets matched on plan, age and volume; and its reverse,
//! independence: declared organisations, old accounts and separate payers.

use std::collections::HashSet;

use crate::{
    background::Background,
    campaign::{Evidence, Family},
    cohort::Cohort,
    weight::clamp,
};

/// Random sets for a cohort of usual size; large ones get fewer, so that the work per cohort is bounded.
const SETS: u32 = 1_000;
const FEWEST_SETS: u32 = 150;
const DRAWS: u32 = 400_000;

pub(crate) fn links(cohort: &Cohort<'_>, background: &Background<'_>) -> Evidence {
    let set: Vec<u32> = cohort.accounts().collect();
    let observed = background.linkage.density(&set, &background.node);
    let p = if observed <= 0.0 {
        1.0
    } else {
        background.p_value(&set, observed, sets(set.len()), |drawn| background.linkage.density(drawn, &background.node))
    };
    // A p-value is worth at most -log2(e p ln p) bits (Sellke, Bayarri and Berger 2001); the density says how many are linked.
    let bound = if p < 1.0 / std::f64::consts::E { -(std::f64::consts::E * p * -p.ln()).log2() } else { 0.0 };
    // One shared card makes a pair, as in a family; a pool shares among several.
    let linked = background.linkage.linked(&set, &background.node);
    let several = (linked.saturating_sub(1) as f64 / 2.0).min(1.0);
    let weight = clamp(bound * observed.min(1.4) * several, 0.0, 9.0);
    let text = format!(
        "{linked} of {} members share something rare; members hold {observed:.1} bits of shared payment, device, address, mail domain or sign-up time each; \
         p = {p:.4} against random sets of the same plan, age and volume",
        set.len()
    );
    Evidence { family: Family::Identity, signal: "identity links".into(), weight, p_value: Some(p), text }
}

fn sets(members: usize) -> u32 {
    (DRAWS / u32::try_from(members.max(1)).unwrap_or(u32::MAX)).clamp(FEWEST_SETS, SETS)
}

/// Independent, long-standing, separately paying customers speak against one hand.
pub(crate) fn independence(cohort: &Cohort<'_>, background: &Background<'_>) -> Evidence {
    let traffic = background.traffic;
    let mut declared = HashSet::new();
    let mut established = 0usize;
    for seat in &cohort.seats {
        let Some(facts) = &traffic.accounts[seat.account as usize].facts else { continue };
        if let Some(name) = &facts.organization_id {
            declared.insert(name.as_str());
        } else if seat.first - facts.created > 180 * 86_400_000_000 && facts.payment.is_some() {
            established += 1;
        }
    }
    let nodes = cohort.nodes as f64;
    let organisations = declared.len() as f64 / nodes;
    let old = established as f64 / nodes;
    let weight = clamp(-5.0 * organisations - 1.0 * (old - 0.3).max(0.0), -6.0, 0.0);
    let text = format!(
        "{} of {} independent users are declared organisations, and {established} more paid from accounts older than \
         half a year",
        declared.len(),
        cohort.nodes
    );
    Evidence { family: Family::Identity, signal: "independent customers".into(), weight, p_value: None, text }
}
