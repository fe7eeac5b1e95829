//! Enrichment of identity links inside a cohort, against random sets matched on plan, age and volume; and its reverse,
//! independence: declared organisations, old accounts and separate payers.

use std::collections::HashSet;

use crate::{
    background::{Background, SETS},
    campaign::{Evidence, Family},
    cohort::Cohort,
    linkage::Tally,
    weight::clamp,
};

/// Most that links can weigh, in bits.
pub(crate) const LIMIT: f64 = 9.0;
/// Most that networks, mail domains and days of sign-up can weigh by themselves.
const NO_INSTRUMENT: f64 = 3.0;

/// What members hold in common, before it is held against random sets.
#[derive(Debug)]
pub(crate) struct Links {
    set: Vec<u32>,
    tally: Tally,
    /// Bits that a member shares with others, on average.
    density: f64,
    /// Members that share something.
    linked: usize,
    /// Members that share a payment instrument or a device.
    instruments: usize,
}

impl Links {
    pub(crate) fn of(cohort: &Cohort<'_>, background: &Background<'_>) -> Self {
        let set: Vec<u32> = cohort.accounts().collect();
        let mut tally = background.linkage.tally();
        let density = background.linkage.density(&set, &background.node, &mut tally);
        let (linked, instruments) = background.linkage.linked(&set, &tally);
        Self { set, tally, density, linked, instruments }
    }

    /// What they would weigh if no random set came near.
    pub(crate) fn at_most(&self) -> f64 {
        self.weight(1.0 / f64::from(1 + SETS))
    }

    fn weight(&self, p: f64) -> f64 {
        weight(p, self.density, self.linked, self.instruments)
    }

    /// Holds the links against random sets, as far as they could weigh `enough`.
    pub(crate) fn weigh(mut self, background: &Background<'_>, enough: f64) -> Evidence {
        let linkage = &background.linkage;
        let (density, linked, instruments) = (self.density, self.linked, self.instruments);
        let matter = |p: f64| weight(p, density, linked, instruments) >= enough;
        let p = if self.density <= 0.0 {
            1.0
        } else {
            let drawn = |drawn: &[u32]| linkage.density(drawn, &background.node, &mut self.tally);
            background.p_value(&self.set, density, drawn, matter)
        };
        let held = format!("p = {p:.4} against random sets of the same plan, age and volume");
        self.evidence(self.weight(p), Some(p), &held)
    }

    /// For a cohort that no links could raise.
    pub(crate) fn unweighed(self) -> Evidence {
        self.evidence(0.0, None, "not held against random sets, since no link would change the outcome")
    }

    fn evidence(&self, weight: f64, p_value: Option<f64>, held: &str) -> Evidence {
        let text = format!(
            "{} of {} members share something rare; members hold {:.1} bits of shared payment, device, address, mail \
             domain or sign-up time each; {held}",
            self.linked,
            self.set.len(),
            self.density
        );
        Evidence { family: Family::Identity, signal: "identity links".into(), weight, p_value, text }
    }
}

fn weight(p: f64, density: f64, linked: usize, instruments: usize) -> f64 {
    // A p-value is worth at most -log2(e p ln p) bits (Sellke, Bayarri and Berger 2001); the density says how many are linked.
    let bound = if p < 1.0 / std::f64::consts::E { -(std::f64::consts::E * p * -p.ln()).log2() } else { 0.0 };
    // One shared card makes a family, whose members may well use the same tool; a pool shares among several.
    let several = (linked.saturating_sub(1) as f64 / 3.0).min(1.0);
    // A campus or an office shares its network, its mail domain and its first day: instruments must be shared too.
    let limit = if instruments >= 2 { LIMIT } else { NO_INSTRUMENT };
    clamp(bound * density.min(1.4) * several, 0.0, limit)
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
