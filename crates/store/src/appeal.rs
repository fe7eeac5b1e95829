//! Appeals: what a caller says against a decision. Anyone can send one, so they are bounded.

use std::fmt;

use exchanges::{AccountId, Time};
use policy::DecisionId;

use crate::{
    Limits, Line, Prose, Refusal, Store, StoreError,
    case::{self, CaseId, CaseKind, CaseStep},
    sql::{Arg, Row},
    store::Change,
};

/// An appeal that comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAppeal {
    pub decision: DecisionId,
    /// The account that was decided on, as the record of the decision has it.
    pub account: Option<AccountId>,
    pub contact: Option<Contact>,
    pub statement: Prose,
}

/// An appeal as the store has it; contact and statement are gone once the account is erased or the appeal is old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appeal {
    pub decision: DecisionId,
    pub contact: Option<Contact>,
    pub statement: Option<Prose>,
}

/// Where the answer goes, in the caller's words.
#[derive(Clone, PartialEq, Eq)]
pub struct Contact(Line);

/// The case that an appeal or a request led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    pub case: CaseId,
    /// Whether it was made now.
    pub new: bool,
}

impl Contact {
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl From<Line> for Contact {
    fn from(line: Line) -> Self {
        Self(line)
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contact(..)")
    }
}

/// What the log of a case calls whoever appealed.
const APPELLANT: &str = "appellant";
const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

impl Store {
    /// Opens a case for an appeal. The same statement against the same decision finds its case again, whoever sends it.
    pub async fn open_appeal(&self, appeal: &NewAppeal, now: Time) -> Result<Opened, StoreError> {
        let action = "open an appeal";
        let decision = appeal.decision.to_string();
        let who: Line = APPELLANT.parse().map_err(|source| Refusal::Text { field: "name of the appellant", source })?;
        let mut change = self.change().await?;
        let sql = "SELECT number, statement FROM appeals WHERE decision_id = $1 ORDER BY number";
        let read = |row: Row| Ok((row.whole(0, "appeals.number")?, row.maybe_text(1, "appeals.statement")?));
        let before: Vec<(i64, Option<String>)> = change.all(action, sql, &[Arg::Text(&decision)], read).await?;
        let same = |(_, statement): &&(i64, Option<String>)| statement.as_deref() == Some(appeal.statement.as_str());
        if let Some((number, _)) = before.iter().find(same) {
            return Ok(Opened { case: CaseId(*number), new: false });
        }
        let limit = self.limits.appeals_per_decision;
        if u32::try_from(before.len()).map_or(true, |found| found >= limit) {
            return Err(Refusal::AppealsOfDecision { decision, limit }.into());
        }
        check_day(&mut change, &self.limits, appeal.account.as_ref(), now).await?;
        let id = case::insert(&mut change, CaseKind::Appeal, &decision, appeal.account.as_ref(), now).await?;
        let sql = "INSERT INTO appeals (number, decision_id, contact, statement) VALUES ($1, $2, $3, $4)";
        let args = [
            Arg::Whole(id.0),
            Arg::Text(&decision),
            Arg::MaybeText(appeal.contact.as_ref().map(Contact::as_str)),
            Arg::Text(appeal.statement.as_str()),
        ];
        change.run(action, sql, &args).await?;
        case::log(&mut change, id, &who, CaseStep::Opened, None, now).await?;
        change.commit().await?;
        Ok(Opened { case: id, new: true })
    }
}

/// One account cannot use up the day of the others.
async fn check_day(
    change: &mut Change,
    limits: &Limits,
    account: Option<&AccountId>,
    now: Time,
) -> Result<(), StoreError> {
    let action = "count the day's appeals";
    let since = Arg::Whole(now.micros() - DAY_MICROS);
    let whose = if account.is_some() { "of this account" } else { "without an account" };
    let limit = limits.appeals_per_account_per_day;
    let found = match account {
        Some(account) => {
            let sql = "SELECT COUNT(*) FROM cases WHERE kind = 'appeal' AND opened > $1 AND account_id = $2";
            change.count(action, sql, &[since, Arg::Text(account.as_str())]).await?
        }
        None => {
            let sql = "SELECT COUNT(*) FROM cases WHERE kind = 'appeal' AND opened > $1 AND account_id IS NULL";
            change.count(action, sql, &[since]).await?
        }
    };
    if found >= i64::from(limit) {
        return Err(Refusal::AppealsOfDay { whose, limit }.into());
    }
    let limit = limits.appeals_per_day;
    let sql = "SELECT COUNT(*) FROM cases WHERE kind = 'appeal' AND opened > $1";
    if change.count(action, sql, &[since]).await? >= i64::from(limit) {
        return Err(Refusal::AppealsOfDay { whose: "in all", limit }.into());
    }
    Ok(())
}

impl Appeal {
    pub(crate) fn read(row: &Row) -> Result<Self, StoreError> {
        let decision = row.text(0, "appeals.decision_id")?;
        Ok(Self {
            decision: decision.parse().map_err(|error| StoreError::value("be read", "appeals.decision_id", error))?,
            contact: row.maybe_parse::<Line>(1, "appeals.contact")?.map(Contact),
            statement: row.maybe_parse(2, "appeals.statement")?,
        })
    }
}
