//! Which headers go on, and which end here.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::client::is_mark;

/// Of one connection only (RFC 9110, section 7.6.1).
fn is_hop(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "connection"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
            | "keep-alive"
            | "proxy-connection"
            | "http2-settings"
    )
}

/// What says of a caller what the upstream is not told, or is told anew.
fn is_of_caller(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "x-forwarded-for"
            | "x-forwarded-host"
            | "x-forwarded-proto"
            | "x-forwarded-port"
            | "x-real-ip"
            | "forwarded"
            | "host"
            | "content-length"
            | "expect"
    )
}

/// A caller's headers as the upstream gets them: without forged marks, without what only this connection is about, and without
/// an encoding that usage could not be read through.
pub(super) fn to_upstream(mut headers: HeaderMap) -> HeaderMap {
    strip(&mut headers, is_of_caller);
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers
}

/// An upstream's headers as the caller gets them.
pub(super) fn to_caller(mut headers: HeaderMap) -> HeaderMap {
    strip(&mut headers, |_| false);
    headers
}

fn strip(headers: &mut HeaderMap, more: fn(&HeaderName) -> bool) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    // A caller that lists `authorization` here would take away what it is known by.
    let kept =
        |name: &HeaderName| *name == header::AUTHORIZATION || *name == header::CONTENT_TYPE || name == "x-api-key";
    let goes = |name: &HeaderName| {
        is_hop(name) || is_mark(name) || more(name) || (!named.is_empty() && named.contains(name) && !kept(name))
    };
    let gone: Vec<HeaderName> = headers.keys().filter(|name| goes(name)).cloned().collect();
    gone.iter().for_each(|name| drop(headers.remove(name)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_one_connection_ends_here() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "x-trace, authorization"),
            ("x-trace", "1"),
            ("authorization", "Bearer k"),
            ("transfer-encoding", "chunked"),
            ("te", "trailers"),
            ("x-ringfence-effect", "allow"),
            ("x-forwarded-for", "203.0.113.9"),
            ("accept-encoding", "gzip"),
            ("openai-organization", "org"),
        ] {
            headers.append(name, HeaderValue::from_static(value));
        }
        let headers = to_upstream(headers);
        let mut left: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["accept-encoding", "authorization", "openai-organization"]);
        assert_eq!(headers["accept-encoding"], "identity");
    }
}
