//! Envoy's external authorization over gRPC, version 3: also for Istio, kgateway, agentgateway and the Agent Router.
//!
//! A denial is a call that succeeds. A call that fails says that nothing was decided, and Envoy does what it was told for that case.

use std::{net::IpAddr, sync::Arc};

use bytes::Bytes;
use envoy_types::{
    ext_authz::v3::pb::{
        Authorization, AuthorizationServer, CheckRequest, CheckResponse, DeniedHttpResponse, HeaderAppendAction,
        HeaderValue, HeaderValueOption, HttpResponse, HttpStatus, OkHttpResponse,
    },
    pb::{
        envoy::{
            config::core::v3::{SocketAddress, address},
            service::auth::v3::{
                AttributeContext,
                attribute_context::{HttpRequest, Peer as Source, Request as Attributes},
            },
        },
        google::{
            protobuf::{Struct, Value, value::Kind},
            rpc,
        },
    },
};
use http::{HeaderMap, HeaderName, Method, StatusCode, header};
use tonic::{Code, Request, Response, Status};

use crate::{
    ask::{Face, Ruling},
    client::{self, TrustedProxies},
    decide::Decide,
    faces::{
        Options,
        asked::{Asked, DIRECT, seen_through},
    },
    refusal::{DECISION_ID, marks, refuse},
    seen::Seen,
};

/// The route's own setting in Envoy that names the channel.
const CHANNEL: &str = "ringfence-channel";
/// Around the body in a message: headers, addresses, certificates.
const MESSAGE_OVERHEAD: usize = 256 * 1024;

/// The peer of a connection; the server puts it into the extensions of each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// The gRPC service `envoy.service.auth.v3.Authorization`.
#[derive(Debug)]
pub struct EnvoyGrpc<D> {
    decide: D,
    options: Arc<Options>,
}

/// The service, ready for a server; cheap to make, so that every request can have the current options.
pub fn envoy_grpc<D: Decide>(decide: D, options: Arc<Options>) -> AuthorizationServer<EnvoyGrpc<D>> {
    let longest = options.body_bytes.saturating_add(MESSAGE_OVERHEAD);
    AuthorizationServer::new(EnvoyGrpc { decide, options }).max_decoding_message_size(longest)
}

#[tonic::async_trait]
impl<D: Decide> Authorization for EnvoyGrpc<D> {
    async fn check(&self, request: Request<CheckRequest>) -> Result<Response<CheckResponse>, Status> {
        let trusted = &self.options.trusted;
        let peer = request.extensions().get::<Peer>().map(|peer| peer.0).filter(|peer| trusted.trusts(*peer));
        let Some(peer) = peer else {
            return Err(Status::permission_denied(
                "only trusted proxies are answered; name yours in the configuration",
            ));
        };
        let asked = asked(request.into_inner(), peer, trusted)
            .ok_or_else(|| Status::invalid_argument("the check request has no `attributes.request.http`"))?;
        let ruling =
            self.decide.decide(asked.ask()).await.map_err(|failure| Status::unavailable(failure.to_string()))?;
        Ok(Response::new(answer(&asked, &ruling, &self.options)))
    }
}

/// The request that Envoy asks about; none when there is no HTTP request in it.
pub(crate) fn asked(request: CheckRequest, peer: IpAddr, trusted: &TrustedProxies) -> Option<Asked> {
    let CheckRequest { attributes } = request;
    let AttributeContext {
        source,
        destination: _,
        request,
        mut context_extensions,
        metadata_context: _,
        route_metadata_context: _,
        tls_session: _,
    } = attributes?;
    let Attributes { time: _, http } = request?;
    let HttpRequest {
        id: _,
        method,
        headers,
        header_map,
        path,
        host: _,
        scheme: _,
        query: _,
        fragment: _,
        size,
        protocol: _,
        body,
        raw_body,
    } = http?;
    let raw = header_map.map(|map| map.headers).unwrap_or_default().into_iter();
    let headers = shown(headers.into_iter().map(|(name, value)| (name, value.into_bytes())).chain(raw.map(
        |HeaderValue { key, value, raw_value }| {
            (key, if raw_value.is_empty() { value.into_bytes() } else { raw_value })
        },
    )));
    let body = if raw_body.is_empty() { body.into_bytes() } else { raw_body };
    Some(Asked {
        face: Face::EnvoyGrpc,
        // No route has an empty method, so what Envoy could not name stays unknown.
        method: Method::from_bytes(method.as_bytes()).unwrap_or(Method::TRACE),
        target: path,
        seen: seen(body, size, &headers),
        client: caller(peer, source, &headers, trusted),
        channel: context_extensions
            .remove(CHANNEL)
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| DIRECT.to_owned()),
        headers,
    })
}

/// A header that HTTP does not allow counts as not shown. To refuse the call for it would hand the request to Envoy's failure mode.
fn shown(headers: impl Iterator<Item = (String, Vec<u8>)>) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let header = HeaderName::try_from(name).ok().zip(http::HeaderValue::try_from(value).ok());
        if let Some((name, value)) = header
            && map.try_append(name, value).is_err()
        {
            break;
        }
    }
    map
}

/// A body is whole only when nothing says otherwise: neither Envoy's mark, nor the size, nor the length that the client declared.
fn seen(body: Vec<u8>, size: i64, headers: &HeaderMap) -> Seen {
    if body.is_empty() {
        return Seen::Nothing;
    }
    let length = u64::try_from(body.len()).ok();
    let declared = headers.get(header::CONTENT_LENGTH).map(|value| value.to_str().ok()?.parse::<u64>().ok());
    let cut = (size >= 0 && u64::try_from(size).ok() != length) || declared.is_some_and(|declared| declared != length);
    seen_through(if cut { Seen::Partial } else { Seen::Whole(Bytes::from(body)) }, headers)
}

/// Envoy, the address that it was reached from, then what was forwarded to it. Envoy may have added the second to the third.
fn caller(peer: IpAddr, source: Option<Source>, headers: &HeaderMap, trusted: &TrustedProxies) -> Option<IpAddr> {
    let source = match source?.address?.address? {
        address::Address::SocketAddress(SocketAddress { address, .. }) => client::address(address.as_bytes())?,
        _ => return None,
    };
    let mut forwarded = client::forwarded(headers).peekable();
    forwarded.next_if_eq(&Some(source));
    trusted.caller([Some(peer), Some(source)].into_iter().chain(forwarded))
}

fn answer(asked: &Asked, ruling: &Ruling, options: &Options) -> CheckResponse {
    let decided = |code: Code, response| CheckResponse {
        status: Some(rpc::Status { code: code.into(), ..rpc::Status::default() }),
        dynamic_metadata: Some(metadata(ruling)),
        http_response: Some(response),
    };
    match refuse(ruling, asked.caller(), asked.shape(), &options.links) {
        None => decided(Code::Ok, HttpResponse::OkResponse(passed(asked, ruling))),
        Some(refusal) => decided(code(refusal.status()), HttpResponse::DeniedResponse(denied(refusal))),
    }
}

fn code(status: StatusCode) -> Code {
    match status {
        StatusCode::UNAUTHORIZED => Code::Unauthenticated,
        StatusCode::TOO_MANY_REQUESTS => Code::ResourceExhausted,
        _ => Code::PermissionDenied,
    }
}

fn passed(asked: &Asked, ruling: &Ruling) -> OkHttpResponse {
    let mut to_client = asked.limits(ruling);
    let mut ours = HeaderMap::new();
    marks(&ruling.decision).put(&mut ours);
    if let Some(id) = ours.get(DECISION_ID) {
        to_client.insert(DECISION_ID, id.clone());
    }
    OkHttpResponse {
        headers: options_of(&ours),
        headers_to_remove: asked.forged().iter().map(ToString::to_string).collect(),
        response_headers_to_add: options_of(&to_client),
        ..OkHttpResponse::default()
    }
}

fn denied(refusal: http::Response<Bytes>) -> DeniedHttpResponse {
    let (parts, body) = refusal.into_parts();
    DeniedHttpResponse {
        status: Some(HttpStatus { code: parts.status.as_u16().into() }),
        headers: options_of(&parts.headers),
        body: String::from_utf8_lossy(&body).into_owned(),
    }
}

/// Ours replace what is there: a forged mark does not stay beside the true one.
fn options_of(headers: &HeaderMap) -> Vec<HeaderValueOption> {
    let option = |(name, value): (&HeaderName, &http::HeaderValue)| HeaderValueOption {
        header: Some(HeaderValue {
            key: name.as_str().to_owned(),
            value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
            raw_value: Vec::new(),
        }),
        append_action: HeaderAppendAction::OverwriteIfExistsOrAdd.into(),
        ..HeaderValueOption::default()
    };
    headers.iter().map(option).collect()
}

/// For Envoy's access log, under `envoy.filters.http.ext_authz`.
fn metadata(ruling: &Ruling) -> Struct {
    let text = |text: String| Value { kind: Some(Kind::StringValue(text)) };
    Struct {
        fields: [
            ("effect".to_owned(), text(ruling.decision.effect.as_str().to_owned())),
            ("decision_id".to_owned(), text(ruling.decision.decision_id.to_string())),
        ]
        .into(),
    }
}
