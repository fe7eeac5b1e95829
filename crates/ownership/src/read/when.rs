//! Dates as sources write them, whole or in part, and periods between them.
//!
//! A year or a month is rounded outward: `2024` as a beginning is its first day, as an end the day after its last. What can be read in
//! two ways (`01/05/2024`) is refused.

use jiff::{ToSpan, civil::Date};

use crate::{
    Period,
    reject::{Fault, Reason, clip},
};

/// A day, or all days of a month or a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Days {
    first: Date,
    /// The day on which what ends then has ended.
    end: Date,
}

/// Reads `2024`, `2024-05`, `2024-05-01` and `2024-05-01T…`; the time of day and its zone are left aside.
pub(super) fn days(text: &str, field: &str) -> Result<Days, Fault> {
    read(text).ok_or_else(|| {
        let why = if text.contains('/') || text.contains('.') {
            "can be read in more than one way, or in none"
        } else {
            "is no date of the calendar"
        };
        let detail = format!(
            "field `{field}`: `{}` {why}; write `2024-05-01`, or `2024-05` or `2024` where no more is known",
            clip(text)
        );
        Fault::new(Reason::BadDate, detail)
    })
}

fn read(text: &str) -> Option<Days> {
    let text = text.trim();
    let (day, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    if time.is_some_and(|time| time.is_empty() || !time.starts_with(|c: char| c.is_ascii_digit())) {
        return None;
    }
    let mut parts = day.split('-').map(|part| part.bytes().all(|b| b.is_ascii_digit()).then_some(part));
    let (year, month, date) = (parts.next()??, parts.next(), parts.next());
    if parts.next().is_some() || year.len() != 4 || (time.is_some() && date.is_none()) {
        return None;
    }
    let two = |part: Option<Option<&str>>| match part {
        None => Some(None),
        Some(part) => part.filter(|part| part.len() == 2)?.parse::<i8>().ok().map(Some),
    };
    let (month, date) = (two(month)?, two(date)?);
    let first = Date::new(year.parse().ok()?, month.unwrap_or(1), date.unwrap_or(1)).ok()?;
    let end = match (month, date) {
        (None, _) => first.checked_add(1.year()),
        (Some(_), None) => first.checked_add(1.month()),
        (Some(_), Some(_)) => Ok(first),
    };
    // Beyond the calendar's last year nothing ends.
    Some(Days { first, end: end.unwrap_or(Date::MAX) })
}

impl Days {
    pub(super) fn first(self) -> Date {
        self.first
    }

    pub(super) fn end(self) -> Date {
        self.end
    }
}

/// The period between two dates, either of which may be open.
pub(super) fn period(from: Option<Days>, to: Option<Days>, fields: &str) -> Result<Period, Fault> {
    between(from.map(Days::first), to.map(Days::end), fields)
}

/// The period from the earliest of some dates to the latest of others.
pub(super) fn widest(from: &[&str], to: &[&str], fields: (&str, &str)) -> Result<Period, Fault> {
    let mut first: Option<Date> = None;
    for text in from {
        let found = days(text, fields.0)?.first();
        first = Some(first.map_or(found, |first| first.min(found)));
    }
    let mut last: Option<Date> = None;
    for text in to {
        let found = days(text, fields.1)?.end();
        last = Some(last.map_or(found, |last| last.max(found)));
    }
    between(first, last, fields.1)
}

fn between(from: Option<Date>, to: Option<Date>, field: &str) -> Result<Period, Fault> {
    match (from, to) {
        (Some(from), Some(to)) if to < from => {
            let detail = format!(
                "field `{field}`: what begins on {from} ends before that, on {to}; correct one of the two dates"
            );
            Err(Fault::new(Reason::DateOrder, detail))
        }
        _ => Ok(Period { from, to }),
    }
}
