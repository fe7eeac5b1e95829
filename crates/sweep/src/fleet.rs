//! What a machine and its fleet's server say to each other: enrolment, numbered reports, receipts, and leave to quarantine.
//!
//! Everything is signed, in both directions. A report follows the one before, so that none is forged, replayed or lost.

mod enrol;
mod leave;
mod name;
mod report;
mod token;

pub use enrol::{ENROLMENT_TYPE, Enrolled, Enrolment, WELCOME_TYPE, Welcome};
pub use leave::{LEAVE_REQUEST_TYPE, LEAVE_TYPE, Leave, LeaveRequest};
pub use name::{MachineName, NameError};
pub use report::{
    MAX_ITEMS, MAX_REPORT, Next, PAYLOAD_TYPE, RECEIPT_TYPE, Receipt, Refused, Report, Status, accept, follows, key_id,
    name, observe, open, sign,
};
pub use token::{Token, TokenError, TokenKey};
