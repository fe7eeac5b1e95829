//! Fields of a JSON object, taken with a message that says which field, what it is and what was wanted.

use serde_json::{Map, Value};

use crate::reject::{Fault, Reason, clip};

/// An object and where it stands in the row, such as `recordDetails.`.
#[derive(Clone, Copy)]
pub(super) struct Object<'a> {
    map: &'a Map<String, Value>,
    path: &'a str,
}

impl<'a> Object<'a> {
    pub(super) fn of(value: &'a Value, path: &'a str) -> Result<Self, Fault> {
        match value {
            Value::Object(map) => Ok(Self { map, path }),
            other => {
                let what = if path.is_empty() { "row" } else { path.trim_end_matches('.') };
                Err(Fault::new(Reason::WrongType, format!("{what} is {}, expected an object", describe(other))))
            }
        }
    }

    /// The field, unless it is absent or null.
    pub(super) fn value(self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|v| !v.is_null())
    }

    /// Text that is not blank; some writers put "" where they mean nothing.
    pub(super) fn text(self, name: &str) -> Result<Option<&'a str>, Fault> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
            Some(other) => Err(self.wrong_type(name, other, "a text")),
        }
    }

    pub(super) fn need_text(self, name: &str) -> Result<&'a str, Fault> {
        self.text(name)?.ok_or_else(|| Fault::missing(&format!("{}{name}", self.path)))
    }

    /// An inner object; `path` is how its fields are called in messages, such as `recordDetails.`.
    pub(super) fn object(self, name: &str, path: &'a str) -> Result<Option<Self>, Fault> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(Self { map, path })),
            Some(other) => Err(self.wrong_type(name, other, "an object")),
        }
    }

    pub(super) fn need_object(self, name: &str, path: &'a str) -> Result<Self, Fault> {
        self.object(name, path)?.ok_or_else(|| Fault::missing(&format!("{}{name}", self.path)))
    }

    /// A list; empty where there is none.
    pub(super) fn list(self, name: &str, most: usize) -> Result<&'a [Value], Fault> {
        match self.value(name) {
            None => Ok(&[]),
            Some(Value::Array(items)) if items.len() > most => {
                let detail =
                    format!("field `{}{name}` has {} values, over the limit of {most}", self.path, items.len());
                Err(Fault::new(Reason::TooManyValues, detail))
            }
            Some(Value::Array(items)) => Ok(items),
            Some(other) => Err(self.wrong_type(name, other, "a list")),
        }
    }

    /// A list of texts, without the blank ones.
    pub(super) fn texts(self, name: &str, most: usize) -> Result<Vec<&'a str>, Fault> {
        let text = |value: &'a Value| match value {
            Value::String(text) => Ok(text.trim()),
            other => Err(self.wrong_type(name, other, "a list of texts")),
        };
        let found = self.list(name, most)?.iter().map(text).collect::<Result<Vec<_>, _>>()?;
        Ok(found.into_iter().filter(|text| !text.is_empty()).collect())
    }

    pub(super) fn wrong_type(self, name: &str, found: &Value, expected: &str) -> Fault {
        let detail = format!("field `{}{name}` is {}, expected {expected}", self.path, describe(found));
        Fault::new(Reason::WrongType, detail)
    }
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
        _ if said == "recursion limit exceeded" => not_json("it is nested more than 128 deep"),
        _ => not_json(&format!("{said}, at byte {column} of the row")),
    }
}
