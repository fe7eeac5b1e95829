//! Questions over HTTP: Envoy's HTTP authorization, Traefik's forward-auth, nginx' `auth_request`.

use std::net::IpAddr;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header, request::Parts};
use policy::DecisionId;

use crate::{
    ask::{Face, Ruling},
    client::client_address,
    decide::Decide,
    faces::{
        Options,
        asked::{Asked, DIRECT, seen_through},
    },
    refusal::{self, Links, problem, refuse, unavailable},
    seen::Seen,
};

/// Before the path that Envoy asks about; its `path_prefix`.
pub(crate) const ENVOY: &str = "/envoy";
/// Names the headers that Envoy takes off a request that passes.
const TO_REMOVE: HeaderName = HeaderName::from_static("x-envoy-auth-headers-to-remove");

/// Why a question is none: the proxy is not configured as the documentation says.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("the proxy must send the header `{0}` exactly once; see the documentation of the faces")]
    Header(HeaderName),
    #[error("the header `{0}` names no HTTP method")]
    Method(HeaderName),
}

pub(crate) async fn envoy(
    parts: &Parts,
    seen: Seen,
    peer: IpAddr,
    decide: &impl Decide,
    options: &Options,
) -> Response<Bytes> {
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let asked = Asked {
        face: Face::EnvoyHttp,
        method: parts.method.clone(),
        target: target.strip_prefix(ENVOY).unwrap_or(target).to_owned(),
        seen: seen_through(seen, &parts.headers),
        client: client_address(peer, &parts.headers, &options.trusted),
        channel: DIRECT.to_owned(),
        headers: parts.headers.clone(),
    };
    let mut response = answer(&asked, decide, options).await;
    let forged = asked.forged();
    if response.status() == StatusCode::OK && !forged.is_empty() {
        let names = forged.iter().map(HeaderName::as_str).collect::<Vec<_>>().join(",");
        if let Ok(names) = HeaderValue::try_from(names) {
            response.headers_mut().insert(TO_REMOVE, names);
        }
    }
    response
}

pub(crate) async fn traefik(
    parts: &Parts,
    seen: Seen,
    peer: IpAddr,
    decide: &impl Decide,
    options: &Options,
) -> Response<Bytes> {
    const NAMES: Original = Original {
        method: HeaderName::from_static("x-forwarded-method"),
        target: HeaderName::from_static("x-forwarded-uri"),
    };
    match NAMES.asked(Face::ForwardAuth, parts, seen, peer, options) {
        Ok(asked) => answer(&asked, decide, options).await,
        Err(error) => malformed(&error, &options.links),
    }
}

/// 200, 401 or 403, which are all that nginx understands, without a body, which it would drop. What the caller should see is kept.
pub(crate) async fn nginx_auth(
    parts: &Parts,
    peer: IpAddr,
    decide: &impl Decide,
    options: &Options,
) -> Response<Bytes> {
    const NAMES: Original = Original {
        method: HeaderName::from_static("x-original-method"),
        target: HeaderName::from_static("x-original-uri"),
    };
    let asked = match NAMES.asked(Face::AuthRequest, parts, Seen::Nothing, peer, options) {
        Ok(asked) => asked,
        Err(error) => return malformed(&error, &options.links),
    };
    let ruling = match decide.decide(asked.ask()).await {
        Ok(ruling) => ruling,
        Err(failure) => return unavailable(&failure, asked.shape(), &options.links),
    };
    let Some(mut refusal) = refuse(&ruling, asked.caller(), asked.shape(), &options.links) else {
        return pass(&asked, &ruling);
    };
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = match refusal.status() {
        StatusCode::UNAUTHORIZED => StatusCode::UNAUTHORIZED,
        _ => StatusCode::FORBIDDEN,
    };
    refusal::marks(&ruling.decision).put(response.headers_mut());
    // nginx adds this one to whatever it then shows, so the refusal must not bring it a second time.
    if let Some(challenge) = refusal.headers_mut().remove(header::WWW_AUTHENTICATE) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    options.recent.keep(ruling.decision.decision_id, refusal);
    response
}

/// The refusal that nginx could not pass on, by `?decision=ID`. Unknown or forgotten, it is a plain 403: the verdict stands.
pub(crate) fn nginx_refusal(parts: &Parts, options: &Options) -> Response<Bytes> {
    let query = parts.uri.query().unwrap_or_default();
    let id = query.split('&').find_map(|pair| pair.strip_prefix("decision="));
    let found = id.and_then(|id| id.parse::<DecisionId>().ok()).and_then(|id| options.recent.find(id));
    found.unwrap_or_else(|| {
        let detail = "This request is refused. The details are no longer at hand; the operator has them in the record.";
        problem(StatusCode::FORBIDDEN, "denied", "This request is refused", detail, &options.links)
    })
}

async fn answer(asked: &Asked, decide: &impl Decide, options: &Options) -> Response<Bytes> {
    match decide.decide(asked.ask()).await {
        Ok(ruling) => {
            refuse(&ruling, asked.caller(), asked.shape(), &options.links).unwrap_or_else(|| pass(asked, &ruling))
        }
        Err(failure) => unavailable(&failure, asked.shape(), &options.links),
    }
}

/// Exactly 200 and no body: the only answer that every proxy takes for a yes.
fn pass(asked: &Asked, ruling: &Ruling) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    refusal::marks(&ruling.decision).put(response.headers_mut());
    response.headers_mut().extend(asked.limits(ruling));
    response
}

fn malformed(error: &Malformed, links: &Links) -> Response<Bytes> {
    problem(StatusCode::BAD_REQUEST, "malformed-question", "Malformed question", &error.to_string(), links)
}

/// The headers in which a proxy says what it was asked for.
struct Original {
    method: HeaderName,
    target: HeaderName,
}

impl Original {
    fn asked(
        &self,
        face: Face,
        parts: &Parts,
        seen: Seen,
        peer: IpAddr,
        options: &Options,
    ) -> Result<Asked, Malformed> {
        let method = only(&parts.headers, &self.method)?;
        Ok(Asked {
            face,
            method: Method::from_bytes(method.as_bytes()).map_err(|_| Malformed::Method(self.method.clone()))?,
            target: only(&parts.headers, &self.target)?.to_owned(),
            seen,
            client: client_address(peer, &parts.headers, &options.trusted),
            channel: DIRECT.to_owned(),
            headers: parts.headers.clone(),
        })
    }
}

fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a str, Malformed> {
    let mut values = headers.get_all(name).iter();
    match (values.next().and_then(|value| value.to_str().ok()), values.next()) {
        (Some(value), None) if !value.is_empty() => Ok(value),
        _ => Err(Malformed::Header(name.clone())),
    }
}
