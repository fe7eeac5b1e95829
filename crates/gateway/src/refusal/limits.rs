//! What is left of a quota, in the header fields that clients know.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::{SignedDuration, Timestamp};

use crate::{
    ask::{Limit, Ruling},
    refusal::{text_value, whole_seconds},
    route::Provider,
};

// draft-ietf-httpapi-ratelimit-headers-11
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// The limit fields of an answer: the draft standard's, and the provider's own. For refusals and for successful answers.
pub fn limit_headers(ruling: &Ruling, provider: Provider) -> HeaderMap {
    let mut headers = standard(ruling);
    headers.extend(of_provider(ruling, provider));
    headers
}

/// `RateLimit-Policy` and `RateLimit`; empty when no quota was looked at.
pub(crate) fn standard(ruling: &Ruling) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if ruling.limits.is_empty() {
        return headers;
    }
    let list = |item: fn(&Limit) -> String| text_value(ruling.limits.iter().map(item).collect::<Vec<_>>().join(", "));
    headers.insert(
        POLICY,
        list(|limit| {
            let Limit { unit, quota, window, .. } = limit;
            format!("\"{}\";q={quota};w={};qu=\"{unit}\"", name(limit), whole_seconds(*window))
        }),
    );
    headers
        .insert(LEFT, list(|limit| format!("\"{}\";r={};t={}", name(limit), limit.remaining, rounded_up(limit.reset))));
    headers
}

/// The name of a quota's policy: `requests-60s`.
pub(crate) fn name(limit: &Limit) -> String {
    format!("{}-{}s", limit.unit, whole_seconds(limit.window))
}

/// The provider's own fields, from the tightest limit of each unit.
pub(crate) fn of_provider(ruling: &Ruling, provider: Provider) -> HeaderMap {
    let units = ["requests", "tokens"].into_iter();
    let tightest = units.filter_map(|unit| ruling.limits.iter().find(|limit| limit.unit == unit));
    let fields = tightest.flat_map(|limit| {
        let Limit { unit, quota, remaining, reset, .. } = limit;
        let (name, reset): (fn(&str, &str) -> String, String) = match provider {
            Provider::OpenAi => (|unit, what| format!("x-ratelimit-{what}-{unit}"), duration(*reset)),
            Provider::Anthropic => {
                (|unit, what| format!("anthropic-ratelimit-{unit}-{what}"), moment(ruling.decision.time, *reset))
            }
        };
        let field = move |what, value| Some((HeaderName::try_from(name(unit, what)).ok()?, value));
        [
            field("limit", HeaderValue::from(*quota)),
            field("remaining", HeaderValue::from(*remaining)),
            field("reset", text_value(reset)),
        ]
    });
    fields.flatten().collect()
}

/// As OpenAI writes it: `6s`, `1m30s`, `2h0m5s`.
fn duration(reset: Duration) -> String {
    let total = rounded_up(reset);
    let (hours, minutes, seconds) = (total / 3600, total / 60 % 60, total % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{seconds}s"),
        _ => format!("{hours}h{minutes}m{seconds}s"),
    }
}

/// As Anthropic writes it: the moment at which the quota is whole again, in RFC 3339.
fn moment(now: Timestamp, reset: Duration) -> String {
    let whole = i64::try_from(rounded_up(reset)).unwrap_or(i64::MAX);
    let then = now.checked_add(SignedDuration::from_secs(whole)).unwrap_or(Timestamp::MAX);
    then.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn rounded_up(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0))
}
