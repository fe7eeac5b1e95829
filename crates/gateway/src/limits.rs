//! Quotas over time by GCRA, the generic cell rate algorithm (ITU-T I.371): one time per account and unit, nothing to sweep.
//!
//! Tokens are charged after the answer, when they are known, so an account can be in debt; a library that only admits or
//! refuses cannot do that. The same arithmetic runs in Redis for a fleet.

mod local;
mod redis;

use std::time::Duration;

pub use self::redis::FleetError;
pub(crate) use self::{local::Local, redis::Fleet};

/// So much in a window, all of it at once if the caller likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    amount: u64,
    window: Duration,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Unit {
    Requests,
    Tokens,
}

/// Not a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a quota is 1 to 10^12 in a window of 1 second to 31 days")]
pub(crate) struct QuotaError;

/// The theoretical arrival time of an account's next request, in nanoseconds since a fixed moment; 0 = a fresh account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Arrival(pub u64);

/// Whether there was room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Room { remaining: u64, reset: Duration },
    Wait { retry_after: Duration, reset: Duration },
}

impl Quota {
    pub(crate) fn new(amount: u64, window: Duration) -> Result<Self, QuotaError> {
        let sound = (1..=1_000_000_000_000).contains(&amount)
            && (Duration::from_secs(1)..=Duration::from_secs(31 * 86_400)).contains(&window);
        if sound { Ok(Self { amount, window }) } else { Err(QuotaError) }
    }

    pub(crate) fn amount(self) -> u64 {
        self.amount
    }

    pub(crate) fn window(self) -> Duration {
        self.window
    }

    /// Nanoseconds that `cost` takes to grow back.
    fn span(self, cost: u64) -> u64 {
        let nanos = self.window.as_nanos().saturating_mul(u128::from(cost)) / u128::from(self.amount.max(1));
        u64::try_from(nanos).unwrap_or(u64::MAX)
    }

    fn window_nanos(self) -> u64 {
        u64::try_from(self.window.as_nanos()).unwrap_or(u64::MAX)
    }

    /// Holds `cost` against the quota at `now`; the arrival moves only when there was room. A cost of nothing asks for standing room.
    pub(crate) fn admit(self, arrival: Arrival, now: u64, cost: u64) -> (Arrival, Verdict) {
        let due = arrival.0.max(now);
        let next = due.saturating_add(self.span(cost));
        let window = self.window_nanos();
        let over = next.saturating_sub(now).saturating_sub(window);
        let full = cost == 0 && due.saturating_sub(now) >= window;
        if over > 0 || full {
            // Who asks for standing room waits until one more would fit.
            let wait = if cost == 0 { over.saturating_add(self.span(1)) } else { over };
            let reset = Duration::from_nanos(due - now);
            return (arrival, Verdict::Wait { retry_after: Duration::from_nanos(wait), reset });
        }
        let left = u128::from(window - (next - now)) * u128::from(self.amount) / u128::from(window.max(1));
        let remaining = u64::try_from(left).unwrap_or(0);
        (Arrival(next), Verdict::Room { remaining, reset: Duration::from_nanos(next - now) })
    }

    /// Charges what has been used, room or not.
    pub(crate) fn charge(self, arrival: Arrival, now: u64, cost: u64) -> Arrival {
        // A debt is kept for ten windows at most: one enormous answer must not shut an account out for good.
        let most = now.saturating_add(self.window_nanos().saturating_mul(10));
        Arrival(arrival.0.max(now).saturating_add(self.span(cost)).min(most))
    }
}

impl Unit {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Tokens => "tokens",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn quota(amount: u64, seconds: u64) -> Quota {
        Quota::new(amount, Duration::from_secs(seconds)).expect("a quota")
    }

    #[test]
    fn a_window_takes_its_amount_and_then_one_at_a_time() {
        let quota = quota(60, 60);
        let mut arrival = Arrival::default();
        for n in 0..60 {
            let (next, verdict) = quota.admit(arrival, 1, 1);
            assert!(matches!(verdict, Verdict::Room { remaining, .. } if remaining == 59 - n), "{n}: {verdict:?}");
            arrival = next;
        }
        let (same, verdict) = quota.admit(arrival, 1, 1);
        assert_eq!(same, arrival, "a refusal costs nothing");
        assert!(matches!(verdict, Verdict::Wait { retry_after, .. } if retry_after == Duration::from_secs(1)));
        let (_, verdict) = quota.admit(arrival, 1 + SECOND, 1);
        assert!(matches!(verdict, Verdict::Room { remaining: 0, .. }));
    }

    #[test]
    fn a_debt_is_waited_off() {
        let quota = quota(1000, 10);
        let arrival = quota.charge(Arrival::default(), 0, 2000);
        let (_, verdict) = quota.admit(arrival, 0, 0);
        assert!(matches!(verdict, Verdict::Wait { retry_after, .. } if retry_after >= Duration::from_secs(10)));
        let (_, verdict) = quota.admit(arrival, 11 * SECOND, 0);
        assert!(matches!(verdict, Verdict::Room { .. }));
    }

    #[test]
    fn a_debt_is_bounded() {
        let quota = quota(1, 1);
        let arrival = quota.charge(Arrival::default(), 0, u64::MAX);
        assert_eq!(arrival, Arrival(10 * SECOND));
    }

    proptest::proptest! {
        #[test]
        fn no_window_admits_more_than_twice_its_amount(
            amount in 1u64..50, gaps in proptest::collection::vec(0u64..2 * SECOND, 1..300)
        ) {
            let quota = quota(amount, 10);
            let (mut now, mut arrival, mut admitted) = (0, Arrival::default(), Vec::new());
            for gap in gaps {
                now += gap;
                let (next, verdict) = quota.admit(arrival, now, 1);
                if matches!(verdict, Verdict::Room { .. }) {
                    admitted.push(now);
                }
                arrival = next;
            }
            for from in &admitted {
                let inside = admitted.iter().filter(|t| (*from..from + 10 * SECOND).contains(*t)).count() as u64;
                proptest::prop_assert!(inside <= 2 * amount, "{inside} in a window");
            }
        }

        #[test]
        fn who_waits_as_told_is_let_in(amount in 1u64..1000, seconds in 1u64..1000, spent in 0u64..5000, cost in 0u64..3) {
            let quota = quota(amount, seconds);
            let cost = cost.min(amount);
            let arrival = quota.charge(Arrival::default(), 0, spent);
            if let (_, Verdict::Wait { retry_after, .. }) = quota.admit(arrival, 0, cost) {
                let later = u64::try_from(retry_after.as_nanos()).expect("small");
                let (_, verdict) = quota.admit(arrival, later, cost);
                let let_in = matches!(verdict, Verdict::Room { .. });
                proptest::prop_assert!(let_in, "{:?}", verdict);
            }
        }
    }
}
