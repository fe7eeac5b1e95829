//! Traces for a collector, where one is configured: a span per proxied request, one per call of an upstream, one per decision
//! that another proxy asked for. No prompt, address, key or name of an account is in them.

mod collector;
mod names;

use std::{borrow::Cow, sync::Arc, time::Duration};

use http::HeaderMap;
use opentelemetry::{
    Context, KeyValue, Value,
    propagation::TextMapPropagator,
    trace::{Span as _, SpanContext, SpanKind, Status, TraceContextExt, TraceState, Tracer, TracerProvider},
};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_sdk::{
    propagation::TraceContextPropagator,
    trace::{SdkTracer, SdkTracerProvider, Span},
};
use policy::Decision;
use url::Url;

use crate::{
    ask::{Ask, Face, Ruling, Unavailable},
    decide::Decide,
    desk::Desk,
    metrics::Metrics,
    route::Route,
};

/// Traces that cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error(
        "`telemetry` takes an http or https address without a name and password; send those as OTEL_EXPORTER_OTLP_HEADERS"
    )]
    Address,
    #[error("no certificate authorities are known to this machine, so no collector can be trusted")]
    Roots(#[source] std::io::Error),
    #[error("the exporter refuses its settings")]
    Exporter(#[source] opentelemetry_otlp::ExporterBuildError),
}

/// What W3C Trace Context (limits of `tracestate`) asks everyone to pass on; more of a caller's bytes is not kept per span.
const STATE_MAX: usize = 512;

/// Where traces are made.
#[derive(Debug)]
pub(crate) struct Telemetry {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Telemetry {
    /// Sends to the collector at `url`. Called within a runtime, which then does the sending.
    pub(crate) fn to(url: &Url, metrics: Arc<Metrics>) -> Result<Self, TelemetryError> {
        let provider = collector::provider(url, metrics)?;
        let tracer = provider.tracer(names::SERVICE);
        Ok(Self { provider, tracer })
    }

    /// Sends what is left, for so long at most. Blocks.
    pub(crate) fn close(&self, patience: Duration) {
        if let Err(error) = self.provider.shutdown_with_timeout(patience) {
            tracing::warn!(error = %error, "the last traces did not reach their collector");
        }
    }

    fn span(&self, name: impl Into<Cow<'static, str>>, kind: SpanKind, parent: &Context, of: Vec<KeyValue>) -> Span {
        let builder = self.tracer.span_builder(name).with_kind(kind).with_attributes(of);
        self.tracer.build_with_context(builder, parent)
    }
}

/// One request as it is traced; nothing where no traces are made.
#[derive(Debug, Default)]
pub(crate) struct Trace(Option<Box<Spans>>);

#[derive(Debug)]
struct Spans {
    telemetry: Arc<Telemetry>,
    request: Span,
    upstream: Option<Span>,
    route: Option<Route>,
}

/// How a traced request ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended {
    /// As the caller got it.
    pub(crate) status: u16,
    /// As the upstream gave it, where it answered.
    pub(crate) answered: Option<u16>,
    pub(crate) input_tokens: Option<u64>,
    pub(crate) output_tokens: Option<u64>,
    /// A word for what went wrong.
    pub(crate) error: Option<&'static str>,
}

impl Ended {
    /// By an answer of the gateway's own.
    pub(crate) fn turned(status: http::StatusCode, error: Option<&'static str>) -> Self {
        Self { status: status.as_u16(), answered: None, input_tokens: None, output_tokens: None, error }
    }
}

impl Trace {
    /// Begins, below the caller's own span if it names one.
    pub(crate) fn of(telemetry: Option<&Arc<Telemetry>>, route: Option<Route>, headers: &HeaderMap) -> Self {
        Self(telemetry.map(|telemetry| {
            let name = route.map_or(names::NO_ROUTE, |route| names::operation(route.operation));
            let request = telemetry.span(name, SpanKind::Server, &parent(headers), genai(route));
            Box::new(Spans { telemetry: Arc::clone(telemetry), request, upstream: None, route })
        }))
    }

    pub(crate) fn decided(&mut self, decision: &Decision) {
        if let Some(spans) = &mut self.0 {
            spans.request.set_attributes(of_decision(decision));
        }
    }

    /// Begins the upstream's span and names it to the upstream as the parent.
    pub(crate) fn asked(&mut self, model: &str, server: &str, headers: &mut HeaderMap) {
        let Some(spans) = &mut self.0 else { return };
        let mut about = genai(spans.route);
        about.push(KeyValue::new(names::SERVER, server.to_owned()));
        let mut name = Cow::Borrowed(spans.route.map_or(names::NO_ROUTE, |route| names::operation(route.operation)));
        if is_model(model) {
            let model_of = KeyValue::new(names::MODEL, model.to_owned());
            spans.request.set_attribute(model_of.clone());
            about.push(model_of);
            name = Cow::Owned(format!("{name} {model}"));
        }
        let parent = Context::new().with_remote_span_context(spans.request.span_context().clone());
        let span = spans.telemetry.span(name, SpanKind::Client, &parent, about);
        let onward = Context::new().with_remote_span_context(span.span_context().clone());
        TraceContextPropagator::new().inject_context(&onward, &mut HeaderInjector(headers));
        if headers.get("tracestate").is_some_and(|state| state.is_empty()) {
            headers.remove("tracestate");
        }
        spans.upstream = Some(span);
    }

    /// Ends both spans.
    pub(crate) fn end(&mut self, ended: Ended) {
        let Some(mut spans) = self.0.take() else { return };
        if let Some(upstream) = &mut spans.upstream {
            for (name, tokens) in
                [(names::INPUT_TOKENS, ended.input_tokens), (names::OUTPUT_TOKENS, ended.output_tokens)]
            {
                if let Some(tokens) = tokens.and_then(|tokens| i64::try_from(tokens).ok()) {
                    upstream.set_attribute(KeyValue::new(name, tokens));
                }
            }
            close(upstream, ended.answered, ended.error, 400);
        }
        close(&mut spans.request, Some(ended.status), ended.error, 500);
    }
}

impl Drop for Trace {
    /// A request that nobody works on any more is one whose caller left.
    fn drop(&mut self) {
        self.end(Ended {
            status: 499,
            answered: None,
            input_tokens: None,
            output_tokens: None,
            error: Some(names::LEFT),
        });
    }
}

/// For a server a status below 500 is no error of its own; for a client it is from 400 on.
fn close(span: &mut Span, status: Option<u16>, error: Option<&'static str>, failed: u16) {
    if let Some(status) = status {
        span.set_attribute(KeyValue::new(names::STATUS, i64::from(status)));
    }
    let by_status = status.filter(|status| *status >= failed);
    let kind = error.map(Value::from).or_else(|| by_status.map(|status| Value::from(status.to_string())));
    if let Some(kind) = kind {
        span.set_attribute(KeyValue::new(names::ERROR, kind));
    }
    let ours = match error {
        Some(names::LEFT) => false,
        Some(_) => status.is_none_or(|status| status < 400 || status >= failed),
        None => by_status.is_some(),
    };
    if ours {
        span.set_status(Status::error(""));
    }
    span.end();
}

/// The desk, with a span around each decision.
pub(crate) struct Traced {
    pub(crate) desk: Arc<Desk>,
    pub(crate) telemetry: Option<Arc<Telemetry>>,
    /// Of whoever asks.
    parent: Context,
}

impl Traced {
    pub(crate) fn new(desk: &Arc<Desk>, telemetry: Option<&Arc<Telemetry>>, headers: &HeaderMap) -> Self {
        let parent = if telemetry.is_some() { parent(headers) } else { Context::new() };
        Self { desk: Arc::clone(desk), telemetry: telemetry.cloned(), parent }
    }
}

impl Decide for Traced {
    async fn decide(&self, ask: Ask) -> Result<Ruling, Unavailable> {
        let Some(telemetry) = &self.telemetry else { return self.desk.decide(ask).await };
        let mut span = telemetry.span(names::DECIDE, SpanKind::Server, &self.parent, of_face(ask.face));
        let ruled = self.desk.decide(ask).await;
        match &ruled {
            Ok(ruling) => span.set_attributes(of_decision(&ruling.decision)),
            Err(_) => {
                span.set_attribute(KeyValue::new(names::ERROR, names::UNAVAILABLE));
                span.set_status(Status::error(""));
            }
        }
        span.end();
        ruled
    }
}

/// The span that a caller names in `traceparent`, without a `tracestate` that is longer than one has to be.
fn parent(headers: &HeaderMap) -> Context {
    let named = TraceContextPropagator::new().extract_with_context(&Context::new(), &HeaderExtractor(headers));
    if headers.get("tracestate").is_none_or(|state| state.len() <= STATE_MAX) {
        return named;
    }
    let span = named.span();
    let of = span.span_context();
    let bare = SpanContext::new(of.trace_id(), of.span_id(), of.trace_flags(), true, TraceState::NONE);
    Context::new().with_remote_span_context(bare)
}

fn genai(route: Option<Route>) -> Vec<KeyValue> {
    route.map_or_else(Vec::new, |route| {
        vec![
            KeyValue::new(names::PROVIDER, names::provider(route.provider)),
            KeyValue::new(names::OPERATION, names::operation(route.operation)),
        ]
    })
}

fn of_face(face: Face) -> Vec<KeyValue> {
    vec![KeyValue::new(names::FACE, face.as_str())]
}

fn of_decision(decision: &Decision) -> [KeyValue; 2] {
    [
        KeyValue::new(names::EFFECT, decision.effect.as_str()),
        KeyValue::new(names::DECISION, decision.decision_id.to_string()),
    ]
}

/// A caller may write anything where the model's name belongs; only what looks like one is told.
fn is_model(model: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/@".contains(&byte);
    (1..=128).contains(&model.len()) && model.bytes().all(plain)
}
