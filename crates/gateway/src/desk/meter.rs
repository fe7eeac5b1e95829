//! Quotas by plan, in this process or in a fleet's Redis.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;

use crate::{
    ask::Limit,
    behaviour,
    config::{self, PlanLimits, RedisGone},
    limits::{Fleet, FleetError, Local, Quota, Unit, Verdict},
    metrics::Metrics,
};

/// Holds requests against quotas.
pub(crate) struct Meter {
    pub(crate) limits: ArcSwap<config::Limits>,
    local: Local,
    fleet: Option<Fleet>,
    /// Nanoseconds of the desk's clock before which Redis is not asked again.
    rest_until: Arc<AtomicU64>,
    metrics: Arc<Metrics>,
}

/// How a request stands.
pub(super) struct Held {
    /// The tightest first.
    pub(super) limits: Vec<Limit>,
    /// The quota that is used up, and how long to wait.
    pub(super) wait: Option<(&'static str, Duration)>,
}

/// The fleet's quotas cannot be read, and the operator wants nothing admitted then.
pub(super) struct Gone;

/// A Redis that is gone is left alone for this long, so that not every request waits for it.
const REST: Duration = Duration::from_secs(1);

impl Meter {
    pub(crate) fn new(limits: config::Limits, metrics: Arc<Metrics>) -> Result<Self, FleetError> {
        let fleet = limits.redis.as_ref().map(|url| Fleet::connect(&url.0, limits.redis_patience)).transpose()?;
        Ok(Self {
            local: Local::new(limits.accounts),
            fleet,
            rest_until: Arc::new(AtomicU64::new(0)),
            limits: ArcSwap::from_pointee(limits),
            metrics,
        })
    }

    /// Holds one request against the quotas of its address and its account. A request that must wait costs nothing.
    pub(super) async fn hold(
        &self,
        account: Option<&str>,
        plan: &str,
        client: Option<IpAddr>,
        now: u64,
    ) -> Result<Held, Gone> {
        let limits = self.limits.load_full();
        let mut held = Held { limits: Vec::new(), wait: None };
        if let (Some(quota), Some(client)) = (limits.address_requests, client) {
            let [a, b, c, d, e, f] = behaviour::network(client);
            let network = format!("net:{:012x}", u64::from_be_bytes([0, 0, a, b, c, d, e, f]));
            // The backstop is every gateway's own: a flood must not become one of Redis.
            held.add("requests", quota, self.local.admit(&network, Unit::Requests, quota, now, 1));
            // How much others in the same network have left is no business of the caller's.
            held.limits.clear();
        }
        let Some(account) = account else { return Ok(held) };
        let quotas = quotas(&limits, plan);
        // Tokens first: they ask for standing room only, so nothing is taken from a request that then waits.
        for (unit, quota, cost) in [(Unit::Tokens, quotas.tokens, 0), (Unit::Requests, quotas.requests, 1)] {
            let Some(quota) = quota else { continue };
            if held.wait.is_some() {
                break;
            }
            let verdict = self.admit(account, unit, quota, now, cost, limits.redis_gone).await?;
            held.add(unit.as_str(), quota, verdict);
        }
        held.limits.sort_by_key(Limit::tightness);
        Ok(held)
    }

    async fn admit(
        &self,
        account: &str,
        unit: Unit,
        quota: Quota,
        now: u64,
        cost: u64,
        gone: RedisGone,
    ) -> Result<Verdict, Gone> {
        if let Some(fleet) = &self.fleet {
            if now >= self.rest_until.load(Ordering::Relaxed) {
                match fleet.admit(account, unit, quota, cost).await {
                    Ok(verdict) => return Ok(verdict),
                    Err(error) => self.rest(now, &error),
                }
            }
            if gone == RedisGone::Refuse {
                return Err(Gone);
            }
        }
        Ok(self.local.admit(account, unit, quota, now, cost))
    }

    /// Charges tokens that were used, in the background where it is Redis that counts.
    pub(super) fn charge(&self, account: &str, plan: &str, tokens: u64, now: u64) {
        let limits = self.limits.load();
        let Some(quota) = quotas(&limits, plan).tokens else { return };
        self.local.charge(account, Unit::Tokens, quota, now, tokens);
        if let Some(fleet) = &self.fleet
            && now >= self.rest_until.load(Ordering::Relaxed)
        {
            let (fleet, account, metrics) = (fleet.clone(), account.to_owned(), Arc::clone(&self.metrics));
            let rest_until = Arc::clone(&self.rest_until);
            tokio::spawn(async move {
                if let Err(error) = fleet.charge(&account, Unit::Tokens, quota, tokens).await {
                    metrics.redis_failed();
                    tracing::warn!(error = %error, "tokens were not charged in redis");
                    rest_until.fetch_max(now.saturating_add(nanos(REST)), Ordering::Relaxed);
                }
            });
        }
    }

    fn rest(&self, now: u64, error: &FleetError) {
        self.metrics.redis_failed();
        let until = now.saturating_add(nanos(REST));
        if self.rest_until.fetch_max(until, Ordering::Relaxed) < until {
            tracing::warn!(error = %error, "redis is not asked for a second");
        }
    }
}

impl Held {
    fn add(&mut self, unit: &'static str, quota: Quota, verdict: Verdict) {
        let (remaining, reset) = match verdict {
            Verdict::Room { remaining, reset } => (remaining, reset),
            Verdict::Wait { retry_after, reset } => {
                self.wait = self.wait.filter(|(_, longer)| *longer >= retry_after).or(Some((unit, retry_after)));
                (0, reset)
            }
        };
        self.limits.push(Limit { unit, quota: quota.amount(), window: quota.window(), remaining, reset });
    }
}

fn quotas(limits: &config::Limits, plan: &str) -> PlanLimits {
    limits.plans.get(plan).copied().unwrap_or(limits.default)
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}
