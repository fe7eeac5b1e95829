//! Facts to decisions, under an operator's rules.
//!
//! The only crate that knows Cedar. Knows nothing of where facts come from, of HTTP, or of how an effect reaches the wire.

mod decision;
mod effect;
mod facts;

pub use decision::{Decision, DecisionId, Evidence, Reason};
pub use effect::{Basis, Effect};
pub use facts::{
    Account, AddressClass, Behaviour, Body, Campaign, Facts, KeyState, Network, Organization, Request, Standing,
};
