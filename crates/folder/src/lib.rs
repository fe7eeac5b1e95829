//! What lies in a folder that an operator fills, in order and within limits; and when it is at rest, so that it may be read.
//!
//! Knows names, lengths and times. What the files hold is for whoever reads them.

mod problem;
mod problems;
mod settled;
mod walk;

pub use problem::Problem;
pub use problems::write_problems;
pub use settled::Settled;
pub use walk::{File, Skipped, Stamp, Walked, walk};
