//! The keys of one TOML table, taken one by one; what is wrong is noted and the next one is read.

use jiff::civil::Date;
use toml::{Table, Value};

/// A table whose keys are taken out; those left at the end are unknown.
pub(super) struct Fields<'a> {
    table: Table,
    /// What the table is, for messages: ``regime `x` ``.
    place: String,
    mistakes: &'a mut Vec<String>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(table: Table, place: String, mistakes: &'a mut Vec<String>) -> Self {
        Self { table, place, mistakes }
    }

    pub(super) fn wrong(&mut self, what: impl std::fmt::Display) {
        self.mistakes.push(format!("{}: {what}", self.place));
    }

    pub(super) fn within(&mut self, table: Table, place: &str) -> Fields<'_> {
        Fields { table, place: format!("{}, {place}", self.place), mistakes: self.mistakes }
    }

    /// Notes every key that nobody took.
    pub(super) fn finish(mut self) {
        for key in std::mem::take(&mut self.table).keys() {
            self.wrong(format_args!("there is no key `{}`", key.escape_debug()));
        }
    }

    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.table.remove(key)
    }

    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        match self.take(key)? {
            Value::String(text) => Some(text.trim().to_owned()),
            other => self.of_type(key, "a text in quotes", &other),
        }
    }

    pub(super) fn required_text(&mut self, key: &str) -> Option<String> {
        if !self.table.contains_key(key) {
            self.wrong(format_args!("`{key}` is missing"));
            return None;
        }
        let text = self.text(key)?;
        if text.is_empty() {
            self.wrong(format_args!("`{key}` is empty"));
        }
        Some(text)
    }

    pub(super) fn flag(&mut self, key: &str) -> Option<bool> {
        match self.take(key)? {
            Value::Boolean(flag) => Some(flag),
            other => self.of_type(key, "true or false", &other),
        }
    }

    pub(super) fn basis_points(&mut self, key: &str) -> Option<u16> {
        match self.take(key)? {
            Value::Integer(points) => match u16::try_from(points) {
                Ok(points @ 0..=10_000) => Some(points),
                _ => {
                    self.wrong(format_args!("`{key}` is {points}; basis points go from 0 to 10000"));
                    None
                }
            },
            other => self.of_type(key, "a whole number of basis points", &other),
        }
    }

    /// A day, as TOML writes it or in quotes.
    pub(super) fn day(&mut self, key: &str) -> Option<Date> {
        let text = match self.take(key)? {
            Value::Datetime(day) => day.to_string(),
            Value::String(day) => day,
            other => return self.of_type(key, "a day such as 2026-01-31", &other),
        };
        let day = text.parse::<Date>().ok().filter(|_| text.len() == 10);
        if day.is_none() {
            self.wrong(format_args!("`{key}` is `{}`, which is no day such as 2026-01-31", text.escape_debug()));
        }
        day
    }

    pub(super) fn texts(&mut self, key: &str) -> Vec<String> {
        match self.take(key) {
            None => Vec::new(),
            Some(value) => self.texts_of(key, value),
        }
    }

    pub(super) fn texts_of(&mut self, key: &str, value: Value) -> Vec<String> {
        let Value::Array(items) = value else {
            return self.of_type(key, "a list of texts", &value).unwrap_or_default();
        };
        let mut texts = Vec::new();
        for item in items {
            match item {
                Value::String(text) => texts.push(text),
                other => {
                    self.of_type::<()>(key, "a list of texts", &other);
                }
            }
        }
        texts
    }

    /// Texts that are each read into something, each mistake told.
    pub(super) fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(&mut self, key: &str) -> Vec<T> {
        let mut read = Vec::new();
        for text in self.texts(key) {
            match text.parse() {
                Ok(value) => read.push(value),
                Err(error) => self.wrong(format_args!("`{key}`: {error}")),
            }
        }
        read
    }

    pub(super) fn tables(&mut self, key: &str) -> Vec<Table> {
        match self.take(key) {
            None => Vec::new(),
            Some(Value::Array(items)) => {
                let mut tables = Vec::new();
                for item in items {
                    match item {
                        Value::Table(table) => tables.push(table),
                        other => {
                            self.of_type::<()>(key, "a list of tables", &other);
                        }
                    }
                }
                tables
            }
            Some(other) => self.of_type(key, "a list of tables", &other).unwrap_or_default(),
        }
    }

    /// One of the words of an enumeration.
    pub(super) fn word<T: Copy>(&mut self, key: &str, words: &[(&str, T)], default: Option<T>) -> Option<T> {
        let known = || words.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        if !self.table.contains_key(key) {
            if default.is_none() {
                self.wrong(format_args!("`{key}` is missing; it is one of {}", known()));
            }
            return default;
        }
        let text = self.text(key)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            self.wrong(format_args!("`{key}` is `{}`; it is one of {}", text.escape_debug(), known()));
        }
        found
    }

    fn of_type<T>(&mut self, key: &str, wanted: &str, found: &Value) -> Option<T> {
        self.wrong(format_args!("`{key}` is of type {}, not {wanted}", found.type_str()));
        None
    }
}
