//! Facts to decisions, under an operator's rules.
//!
//! The only crate that knows Cedar. Knows nothing of where facts come from, of HTTP, or of how an effect reaches the wire.

mod decision;
mod default;
mod effect;
mod facts;
mod lint;
mod problem;
mod request;
mod rules;
mod schema;
mod signal;
mod verdict;

pub use decision::{Decision, DecisionId, DecisionIdError, Evidence, Reason};
pub use default::{default_files, default_rules, sanctions_example};
pub use effect::{Basis, Effect};
pub use facts::{
    Account, AddressClass, Behaviour, Body, Campaign, Facts, KeyState, Network, Organization, Request, Standing,
};
pub use problem::Problem;
pub use rules::{Limits, Rule, RuleFile, Rules};
pub use schema::schema;
pub use signal::{Family, Kind, Purpose, Retention, Signal, Strength};
pub use verdict::{FAILED_CLOSED, Fault, NOT_PERMITTED, Verdict};
