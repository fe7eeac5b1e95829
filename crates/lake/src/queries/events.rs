//! The exchanges that carry a template worth a look, and when each account first used each model.

use datafusion::{
    logical_expr::{Expr, col, lit},
    prelude::{DataFrame, SessionContext},
};

use super::{Answer, Query, SketchColumn, answer};
use crate::LakeError;

answer! {
    /// Exchanges that carry a wanted hash in at least one column; a token count that is not known is 0.
    pub struct Carriers {
        account_key: u64,
        /// Microseconds since the Unix epoch.
        time: i64,
        system_key: Option<u64>,
        system_prefix: Option<u64>,
        prefix_4: Option<u64>,
        prefix_8: Option<u64>,
        prefix_16: Option<u64>,
        suffix_4: Option<u64>,
        suffix_8: Option<u64>,
        suffix_16: Option<u64>,
        item_0: Option<u64>,
        item_1: Option<u64>,
        item_2: Option<u64>,
        item_3: Option<u64>,
        prompt_key: Option<u64>,
        input_tokens: u64,
        output_tokens: u64,
        request_model: String,
        status: u64,
        marks: u64,
        turn: u64,
    }
}

const CARRIERS: &str = "SELECT account_key, time, system_key, system_prefix, prefix_4, prefix_8, prefix_16, suffix_4,
       suffix_8, suffix_16, item_0, item_1, item_2, item_3, prompt_key,
       coalesce(arrow_cast(input_tokens, 'UInt64'), arrow_cast(0, 'UInt64')) AS input_tokens,
       coalesce(arrow_cast(output_tokens, 'UInt64'), arrow_cast(0, 'UInt64')) AS output_tokens,
       request_model, arrow_cast(status, 'UInt64') AS status, arrow_cast(marks, 'UInt64') AS marks,
       coalesce(arrow_cast(turn, 'UInt64'), arrow_cast(0, 'UInt64')) AS turn
     FROM exchanges";

/// Finds the exchanges that carry one of the hashes in the column beside them, in no particular order.
pub async fn carriers(
    session: &SessionContext,
    wanted: &[(SketchColumn, Vec<u64>)],
) -> Result<Answer<Carriers>, LakeError> {
    let failed = |e| LakeError::query("carriers", e);
    let frame = carriers_plan(session, wanted).await?;
    Ok(Answer::new("carriers", frame.execute_stream().await.map_err(failed)?))
}

/// The plan of [`carriers`]. The hashes are typed literals: SQL text would make decimals of the large ones.
pub async fn carriers_plan(
    session: &SessionContext,
    wanted: &[(SketchColumn, Vec<u64>)],
) -> Result<DataFrame, LakeError> {
    let failed = |e| LakeError::query("carriers", e);
    let any: Expr = wanted
        .iter()
        .filter(|(_, keys)| !keys.is_empty())
        .map(|(column, keys)| col(column.name()).in_list(keys.iter().map(|key| lit(*key)).collect(), false))
        .reduce(Expr::or)
        .unwrap_or_else(|| lit(false));
    session.sql(CARRIERS).await.and_then(|frame| frame.filter(any)).map_err(failed)
}

answer! {
    /// First use of a model by an account.
    pub struct ModelStarts {
        account_key: u64,
        request_model: String,
        /// Microseconds since the Unix epoch.
        first: i64,
    }
}

/// When each account first used each model.
pub fn model_starts() -> Query<ModelStarts> {
    let sql =
        "SELECT account_key, request_model, min(time) AS first FROM exchanges GROUP BY account_key, request_model";
    Query::new("model_starts", sql.to_owned())
}

answer! {
    /// How many exchanges show extraction intent; one row.
    pub struct Marked {
        marked: u64,
        exchanges: u64,
    }
}

/// Counts exchanges with any extraction-intent mark.
pub fn marked() -> Query<Marked> {
    let sql = "SELECT count(*) FILTER (WHERE marks <> 0) AS marked, count(*) AS exchanges FROM exchanges";
    Query::new("marked", sql.to_owned())
}

answer! {
    /// The masked texts of templates.
    pub struct Exemplars {
        template_column: String,
        template_key: u64,
        masked_text: String,
    }
}

/// All exemplars that were kept.
pub fn exemplars() -> Query<Exemplars> {
    let sql = "SELECT template_column, template_key, masked_text FROM exemplars";
    Query::new("exemplars", sql.to_owned())
}

answer! {
    /// The names behind the account keys.
    pub struct AccountNames {
        account_key: u64,
        account_id: String,
    }
}

/// The id of every account that called, also of those that the account log does not know.
pub fn account_names() -> Query<AccountNames> {
    let sql = "SELECT account_key, min(account_id) AS account_id FROM exchanges GROUP BY account_key";
    Query::new("account_names", sql.to_owned())
}
