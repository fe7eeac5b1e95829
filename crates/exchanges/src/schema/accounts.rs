//! The table of accounts: one row per account.

use std::sync::{Arc, LazyLock};

use arrow_array::{
    ArrayRef, RecordBatch,
    builder::{StringBuilder, TimestampMicrosecondBuilder, UInt64Builder},
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::{AccountKeys, instant, versioned};
use crate::Account;

/// Column names and whether a value may be missing. Countries are kept as they were declared and are never scored.
const TEXTS: [(&str, bool); 6] = [
    ("account_id", false),
    ("organization_id", true),
    ("plan", false),
    ("email_domain", true),
    ("declared_country", true),
    ("phone_country", true),
];
const HASHES: [(&str, bool); 5] = [
    ("account_key", false),
    ("payment_key", true),
    ("device_key", true),
    ("signup_address_key", true),
    ("signup_network_key", true),
];

/// The schema of the table of accounts.
pub fn accounts() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        let mut fields = vec![Field::new("created", instant(), false)];
        fields.extend(TEXTS.map(|(name, nullable)| Field::new(name, DataType::Utf8, nullable)));
        fields.extend(HASHES.map(|(name, nullable)| Field::new(name, DataType::UInt64, nullable)));
        Arc::new(versioned(Schema::new(fields)))
    });
    SCHEMA.clone()
}

/// Collects rows of accounts into record batches.
#[derive(Debug)]
pub struct AccountBuilder {
    rows: usize,
    created: TimestampMicrosecondBuilder,
    texts: [StringBuilder; TEXTS.len()],
    hashes: [UInt64Builder; HASHES.len()],
}

impl Default for AccountBuilder {
    fn default() -> Self {
        Self {
            rows: 0,
            created: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
            texts: Default::default(),
            hashes: Default::default(),
        }
    }
}

impl AccountBuilder {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one row.
    pub fn push(&mut self, account: &Account, keys: &AccountKeys) {
        let Account {
            account_id,
            organization_id,
            created,
            plan,
            email_domain,
            payment_id: _,
            phone_country,
            signup_address: _,
            device_id: _,
            declared_country,
        } = account;
        let texts = [
            Some(account_id.as_str()),
            organization_id.as_ref().map(|o| o.as_str()),
            Some(plan),
            email_domain.as_deref(),
            declared_country.as_deref(),
            phone_country.as_deref(),
        ];
        let hashes = [
            Some(keys.account_key),
            keys.payment_key,
            keys.device_key,
            keys.signup_address_key,
            keys.signup_network_key,
        ];
        self.rows += 1;
        self.created.append_value(created.micros());
        self.texts.iter_mut().zip(texts).for_each(|(column, value)| column.append_option(value));
        self.hashes.iter_mut().zip(hashes).for_each(|(column, value)| column.append_option(value));
    }

    /// Rows added since the last batch.
    pub fn len(&self) -> usize {
        self.rows
    }

    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The rows added since the last batch, in the schema [`accounts`].
    pub fn finish(&mut self) -> RecordBatch {
        self.rows = 0;
        let mut columns: Vec<ArrayRef> = vec![Arc::new(self.created.finish())];
        columns.extend(self.texts.iter_mut().map(|b| Arc::new(b.finish()) as ArrayRef));
        columns.extend(self.hashes.iter_mut().map(|b| Arc::new(b.finish()) as ArrayRef));
        RecordBatch::try_new(accounts(), columns).expect("the builders follow the tables that the schema is made of")
    }
}
