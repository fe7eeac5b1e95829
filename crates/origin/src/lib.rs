//! What an address says: countries, network, class, contradictions, and which table said each thing.
//!
//! Tables come in as bytes with a name and a date, and the day they are compiled for is an argument. Knows nothing of
//! files, of the network, or of who calls. Class and contradiction are facts; what follows from them is policy.

mod class;
mod country;
mod kind;
mod network;
mod origin;
mod read;
mod says;
mod table;
mod tables;

pub use class::{Class, ClassError};
pub use country::{Country, CountryError};
pub use kind::{Format, Kind, Role, Unrecognised};
pub use origin::{Contradiction, Fact, Origin, Source, Statement};
pub use read::{Limits, Problem, TableError};
pub use table::Table;
pub use tables::{Refusal, Tables};
