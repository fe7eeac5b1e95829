//! The machines of a fleet: who may enrol, their keys, what they reported, and who may quarantine.
//!
//! What follows what, and what a report may hold, is decided in `sweep::fleet`; here it is decided on what the database holds.

mod enrol;
mod leave;
mod report;
mod token;
mod view;

pub use enrol::{Enrolled, MachineKey, NoEnrolment};
pub use leave::{Granted, NoLeave};
pub use report::{NewReport, NotTaken, Taken};
pub use token::{NewToken, TokenRecord};
pub use view::{BanRow, ConditionRow, DayCount, ItemRow, LeaveRow, MachineFilter, MachineRow, MachineState};

/// The whole number that a database can hold; what is above is as much as it can.
fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
