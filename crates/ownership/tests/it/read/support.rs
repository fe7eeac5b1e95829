//! What an input reads as, in lines.

use std::fmt::Write;

use expect_test::Expect;
use ownership::{Entity, Feed, Format, Item, Link, Outcome, Period, Reject, Statement, read};

/// Reads an input and keeps everything.
pub(crate) fn all(input: &[u8], feed: &Feed) -> (Vec<Statement>, Vec<Reject>, Outcome) {
    let (mut statements, mut rejects) = (Vec::new(), Vec::new());
    let outcome = read(input, feed, &mut |item| match item {
        Item::Statement(statement) => statements.push(statement),
        Item::Reject(reject) => rejects.push(reject),
    });
    assert_eq!(statements.len() as u64, outcome.totals.statements(), "totals count what was handed on");
    assert_eq!(rejects.len() as u64, outcome.totals.rejected(), "totals count what was handed on");
    (statements, rejects, outcome)
}

#[track_caller]
pub(crate) fn check(input: &str, expect: Expect) {
    check_as(Format::Auto, input, expect);
}

#[track_caller]
pub(crate) fn check_as(format: Format, input: &str, expect: Expect) {
    let reading = Feed { format, ..Feed::of("file") };
    expect.assert_eq(&told(input.as_bytes(), &reading));
}

/// Everything that was read, in lines.
pub(crate) fn told(input: &[u8], feed: &Feed) -> String {
    let (statements, rejects, outcome) = all(input, feed);
    let mut text = String::new();
    for statement in &statements {
        writeln!(text, "{}", line(statement)).expect("writes to memory");
    }
    for reject in &rejects {
        writeln!(text, "! line {} {}: {}", reject.line, reject.reason, reject.detail).expect("writes to memory");
    }
    for (what, count) in &outcome.totals.passed_over {
        writeln!(text, "- {count} {what}").expect("writes to memory");
    }
    for count in &outcome.totals.counts {
        writeln!(text, "= {} of {} {}", count.found, count.stated, count.of).expect("writes to memory");
    }
    if let Some(failure) = &outcome.failure {
        writeln!(text, "failed: {failure}").expect("writes to memory");
    }
    text
}

fn line(statement: &Statement) -> String {
    match statement {
        Statement::Entity(entity) => entity_line(entity),
        Statement::Interest(i) => {
            let share = i.share.map(|share| format!(" {share:?}")).unwrap_or_default();
            let link = if i.link == Link::Indirect { " indirect" } else { "" };
            format!("{} > {} {:?}{share}{link}{} ({})", i.owner, i.owned, i.kind, period(i.period), i.source.record)
        }
        Statement::Gap(gap) => format!("? {}: {}{} ({})", gap.about, gap.reason, period(gap.period), gap.source.record),
    }
}

fn entity_line(entity: &Entity) -> String {
    let mut text = format!("{} {:?}", entity.key, entity.kind);
    for name in &entity.names {
        write!(text, " {:?} `{}`", name.kind, name.text).expect("writes to memory");
    }
    if let Some(place) = entity.jurisdiction {
        write!(text, " in {place}").expect("writes to memory");
    }
    if let Some(place) = entity.headquarters {
        write!(text, " from {place}").expect("writes to memory");
    }
    for identifier in &entity.identifiers {
        write!(text, " {:?}={}", identifier.scheme, identifier.value).expect("writes to memory");
    }
    for entry in &entity.lists {
        write!(text, " on {}/{}", entry.list, entry.programme.as_deref().unwrap_or("-")).expect("writes to memory");
    }
    text + &period(entity.period)
}

fn period(period: Period) -> String {
    let day = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string()).unwrap_or_default();
    match period {
        Period { from: None, to: None } => String::new(),
        Period { from, to } => format!(" [{}..{})", day(from), day(to)),
    }
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("writes to memory");
    encoder.finish().expect("writes to memory")
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).expect("writes to memory")
}
