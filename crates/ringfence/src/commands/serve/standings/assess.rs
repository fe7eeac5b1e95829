//! One organisation, assessed again: the fact for the rules, and the event where it is another than before.

use anyhow::Result;
use exchanges::OrganizationId;
use gateway::StandingChange;
use jiff::civil::Date;
use ownership::{EntityId, Verdict};
use policy::Standing;
use screening::{Register, why};
use store::Assessment;

/// What is put where it differs.
pub(super) struct Assessed {
    pub(super) assessment: Assessment,
    /// None where only the regime or the day of the same standing is new.
    pub(super) change: Option<StandingChange>,
}

/// Nothing where all is as it was.
pub(super) fn assess(
    register: &Register,
    before: Option<&Register>,
    regime: &str,
    day: Date,
    id: &OrganizationId,
    entity: Option<EntityId>,
    known: &Assessment,
) -> Result<Option<Assessed>> {
    let verdict = entity.map(|entity| register.verdict(regime, day, entity)).transpose()?;
    let standing = standing(verdict.unwrap_or(Verdict::Unknown));
    let same_regime = known.regime.as_ref().is_some_and(|known| known.as_str() == regime);
    // The day is that of the standing: an organisation that stays what it is keeps the day on which it became so.
    if standing == known.standing && same_regime {
        return Ok(None);
    }
    let first = known.regime.is_none();
    let assessment = Assessment { standing, regime: Some(regime.parse()?), as_of: Some(day) };
    if standing == known.standing {
        return Ok(Some(Assessed { assessment, change: None }));
    }
    let reason = match entity {
        None => "nothing is stated of it any longer".to_owned(),
        Some(entity) => {
            let key = register.graph().key(entity).to_owned();
            let old = before.filter(|_| !first).and_then(|old| Some((old, old.by_id(&key)?)));
            let old = old.map(|(old, entity)| old.standing(regime, day, entity)).transpose()?;
            why(old.as_ref(), &register.standing(regime, day, entity)?)
        }
    };
    let change = StandingChange {
        organization: id.as_str().to_owned(),
        regime: regime.to_owned(),
        as_of: day,
        before: known.standing,
        after: standing,
        why: reason,
    };
    Ok(Some(Assessed { assessment, change: Some(change) }))
}

fn standing(verdict: Verdict) -> Standing {
    match verdict {
        Verdict::Seed | Verdict::Caught => Standing::Caught,
        Verdict::Possible => Standing::Possible,
        Verdict::Clear => Standing::Clear,
        Verdict::Unknown => Standing::Unknown,
    }
}
