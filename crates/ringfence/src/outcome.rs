//! What a command comes to, as the exit code tells it.

/// Both are success; a command that could not be done is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done, and nothing found or denied: exit code 0.
    Nothing,
    /// Done, and something found or denied: exit code 1.
    Found,
}
