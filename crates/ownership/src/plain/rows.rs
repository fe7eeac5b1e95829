//! Lines to rows, each one taken or refused with its reason.

use std::{borrow::Cow, cell::Cell};

use jiff::civil::Date;

use super::header::{EntityColumns, Figure, MOST, StakeColumns};
use crate::{
    Builder, EntityKind, InterestKind, Link, ListEntry, Period, Place, Share, ShareError, WHOLE,
    graph::{Keys, Probe, Stake, WARMED},
    percent::{PercentError, Reading, Scale, read_share},
    reject::{Reason, Reject},
};

/// What a half of a block holds; lines count from 0 at its beginning.
pub(super) struct Half<T> {
    pub(super) rows: Vec<T>,
    pub(super) rejects: Vec<Reject>,
    pub(super) lines: u64,
}

/// What a half of a block of stakes holds, the parties by number where they are known.
pub(super) struct Stakes {
    pub(super) rows: Vec<StakeRow>,
    /// Parties that are not known yet, in the order of their rows.
    pub(super) new: Vec<NewParty>,
    pub(super) rejects: Vec<Reject>,
    pub(super) lines: u64,
    /// Whether a bare figure over 1 is among the rows', so that the file writes percent.
    pub(super) percent: bool,
}

pub(super) struct StakeRow {
    /// Its share holds both readings of a bare figure that may be a fraction.
    pub(super) stake: Stake,
    /// What that figure is as percent.
    pub(super) either: Option<Share>,
    pub(super) source: Box<str>,
    pub(super) line: u32,
}

/// A party to the stake in a row that nobody named before.
pub(super) struct NewParty {
    pub(super) row: usize,
    is_owner: bool,
    key: Box<str>,
}

/// A row with its parties as they stand in the text.
struct Named<'a> {
    owner: Cow<'a, str>,
    owned: Cow<'a, str>,
    row: StakeRow,
}

pub(super) struct EntityRow<'a> {
    pub(super) key: Cow<'a, str>,
    pub(super) name: Cow<'a, str>,
    pub(super) kind: EntityKind,
    pub(super) jurisdiction: Option<Place>,
    pub(super) headquarters: Option<Place>,
    pub(super) lists: Vec<ListEntry>,
}

type Refusal = (Reason, String);

const LONGEST_ROW: usize = 1 << 20;

impl Reject {
    pub(super) fn below(self, line: u64) -> Self {
        Self { line: self.line + line, ..self }
    }
}

impl NewParty {
    /// Puts the party's number into the stake.
    pub(super) fn settle(self, stake: Stake, builder: &mut Builder) -> Stake {
        let number = builder.number(Probe::of(self.key.as_bytes()));
        if self.is_owner { stake.between(number, stake.owned) } else { stake.between(stake.owner, number) }
    }
}

pub(super) fn stakes(text: &[u8], columns: &StakeColumns, keys: &Keys) -> Stakes {
    let percent = Cell::new(false);
    let half = each_row(text, (columns.count, columns.delimiter), |fields, line| {
        key(fields, columns.owner, "owner")?;
        key(fields, columns.owned, "owned")?;
        let reading = share(fields, columns.figure)?;
        let kind = columns.measure.map_or(Ok(InterestKind::Shares), |at| measure(&fields[at]))?;
        let period = Period { from: day(fields, columns.start)?, to: day(fields, columns.end)? };
        if let (Some(from), Some(to)) = (period.from, period.to)
            && from > to
        {
            return Err((Reason::DateOrder, format!("the stake ends on {to}, before it begins on {from}")));
        }
        let stake = Stake::new(0, 0, kind, reading.map(|reading| reading.share), Link::Direct).dated(period);
        let source = columns.source.map_or_else(Box::default, |at| fields[at].trim().into());
        let (either, is_percent) = match reading.map(|reading| reading.scale) {
            Some(Scale::Either { percent }) => (Some(percent), false),
            scale => (None, scale == Some(Scale::Percent)),
        };
        percent.set(percent.get() | is_percent);
        let row = StakeRow { stake, either, source, line };
        Ok(Named {
            owner: std::mem::take(&mut fields[columns.owner]),
            owned: std::mem::take(&mut fields[columns.owned]),
            row,
        })
    });
    Stakes { percent: percent.get(), ..numbered(half, keys) }
}

/// Finds the parties' numbers, many at a time: one look-up alone waits for memory most of the time.
fn numbered(half: Half<Named<'_>>, keys: &Keys) -> Stakes {
    let mut stakes = Stakes {
        rows: Vec::with_capacity(half.rows.len()),
        new: Vec::new(),
        rejects: half.rejects,
        lines: half.lines,
        percent: false,
    };
    let mut rest = half.rows.into_iter();
    loop {
        let named: Vec<Named<'_>> = rest.by_ref().take(WARMED / 2).collect();
        if named.is_empty() {
            return stakes;
        }
        let probes: Vec<Probe<'_>> =
            named.iter().flat_map(|named| [&named.owner, &named.owned]).map(|key| Probe::of(key.as_bytes())).collect();
        keys.warm(&probes);
        let numbers: Vec<Option<u32>> = probes.iter().map(|probe| keys.find(*probe)).collect();
        for (Named { owner, owned, row }, numbers) in named.into_iter().zip(numbers.chunks(2)) {
            let at = stakes.rows.len();
            for (key, number, is_owner) in [(owner, numbers[0], true), (owned, numbers[1], false)] {
                if number.is_none() {
                    stakes.new.push(NewParty { row: at, is_owner, key: key.into() });
                }
            }
            let stake = row.stake.between(numbers[0].unwrap_or(0), numbers[1].unwrap_or(0));
            stakes.rows.push(StakeRow { stake, ..row });
        }
    }
}

pub(super) fn entities<'a>(text: &'a [u8], columns: &EntityColumns) -> Half<EntityRow<'a>> {
    each_row(text, (columns.count, columns.delimiter), |fields, _| {
        key(fields, columns.id, "id")?;
        let taken = |at: Option<usize>, fields: &mut [Cow<'a, str>]| at.map(|at| std::mem::take(&mut fields[at]));
        let kind = columns.kind.map_or(Ok(EntityKind::Unknown), |at| kind(&fields[at]))?;
        let jurisdiction = place(fields, columns.jurisdiction)?;
        let headquarters = place(fields, columns.headquarters)?;
        let lists = columns.list.map_or_else(Vec::new, |at| lists(&fields[at]));
        Ok(EntityRow {
            key: taken(Some(columns.id), fields).unwrap_or_default(),
            name: taken(columns.name, fields).unwrap_or_default(),
            kind,
            jurisdiction,
            headquarters,
            lists,
        })
    })
}

fn each_row<'a, T>(
    text: &'a [u8],
    (columns, delimiter): (usize, u8),
    read: impl Fn(&mut [Cow<'a, str>], u32) -> Result<T, Refusal>,
) -> Half<T> {
    let mut half = Half { rows: Vec::new(), rejects: Vec::new(), lines: 0 };
    let mut fields: Vec<Cow<'a, str>> = Vec::with_capacity(columns.min(MOST));
    let mut rest = text;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        rest = rest.get(end + 1..).unwrap_or_default();
        let number = half.lines;
        half.lines += 1;
        if line.is_empty() {
            continue;
        }
        let row = split(line, (columns, delimiter), &mut fields).and_then(|()| read(&mut fields, number as u32));
        match row {
            Ok(row) => half.rows.push(row),
            Err((reason, detail)) => {
                let original = line[..line.len().min(LONGEST_ROW)].to_vec();
                half.rejects.push(Reject { line: number, reason, detail, original });
            }
        }
    }
    half
}

/// The fields of one line, without their quotes and without blanks around them.
fn split<'a>(line: &'a [u8], (columns, delimiter): (usize, u8), fields: &mut Vec<Cow<'a, str>>) -> Result<(), Refusal> {
    if line.len() > LONGEST_ROW {
        return Err((Reason::RowTooLong, format!("the row is longer than {LONGEST_ROW} bytes")));
    }
    let line = std::str::from_utf8(line)
        .map_err(|_| (Reason::InvalidUtf8, "the row is not UTF-8; convert the file to UTF-8".to_owned()))?;
    fields.clear();
    if memchr::memchr(b'"', line.as_bytes()).is_none() {
        let mut from = 0;
        for comma in memchr::memchr_iter(delimiter, line.as_bytes()) {
            fields.push(Cow::Borrowed(trimmed(&line[from..comma])));
            from = comma + 1;
        }
        fields.push(Cow::Borrowed(trimmed(&line[from..])));
    } else {
        quoted(line, char::from(delimiter), fields)?;
    }
    if fields.len() != columns {
        let detail = format!("the row has {} columns, and the first line names {columns}", fields.len());
        return Err((Reason::BadCsv, detail));
    }
    Ok(())
}

/// Without the blanks around it, so that `X, A` names the party `A`. Blanks are looked for only where there may be some.
fn trimmed(field: &str) -> &str {
    match (field.as_bytes().first(), field.as_bytes().last()) {
        (Some(first), Some(last)) if *first > b' ' && *first < 0x80 && *last > b' ' && *last < 0x80 => field,
        _ => field.trim_matches([' ', '\t', '\u{a0}', '\u{feff}']),
    }
}

fn quoted<'a>(line: &'a str, delimiter: char, fields: &mut Vec<Cow<'a, str>>) -> Result<(), Refusal> {
    let stray =
        || (Reason::BadCsv, "a quote is not closed, or stands within a field; rows end with their line".to_owned());
    let mut rest = line;
    loop {
        let Some(inside) = rest.trim_start_matches(' ').strip_prefix('"') else {
            let end = rest.find(delimiter).unwrap_or(rest.len());
            if rest[..end].contains('"') {
                return Err(stray());
            }
            fields.push(Cow::Borrowed(trimmed(&rest[..end])));
            match rest.get(end + 1..) {
                Some(after) => rest = after,
                None => return Ok(()),
            }
            continue;
        };
        let (mut field, mut after) = inside.split_once('"').map(|(a, b)| (Cow::Borrowed(a), b)).ok_or_else(stray)?;
        while let Some(more) = after.strip_prefix('"') {
            let (part, next) = more.split_once('"').ok_or_else(stray)?;
            field = Cow::Owned(format!("{field}\"{part}"));
            after = next;
        }
        fields.push(match field {
            Cow::Borrowed(field) => Cow::Borrowed(trimmed(field)),
            Cow::Owned(field) => Cow::Owned(trimmed(&field).to_owned()),
        });
        let after = after.trim_start_matches(' ');
        match after.strip_prefix(delimiter) {
            Some(next) => rest = next,
            None if after.is_empty() => return Ok(()),
            None => return Err(stray()),
        }
    }
}

fn key<'f>(fields: &'f [Cow<'_, str>], at: usize, column: &str) -> Result<&'f str, Refusal> {
    let key: &str = &fields[at];
    match key.len() {
        0 => Err((Reason::MissingField, format!("`{column}` is empty"))),
        1..=256
            if !key.bytes().any(|byte| byte < b' ' || byte == 0x7f)
                && (key.is_ascii() || !key.chars().any(char::is_control)) =>
        {
            Ok(key)
        }
        1..=256 => Err((Reason::BadId, format!("`{column}` holds a control character: `{}`", clip(key)))),
        bytes => Err((Reason::BadId, format!("`{column}` has {bytes} bytes, over the limit of 256"))),
    }
}

fn share(fields: &[Cow<'_, str>], figure: Figure) -> Result<Option<Reading>, Refusal> {
    let number = |error: &PercentError| (Reason::of_percent(error), error.to_string());
    let bounds = |error: ShareError| (Reason::BadPercent, error.to_string());
    let percent = |at: usize| match fields[at].trim() {
        "" => Ok(None),
        text => read_share(text).map(Some).map_err(|error| number(&error)),
    };
    match figure {
        Figure::Percent(at) => percent(at),
        Figure::PercentEnds(low, high) => match (percent(low)?, percent(high)?) {
            (None, None) => Ok(None),
            (low, high) => between(low, high).map(Some).map_err(bounds),
        },
        Figure::BasisPoints(low, high) => match (points(&fields[low])?, points(&fields[high])?) {
            (None, None) => Ok(None),
            (low, high) => {
                let share = Share::between(low.unwrap_or(0), high.unwrap_or(WHOLE)).map_err(bounds)?;
                Ok(Some(Reading { share, scale: Scale::Own }))
            }
        },
    }
}

/// From the lower end of one to the upper end of the other, in one scale.
fn between(low: Option<Reading>, high: Option<Reading>) -> Result<Reading, ShareError> {
    let share = |low: Option<Share>, high: Option<Share>| {
        let (low, high) = (low.unwrap_or(Share::ANY), high.unwrap_or(Share::ANY));
        let mut share = Share::between(low.min(), high.max())?;
        if low.min_is_open() {
            share = share.above_min()?;
        }
        if high.max_is_open() {
            share = share.below_max()?;
        }
        Ok(share)
    };
    let as_percent = |reading: Reading| match reading.scale {
        Scale::Either { percent } => percent,
        Scale::Own | Scale::Percent => reading.share,
    };
    let scales = [low, high].map(|end| end.map(|reading| reading.scale));
    let percent = share(low.map(as_percent), high.map(as_percent))?;
    if scales.contains(&Some(Scale::Percent)) {
        return Ok(Reading { share: percent, scale: Scale::Percent });
    }
    let either = scales.iter().any(|scale| matches!(scale, Some(Scale::Either { .. })));
    let share = share(low.map(|low| low.share), high.map(|high| high.share))?;
    Ok(Reading { share, scale: if either { Scale::Either { percent } } else { Scale::Own } })
}

fn points(text: &str) -> Result<Option<u16>, Refusal> {
    match text.trim() {
        "" => Ok(None),
        text => match text.parse::<u16>() {
            Ok(points) if points <= WHOLE => Ok(Some(points)),
            _ => Err((Reason::BadPercent, format!("`{}` is no number of basis points from 0 to 10000", clip(text)))),
        },
    }
}

fn measure(text: &str) -> Result<InterestKind, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(InterestKind::Shares);
    }
    let known = InterestKind::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(text));
    known.ok_or_else(|| {
        let names = InterestKind::ALL.map(InterestKind::name).join(", ");
        (Reason::UnknownSchema, format!("`{}` is no measure; there are {names}", clip(text)))
    })
}

fn kind(text: &str) -> Result<EntityKind, Refusal> {
    const KINDS: [(&str, EntityKind); 12] = [
        ("company", EntityKind::Company),
        ("person", EntityKind::Person),
        ("", EntityKind::Unknown),
        ("unknown", EntityKind::Unknown),
        ("organization", EntityKind::Company),
        ("organisation", EntityKind::Company),
        ("state", EntityKind::State),
        ("arrangement", EntityKind::Arrangement),
        ("trust", EntityKind::Arrangement),
        ("joint", EntityKind::Joint),
        ("vessel", EntityKind::Vessel),
        ("unresolved", EntityKind::Unresolved),
    ];
    let text = text.trim();
    let known = KINDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
    known.map(|(_, kind)| *kind).ok_or_else(|| {
        let words = KINDS.map(|(word, _)| word).join(", ").replace(", ,", ",");
        (Reason::UnknownSchema, format!("`{}` is no kind; there are {words}", clip(text)))
    })
}

fn place(fields: &[Cow<'_, str>], at: Option<usize>) -> Result<Option<Place>, Refusal> {
    match at.map(|at| fields[at].trim()) {
        None | Some("") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|error: crate::PlaceError| (Reason::BadPlace, error.to_string())),
    }
}

/// `ofac-sdn`, `ofac-sdn:SDGT` with a programme, several after semicolons.
fn lists(text: &str) -> Vec<ListEntry> {
    let entries = text.split(';').map(str::trim).filter(|entry| !entry.is_empty());
    let entry = |text: &str| match text.split_once(':') {
        Some((list, programme)) => {
            ListEntry { list: list.trim().to_owned(), programme: Some(programme.trim().to_owned()) }
        }
        None => ListEntry { list: text.to_owned(), programme: None },
    };
    entries.map(entry).collect()
}

fn day(fields: &[Cow<'_, str>], at: Option<usize>) -> Result<Option<Date>, Refusal> {
    let Some(text) = at.map(|at| fields[at].trim()).filter(|text| !text.is_empty()) else { return Ok(None) };
    let wrong = || (Reason::BadDate, format!("`{}` is no day such as 2026-01-31", clip(text)));
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return Err(wrong());
    }
    let part = |range: std::ops::Range<usize>| {
        bytes[range].iter().try_fold(0i16, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i16::from(byte - b'0')))
    };
    let (Some(year), Some(month), Some(day)) = (part(0..4), part(5..7), part(8..10)) else { return Err(wrong()) };
    Date::new(year, month as i8, day as i8).map(Some).map_err(|_| wrong())
}

fn clip(text: &str) -> String {
    text.chars().take(60).collect::<String>().escape_debug().to_string()
}
