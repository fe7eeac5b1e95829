//! Pictures of counts, as SVG.

use maud::{Markup, html};
use store::fleet::DayCount;

use super::grouped;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 200.0;
/// Room for the figures at the left, and the days below.
const LEFT: f64 = 56.0;
const BELOW: f64 = 24.0;
const ABOVE: f64 = 8.0;

/// Shares of a whole, side by side, each in its colour and pattern.
pub(super) fn bar(parts: &[(&str, u64)], total: u64) -> Markup {
    let words: Vec<String> =
        parts.iter().filter(|(_, n)| *n > 0).map(|(name, n)| format!("{} {name}", grouped(*n))).collect();
    let label = if words.is_empty() { "nothing yet".to_owned() } else { words.join(", ") };
    let mut at = 0.0;
    let spans: Vec<(&str, f64, f64)> = parts
        .iter()
        .map(|(name, n)| {
            let width = if total == 0 { 0.0 } else { *n as f64 / total as f64 * 1000.0 };
            let from = at;
            at += width;
            (*name, from, width)
        })
        .collect();
    html! {
        svg.share viewBox="0 0 1000 20" preserveAspectRatio="none" role="img" aria-label=(label) {
            @for (name, from, width) in spans {
                @if width > 0.0 { rect class=(name) x=(short(from)) y="0" width=(short(width)) height="20" {} }
            }
        }
    }
}

/// One column for each day, failing at the foot, so that what needs somebody stands on the line.
pub(super) fn days(days: &[DayCount]) -> Markup {
    let most = days.iter().map(|day| day.clean + day.pending + day.failing).max().unwrap_or(0).max(1);
    let top = round_up(most);
    let height = |n: u64| n as f64 / top as f64 * (HEIGHT - ABOVE - BELOW);
    let step = (WIDTH - LEFT) / days.len().max(1) as f64;
    let base = HEIGHT - BELOW;
    let label = match days.last() {
        Some(day) => format!(
            "machines by day; on {} {} were clean, {} pending, {} failing",
            day.day, day.clean, day.pending, day.failing
        ),
        None => "no days".to_owned(),
    };
    html! {
        svg.days viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(label) {
            @for mark in [0, top / 2, top] {
                @let y = base - height(mark);
                line.grid x1=(LEFT) x2=(WIDTH) y1=(short(y)) y2=(short(y)) {}
                text x=(LEFT - 6.0) y=(short(y + 4.0)) text-anchor="end" { (grouped(mark)) }
            }
            @for (at, day) in days.iter().enumerate() {
                @let x = LEFT + step * at as f64;
                g {
                    title { (day.day) ": " (grouped(day.clean)) " clean, " (grouped(day.pending)) " pending, " (grouped(day.failing)) " failing" }
                    (column("failing", x, step, base, height(day.failing)))
                    (column("pending", x, step, base - height(day.failing), height(day.pending)))
                    (column("clean", x, step, base - height(day.failing) - height(day.pending), height(day.clean)))
                }
                @if at % 7 == (days.len() - 1) % 7 {
                    text x=(short(x + step / 2.0)) y=(HEIGHT - 6.0) text-anchor=(if at + 1 == days.len() { "end" } else { "middle" }) {
                        (day.day.strftime("%b %-d").to_string())
                    }
                }
            }
        }
        ul.legend {
            @for name in ["clean", "pending", "failing"] {
                li { svg.key viewBox="0 0 12 12" aria-hidden="true" { rect class=(name) width="12" height="12" {} } " " (name) }
            }
        }
    }
}

fn column(class: &str, x: f64, step: f64, foot: f64, height: f64) -> Markup {
    html! {
        @if height > 0.0 {
            rect class=(class) x=(short(x + step * 0.1)) y=(short(foot - height)) width=(short(step * 0.8)) height=(short(height)) {}
        }
    }
}

fn short(number: f64) -> String {
    format!("{number:.2}")
}

/// An even number of one or two digits and zeros, not below.
fn round_up(number: u64) -> u64 {
    let mut unit = 1_u64;
    while number > unit.saturating_mul(20) {
        unit *= 10;
    }
    number.div_ceil(2 * unit).saturating_mul(2 * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_an_even_number_above() {
        assert_eq!([1, 2, 3, 19, 21, 9_999, 10_000, 123_456].map(round_up), [2, 2, 4, 20, 40, 10_000, 10_000, 140_000]);
    }

    #[test]
    fn no_number_breaks_a_picture() {
        let days = [DayCount { day: jiff::civil::date(2026, 9, 1), clean: u64::MAX / 4, pending: 0, failing: 0 }];
        assert!(super::days(&days).into_string().contains("rect"));
        assert!(super::days(&[]).into_string().contains("no days"));
        assert!(bar(&[("clean", 0)], 0).into_string().contains("nothing yet"));
    }
}
