//! A regime on one day, in the integers that the closure compares.

use jiff::civil::Date;

use crate::{InterestKind, JointHoldings, Measure, Reading, Regime, Threshold, graph::Day};

/// Which of the two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Bound {
    Lower,
    Upper,
}

/// What an interest does under the regime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It is added up; by the index of its measure.
    Share(usize),
    /// Whoever has it is taken to have the majority.
    Majority,
    /// Whoever has it may have the majority.
    Possible,
    Nothing,
}

/// What the closure needs of a regime.
///
/// A *position* is twice a sum of basis points, one more when the sum is exceeded and one less when it is not reached. So one comparison with
/// the position of the threshold settles open ends and strictness alike.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) day: Day,
    pub(crate) threshold: Threshold,
    pub(crate) joint: JointHoldings,
    effects: [Effect; InterestKind::ALL.len()],
}

/// The position of who has a majority without a figure.
pub(crate) const MAJORITY: u32 = 20_001;
/// The position of a seed.
pub(crate) const SEED: u32 = 20_002;

impl Rule {
    pub(crate) fn of(regime: &Regime, on: Date) -> Self {
        let effect = |kind: InterestKind| match kind {
            InterestKind::Shares if regime.measures.contains(&Measure::Shares) => Effect::Share(0),
            InterestKind::Votes if regime.measures.contains(&Measure::Votes) => Effect::Share(1),
            InterestKind::Board => reading(regime.board),
            InterestKind::Consolidation | InterestKind::UltimateConsolidation => reading(regime.consolidation),
            InterestKind::Influence => reading(regime.influence),
            InterestKind::Contract => reading(regime.contract),
            _ => Effect::Nothing,
        };
        Self {
            day: Day::of(on),
            threshold: regime.threshold(on),
            joint: regime.joint_holdings,
            effects: InterestKind::ALL.map(effect),
        }
    }

    pub(crate) fn effect(&self, kind: InterestKind) -> Effect {
        self.effects[kind as usize]
    }

    pub(crate) fn effect_at(&self, kind: u8) -> Effect {
        self.effects[usize::from(kind)]
    }

    /// Whether a statement of this kind says something about who owns an entity.
    pub(crate) fn reads(&self, kind: InterestKind) -> bool {
        let stands_for = matches!(kind, InterestKind::Membership | InterestKind::Nomination);
        stands_for || self.effect(kind) != Effect::Nothing
    }

    /// What must be reached.
    pub(crate) fn position(&self) -> u32 {
        u32::from(self.threshold.basis_points) * 2 + u32::from(self.threshold.strict)
    }

    /// Whether a multiplied share passes; figures this near to the threshold count as equal to it.
    pub(crate) fn reached(&self, share: f64) -> bool {
        const EQUAL: f64 = 1e-9;
        let threshold = f64::from(self.threshold.basis_points) / 10_000.0;
        if self.threshold.strict { share > threshold + EQUAL } else { share >= threshold - EQUAL }
    }
}

fn reading(reading: Reading) -> Effect {
    match reading {
        Reading::Majority => Effect::Majority,
        Reading::Possible => Effect::Possible,
        Reading::Report | Reading::Ignore => Effect::Nothing,
    }
}
