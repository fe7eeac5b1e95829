//! The end of a case, and what it puts right.

use exchanges::{AccountId, Time};

use crate::{
    Allowance, Line, Prose, Refusal, Store, StoreError, TextError, allowance,
    case::{self, CaseId, CaseState, CaseStep},
    label,
    store::Change,
};

/// How a case ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// What was decided stands.
    Upheld,
    /// What was decided was wrong; these are put right with it.
    Overturned(Vec<Remedy>),
    /// Nothing to decide any more.
    Closed,
}

/// What an overturned case puts right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    Allow(Allowance),
    RemoveLabel { account: AccountId, campaign: Line },
}

/// Whether a case was decided by this call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolved {
    Now,
    /// It had ended in the same way before; nothing was changed, and no remedy applied again.
    Already,
}

impl Outcome {
    fn state(&self) -> CaseState {
        match self {
            Self::Upheld => CaseState::Upheld,
            Self::Overturned(_) => CaseState::Overturned,
            Self::Closed => CaseState::Closed,
        }
    }

    fn step(&self) -> CaseStep {
        match self {
            Self::Upheld => CaseStep::Upheld,
            Self::Overturned(_) => CaseStep::Overturned,
            Self::Closed => CaseStep::Closed,
        }
    }

    fn remedies(&self) -> &[Remedy] {
        match self {
            Self::Overturned(remedies) => remedies,
            Self::Upheld | Self::Closed => &[],
        }
    }
}

impl Store {
    /// Ends a case and applies its remedies, together or not at all. A case that ended otherwise is a conflict.
    pub async fn resolve_case(
        &self,
        id: CaseId,
        outcome: &Outcome,
        who: &Line,
        note: Option<&Prose>,
        now: Time,
    ) -> Result<Resolved, StoreError> {
        let remedies = outcome.remedies();
        let limit = self.limits.remedies_per_case;
        if remedies.len() > limit {
            return Err(Refusal::Batch { what: "remedies", found: remedies.len(), limit }.into());
        }
        for remedy in remedies {
            if let Remedy::Allow(allowance) = remedy {
                allowance::check(allowance)?;
            }
        }
        let mut change = self.change().await?;
        let state = case::find(&mut change, id).await?.state;
        if state == outcome.state() {
            return Ok(Resolved::Already);
        }
        if state.is_final() {
            return Err(StoreError::conflict("case", id, "was decided otherwise; open a review to reconsider it"));
        }
        case::set_state(&mut change, id, outcome.state(), now).await?;
        case::log(&mut change, id, who, outcome.step(), note, now).await?;
        for remedy in remedies {
            apply(&mut change, id, remedy, who, now).await?;
        }
        change.commit().await?;
        Ok(Resolved::Now)
    }
}

async fn apply(change: &mut Change, id: CaseId, remedy: &Remedy, who: &Line, now: Time) -> Result<(), StoreError> {
    let (step, note) = match remedy {
        Remedy::Allow(entry) => {
            allowance::put(change, entry).await?;
            (CaseStep::AllowListed, format!("{} until {}", entry.subject, entry.until))
        }
        Remedy::RemoveLabel { account, campaign } => {
            let there = label::remove(change, account, campaign).await?;
            let how = if there { "" } else { " (was gone before)" };
            (CaseStep::LabelRemoved, format!("campaign {campaign} from account {account}{how}"))
        }
    };
    let note: Prose = note.try_into().map_err(|source: TextError| Refusal::Text { field: "note", source })?;
    case::log(change, id, who, step, Some(&note), now).await
}
