//! Where a store lies: a file of SQLite, or a database of PostgreSQL.

use std::{fmt, path::PathBuf, str::FromStr};

use url::Url;

/// `sqlite:///absolute/path`, `sqlite://relative/path` or `postgres://user:password@host/database`.
///
/// The password shows in neither `Display` nor `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(pub(crate) Place);

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Sqlite(PathBuf),
    Postgres(Url),
}

/// Why a text is no address of a database. Never repeats the text, which may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error("the database's address begins with neither `sqlite://` nor `postgres://`")]
    Scheme,
    #[error(
        "the path after `sqlite://` is empty or holds a `?`, a `#`, or a control character; write `sqlite:///path/to/store.db`"
    )]
    Path,
    #[error("the address of the PostgreSQL database is no URL; write `postgres://user:password@host/database`")]
    Syntax(#[source] url::ParseError),
    #[error("the address of the PostgreSQL database names no database; write `postgres://user:password@host/database`")]
    NoDatabase,
}

/// Parameters of a PostgreSQL URL whose values are nobody's business.
const SECRET_PARAMETERS: [&str; 2] = ["password", "sslpassword"];

impl DatabaseUrl {
    /// A file of SQLite at any path.
    pub fn sqlite(path: impl Into<PathBuf>) -> Self {
        Self(Place::Sqlite(path.into()))
    }
}

impl FromStr for DatabaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        if let Some(path) = text.strip_prefix("sqlite://") {
            let refused = |c: char| c.is_control() || c == '?' || c == '#';
            if path.is_empty() || path.contains(refused) {
                return Err(UrlError::Path);
            }
            return Ok(Self::sqlite(path));
        }
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(UrlError::Scheme);
        }
        let url = Url::parse(text).map_err(UrlError::Syntax)?;
        if url.path().trim_start_matches('/').is_empty() {
            return Err(UrlError::NoDatabase);
        }
        Ok(Self(Place::Postgres(url)))
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Place::Postgres(url) => f.write_str(&redacted(url)),
        }
    }
}

fn redacted(url: &Url) -> String {
    let mut shown = url.clone();
    if shown.password().is_some() && shown.set_password(Some("***")).is_err() {
        return "postgres://***".to_owned();
    }
    if url.query().is_some() {
        shown.query_pairs_mut().clear().extend_pairs(url.query_pairs().map(|(name, value)| {
            let secret = SECRET_PARAMETERS.iter().any(|s| name.eq_ignore_ascii_case(s));
            (name, if secret { "***".into() } else { value })
        }));
    }
    shown.to_string()
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}
