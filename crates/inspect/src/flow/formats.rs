//! How formatters with a known locale and known options write: by a sample, so that two of them can be told apart.

use std::rc::Rc;

use super::machine::Machine;
use super::value::{Shape, Value, constant_text};

/// In the name of a formatter: it writes as the locale of the machine says.
pub(crate) const OWN: &str = "#own";

/// The options of a formatter, where all of them are known.
type Options = Vec<(Rc<str>, Rc<str>)>;

/// What a formatter of dates or numbers makes of one that stands for all; nothing where that is not known.
pub(crate) fn sample(m: &Machine<'_>, is_number: bool, locale: &Value, options: &Value) -> Option<String> {
    let locale = constant_text(locale).filter(|t| &**t != "undefined")?;
    let options = known(m, options)?;
    Some(if is_number { number(&locale, &options) } else { date(&locale, &options) })
}

fn known(m: &Machine<'_>, options: &Value) -> Option<Options> {
    match &options.shape {
        Shape::Undefined => Some(Vec::new()),
        Shape::Object(id) => {
            let o = m.store.get(*id);
            if o.open.is_some() || o.rest.is_some() {
                return None;
            }
            o.properties.iter().map(|(k, v)| Some((k.clone(), constant_text(v)?))).collect()
        }
        _ => None,
    }
}

fn of<'o>(options: &'o Options, name: &str) -> Option<&'o str> {
    options.iter().find(|(k, _)| &**k == name).map(|(_, v)| &**v)
}

/// 1234.5 as it is written.
fn number(locale: &str, options: &Options) -> String {
    let (group, point) = match locale.get(..2).unwrap_or(locale) {
        "de" | "es" | "it" | "nl" | "pt" | "id" | "tr" => (".", ","),
        "fr" | "ru" | "pl" | "uk" | "sv" | "cs" => ("\u{a0}", ","),
        _ => (",", "."),
    };
    let group = if of(options, "useGrouping") == Some("false") { "" } else { group };
    let places = of(options, "minimumFractionDigits").and_then(|n| n.parse::<usize>().ok()).unwrap_or(1).min(20);
    // A whole number has as many places as it must.
    let part = if places == 0 { String::new() } else { format!("{point}{:0<places$}", 5) };
    let mut text = format!("1{group}234{part}");
    add_others(&mut text, options, &["useGrouping", "minimumFractionDigits"]);
    text
}

/// The fifth of March 2026, a day and a month that are written with one digit or with two.
fn date(locale: &str, options: &Options) -> String {
    let two = |name: &str, one: &str| match of(options, name) {
        Some("2-digit") => format!("0{one}"),
        _ => one.to_owned(),
    };
    let is_short = !["day", "month", "year", "weekday", "dateStyle"].iter().any(|n| of(options, n).is_some());
    let day = (is_short || of(options, "day").is_some()).then(|| two("day", "5"));
    let year = (is_short || of(options, "year").is_some())
        .then(|| if of(options, "year") == Some("2-digit") { "26".to_owned() } else { "2026".to_owned() });
    let name = match of(options, "month") {
        Some("long") => Some("March"),
        Some("short" | "narrow") => Some("Mar"),
        _ => None,
    };
    let month = (is_short || of(options, "month").is_some()).then(|| two("month", "3"));
    let american = matches!(locale, "en-US" | "en");
    let mut text = match name {
        Some(name) if american => row(&[Some(name.to_owned()), day.map(|d| d + ","), year], " "),
        Some(name) => row(&[day, Some(name.to_owned()), year], " "),
        None => match locale {
            _ if american => row(&[month, day, year], "/"),
            "en-CA" | "sv-SE" | "sv" | "lt-LT" | "fr-CA" => row(&[year, month, day], "-"),
            "zh-CN" | "ja-JP" | "zh-TW" | "ja" | "zh" => row(&[year, month, day], "/"),
            "de-DE" | "de" | "ru-RU" | "pl-PL" | "fi-FI" | "tr-TR" => row(&[day, month, year], "."),
            "nl-NL" => row(&[day, month, year], "-"),
            _ => row(&[day, month, year], "/"),
        },
    };
    add_others(&mut text, options, &["day", "month", "year", "timeZone"]);
    text
}

fn row(parts: &[Option<String>], separator: &str) -> String {
    parts.iter().flatten().map(String::as_str).collect::<Vec<_>>().join(separator)
}

/// What is not written out here tells two formatters apart openly.
fn add_others(text: &mut String, options: &Options, known: &[&str]) {
    for (k, v) in options.iter().filter(|(k, _)| !known.contains(&&**k)) {
        text.push_str(&format!(" {k} {v}"));
    }
}
