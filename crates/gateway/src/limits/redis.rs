//! Quotas of a fleet, in Redis or Valkey: the same arithmetic, one script per call, under Redis's own clock.

use std::{sync::Arc, time::Duration};

use ::redis::{
    Client, RedisError, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};

use super::{Quota, Unit, Verdict};

/// A connection that comes back by itself. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Fleet {
    connection: ConnectionManager,
    script: Arc<Script>,
}

/// Redis could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum FleetError {
    #[error("the address of Redis is wrong: it is `redis://HOST:PORT/DB`")]
    Address(#[source] RedisError),
    #[error("Redis did not answer")]
    Gone(#[source] RedisError),
}

/// Time in microseconds, since a Lua number holds 53 bits. `ARGV`: window, amount, cost, 1 = charge.
const GCRA: &str = r"
local window, amount, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local step = window / amount
local after = due + step * cost
local function keep()
  redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000) + 1)
end
if ARGV[4] == '1' then
  after = math.min(after, now + 10 * window)
  keep()
  return {1, 0, math.ceil(after - now)}
end
local over = after - now - window
if over > 0 or (cost == 0 and due - now >= window) then
  if cost == 0 then over = over + step end
  return {0, math.ceil(over), math.ceil(due - now)}
end
if cost > 0 then keep() end
return {1, math.floor((window - (after - now)) * amount / window), math.ceil(after - now)}
";

impl Fleet {
    /// Does not wait for Redis to be there: whoever asks while it is gone is told so within `patience`.
    pub(crate) fn connect(url: &str, patience: Duration) -> Result<Self, FleetError> {
        let client = Client::open(url).map_err(FleetError::Address)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(patience.max(Duration::from_millis(200))))
            .set_response_timeout(Some(patience))
            .set_number_of_retries(1);
        let connection = ConnectionManager::new_lazy_with_config(client, config).map_err(FleetError::Gone)?;
        Ok(Self { connection, script: Arc::new(Script::new(GCRA)) })
    }

    /// Holds `cost` against the quota of an account.
    pub(crate) async fn admit(
        &self,
        account: &str,
        unit: Unit,
        quota: Quota,
        cost: u64,
    ) -> Result<Verdict, FleetError> {
        let (room, number, reset) = self.call(account, unit, quota, cost, false).await?;
        let reset = Duration::from_micros(reset);
        Ok(match room {
            1 => Verdict::Room { remaining: number, reset },
            _ => Verdict::Wait { retry_after: Duration::from_micros(number), reset },
        })
    }

    /// Charges what an account has used.
    pub(crate) async fn charge(&self, account: &str, unit: Unit, quota: Quota, cost: u64) -> Result<(), FleetError> {
        self.call(account, unit, quota, cost, true).await.map(drop)
    }

    async fn call(
        &self,
        account: &str,
        unit: Unit,
        quota: Quota,
        cost: u64,
        charge: bool,
    ) -> Result<(u8, u64, u64), FleetError> {
        let mut connection = self.connection.clone();
        let mut call = self.script.key(format!("ringfence:{}:{account}", unit.as_str()));
        call.arg(u64::try_from(quota.window().as_micros()).unwrap_or(u64::MAX));
        call.arg(quota.amount()).arg(cost.min(1 << 50)).arg(u8::from(charge));
        call.invoke_async(&mut connection).await.map_err(FleetError::Gone)
    }
}
