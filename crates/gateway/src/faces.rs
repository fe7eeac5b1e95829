//! The decision endpoints: what other proxies ask, and how they are told.
//!
//! Conversions only. Each face turns a question on the wire into an [`Ask`], and a ruling into the answer that its protocol has for
//! it. A failure of ours is never a verdict.

mod asked;
mod authzen;
mod envoy_grpc;
mod proxied;
mod recent;

use std::{net::IpAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::{
    client::TrustedProxies,
    decide::Decide,
    refusal::{Links, problem},
    seen::Seen,
};

pub use envoy_grpc::{EnvoyGrpc, Peer, envoy_grpc};
pub use recent::Recent;

/// What the faces need besides someone who decides.
#[derive(Debug, Clone)]
pub struct Options {
    pub trusted: TrustedProxies,
    pub links: Links,
    /// The longest body that is read; of a longer one nothing is.
    pub body_bytes: usize,
    /// For a whole question to arrive.
    pub body_time: Duration,
    /// The most evaluations in one AuthZEN request.
    pub evaluations: usize,
    pub recent: Arc<Recent>,
}

/// A path that is a face's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `/envoy`, and below it the path that is asked about.
    Envoy,
    Traefik,
    NginxAuth,
    NginxRefusal,
    Evaluation,
    Evaluations,
    AuthZenMetadata,
}

impl Endpoint {
    pub fn of(path: &str) -> Option<Self> {
        Some(match path {
            "/traefik" => Self::Traefik,
            "/nginx/auth" => Self::NginxAuth,
            "/nginx/refusal" => Self::NginxRefusal,
            "/access/v1/evaluation" => Self::Evaluation,
            "/access/v1/evaluations" => Self::Evaluations,
            "/.well-known/authzen-configuration" => Self::AuthZenMetadata,
            _ if path.strip_prefix(proxied::ENVOY).is_some_and(|rest| rest.starts_with('/')) => Self::Envoy,
            _ => return None,
        })
    }
}

/// Answers a question over HTTP. Only trusted peers are answered: what they say of a caller is taken for true.
pub async fn serve<B>(
    endpoint: Endpoint,
    request: Request<B>,
    peer: IpAddr,
    decide: &impl Decide,
    options: &Options,
) -> Response<Bytes>
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    if endpoint == Endpoint::AuthZenMetadata {
        return authzen::metadata(&options.links);
    }
    if !options.trusted.trusts(peer) {
        let detail = "Decision endpoints answer trusted proxies only; the operator names them in the configuration.";
        return problem(StatusCode::FORBIDDEN, "untrusted-peer", "Not a trusted proxy", detail, &options.links);
    }
    let (parts, body) = request.into_parts();
    let seen = match tokio::time::timeout(options.body_time, read(body, options.body_bytes)).await {
        Ok(Ok(seen)) => seen,
        Err(_) => {
            let detail = "The body of the question took too long to arrive.";
            let mut answer = problem(StatusCode::REQUEST_TIMEOUT, "slow-body", "Slow body", detail, &options.links);
            answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            return answer;
        }
        Ok(Err(Unreadable)) => {
            let detail = "The body of the question ended early.";
            return problem(StatusCode::BAD_REQUEST, "unreadable-body", "Unreadable body", detail, &options.links);
        }
    };
    match endpoint {
        Endpoint::Envoy => proxied::envoy(&parts, seen, peer, decide, options).await,
        Endpoint::Traefik => proxied::traefik(&parts, seen, peer, decide, options).await,
        Endpoint::NginxAuth => proxied::nginx_auth(&parts, peer, decide, options).await,
        Endpoint::NginxRefusal => proxied::nginx_refusal(&parts, options),
        Endpoint::Evaluation => authzen::evaluation(&parts, &seen, decide, options).await,
        Endpoint::Evaluations => authzen::evaluations(&parts, &seen, decide, options).await,
        Endpoint::AuthZenMetadata => authzen::metadata(&options.links),
    }
}

/// The peer went away in the middle of a body.
struct Unreadable;

async fn read<B>(body: B, limit: usize) -> Result<Seen, Unreadable>
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    match Limited::new(body, limit).collect().await.map(|body| body.to_bytes()) {
        Ok(bytes) if bytes.is_empty() => Ok(Seen::Nothing),
        Ok(bytes) => Ok(Seen::Whole(bytes)),
        Err(error) if error.is::<LengthLimitError>() => Ok(Seen::Partial),
        Err(_) => Err(Unreadable),
    }
}
