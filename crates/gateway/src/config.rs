//! The configuration: text to checked values, with all mistakes reported at once and nothing else done.

mod read;
mod section;

use std::{
    collections::BTreeMap,
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use ipnet::IpNet;
use url::Url;

pub use self::section::Mistake;
use self::section::Section;
use crate::{limits::Quota, refusal::StepUp};

/// The commented file that holds every key with its default.
pub const EXAMPLE: &str = include_str!("../ringfence.toml");

/// Everything that `serve` is told. Paths are resolved against the folder of the file.
#[derive(Debug, Clone)]
pub struct Config {
    pub listen: SocketAddr,
    pub tls: Option<Tls>,
    pub upstream: Upstreams,
    pub clients: Clients,
    pub decisions: Option<Decisions>,
    /// Health, readiness and metrics.
    pub admin: SocketAddr,
    pub accounts: Accounts,
    pub policy: Policy,
    pub tables: Option<PathBuf>,
    pub store: Option<StoreUrl>,
    pub limits: Limits,
    pub admission: Admission,
    pub capture: Capture,
    pub ledger: Ledger,
    pub links: Links,
    pub telemetry: Option<Url>,
    pub screening: Option<Screening>,
    pub fleet: Option<Fleet>,
    pub drain: Duration,
    /// How often files and the store are looked at for changes.
    pub reload: Duration,
}

/// Ownership: where its statements are, who is assessed by them, and where it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screening {
    pub listen: SocketAddr,
    /// The folder of statements and lists.
    pub graph: PathBuf,
    /// The regime under which organisations are assessed.
    pub regime: String,
    /// Regimes of the operator's own, as TOML.
    pub regime_file: Option<PathBuf>,
    /// CSV that says which entity an organisation of the accounts is.
    pub organizations: Option<PathBuf>,
    pub dataset: String,
    /// Holds the token that callers send.
    pub token_file: Option<PathBuf>,
}

/// The machines of a fleet: where they report, and who looks at them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fleet {
    pub listen: SocketAddr,
    /// Holds the token that operators send.
    pub token_file: Option<PathBuf>,
    /// The key that signs what machines are told; `fleet.key` in the data folder where there is none.
    pub key_file: Option<PathBuf>,
    /// After so many days without a report a machine is silent.
    pub silent_days: u64,
    /// Most machines that hold leave to quarantine under one ban.
    pub hosts: u64,
    /// How long a quarantine may be begun on a leave.
    pub leave_hours: u64,
    /// Of one machine.
    pub reports_per_minute: u64,
    /// How long reports are kept.
    pub keep_days: u64,
}

/// Certificate chain and key, as PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

#[derive(Debug, Clone, Default)]
pub struct Upstreams {
    pub openai: Option<Upstream>,
    pub anthropic: Option<Upstream>,
}

/// A model API behind the gateway.
#[derive(Debug, Clone)]
pub struct Upstream {
    pub url: Url,
    /// Holds the key that replaces the caller's; without it the caller's own key goes on.
    pub key_file: Option<PathBuf>,
    pub connect: Duration,
    /// Until the first byte of an answer.
    pub answer: Duration,
    /// Between two pieces of an answer.
    pub stall: Duration,
}

/// Whose word is taken for a client's address.
#[derive(Debug, Clone, Default)]
pub struct Clients {
    pub trusted_proxies: Vec<IpNet>,
    /// How many of the rightmost addresses of `x-forwarded-for` those proxies wrote.
    pub hops: usize,
}

/// The endpoints that other proxies ask.
#[derive(Debug, Clone)]
pub struct Decisions {
    pub listen: SocketAddr,
    pub trusted: Vec<IpNet>,
}

#[derive(Debug, Clone)]
pub struct Accounts {
    /// Account log v1.
    pub accounts: Option<PathBuf>,
    /// JSON Lines: `{"account_id": …, "key_sha256": …}`.
    pub keys: Option<PathBuf>,
    pub unknown_keys: UnknownKeys,
}

/// What a key means that no account has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownKeys {
    /// Nobody's: the rules see an unknown key.
    Unknown,
    /// An account of its own, named by its fingerprint, for operators who do not keep accounts here.
    Account,
}

#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Folder of `*.cedar` files; the built-in rules when none is named.
    pub rules: Option<PathBuf>,
    /// Rules on trial: what they would have said is recorded, and changes nothing.
    pub shadow: Option<PathBuf>,
}

/// An address of a database; its password stays out of logs.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreUrl(pub String);

#[derive(Debug, Clone)]
pub struct Limits {
    /// For plans that are not named.
    pub default: PlanLimits,
    pub plans: BTreeMap<String, PlanLimits>,
    /// Per client network, whatever the key; a backstop against floods of unknown keys.
    pub address_requests: Option<Quota>,
    pub redis: Option<StoreUrl>,
    pub redis_patience: Duration,
    pub redis_gone: RedisGone,
    /// Accounts that counters are kept for.
    pub accounts: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanLimits {
    pub requests: Option<Quota>,
    pub tokens: Option<Quota>,
}

/// What happens to quotas while Redis is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedisGone {
    /// Each gateway counts for itself.
    Local,
    /// Nothing is admitted.
    Refuse,
}

/// What one process takes on at once.
#[derive(Debug, Clone)]
pub struct Admission {
    pub connections: usize,
    pub requests: usize,
    pub body_bytes: usize,
    pub header_bytes: usize,
    /// For a whole request head to arrive, the idle time before it included.
    pub header_time: Duration,
    /// For a whole request body to arrive.
    pub body_time: Duration,
}

#[derive(Debug, Clone)]
pub struct Capture {
    pub enabled: bool,
    pub when_full: WhenFull,
    pub queue_bytes: u64,
    pub disk_bytes: u64,
    pub segment_bytes: u64,
    pub segment_age: Duration,
}

/// What happens to exchanges that cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// They pass without a record, and are counted.
    Drop,
    /// New requests are refused until there is room.
    Refuse,
}

#[derive(Debug, Clone)]
pub struct Ledger {
    /// The name of the log in its checkpoints.
    pub origin: String,
    pub when_gone: LedgerGone,
}

/// What happens to allowed requests while the ledger cannot be written. Refusals are then never answered as decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerGone {
    Refuse,
    Allow,
}

/// Addresses that refusals name.
#[derive(Debug, Clone)]
pub struct Links {
    /// This gateway as callers see it.
    pub base: Option<Url>,
    /// Where a person can contest a decision; this gateway's own `/v1/appeals` when none is named.
    pub appeal: Option<Url>,
    pub terms: Option<Url>,
    /// Where a caller shows who they are.
    pub verify: Option<Url>,
    /// Who demands the blocking, for 451.
    pub blocked_by: Option<Url>,
    /// The login that a caller with an OAuth token is asked for.
    pub step_up: StepUp,
}

/// A file that is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("the configuration is no TOML")]
    Syntax(#[source] toml::de::Error),
    #[error("{} in the configuration:{}", count(.0.len()), .0.iter().map(|m| format!("\n  {m}")).collect::<String>())]
    Mistakes(Vec<Mistake>),
}

fn count(mistakes: usize) -> String {
    if mistakes == 1 { "one mistake".to_owned() } else { format!("{mistakes} mistakes") }
}

impl Config {
    /// Reads a configuration; relative paths in it are meant from `folder`.
    pub fn read(text: &str, folder: &Path) -> Result<Self, ConfigError> {
        let table: toml::Table = text.parse().map_err(ConfigError::Syntax)?;
        let mut mistakes = Vec::new();
        let mut root = Section::root(table, &mut mistakes);
        let config = Self::of(&mut root, folder);
        root.finish();
        match config {
            Some(config) if mistakes.is_empty() => Ok(config),
            _ => Err(ConfigError::Mistakes(mistakes)),
        }
    }

    fn of(root: &mut Section<'_>, folder: &Path) -> Option<Self> {
        let at = |path: PathBuf| folder.join(path);
        Some(Self {
            listen: root.parsed("listen").unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 8080))),
            admin: root.parsed("admin").unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 9090))),
            drain: root.seconds("drain", 0.0, 3600.0).unwrap_or(Duration::from_secs(30)),
            reload: root.seconds("reload", 0.05, 3600.0).unwrap_or(Duration::from_secs(1)),
            tables: root.path_of("tables").map(at),
            store: root.text("store").map(StoreUrl),
            telemetry: root.parsed("telemetry"),
            tls: read::tls(root, folder),
            screening: read::screening(root, folder),
            fleet: read::fleet(root, folder),
            upstream: root.section("upstream", |s| read::upstreams(s, folder)),
            clients: root.section("clients", read::clients),
            decisions: read::decisions(root),
            accounts: root.section("accounts", |s| Accounts {
                accounts: s.path_of("accounts").map(at),
                keys: s.path_of("keys").map(at),
                unknown_keys: s
                    .choice("unknown_keys", &[("unknown", UnknownKeys::Unknown), ("account", UnknownKeys::Account)])
                    .unwrap_or(UnknownKeys::Unknown),
            }),
            policy: root.section("policy", |s| Policy {
                rules: s.path_of("rules").map(at),
                shadow: s.path_of("shadow").map(at),
            }),
            limits: root.section("limits", read::limits),
            admission: root.section("admission", read::admission),
            capture: root.section("capture", read::capture),
            ledger: root.section("ledger", |s| Ledger {
                origin: s.text("origin").unwrap_or_else(|| "ringfence.local/ledger".to_owned()),
                when_gone: s
                    .choice("when_gone", &[("refuse", LedgerGone::Refuse), ("allow", LedgerGone::Allow)])
                    .unwrap_or(LedgerGone::Refuse),
            }),
            links: root.section("links", read::links)?,
        })
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.0.split("://").next().filter(|scheme| scheme.len() < 16).unwrap_or("?");
        write!(f, "{scheme}://…")
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Expect) {
        let error = Config::read(text, Path::new("/etc/ringfence")).expect_err("mistakes");
        expected.assert_eq(&error.to_string());
    }

    #[test]
    fn the_example_holds_every_key_with_its_default() {
        let example = Config::read(EXAMPLE, Path::new("")).expect("the example is sound");
        assert_eq!(format!("{example:#?}"), format!("{:#?}", Config::read("", Path::new("")).expect("sound")));
        // Every key that is commented out is understood as well.
        let all: String = EXAMPLE
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(rest) if rest.starts_with(|c: char| c == '[' || c.is_ascii_lowercase()) => rest,
                _ => line,
            })
            .map(|line| format!("{line}\n"))
            .collect();
        let all = Config::read(&all, Path::new("")).expect("what the example shows is sound");
        assert!(all.tls.is_some() && all.upstream.openai.is_some() && all.upstream.anthropic.is_some());
        assert!(
            all.screening.is_some()
                && all.fleet.is_some()
                && all.decisions.is_some()
                && all.limits.redis.is_some()
                && !all.limits.plans.is_empty()
        );
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        check(
            "listen = 'here'\nadmin = 7\ndrain = -1\nlimitz = 1\n[upstream.openai]\nurl = 'ftp://x'\n[upstream.anthropic]\n\
             key_file = ''\n[limits.plans.free]\nrequests = 0\n[capture]\nwhen_full = 'panic'\n[clients]\n\
             trusted_proxies = ['10.0.0.0/33']\n[tls]\nkey = 'k.pem'\n",
            expect![[r#"
                11 mistakes in the configuration:
                  `listen`: `here` is not understood: invalid socket address syntax
                  `admin`: is a integer, and should be a text in quotes
                  `drain`: is -1, and should be 0 to 3600 seconds
                  `tls.certificate`: is missing: name the PEM file of the chain
                  `upstream.openai.url`: should be http or https, with a host, without a user or a query
                  `upstream.anthropic.key_file`: is empty; leave the key out for its default
                  `upstream.anthropic.url`: is missing: name the API's address, such as `https://api.example.com`
                  `clients.trusted_proxies`: `10.0.0.0/33` is not understood: it is no network such as `10.0.0.0/8`, nor an address
                  `limits.plans.free.requests`: is 0, and should be 1 to 1000000000000
                  `capture.when_full`: is `panic`, and should be one of drop, refuse
                  `limitz`: is not known here; the keys are listen, admin, drain, reload, tables, store, telemetry, tls, screening, fleet, upstream, clients, decisions, accounts, policy, limits, admission, capture, ledger, links"#]],
        );
    }

    #[test]
    fn no_toml_is_told_with_its_line() {
        let error = Config::read("listen = \n", Path::new("")).expect_err("no TOML");
        let source = std::error::Error::source(&error).expect("a cause").to_string();
        assert!(source.contains("line 1"), "{source}");
    }

    #[test]
    fn passwords_stay_out_of_logs() {
        let config = Config::read("store = 'postgres://u:secret@db/x'", Path::new("")).expect("sound");
        assert!(!format!("{config:?}").contains("secret"));
    }
}
