//! The columns of each table of the lake, and their versions.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use exchanges::schema;

use crate::{LakeError, Table};

/// Version of the exemplars' columns.
const EXEMPLARS: u32 = 1;

pub(crate) fn version(table: Table) -> u32 {
    match table {
        Table::Exchanges | Table::Accounts => schema::SCHEMA_VERSION,
        Table::Exemplars => EXEMPLARS,
    }
}

/// All columns of a table; a file of an older version may lack some.
pub(crate) fn of(table: Table) -> SchemaRef {
    static EXEMPLARS: LazyLock<SchemaRef> = LazyLock::new(exemplars);
    match table {
        Table::Exchanges => schema::exchanges(),
        Table::Accounts => schema::accounts(),
        Table::Exemplars => Arc::clone(&EXEMPLARS),
    }
}

/// The columns that tell the rows of a table apart.
pub(crate) fn identity(table: Table) -> &'static [&'static str] {
    match table {
        Table::Exchanges => &["exchange_id"],
        Table::Accounts => &["account_id"],
        Table::Exemplars => &["template_column", "template_key"],
    }
}

/// Rows to be written must have exactly the table's columns.
pub(crate) fn check(table: Table, found: &Schema) -> Result<(), LakeError> {
    let expected = of(table);
    if found.fields() == expected.fields() {
        return Ok(());
    }
    let differs = expected.fields().iter().find(|field| found.field_with_name(field.name()).ok() != Some(field));
    let difference = match differs {
        Some(field) => format!("column `{}` is missing or of another type", field.name()),
        None => format!("{} columns were expected, {} found", expected.fields().len(), found.fields().len()),
    };
    Err(LakeError::Schema { difference })
}

fn exemplars() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("template_column", DataType::Utf8, false),
        Field::new("template_key", DataType::UInt64, false),
        Field::new("masked_text", DataType::Utf8, false),
    ]))
}
