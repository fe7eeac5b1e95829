//! The parameters of a request, of which several may have one name.

use axum::{extract::FromRequestParts, http::request::Parts};

use super::fault::{Fault, clipped};

/// Names and values in the order in which they stand behind the question mark.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pairs(Vec<(String, String)>);

impl Pairs {
    pub(super) fn first(&self, name: &str) -> Option<&str> {
        let named = self.0.iter().filter(|(known, _)| known == name);
        named.map(|(_, value)| value.trim()).find(|value| !value.is_empty())
    }

    /// All values that are not blank.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(known, _)| known == name);
        named.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// All values, also those that stand in one with commas between them.
    pub(super) fn each(&self, name: &str) -> Vec<String> {
        self.all(name).flat_map(|value| value.split(',')).map(|value| value.trim().to_owned()).collect()
    }

    pub(super) fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Fault> {
        let wrong = |value: &str| Fault::asked_wrongly(format!("`{name}` is `{}`, expected a number", clipped(value)));
        self.first(name).map(|value| value.parse().map_err(|_| wrong(value))).transpose()
    }

    /// `true`, `false`, and the other words that mean them.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Fault> {
        self.first(name)
            .map(|value| match value.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Ok(true),
                "false" | "0" | "no" | "off" => Ok(false),
                _ => Err(Fault::asked_wrongly(format!("`{name}` is `{}`, expected true or false", clipped(value)))),
            })
            .transpose()
    }
}

impl<S: Sync> FromRequestParts<S> for Pairs {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()))
    }
}
