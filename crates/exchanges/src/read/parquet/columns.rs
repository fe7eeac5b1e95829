//! The columns of log v1, the Parquet types that each may have, and their cells as JSON values.

use arrow_array::{
    Array,
    cast::AsArray,
    types::{
        ArrowPrimitiveType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
        TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type,
        UInt16Type, UInt32Type, UInt64Type,
    },
};
use arrow_schema::{DataType, SchemaRef, TimeUnit};
use jiff::Timestamp;
use serde_json::Value;

use crate::read::{Log, StreamError};

/// A column that is looked for.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    kind: Kind,
    required: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Time,
    Whole,
    Real,
    Flag,
}

const fn need(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, required: true }
}

const fn may(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, required: false }
}

const EXCHANGES: &[Column] = &[
    need("exchange_id", Kind::Text),
    need("time", Kind::Time),
    need("account_id", Kind::Text),
    may("organization_id", Kind::Text),
    may("credential_id", Kind::Text),
    need("channel", Kind::Text),
    may("client_address", Kind::Text),
    may("user_agent", Kind::Text),
    need("operation", Kind::Text),
    need("request_model", Kind::Text),
    may("system", Kind::Text),
    may("prompt", Kind::Text),
    may("conversation_id", Kind::Text),
    may("turn", Kind::Whole),
    may("input_tokens", Kind::Whole),
    may("output_tokens", Kind::Whole),
    may("max_tokens", Kind::Whole),
    may("temperature", Kind::Real),
    may("reasoning", Kind::Flag),
    may("tools", Kind::Whole),
    may("stream", Kind::Flag),
    need("status", Kind::Whole),
    may("latency_ms", Kind::Whole),
];

const ACCOUNTS: &[Column] = &[
    need("account_id", Kind::Text),
    may("organization_id", Kind::Text),
    need("created", Kind::Time),
    need("plan", Kind::Text),
    may("email_domain", Kind::Text),
    may("payment_id", Kind::Text),
    may("phone_country", Kind::Text),
    may("signup_address", Kind::Text),
    may("device_id", Kind::Text),
    may("declared_country", Kind::Text),
];

pub(super) fn of(log: Log) -> &'static [Column] {
    match log {
        Log::Exchanges => EXCHANGES,
        Log::Accounts => ACCOUNTS,
    }
}

impl Column {
    /// Whether the file has the column, in a type that can be read.
    pub(super) fn check(&self, schema: &SchemaRef, log: Log) -> Result<(), StreamError> {
        let Ok(field) = schema.field_with_name(self.name) else {
            return if self.required { Err(StreamError::NoColumn { log, column: self.name }) } else { Ok(()) };
        };
        match (self.kind, field.data_type()) {
            (_, DataType::Null) if !self.required => Ok(()),
            (Kind::Text | Kind::Time, DataType::Utf8View) => Ok(()),
            (Kind::Time, DataType::Timestamp(_, Some(_))) => Ok(()),
            (Kind::Time, DataType::Timestamp(_, None)) => Err(StreamError::ColumnWithoutZone { column: self.name }),
            (Kind::Whole | Kind::Real, DataType::Float32 | DataType::Float64) => Ok(()),
            (Kind::Whole | Kind::Real, found) if found.is_integer() => Ok(()),
            (Kind::Flag, DataType::Boolean) => Ok(()),
            (kind, found) => {
                Err(StreamError::ColumnType { column: self.name, found: found.to_string(), expected: kind.expected() })
            }
        }
    }
}

impl Kind {
    fn expected(self) -> &'static str {
        match self {
            Self::Text => "a text (string)",
            Self::Time => "a timestamp in UTC, or a text in RFC 3339",
            Self::Whole => "a whole number (integer)",
            Self::Real => "a number (float)",
            Self::Flag => "true or false (boolean)",
        }
    }
}

/// The text of a cell, if it is one.
pub(super) fn text(array: &dyn Array, at: usize) -> Option<&str> {
    let texts = array.as_string_view_opt()?;
    texts.is_valid(at).then(|| texts.value(at))
}

pub(super) fn text_bytes(array: &dyn Array, at: usize) -> usize {
    text(array, at).map_or(0, str::len)
}

/// A cell as the JSON value that it would be in JSON Lines.
pub(super) fn cell(array: &dyn Array, at: usize) -> Value {
    if let Some(text) = text(array, at) {
        return Value::from(text);
    }
    if array.is_null(at) {
        return Value::Null;
    }
    match array.data_type() {
        DataType::Boolean => Value::from(array.as_boolean().value(at)),
        DataType::Int8 => number::<Int8Type>(array, at),
        DataType::Int16 => number::<Int16Type>(array, at),
        DataType::Int32 => number::<Int32Type>(array, at),
        DataType::Int64 => number::<Int64Type>(array, at),
        DataType::UInt8 => number::<UInt8Type>(array, at),
        DataType::UInt16 => number::<UInt16Type>(array, at),
        DataType::UInt32 => number::<UInt32Type>(array, at),
        DataType::UInt64 => number::<UInt64Type>(array, at),
        DataType::Float32 => float(f64::from(array.as_primitive::<Float32Type>().value(at))),
        DataType::Float64 => float(array.as_primitive::<Float64Type>().value(at)),
        DataType::Timestamp(unit, _) => instant(array, *unit, at),
        _ => Value::Null,
    }
}

fn number<T: ArrowPrimitiveType>(array: &dyn Array, at: usize) -> Value
where
    Value: From<T::Native>,
{
    Value::from(array.as_primitive::<T>().value(at))
}

/// JSON has no NaN and no infinity; as a text they are refused by name.
fn float(value: f64) -> Value {
    if value.is_finite() { Value::from(value) } else { Value::from(value.to_string()) }
}

fn instant(array: &dyn Array, unit: TimeUnit, at: usize) -> Value {
    let micros = match unit {
        TimeUnit::Second => array.as_primitive::<TimestampSecondType>().value(at).saturating_mul(1_000_000),
        TimeUnit::Millisecond => array.as_primitive::<TimestampMillisecondType>().value(at).saturating_mul(1_000),
        TimeUnit::Microsecond => array.as_primitive::<TimestampMicrosecondType>().value(at),
        TimeUnit::Nanosecond => array.as_primitive::<TimestampNanosecondType>().value(at).div_euclid(1_000),
    };
    match Timestamp::from_microsecond(micros) {
        Ok(instant) => Value::from(instant.to_string()),
        Err(_) => Value::from(format!("{micros} us since 1970")),
    }
}
