//! A plan with the exact state of its objects, named by its digest. Only such a plan can be executed.

use jiff::{Span, civil::Date};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Draft, LIFE_DAYS, Left, Object, Totals};
use crate::{ban::Limits, catalogue::hex};

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
    #[error("the plan says that it was made on {made} and is good until {expires}, which is not {LIFE_DAYS} days")]
    Life { made: Date, expires: Date },
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

/// What a digest is over: all that is planned, and not when it was. The same tree under the same ban has one digest.
#[derive(Serialize)]
struct Named<'a> {
    version: u32,
    ban: &'a str,
    reason: &'a str,
    from: Date,
    machine: &'a str,
    root: &'a str,
    catalogue: &'a str,
    limits: Limits,
    totals: Totals,
    objects: &'a [Object],
    left: &'a [Left],
    notes: &'a [String],
}

impl Draft {
    fn named(&self) -> Named<'_> {
        // A new field is either planned or a time: it has to be put here or left out by name.
        let Self {
            version,
            ban,
            reason,
            from,
            made: _,
            expires: _,
            machine,
            root,
            catalogue,
            scanned: _,
            limits,
            totals,
            objects,
            left,
            notes,
            running: _,
        } = self;
        Named {
            version: *version,
            ban,
            reason,
            from: *from,
            machine,
            root,
            catalogue,
            limits: *limits,
            totals: *totals,
            objects,
            left,
            notes,
        }
    }
}

impl Plan {
    /// Names the draft by its digest. Every object that is acted on must have its state.
    pub fn seal(draft: Draft) -> Result<Self, PlanError> {
        if draft.version != 1 {
            return Err(PlanError::Version(draft.version));
        }
        if draft.made.checked_add(Span::new().days(LIFE_DAYS)).unwrap_or(Date::MAX) != draft.expires {
            return Err(PlanError::Life { made: draft.made, expires: draft.expires });
        }
        let lacks = |object: &&Object| object.action.acts() && object.before.is_none();
        if let Some(object) = draft.objects.iter().find(lacks) {
            return Err(PlanError::Unsealed(object.path.clone()));
        }
        let bytes = serde_json::to_vec(&draft.named()).map_err(PlanError::Unreadable)?;
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
