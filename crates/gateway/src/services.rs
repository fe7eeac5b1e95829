//! What each listener answers.

use std::{net::IpAddr, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use store::Store;
use tonic::Status;

use crate::{
    appeal::{self, answer},
    desk::Desk,
    faces::{self, Endpoint, Peer, envoy_grpc},
    fault::Fault,
    health::Health,
    metrics::Metrics,
    proxy::Proxy,
    refusal::{Shape, problem},
    server::{Body, Serve, whole},
    telemetry::{Telemetry, Traced},
};

/// Where callers come in.
pub(crate) struct Public {
    pub(crate) proxy: Proxy,
    pub(crate) store: Store,
    pub(crate) health: Arc<Health>,
}

/// Where other proxies ask.
pub(crate) struct Questions {
    pub(crate) desk: Arc<Desk>,
    pub(crate) options: Arc<faces::Options>,
    pub(crate) telemetry: Option<Arc<Telemetry>>,
    pub(crate) health: Arc<Health>,
}

/// Where the operator's own machines look.
pub(crate) struct Admin {
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) health: Arc<Health>,
}

const SIGNALS: &str = "/.well-known/ringfence/signals.json";
const APPEALS: &str = "/v1/appeals";
const GRPC: &str = "/envoy.service.auth.v3.Authorization/";

impl Public {
    pub(crate) fn for_another_lane(&self) -> Self {
        Self { proxy: self.proxy.for_another_lane(), store: self.store.clone(), health: Arc::clone(&self.health) }
    }
}

impl Serve for Public {
    async fn serve(&self, request: Request<Incoming>, peer: IpAddr) -> Response<Body> {
        let (method, path) = (request.method().clone(), request.uri().path());
        let links = &self.proxy.links;
        if let Some(told) = health(&self.health, path) {
            return whole(told);
        }
        match (method, path) {
            (Method::GET, SIGNALS) => {
                let rules = self.proxy.desk.rules();
                whole(answer(StatusCode::OK, &policy::declaration(&rules)))
            }
            (Method::GET, APPEALS) => whole(appeal::form(request.uri().query())),
            (Method::POST, APPEALS) => {
                let Ok(_room) = self.proxy.room.try_acquire() else {
                    return whole(Fault::Full.answer(Shape::Problem, links));
                };
                let (parts, body) = request.into_parts();
                let limited = Limited::new(body, appeal::MAX_BYTES).collect();
                let Ok(Ok(body)) = tokio::time::timeout(self.proxy.admission.body_time, limited).await else {
                    let detail = "An appeal is at most 64 KiB of JSON.";
                    return whole(problem(StatusCode::PAYLOAD_TOO_LARGE, "invalid-appeal", "Not read", detail, links));
                };
                whole(appeal::open(&body.to_bytes(), &parts.headers, &self.proxy.desk, &self.store, links).await)
            }
            (_, SIGNALS | APPEALS) => {
                let detail = "This address takes another method.";
                whole(problem(StatusCode::METHOD_NOT_ALLOWED, "method", "Method not allowed", detail, links))
            }
            _ => self.proxy.serve(request, peer).await,
        }
    }
}

impl Serve for Questions {
    async fn serve(&self, mut request: Request<Incoming>, peer: IpAddr) -> Response<Body> {
        let path = request.uri().path();
        if let Some(told) = health(&self.health, path) {
            return whole(told);
        }
        let desk = Traced::new(&self.desk, self.telemetry.as_ref(), request.headers());
        if path.starts_with(GRPC) {
            request.extensions_mut().insert(Peer(peer));
            let mut service = envoy_grpc(desk, Arc::clone(&self.options));
            // The service is always ready and cannot fail.
            let called = tower_service::Service::call(&mut service, request);
            let answer = match tokio::time::timeout(self.options.body_time, called).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(never)) => match never {},
                Err(_) => Status::deadline_exceeded("the question took too long to arrive").into_http(),
            };
            return answer.map(|body| body.map_err(Into::into).boxed_unsync());
        }
        match Endpoint::of(path) {
            Some(endpoint) => whole(faces::serve(endpoint, request, peer, &desk, &self.options).await),
            None => {
                let detail = "No decision endpoint has this path.";
                let links = &self.options.links;
                whole(problem(StatusCode::NOT_FOUND, "unknown-route", "Not found", detail, links))
            }
        }
    }
}

impl Serve for Admin {
    async fn serve(&self, request: Request<Incoming>, _: IpAddr) -> Response<Body> {
        if let Some(told) = health(&self.health, request.uri().path()) {
            return whole(told);
        }
        let mut answer = Response::new(Bytes::new());
        if request.uri().path() == "/metrics" {
            for (part, number) in self.health.numbers() {
                self.metrics.set(part, number);
            }
            *answer.body_mut() = Bytes::from(self.metrics.text());
            let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
            answer.headers_mut().insert(header::CONTENT_TYPE, kind);
        } else {
            *answer.status_mut() = StatusCode::NOT_FOUND;
            *answer.body_mut() = Bytes::from_static(b"/healthz, /readyz and /metrics are here\n");
        }
        whole(answer)
    }
}

/// `/healthz`: the process runs. `/readyz`: it can answer.
fn health(health: &Health, path: &str) -> Option<Response<Bytes>> {
    match path {
        "/healthz" => Some(Response::new(Bytes::from_static(b"ok\n"))),
        "/readyz" => {
            let status = if health.ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            Some(answer(status, &health.told()))
        }
        _ => None,
    }
}
