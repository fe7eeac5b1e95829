//! One table of the configuration file, read key by key so that every mistake in it is found at once.

use std::{fmt::Display, path::PathBuf, str::FromStr, time::Duration};

use toml::{Table, Value};

/// A mistake in the configuration, by key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{key}`: {what}")]
pub struct Mistake {
    pub key: String,
    pub what: String,
}

/// A table whose keys are taken one by one; what is left at the end is a mistake.
pub(super) struct Section<'m> {
    name: String,
    table: Table,
    known: Vec<&'static str>,
    mistakes: &'m mut Vec<Mistake>,
}

impl<'m> Section<'m> {
    pub(super) fn root(table: Table, mistakes: &'m mut Vec<Mistake>) -> Self {
        Self { name: String::new(), table, known: Vec::new(), mistakes }
    }

    /// A table inside this one; an empty one when it is not there.
    pub(super) fn section<T>(&mut self, key: &'static str, read: impl FnOnce(&mut Section<'_>) -> T) -> T {
        let table = match self.value(key) {
            None => Table::new(),
            Some(Value::Table(table)) => table,
            Some(other) => {
                self.wrong::<()>(
                    key,
                    format!("is a {}, and should be a table: write `[{}]`", other.type_str(), self.path(key)),
                );
                Table::new()
            }
        };
        let mut section = Section { name: self.path(key), table, known: Vec::new(), mistakes: self.mistakes };
        let done = read(&mut section);
        section.finish();
        done
    }

    /// Tables inside this one whose names the operator chose.
    pub(super) fn named<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut Section<'_>) -> T,
    ) -> Vec<(String, T)> {
        let table = match self.value(key) {
            None => return Vec::new(),
            Some(Value::Table(table)) => table,
            Some(other) => {
                self.wrong::<()>(key, format!("is a {}, and should hold one table per name", other.type_str()));
                return Vec::new();
            }
        };
        let mut all = Vec::new();
        for (name, value) in table {
            let path = format!("{}.{name}", self.path(key));
            let Value::Table(table) = value else {
                self.mistakes
                    .push(Mistake { key: path, what: format!("is a {}, and should be a table", value.type_str()) });
                continue;
            };
            let mut section = Section { name: path, table, known: Vec::new(), mistakes: self.mistakes };
            all.push((name, read(&mut section)));
            section.finish();
        }
        all
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        match self.value(key)? {
            Value::String(text) if !text.is_empty() => Some(text),
            Value::String(_) => self.wrong(key, "is empty; leave the key out for its default"),
            other => self.wrong(key, format!("is a {}, and should be a text in quotes", other.type_str())),
        }
    }

    pub(super) fn path_of(&mut self, key: &'static str) -> Option<PathBuf> {
        self.text(key).map(PathBuf::from)
    }

    /// A text that is parsed further, such as an address.
    pub(super) fn parsed<T: FromStr<Err: Display>>(&mut self, key: &'static str) -> Option<T> {
        let text = self.text(key)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => self.wrong(key, format!("`{text}` is not understood: {error}")),
        }
    }

    pub(super) fn list<T: FromStr<Err: Display>>(&mut self, key: &'static str) -> Option<Vec<T>> {
        let values = match self.value(key)? {
            Value::Array(values) => values,
            other => return self.wrong(key, format!("is a {}, and should be a list", other.type_str())),
        };
        let mut read = Vec::with_capacity(values.len());
        for value in values {
            let Value::String(text) = value else {
                return self.wrong(key, format!("holds a {}, and should hold texts in quotes", value.type_str()));
            };
            match text.parse() {
                Ok(value) => read.push(value),
                Err(error) => return self.wrong(key, format!("`{text}` is not understood: {error}")),
            }
        }
        Some(read)
    }

    /// A whole number within bounds.
    pub(super) fn number(&mut self, key: &'static str, bounds: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let (least, most) = (*bounds.start(), *bounds.end());
        match self.value(key)? {
            Value::Integer(number) => match u64::try_from(number).ok().filter(|n| bounds.contains(n)) {
                Some(number) => Some(number),
                None => self.wrong(key, format!("is {number}, and should be {least} to {most}")),
            },
            other => self.wrong(key, format!("is a {}, and should be a whole number", other.type_str())),
        }
    }

    /// Seconds, whole or not, within bounds.
    pub(super) fn seconds(&mut self, key: &'static str, least: f64, most: f64) -> Option<Duration> {
        let number = match self.value(key)? {
            Value::Integer(number) => number as f64,
            Value::Float(number) => number,
            other => return self.wrong(key, format!("is a {}, and should be a number of seconds", other.type_str())),
        };
        if (least..=most).contains(&number) {
            Some(Duration::from_secs_f64(number))
        } else {
            self.wrong(key, format!("is {number}, and should be {least} to {most} seconds"))
        }
    }

    pub(super) fn flag(&mut self, key: &'static str) -> Option<bool> {
        match self.value(key)? {
            Value::Boolean(flag) => Some(flag),
            other => self.wrong(key, format!("is a {}, and should be true or false", other.type_str())),
        }
    }

    /// One word of a list.
    pub(super) fn choice<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        match words.iter().find(|(word, _)| *word == text) {
            Some((_, value)) => Some(*value),
            None => {
                let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                self.wrong(key, format!("is `{text}`, and should be one of {}", all.join(", ")))
            }
        }
    }

    pub(super) fn wrong<T>(&mut self, key: &str, what: impl Into<String>) -> Option<T> {
        let key = self.path(key);
        self.mistakes.push(Mistake { key, what: what.into() });
        None
    }

    /// Reports the keys that nobody took.
    pub(super) fn finish(self) {
        for key in self.table.keys() {
            let what = format!("is not known here; the keys are {}", self.known.join(", "));
            let key = if self.name.is_empty() { key.clone() } else { format!("{}.{key}", self.name) };
            self.mistakes.push(Mistake { key, what });
        }
    }

    fn value(&mut self, key: &'static str) -> Option<Value> {
        self.known.push(key);
        self.table.remove(key)
    }

    fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }
}
