//! A built graph, changed by one statement.

use super::{
    DESCRIBED, EntityId, GAP, Graph, JOINT, NOMINEE, Record,
    builder::{gap_record, says_nominee},
    keys::Probe,
    stake::Stake,
};
use crate::{Entity, EntityKey, EntityKind, Gap, Interest, InterestKind, ListEntry, NameKind, Place};

impl Graph {
    /// Adds a stake; gives the owned entity.
    pub(crate) fn add_interest(&mut self, interest: &Interest) -> EntityId {
        let stake = self.stake_of(interest);
        let number =
            u32::try_from(self.stakes.len() + self.changes.added.len()).expect("fewer than four billion stakes");
        self.changes.added.push(stake);
        self.changes.added_in.entry(stake.owned).or_default().push(number);
        self.changes.added_out.entry(stake.owner).or_default().push(number);
        self.changes.touched.insert(stake.owned);
        if stake.is_indirect() {
            self.summarised.insert(stake.owned);
        }
        self.entities[stake.owned as usize].flags |= match stake.kind() {
            InterestKind::Nomination => NOMINEE,
            InterestKind::Membership => JOINT,
            _ => 0,
        };
        EntityId(stake.owned)
    }

    /// Withdraws one stake that says exactly this; nothing when there is none.
    pub(crate) fn withdraw_interest(&mut self, interest: &Interest) -> Option<EntityId> {
        let owner = self.find(interest.owner.as_str())?.0;
        let owned = self.find(interest.owned.as_str())?.0;
        let wanted = Stake::new(owner, owned, interest.kind, interest.share, interest.link).dated(interest.period);
        let mut of = self.stakes_in(owned);
        let (number, _) =
            of.find(|(_, stake)| stake.stated_by(0, 0) == wanted && self.source(stake) == interest.source)?;
        self.changes.gone.insert(number);
        self.changes.touched.insert(owned);
        Some(EntityId(owned))
    }

    pub(crate) fn add_gap(&mut self, gap: &Gap) -> EntityId {
        let about = self.number(&gap.about);
        let record = gap_record(about, &gap.reason, gap.period, &gap.source);
        let at = self.gaps.partition_point(|other| other.about <= about);
        self.gaps.insert(at, record);
        self.entities[about as usize].flags |= GAP | if says_nominee(&gap.reason) { NOMINEE } else { 0 };
        self.changes.touched.insert(about);
        EntityId(about)
    }

    pub(crate) fn withdraw_gap(&mut self, gap: &Gap) -> Option<EntityId> {
        let about = self.find(gap.about.as_str())?.0;
        let record = gap_record(about, &gap.reason, gap.period, &gap.source);
        let at = self.gaps.iter().position(|other| *other == record)?;
        self.gaps.remove(at);
        self.changes.touched.insert(about);
        Some(EntityId(about))
    }

    pub(crate) fn add_list_entry(&mut self, key: &EntityKey, entry: &ListEntry) -> EntityId {
        let number = self.number(key);
        let entry = (number, entry.clone());
        if let Err(at) = self.lists.binary_search(&entry) {
            self.lists.insert(at, entry);
        }
        EntityId(number)
    }

    pub(crate) fn withdraw_list_entry(&mut self, key: &EntityKey, entry: &ListEntry) -> Option<EntityId> {
        let number = self.find(key.as_str())?.0;
        let at = self.lists.binary_search(&(number, entry.clone())).ok()?;
        self.lists.remove(at);
        Some(EntityId(number))
    }

    /// Takes what a source says of an entity; what an earlier one said stands.
    pub(crate) fn add_entity(&mut self, entity: &Entity) -> EntityId {
        let Entity { key, kind, names, jurisdiction, headquarters, identifiers: _, lists, period: _, source: _ } =
            entity;
        let number = self.number(key);
        let person = *kind == EntityKind::Person;
        let jurisdiction = jurisdiction.filter(|_| !person).map_or(0, |place| self.place_number(place));
        let headquarters = headquarters.filter(|_| !person).map_or(0, |place| self.place_number(place));
        let primary = names.iter().find(|name| name.kind == NameKind::Primary).or(names.first());
        let name = primary.map_or(0, |name| self.texts.keep(&name.text));
        let record = &mut self.entities[number as usize];
        record.flags |= DESCRIBED | if *kind == EntityKind::Joint { JOINT } else { 0 };
        if record.kind == EntityKind::Unknown {
            record.kind = *kind;
        }
        for (at, said) in [(&mut record.jurisdiction, jurisdiction), (&mut record.headquarters, headquarters)] {
            if *at == 0 {
                *at = said;
            }
        }
        if record.name == 0 {
            record.name = name;
        }
        for entry in lists {
            self.add_list_entry(key, entry);
        }
        EntityId(number)
    }

    fn stake_of(&mut self, interest: &Interest) -> Stake {
        let Interest { owner, owned, kind, share, link, period, source } = interest;
        let (owner, owned) = (self.number(owner), self.number(owned));
        let number = match self.sources.iter().position(|name| *name == source.name) {
            Some(number) => number,
            None => {
                self.sources.push(source.name.clone());
                self.sources.len() - 1
            }
        };
        let number = u16::try_from(number).expect("fewer than 65,536 files and registers are loaded");
        let record = self.texts.keep(&source.record);
        Stake::new(owner, owned, *kind, *share, *link).dated(*period).stated_by(number, record)
    }

    fn number(&mut self, key: &EntityKey) -> u32 {
        let number = self.keys.intern(Probe::of(key.as_str().as_bytes()));
        if number as usize == self.entities.len() {
            self.entities.push(Record::UNDESCRIBED);
        }
        self.roots.of(number)
    }

    fn place_number(&mut self, place: Place) -> u16 {
        let at = self.places.iter().position(|known| *known == place).unwrap_or_else(|| {
            self.places.push(place);
            self.places.len() - 1
        });
        u16::try_from(at + 1).expect("fewer than 65,535 places are stated")
    }
}
