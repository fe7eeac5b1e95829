//! What a reader holds at most.

/// Bounds on memory; the defaults suit any log that was not made to do harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A longer row is rejected and never held whole.
    pub row_bytes: usize,
    /// What is kept of a row that is too long.
    pub kept_bytes: usize,
    /// A block is cut once it holds this much text.
    pub block_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { row_bytes: 16 << 20, kept_bytes: 64 << 10, block_bytes: 1 << 20 }
    }
}
