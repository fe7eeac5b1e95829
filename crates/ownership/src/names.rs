//! Names: whether two of them, in any script, are names of one and the same, with the reasons; and where to look for a name among many.
//!
//! A name is read once into tokens ([`Parsed`]), two are compared by aligning their tokens ([`score`]), and an [`Index`] finds candidates
//! without comparing with all. Nothing here looks at where a person lives or comes from.

mod align;
mod explain;
mod form;
mod han;
mod hangul;
mod index;
mod latin;
mod pairs;
mod parsed;
mod party;
mod person;
mod score;
mod segment;
mod similar;
mod tables;
mod text;
mod token;

pub use explain::{Explanation, Match, Met, Note, Unmet};
pub use index::{Candidate, Index, Scratch};
pub use pairs::{Pairs, PairsError, Scored, Tally};
pub use parsed::{Bearer, Parsed};
pub use party::{Party, judge};
pub use score::score;
pub use similar::Rule;
pub use text::{NAME_LIMIT, NameError, Script};
pub use token::Role;

/// The score from which names are taken to be of one and the same.
///
/// The weights are set so that one word of trade too many, or one slip of spelling in a brand, stays above, and another brand, number or place
/// falls below; `docs/quality.md` has the figures at this value and around it.
pub const THRESHOLD: f32 = 0.7;

/// A score as it is shown: to three decimals, without what a narrower number leaves behind them.
pub fn shown(score: f32) -> f64 {
    (f64::from(score) * 1000.0).round() / 1000.0
}

/// Writes a score as it is shown.
pub fn serialize_shown<S: serde::Serializer>(score: &f32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(shown(*score))
}

/// Compares two names as they are written.
pub fn compare(query: &str, candidate: &str, bearer: Bearer) -> Result<Match, NameError> {
    Ok(score(&Parsed::new(query, bearer)?, &Parsed::new(candidate, bearer)?))
}
