//! A time axis in percent of its width, so that pictures stretch while their text does not.

use jiff::Timestamp;
use maud::{Markup, html};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// Distances between ticks; the first that gives few enough ticks is taken.
const STEPS: [i64; 17] = [
    60,
    5 * 60,
    15 * 60,
    HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    56 * DAY,
    112 * DAY,
    364 * DAY,
    3_640 * DAY,
    36_400 * DAY,
];
/// As many labels as fit beside each other on a phone: with the hour, and without.
const MOST_HOURS: i64 = 4;
const MOST_DAYS: i64 = 6;

fn most(step: i64) -> i64 {
    if step < DAY { MOST_HOURS } else { MOST_DAYS }
}

/// A span of time in seconds since the Unix epoch; never empty.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Axis {
    start: i64,
    end: i64,
}

/// Where a label stands so that it stays inside the picture.
pub(crate) fn anchor(percent: f64) -> &'static str {
    match percent {
        p if p < 18.0 => "start",
        p if p > 82.0 => "end",
        _ => "middle",
    }
}

impl Axis {
    pub(crate) fn new(start: i64, end: i64) -> Self {
        Self { start, end: end.max(start.saturating_add(1)) }
    }

    /// The position of a time, clamped to the axis.
    pub(crate) fn percent(&self, seconds: i64) -> f64 {
        let inside = seconds.clamp(self.start, self.end);
        let (span, offset) = (self.end.saturating_sub(self.start), inside.saturating_sub(self.start));
        100.0 * offset as f64 / span as f64
    }

    fn ticks(&self) -> (i64, Vec<i64>) {
        let span = self.end.saturating_sub(self.start);
        let step = STEPS.into_iter().find(|step| span / step <= most(*step)).unwrap_or(span);
        let first = self.start.div_euclid(step).saturating_add(1).saturating_mul(step);
        let ticks = (0..=most(step)).map(|i| first.saturating_add(i * step)).take_while(|t| *t < self.end);
        (step, ticks.collect())
    }

    /// Vertical lines over `height` pixels from `top`, with their dates below.
    pub(crate) fn grid(&self, top: u32, height: u32) -> Markup {
        let (step, ticks) = self.ticks();
        let format = if step < DAY { "%-d %b %H:%M" } else { "%-d %b" };
        html! {
            @for tick in ticks {
                @let x = format!("{:.2}%", self.percent(tick));
                line.grid x1=(x) x2=(x) y1=(top) y2=(top + height) {}
                @if let (Ok(time), 6.0..=94.0) = (Timestamp::from_second(tick), self.percent(tick)) {
                    text.tick x=(x) y=(top + height + 15) text-anchor="middle" { (time.strftime(format)) }
                }
            }
        }
    }
}
