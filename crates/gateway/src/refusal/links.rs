//! Where a refused caller is sent, and what would help.

use std::time::Duration;

use url::Url;

/// The addresses that a refusal names. Where to contest a decision stands in the decision itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    /// Of this gateway as callers see it; problem types and decisions have their names below it.
    pub base: Url,
    pub terms: Url,
    /// Where a caller without a login shows who they are.
    pub verify: Url,
    /// Who implements a block that the law demands (RFC 7725).
    pub blocked_by: Url,
    pub step_up: StepUp,
}

/// The login that a caller with an OAuth token is asked for (RFC 9470).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepUp {
    acr_values: String,
    max_age: Duration,
}

/// Not a list of authentication context classes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no list of authentication context classes: names of visible ASCII without quotes, between single spaces"
)]
pub struct StepUpError(String);

impl StepUp {
    /// `acr_values` as the identity provider names them, with spaces between; `max_age` of the login.
    pub fn new(acr_values: &str, max_age: Duration) -> Result<Self, StepUpError> {
        let plain = |name: &str| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
        };
        if acr_values.len() > 512 || !acr_values.split(' ').all(plain) {
            return Err(StepUpError(acr_values.chars().take(64).collect()));
        }
        Ok(Self { acr_values: acr_values.to_owned(), max_age })
    }

    pub(crate) fn challenge(&self) -> String {
        let Self { acr_values, max_age } = self;
        format!(
            "Bearer error=\"insufficient_user_authentication\", \
             error_description=\"Another login is needed for this request.\", \
             acr_values=\"{acr_values}\", max_age=\"{}\"",
            max_age.as_secs()
        )
    }
}

impl Links {
    /// An address below the base.
    pub(crate) fn below(&self, path: &str) -> String {
        format!("{}/{path}", self.base.as_str().trim_end_matches('/'))
    }

    /// Where the caller of a decision shows who they are.
    pub(crate) fn verify_for(&self, decision: policy::DecisionId) -> String {
        let mut url = self.verify.clone();
        url.query_pairs_mut().append_pair("decision", &decision.to_string());
        url.into()
    }
}
