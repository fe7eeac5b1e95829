//! A stake as the graph keeps it: 32 bytes, with its dates and where it comes from.

use jiff::civil::Date;

use crate::{InterestKind, Link, Period, Share};

/// A day as an integer that orders like the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(i32);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stake {
    /// A line, or where the record's id lies in the graph's texts.
    pub(crate) record: u64,
    pub(crate) owner: u32,
    pub(crate) owned: u32,
    pub(crate) from: Day,
    pub(crate) to: Day,
    min: u16,
    max: u16,
    pub(crate) source: u16,
    kind: u8,
    flags: u8,
}

const MIN_OPEN: u8 = 1;
const MAX_OPEN: u8 = 2;
const NO_FIGURE: u8 = 4;
const INDIRECT: u8 = 8;

/// How much, as integers with their ends: what the sums are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) min: u16,
    pub(crate) max: u16,
    pub(crate) min_open: bool,
    pub(crate) max_open: bool,
}

impl Day {
    pub(crate) const FIRST: Self = Self(i32::MIN);
    pub(crate) const NEVER: Self = Self(i32::MAX);

    pub(crate) fn of(date: Date) -> Self {
        Self(i32::from(date.year()) << 9 | i32::from(date.month()) << 5 | i32::from(date.day()))
    }

    pub(crate) fn date(self) -> Option<Date> {
        match self {
            Self::FIRST | Self::NEVER => None,
            Self(day) => Date::new((day >> 9) as i16, (day >> 5 & 15) as i8, (day & 31) as i8).ok(),
        }
    }
}

impl Figures {
    pub(crate) const ANY: Self = Self::of(Share::ANY);

    pub(crate) const fn of(share: Share) -> Self {
        Self { min: share.min(), max: share.max(), min_open: share.min_is_open(), max_open: share.max_is_open() }
    }

    /// Of two that speak of the same stake, the higher at each end.
    pub(crate) fn higher(self, other: Self) -> Self {
        let mut to = self;
        if (other.min, other.min_open) > (self.min, self.min_open) {
            (to.min, to.min_open) = (other.min, other.min_open);
        }
        if (other.max, !other.max_open) > (self.max, !self.max_open) {
            (to.max, to.max_open) = (other.max, other.max_open);
        }
        to
    }
}

impl Stake {
    pub(crate) fn new(owner: u32, owned: u32, kind: InterestKind, share: Option<Share>, link: Link) -> Self {
        let figures = share.map_or(Figures::ANY, Figures::of);
        let mut flags = 0;
        for (flag, set) in [
            (MIN_OPEN, figures.min_open),
            (MAX_OPEN, figures.max_open),
            (NO_FIGURE, share.is_none()),
            (INDIRECT, link == Link::Indirect),
        ] {
            flags |= if set { flag } else { 0 };
        }
        let (min, max, kind) = (figures.min, figures.max, kind as u8);
        Self { record: 0, owner, owned, from: Day::FIRST, to: Day::NEVER, min, max, source: 0, kind, flags }
    }

    pub(crate) fn between(self, owner: u32, owned: u32) -> Self {
        Self { owner, owned, ..self }
    }

    pub(crate) fn with_share(self, share: Share) -> Self {
        let Figures { min, max, min_open, max_open } = Figures::of(share);
        let kept = self.flags & !(MIN_OPEN | MAX_OPEN | NO_FIGURE);
        let open = if min_open { MIN_OPEN } else { 0 } | if max_open { MAX_OPEN } else { 0 };
        Self { min, max, flags: kept | open, ..self }
    }

    pub(crate) fn dated(self, period: Period) -> Self {
        let from = period.from.map_or(Day::FIRST, Day::of);
        Self { from, to: period.to.map_or(Day::NEVER, Day::of), ..self }
    }

    pub(crate) fn stated_by(self, source: u16, record: u64) -> Self {
        Self { source, record, ..self }
    }

    pub(crate) fn kind(&self) -> InterestKind {
        InterestKind::ALL[usize::from(self.kind)]
    }

    pub(crate) fn figures(&self) -> Figures {
        let (min_open, max_open) = (self.flags & MIN_OPEN != 0, self.flags & MAX_OPEN != 0);
        Figures { min: self.min, max: self.max, min_open, max_open }
    }

    /// None where the source gives no figure.
    pub(crate) fn share(&self) -> Option<Share> {
        let Figures { min, max, min_open, max_open } = self.figures();
        let share = Share::between(min, max).ok().filter(|_| self.has_figure())?;
        let share = if min_open { share.above_min().ok()? } else { share };
        if max_open { share.below_max().ok() } else { Some(share) }
    }

    pub(crate) fn has_figure(&self) -> bool {
        self.flags & NO_FIGURE == 0
    }

    pub(crate) fn is_indirect(&self) -> bool {
        self.flags & INDIRECT != 0
    }

    pub(crate) fn is_dated(&self) -> bool {
        self.from != Day::FIRST || self.to != Day::NEVER
    }

    pub(crate) fn holds_on(&self, day: Day) -> bool {
        self.from <= day && day < self.to
    }

    /// An order in which the stakes of one pair and kind stand together.
    pub(crate) fn order(&self) -> impl Ord + use<> {
        let Self { record, owner, owned: _, from, to, min, max, source, kind, flags } = *self;
        (kind, owner, from, to, min, max, flags, source, record)
    }
}
