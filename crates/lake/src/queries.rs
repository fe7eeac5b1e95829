//! The hunt's questions as SQL text, and their answers as columns.
//!
//! Plain SQL with DataFusion's own functions only, so that a cluster's executors can run each of them.

mod accounts;
mod columns;
mod events;
mod templates;

use std::marker::PhantomData;

use datafusion::{execution::SendableRecordBatchStream, prelude::SessionContext};
use futures::TryStreamExt;

pub use accounts::{
    AccountFacts, Attribute, AttributeUses, Distinct, Hours, Profiles, Totals, UserAgentUses, accounts, attribute_uses,
    distinct, hours, profiles, totals, user_agent_uses,
};
pub(crate) use columns::answer;
pub use columns::{Cell, Columns};
pub use events::{
    AccountNames, Carriers, Exemplars, Marked, ModelStarts, account_names, carriers, carriers_plan, exemplars, marked,
    model_starts,
};
pub use templates::{NoSketchColumn, SketchColumn, TemplateUses, template_uses};

use crate::LakeError;

/// A question whose answer has the columns of `T`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query<T> {
    name: &'static str,
    sql: String,
    answer: PhantomData<fn() -> T>,
}

/// An answer that arrives in pieces; dropping it stops the query.
pub struct Answer<T> {
    name: &'static str,
    pieces: SendableRecordBatchStream,
    answer: PhantomData<fn() -> T>,
}

impl<T: Columns> Query<T> {
    /// `name` is for messages; `sql` must give the columns of `T` by name.
    pub fn new(name: &'static str, sql: String) -> Self {
        Self { name, sql, answer: PhantomData }
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// Starts the query; no more is in memory than the session allows and one piece of the answer.
    pub async fn stream(&self, session: &SessionContext) -> Result<Answer<T>, LakeError> {
        let failed = |e| LakeError::query(self.name, e);
        let frame = session.sql(&self.sql).await.map_err(failed)?;
        let pieces = frame.execute_stream().await.map_err(failed)?;
        Ok(Answer::new(self.name, pieces))
    }

    /// The whole answer in memory, in no particular order; an error when it has more than `limit` rows.
    pub async fn collect(&self, session: &SessionContext, limit: usize) -> Result<T, LakeError> {
        let mut answer = self.stream(session).await?;
        let mut all = T::default();
        while answer.append_next(&mut all).await? {
            if all.rows() > limit {
                return Err(LakeError::LargeAnswer { query: self.name, limit });
            }
        }
        Ok(all)
    }
}

impl<T: Columns> Answer<T> {
    fn new(name: &'static str, pieces: SendableRecordBatchStream) -> Self {
        Self { name, pieces, answer: PhantomData }
    }

    /// The next piece.
    pub async fn next(&mut self) -> Result<Option<T>, LakeError> {
        let mut piece = T::default();
        Ok(self.append_next(&mut piece).await?.then_some(piece))
    }

    async fn append_next(&mut self, to: &mut T) -> Result<bool, LakeError> {
        match self.pieces.try_next().await.map_err(|e| LakeError::query(self.name, e))? {
            Some(batch) => {
                to.append(&batch).map_err(|column| LakeError::Column { query: self.name, column })?;
                Ok(true)
            }
            None => Ok(false),
        }
    }
}
