//! Moving a store to another database.

use crate::{
    Store, StoreError,
    sql::{Arg, Row},
};

/// A table with its columns, in the order of both statements.
struct Table {
    columns: &'static [Column],
    select: &'static str,
    insert: &'static str,
}

#[derive(Clone, Copy)]
enum Column {
    Whole,
    Text,
    Bytes,
}

enum Value {
    Whole(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

macro_rules! table {
    ($name:literal, $columns:literal, $values:literal, [$($column:ident),+]) => {
        Table {
            columns: &[$(Column::$column),+],
            select: concat!("SELECT ", $columns, " FROM ", $name),
            insert: concat!("INSERT INTO ", $name, " (", $columns, ") VALUES (", $values, ")"),
        }
    };
}

/// All tables but those of the versions; what is referred to comes first.
const TABLES: [Table; 18] = [
    table!(
        "organizations",
        "organization_id, standing, regime, as_of, version",
        "$1, $2, $3, $4, $5",
        [Text, Text, Text, Text, Whole]
    ),
    table!(
        "accounts",
        "account_id, organization_id, created, plan, email_domain, payment_id, phone_country, signup_address, device_id, \
         declared_country, salt, status, erased, version",
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14",
        [Text, Text, Whole, Text, Text, Text, Text, Text, Text, Text, Bytes, Text, Whole, Whole]
    ),
    table!(
        "credentials",
        "fingerprint, account_id, state, created, changed",
        "$1, $2, $3, $4, $5",
        [Bytes, Text, Text, Whole, Whole]
    ),
    table!(
        "labels",
        "account_id, campaign_id, confidence_permille, recommended, confirmed_by, set_at, expires",
        "$1, $2, $3, $4, $5, $6, $7",
        [Text, Text, Whole, Text, Text, Whole, Whole]
    ),
    table!(
        "account_allowances",
        "account_id, reason, granted_by, set_at, expires",
        "$1, $2, $3, $4, $5",
        [Text, Text, Text, Whole, Whole]
    ),
    table!(
        "organization_allowances",
        "organization_id, reason, granted_by, set_at, expires",
        "$1, $2, $3, $4, $5",
        [Text, Text, Text, Whole, Whole]
    ),
    table!("verifications", "account_id, kind, set_at, expires", "$1, $2, $3, $4", [Text, Text, Whole, Whole]),
    table!(
        "cases",
        "number, kind, subject, account_id, state, opened, changed",
        "$1, $2, $3, $4, $5, $6, $7",
        [Whole, Text, Text, Text, Text, Whole, Whole]
    ),
    table!(
        "case_events",
        "number, place, at, who, what, note",
        "$1, $2, $3, $4, $5, $6",
        [Whole, Whole, Whole, Text, Text, Text]
    ),
    table!("appeals", "number, decision_id, contact, statement", "$1, $2, $3, $4", [Whole, Text, Text, Text]),
    table!(
        "fleet_tokens",
        "digest, label, machine, uses, used, made, expires, revoked",
        "$1, $2, $3, $4, $5, $6, $7, $8",
        [Bytes, Text, Text, Whole, Whole, Whole, Whole, Whole]
    ),
    table!("fleet_machines", "machine, key_id, revoked", "$1, $2, $3", [Text, Bytes, Whole]),
    table!(
        "fleet_keys",
        "key_id, machine, public_key, token, enrolled, revoked, sequence, head, seen",
        "$1, $2, $3, $4, $5, $6, $7, $8, $9",
        [Bytes, Text, Bytes, Bytes, Whole, Whole, Whole, Text, Whole]
    ),
    table!(
        "fleet_reports",
        "key_id, sequence, machine, name, ban, status, received, envelope",
        "$1, $2, $3, $4, $5, $6, $7, $8",
        [Bytes, Whole, Text, Text, Text, Text, Whole, Bytes]
    ),
    table!(
        "fleet_conditions",
        "machine, ban, key_id, sequence, status, since, received, objects, bytes, unreadable, left_out, dropped, items, plan, \
         catalogue",
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15",
        [Text, Text, Bytes, Whole, Text, Whole, Whole, Whole, Whole, Whole, Whole, Whole, Whole, Text, Text]
    ),
    table!("fleet_changes", "machine, ban, received, status", "$1, $2, $3, $4", [Text, Text, Whole, Text]),
    table!(
        "fleet_items",
        "machine, ban, place, subject, kind, path, confidence, why",
        "$1, $2, $3, $4, $5, $6, $7, $8",
        [Text, Text, Whole, Text, Text, Text, Text, Text]
    ),
    table!(
        "fleet_leaves",
        "machine, ban, plan, granted, expires, freed",
        "$1, $2, $3, $4, $5, $6",
        [Text, Text, Text, Whole, Whole, Whole]
    ),
];

const ACTION: &str = "be copied";

impl Store {
    /// Copies everything into a store that nobody has written to, salts and version included; all of it or nothing.
    ///
    /// What is written here while it runs, or later, is not in the copy: stop the writers first.
    pub async fn copy_to(&self, empty: &Self) -> Result<(), StoreError> {
        let mut from = self.pool.reader().await?;
        from.read_long().await?;
        let version = from.count(ACTION, "SELECT version FROM revision WHERE one = 1", &[]).await?;
        let mut to = empty.change().await?;
        to.work_long().await?;
        let used = "SELECT (SELECT version - 1 FROM revision) + (SELECT COUNT(*) FROM cases) \
            + (SELECT COUNT(*) FROM fleet_tokens) + (SELECT COUNT(*) FROM fleet_machines)";
        if to.count(ACTION, used, &[]).await? != 0 {
            return Err(StoreError::Conflict {
                thing: "the other store".to_owned(),
                why: "is not empty; give a new one",
            });
        }
        for table in &TABLES {
            let mut rows = from.rows(ACTION, table.select, &[]);
            while let Some(row) = rows.next().await? {
                let values = read(&row, table.columns)?;
                let args: Vec<Arg<'_>> = values.iter().map(Value::arg).collect();
                to.run(ACTION, table.insert, &args).await?;
            }
        }
        from.commit().await?;
        to.run(ACTION, "UPDATE revision SET version = $1 WHERE one = 1", &[Arg::Whole(version)]).await?;
        to.commit().await
    }
}

fn read(row: &Row, columns: &[Column]) -> Result<Vec<Value>, StoreError> {
    let value = |(at, column): (usize, &Column)| {
        Ok(match column {
            Column::Whole => Value::Whole(row.maybe_whole(at, "a number")?),
            Column::Text => Value::Text(row.maybe_text(at, "a text")?),
            Column::Bytes => Value::Bytes(row.maybe_bytes(at, "bytes")?),
        })
    };
    columns.iter().enumerate().map(value).collect()
}

impl Value {
    fn arg(&self) -> Arg<'_> {
        match self {
            Self::Whole(value) => Arg::MaybeWhole(*value),
            Self::Text(value) => Arg::MaybeText(value.as_deref()),
            Self::Bytes(value) => Arg::MaybeBytes(value.as_deref()),
        }
    }
}
