//! Words for a person: the honest explanation that fits best, what would overturn a finding, and what to do.

use crate::{
    campaign::{Evidence, Family, LookAlike},
    cohort::Cohort,
    signal::sharding,
    tables::Traffic,
    weight,
};

/// The commonest honest explanation.
pub(crate) const PUBLIC_TOOL: &str = "public tool";

/// An honest explanation of accounts that share a wording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    PublicTool,
    EvaluationHarness,
    Agency,
    VendorTemplate,
    CommonPhrase,
    Assignment,
    Gateway,
    NewTool,
}

impl Class {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PublicTool => PUBLIC_TOOL,
            Self::EvaluationHarness => "evaluation harness",
            Self::Agency => "agency or enterprise",
            Self::VendorTemplate => "template of a vendor",
            Self::CommonPhrase => "common phrase",
            Self::Assignment => "campus assignment",
            Self::Gateway => "gateway or reseller",
            Self::NewTool => "new public tool",
        }
    }
}

/// The explanation that a cleared cohort has, and the evidence that speaks for it.
pub(crate) fn cleared(cohort: &Cohort<'_>, evidence: &[Evidence]) -> (Class, String) {
    let of = |signal: &str| evidence.iter().find(|e| e.signal == signal).map_or(0.0, |e| e.weight);
    let items = sharding::collisions(cohort);
    let few = cohort.events.len() < 6 * cohort.seats.len();
    let class = if of("item sharding") <= -2.0 && items.shared > 0.1 {
        if few { Class::Assignment } else { Class::EvaluationHarness }
    } else if of("independent customers") <= -2.0 {
        Class::VendorTemplate
    } else if few || of("interchangeable requests") <= -1.5 {
        Class::CommonPhrase
    } else if of("common start and stop") > 1.0 && of("equalised use") < 0.0 {
        Class::NewTool
    } else {
        Class::PublicTool
    };
    (class, reason(evidence))
}

/// The strongest evidence against, as a sentence; or that too little speaks for a campaign.
fn reason(evidence: &[Evidence]) -> String {
    let mut against: Vec<&Evidence> = evidence.iter().filter(|e| e.weight <= -0.5).collect();
    against.sort_by(|a, b| a.weight.total_cmp(&b.weight));
    match against.first() {
        Some(first) => format!("cleared by {}: {}", first.signal, first.text),
        None if weight::supporting(evidence) < 2 => {
            "no second independent family of evidence supports a campaign".to_owned()
        }
        None => "the evidence is no stronger than chance brings in traffic without campaigns".to_owned(),
    }
}

/// The honest explanation nearest to a campaign, and what rules it out.
pub(crate) fn nearest(cohort: &Cohort<'_>, evidence: &[Evidence], traffic: &Traffic) -> LookAlike {
    let items = sharding::collisions(cohort);
    let identity = weight::by_family(evidence).get(&Family::Identity).copied().unwrap_or(0.0);
    let own = cohort.seats.iter().map(|s| traffic.accounts[s.account as usize].exchanges).sum::<u64>().max(1);
    let share = cohort.events.len() as f64 / own as f64;
    let class = if items.shared > 0.05 {
        Class::EvaluationHarness
    } else if share < 0.5 && cohort.events.len() > 100 {
        Class::Gateway
    } else if identity >= weight::SUPPORT {
        Class::Agency
    } else {
        Class::NewTool
    };
    let because = rules_out(class, evidence);
    LookAlike { class: class.name().to_owned(), text: because }
}

fn rules_out(class: Class, evidence: &[Evidence]) -> String {
    let text = |signal: &str| evidence.iter().find(|e| e.signal == signal && e.weight > 0.0).map(|e| e.text.as_str());
    let lead = match class {
        Class::EvaluationHarness => "Users of a benchmark all meet the same items and are not linked",
        Class::Gateway => "A gateway's customers each bring wordings of their own; none is shared by all its accounts",
        Class::Agency => "An agency works in one declared organisation, with one template and subject a client",
        _ => "Users of a new tool come one by one, use it unevenly, and are not linked",
    };
    let facts: Vec<&str> = [
        "equalised use",
        "identity links",
        "shared rewordings",
        "co-activity",
        "shared hours",
        "common start and stop",
    ]
    .into_iter()
    .filter_map(text)
    .take(2)
    .collect();
    if facts.is_empty() { format!("{lead}.") } else { format!("{lead}; here {}.", facts.join("; and ")) }
}

/// What would overturn the finding, strongest evidence first.
pub(crate) fn overturn(evidence: &[Evidence]) -> Vec<String> {
    let mut ranked: Vec<&Evidence> = evidence.iter().filter(|e| e.weight >= 1.0).collect();
    ranked.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let mut out: Vec<String> = ranked.iter().filter_map(|e| doubt(&e.signal)).take(4).map(str::to_owned).collect();
    out.push("A contract or a registered organisation that covers all of these accounts.".to_owned());
    out
}

fn doubt(signal: &str) -> Option<&'static str> {
    Some(match signal {
        "equalised use" => "A published quota or schedule in a public tool that makes its users' volumes even.",
        "identity links" => {
            "One lawful payer or office for these accounts, such as a family, a reseller or an incubator."
        }
        "shared rewordings" => "A public tool or course that hands its users this very list of wordings.",
        "common start and stop" => "A public tool, course or event that began and ended on these dates.",
        "shared hours" | "co-activity" => {
            "A public scheduler or automation that runs for all its users at these times."
        }
        "private wording" => {
            "Proof that the wording is published, for instance a repository or a product that ships it."
        }
        "fail-over" | "pool swap" => "An outage in which the operator itself told customers to change accounts.",
        "model pivot" => "An announcement that asked these customers to move to the new model that day.",
        "fresh accounts" => "A sign-up campaign of the operator that brought these accounts.",
        _ => return None,
    })
}

/// The mildest effect that fits: harvesters mixed with other people's traffic are verified, not cut off.
pub(crate) fn effect(evidence: &[Evidence], q_value: f64, harvest_share: f64) -> &'static str {
    let families = weight::supporting(evidence);
    if families >= 3 && q_value <= 0.01 && harvest_share >= 0.8 {
        "deny"
    } else if harvest_share < 0.5 {
        "verify"
    } else if families >= 3 {
        "throttle"
    } else {
        "verify"
    }
}
