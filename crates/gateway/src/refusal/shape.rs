//! What kind of answer a caller's software understands, and what kind of credential it showed.

use http::{HeaderMap, header};

use crate::route::{Provider, Route};

/// Whose error body a refusal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    OpenAi,
    Anthropic,
    /// RFC 9457 problem details.
    Problem,
}

/// What a caller can do about a verification: log in again, or have someone open a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Caller {
    Key,
    OAuth,
}

impl Shape {
    /// The provider's own on model routes, unless the caller asks for problem details.
    pub fn of(route: Option<Route>, headers: &HeaderMap) -> Self {
        match route {
            _ if accepts_problem(headers) => Self::Problem,
            Some(Route { provider: Provider::OpenAi, .. }) => Self::OpenAi,
            Some(Route { provider: Provider::Anthropic, .. }) => Self::Anthropic,
            None => Self::Problem,
        }
    }

    pub(crate) fn provider(self) -> Option<Provider> {
        match self {
            Self::OpenAi => Some(Provider::OpenAi),
            Self::Anthropic => Some(Provider::Anthropic),
            Self::Problem => None,
        }
    }
}

/// Names problem details outright; a wildcard does not.
fn accepts_problem(headers: &HeaderMap) -> bool {
    let names = |range: &str| {
        let mut parts = range.split(';').map(str::trim);
        let refused = |part: &str| part.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
        parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/problem+json")) && !parts.any(refused)
    };
    headers.get_all(header::ACCEPT).iter().filter_map(|line| line.to_str().ok()).any(|line| line.split(',').any(names))
}

impl Caller {
    /// An access token in the form of a JWT is OAuth's; every other credential counts as an API key. Where both are shown the key
    /// counts, as it does for [`Credential`](crate::Credential).
    pub fn of(headers: &HeaderMap) -> Self {
        if headers.contains_key("x-api-key") || headers.contains_key("api-key") {
            return Self::Key;
        }
        let value = headers.get(header::AUTHORIZATION).map_or(&b""[..], |value| value.as_bytes());
        match value.split_at_checked(7) {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case(b"bearer ") && is_jwt(token.trim_ascii()) => {
                Self::OAuth
            }
            _ => Self::Key,
        }
    }
}

/// Three parts of base 64, the first of which opens a JSON object.
fn is_jwt(token: &[u8]) -> bool {
    let base64 = |part: &[u8]| {
        !part.is_empty() && part.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-' || *byte == b'_')
    };
    token.starts_with(b"eyJ")
        && token.split(|byte| *byte == b'.').count() == 3
        && token.split(|byte| *byte == b'.').all(base64)
}
