//! Hosts, telemetry keys and opt-out variables that a client's text names.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::axes::Disclosure;

/// How a host is used in public knowledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    Model,
    Telemetry,
    Lookup,
    Code,
    Other,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Endpoint {
    pub host: String,
    pub group: Group,
    pub count: u64,
    pub disclosure: Disclosure,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Named {
    pub name: String,
    pub count: u64,
    pub disclosure: Disclosure,
}

/// Counts of names, gathered file by file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) hosts: BTreeMap<String, u64>,
    pub(crate) keys: BTreeMap<String, u64>,
    pub(crate) opt_outs: BTreeMap<String, u64>,
}

const NAMES_MAX: usize = 5_000;

impl Gathered {
    pub(crate) fn merge(&mut self, other: Gathered) {
        for (into, from) in
            [(&mut self.hosts, other.hosts), (&mut self.keys, other.keys), (&mut self.opt_outs, other.opt_outs)]
        {
            for (k, n) in from {
                if into.len() < NAMES_MAX || into.contains_key(&k) {
                    *into.entry(k).or_default() += n;
                }
            }
        }
    }

    pub(crate) fn read(&mut self, text: &[u8]) {
        for at in memchr::memmem::find_iter(text, b"://") {
            let scheme_ok = text[..at].ends_with(b"http")
                || text[..at].ends_with(b"https")
                || text[..at].ends_with(b"wss")
                || text[..at].ends_with(b"ws");
            if !scheme_ok {
                continue;
            }
            let rest = &text[at + 3..(at + 256).min(text.len())];
            let end = rest
                .iter()
                .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')))
                .unwrap_or(rest.len());
            if let Some(host) = host_of(&rest[..end]) {
                count(&mut self.hosts, host);
            }
        }
        for (word, into) in [
            (&b"TELEMETRY"[..], true),
            (b"DO_NOT_TRACK", true),
            (b"USAGE_STATISTICS", true),
            (b"ANALYTICS", true),
            (b"OPT_OUT", true),
            (b"NONESSENTIAL_TRAFFIC", true),
            (b"phc_", false),
            (b"DISABLE_ERROR_REPORTING", true),
        ] {
            for at in memchr::memmem::find_iter(text, word) {
                let name = word_at(text, at);
                if into
                    && name.len() >= 8
                    && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
                    && name.contains('_')
                {
                    count(&mut self.opt_outs, name.to_owned());
                } else if !into && name.len() >= 20 && name.starts_with("phc_") {
                    count(&mut self.keys, name.to_owned());
                }
            }
        }
        self.read_bare(text);
        for at in memchr::memmem::find_iter(text, b"@o").take(2000) {
            // A Sentry address: key@o123.ingest.sentry.io
            let rest = &text[at + 1..(at + 80).min(text.len())];
            let end = rest
                .iter()
                .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')))
                .unwrap_or(rest.len());
            if let Ok(h) = std::str::from_utf8(&rest[..end])
                && h.contains("ingest")
                && h.contains("sentry.io")
            {
                count(&mut self.hosts, h.to_owned());
            }
        }
    }
}

impl Gathered {
    /// Hosts that are written without a scheme, where public knowledge has their domain.
    fn read_bare(&mut self, text: &[u8]) {
        let is_host = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
        for domain in TELEMETRY.iter().chain(LOOKUP) {
            for at in memchr::memmem::find_iter(text, domain).take(500) {
                let start = at.saturating_sub(100);
                let from = text[start..at].iter().rposition(|b| !is_host(b)).map_or(start, |i| start + i + 1);
                let end = at + domain.len();
                let quoted = from > 0 && matches!(text[from - 1], b'"' | b'\'' | b'`');
                let whole = !text.get(end).is_some_and(is_host) && (from == at || text[at - 1] == b'.');
                if quoted
                    && whole
                    && let Some(host) = host_of(&text[from..end])
                {
                    count(&mut self.hosts, host);
                }
            }
        }
    }
}

fn count(into: &mut BTreeMap<String, u64>, name: String) {
    if into.len() < NAMES_MAX || into.contains_key(&name) {
        *into.entry(name).or_default() += 1;
    }
}

fn word_at(text: &[u8], at: usize) -> &str {
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let from = text[at.saturating_sub(60)..at]
        .iter()
        .rposition(|b| !is_word(b))
        .map_or(at.saturating_sub(60), |i| at.saturating_sub(60) + i + 1);
    let limit = (at + 80).min(text.len());
    let to = text[at..limit].iter().position(|b| !is_word(b)).map_or(limit, |i| at + i);
    std::str::from_utf8(&text[from..to]).unwrap_or("")
}

fn host_of(bytes: &[u8]) -> Option<String> {
    let host = std::str::from_utf8(bytes).ok()?.trim_matches(['.', '-']).to_ascii_lowercase();
    let (_, last) = host.rsplit_once('.')?;
    let is_address = host.split('.').count() == 4 && host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let is_name = last.len() >= 2
        && last.bytes().all(|b| b.is_ascii_lowercase())
        && host.split('.').all(|l| !l.is_empty() && l.len() < 64);
    ((is_name || is_address) && host.len() >= 4).then_some(host)
}

const TELEMETRY: &[&str] = &[
    "posthog.com",
    "sentry.io",
    "segment.io",
    "segment.com",
    "amplitude.com",
    "mixpanel.com",
    "statsig.com",
    "statsigapi.net",
    "datadoghq.com",
    "datadoghq.eu",
    "rum.aliyuncs.com",
    "play.googleapis.com",
    "google-analytics.com",
    "googletagmanager.com",
    "applicationinsights.azure.com",
    "in.applicationinsights.azure.com",
    "monitor.azure.com",
    "events.data.microsoft.com",
    "honeycomb.io",
    "newrelic.com",
    "nr-data.net",
    "bugsnag.com",
    "rollbar.com",
    "launchdarkly.com",
    "growthbook.io",
    "data.cline.bot",
    "otel.cline.bot",
    "langfuse.com",
    "heapanalytics.com",
    "logrocket.io",
    "lr-ingest.io",
    "fullstory.com",
    "featuregates.org",
    "prodregistryv2.org",
    "featureassets.org",
];
const MODEL: &[&str] = &[
    "api.anthropic.com",
    "api.openai.com",
    "generativelanguage.googleapis.com",
    "aiplatform.googleapis.com",
    "cloudcode-pa.googleapis.com",
    "dashscope.aliyuncs.com",
    "dashscope-intl.aliyuncs.com",
    "api.mistral.ai",
    "api.deepseek.com",
    "openrouter.ai",
    "api.groq.com",
    "api.x.ai",
    "api.cohere.ai",
    "api.cohere.com",
    "api.together.xyz",
    "api.fireworks.ai",
    "api.perplexity.ai",
    "chat.qwen.ai",
    "portal.qwen.ai",
    "api.moonshot.cn",
    "api.moonshot.ai",
    "api.z.ai",
    "open.bigmodel.cn",
    "api.minimax.io",
    "api.cerebras.ai",
    "opencode.ai",
    "api.cline.bot",
    "api.continue.dev",
    "router.huggingface.co",
    "openai.azure.com",
    "amazonaws.com",
];
const LOOKUP: &[&str] = &["ipinfo.io", "ipify.org", "ifconfig.me", "ip-api.com", "ipapi.co", "icanhazip.com"];

/// What a host is known for, by whole labels of its name.
pub fn group_of(host: &str) -> Group {
    let under = |all: &[&str]| all.iter().any(|d| host == *d || host.strip_suffix(d).is_some_and(|h| h.ends_with('.')));
    const CODE: &[&str] = &[
        "github.com",
        "githubusercontent.com",
        "npmjs.org",
        "npmjs.com",
        "nodejs.org",
        "w3.org",
        "json-schema.org",
        "mozilla.org",
        "schema.org",
        "ietf.org",
        "wikipedia.org",
        "stackoverflow.com",
        "example.com",
        "apache.org",
    ];
    if under(TELEMETRY) {
        Group::Telemetry
    } else if under(MODEL) {
        Group::Model
    } else if under(LOOKUP) {
        Group::Lookup
    } else if under(CODE) {
        Group::Code
    } else {
        Group::Other
    }
}
