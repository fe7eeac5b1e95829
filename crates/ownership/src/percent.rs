//! Percentages as people write them, to a share: `50,1 %`, `> 50`, `25-50%`, `75 to 100`, `more than 25 %, up to 50 %`.
//!
//! Nothing is guessed. A bare `0.5` may be half a percent or one half, so it is the interval that holds both, until other figures of its file
//! tell which of the two that file writes.

mod terms;

use self::terms::{Bound, Figure, Term, terms};
use crate::{Share, ShareError};

/// Why a text is no percentage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PercentError {
    #[error("a percentage is empty")]
    Empty,
    #[error("a percentage of {bytes} bytes is over the limit of {LONGEST}")]
    TooLong { bytes: usize },
    #[error("`{text}` is no percentage; write `25`, `25.5 %`, `25-50 %` or `> 50 %`")]
    Unreadable { text: String },
    #[error("`{text}` is negative, and nobody holds less than nothing")]
    Negative { text: String },
    #[error("`{text}` is over the whole, 100 %")]
    OverWhole { text: String },
    #[error("`{text}` holds no value: its lower end is not below its upper end")]
    NoValue { text: String },
}

const LONGEST: usize = 100;

/// An end of an interval in basis points, rounded outward.
#[derive(Debug, Clone, Copy)]
struct End {
    basis_points: u64,
    open: bool,
}

/// A share that was read, and what its text tells of the scale of figures beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) share: Share,
    pub(crate) scale: Scale,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Written beside the figures, or of no matter: it tells nothing of bare ones.
    Own,
    /// A bare figure over 1: whoever wrote it writes percent.
    Percent,
    /// Bare figures of at most 1, which may be fractions; what they are as percent.
    Either { percent: Share },
}

/// Reads a percentage into the smallest share in basis points that holds everything the text may mean.
///
/// Rounding goes outward and opens the end: `33.333` is more than 3,333 and less than 3,334. Figures without a percent sign that are all at
/// most 1 may be fractions, so the share then holds both readings.
pub(crate) fn read_share(text: &str) -> Result<Reading, PercentError> {
    if text.len() > LONGEST {
        return Err(PercentError::TooLong { bytes: text.len() });
    }
    if text.trim().is_empty() {
        return Err(PercentError::Empty);
    }
    if let Some(share) = plain_number(text) {
        return Ok(Reading { share, scale: Scale::Percent });
    }
    let (terms, signed) = terms(text)?;
    let one = |figure: &Figure| figure.millionths <= 1_000_000 && !(figure.millionths == 1_000_000 && figure.inexact);
    let fractions = !signed && terms.iter().all(|term| one(&term.figure));
    let (low, high) = ends(&terms, 1).ok_or_else(|| unreadable(text))?;
    let percent = between(low, high, text)?;
    if !fractions {
        return Ok(Reading { share: percent, scale: if signed { Scale::Own } else { Scale::Percent } });
    }
    // As a fraction, each end is a hundred times as high; together the readings reach from the lower to the higher.
    let (_, higher) = ends(&terms, 100).ok_or_else(|| unreadable(text))?;
    let share = between(low, higher, text)?;
    Ok(Reading { share, scale: if share == percent { Scale::Own } else { Scale::Either { percent } } })
}

fn between(mut low: End, mut high: End, text: &str) -> Result<Share, PercentError> {
    low.basis_points = low.basis_points.min(u64::from(u16::MAX));
    high.basis_points = high.basis_points.min(u64::from(u16::MAX));
    share(low, high).map_err(|error| match error {
        ShareError::OverWhole(_) => PercentError::OverWhole { text: clip(text) },
        ShareError::Empty { .. } if low.basis_points >= 10_000 => PercentError::OverWhole { text: clip(text) },
        ShareError::Empty { .. } => PercentError::NoValue { text: clip(text) },
    })
}

/// The common case, without any allocation: digits with at most two decimals, above 1.
fn plain_number(text: &str) -> Option<Share> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || decimals.len() > 2 || !digits(whole) || !digits(decimals) {
        return None;
    }
    let scaled = match decimals.len() {
        0 => 0,
        1 => decimals.parse::<u16>().ok()? * 10,
        _ => decimals.parse::<u16>().ok()?,
    };
    let basis_points = u32::from(whole.parse::<u16>().ok()?) * 100 + u32::from(scaled);
    if basis_points <= 100 {
        return None;
    }
    Share::exactly(u16::try_from(basis_points).ok()?).ok()
}

/// The interval that one or two figures state, each taken `scale` times.
fn ends(terms: &[Term], scale: u64) -> Option<(End, End)> {
    let nothing = End { basis_points: 0, open: false };
    let whole = End { basis_points: 10_000, open: false };
    match terms {
        [one] => Some(match one.bound {
            Bound::Stated => (one.figure.floor(scale, false), one.figure.ceiling(scale, false)),
            Bound::AtLeast => (one.figure.floor(scale, false), whole),
            Bound::Above => (one.figure.floor(scale, true), whole),
            Bound::AtMost => (nothing, one.figure.ceiling(scale, false)),
            Bound::Below => (nothing, one.figure.ceiling(scale, true)),
        }),
        [low, high] => {
            let low = match low.bound {
                Bound::Stated | Bound::AtLeast => low.figure.floor(scale, false),
                Bound::Above => low.figure.floor(scale, true),
                Bound::AtMost | Bound::Below => return None,
            };
            let high = match high.bound {
                Bound::Stated | Bound::AtMost => high.figure.ceiling(scale, false),
                Bound::Below => high.figure.ceiling(scale, true),
                Bound::AtLeast | Bound::Above => return None,
            };
            Some((low, high))
        }
        _ => None,
    }
}

impl Figure {
    fn floor(self, scale: u64, open: bool) -> End {
        let scaled = self.millionths.saturating_mul(scale);
        End { basis_points: scaled / 10_000, open: open || self.inexact || !scaled.is_multiple_of(10_000) }
    }

    fn ceiling(self, scale: u64, open: bool) -> End {
        let scaled = self.millionths.saturating_mul(scale);
        let cut = self.inexact || !scaled.is_multiple_of(10_000);
        End { basis_points: scaled / 10_000 + u64::from(cut), open: open || cut }
    }
}

fn share(low: End, high: End) -> Result<Share, ShareError> {
    let points = |end: End| u16::try_from(end.basis_points).map_err(|_| ShareError::OverWhole(u32::MAX));
    let mut share = Share::between(points(low)?, points(high)?)?;
    if low.open {
        share = share.above_min()?;
    }
    if high.open {
        share = share.below_max()?;
    }
    Ok(share)
}

fn unreadable(text: &str) -> PercentError {
    PercentError::Unreadable { text: clip(text) }
}

fn clip(text: &str) -> String {
    text.chars().take(40).collect::<String>().escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::read_share;

    #[track_caller]
    fn check(texts: &[&str], expected: Expect) {
        let lines = texts.iter().map(|text| match read_share(text) {
            Ok(reading) => format!("{text} => {:?}\n", reading.share),
            Err(error) => format!("{text} => {error}\n"),
        });
        expected.assert_eq(&lines.collect::<String>());
    }

    #[test]
    fn exact_figures() {
        check(
            &["50", "50 %", "50,1 %", "50.10", "100", "0", "33.333", "0.5 %", "0.009%", "7.5 percent", "１"],
            expect![[r#"
                50 => [5000, 5000]
                50 % => [5000, 5000]
                50,1 % => [5010, 5010]
                50.10 => [5010, 5010]
                100 => [10000, 10000]
                0 => [0, 0]
                33.333 => (3333, 3334)
                0.5 % => [50, 50]
                0.009% => (0, 1)
                7.5 percent => [750, 750]
                １ => `１` is no percentage; write `25`, `25.5 %`, `25-50 %` or `> 50 %`
            "#]],
        );
    }

    #[test]
    fn ranges_and_bounds() {
        check(
            &[
                "25-50%",
                "25 – 50 %",
                "75 to 100",
                "> 50",
                ">=50",
                "at least 25 %",
                "less than 25%",
                "up to 25",
                "50+",
                "25 or more",
                "between 25% and 50%",
                "more than 25 %, up to 50 %",
                "25 %, but less than 50 %",
                "More than 25% but not more than 50%",
                ">33.333",
                "25.01-50",
            ],
            expect![[r#"
                25-50% => [2500, 5000]
                25 – 50 % => [2500, 5000]
                75 to 100 => [7500, 10000]
                > 50 => (5000, 10000]
                >=50 => [5000, 10000]
                at least 25 % => [2500, 10000]
                less than 25% => [0, 2500)
                up to 25 => [0, 2500]
                50+ => [5000, 10000]
                25 or more => [2500, 10000]
                between 25% and 50% => [2500, 5000]
                more than 25 %, up to 50 % => (2500, 5000]
                25 %, but less than 50 % => [2500, 5000)
                More than 25% but not more than 50% => (2500, 5000]
                >33.333 => (3333, 10000]
                25.01-50 => [2501, 5000]
            "#]],
        );
    }

    #[test]
    fn what_may_be_a_fraction_is_both() {
        check(
            &["0.5", "1", "0.25-0.5", "0-1", "0.5-50", "<1", "1.00"],
            expect![[r#"
                0.5 => [50, 5000]
                1 => [100, 10000]
                0.25-0.5 => [25, 5000]
                0-1 => [0, 10000]
                0.5-50 => [50, 5000]
                <1 => [0, 10000)
                1.00 => [100, 10000]
            "#]],
        );
    }

    #[test]
    fn refused() {
        check(
            &[
                "",
                "  ",
                "101",
                "100.01",
                "-5",
                "> 100",
                "50-25",
                "about 50",
                "half",
                "1/3",
                "50 50",
                "1.234,5",
                "> ",
                "25-",
                "10-20-30",
                "NaN",
                "1e2",
                "<0",
                "> 25 > 30",
                "99999999999999999999",
                "%",
            ],
            expect![[r#"
                 => a percentage is empty
                   => a percentage is empty
                101 => `101` is over the whole, 100 %
                100.01 => `100.01` is over the whole, 100 %
                -5 => `-5` is negative, and nobody holds less than nothing
                > 100 => `> 100` is over the whole, 100 %
                50-25 => `50-25` holds no value: its lower end is not below its upper end
                about 50 => `about 50` is no percentage; write `25`, `25.5 %`, `25-50 %` or `> 50 %`
                half => `half` is no percentage; write `25`, `25.5 %`, `25-50 %` or `> 50 %`
                1/3 => `1/3` is no percentage; write `25`, `25.5 %`, `25-50 %` or `> 50 %`
                50 50 => `50 50` is no percentage; write `25`, `25.5 %`, `25-50 %` or `> 50 %`
                1.234,5 => `1.234,5` is no percentage; write `25`, `25.5 %`, `25-50 %` or `> 50 %`
                >  => `> ` is no percentage; write `25`, `25.5 %`, `25-50 %` or `> 50 %`
                25- => `25-` is no percentage; write `25`, `25.5 %`, `25-50 %` or `> 50 %`
                10-20-30 => `10-20-30` is no percentage; write `25`, `25.5 %`, `25-50 %` or `> 50 %`
                NaN => `NaN` is no percentage; write `25`, `25.5 %`, `25-50 %` or `> 50 %`
                1e2 => `1e2` is no percentage; write `25`, `25.5 %`, `25-50 %` or `> 50 %`
                <0 => `<0` holds no value: its lower end is not below its upper end
                > 25 > 30 => `> 25 > 30` is no percentage; write `25`, `25.5 %`, `25-50 %` or `> 50 %`
                99999999999999999999 => `99999999999999999999` is no percentage; write `25`, `25.5 %`, `25-50 %` or `> 50 %`
                % => `%` is no percentage; write `25`, `25.5 %`, `25-50 %` or `> 50 %`
            "#]],
        );
    }
}
