//! Methods of numbers, and how locales write them.

use crate::axes::Source;
use crate::flow::formats;
use crate::flow::machine::Machine;
use crate::flow::operators::numeric;
use crate::flow::taint::{is_marked, marks_only, union, with_form};
use crate::flow::value::{Kind, Shape, Value, number_text};

pub(super) fn number_call(m: &mut Machine<'_>, v: &Value, name: &str, args: &[Value]) -> Value {
    if let Some(first) = args.first().filter(|a| matches!(a.shape, Shape::Choice(_)) && name != "toLocaleString") {
        let made = m.each(first, 0, |m, first| Ok(number_call(m, v, name, std::slice::from_ref(first))));
        return made.unwrap_or_else(|_| Value::unknown(Kind::Text, v.taint.clone()));
    }
    let first = args.first().and_then(numeric);
    match (&v.shape, name) {
        (Shape::Number(n), "toString") => {
            Value::new(Shape::Text(radix(*n, first.unwrap_or(10.0) as u32).into()), v.taint.clone())
        }
        (Shape::Number(n), "toFixed") => Value::new(
            Shape::Text(format!("{n:.*}", first.unwrap_or(0.0).clamp(0.0, 100.0) as usize).into()),
            v.taint.clone(),
        ),
        // By itself it is a number like any other, told only from one with other digits.
        (_, "toFixed") if !is_marked(&v.taint) => {
            let digits = first.unwrap_or(0.0).clamp(0.0, 100.0) as usize;
            Value::unknown(Kind::Text, with_form(&v.taint, "1", &format!("{:.digits$}", 1.0)))
        }
        (Shape::Number(_), "valueOf") => v.clone(),
        (_, "toLocaleString") => {
            let locale = args.first().cloned().unwrap_or(Value::UNDEFINED);
            match (&v.shape, &locale.shape) {
                // How a number that the code names is written tells the locale, where none was said.
                (Shape::Number(_), Shape::Undefined) => m.source(Source::Locale, m.now, Kind::Text),
                _ => localised_number(m, v, &locale),
            }
        }
        (_, "valueOf") => v.clone(),
        _ => Value::unknown(Kind::Text, v.taint.clone()),
    }
}

/// A number as a locale writes it; a choice of locales makes a choice of texts.
pub(crate) fn localised_number(m: &mut Machine<'_>, v: &Value, locale: &Value) -> Value {
    let is_choice = matches!(locale.shape, Shape::Choice(_));
    let made = m.each(locale, 0, |m, l| {
        let Some(text) = formats::sample(m, true, l, &Value::UNDEFINED) else {
            return Ok(Value::unknown(Kind::Text, union(&v.taint, &l.taint)));
        };
        // By itself it is a number like any other, told only from one that is written in another way.
        Ok(if is_choice { Value::text(text) } else { Value::unknown(Kind::Text, with_form(&v.taint, "1234.5", &text)) })
    });
    made.unwrap_or(Value::UNDEFINED).tainted(&marks_only(&locale.taint))
}

pub(crate) fn radix(n: f64, base: u32) -> String {
    if base == 10 || !(2..=36).contains(&base) || !n.is_finite() {
        return number_text(n);
    }
    let mut whole = n.abs().trunc() as u64;
    let mut digits = Vec::new();
    loop {
        digits.push(char::from_digit((whole % u64::from(base)) as u32, base).unwrap_or('0'));
        whole /= u64::from(base);
        if whole == 0 {
            break;
        }
    }
    let mut text: String = digits.into_iter().rev().collect();
    let mut part = n.abs().fract();
    if part > 0.0 {
        text.push('.');
        for _ in 0..12 {
            part *= f64::from(base);
            text.push(char::from_digit(part.trunc() as u32, base).unwrap_or('0'));
            part = part.fract();
            if part == 0.0 {
                break;
            }
        }
    }
    if n < 0.0 { format!("-{text}") } else { text }
}
