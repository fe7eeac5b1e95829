//! When somebody calls: sessions over a week's rhythm, and requests inside a session.
//!
//! A rhythm spends an exact budget: with k sessions left, the next start is the smallest of k draws from what is left of
//! the period, so that nothing has to be stored or sorted.

use crate::dice::Dice;

pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;
/// 1970-01-01 was a Thursday; weeks here start on Monday.
const EPOCH_SHIFT: i64 = 3 * DAY;

/// How activity is spread over a local week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Flat,
    Human,
    Office,
    Evening,
    Shift,
}

type Week = [u32; 169];

const fn week(day: [u32; 24], rest_percent: u32) -> Week {
    let mut sum = [0; 169];
    let mut hour = 0;
    while hour < 168 {
        let weight = if hour < 120 { day[hour % 24] * 100 } else { day[hour % 24] * rest_percent };
        sum[hour + 1] = sum[hour] + weight;
        hour += 1;
    }
    sum
}

const FLAT: Week = week([10; 24], 100);
const HUMAN: Week = week([5, 3, 2, 1, 1, 2, 4, 8, 11, 13, 14, 13, 12, 13, 14, 13, 13, 12, 12, 14, 16, 15, 12, 8], 80);
const OFFICE: Week = week([1, 1, 1, 1, 1, 1, 2, 6, 18, 24, 25, 22, 15, 22, 25, 24, 20, 12, 5, 3, 2, 2, 1, 1], 8);
const EVENING: Week = week([6, 3, 1, 1, 1, 1, 1, 2, 3, 3, 4, 4, 5, 5, 5, 6, 8, 11, 16, 22, 26, 25, 18, 11], 130);
const SHIFT: Week = week([6, 4, 3, 3, 3, 4, 8, 12, 14, 14, 14, 14, 12, 14, 14, 14, 14, 14, 14, 12, 12, 12, 10, 8], 95);

impl Shape {
    fn week(self) -> &'static Week {
        match self {
            Self::Flat => &FLAT,
            Self::Human => &HUMAN,
            Self::Office => &OFFICE,
            Self::Evening => &EVENING,
            Self::Shift => &SHIFT,
        }
    }

    /// Activity between the epoch and `time`, in units of the week's weights.
    fn mass(self, time: i64) -> f64 {
        let week = self.week();
        let shifted = time + EPOCH_SHIFT;
        let (weeks, within) = (shifted.div_euclid(WEEK), shifted.rem_euclid(WEEK));
        let hour = (within / HOUR) as usize;
        let part = (within % HOUR) as f64 / HOUR as f64;
        weeks as f64 * f64::from(week[168]) + f64::from(week[hour]) + part * f64::from(week[hour + 1] - week[hour])
    }

    fn time(self, mass: f64) -> i64 {
        let week = self.week();
        let whole = (mass / f64::from(week[168])).floor();
        let within = mass - whole * f64::from(week[168]);
        let hour = week.partition_point(|&w| f64::from(w) <= within).clamp(1, 168) - 1;
        let part = (within - f64::from(week[hour])) / f64::from(week[hour + 1] - week[hour]);
        whole as i64 * WEEK + hour as i64 * HOUR + (part * HOUR as f64) as i64 - EPOCH_SHIFT
    }
}

/// Where sessions start.
#[derive(Debug, Clone)]
pub(crate) enum Starts {
    /// Independently, following a shape in a time zone.
    Spread { shape: Shape, zone: i64 },
    /// Once a day at a fixed time.
    Daily { at: i64, wobble: i64 },
    /// Once in each `every` at a moment that all rhythms with this key and beginning share, late by up to `jitter`.
    Shared { key: u64, every: i64, jitter: i64 },
}

/// A budget of requests over a period.
#[derive(Debug, Clone)]
pub(crate) struct Rhythm {
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) starts: Starts,
    pub(crate) sessions: u32,
    pub(crate) budget: u32,
    /// Median seconds between requests of a session, and the spread of their logarithm.
    pub(crate) gap: (f64, f64),
}

/// One request's moment; `opens` where a session begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beat {
    pub(crate) time: i64,
    pub(crate) opens: bool,
}

/// A rhythm while it plays.
#[derive(Debug, Clone)]
pub(crate) struct Pacer {
    rhythm: Rhythm,
    started: u32,
    left_in_session: u32,
    left: u32,
}

impl Rhythm {
    pub(crate) fn play(mut self) -> Pacer {
        self.sessions = self.sessions.clamp(1, self.budget.max(1));
        Pacer { started: 0, left_in_session: 0, left: self.budget, rhythm: self }
    }
}

impl Pacer {
    /// Requests that are still to come.
    pub(crate) fn left(&self) -> u32 {
        self.left
    }

    /// The request after the one at `now`.
    pub(crate) fn next(&mut self, now: i64, dice: &mut Dice) -> Option<Beat> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        if self.left_in_session > 0 {
            self.left_in_session -= 1;
            let (median, sigma) = self.rhythm.gap;
            let gap = dice.lognormal(median, sigma).min(3_000.0);
            return Some(Beat { time: now + (gap * SECOND as f64) as i64 + 1_000, opens: false });
        }
        let time = self.start(now, dice);
        let sessions = self.rhythm.sessions.saturating_sub(self.started);
        self.left_in_session = if sessions <= 1 {
            self.left
        } else {
            let mean = f64::from(self.left + 1) / f64::from(sessions);
            let most = (self.left + 1).saturating_sub(sessions - 1).max(1);
            (dice.exponential(mean - 0.5).round() as u32).clamp(1, most) - 1
        };
        self.started += 1;
        Some(Beat { time, opens: true })
    }

    fn start(&self, now: i64, dice: &mut Dice) -> i64 {
        let r = &self.rhythm;
        let earliest = now.max(r.from);
        let sessions = r.sessions.saturating_sub(self.started).max(1);
        let late = |jitter: i64, dice: &mut Dice| (dice.unit() * jitter as f64) as i64;
        match r.starts {
            _ if earliest >= r.until => earliest + late(10 * MINUTE, dice),
            Starts::Spread { shape, zone } => {
                let (low, high) = (shape.mass(earliest + zone * HOUR), shape.mass(r.until + zone * HOUR));
                let smallest = 1.0 - (1.0 - dice.unit()).powf(1.0 / f64::from(sessions));
                (shape.time(low + smallest * (high - low)) - zone * HOUR).max(earliest + 1_000)
            }
            Starts::Daily { at, wobble } => {
                let day = r.from.div_euclid(DAY) + i64::from(self.started);
                (day * DAY + at + late(wobble, dice)).max(earliest + 1_000)
            }
            Starts::Shared { key, every, jitter } => {
                let within = Dice::at(key, self.started.into()).range(0.0, 0.9) * every as f64;
                let tick = r.from + every * i64::from(self.started) + within as i64;
                (tick + late(jitter, dice)).max(earliest + 1_000)
            }
        }
    }
}
