//! Who controls an organisation: statements become a graph, a regime and a graph become a standing with its proof.
//!
//! Also finds an organisation by its name. Reads bytes, never files; knows nothing of HTTP, of rules for requests, or of clocks: every
//! question carries its date.

mod closure;
mod graph;
mod identifier;
mod live;
pub mod names;
mod percent;
mod place;
pub mod plain;
mod read;
mod regime;
mod reject;
mod share;
mod standing;
mod statement;

pub use closure::{Closure, Disclosure, Founder, Verdict};
pub use graph::{Builder, EntityId, EntityRow, Graph, Problem, StakeRow, StatedStake};
pub use identifier::{Identifier, IdentifierError, Lei, Scheme};
pub use live::{Change, Edit, EditError, Live};
pub use percent::PercentError;
pub use place::{Place, PlaceError};
pub use read::{Count, Feed, Format, FormatError, Item, Limits, Outcome, Packing, ReadError, Totals, read};
pub use regime::{
    Aggregate, Force, Indirect, JointHoldings, Measure, Mistake, Mistakes, Reading, Regime, RegimeId, RegimeIdError,
    Regimes, SeedList, Seeds, Threshold, UnknownHeadquarters, Window,
};
pub use reject::{Reason, Reject};
pub use share::{Share, ShareError, WHOLE};
pub use standing::{Missing, Note, NoteKind, Party, Responsible, Standing, Step};
pub use statement::{
    Entity, EntityKey, EntityKind, Gap, Interest, InterestKind, KeyError, Link, ListEntry, Name, NameKind, Period,
    Source, Statement,
};
