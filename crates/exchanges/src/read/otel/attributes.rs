//! OTLP/JSON attributes: key and typed value pairs.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::{
    read::json::{Fault, describe},
    reject::Reason,
};

/// Attributes by key. Where one stands twice, the first counts.
#[derive(Debug, Default)]
pub(super) struct Attributes<'a>(HashMap<&'a str, &'a Value>);

impl<'a> Attributes<'a> {
    /// From the list in a span, an event or a resource.
    pub(super) fn of(list: Option<&'a Value>) -> Self {
        let mut attributes = Self::default();
        attributes.extend(list);
        attributes
    }

    pub(super) fn extend(&mut self, list: Option<&'a Value>) {
        for pair in list.and_then(Value::as_array).into_iter().flatten() {
            if let (Some(key), Some(value)) = (pair.get("key").and_then(Value::as_str), pair.get("value")) {
                self.0.entry(key).or_insert(value);
            }
        }
    }

    pub(super) fn has_prefix(&self, prefixes: &[&str]) -> bool {
        self.0.keys().any(|key| prefixes.iter().any(|prefix| key.starts_with(prefix)))
    }

    /// The value under the first of the names that is there.
    pub(super) fn value(&self, names: &[&str]) -> Option<Value> {
        names.iter().find_map(|name| self.0.get(name)).map(|value| plain(value)).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, names: &[&str]) -> Option<&'a str> {
        names.iter().find_map(|name| self.0.get(name)?.get("stringValue")?.as_str()).filter(|text| !text.is_empty())
    }

    /// A whole number; refused when it is negative or no number.
    pub(super) fn whole(&self, names: &[&str]) -> Result<Option<u64>, Fault> {
        let Some(value) = self.value(names) else { return Ok(None) };
        let whole =
            value.as_u64().or_else(|| value.as_f64().filter(|f| *f >= 0.0 && f.fract() == 0.0).map(|f| f as u64));
        let name = names.first().copied().unwrap_or_default();
        match whole {
            Some(number) => Ok(Some(number)),
            None if value.is_number() => {
                let detail = format!("attribute `{name}` is {value}, expected a whole number of at least 0");
                Err(Fault::new(Reason::BadNumber, detail))
            }
            None => {
                let detail = format!("attribute `{name}` is {}, expected a whole number", describe(&value));
                Err(Fault::new(Reason::WrongType, detail))
            }
        }
    }
}

/// A typed value as plain JSON; `null` where it has no value.
pub(super) fn plain(value: &Value) -> Value {
    let Some((kind, inner)) = value.as_object().and_then(|typed| typed.iter().next()) else { return Value::Null };
    match (kind.as_str(), inner) {
        // 64-bit numbers are texts in OTLP/JSON.
        ("intValue", Value::String(digits)) => digits.parse::<i64>().map_or(Value::Null, Value::from),
        ("stringValue" | "boolValue" | "intValue" | "doubleValue", inner) => inner.clone(),
        ("arrayValue", inner) => {
            let values = inner.get("values").and_then(Value::as_array);
            Value::Array(values.into_iter().flatten().map(plain).collect())
        }
        ("kvlistValue", inner) => {
            let pairs = inner.get("values").and_then(Value::as_array);
            let pairs = pairs.into_iter().flatten().filter_map(|pair| {
                Some((pair.get("key")?.as_str()?.to_owned(), pair.get("value").map_or(Value::Null, plain)))
            });
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        _ => Value::Null,
    }
}
