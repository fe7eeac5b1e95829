//! Organisations, and what ownership says of them.

use exchanges::OrganizationId;
use jiff::civil::Date;
use policy::Standing;

use crate::{
    Line, Store, StoreError,
    sql::{Arg, Row},
};

/// The standing of an organisation, under which regime, and on which day's statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    pub standing: Standing,
    pub regime: Option<Line>,
    pub as_of: Option<Date>,
}

impl Assessment {
    /// What is said of an organisation that nobody has assessed.
    pub const UNKNOWN: Self = Self { standing: Standing::Unknown, regime: None, as_of: None };

    /// From three columns, the first of which is `at`.
    pub(crate) fn read(row: &Row, at: usize) -> Result<Self, StoreError> {
        let standings = [Standing::Caught, Standing::Possible, Standing::Clear, Standing::Unknown];
        let day = row.maybe_text(at + 2, "organizations.as_of")?;
        let parsed = day.as_deref().map(str::parse).transpose();
        Ok(Self {
            standing: row
                .word(at, "organizations.standing", |text| standings.into_iter().find(|s| s.as_str() == text))?,
            regime: row.maybe_parse(at + 1, "organizations.regime")?,
            as_of: parsed.map_err(|error| StoreError::value("be read", "organizations.as_of", error))?,
        })
    }
}

impl Store {
    /// Adds an organisation or replaces what is said of it.
    pub async fn put_organization(&self, id: &OrganizationId, assessment: &Assessment) -> Result<(), StoreError> {
        let action = "put an organisation";
        let mut change = self.change().await?;
        let sql = "SELECT standing, regime, as_of FROM organizations WHERE organization_id = $1";
        let before = change.first(action, sql, &[Arg::Text(id.as_str())]).await?;
        if before.map(|row| Assessment::read(&row, 0)).transpose()?.as_ref() != Some(assessment) {
            let day = assessment.as_of.map(|d| d.to_string());
            let args = [
                Arg::Text(id.as_str()),
                Arg::Text(assessment.standing.as_str()),
                Arg::MaybeText(assessment.regime.as_ref().map(Line::as_str)),
                Arg::MaybeText(day.as_deref()),
                Arg::Whole(change.next_version()),
            ];
            let sql = "INSERT INTO organizations (organization_id, standing, regime, as_of, version) \
                VALUES ($1, $2, $3, $4, $5) ON CONFLICT (organization_id) \
                DO UPDATE SET standing = $2, regime = $3, as_of = $4, version = $5";
            change.run(action, sql, &args).await?;
        }
        change.commit().await
    }

    pub async fn organization(&self, id: &OrganizationId) -> Result<Assessment, StoreError> {
        let mut transaction = self.pool.reader().await?;
        let sql = "SELECT standing, regime, as_of FROM organizations WHERE organization_id = $1";
        let row = transaction.first("find an organisation", sql, &[Arg::Text(id.as_str())]).await?;
        transaction.commit().await?;
        Assessment::read(&row.ok_or_else(|| StoreError::not_found("organisation", id))?, 0)
    }
}
