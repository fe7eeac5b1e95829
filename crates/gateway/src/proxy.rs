//! The reverse proxy: read, decide, send on, pass the answer through, record.

mod answer;
mod exchange;
mod headers;
mod upstream;
mod usage;

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header, request::Parts, uri::PathAndQuery};
use http_body::Body as _;
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::body::Incoming;
use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub(crate) use self::upstream::Upstream;
use self::{
    answer::{Answer, End, Finish, How, leave},
    exchange::{Opened, Pending, Waiting, Written},
};
pub use self::{
    upstream::UpstreamError,
    usage::{Framing, Usage, UsageReader},
};
use crate::{
    ask::{Ask, Face, Unavailable},
    client::{TrustedProxies, client_address},
    config::{Admission, WhenFull},
    credential::Credential,
    desk::{Desk, Judged, Ruled},
    fault::Fault,
    metrics::Metrics,
    refusal::{self, Caller, Links, Marks, Shape, limit_headers, marks},
    route::{Provider, Route},
    seen::{Seen, readable_facts},
    server::{Body, whole},
    telemetry::{Ended, Telemetry, Trace},
};

/// The reverse proxy, as one lane has it.
pub(crate) struct Proxy {
    pub(crate) desk: Arc<Desk>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) telemetry: Option<Arc<Telemetry>>,
    pub(crate) openai: Option<Upstream>,
    pub(crate) anthropic: Option<Upstream>,
    pub(crate) clients: TrustedProxies,
    pub(crate) links: Links,
    pub(crate) admission: Admission,
    pub(crate) room: Arc<Semaphore>,
    pub(crate) capture: Option<Arc<journal::Capture>>,
    pub(crate) when_full: WhenFull,
}

/// A request that was let in: its body is here, and it has a place.
struct Admitted {
    route: Route,
    parts: Parts,
    body: Bytes,
    room: OwnedSemaphorePermit,
    begun: Instant,
}

/// For a record, where exchanges may pass without one.
const PATIENCE: Duration = Duration::from_millis(50);

impl Proxy {
    pub(crate) async fn serve(&self, request: Request<Incoming>, peer: IpAddr) -> Response<Body> {
        let begun = Instant::now();
        let route = Route::of(request.method(), request.uri().path(), request.headers());
        let shape = Shape::of(route, request.headers());
        let operation = route.map_or("unknown", |route| route.operation);
        let mut trace = Trace::of(self.telemetry.as_ref(), route, request.headers());
        match self.pass(request, route, shape, peer, begun, &mut trace).await {
            Ok(answer) => answer,
            Err(Turned::Answered(fault, marks)) => {
                let mut answer = fault.answer(shape, &self.links);
                marks.put(answer.headers_mut());
                whole(answer)
            }
            Err(Turned::Unavailable(failure)) => {
                let answer = refusal::unavailable(&failure, shape, &self.links);
                trace.end(Ended::turned(answer.status(), None));
                self.turned(answer, operation, begun)
            }
            Err(Turned::Fault(fault)) => {
                self.metrics.shed(fault.code());
                trace.end(Ended::turned(fault.status(), Some(fault.code())));
                self.turned(fault.answer(shape, &self.links), operation, begun)
            }
            Err(Turned::Refused(answer)) => {
                trace.end(Ended::turned(answer.status(), None));
                self.turned(*answer, operation, begun)
            }
        }
    }

    fn turned(&self, answer: Response<Bytes>, operation: &str, begun: Instant) -> Response<Body> {
        self.metrics.answered(operation, answer.status().as_u16(), begun.elapsed());
        whole(answer)
    }

    async fn pass(
        &self,
        request: Request<Incoming>,
        route: Option<Route>,
        shape: Shape,
        peer: IpAddr,
        begun: Instant,
        trace: &mut Trace,
    ) -> Result<Response<Body>, Turned> {
        let route = route.ok_or(Fault::NoRoute)?;
        let upstream = self.upstream(route.provider).ok_or(Fault::NoUpstream)?;
        let admitted = self.admit(request, route, begun).await?;
        let ask = self.ask(&admitted, peer)?;
        let caller = Caller::of(&admitted.parts.headers);
        let ruled = self.desk.rule_on(&ask).await.map_err(Turned::Unavailable)?;
        trace.decided(&ruled.judged.ruling.decision);
        if let Some(refused) = refusal::refuse(&ruled.judged.ruling, caller, shape, &self.links) {
            return Err(Turned::Refused(Box::new(refused)));
        }
        self.forward(upstream, admitted, ask, ruled, std::mem::take(trace)).await
    }

    /// The same proxy with connections to its upstreams of its own.
    pub(crate) fn for_another_lane(&self) -> Self {
        Self {
            desk: Arc::clone(&self.desk),
            metrics: Arc::clone(&self.metrics),
            telemetry: self.telemetry.clone(),
            openai: self.openai.as_ref().map(Upstream::for_another_lane),
            anthropic: self.anthropic.as_ref().map(Upstream::for_another_lane),
            clients: self.clients.clone(),
            links: self.links.clone(),
            admission: self.admission.clone(),
            room: Arc::clone(&self.room),
            capture: self.capture.clone(),
            when_full: self.when_full,
        }
    }

    /// Reads the upstreams' key files anew.
    pub(crate) fn renew_keys(&self) -> Result<(), UpstreamError> {
        [&self.openai, &self.anthropic].into_iter().flatten().try_for_each(Upstream::read_key)
    }

    fn upstream(&self, provider: Provider) -> Option<&Upstream> {
        match provider {
            Provider::OpenAi => self.openai.as_ref(),
            Provider::Anthropic => self.anthropic.as_ref(),
        }
    }

    /// Takes a place and reads the body, within limits of size and time.
    async fn admit(&self, request: Request<Incoming>, route: Route, begun: Instant) -> Result<Admitted, Fault> {
        let room = Arc::clone(&self.room).try_acquire_owned().map_err(|_| Fault::Full)?;
        let full = self.capture.as_ref().is_some_and(|capture| !capture.has_room());
        if full && route.exchange && self.when_full == WhenFull::Refuse {
            return Err(Fault::CaptureFull);
        }
        let (parts, body) = request.into_parts();
        if parts.headers.get(header::CONTENT_ENCODING).is_some_and(|value| value != "identity") {
            return Err(Fault::Packed);
        }
        // By what it says of itself at once, and by what comes where it says nothing.
        if body.size_hint().lower() > self.admission.body_bytes as u64 {
            return Err(Fault::TooLarge);
        }
        let limited = Limited::new(body, self.admission.body_bytes).collect();
        let body = match tokio::time::timeout(self.admission.body_time, limited).await {
            Err(_) => return Err(Fault::TooSlow),
            Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(Fault::TooLarge),
            Ok(Err(_)) => return Err(Fault::Unreadable),
            Ok(Ok(body)) => body.to_bytes(),
        };
        Ok(Admitted { route, parts, body, room, begun })
    }

    fn ask(&self, admitted: &Admitted, peer: IpAddr) -> Result<Ask, Fault> {
        let Admitted { route, parts, body, .. } = admitted;
        let seen = if body.is_empty() { Seen::Nothing } else { Seen::Whole(body.clone()) };
        // What the rules cannot read must not reach a model that may read it otherwise.
        let facts = readable_facts(*route, "direct", &seen).ok_or(Fault::NoJson)?;
        Ok(Ask {
            face: Face::Proxy,
            client: client_address(peer, &parts.headers, &self.clients),
            credential: Credential::of(&parts.headers),
            account: None,
            request: facts,
            counts: true,
        })
    }

    async fn forward(
        &self,
        upstream: &Upstream,
        admitted: Admitted,
        ask: Ask,
        mut ruled: Ruled,
        mut trace: Trace,
    ) -> Result<Response<Body>, Turned> {
        let Admitted { route, parts, body, room, begun } = admitted;
        let target = parts.uri.path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
        let marks = marks(&ruled.judged.ruling.decision);
        let user_agent = parts.headers.get(header::USER_AGENT).cloned();
        let mut out = headers::to_upstream(parts.headers);
        marks.put(&mut out);
        trace.asked(&ask.request.model, upstream.host(), &mut out);
        let account = ruled.judged.ruling.account.clone();
        let opened = self.opened(route, ask, &mut ruled.judged, user_agent, body.clone());
        let mut waiting = Waiting::new(Pending {
            written: Written::Not(opened.map(Box::new)),
            trace,
            plan: std::mem::take(&mut ruled.judged.plan),
            account,
            operation: route.operation,
            status: 0,
            begun,
            desk: Arc::clone(&self.desk),
            metrics: Arc::clone(&self.metrics),
            capture: self.capture.clone().filter(|_| route.exchange),
            _room: room,
        });
        let asked = Instant::now();
        let sent = async { upstream.send(parts.method, &target, out, body).await.map_err(Failed::Upstream) };
        // Written down while the upstream works: the connection to it sends what it was given when this task rests.
        let written = async {
            tokio::task::yield_now().await;
            ruled.record().map_err(Failed::Record)?;
            waiting.write();
            let mut ours = limit_headers(&ruled.judged.ruling, route.provider);
            marks.put(&mut ours);
            Ok(ours)
        };
        let answered = tokio::try_join!(sent, written);
        // What has no record is not answered, whatever the upstream says.
        let answered = answered.map_err(|failed| match (failed, ruled.record()) {
            (Failed::Record(failure), _) | (_, Err(failure)) => {
                (StatusCode::SERVICE_UNAVAILABLE, Turned::Unavailable(failure))
            }
            (Failed::Upstream(fault), Ok(())) => {
                self.metrics.upstream_failed(fault.code());
                (fault.status(), Turned::Answered(fault, marks))
            }
        });
        let (answer, ours) = match answered {
            Ok(answered) => answered,
            Err((status, turned)) => {
                let mut pending = waiting.answered(status.as_u16());
                if let Some(pending) = &mut pending {
                    pending.trace.end(Ended::turned(status, turned.code()));
                }
                self.ended(pending).await;
                return Err(turned);
            }
        };
        self.metrics.first_byte(asked.elapsed());
        let (mut head, body) = answer.into_parts();
        let pending = waiting.answered(head.status.as_u16());
        head.headers = headers::to_caller(head.headers);
        head.headers.extend(ours);
        head.version = http::Version::HTTP_11;
        head.extensions.clear();
        let pending = match pending {
            Some(pending) if !body.is_end_stream() => pending,
            over => {
                self.ended(over).await;
                return Ok(Response::from_parts(head, empty()));
            }
        };
        let framing = framing(&head.headers, head.status);
        let answer = Answer::new(body, framing, upstream.stall, self.patience(), pending);
        Ok(Response::from_parts(head, answer.map_err(Into::into).boxed_unsync()))
    }

    /// Records an exchange that is over when its head is sent.
    async fn ended(&self, pending: Option<Box<Pending>>) {
        let end = End { usage: Usage::default(), events: 0, how: How::Complete };
        let Some(mut recorded) = pending.and_then(|pending| pending.finish(end)) else { return };
        match self.patience() {
            None => recorded.await,
            Some(patience) => {
                if tokio::time::timeout(patience, &mut recorded).await.is_err() {
                    leave(Some(recorded));
                }
            }
        }
    }

    /// How long an answer waits for its record. Where nothing may pass without one it waits as long as that takes.
    fn patience(&self) -> Option<Duration> {
        match self.when_full {
            WhenFull::Drop => Some(PATIENCE),
            WhenFull::Refuse => None,
        }
    }

    /// What is known of the exchange, where this is one and exchanges are kept.
    fn opened(
        &self,
        route: Route,
        ask: Ask,
        judged: &mut Judged,
        user_agent: Option<HeaderValue>,
        body: Bytes,
    ) -> Option<Opened> {
        if !route.exchange || self.capture.is_none() {
            return None;
        }
        Some(Opened {
            id: judged.ruling.decision.decision_id,
            time: Timestamp::now(),
            route,
            account: judged.ruling.account.clone(),
            organization: judged.organization.take(),
            credential: ask.credential,
            client: ask.client,
            user_agent,
            model: ask.request.model,
            channel: ask.request.channel,
            body,
        })
    }
}

/// What failed after a request was sent on.
enum Failed {
    Upstream(Fault),
    Record(Unavailable),
}

/// Why a request did not go through.
enum Turned {
    /// By a failure of the upstream, which is on record under the marks.
    Answered(Fault, Marks),
    Fault(Fault),
    Refused(Box<Response<Bytes>>),
    /// Nothing could be decided or put on record.
    Unavailable(Unavailable),
}

impl Turned {
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Answered(fault, _) | Self::Fault(fault) => Some(fault.code()),
            Self::Refused(_) | Self::Unavailable(_) => None,
        }
    }
}

fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

impl From<Fault> for Turned {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

fn framing(headers: &HeaderMap, status: StatusCode) -> Framing {
    let of = |name: &header::HeaderName| headers.get(name).map_or(&b""[..], HeaderValue::as_bytes);
    let kind = of(&header::CONTENT_TYPE);
    let packed = !of(&header::CONTENT_ENCODING).is_empty() && of(&header::CONTENT_ENCODING) != b"identity";
    let kind = kind.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    match () {
        () if packed || !status.is_success() => Framing::Opaque,
        () if kind.eq_ignore_ascii_case(b"text/event-stream") => Framing::Events,
        () if kind.eq_ignore_ascii_case(b"application/json") => Framing::Whole,
        () => Framing::Opaque,
    }
}
