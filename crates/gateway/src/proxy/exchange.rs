//! An exchange as the log keeps it, made while the upstream works, and what happens to it when the answer is over.

use std::{net::IpAddr, sync::Arc, time::Instant};

use bytes::Bytes;
use exchanges::{AccountId, Exchange, ExchangeId, OrganizationId, Time};
use jiff::Timestamp;

use super::{
    answer::{End, Finish, How, Recorded, leave},
    usage::Usage,
};
use crate::{
    desk::Desk,
    metrics::Metrics,
    route::Route,
    telemetry::{Ended, Trace},
};

/// What is known of an exchange before it is answered.
pub(crate) struct Opened {
    pub(crate) id: ExchangeId,
    pub(crate) time: Timestamp,
    pub(crate) route: Route,
    pub(crate) account: AccountId,
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) credential: Option<String>,
    pub(crate) client: Option<IpAddr>,
    pub(crate) user_agent: Option<String>,
    pub(crate) model: String,
    pub(crate) channel: String,
    pub(crate) body: Bytes,
}

/// An exchange whose answer is on its way.
pub(crate) struct Pending {
    /// None, where a capture is there, for one that no row can be made of.
    pub(crate) exchange: Option<Exchange>,
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

/// An exchange that was sent on. Given up before the upstream answered, it is one whose caller left.
pub(crate) struct Waiting(Option<Box<Pending>>);

impl Waiting {
    pub(crate) fn new(pending: Pending) -> Self {
        pending.metrics.in_flight.inc();
        Self(Some(Box::new(pending)))
    }

    pub(crate) fn set_row(&mut self, row: Option<Exchange>) {
        if let Some(pending) = &mut self.0 {
            pending.exchange = row;
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

impl Opened {
    /// The row, but for how it ended. None where the clock is out of the log's range.
    pub(crate) fn into_row(self) -> Option<Exchange> {
        // A body that is no JSON was refused before.
        let asked =
            serde_json::from_slice(&self.body).map(|body| exchanges::Request::of_body(&body)).unwrap_or_default();
        Some(Exchange {
            exchange_id: self.id,
            time: Time::from_micros(self.time.as_microsecond()).ok()?,
            account_id: self.account,
            organization_id: self.organization,
            credential_id: self.credential,
            channel: self.channel,
            client_address: self.client,
            user_agent: self.user_agent,
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
        self.metrics.in_flight.dec();
        match end.how {
            How::Complete => {}
            How::Cut => self.metrics.upstream_failed("cut"),
            How::Stalled => self.metrics.upstream_failed("stalled"),
            How::Left => self.metrics.client_left(),
        }
        let status = if end.how == How::Left { CLIENT_LEFT } else { self.status };
        self.metrics.answered(self.operation, status, took);
        let (input, output) = (end.usage.input_tokens, end.usage.output_tokens);
        let error = match end.how {
            How::Complete => None,
            How::Cut => Some("cut"),
            How::Stalled => Some("stalled"),
            How::Left => Some("client_left"),
        };
        let answered = (self.status != 0).then_some(self.status);
        self.trace.end(Ended { status, answered, input_tokens: input, output_tokens: output, error });
        self.metrics.used(input.unwrap_or(0), output.unwrap_or(0));
        if let Some(account) = &self.account {
            // An answer that did not tell is charged by its events, about one per token.
            let tokens = input.unwrap_or(0).saturating_add(output.unwrap_or(end.events));
            self.desk.settle(account.as_str(), &self.plan, tokens);
        }
        let capture = self.capture.as_deref()?;
        let Some(mut exchange) = self.exchange else {
            self.metrics.exchange("unwritable");
            return None;
        };
        exchange.status = status;
        exchange.input_tokens = input;
        exchange.output_tokens = output;
        exchange.latency_ms = u64::try_from(took.as_millis()).ok();
        keep(&exchange, capture, self.metrics)
    }
}

fn keep(exchange: &Exchange, capture: &journal::Capture, metrics: Arc<Metrics>) -> Option<Recorded> {
    let mut row = Vec::with_capacity(1024);
    if exchanges::write_exchange(exchange, &mut row).is_err() {
        metrics.exchange("unwritable");
        return None;
    }
    match capture.offer(Bytes::from(row)) {
        Ok(ticket) => Some(Box::pin(async move {
            metrics.exchange(if ticket.await.is_ok() { "captured" } else { "lost" });
        })),
        Err(_) => {
            metrics.exchange("lost");
            None
        }
    }
}
