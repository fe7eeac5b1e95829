//! What the gateway counts, for Prometheus. No label holds a prompt, an address or a name of an account.

use std::time::Duration;

use policy::Effect;
use prometheus::{
    Encoder, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
    core::Collector,
};

use crate::ask::Face;

/// All counters of one gateway.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    decisions: IntCounterVec,
    decision_time: Histogram,
    unrecorded: IntCounter,
    requests: IntCounterVec,
    request_time: Histogram,
    first_byte_time: Histogram,
    upstream_errors: IntCounterVec,
    client_left: IntCounter,
    shed: IntCounterVec,
    exchanges: IntCounterVec,
    tokens: IntCounterVec,
    spans: IntCounterVec,
    redis_errors: IntCounter,
    reloads: IntCounterVec,
    pub(crate) connections: IntGauge,
    pub(crate) in_flight: IntGauge,
    gauges: IntGaugeVec,
}

/// Seconds; the budget of a decision is in the middle of it.
const FINE: [f64; 10] = [10e-6, 25e-6, 50e-6, 100e-6, 250e-6, 1e-3, 5e-3, 25e-3, 0.1, 1.0];
const COARSE: [f64; 10] = [1e-3, 5e-3, 25e-3, 0.1, 0.25, 1.0, 2.5, 10.0, 60.0, 600.0];

impl Metrics {
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let add = Add(&registry);
        Ok(Self {
            decisions: add.counters("decisions_total", "Decisions by face and effect", &["face", "effect"])?,
            decision_time: add.histogram("decision_seconds", "From the question to the decision", &FINE)?,
            unrecorded: add.counter("decisions_unrecorded_total", "Decisions that the ledger did not take")?,
            requests: add.counters("requests_total", "Answers by route and status", &["operation", "status"])?,
            request_time: add.histogram(
                "request_seconds",
                "From a request's head to the end of its answer",
                &COARSE,
            )?,
            first_byte_time: add.histogram(
                "upstream_first_byte_seconds",
                "From asking the upstream to its head",
                &COARSE,
            )?,
            upstream_errors: add.counters("upstream_errors_total", "Failures of the upstream", &["reason"])?,
            client_left: add.counter("clients_left_total", "Answers that the caller did not wait for")?,
            shed: add.counters("requests_shed_total", "Requests refused before a decision", &["reason"])?,
            exchanges: add.counters("exchanges_total", "Exchanges by what became of their record", &["outcome"])?,
            tokens: add.counters("tokens_total", "Tokens that answers told", &["type"])?,
            spans: add.counters("spans_total", "Spans of traces by what became of them", &["outcome"])?,
            redis_errors: add.counter("redis_errors_total", "Questions that Redis did not answer")?,
            reloads: add.counters("reloads_total", "Reloads by what and whether", &["what", "outcome"])?,
            connections: add.gauge("connections", "Open connections")?,
            in_flight: add.gauge("requests_in_flight", "Requests being worked on")?,
            gauges: add.gauges("state", "State of parts, by part", &["part"])?,
            registry,
        })
    }

    pub(crate) fn decided(&self, face: Face, effect: Effect, took: Duration) {
        self.decisions.with_label_values(&[face.as_str(), effect.as_str()]).inc();
        self.decision_time.observe(took.as_secs_f64());
    }

    pub(crate) fn unrecorded(&self) {
        self.unrecorded.inc();
    }

    pub(crate) fn answered(&self, operation: &str, status: u16, took: Duration) {
        self.requests.with_label_values(&[operation, status.to_string().as_str()]).inc();
        self.request_time.observe(took.as_secs_f64());
    }

    pub(crate) fn first_byte(&self, took: Duration) {
        self.first_byte_time.observe(took.as_secs_f64());
    }

    pub(crate) fn upstream_failed(&self, reason: &'static str) {
        self.upstream_errors.with_label_values(&[reason]).inc();
    }

    pub(crate) fn client_left(&self) {
        self.client_left.inc();
    }

    pub(crate) fn shed(&self, reason: &'static str) {
        self.shed.with_label_values(&[reason]).inc();
    }

    pub(crate) fn exchange(&self, outcome: &'static str) {
        self.exchanges.with_label_values(&[outcome]).inc();
    }

    pub(crate) fn used(&self, input: u64, output: u64) {
        self.tokens.with_label_values(&["input"]).inc_by(input);
        self.tokens.with_label_values(&["output"]).inc_by(output);
    }

    pub(crate) fn spans(&self, outcome: &'static str, spans: usize) {
        self.spans.with_label_values(&[outcome]).inc_by(u64::try_from(spans).unwrap_or(u64::MAX));
    }

    pub(crate) fn redis_failed(&self) {
        self.redis_errors.inc();
    }

    pub(crate) fn reloaded(&self, what: &'static str, done: bool) {
        self.reloads.with_label_values(&[what, if done { "done" } else { "refused" }]).inc();
    }

    /// The state of a part, such as bytes on disk or 1 = healthy.
    pub fn set(&self, part: &str, value: i64) {
        self.gauges.with_label_values(&[part]).set(value);
    }

    /// The text that Prometheus scrapes.
    pub fn text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            tracing::error!(error = %error, "the metrics cannot be written");
        }
        text
    }
}

struct Add<'r>(&'r Registry);

impl Add<'_> {
    fn keep<C: Collector + Clone + 'static>(&self, made: Result<C, prometheus::Error>) -> Result<C, prometheus::Error> {
        let made = made?;
        self.0.register(Box::new(made.clone()))?;
        Ok(made)
    }

    fn counter(&self, name: &str, help: &str) -> Result<IntCounter, prometheus::Error> {
        self.keep(IntCounter::with_opts(opts(name, help)))
    }

    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec, prometheus::Error> {
        self.keep(IntCounterVec::new(opts(name, help), labels))
    }

    fn gauge(&self, name: &str, help: &str) -> Result<IntGauge, prometheus::Error> {
        self.keep(IntGauge::with_opts(opts(name, help)))
    }

    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntGaugeVec, prometheus::Error> {
        self.keep(IntGaugeVec::new(opts(name, help), labels))
    }

    fn histogram(&self, name: &str, help: &str, buckets: &[f64]) -> Result<Histogram, prometheus::Error> {
        let opts = HistogramOpts { common_opts: opts(name, help), buckets: buckets.to_vec() };
        self.keep(Histogram::with_opts(opts))
    }
}

fn opts(name: &str, help: &str) -> Opts {
    Opts::new(format!("ringfence_{name}"), help)
}
