//! What a reader holds at most.

/// Bounds on memory; the defaults suit any file that was not made to do harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A longer row is rejected and never held whole.
    pub row_bytes: usize,
    /// What is kept of a row that was refused.
    pub kept_bytes: usize,
    /// A name that is longer is rejected.
    pub name_bytes: usize,
    /// How many values one property of a record may have.
    pub values: usize,
    /// How deep XML may be nested inside a record; JSON has a limit of 128.
    pub depth: usize,
    /// How much of BODS is held until its end, since a later statement may replace an earlier one.
    pub held_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            row_bytes: 16 << 20,
            kept_bytes: 64 << 10,
            name_bytes: 8 << 10,
            values: 10_000,
            depth: 32,
            held_bytes: 4 << 30,
        }
    }
}
