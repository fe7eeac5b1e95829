//! Cohort tables to campaigns: the links between accounts, the statistics, and the explanation.
//!
//! Knows nothing of how the tables were computed, of files, or of the clock.

mod assemble;
mod background;
pub mod calibrate;
mod calibration;
pub mod campaign;
mod cohort;
mod explain;
mod findings;
mod investigate;
pub mod item;
mod linkage;
mod parallel;
mod replay;
mod signal;
pub mod tables;
pub mod template;
mod weight;

pub use findings::{Case, Scored, Step, hunt, scores};
pub use investigate::Settings;
