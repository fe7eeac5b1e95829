//! How much of an entity a stake is: an interval of basis points whose ends may be open.

use std::fmt;

/// The whole of an entity, in basis points.
pub const WHOLE: u16 = 10_000;

/// A share between two bounds, in basis points; what was stated lies within, rounded outward.
///
/// An open end is not reached itself: `more than 25 %, up to 50 %` is open at 2,500 and closed at 5,000.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Share {
    min: u16,
    max: u16,
    min_open: bool,
    max_open: bool,
}

/// Why something is no share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    #[error("a share of {0} basis points is over the whole, 10000")]
    OverWhole(u32),
    #[error("a share from {min} to {max} basis points holds no value")]
    Empty { min: u16, max: u16 },
}

impl Share {
    /// Any share at all: what is known when a stake is stated without a figure.
    pub const ANY: Self = Self { min: 0, max: WHOLE, min_open: false, max_open: false };

    /// Exactly so many basis points.
    pub fn exactly(basis_points: u16) -> Result<Self, ShareError> {
        Self::between(basis_points, basis_points)
    }

    /// From `min` to `max` basis points, both included.
    pub fn between(min: u16, max: u16) -> Result<Self, ShareError> {
        Self { min, max, min_open: false, max_open: false }.checked()
    }

    /// The same with its lower bound left out.
    pub fn above_min(self) -> Result<Self, ShareError> {
        Self { min_open: true, ..self }.checked()
    }

    /// The same with its upper bound left out.
    pub fn below_max(self) -> Result<Self, ShareError> {
        Self { max_open: true, ..self }.checked()
    }

    pub const fn min(self) -> u16 {
        self.min
    }

    pub const fn max(self) -> u16 {
        self.max
    }

    /// Whether the share is more than its lower bound, never equal to it.
    pub const fn min_is_open(self) -> bool {
        self.min_open
    }

    /// Whether the share is less than its upper bound, never equal to it.
    pub const fn max_is_open(self) -> bool {
        self.max_open
    }

    fn checked(self) -> Result<Self, ShareError> {
        if self.max > WHOLE {
            return Err(ShareError::OverWhole(self.max.into()));
        }
        let open = self.min_open || self.max_open;
        if self.min > self.max || (self.min == self.max && open) {
            return Err(ShareError::Empty { min: self.min, max: self.max });
        }
        Ok(self)
    }
}

/// In percent, as people write it: `25 %`, `more than 25 %, up to 50 %`.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (min, max) = (percent(self.min), percent(self.max));
        match (self.min_open, self.max_open) {
            _ if self.min == self.max => write!(f, "{min} %"),
            (false, false) => write!(f, "{min} to {max} %"),
            (true, false) => write!(f, "more than {min} %, up to {max} %"),
            (false, true) => write!(f, "{min} %, but less than {max} %"),
            (true, true) => write!(f, "more than {min} %, but less than {max} %"),
        }
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (left, right) = (if self.min_open { '(' } else { '[' }, if self.max_open { ')' } else { ']' });
        write!(f, "{left}{}, {}{right}", self.min, self.max)
    }
}

fn percent(basis_points: u16) -> String {
    let (whole, rest) = (basis_points / 100, basis_points % 100);
    match rest {
        0 => format!("{whole}"),
        _ if rest.is_multiple_of(10) => format!("{whole}.{}", rest / 10),
        _ => format!("{whole}.{rest:02}"),
    }
}
