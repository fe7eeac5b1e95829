//! Differential execution: a client run once per variant of its environment, and the requests compared byte by byte.
//!
//! Runs processes and listens on loopback; what an encoding or a severity is comes from `inspect`. Knows nothing of the command line.

mod cell;
mod compare;
mod environment;
mod execute;
mod hints;
mod inside;
mod judge;
mod plan;
mod receipt;
mod recorder;
mod scratch;
mod study;

pub use cell::{Call, CellError, End, Limits, Outcome, Peer, Recording, Via};
pub use compare::differences;
pub use environment::{Environment, Factor, FactorError, Vary};
pub use execute::Helper;
pub use hints::{Hints, hints};
pub use inside::{InsideError, inside};
pub use receipt::{Difference, Report, RunFinding, Side, receipt};
pub use recorder::{hello_name, question};
pub use study::{Job, StudyError, Watch, study};
