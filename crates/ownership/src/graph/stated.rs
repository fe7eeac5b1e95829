//! What is stated of one entity's owners and holdings on a day, as it stands.

use jiff::civil::Date;

use super::{Day, EntityId, Graph, Stake};
use crate::{InterestKind, Period, Share, Source};

/// One stake as its source states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedStake {
    pub owner: EntityId,
    pub owned: EntityId,
    pub kind: InterestKind,
    /// None where the source gives no figure.
    pub share: Option<Share>,
    pub period: Period,
    pub source: Source,
}

impl Graph {
    /// Who is stated to hold an interest in an entity, under every source.
    pub fn owners(&self, entity: EntityId, on: Date) -> Vec<StatedStake> {
        let held = self.stakes_in(entity.0).filter(|(_, stake)| stake.holds_on(Day::of(on)));
        held.map(|(_, stake)| self.stated(stake)).collect()
    }

    /// What an entity is stated to hold an interest in.
    pub fn holdings_of(&self, entity: EntityId, on: Date) -> Vec<StatedStake> {
        let mut owned: Vec<u32> = self.owned_by(entity.0).collect();
        owned.sort_unstable();
        owned.dedup();
        let all = owned.into_iter().flat_map(|owned| self.owners(EntityId(owned), on));
        all.filter(|stake| stake.owner == entity).collect()
    }

    fn stated(&self, stake: &Stake) -> StatedStake {
        StatedStake {
            owner: EntityId(stake.owner),
            owned: EntityId(stake.owned),
            kind: stake.kind(),
            share: stake.share(),
            period: Period { from: stake.from.date(), to: stake.to.date() },
            source: self.source(stake),
        }
    }
}
