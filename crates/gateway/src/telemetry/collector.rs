//! The way to a collector: a bounded queue, a thread that empties it, and a client over the gateway's own HTTP and TLS stack.
//!
//! Whatever the collector does, a span costs a request one try at the queue; what does not reach the collector is counted.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use opentelemetry::Context;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, Span, SpanData, SpanExporter, SpanProcessor},
};
use tokio::runtime::Handle;
use url::Url;

use super::{TelemetryError, names};
use crate::metrics::Metrics;

/// Spans that wait to be sent; about 1 KiB each.
const QUEUE: usize = 4096;
const BATCH: usize = 512;
const INTERVAL: Duration = Duration::from_secs(1);
/// For one batch, retries included.
const PATIENCE: Duration = Duration::from_secs(5);
/// A collector's answer holds at most a count and a sentence.
const ANSWER_MAX: usize = 64 << 10;

/// Sets up the way to a collector; nothing is sent yet.
pub(super) fn provider(url: &Url, metrics: Arc<Metrics>) -> Result<SdkTracerProvider, TelemetryError> {
    let usable = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    if !usable {
        return Err(TelemetryError::Address);
    }
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_http_client(Http::new()?)
        .with_endpoint(url.as_str())
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(PATIENCE)
        .build()
        .map_err(TelemetryError::Exporter)?;
    let waiting = Arc::new(AtomicUsize::new(0));
    let counted = Counted {
        exporter,
        waiting: Arc::clone(&waiting),
        metrics: Arc::clone(&metrics),
        gone: AtomicBool::new(false),
    };
    let limits = BatchConfigBuilder::default()
        .with_max_queue_size(QUEUE)
        .with_max_export_batch_size(BATCH)
        .with_scheduled_delay(INTERVAL)
        .build();
    let batches = BatchSpanProcessor::new(counted, limits);
    let resource = Resource::builder_empty().with_service_name(names::SERVICE).build();
    Ok(SdkTracerProvider::builder()
        .with_resource(resource)
        .with_span_processor(Queue { batches, waiting, metrics })
        .build())
}

/// The queue, which lets nothing in that the batches would drop unseen.
#[derive(Debug)]
struct Queue {
    batches: BatchSpanProcessor,
    waiting: Arc<AtomicUsize>,
    metrics: Arc<Metrics>,
}

impl SpanProcessor for Queue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        let room = |waiting| (waiting < QUEUE).then_some(waiting + 1);
        match self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room) {
            Ok(_) => self.batches.on_end(span),
            Err(_) => self.metrics.spans("queue_full", 1),
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.batches.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let ended = self.batches.shutdown_with_timeout(timeout);
        // What is left is never sent.
        let left = self.waiting.swap(QUEUE, Ordering::Relaxed);
        self.metrics.spans("unsent", left);
        ended
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.batches.set_resource(resource);
    }
}

/// The exporter, and what became of each span.
#[derive(Debug)]
struct Counted {
    exporter: opentelemetry_otlp::SpanExporter,
    waiting: Arc<AtomicUsize>,
    metrics: Arc<Metrics>,
    /// Whether the last batch did not arrive.
    gone: AtomicBool,
}

impl SpanExporter for Counted {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let fewer = |waiting: usize| Some(waiting.saturating_sub(spans));
        // It always has a next value.
        let _: Result<usize, usize> = self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer);
        let sent = self.exporter.export(batch).await;
        self.metrics.spans(if sent.is_ok() { "sent" } else { "unsent" }, spans);
        match (&sent, self.gone.swap(sent.is_err(), Ordering::Relaxed)) {
            (Err(error), false) => {
                tracing::warn!(error = %error, "traces do not reach their collector and are dropped");
            }
            (Ok(()), true) => tracing::info!("traces reach their collector again"),
            _ => {}
        }
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// The exporter's thread is none of the runtime's, so each request is handed over to it.
#[derive(Debug)]
struct Http {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    runtime: Handle,
}

impl Http {
    fn new() -> Result<Self, TelemetryError> {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_connect_timeout(Some(PATIENCE));
        let https = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
            .map_err(TelemetryError::Roots)?
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .build(https);
        Ok(Self { client, runtime: Handle::current() })
    }
}

#[async_trait::async_trait]
impl HttpClient for Http {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let asked = self.client.request(request.map(Full::new));
        let answered = async move {
            let (head, body) = asked.await?.into_parts();
            let body = Limited::new(body, ANSWER_MAX).collect().await?.to_bytes();
            Ok::<_, HttpError>(Response::from_parts(head, body))
        };
        self.runtime.spawn(async move { tokio::time::timeout(PATIENCE, answered).await }).await??
    }
}
