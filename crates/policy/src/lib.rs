//! Facts to decisions, under an operator's rules.
//!
//! The only crate that knows Cedar. Knows nothing of where facts come from, of HTTP, or of how an effect reaches the wire.

mod backtest;
mod cases;
mod condition;
mod decision;
mod declaration;
mod default;
mod effect;
mod explain;
mod facts;
mod gate;
mod lint;
mod problem;
mod request;
mod rules;
mod schema;
mod shadow;
mod signal;
mod verdict;

pub use backtest::{Backtest, Baseline, ClassMoved, Example, Moved, Past, RuleMoved, backtest};
pub use cases::{CaseError, CaseFailure, CaseReport, everyday, run_cases};
pub use decision::{Decision, DecisionId, DecisionIdError, Evidence, Reason};
pub use declaration::declaration;
pub use default::{default_cases, default_files, default_rules, sanctions_example};
pub use effect::{Basis, Effect};
pub use explain::{Explained, Explanation, Outcome, explain};
pub use facts::{
    Account, AddressClass, Behaviour, Body, Campaign, Facts, KeyState, Network, Organization, Request, Standing,
};
pub use problem::Problem;
pub use rules::{Limits, Rule, RuleFile, Rules};
pub use schema::schema;
pub use shadow::{Difference, Shadow};
pub use signal::{Family, Kind, Purpose, Retention, Signal, Strength};
pub use verdict::{FAILED_CLOSED, Fault, NOT_PERMITTED, Verdict};
