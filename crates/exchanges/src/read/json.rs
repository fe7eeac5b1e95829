//! Fields of a JSON object, taken with a message that says which field, what it is and what was wanted.

use std::net::IpAddr;

use serde_json::{Map, Value};

use crate::{
    IdError, Time, TimeError,
    reject::{Reason, clip},
};

/// Why a row is refused, before its place is known.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) reason: Reason,
    pub(super) detail: String,
}

/// An object and where it stands in the row, such as `input.`.
#[derive(Clone, Copy)]
pub(super) struct Object<'a> {
    map: &'a Map<String, Value>,
    path: &'a str,
}

impl Fault {
    pub(super) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }

    pub(super) fn missing(path: &str, name: &str) -> Self {
        Self::new(Reason::MissingField, format!("field `{path}{name}` is missing or null; every row needs it"))
    }
}

impl<'a> Object<'a> {
    pub(super) fn of(value: &'a Value) -> Result<Self, Fault> {
        match value {
            Value::Object(map) => Ok(Self { map, path: "" }),
            other => Err(Fault::new(Reason::WrongType, format!("row is {}, expected an object", describe(other)))),
        }
    }

    pub(super) fn from_map(map: &'a Map<String, Value>) -> Self {
        Self { map, path: "" }
    }

    /// The field, unless it is absent or null.
    pub(super) fn value(self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|v| !v.is_null())
    }

    pub(super) fn text(self, name: &str) -> Result<Option<&'a str>, Fault> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong_type(name, other, "a text")),
        }
    }

    pub(super) fn need_text(self, name: &str) -> Result<&'a str, Fault> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    /// Text that is not empty; some writers put "" where they mean nothing.
    pub(super) fn filled(self, name: &str) -> Result<Option<&'a str>, Fault> {
        Ok(self.text(name)?.filter(|text| !text.trim().is_empty()))
    }

    pub(super) fn owned(self, name: &str) -> Result<Option<String>, Fault> {
        Ok(self.text(name)?.map(str::to_owned))
    }

    /// A whole number up to `most`; `3.0` and `1e3` are whole, `1.5` and `-1` are refused.
    pub(super) fn whole(self, name: &str, most: u64) -> Result<Option<u64>, Fault> {
        self.value(name).map(|value| self.whole_of(name, value, most)).transpose()
    }

    fn whole_of(self, name: &str, value: &Value, most: u64) -> Result<u64, Fault> {
        let Value::Number(number) = value else {
            return Err(self.wrong_type(name, value, "a whole number"));
        };
        let bad = |what: &str| {
            let detail = format!("field `{}{name}` is {}, {what}", self.path, clip(&number.to_string()));
            Err(Fault::new(Reason::BadNumber, detail))
        };
        let found = match (number.as_u64(), number.as_f64()) {
            (Some(n), _) => n,
            (None, Some(f)) if f < 0.0 => return bad("a count cannot be negative"),
            // Above 2^53 a float no longer says which whole number was meant.
            (None, Some(f)) if f.fract() == 0.0 && f <= 9_007_199_254_740_992.0 => f as u64,
            _ => return bad("expected a whole number"),
        };
        if found > most { bad(&format!("expected at most {most}")) } else { Ok(found) }
    }

    pub(super) fn small(self, name: &str) -> Result<Option<u32>, Fault> {
        let found = self.whole(name, u32::MAX.into())?;
        Ok(found.map(|n| u32::try_from(n).expect("bounded by the call above")))
    }

    pub(super) fn float(self, name: &str) -> Result<Option<f32>, Fault> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let Some(wide) = value.as_f64() else { return Err(self.wrong_type(name, value, "a number")) };
        let narrow = wide as f32;
        if narrow.is_finite() {
            return Ok(Some(narrow));
        }
        let detail = format!("field `{}{name}` is {wide:e}, too large for a 32-bit number", self.path);
        Err(Fault::new(Reason::BadNumber, detail))
    }

    pub(super) fn flag(self, name: &str) -> Result<Option<bool>, Fault> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(self.wrong_type(name, other, "true or false")),
        }
    }

    /// An inner object; `path` is how its fields are called in messages, such as `input.`.
    pub(super) fn object(self, name: &str, path: &'a str) -> Result<Option<Self>, Fault> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(Self { map, path })),
            Some(other) => Err(self.wrong_type(name, other, "an object")),
        }
    }

    pub(super) fn need_id<T>(self, name: &str) -> Result<T, Fault>
    where
        T: TryFrom<String, Error = IdError>,
    {
        id(self.path, name, self.need_text(name)?)
    }

    pub(super) fn id<T>(self, name: &str) -> Result<Option<T>, Fault>
    where
        T: TryFrom<String, Error = IdError>,
    {
        self.text(name)?.map(|text| id(self.path, name, text)).transpose()
    }

    pub(super) fn need_time(self, name: &str) -> Result<Time, Fault> {
        let text = self.need_text(name)?;
        text.parse().map_err(|error| bad_time(self.path, name, &error))
    }

    pub(super) fn address(self, name: &str) -> Result<Option<IpAddr>, Fault> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        address(self.path, name, text).map(Some)
    }

    pub(super) fn missing(self, name: &str) -> Fault {
        Fault::missing(self.path, name)
    }

    fn wrong_type(self, name: &str, found: &Value, expected: &str) -> Fault {
        let detail = format!("field `{}{name}` is {}, expected {expected}", self.path, describe(found));
        Fault::new(Reason::WrongType, detail)
    }
}

pub(super) fn id<T>(path: &str, name: &str, text: &str) -> Result<T, Fault>
where
    T: TryFrom<String, Error = IdError>,
{
    T::try_from(text.to_owned()).map_err(|e| Fault::new(Reason::BadId, format!("field `{path}{name}`: {e}")))
}

pub(super) fn bad_time(path: &str, name: &str, error: &TimeError) -> Fault {
    let reason = match error {
        TimeError::NoZone { .. } => Reason::TimeWithoutZone,
        TimeError::Syntax { .. } => Reason::BadTime,
        TimeError::Absurd { .. } => Reason::AbsurdTime,
    };
    Fault::new(reason, format!("field `{path}{name}`: {error}"))
}

pub(super) fn address(path: &str, name: &str, text: &str) -> Result<IpAddr, Fault> {
    text.parse().map_err(|_| {
        let detail = format!("field `{path}{name}`: `{}` is no IPv4 or IPv6 address", clip(text));
        Fault::new(Reason::BadAddress, detail)
    })
}

/// A value in words, for messages.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => format!("`{flag}`"),
        Value::Number(number) => format!("the number `{}`", clip(&number.to_string())),
        Value::String(text) => format!("the text `{}`", clip(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// Parses one row of JSON.
pub(super) fn value(row: &str) -> Result<Value, Fault> {
    serde_json::from_str(row).map_err(|error| unreadable(row, &error))
}

/// What a JSON error of a whole row means.
fn unreadable(row: &str, error: &serde_json::Error) -> Fault {
    let column = error.column();
    let full = error.to_string();
    let said = full.rsplit_once(" at line ").map_or(full.as_str(), |(said, _)| said);
    let not_json = |what: &str| Fault::new(Reason::BadJson, format!("row is not JSON: {what}"));
    match error.classify() {
        _ if !row.starts_with(['{', '[']) => not_json(&format!("it begins with `{}`", clip(row))),
        serde_json::error::Category::Eof => {
            let detail = format!("row ends inside a JSON value, after {column} bytes; was the file cut?");
            Fault::new(Reason::Truncated, detail)
        }
        _ if said == "number out of range" => {
            Fault::new(Reason::BadNumber, format!("a number is out of range, at byte {column} of the row"))
        }
        _ => not_json(&format!("{said}, at byte {column} of the row")),
    }
}
