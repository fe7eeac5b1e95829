//! A plan with the exact state of its objects, named by its digest. Only such a plan can be executed.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Draft, Object};
use crate::catalogue::hex;

/// A draft whose acting objects all have a state, and the digest over all of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    draft: Draft,
    digest: String,
}

#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("the plan cannot be read")]
    Unreadable(#[source] serde_json::Error),
    #[error("the plan has version {0}; this build knows version 1")]
    Version(u32),
    #[error("the plan's digest is {found}, and it says {said}: it was changed after it was made")]
    Changed { found: String, said: String },
    #[error("`{0}` is to be acted on, but the plan does not know its state")]
    Unsealed(crate::MachinePath),
    #[error("the plan expired on {0}: make a new one")]
    Expired(Date),
    #[error("the ban is in force from {0}")]
    TooEarly(Date),
    #[error("the plan has digest {plan}, and {named} was named: nothing was done")]
    OtherDigest { plan: String, named: String },
}

#[derive(Serialize, Deserialize)]
struct Written {
    digest: String,
    #[serde(flatten)]
    draft: Draft0,
}

// `flatten` and `deny_unknown_fields` do not go together, so the draft is read as it is.
type Draft0 = serde_json::Map<String, serde_json::Value>;

impl Plan {
    /// Names the draft by its digest. Every object that is acted on must have its state.
    pub fn seal(draft: Draft) -> Result<Self, PlanError> {
        if draft.version != 1 {
            return Err(PlanError::Version(draft.version));
        }
        let lacks = |object: &&Object| object.action.acts() && object.before.is_none();
        if let Some(object) = draft.objects.iter().find(lacks) {
            return Err(PlanError::Unsealed(object.path.clone()));
        }
        let bytes = serde_json::to_vec(&draft).map_err(PlanError::Unreadable)?;
        let digest = format!("sha256:{}", hex(&Sha256::digest(&bytes)));
        Ok(Self { draft, digest })
    }

    /// Reads a plan and checks that it is the one that its digest names.
    pub fn parse(json: &[u8]) -> Result<Self, PlanError> {
        let written: Written = serde_json::from_slice(json).map_err(PlanError::Unreadable)?;
        let draft = serde_json::from_value(serde_json::Value::Object(written.draft)).map_err(PlanError::Unreadable)?;
        let plan = Self::seal(draft)?;
        if plan.digest != written.digest {
            return Err(PlanError::Changed { found: plan.digest, said: written.digest });
        }
        Ok(plan)
    }

    /// The plan as JSON, its digest first.
    pub fn to_json(&self) -> String {
        let draft = serde_json::to_value(&self.draft).ok();
        let draft = draft.and_then(|value| value.as_object().cloned()).unwrap_or_default();
        serde_json::to_string_pretty(&Written { digest: self.digest.clone(), draft }).unwrap_or_default()
    }

    /// The plan, if it is the one that was named and its time has come and not passed.
    pub fn approved(&self, digest: &str, today: Date) -> Result<&Self, PlanError> {
        if digest != self.digest {
            return Err(PlanError::OtherDigest { plan: self.digest.clone(), named: digest.to_owned() });
        }
        if today < self.draft.from {
            return Err(PlanError::TooEarly(self.draft.from));
        }
        if today > self.draft.expires {
            return Err(PlanError::Expired(self.draft.expires));
        }
        Ok(self)
    }

    pub fn digest(&self) -> &str {
        &self.digest
    }

    pub fn draft(&self) -> &Draft {
        &self.draft
    }

    pub fn objects(&self) -> &[Object] {
        &self.draft.objects
    }
}
