//! Statements in, a graph out.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{
    Changes, DATED, DESCRIBED, EDGE_MAX_OPEN, EDGE_MIN_OPEN, Edge, GAP, GapRecord, Graph, JOINT, NOMINEE, Record,
    TOGETHER,
    keys::{Keys, Probe},
    stake::{Day, Stake},
    texts::Texts,
};
use crate::{
    Entity, EntityKind, Gap, Interest, InterestKind, Link, ListEntry, NameKind, Period, Place, Share, Source, Statement,
};

/// Collects statements, in any order, for a [`Graph`].
#[derive(Debug)]
pub struct Builder {
    pub(super) keys: Keys,
    pub(super) texts: Texts,
    pub(super) entities: Vec<Record>,
    places: Vec<Place>,
    place_numbers: FxHashMap<Place, u16>,
    sources: Vec<Arc<str>>,
    source_numbers: FxHashMap<Arc<str>, u16>,
    pub(super) lists: Vec<(u32, ListEntry)>,
    pub(super) gaps: Vec<GapRecord>,
    pub(super) stakes: Vec<Stake>,
    /// Keys that mean one entity, in pairs.
    pub(super) same: Vec<(u32, u32)>,
}

/// A stake as a reader of rows holds it, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct StakeRow<'a> {
    pub owner: &'a str,
    pub owned: &'a str,
    pub kind: InterestKind,
    pub share: Option<Share>,
    pub period: Period,
    /// What the row itself says of its source, or nothing; then its line stands for it.
    pub source: &'a str,
    pub line: u64,
}

/// An entity as a reader of rows holds it, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct EntityRow<'a> {
    pub key: &'a str,
    pub kind: EntityKind,
    pub name: &'a str,
    pub jurisdiction: Option<Place>,
    pub headquarters: Option<Place>,
}

/// Numbers that a file of rows needs once: its source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows {
    source: u16,
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    pub fn new() -> Self {
        Self {
            keys: Keys::default(),
            texts: Texts::default(),
            entities: Vec::new(),
            places: Vec::new(),
            place_numbers: FxHashMap::default(),
            sources: Vec::new(),
            source_numbers: FxHashMap::default(),
            lists: Vec::new(),
            gaps: Vec::new(),
            stakes: Vec::new(),
            same: Vec::new(),
        }
    }

    /// Takes one statement.
    pub fn state(&mut self, statement: &Statement) {
        match statement {
            Statement::Entity(entity) => self.entity(entity),
            Statement::Interest(interest) => self.interest(interest),
            Statement::Gap(gap) => self.gap(gap),
        }
    }

    /// Takes one stake without making a statement of it.
    pub fn stake(&mut self, file: &str, row: StakeRow<'_>) {
        let rows = self.rows(file);
        let (owner, owned) =
            (self.number(Probe::of(row.owner.as_bytes())), self.number(Probe::of(row.owned.as_bytes())));
        let stake = Stake::new(owner, owned, row.kind, row.share, Link::Direct).dated(row.period);
        self.push_row(rows, stake, row.source, row.line);
    }

    /// Takes one entity without making a statement of it.
    pub fn entity_row(&mut self, row: EntityRow<'_>) {
        let number = self.number(Probe::of(row.key.as_bytes()));
        self.describe(number, row.kind, row.name, row.jurisdiction, row.headquarters);
    }

    /// Says that a list names an entity.
    pub fn list(&mut self, key: &str, entry: ListEntry) {
        let number = self.number(Probe::of(key.as_bytes()));
        self.lists.push((number, entry));
    }

    /// Sorts what was stated into a graph.
    pub fn build(mut self) -> Graph {
        let roots = self.unite();
        self.lists.sort_unstable();
        self.lists.dedup();
        self.gaps.sort_by(|a, b| (a.about, &a.reason, a.from, &a.source).cmp(&(b.about, &b.reason, b.from, &b.source)));
        let (stakes, ins) = by_owned(self.stakes, self.entities.len());
        let together = mark(&stakes, &ins, &mut self.entities, &self.gaps);
        let (edges, outs) = by_owner(&stakes, &together);
        let summarised = stakes.iter().filter(|stake| stake.is_indirect()).map(|stake| stake.owned).collect();
        Graph {
            keys: self.keys,
            texts: self.texts,
            entities: self.entities,
            places: self.places,
            sources: self.sources,
            lists: self.lists,
            alike: Vec::new(),
            roots,
            gaps: self.gaps,
            stakes,
            ins,
            edges,
            outs,
            summarised,
            changes: Changes::default(),
        }
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    pub(crate) fn rows(&mut self, file: &str) -> Rows {
        let source = match self.source_numbers.get(file) {
            Some(&number) => number,
            None => self.source_number(&Arc::from(file)),
        };
        Rows { source }
    }

    pub(crate) fn push_row(&mut self, rows: Rows, stake: Stake, source: &str, line: u64) {
        let record = if source.is_empty() { Texts::line(line) } else { self.texts.keep(source) };
        self.stakes.push(stake.stated_by(rows.source, record));
    }

    pub(crate) fn number(&mut self, probe: Probe<'_>) -> u32 {
        let number = self.keys.intern(probe);
        if number as usize == self.entities.len() {
            self.entities.push(Record::UNDESCRIBED);
        }
        number
    }

    pub(crate) fn list_number(&mut self, number: u32, entry: ListEntry) {
        self.lists.push((number, entry));
    }

    pub(crate) fn describe(
        &mut self,
        number: u32,
        kind: EntityKind,
        name: &str,
        jurisdiction: Option<Place>,
        headquarters: Option<Place>,
    ) {
        let person = kind == EntityKind::Person;
        let jurisdiction = jurisdiction.filter(|_| !person).map_or(0, |place| self.place_number(place));
        let headquarters = headquarters.filter(|_| !person).map_or(0, |place| self.place_number(place));
        let record = &mut self.entities[number as usize];
        record.flags |= DESCRIBED | if kind == EntityKind::Joint { JOINT } else { 0 };
        // Several sources may describe one entity; the first that says a thing is kept.
        if record.kind == EntityKind::Unknown {
            record.kind = kind;
        }
        if record.jurisdiction == 0 {
            record.jurisdiction = jurisdiction;
        }
        if record.headquarters == 0 {
            record.headquarters = headquarters;
        }
        if record.name == 0 {
            record.name = self.texts.keep(name);
        }
    }

    fn entity(&mut self, entity: &Entity) {
        let Entity { key, kind, names, jurisdiction, headquarters, identifiers: _, lists, period: _, source: _ } =
            entity;
        let number = self.number(Probe::of(key.as_str().as_bytes()));
        let primary = names.iter().find(|name| name.kind == NameKind::Primary).or(names.first());
        self.describe(number, *kind, primary.map_or("", |name| &name.text), *jurisdiction, *headquarters);
        self.lists.extend(lists.iter().map(|entry| (number, entry.clone())));
    }

    fn interest(&mut self, interest: &Interest) {
        let Interest { owner, owned, kind, share, link, period, source } = interest;
        let owner = self.number(Probe::of(owner.as_str().as_bytes()));
        let owned = self.number(Probe::of(owned.as_str().as_bytes()));
        let (source, record) = (self.source_number(&source.name), self.texts.keep(&source.record));
        self.stakes.push(Stake::new(owner, owned, *kind, *share, *link).dated(*period).stated_by(source, record));
    }

    fn gap(&mut self, gap: &Gap) {
        let Gap { about, reason, period, source } = gap;
        let about = self.number(Probe::of(about.as_str().as_bytes()));
        self.gaps.push(gap_record(about, reason, *period, source));
    }

    fn source_number(&mut self, name: &Arc<str>) -> u16 {
        if let Some(&number) = self.source_numbers.get(name) {
            return number;
        }
        let number = u16::try_from(self.sources.len()).expect("fewer than 65,536 files and registers are loaded");
        self.sources.push(name.clone());
        self.source_numbers.insert(name.clone(), number);
        number
    }

    fn place_number(&mut self, place: Place) -> u16 {
        *self.place_numbers.entry(place).or_insert_with(|| {
            self.places.push(place);
            u16::try_from(self.places.len()).expect("fewer than 65,535 places are stated")
        })
    }
}

pub(super) fn gap_record(about: u32, reason: &str, period: Period, source: &Source) -> GapRecord {
    let from = period.from.map_or(Day::FIRST, Day::of);
    let to = period.to.map_or(Day::NEVER, Day::of);
    GapRecord { about, reason: reason.to_owned(), from, to, source: source.clone() }
}

/// Whether a gap says that the entity holds for somebody who is not named.
pub(super) fn says_nominee(reason: &str) -> bool {
    reason.to_ascii_lowercase().contains("nominee")
}

fn by_owned(stakes: Vec<Stake>, entities: usize) -> (Vec<Stake>, Vec<u32>) {
    let ins = starts(entities, stakes.iter().map(|stake| stake.owned));
    let mut sorted = stakes;
    if !sorted.is_sorted_by_key(|stake| stake.owned) {
        sorted.sort_by_key(|stake| stake.owned);
    }
    for ends in ins.windows(2) {
        let of = &mut sorted[ends[0] as usize..ends[1] as usize];
        if of.len() > 1 {
            of.sort_unstable_by_key(Stake::order);
            // A row that is repeated to the letter says nothing new, and is kept: its source is shown.
        }
    }
    (sorted, ins)
}

fn starts(entities: usize, of: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut starts = vec![0u32; entities + 1];
    for entity in of {
        starts[entity as usize + 1] += 1;
    }
    let mut sum = 0u32;
    for start in &mut starts {
        sum = sum.checked_add(*start).expect("fewer than four billion stakes are loaded");
        *start = sum;
    }
    starts
}

/// Marks entities by what is stated of them, and says of which the stakes must be looked at together.
fn mark(stakes: &[Stake], ins: &[u32], entities: &mut [Record], gaps: &[GapRecord]) -> Vec<bool> {
    for gap in gaps {
        entities[gap.about as usize].flags |= GAP | if says_nominee(&gap.reason) { NOMINEE } else { 0 };
    }
    let mut together = Vec::with_capacity(entities.len());
    for (ends, record) in ins.windows(2).zip(entities) {
        let of = &stakes[ends[0] as usize..ends[1] as usize];
        for stake in of {
            record.flags |= match stake.kind() {
                InterestKind::Nomination => NOMINEE,
                InterestKind::Membership => JOINT,
                _ => 0,
            };
        }
        together.push(record.flags & (NOMINEE | JOINT) != 0 || belong_together(of));
    }
    together
}

fn belong_together(of: &[Stake]) -> bool {
    let twice = of.windows(2).any(|pair| (pair[0].kind(), pair[0].owner) == (pair[1].kind(), pair[1].owner));
    let odd = |stake: &Stake| {
        let chains = stake.is_indirect() || stake.kind() == InterestKind::UltimateConsolidation;
        chains || stake.owner == stake.owned
    };
    let stated = |kind: InterestKind| -> u64 {
        let of = of.iter().filter(|stake| stake.kind() == kind);
        of.map(|stake| u64::from(stake.figures().min) + u64::from(stake.figures().min_open)).sum()
    };
    let over = [InterestKind::Shares, InterestKind::Votes].into_iter().any(|kind| stated(kind) > 10_000);
    twice || over || of.iter().any(odd)
}

fn by_owner(stakes: &[Stake], together: &[bool]) -> (Vec<Edge>, Vec<u32>) {
    let outs = starts(together.len(), stakes.iter().map(|stake| stake.owner));
    let mut next = outs.clone();
    let empty = Edge { owned: 0, stake: 0, min: 0, max: 0, kind: 0, flags: 0 };
    let mut edges = vec![empty; stakes.len()];
    for (number, stake) in stakes.iter().enumerate() {
        let to = &mut next[stake.owner as usize];
        edges[*to as usize] = edge(number as u32, stake, together[stake.owned as usize]);
        *to += 1;
    }
    (edges, outs)
}

fn edge(number: u32, stake: &Stake, together: bool) -> Edge {
    let figures = stake.figures();
    let flag = |set: bool, flag: u8| if set { flag } else { 0 };
    let flags = flag(together, TOGETHER)
        | flag(stake.is_dated(), DATED)
        | flag(figures.min_open, EDGE_MIN_OPEN)
        | flag(figures.max_open, EDGE_MAX_OPEN);
    Edge { owned: stake.owned, stake: number, min: figures.min, max: figures.max, kind: stake.kind() as u8, flags }
}
