//! Cases: what a person works on, its state, and its log that only grows.

use std::{fmt, str::FromStr};

use exchanges::{AccountId, Time};

use crate::{
    Line, Prose, Refusal, Store, StoreError,
    appeal::{Appeal, Opened},
    sql::{Arg, Row},
    store::Change,
};

/// The number of a case, written `case-17`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseId(pub(crate) i64);

/// A case without its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseSummary {
    pub id: CaseId,
    pub kind: CaseKind,
    /// The decision, the campaign, or what is reviewed.
    pub subject: Line,
    /// The account that it is about, as whoever opened it knew it.
    pub account: Option<AccountId>,
    pub state: CaseState,
    pub opened: Time,
    pub changed: Time,
}

/// A case with its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    pub summary: CaseSummary,
    /// What the appeal says, where the case is one.
    pub appeal: Option<Appeal>,
    /// Oldest first.
    pub events: Vec<CaseEvent>,
}

/// One step of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseEvent {
    pub at: Time,
    pub who: Line,
    pub what: CaseStep,
    pub note: Option<Prose>,
}

/// A case that is not an appeal; those come in by `open_appeal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewCase {
    Campaign { campaign: Line },
    Review { subject: Line, account: Option<AccountId> },
}

/// Which cases to list; `None` is any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseFilter {
    pub kind: Option<CaseKind>,
    pub state: Option<CaseState>,
    pub account: Option<AccountId>,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            pub(crate) fn read(text: &str) -> Option<Self> {
                match text { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words!(
    /// What a case is about.
    CaseKind { Appeal = "appeal", Campaign = "campaign", Review = "review" }
);
words!(
    /// Where a case is; the last three are final.
    CaseState {
        Open = "open",
        InReview = "in_review",
        Upheld = "upheld",
        Overturned = "overturned",
        Closed = "closed",
    }
);
words!(
    /// What was done in a case.
    CaseStep {
        Opened = "opened",
        Taken = "taken",
        Noted = "noted",
        AllowListed = "allow_listed",
        LabelRemoved = "label_removed",
        Upheld = "upheld",
        Overturned = "overturned",
        Closed = "closed",
    }
);

impl CaseState {
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Open | Self::InReview)
    }
}

impl CaseId {
    pub fn number(self) -> u64 {
        self.0.unsigned_abs()
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "case-{}", self.0)
    }
}

/// Not the number of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a case is written like `case-17`")]
pub struct CaseIdError;

impl FromStr for CaseId {
    type Err = CaseIdError;

    fn from_str(text: &str) -> Result<Self, CaseIdError> {
        let digits = text.strip_prefix("case-").ok_or(CaseIdError)?;
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(CaseIdError);
        }
        digits.parse().map(Self).map_err(|_| CaseIdError)
    }
}

macro_rules! select_cases {
    ($rest:literal) => {
        concat!("SELECT number, kind, subject, account_id, state, opened, changed FROM cases ", $rest)
    };
}

impl Store {
    /// Opens a case, or finds the one about the same that is not decided yet.
    pub async fn open_case(
        &self,
        case: &NewCase,
        who: &Line,
        note: Option<&Prose>,
        now: Time,
    ) -> Result<Opened, StoreError> {
        let (kind, subject, account) = match case {
            NewCase::Campaign { campaign } => (CaseKind::Campaign, campaign, None),
            NewCase::Review { subject, account } => (CaseKind::Review, subject, account.as_ref()),
        };
        let mut change = self.change().await?;
        let sql = "SELECT number FROM cases WHERE kind = $1 AND subject = $2 AND state IN ('open', 'in_review')";
        let args = [Arg::Text(kind.as_str()), Arg::Text(subject.as_str())];
        if let Some(row) = change.first("find a case", sql, &args).await? {
            return Ok(Opened { case: CaseId(row.whole(0, "cases.number")?), new: false });
        }
        let id = insert(&mut change, kind, subject.as_str(), account, now).await?;
        log(&mut change, id, who, CaseStep::Opened, note, now).await?;
        change.commit().await?;
        Ok(Opened { case: id, new: true })
    }

    /// Takes an open case into review. Taking it again is noted, so that two people see each other.
    pub async fn take_case(&self, id: CaseId, who: &Line, now: Time) -> Result<(), StoreError> {
        self.step(id, who, CaseStep::Taken, None, now).await
    }

    /// Adds a note to a case, also to one that is decided.
    pub async fn note_case(&self, id: CaseId, who: &Line, note: &Prose, now: Time) -> Result<(), StoreError> {
        self.step(id, who, CaseStep::Noted, Some(note), now).await
    }

    async fn step(
        &self,
        id: CaseId,
        who: &Line,
        what: CaseStep,
        note: Option<&Prose>,
        now: Time,
    ) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        let case = find(&mut change, id).await?;
        let sql = "SELECT COUNT(*) FROM case_events WHERE number = $1";
        let limit = self.limits.events_per_case;
        if change.count("count the steps of a case", sql, &[Arg::Whole(id.0)]).await? >= i64::from(limit) {
            return Err(Refusal::Full { thing: id.to_string(), what: "steps", limit }.into());
        }
        if what == CaseStep::Taken {
            if case.state.is_final() {
                return Err(StoreError::conflict("case", id, "is decided"));
            }
            set_state(&mut change, id, CaseState::InReview, now).await?;
        }
        log(&mut change, id, who, what, note, now).await?;
        change.commit().await
    }

    pub async fn case(&self, id: CaseId) -> Result<Case, StoreError> {
        let mut transaction = self.pool.reader().await?;
        let number = [Arg::Whole(id.0)];
        let row = transaction.first("find a case", select_cases!("WHERE number = $1"), &number).await?;
        let summary = read(&row.ok_or_else(|| StoreError::not_found("case", id))?)?;
        let sql = "SELECT decision_id, contact, statement FROM appeals WHERE number = $1";
        let appeal = transaction.first("read an appeal", sql, &number).await?;
        let appeal = appeal.map(|row| Appeal::read(&row)).transpose()?;
        let sql = "SELECT at, who, what, note FROM case_events WHERE number = $1 ORDER BY place";
        let events = transaction.all("read the steps of a case", sql, &number, |row| read_event(&row)).await?;
        transaction.commit().await?;
        Ok(Case { summary, appeal, events })
    }

    /// Cases by number, oldest first: at most `limit` of those after `after`.
    pub async fn list_cases(
        &self,
        filter: &CaseFilter,
        after: Option<CaseId>,
        limit: u32,
    ) -> Result<Vec<CaseSummary>, StoreError> {
        if !(1..=self.limits.page).contains(&limit) {
            return Err(Refusal::Page { asked: limit, limit: self.limits.page }.into());
        }
        let sql = select_cases!(
            "WHERE number > $1 AND ($2 IS NULL OR kind = $2) AND ($3 IS NULL OR state = $3) \
             AND ($4 IS NULL OR account_id = $4) ORDER BY number LIMIT $5"
        );
        let args = [
            Arg::Whole(after.map_or(0, |id| id.0)),
            Arg::MaybeText(filter.kind.map(CaseKind::as_str)),
            Arg::MaybeText(filter.state.map(CaseState::as_str)),
            Arg::MaybeText(filter.account.as_ref().map(AccountId::as_str)),
            Arg::Whole(i64::from(limit)),
        ];
        let mut transaction = self.pool.reader().await?;
        let cases = transaction.all("list cases", sql, &args, |row| read(&row)).await?;
        transaction.commit().await?;
        Ok(cases)
    }
}

pub(crate) async fn find(change: &mut Change, id: CaseId) -> Result<CaseSummary, StoreError> {
    let row = change.first("find a case", select_cases!("WHERE number = $1"), &[Arg::Whole(id.0)]).await?;
    read(&row.ok_or_else(|| StoreError::not_found("case", id))?)
}

pub(crate) async fn insert(
    change: &mut Change,
    kind: CaseKind,
    subject: &str,
    account: Option<&AccountId>,
    now: Time,
) -> Result<CaseId, StoreError> {
    let action = "open a case";
    let last = change.count(action, "SELECT COALESCE(MAX(number), 0) FROM cases", &[]).await?;
    let id = CaseId(last.saturating_add(1));
    let sql = "INSERT INTO cases (number, kind, subject, account_id, state, opened, changed) \
        VALUES ($1, $2, $3, $4, 'open', $5, $5)";
    let args = [
        Arg::Whole(id.0),
        Arg::Text(kind.as_str()),
        Arg::Text(subject),
        Arg::MaybeText(account.map(AccountId::as_str)),
        Arg::Whole(now.micros()),
    ];
    change.run(action, sql, &args).await?;
    Ok(id)
}

pub(crate) async fn set_state(change: &mut Change, id: CaseId, state: CaseState, now: Time) -> Result<(), StoreError> {
    let sql = "UPDATE cases SET state = $2, changed = $3 WHERE number = $1";
    let args = [Arg::Whole(id.0), Arg::Text(state.as_str()), Arg::Whole(now.micros())];
    change.run("set the state of a case", sql, &args).await.map(drop)
}

pub(crate) async fn log(
    change: &mut Change,
    id: CaseId,
    who: &Line,
    what: CaseStep,
    note: Option<&Prose>,
    now: Time,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO case_events (number, place, at, who, what, note) \
        SELECT $1, COALESCE(MAX(place), 0) + 1, $2, $3, $4, $5 FROM case_events WHERE number = $1";
    let args = [
        Arg::Whole(id.0),
        Arg::Whole(now.micros()),
        Arg::Text(who.as_str()),
        Arg::Text(what.as_str()),
        Arg::MaybeText(note.map(Prose::as_str)),
    ];
    change.run("log a step of a case", sql, &args).await.map(drop)
}

fn read(row: &Row) -> Result<CaseSummary, StoreError> {
    Ok(CaseSummary {
        id: CaseId(row.whole(0, "cases.number")?),
        kind: row.word(1, "cases.kind", CaseKind::read)?,
        subject: row.parse(2, "cases.subject")?,
        account: row.maybe_parse(3, "cases.account_id")?,
        state: row.word(4, "cases.state", CaseState::read)?,
        opened: row.time(5, "cases.opened")?,
        changed: row.time(6, "cases.changed")?,
    })
}

fn read_event(row: &Row) -> Result<CaseEvent, StoreError> {
    Ok(CaseEvent {
        at: row.time(0, "case_events.at")?,
        who: row.parse(1, "case_events.who")?,
        what: row.word(2, "case_events.what", CaseStep::read)?,
        note: row.maybe_parse(3, "case_events.note")?,
    })
}
