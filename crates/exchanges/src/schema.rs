//! The lake's tables as Arrow schemas, their version, and the builders that fill them.
//!
//! Knows the shape of a row, not where rows are kept. A schema's metadata carries its version under [`VERSION_KEY`],
//! which the Parquet writer puts into the file's key-value metadata.

mod accounts;
mod check;
mod keys;
mod rows;

pub use accounts::{AccountBuilder, accounts};
pub use check::{SchemaError, check_accounts, check_exchanges};
pub use keys::{AccountKeys, Keyer, Keys};
pub use rows::{RowBuilder, Text, exchanges};

use std::collections::HashMap;

use arrow_schema::{DataType, Schema, TimeUnit};

/// The version of the tables that this program writes, and the newest that it reads.
pub const SCHEMA_VERSION: u32 = 1;
/// Where a schema's or a Parquet file's metadata keeps the version.
pub const VERSION_KEY: &str = "ringfence.schema";

fn versioned(schema: Schema) -> Schema {
    schema.with_metadata(HashMap::from([(VERSION_KEY.to_owned(), SCHEMA_VERSION.to_string())]))
}

/// Microseconds in UTC.
fn instant() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}
