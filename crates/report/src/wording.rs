//! Numbers, times, families and effects in words.

use hunt::campaign::Family;
use jiff::Timestamp;

/// Every family, in the order in which the page shows them.
pub(crate) const FAMILIES: [Family; 5] =
    [Family::Text, Family::Timing, Family::Identity, Family::Behaviour, Family::Protocol];

pub(crate) fn family(family: Family) -> &'static str {
    match family {
        Family::Text => "text",
        Family::Timing => "timing",
        Family::Identity => "identity",
        Family::Behaviour => "behaviour",
        Family::Protocol => "protocol",
    }
}

/// What a family looks at.
pub(crate) fn family_meaning(family: Family) -> &'static str {
    match family {
        Family::Text => "shared wordings and how the varying parts are shared out",
        Family::Timing => "starting, pausing and moving together",
        Family::Identity => "payment, device, mail or network in common",
        Family::Behaviour => "how each account uses the model",
        Family::Protocol => "traces in the requests themselves",
    }
}

/// What a person would do, and how to undo it; `None` for an effect that this version does not know.
pub(crate) fn effect(effect: &str) -> Option<&'static str> {
    Some(match effect {
        "observe" => "Keep watching. Nothing changes for the accounts.",
        "restrict" => {
            "Limit what these accounts may use, for instance summaries in place of full reasoning. Lift the limit to undo it."
        }
        "throttle" => "Slow these accounts down to an ordinary pace. Lift the limit to undo it.",
        "verify" => {
            "Ask the people behind these accounts to prove who they are before they go on. Nothing is lost while they do."
        }
        "deny" => {
            "Refuse further requests from these accounts until the case has been reviewed. Reinstate them to undo it."
        }
        _ => return None,
    })
}

/// `1234567` as `1,234,567`.
pub(crate) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 account`, `2 accounts`.
pub(crate) fn count(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", number(n), if n == 1 { "" } else { "s" })
}

/// A length as a count.
pub(crate) fn len<T>(items: &[T]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}

/// Bits with a sign, such as `+6.2` or `−0.4`.
pub(crate) fn bits(weight: f64) -> String {
    if !weight.is_finite() {
        return "unknown".to_owned();
    }
    let rounded = (weight * 10.0).round() / 10.0;
    if rounded < 0.0 { format!("−{:.1}", -rounded) } else { format!("+{:.1}", rounded.abs()) }
}

/// A score without sign, unless it is negative.
pub(crate) fn score(weight: f64) -> String {
    bits(weight).trim_start_matches('+').to_owned()
}

/// A probability to two significant digits.
pub(crate) fn probability(p: f64) -> String {
    if !p.is_finite() {
        "unknown".to_owned()
    } else if p <= 0.0 {
        "0".to_owned()
    } else if p < 0.000_1 {
        let text = format!("{p:.0e}");
        let (digit, power) = text.split_once("e-").unwrap_or((&text, ""));
        format!("{digit} × 10⁻{}", power.chars().map(superscript).collect::<String>())
    } else {
        let digits = if p < 0.01 { 4 } else { 3 };
        format!("{p:.digits$}").trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

fn superscript(digit: char) -> char {
    let raised = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    digit.to_digit(10).map_or(digit, |d| raised[d as usize])
}

/// A share as a percentage, with more digits for a small one.
pub(crate) fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "unknown".to_owned();
    }
    let value = share * 100.0;
    let text = if value.abs() < 10.0 { format!("{value:.1}") } else { format!("{value:.0}") };
    format!("{} %", text.trim_end_matches(".0"))
}

/// Seconds since the Unix epoch, when `text` is RFC 3339.
pub(crate) fn seconds(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

/// `2026-08-03 07:12`, or the text itself when it is no time. Times are UTC throughout.
pub(crate) fn minute(text: &str) -> String {
    written(text, "%Y-%m-%d %H:%M")
}

/// `2026-08-03`, or the text itself when it is no time.
pub(crate) fn day(text: &str) -> String {
    written(text, "%Y-%m-%d")
}

/// `07:12`, or nothing when `text` is no time.
pub(crate) fn clock(text: &str) -> String {
    text.parse::<Timestamp>().map_or_else(|_| String::new(), |time| time.strftime("%H:%M").to_string())
}

/// `2026-08-03 – 08-09`, with both years where they differ.
pub(crate) fn days(first: &str, last: &str) -> String {
    let (from, to) = (day(first), day(last));
    let same_year = from.len() == 10 && to.len() == 10 && from.get(..5) == to.get(..5);
    match to.get(5..) {
        Some(tail) if same_year => format!("{from} – {tail}"),
        _ => format!("{from} – {to}"),
    }
}

fn written(text: &str, format: &str) -> String {
    match text.parse::<Timestamp>() {
        Ok(time) => time.strftime(format).to_string(),
        Err(_) => crate::visible::short_id(text),
    }
}

/// A length of time in whole units of the largest that fits twice.
pub(crate) fn duration(seconds: u64) -> String {
    match seconds {
        0..=119 => count(seconds, "second"),
        120..=7_199 => count(seconds / 60, "minute"),
        7_200..=172_799 => count(seconds / 3_600, "hour"),
        _ => count(seconds / 86_400, "day"),
    }
}

/// A share between 0 and 1 as it is, to two digits.
pub(crate) fn score_share(share: f64) -> String {
    if share.is_finite() { format!("{share:.2}") } else { "unknown".to_owned() }
}
