//! Which accounts use which templates: the first question of the hunt.

use std::{fmt, str::FromStr};

use super::{Query, answer};

/// A column of the sketch, by whose values exchanges can be put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SketchColumn(&'static str);

impl SketchColumn {
    pub const ALL: [Self; 17] = [
        Self("system_key"),
        Self("system_prefix"),
        Self("prefix_4"),
        Self("prefix_8"),
        Self("prefix_16"),
        Self("suffix_4"),
        Self("suffix_8"),
        Self("suffix_16"),
        Self("band_0"),
        Self("band_1"),
        Self("band_2"),
        Self("band_3"),
        Self("item_0"),
        Self("item_1"),
        Self("item_2"),
        Self("item_3"),
        Self("prompt_key"),
    ];

    /// The column's name in SQL.
    pub fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for SketchColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A name that is no column of the sketch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no column of the sketch")]
pub struct NoSketchColumn {
    name: String,
}

impl FromStr for SketchColumn {
    type Err = NoSketchColumn;

    fn from_str(name: &str) -> Result<Self, NoSketchColumn> {
        let known = Self::ALL.into_iter().find(|column| column.0 == name);
        known.ok_or_else(|| NoSketchColumn { name: name.to_owned() })
    }
}

answer! {
    /// Uses of a template by an account.
    pub struct TemplateUses {
        key: u64,
        account_key: u64,
        uses: u64,
        /// Microseconds since the Unix epoch.
        first: i64,
        last: i64,
    }
}

/// Pairs of template and account with at least `min_uses`, for templates with at least `min_accounts` such accounts.
///
/// Nearly all keys are used once, so keys that are too rare are dropped first, by counting alone. The accounts of a
/// template are counted in a window, since a second reference to `pairs` would compute all of it twice.
pub fn template_uses(column: SketchColumn, min_uses: u64, min_accounts: u64) -> Query<TemplateUses> {
    let at_least = min_uses.saturating_mul(min_accounts);
    let sql = format!(
        "WITH frequent AS (
           SELECT {column} AS key FROM exchanges WHERE {column} IS NOT NULL
           GROUP BY {column} HAVING count(*) >= {at_least}
         ), pairs AS (
           SELECT key, account_key, count(*) AS uses, min(time) AS first, max(time) AS last
           FROM frequent JOIN exchanges ON key = {column}
           GROUP BY key, account_key HAVING count(*) >= {min_uses}
         ), counted AS (
           SELECT key, account_key, uses, first, last, count(*) OVER (PARTITION BY key) AS accounts FROM pairs
         )
         SELECT key, account_key, uses, first, last FROM counted WHERE accounts >= {min_accounts}"
    );
    Query::new("template_uses", sql)
}
