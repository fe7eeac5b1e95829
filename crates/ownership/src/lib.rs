//! Who controls an organisation: statements become a graph, a regime and a graph become a standing with its proof.
//!
//! Also finds an organisation by its name. Reads bytes, never files; knows nothing of HTTP, of rules for requests, or of clocks: every
//! question carries its date.

mod identifier;
mod percent;
mod place;
mod read;
mod reject;
mod share;
mod statement;

pub use identifier::{Identifier, IdentifierError, Lei, Scheme};
pub use percent::PercentError;
pub use place::{Place, PlaceError};
pub use read::{Count, Feed, Format, FormatError, Item, Limits, Outcome, Packing, ReadError, Totals, read};
pub use reject::{Reason, Reject};
pub use share::{Share, ShareError, WHOLE};
pub use statement::{
    Entity, EntityKey, EntityKind, Gap, Interest, InterestKind, KeyError, Link, ListEntry, Name, NameKind, Period,
    Source, Statement,
};
