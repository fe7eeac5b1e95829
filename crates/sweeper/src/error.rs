//! What can go wrong between a plan and a machine.

use std::io;

use sweep::{MachinePath, journal::JournalError, plan::PlanError};

#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    #[error("cannot open `{path}` as the root of a machine")]
    Root { path: String, source: io::Error },
    #[error("cannot {what} `{path}`")]
    Io { what: &'static str, path: String, source: io::Error },
    #[error("the plan cannot be executed")]
    Plan(#[from] PlanError),
    #[error("the plan is for root `{plan}`, not for `{given}`")]
    OtherRoot { plan: String, given: String },
    #[error("the journal cannot be followed")]
    Journal(#[from] JournalError),
    #[error("the vault `{0}` is not private: it must be a folder of this user with mode 0700")]
    NotPrivate(String),
    #[error("the vault `{path}` holds no quarantine of plan {digest}")]
    NoQuarantine { path: String, digest: String },
    #[error("another sweep is working in `{0}`")]
    Busy(String),
    #[error(
        "the plan takes {objects} objects and {bytes} bytes, above the ban's limit of {limit_objects} and {limit_bytes}; to go on, confirm with exactly these numbers"
    )]
    Limit { objects: u64, bytes: u64, limit_objects: u64, limit_bytes: u64 },
    #[error("{0} object(s) changed since the plan was made: nothing was touched; make a new plan. First: {1}")]
    Changed(usize, String),
    #[error("`{path}` is kept until {until}; purge it then, or restore it")]
    Held { path: String, until: String },
    #[error("`{0}` cannot be reached without a link or another file system on the way")]
    Unreachable(MachinePath),
    #[error(
        "the quarantine of {0} was restored, and this plan is from before that; make a new plan to take things off again"
    )]
    Restored(String),
}

impl SweepError {
    pub(crate) fn io(what: &'static str, path: impl ToString) -> impl FnOnce(rustix::io::Errno) -> Self {
        move |errno| Self::Io { what, path: path.to_string(), source: errno.into() }
    }
}
