//! Honest classes: the people, and everybody who looks like a harvester and is none.

mod agency;
mod aggregator;
mod campus;
mod code_assistant;
mod eval_harness;
mod model_compare;
mod ordinary;
mod programs;
mod public_tool;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub(crate) use programs::small_program;

use crate::{
    cast::Cast,
    dice::{Dice, blend},
    text::code::Framework,
};

/// What an honest account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    Ordinary,
    SmallApp,
    CodeAssistant,
    EvalHarness,
    Chatbot,
    BatchCi,
    Agency,
    CampusNat,
    EnterpriseRamp,
    ModelCompare,
    DatasetTranslator,
    Aggregator,
    PublicTool,
    AuthorisedSynth,
    AuditReasoning,
}

impl Class {
    /// Every class, with its usual share of a thousand accounts.
    const SHARES: [(Self, u32); 15] = [
        (Self::Ordinary, 380),
        (Self::SmallApp, 100),
        (Self::CodeAssistant, 100),
        (Self::EvalHarness, 40),
        (Self::Chatbot, 14),
        (Self::BatchCi, 16),
        (Self::Agency, 50),
        (Self::CampusNat, 130),
        (Self::EnterpriseRamp, 12),
        (Self::ModelCompare, 20),
        (Self::DatasetTranslator, 12),
        (Self::Aggregator, 14),
        (Self::PublicTool, 96),
        (Self::AuthorisedSynth, 8),
        (Self::AuditReasoning, 8),
    ];

    pub fn all() -> impl Iterator<Item = Self> {
        Self::SHARES.into_iter().map(|(class, _)| class)
    }

    /// As it is written in the truth files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ordinary => "ordinary",
            Self::SmallApp => "small_app",
            Self::CodeAssistant => "code_assistant",
            Self::EvalHarness => "eval_harness",
            Self::Chatbot => "chatbot",
            Self::BatchCi => "batch_ci",
            Self::Agency => "agency",
            Self::CampusNat => "campus_nat",
            Self::EnterpriseRamp => "enterprise_ramp",
            Self::ModelCompare => "model_compare",
            Self::DatasetTranslator => "dataset_translator",
            Self::Aggregator => "aggregator",
            Self::PublicTool => "public_tool",
            Self::AuthorisedSynth => "authorised_synth",
            Self::AuditReasoning => "audit_reasoning",
        }
    }
}

/// `accounts` split by the usual shares; every class has two at least, ordinary people take up the rounding.
pub(crate) fn population(accounts: u32) -> Vec<(Class, u32)> {
    let mut mix: Vec<(Class, u32)> =
        Class::SHARES.into_iter().map(|(class, share)| (class, (accounts * share / 1_000).max(2))).collect();
    let others: u32 = mix[1..].iter().map(|(_, n)| n).sum();
    mix[0].1 = accounts.saturating_sub(others).max(2);
    mix
}

pub(crate) fn enrol(cast: &mut Cast, class: Class, accounts: u32, frameworks: &[Arc<Framework>]) {
    let dice = &mut Dice::at(blend(cast.seed, 0xc1a5), class as u64);
    match class {
        Class::Ordinary => ordinary::enrol(cast, dice, accounts, frameworks),
        Class::CodeAssistant => code_assistant::enrol(cast, dice, accounts, frameworks),
        Class::EvalHarness => eval_harness::enrol(cast, dice, accounts),
        Class::ModelCompare => model_compare::enrol(cast, dice, accounts),
        Class::Agency => agency::enrol(cast, dice, accounts),
        Class::CampusNat => campus::enrol(cast, dice, accounts),
        Class::Aggregator => aggregator::enrol(cast, dice, accounts, frameworks),
        Class::PublicTool => public_tool::enrol(cast, dice, accounts),
        Class::SmallApp
        | Class::Chatbot
        | Class::BatchCi
        | Class::EnterpriseRamp
        | Class::DatasetTranslator
        | Class::AuthorisedSynth
        | Class::AuditReasoning => programs::enrol(cast, dice, class, accounts),
    }
}

/// A heavy-tailed number of requests in two weeks.
fn volume(dice: &mut Dice, median: f64, sigma: f64, most: u32) -> u32 {
    (dice.lognormal(median, sigma).round() as u32).clamp(1, most)
}

/// Sizes of groups that add up to `total`, the first the largest.
fn sizes(total: u32, usual: u32) -> Vec<u32> {
    let groups = total.div_ceil(usual).max(1);
    let weight: f64 = (1..=groups).map(|i| 1.0 / f64::from(i).sqrt()).sum();
    let mut left = total;
    let mut sizes = Vec::new();
    for i in 1..=groups {
        let share = (f64::from(total) / f64::from(i).sqrt() / weight).round() as u32;
        let size = if i == groups { left } else { share.clamp(1, left.max(1)).min(left) };
        left -= size;
        if size > 0 {
            sizes.push(size);
        }
    }
    sizes
}
