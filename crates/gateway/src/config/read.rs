//! The tables of the configuration, each from its section.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
    time::Duration,
};

use ipnet::IpNet;
use url::Url;

use super::{
    Admission, Capture, Clients, Decisions, Fleet, Limits, Links, PlanLimits, RedisGone, Screening, StoreUrl, Tls,
    Upstream, Upstreams, WhenFull, section::Section,
};
use crate::{limits::Quota, refusal::StepUp};

const MIB: u64 = 1 << 20;

pub(super) fn tls(root: &mut Section<'_>, folder: &Path) -> Option<Tls> {
    if !root.has("tls") {
        root.section("tls", |s| {
            s.text("certificate");
            s.text("key");
        });
        return None;
    }
    root.section("tls", |s| {
        let (certificate, key) = (s.path_of("certificate"), s.path_of("key"));
        match (certificate, key) {
            (Some(certificate), Some(key)) => {
                Some(Tls { certificate: folder.join(certificate), key: folder.join(key) })
            }
            (None, _) => s.wrong("certificate", "is missing: name the PEM file of the chain"),
            (_, None) => s.wrong("key", "is missing: name the PEM file of the private key"),
        }
    })
}

pub(super) fn screening(root: &mut Section<'_>, folder: &Path) -> Option<Screening> {
    let there = root.has("screening");
    root.section("screening", |s| {
        let listen = s.parsed("listen").unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 8082)));
        let at = |path: std::path::PathBuf| folder.join(path);
        let graph = s.path_of("graph").map_or_else(|| at("ownership".into()), at);
        let screening = Screening {
            listen,
            graph,
            regime: s.text("regime").unwrap_or_else(|| "model-vendor-2025".to_owned()),
            regime_file: s.path_of("regime_file").map(at),
            organizations: s.path_of("organizations").map(at),
            dataset: s.text("dataset").unwrap_or_else(|| "ownership".to_owned()),
            token_file: s.path_of("token_file").map(at),
        };
        there.then_some(screening)
    })
}

pub(super) fn fleet(root: &mut Section<'_>, folder: &Path) -> Option<Fleet> {
    let there = root.has("fleet");
    root.section("fleet", |s| {
        let at = |path: std::path::PathBuf| folder.join(path);
        let fleet = Fleet {
            listen: s.parsed("listen").unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 8083))),
            token_file: s.path_of("token_file").map(at),
            key_file: s.path_of("key_file").map(at),
            silent_days: s.number("silent_days", 1..=3650).unwrap_or(7),
            hosts: s.number("hosts", 0..=1_000_000).unwrap_or(50),
            leave_hours: s.number("leave_hours", 1..=720).unwrap_or(24),
            reports_per_minute: s.number("reports_per_minute", 1..=100_000).unwrap_or(120),
            keep_days: s.number("keep_days", 1..=3650).unwrap_or(400),
        };
        there.then_some(fleet)
    })
}

pub(super) fn upstreams(s: &mut Section<'_>, folder: &Path) -> Upstreams {
    let mut one = |name| if s.has(name) { s.section(name, |s| upstream(s, folder)) } else { s.section(name, |_| None) };
    Upstreams { openai: one("openai"), anthropic: one("anthropic") }
}

fn upstream(s: &mut Section<'_>, folder: &Path) -> Option<Upstream> {
    let url: Option<Url> = s.parsed("url");
    let key_file = s.path_of("key_file").map(|path| folder.join(path));
    let connect = s.seconds("connect", 0.01, 300.0).unwrap_or(Duration::from_secs(5));
    let answer = s.seconds("answer", 0.01, 7200.0).unwrap_or(Duration::from_secs(600));
    let stall = s.seconds("stall", 0.01, 7200.0).unwrap_or(Duration::from_secs(120));
    let Some(url) = url else {
        return if s.has("url") {
            None
        } else {
            s.wrong("url", "is missing: name the API's address, such as `https://api.example.com`")
        };
    };
    let plain = matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none();
    if !plain || !url.username().is_empty() {
        return s.wrong("url", "should be http or https, with a host, without a user or a query");
    }
    Some(Upstream { url, key_file, connect, answer, stall })
}

pub(super) fn clients(s: &mut Section<'_>) -> Clients {
    let trusted_proxies: Vec<IpNet> = networks(s, "trusted_proxies").unwrap_or_default();
    let hops = s.number("hops", 1..=16).unwrap_or(1);
    Clients { trusted_proxies, hops: usize::try_from(hops).unwrap_or(1) }
}

pub(super) fn decisions(root: &mut Section<'_>) -> Option<Decisions> {
    let there = root.has("decisions");
    root.section("decisions", |s| {
        let listen = s.parsed("listen").unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 8081)));
        let trusted = networks(s, "trusted").unwrap_or_else(loopback);
        there.then_some(Decisions { listen, trusted })
    })
}

/// Networks or single addresses.
fn networks(s: &mut Section<'_>, key: &'static str) -> Option<Vec<IpNet>> {
    struct Network(IpNet);
    impl std::str::FromStr for Network {
        type Err = &'static str;

        fn from_str(text: &str) -> Result<Self, Self::Err> {
            let alone = text.parse::<IpAddr>().map(IpNet::from);
            text.parse().or(alone).map(Self).map_err(|_| "it is no network such as `10.0.0.0/8`, nor an address")
        }
    }
    s.list::<Network>(key).map(|all| all.into_iter().map(|n| n.0).collect())
}

fn loopback() -> Vec<IpNet> {
    ["127.0.0.0/8", "::1/128"].iter().filter_map(|text| text.parse().ok()).collect()
}

pub(super) fn limits(s: &mut Section<'_>) -> Limits {
    let default = s.section("default", plan);
    let plans = s.named("plans", plan).into_iter().collect();
    let address_requests = s.section("address", |s| plan(s).requests);
    Limits {
        default,
        plans,
        address_requests,
        redis: s.text("redis").map(StoreUrl),
        redis_patience: s.seconds("redis_patience", 0.001, 5.0).unwrap_or(Duration::from_millis(50)),
        redis_gone: s
            .choice("redis_gone", &[("local", RedisGone::Local), ("refuse", RedisGone::Refuse)])
            .unwrap_or(RedisGone::Local),
        accounts: size(s.number("accounts", 1_000..=10_000_000).unwrap_or(200_000)),
    }
}

fn plan(s: &mut Section<'_>) -> PlanLimits {
    let window = s.seconds("window", 1.0, 31.0 * 86_400.0).unwrap_or(Duration::from_secs(60));
    let mut quota = |key| s.number(key, 1..=1_000_000_000_000).and_then(|amount| Quota::new(amount, window).ok());
    PlanLimits { requests: quota("requests"), tokens: quota("tokens") }
}

pub(super) fn admission(s: &mut Section<'_>) -> Admission {
    Admission {
        connections: size(s.number("connections", 1..=1_000_000).unwrap_or(10_000)),
        requests: size(s.number("requests", 1..=100_000).unwrap_or(1_024)),
        body_bytes: size(s.number("body_bytes", 1_024..=1 << 30).unwrap_or(32 * MIB)),
        header_bytes: size(s.number("header_bytes", 8_192..=MIB).unwrap_or(64 << 10)),
        header_time: s.seconds("header_time", 0.1, 600.0).unwrap_or(Duration::from_secs(30)),
        body_time: s.seconds("body_time", 0.1, 3600.0).unwrap_or(Duration::from_secs(60)),
    }
}

pub(super) fn capture(s: &mut Section<'_>) -> Capture {
    Capture {
        enabled: s.flag("enabled").unwrap_or(true),
        when_full: s
            .choice("when_full", &[("drop", WhenFull::Drop), ("refuse", WhenFull::Refuse)])
            .unwrap_or(WhenFull::Drop),
        queue_bytes: s.number("queue_bytes", MIB..=4096 * MIB).unwrap_or(64 * MIB),
        disk_bytes: s.number("disk_bytes", MIB..=1 << 50).unwrap_or(4096 * MIB),
        segment_bytes: s.number("segment_bytes", 64 << 10..=4096 * MIB).unwrap_or(64 * MIB),
        segment_age: s.seconds("segment_age", 0.05, 86_400.0).unwrap_or(Duration::from_secs(60)),
    }
}

pub(super) fn links(s: &mut Section<'_>) -> Option<Links> {
    let acr_values = s.text("acr_values").unwrap_or_else(|| "phr".to_owned());
    let max_age = s.seconds("max_age", 1.0, 31.0 * 86_400.0).unwrap_or(Duration::from_secs(300));
    let links = Links {
        base: s.parsed("base"),
        appeal: s.parsed("appeal"),
        terms: s.parsed("terms"),
        verify: s.parsed("verify"),
        blocked_by: s.parsed("blocked_by"),
        step_up: match StepUp::new(&acr_values, max_age) {
            Ok(step_up) => step_up,
            Err(error) => return s.wrong("acr_values", error.to_string()),
        },
    };
    Some(links)
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
