//! Methods of dates, and how locales write them.

use super::SAMPLE;
use crate::axes::{Source, Transform};
use crate::flow::machine::{Machine, Run};
use crate::flow::taint::{Taint, is_marked, marks_only, union};
use crate::flow::value::{Kind, Shape, Value, constant_text};

pub(super) fn date_call(
    m: &mut Machine<'_>,
    v: &Value,
    taint: &Taint,
    name: &str,
    args: &[Value],
    at: u32,
) -> Run<Value> {
    let first = args.first().cloned().unwrap_or(Value::UNDEFINED);
    let text = |t: &str| Value::new(Shape::Text(t.into()), taint.clone());
    Ok(match name {
        "toISOString" | "toJSON" => text(SAMPLE),
        "getTimezoneOffset" => m.source(Source::Timezone, at, Kind::Number),
        "toString" | "toTimeString" => m.source(Source::Timezone, at, Kind::Text),
        "toDateString" => text("Thu Jan 15 2026"),
        "toUTCString" | "toGMTString" => text("Thu, 15 Jan 2026 10:20:30 GMT"),
        "toLocaleDateString" | "toLocaleString" | "toLocaleTimeString" => {
            let options = args.get(1).cloned().unwrap_or(Value::UNDEFINED);
            localised_date(m, &first, &options, taint, at)?
        }
        "valueOf" | "getTime" => Value::unknown(Kind::Number, taint.clone()),
        _ if name.starts_with("set") => v.clone(),
        _ => Value::unknown(Kind::Number, taint.clone()),
    })
}

/// A date as a locale writes it.
pub(crate) fn localised_date(
    m: &mut Machine<'_>,
    locale: &Value,
    options: &Value,
    taint: &Taint,
    at: u32,
) -> Run<Value> {
    if let Shape::Choice(all) = &options.shape
        && all.iter().filter(|v| v.as_object().is_some()).count() > 1
        && is_marked(&options.taint)
    {
        // Options that differ by a source make texts that differ.
        let place = m.place(at);
        let shown = m.join(Value::text("01/15/2026"), Value::text("1/15/2026"), &options.taint, place);
        return Ok(shown.tainted(&marks_only(&options.taint)));
    }
    let zone = options.as_object().and_then(|id| m.store.get(id).properties.get("timeZone").cloned());
    let named = options.as_object().is_some_and(|id| m.store.get(id).properties.contains_key("timeZoneName"));
    let mut extra = marks_only(&m.deep_taint(options, 2));
    extra = union(&extra, taint);
    if named && zone.is_none() {
        return Ok(m.source(Source::Timezone, at, Kind::Text));
    }
    let made = m.each(locale, at, |m, l| {
        let Some(name) = constant_text(l).filter(|t| &**t != "undefined") else {
            let t = union(&extra, &l.taint);
            let t = m.step(&t, Transform::Format, at, "");
            return Ok(Value::unknown(Kind::Text, t));
        };
        if options.shape != Shape::Undefined && zone.is_some() {
            let t = m.step(&extra, Transform::Format, at, "");
            return Ok(Value::unknown(Kind::Text, t));
        }
        let long = options.as_object().is_some_and(|id| {
            let o = m.store.get(id);
            o.properties.contains_key("month")
                && o.properties
                    .get("month")
                    .and_then(Value::as_text)
                    .is_some_and(|t| t.len() > 3 && &**t != "2-digit" && &**t != "numeric")
        });
        Ok(Value::new(Shape::Text(date_in(&name, long).into()), taint.clone()))
    })?;
    let mut made = made.tainted(&marks_only(&locale.taint));
    if let Some(o) = options.as_object() {
        // Options that differ by a source make texts that differ.
        let choice = m
            .store
            .get(o)
            .properties
            .iter()
            .find(|(k, v)| &***k != "timeZone" && matches!(v.shape, Shape::Choice(_)))
            .map(|(_, v)| v.clone());
        if let Some(c) = choice {
            let place = m.place(at);
            let one = Value::text("01/15/2026");
            let other = Value::text("1/15/2026");
            made = m.join(one, other, &c.taint, place).tainted(&marks_only(&c.taint));
        }
    }
    if matches!(made.shape, Shape::Choice(_)) && is_marked(&made.taint) {
        let place = m.place(at);
        m.nominate(&mut made, place);
    }
    Ok(made)
}

fn date_in(locale: &str, long: bool) -> &'static str {
    if long {
        return match locale {
            "en-US" | "en" => "January 15, 2026",
            _ => "15 January 2026",
        };
    }
    match locale {
        "en-US" | "en" => "1/15/2026",
        "en-CA" | "sv-SE" | "sv" | "lt-LT" | "fr-CA" => "2026-01-15",
        "zh-CN" | "ja-JP" | "zh-TW" | "ja" | "zh" => "2026/1/15",
        "de-DE" | "de" | "ru-RU" | "pl-PL" | "fi-FI" | "tr-TR" => "15.1.2026",
        "nl-NL" => "15-1-2026",
        "ko-KR" => "2026. 1. 15.",
        _ => "15/01/2026",
    }
}
