//! An exchange as the log keeps it, made while the upstream works, and what happens to it when the answer is over.

use std::{
    mem,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use exchanges::{AccountId, Exchange, OpenLine, OrganizationId, Outcome, Time};
use http::HeaderValue;
use jiff::Timestamp;
use policy::DecisionId;
use tokio::runtime::Handle;

use super::{
    answer::{End, Finish, How, Recorded, leave},
    usage::Usage,
};
use crate::{
    credential::Credential,
    desk::Desk,
    metrics::Metrics,
    route::Route,
    telemetry::{Ended, Trace},
};

/// What is known of an exchange before it is answered.
pub(crate) struct Opened {
    /// Of the decision; the exchange has it under another name, since one decision lets one exchange through.
    pub(crate) id: DecisionId,
    pub(crate) time: Timestamp,
    pub(crate) route: Route,
    /// None of a caller that no account is known of.
    pub(crate) account: Option<AccountId>,
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) credential: Credential,
    pub(crate) client: Option<IpAddr>,
    pub(crate) user_agent: Option<HeaderValue>,
    pub(crate) model: String,
    pub(crate) channel: String,
    pub(crate) body: Bytes,
}

/// An exchange whose answer is on its way.
pub(crate) struct Pending {
    pub(crate) written: Written,
    pub(crate) trace: Trace,
    pub(crate) plan: String,
    pub(crate) account: Option<AccountId>,
    pub(crate) operation: &'static str,
    pub(crate) status: u16,
    pub(crate) begun: Instant,
    pub(crate) desk: Arc<Desk>,
    pub(crate) metrics: Arc<Metrics>,
    /// None where nothing is to be kept.
    pub(crate) capture: Option<Arc<journal::Capture>>,
    /// Held until the answer is over.
    pub(crate) _room: tokio::sync::OwnedSemaphorePermit,
}

/// How far an exchange's row has got.
pub(crate) enum Written {
    /// None of an exchange that is not kept, or that no row can be made of.
    Not(Option<Box<Opened>>),
    Begun(OpenLine),
}

/// An exchange that was sent on. Given up before the upstream answered, it is one whose caller left.
pub(crate) struct Waiting(Option<Box<Pending>>);

impl Waiting {
    pub(crate) fn new(pending: Pending) -> Self {
        pending.metrics.in_flight.inc();
        Self(Some(Box::new(pending)))
    }

    /// Writes down what is known by now.
    pub(crate) fn write(&mut self) {
        if let Some(pending) = &mut self.0 {
            let written = mem::replace(&mut pending.written, Written::Not(None));
            pending.written = written.begun().map_or(Written::Not(None), Written::Begun);
        }
    }

    /// None never: nothing else takes it.
    pub(crate) fn answered(mut self, status: u16) -> Option<Box<Pending>> {
        let mut pending = self.0.take()?;
        pending.status = status;
        Some(pending)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let end = End { usage: Usage::default(), events: 0, how: How::Left };
        leave(self.0.take().and_then(|pending| pending.finish(end)));
    }
}

impl Written {
    fn begun(self) -> Option<OpenLine> {
        match self {
            Self::Not(opened) => OpenLine::of(opened?.into_row()?).ok(),
            Self::Begun(line) => Some(line),
        }
    }
}

const USER_AGENT_MAX: usize = 512;

impl Opened {
    /// The row, but for how it ended. None where the clock is out of the log's range.
    fn into_row(self) -> Option<Exchange> {
        let credential_id = match self.credential {
            Credential::Key(fingerprint) => Some(fingerprint.short()),
            Credential::Missing => None,
        };
        let account_id = match self.account {
            Some(account) => account,
            None => credential_id.as_deref().unwrap_or("anonymous").parse().ok()?,
        };
        let user_agent = self.user_agent.as_ref().and_then(|value| value.to_str().ok());
        // A body that is no JSON was refused before.
        let asked =
            serde_json::from_slice(&self.body).map(|body| exchanges::Request::of_body(&body)).unwrap_or_default();
        Some(Exchange {
            exchange_id: self.id.to_string().replacen("dec_", "exc_", 1).parse().ok()?,
            time: Time::from_micros(self.time.as_microsecond()).ok()?,
            account_id,
            organization_id: self.organization,
            credential_id,
            channel: self.channel,
            client_address: self.client,
            user_agent: user_agent.map(|text| text.chars().take(USER_AGENT_MAX).collect()),
            operation: self.route.operation.to_owned(),
            request_model: self.model,
            system: asked.system,
            prompt: asked.prompt,
            conversation_id: None,
            turn: asked.turn,
            input_tokens: None,
            output_tokens: None,
            max_tokens: asked.max_tokens,
            temperature: asked.temperature,
            reasoning: asked.reasoning,
            tools: asked.tools,
            stream: asked.stream,
            status: 0,
            latency_ms: None,
        })
    }
}

/// What a log says of a caller that went away before the end.
const CLIENT_LEFT: u16 = 499;

impl Finish for Pending {
    fn finish(mut self: Box<Self>, end: End) -> Option<Recorded> {
        let took = self.begun.elapsed();
        let recorded = self.keep(&end, took);
        // Whoever waits for the answer need not wait for the counting, too.
        match Handle::try_current() {
            Ok(lane) => drop(lane.spawn(async move { self.settle(&end, took) })),
            Err(_) => self.settle(&end, took),
        }
        recorded
    }
}

impl Pending {
    fn status(&self, end: &End) -> u16 {
        if end.how == How::Left { CLIENT_LEFT } else { self.status }
    }

    /// Hands the row over, whole now.
    fn keep(&mut self, end: &End, took: Duration) -> Option<Recorded> {
        let capture = self.capture.as_deref()?;
        let outcome = Outcome {
            status: self.status(end),
            input_tokens: end.usage.input_tokens,
            output_tokens: end.usage.output_tokens,
            latency_ms: u64::try_from(took.as_millis()).ok(),
        };
        let begun = mem::replace(&mut self.written, Written::Not(None)).begun();
        let Some(row) = begun.and_then(|line| line.close(&outcome).ok()) else {
            self.metrics.exchange("unwritable");
            return None;
        };
        let told = |written: Result<(), journal::Lost>| if written.is_ok() { "captured" } else { "lost" };
        match capture.offer(Bytes::from(row)) {
            Ok(written) => match written.known() {
                Ok(written) => {
                    self.metrics.exchange(told(written));
                    None
                }
                Err(awaited) => {
                    let metrics = Arc::clone(&self.metrics);
                    Some(Box::pin(async move { metrics.exchange(told(awaited.await)) }))
                }
            },
            Err(_) => {
                self.metrics.exchange("lost");
                None
            }
        }
    }

    /// Counts and charges what the exchange used.
    fn settle(mut self, end: &End, took: Duration) {
        self.metrics.in_flight.dec();
        let error = match end.how {
            How::Complete => None,
            How::Cut => Some("cut"),
            How::Stalled => Some("stalled"),
            How::Left => Some("client_left"),
        };
        match end.how {
            How::Complete => {}
            How::Cut | How::Stalled => self.metrics.upstream_failed(error.unwrap_or_default()),
            How::Left => self.metrics.client_left(),
        }
        let status = self.status(end);
        self.metrics.answered(self.operation, status, took);
        let (input, output) = (end.usage.input_tokens, end.usage.output_tokens);
        let answered = (self.status != 0).then_some(self.status);
        self.trace.end(Ended { status, answered, input_tokens: input, output_tokens: output, error });
        self.metrics.used(input.unwrap_or(0), output.unwrap_or(0));
        if let Some(account) = &self.account {
            // An answer that did not tell is charged by its events, about one per token.
            let tokens = input.unwrap_or(0).saturating_add(output.unwrap_or(end.events));
            self.desk.settle(account.as_str(), &self.plan, tokens);
        }
    }
}
