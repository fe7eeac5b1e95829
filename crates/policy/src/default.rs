//! The rules that are shipped: a set worth running, to be edited.

use crate::{
    problem::Problem,
    rules::{Limits, RuleFile, Rules},
};

const FILES: [(&str, &str); 7] = [
    ("base.cedar", include_str!("../policies/base.cedar")),
    ("keys.cedar", include_str!("../policies/keys.cedar")),
    ("regions.cedar", include_str!("../policies/regions.cedar")),
    ("ownership.cedar", include_str!("../policies/ownership.cedar")),
    ("networks.cedar", include_str!("../policies/networks.cedar")),
    ("campaigns.cedar", include_str!("../policies/campaigns.cedar")),
    ("accounts.cedar", include_str!("../policies/accounts.cedar")),
];

/// The shipped files, for an operator to write out and edit.
pub fn default_files() -> Vec<RuleFile> {
    FILES.iter().map(|(name, text)| RuleFile { name: (*name).to_owned(), text: (*text).to_owned() }).collect()
}

/// The shipped set, loaded.
pub fn default_rules() -> Result<Rules, Vec<Problem>> {
    Rules::load(&default_files(), &Limits::default())
}

/// An example of rules on legal ground, which refuse with 451. Not part of the set: which law binds an operator, the operator knows.
pub fn sanctions_example() -> RuleFile {
    RuleFile { name: "sanctions.cedar".to_owned(), text: include_str!("../policies/sanctions.cedar").to_owned() }
}

/// Test cases that the shipped set passes, in the format of [`run_cases`](crate::run_cases), to start an own file from.
pub fn default_cases() -> &'static str {
    include_str!("../policies/cases.json")
}
