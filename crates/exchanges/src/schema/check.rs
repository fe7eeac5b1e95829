//! Whether a table read from outside is one that this program understands.

use arrow_schema::{DataType, Schema, TimeUnit};

use super::{SCHEMA_VERSION, VERSION_KEY, accounts, exchanges};

/// Why a table cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    #[error("no `{VERSION_KEY}` in the metadata: the table was not written by `ringfence import`")]
    NoVersion,
    #[error("schema version `{text}` is no number: the table is damaged; import it again")]
    NotANumber { text: String },
    #[error(
        "schema version {found} is newer than {SCHEMA_VERSION}, the newest that this ringfence reads; update ringfence"
    )]
    Newer { found: u32 },
    #[error("column `{column}` is missing; import the table again")]
    Missing { column: String },
    #[error("column `{column}` is {found}, not {expected}; import the table again")]
    Type { column: String, found: DataType, expected: DataType },
}

/// Checks the version and the columns of a table of exchanges. Further columns are allowed.
pub fn check_exchanges(found: &Schema) -> Result<(), SchemaError> {
    check(found, &exchanges())
}

/// Checks the version and the columns of a table of accounts. Further columns are allowed.
pub fn check_accounts(found: &Schema) -> Result<(), SchemaError> {
    check(found, &accounts())
}

fn check(found: &Schema, expected: &Schema) -> Result<(), SchemaError> {
    let text = found.metadata().get(VERSION_KEY).ok_or(SchemaError::NoVersion)?;
    let version: u32 = text
        .parse()
        .map_err(|_| SchemaError::NotANumber { text: text.chars().take(64).flat_map(char::escape_debug).collect() })?;
    if version > SCHEMA_VERSION {
        return Err(SchemaError::Newer { found: version });
    }
    for field in expected.fields() {
        let column = field.name();
        let (_, other) = found.fields().find(column).ok_or_else(|| SchemaError::Missing { column: column.clone() })?;
        if !same_values(other.data_type(), field.data_type()) {
            return Err(SchemaError::Type {
                column: column.clone(),
                found: other.data_type().clone(),
                expected: field.data_type().clone(),
            });
        }
    }
    Ok(())
}

/// Whether two types are one type in different layouts.
fn same_values(a: &DataType, b: &DataType) -> bool {
    match (a, b) {
        (
            DataType::Timestamp(TimeUnit::Microsecond, Some(zone)),
            DataType::Timestamp(TimeUnit::Microsecond, Some(_)),
        ) => {
            matches!(zone.as_ref(), "UTC" | "+00:00" | "Z")
        }
        (DataType::Dictionary(_, value), b) => same_values(value, b),
        (DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View, DataType::Utf8) => true,
        _ => a == b,
    }
}
